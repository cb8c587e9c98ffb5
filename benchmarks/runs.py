"""Runs of many hours that can be interrupted: each is saved as it ends, and calling again makes the
missing ones."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import click

from benchmarks.common import ROOT, environment, record, say
from benchmarks.sides import Job, to_json

Core: TypeAlias = int | None  # None where a process cannot be pinned
# Side, its minutes or the number of characters that it reads, and its seed
Length: TypeAlias = tuple[str, float | None, int | None, int]
SPEED = 3_000  # characters per second on one core, a guess for the plan
EVALUATING = 1.5  # minutes that the evaluations of a run take, about


def numbers(context: click.Context, option: click.Parameter, value: str) -> tuple[float, ...]:
    """An option such as `5,15,45` as numbers, none below 0."""
    try:
        found = tuple(dict.fromkeys(float(part) for part in value.split(",") if part.strip()))
    except ValueError:
        raise click.BadParameter("numbers separated by commas, for example 5,15,45") from None
    if any(not 0 <= number < math.inf for number in found):
        raise click.BadParameter("no number may be below 0")
    return found


@dataclass
class Book:
    """The runs of one benchmark on one text, and the file that holds them."""

    name: str
    variant: str
    folder: Path
    facts: dict[str, Any]  # of the text
    runs: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def open(cls, name: str, variant: str, folder: Path, facts: dict[str, Any]) -> Book:
        """With what is already done. Refuses a file whose runs were made on other text."""
        book = cls(name, variant, folder, facts)
        if book.path.exists():
            found = json.loads(book.path.read_text("utf-8"))
            if found["fingerprint"] != facts["fingerprint"]:
                raise click.ClickException(
                    f"{book.path} holds runs on another text: give another --name or --results"
                )
            book.runs = found["runs"]
        return book

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}_{self.variant}.json"

    def find(self, job: Job) -> dict[str, Any] | None:
        """The run that the job asks for, where it has been made."""
        wanted = to_json(job)
        return next((r for r in self.runs if all(r[k] == v for k, v in wanted.items())), None)

    def missing(self, jobs: Iterable[Job]) -> list[Job]:
        """The jobs that have not been run."""
        return [job for job in jobs if not self.find(job)]

    def add(self, run: dict[str, Any]) -> None:
        """One more run, written at once; the file is always a whole one."""
        self.runs.append(run)
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".") as beside:
            figures = {**self.facts, "runs": self.runs}
            record(self.name, figures, Path(beside), self.variant).replace(self.path)


def all_cores() -> list[Core]:
    """The cores that this process may use; none that can be named on some systems."""
    if not hasattr(os, "sched_getaffinity"):
        return [None]
    return [*sorted(os.sched_getaffinity(0))]


@dataclass
class Worker:
    """A run in a process of its own."""

    job: Job
    core: Core
    output: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, job: Job, core: Core, dataset: Path, folder: Path) -> Worker:
        output = folder / f"{time.monotonic_ns()}.json"
        words = [sys.executable, "-m", "benchmarks.sides", "--job", json.dumps(to_json(job))]
        words += ["--dataset", str(dataset.resolve()), "--output", str(output)]
        words += ["--core", str(core)] if core is not None else []
        say(f"{job}: begins on core {core}")
        env = environment(threads=1)
        return cls(job, core, output, subprocess.Popen(words, cwd=ROOT, env=env))


def work_off(
    book: Book,
    dataset: Path,
    jobs: Sequence[Job],
    cores: Sequence[Core],
    start: Callable[[Job, Core, Path, Path], Worker] = Worker.start,
) -> list[Job]:
    """Run the jobs that the book lacks, one per core, in their order.

    Returns the jobs that failed; what had ended before Ctrl-C is in the book.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the runs too
    waiting, working = book.missing(jobs), list[Worker]()
    failed: list[Job] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            while waiting or working:
                for core in cores:
                    if waiting and core not in [worker.core for worker in working]:
                        working.append(start(waiting.pop(0), core, dataset, Path(folder)))
                time.sleep(0.2)
                for worker in [w for w in working if w.process.poll() is not None]:
                    working.remove(worker)
                    if worker.process.returncode:
                        failed.append(worker.job)
                        say(f"{worker.job}: failed, see above")
                    else:
                        book.add(json.loads(worker.output.read_text("utf-8")))
            return failed
        finally:
            for worker in working:
                worker.process.kill()
                worker.process.wait()
            signal.signal(signal.SIGTERM, before)


def by_length(runs: Iterable[dict[str, Any]]) -> dict[Length, list[dict[str, Any]]]:
    """The runs on the whole text that have a result, by side and length; settings may differ."""
    found: dict[Length, list[dict[str, Any]]] = {}
    for run in runs:
        if run["held_out"] and run["part"] == 1:
            length = (run["side"], run["minutes"], run["reads"], run["seed"])
            found.setdefault(length, []).append(run)
    return found


def best_of(runs: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The run of least loss on the sample; a loss that was never finite counts as the greatest."""
    return min(runs, key=lambda run: math.inf if run["sample_loss"] is None else run["sample_loss"])


def show_plan(jobs: Sequence[Job], book: Book, cores: int) -> None:
    """Print the jobs, which of them are done, and about how long the others take."""
    left = book.missing(jobs)
    for job in jobs:
        click.echo(f"{job}{'' if job in left else ': done'}")
    minutes = sum(job.minutes or (job.reads or 0) / SPEED / 60 for job in left)
    minutes += EVALUATING * len(left)
    click.echo(
        f"{len(left)} of {len(jobs)} runs to be made: about {minutes:.0f} core minutes, "
        f"on {cores} cores {minutes / 60 / cores:.1f} hours"
    )
