"""A word or two of English for the words of Chinese verse, for readers who know no Chinese.

The table, `glosses.txt`, is made by `tools/glosses.py` from CC-CEDICT and a list of classical
senses. A gloss is what a word mostly means in verse; it knows nothing of the poem around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from poet.prosody.chinese.verse import character_runs
from poet.scripts import from_japanese, script_of, standard, to_traditional

_FEET = {4: (2, 2), 5: (2, 3), 6: (2, 2, 2), 7: (2, 2, 3)}  # the caesuras of lines, by length
LONGEST_WORD = 4


class Gloss(NamedTuple):
    """The English of `length` characters, from place `start` of a text on."""

    start: int
    length: int
    english: str


def glosses(text: str) -> list[Gloss]:
    """A gloss for each word of a text in either script, in order.

    Words of several characters are found within the feet of lines. Characters that the table
    does not have are left out.

    >>> [(gloss.start, gloss.english) for gloss in glosses("白日依山盡，")]
    [(0, 'white sun'), (2, 'lean on'), (3, 'mountain'), (4, 'end')]
    """
    found: list[Gloss] = []
    runs = character_runs(text)
    start = 0
    for run, traditional in _in_both_scripts(runs) if runs else ():
        start = text.index(run, start)
        for i, word in _words(traditional):
            if english := _table().english.get(word):
                found.append(Gloss(start + i, len(word), english))
        start += len(run)
    return found


def feet(length: int) -> list[tuple[int, int]]:
    """Where the feet of a line of so many characters begin and end.

    >>> feet(5), feet(3)
    ([(0, 2), (2, 5)], [(0, 3)])
    """
    ends = [0]
    for size in _FEET.get(length, (length,)):
        ends.append(ends[-1] + size)
    return list(pairwise(ends))


def _words(line: str) -> Iterator[tuple[int, str]]:
    """The words of a line, each with its place: as many characters as can be in longer words.

    Among ways to divide a line that are equal in this, the one with the closest words is taken.
    """
    table = _table()
    breaks = {end for _, end in feet(len(line))}
    best: list[tuple[float, int]] = [(0.0, 0)]  # the score up to each place, and the last word
    for end in range(1, len(line) + 1):
        ways = [(best[end - 1][0], 1)]
        for length in range(2, min(LONGEST_WORD, end) + 1):
            word = line[end - length : end]
            crosses = length == 2 and end - 1 in breaks
            if word in table.bond and not crosses:
                ways.append((best[end - length][0] + length + table.bond[word], length))
        best.append(max(ways))
    words = []
    end = len(line)
    while end:
        length = best[end][1]
        words.append((end - length, line[end - length : end]))
        end -= length
    return reversed(words)


class _Table(NamedTuple):
    """The English of each word, and how close the bond of longer ones is, from 0 to 1."""

    english: Mapping[str, str]
    bond: Mapping[str, float]


@cache
def _table() -> _Table:
    rows = (Path(__file__).parent / "glosses.txt").read_text("utf-8").splitlines()
    english = dict(row.split("\t") for row in rows if not row.startswith("#"))
    words = [word for word in english if len(word) > 1]
    return _Table(english, {word: 1 - i / len(words) for i, word in enumerate(words)})


def _in_both_scripts(runs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each run as it stands, and in the characters of the table, of which it has as many."""
    whole = "\n".join(runs)
    standing = standard(from_japanese(whole))
    if script_of(whole) == "hans" or not all(map(_is_known, "".join(runs))):
        traditional = to_traditional(standing)
        if len(traditional) != len(whole):  # phrases may change their length; characters do not
            traditional = "".join(to_traditional(c)[:1] or c for c in standing)
        if script_of(whole) == "hans":
            standing = traditional
        pairs = zip(standing, traditional, strict=True)
        standing = "".join(old if _is_known(old) else new for old, new in pairs)
    return zip(runs, standing.split("\n"), strict=True)


def _is_known(character: str) -> bool:
    return character == "\n" or standard(character) in _table().english
