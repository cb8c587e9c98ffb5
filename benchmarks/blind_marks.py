"""The marks of blind readers: the key of a sheet, the files of marks, and their averages.

A sheet of poems (`benchmarks.blind_reading`) is marked in a text file, one a reader, a poem a line:

    number,fluency,coherence,meaning,relevance,poetic,guess
    1,3,4,3,5,2,h

Marks go from 1 to 5; the guess is h (human) or m (machine). The key tells what each number was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from poet.characters import STOPS

MARKS = ("fluency", "coherence", "meaning", "relevance", "poetic")
NUMBER = "number"  # the first column
GUESSES = {"h": True, "human": True, "m": False, "machine": False}
HUMAN = "tang"  # the origin of what people wrote
LEAST, MOST = 1, 5


@dataclass(frozen=True, slots=True)
class Titled:
    """A poem with its title; `text` is empty of a title that nobody has written on yet."""

    title: str
    form: str
    text: str = ""
    origin: str = ""
    kind: str = ""  # of its title: everyday, unread, or human where only a person's poem has it


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader said of N poems: marks (N, M) from 1 to 5, guesses (N,), True for human."""

    marks: NDArray[np.float64]
    guesses: NDArray[np.bool_]

    def of(self, poems: Sequence[int]) -> Reading:
        """What was said of some of the poems."""
        return Reading(self.marks[poems], self.guesses[poems])


@dataclass(frozen=True, slots=True)
class Row:
    """The means of one origin over its poems and all readers, and their standard errors."""

    origin: str
    poems: int
    marks: tuple[float, ...]  # one each of the marks
    errors: tuple[float, ...]  # over poems, each with the mean of its readers; nan for one poem
    believed: int  # how often it was taken for human
    readings: int  # of so many


def read_titled(path: Path) -> list[Titled]:
    """The poems or titles of a JSON-lines file; of each object the keys that are known here.

    Raises `ClickException` with the line that is no object with a title.
    """
    found = []
    names = Titled.__dataclass_fields__
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            facts = json.loads(line)
            known = {name: str(facts[name]) for name in names if name in facts}
        except (ValueError, TypeError) as error:
            raise click.ClickException(f"{path}, line {number}: no JSON object") from error
        if not known.get("title"):
            raise click.ClickException(f"{path}, line {number}: there is no title")
        found.append(Titled(**{"form": "", **known}))
    return found


def read_key(path: Path) -> tuple[list[Titled], dict[str, Any]]:
    """The poems of a sheet in the order of their numbers, from 1 on, and how it was made."""
    facts = json.loads(path.read_text("utf-8"))
    return [Titled(**one) for one in facts.pop("poems")], facts


def read_marks(text: str, count: int, names: Sequence[str] = MARKS) -> Reading:
    """What a reader wrote on the poems 1 to `count`, in any order, with or without a head line.

    Raises `ClickException` where a line cannot be read, a mark lies outside 1 to 5, a number
    is none of the sheet's or stands twice, or poems were left out.

    >>> read_marks("2,5,4,5,4,5,h\\n1,1,2,1,2,1,m", 2).guesses.tolist()
    [False, True]
    """
    marks, guesses = np.full((count, len(names)), np.nan), np.zeros(count, bool)
    for place, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip().lower() for cell in line.replace("，", ",").split(",")]
        if cells == [""] or cells[0] == NUMBER:
            continue
        try:
            number, *given = (float(cell) for cell in cells[:-1])
            guess = GUESSES[cells[-1]]
            if len(given) != len(names):
                raise ValueError
        except (ValueError, KeyError) as error:
            raise click.ClickException(
                f"line {place} is {line!r}: it should be number,{','.join(names)},guess, "
                "with h or m for the guess"
            ) from error
        if number not in range(1, count + 1):
            raise click.ClickException(f"line {place}: the poems go from 1 to {count}")
        row = int(number) - 1
        if not np.isnan(marks[row, 0]):
            raise click.ClickException(f"line {place}: poem {row + 1} is marked twice")
        if not all(LEAST <= mark <= MOST for mark in given):
            raise click.ClickException(f"line {place}: marks go from {LEAST} to {MOST}")
        marks[row], guesses[row] = given, guess
    if (missing := np.flatnonzero(np.isnan(marks[:, 0])) + 1).size:
        raise click.ClickException(f"not marked: {', '.join(map(str, missing))}")
    return Reading(marks, guesses)


def read_readers(
    paths: Iterable[Path], count: int, names: Sequence[str] = MARKS
) -> dict[str, Reading]:
    """The marks of each reader by the name of the file. Raises `ClickException`, naming it."""
    found: dict[str, Reading] = {}
    for path in paths:
        if path.stem in found:
            raise click.ClickException(f"two readers are called {path.stem}: rename a file")
        try:
            found[path.stem] = read_marks(path.read_text("utf-8"), count, names)
        except click.ClickException as error:
            raise click.ClickException(f"{path}: {error.message}") from error
    return found


def averages(origins: Sequence[str], readings: Sequence[Reading], human: str = HUMAN) -> list[Row]:
    """A row an origin, in the order of their names with people's last; `origins` has N names."""
    marks = np.mean([one.marks for one in readings], axis=0)  # (N, M)
    taken = np.sum([one.guesses for one in readings], axis=0)
    rows = []
    for origin in sorted(set(origins), key=lambda name: (name == human, name)):
        own = np.array([name == origin for name in origins])
        n = int(own.sum())
        spread = (
            marks[own].std(axis=0, ddof=1) / n**0.5 if n > 1 else np.full(marks.shape[1], np.nan)
        )
        means = tuple(marks[own].mean(axis=0).tolist())
        believed, of = int(taken[own].sum()), n * len(readings)
        rows.append(Row(origin, n, means, tuple(spread.tolist()), believed, of))
    return rows


def agreement(readings: Sequence[Reading], names: Sequence[str] = MARKS) -> dict[str, float]:
    """How far readers agree: the mean correlation of two readers' marks, and how often two
    guesses are the same; empty for one reader. nan where a reader gave one mark to all.
    """
    pairs = list(combinations(readings, 2))
    if not pairs:
        return {}
    found = {
        name: float(np.mean([correlation(a.marks[:, i], b.marks[:, i]) for a, b in pairs]))
        for i, name in enumerate(names)
    }
    return found | {"guess": float(np.mean([np.mean(a.guesses == b.guesses) for a, b in pairs]))}


def correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Pearson's correlation of two series (N,); nan where one of them does not vary.

    >>> correlation(np.array([1.0, 2, 3]), np.array([2.0, 4, 6]))
    1.0
    """
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else float("nan")


def in_lines(text: str) -> tuple[str, ...]:
    """The lines of a poem with the stops ，。，。, whatever stops they had.

    >>> in_lines("春水連天碧；明月照大江！")
    ('春水連天碧，', '明月照大江。')
    """
    for stop in STOPS:
        text = text.replace(stop, "\n")
    return tuple(line + "，。"[i % 2] for i, line in enumerate(text.split()))


def without_nan(figures: Mapping[str, float]) -> dict[str, float | None]:
    """The figures as JSON has them: null for what could not be counted."""
    return {name: None if np.isnan(value) else float(value) for name, value in figures.items()}
