"""Which runs a comparison needs: the trials of a search first, then the long runs.

Everything follows from the runs that are done, so that a comparison can be broken off anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from .runs import Book
from .sides import Job

# Whose run, its minutes, or how many characters it reads, and its seed
Length: TypeAlias = tuple[str, float | None, int | None, int]
# What a trial changes of the best settings so far, in this order: by a factor, or dropout to the
# next of `DROPOUTS` below (-1) or above (1)
MOVES = (
    ("lr", 2.0),
    ("lr", 0.5),
    ("dropout", -1),
    ("dropout", 1),
    ("batch_size", 0.5),
    ("batch_size", 2.0),
    ("window", 2.0),
    ("window", 0.5),
)
DROPOUTS = (0.0, 0.1, 0.2, 0.3, 0.5)
EQUAL = (
    "poet",
    "gpt",
    "gpt_asked",
)  # sides of one number of parameters; the reference has its design's


@dataclass(frozen=True)
class Plan:
    """What is asked for, and from which settings each side sets out."""

    start: dict[str, dict[str, Any]]  # side -> its defaults
    minutes: tuple[float, ...]
    reads: tuple[int, ...]  # characters
    trials: int  # of each side; none: no search
    trial_minutes: float
    seeds: tuple[int, ...]

    def search(self, side: str, book: Book) -> tuple[list[dict[str, Any]], Job | None]:
        """The trials of a side that are done, and the next; None where the search is over.

        The defaults come first; each further trial is a neighbour of the best before it.
        """
        done: list[dict[str, Any]] = []
        settings: dict[str, Any] | None = self.start[side]
        while settings is not None and len(done) < self.trials:
            job = Job(side, settings, self.trial_minutes, seed=self.seeds[0])
            run = book.find(job)
            if run is None:
                return done, job
            done.append(run)
            settings = neighbour(best_of(done)["settings"], [one["settings"] for one in done])
        return done, None

    def settings(self, side: str, book: Book) -> dict[str, Any]:
        """The settings of the long runs: those of the best trial, or the defaults."""
        done, _ = self.search(side, book)
        return best_of(done)["settings"] if done else self.start[side]

    def long_runs(self, side: str, book: Book) -> list[Job]:
        """The runs at the stated times and lengths."""
        settings = self.settings(side, book)
        timed = [
            Job(side, settings, minutes, seed=s) for minutes in self.minutes for s in self.seeds
        ]
        reads = self.reads if side in EQUAL else ()
        return timed + [Job(side, settings, reads=n, seed=s) for n in reads for s in self.seeds]

    def coming(self, book: Book, busy: Sequence[Job]) -> list[Job]:
        """What may begin now: of every side its next trial, or all of its long runs.

        Trials come first, those of the side that had fewest before the others; then the longest
        runs, so that no core waits for another at the end.
        """
        trials, runs = [], []
        for side in self.start:
            done, trial = self.search(side, book)
            if trial:
                trials.append((len(done), trial))
            else:
                runs += [job for job in self.long_runs(side, book) if not book.find(job)]
        first = [trial for _, trial in sorted(trials, key=lambda pair: pair[0])]
        runs.sort(key=lambda job: -(job.minutes or 0))
        return [job for job in (*first, *runs) if job not in busy]


def by_length(runs: Sequence[dict[str, Any]]) -> dict[Length, list[dict[str, Any]]]:
    """The runs on all of the text that ended well, by side and length, whatever their settings."""
    found: dict[Length, list[dict[str, Any]]] = {}
    for run in runs:
        if run["held_out"] and run["part"] == 1:
            length = (run["side"], run["minutes"], run["reads"], run["seed"])
            found.setdefault(length, []).append(run)
    return found


def best_of(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The run of least loss on the sample; one whose loss was never finite is taken last."""
    return min(runs, key=lambda run: math.inf if run["sample_loss"] is None else run["sample_loss"])


def neighbour(best: dict[str, Any], tried: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The best settings with the first of `MOVES` that makes something new; None at the end.

    >>> neighbour({"lr": 2.0}, [{"lr": 2.0}]), neighbour({"lr": 2.0}, [{"lr": 2.0}, {"lr": 4.0}])
    ({'lr': 4.0}, {'lr': 1.0})
    """
    for name, by in MOVES:
        if name not in best:
            continue
        moved = _dropout(best[name], by) if name == "dropout" else _scaled(best[name], by)
        if moved is not None and (changed := best | {name: moved}) not in tried:
            return changed
    return None


def _dropout(value: float, by: float) -> float | None:
    """The next dropout below or above; None where there is none."""
    if by < 0:
        return max((one for one in DROPOUTS if one < value), default=None)
    return min((one for one in DROPOUTS if one > value), default=None)


def _scaled(value: float, by: float) -> float | None:
    """A value by a factor, whole where it was; None where nothing is left of it."""
    return type(value)(round(value * by, 6)) or None
