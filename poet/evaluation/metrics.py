"""What can be counted in verse, a model's or a poet's: rules kept, variety, copied lines.

All measures take texts as a model writes them, and are the same for both sides. Words stand for
characters in text that is not Chinese, here as in the index of lines (`poet.novelty.ngrams`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from poet.characters import HOLE, STOPS
from poet.novelty.index import NoveltyIndex
from poet.novelty.ngrams import NGRAM, hash_units
from poet.poem import Poem
from poet.prosody.chinese.forms import Form
from poet.prosody.chinese.scan import scan

FORMS = ("五絕", "七絕", "五律", "七律")  # that people wrote enough of to be counted
RHYME = ("不押韻", "出韻")


@dataclass(frozen=True, slots=True)
class Prosody:
    """How many poems keep which rules of a form; one without its shape keeps none.

    Readings are lenient: a character with two tones may be read as is needed.
    """

    shape: int  # lines as many and as long as the form has
    rhyme: int  # no line without its rhyme, none in another group
    tones: int  # no character with a wrong tone
    all: int  # no fault at all


@dataclass(frozen=True, slots=True)
class Variety:
    """How much verse varies. All but `repeats` hang on how many poems there are."""

    poems: int
    distinct_1: float  # different characters, over all
    distinct_2: float  # different pairs of neighbours in a line, over all
    repeats: float  # the share of poems in which some character stands twice


@dataclass(frozen=True, slots=True)
class Copies:
    """What stands in the training text: upper bounds, for an index suspects a little too much."""

    lines: int  # of five characters or more; shorter ones are words more than lines
    copied: int
    median_run: float  # of poems, the longest run of characters shared; 0: fewer than five
    longest_run: int


@dataclass(frozen=True, slots=True)
class Measures:
    """All that is counted in some poems; None where it cannot be."""

    poems: int
    prosody: Prosody | None
    variety: Variety
    copies: Copies | None

    @property
    def shares(self) -> dict[str, float]:
        """What is a share of 1, by name, in the order in which it is shown."""
        found: dict[str, float] = {}
        if rules := self.prosody:
            kept = {"shape": rules.shape, "rhyme": rules.rhyme, "tones": rules.tones}
            kept["all right"] = rules.all
            found |= {name: count / self.poems for name, count in kept.items()}
        found |= {"distinct-1": self.variety.distinct_1, "distinct-2": self.variety.distinct_2}
        if rules:  # of verse without a form longer pieces would repeat more
            found["repeats"] = self.variety.repeats
        if self.copies:
            found["lines copied"] = self.copies.copied / max(1, self.copies.lines)
        return found


def verse_lines(text: str) -> list[str]:
    """The lines without their stops.

    >>> verse_lines("夜雨歸舟靜，燈寒客夢輕。")
    ['夜雨歸舟靜', '燈寒客夢輕']
    """
    for stop in STOPS:
        text = text.replace(stop, "\n")
    return [line for line in text.split("\n") if line]


def prosody(texts: Sequence[str], form: Form) -> Prosody:
    """How many of the texts keep the rules of a form, by `poet.prosody.chinese.scan`."""
    scans = [found for text in texts if (found := scan(text, form)).lines]
    shaped = [one for one in scans if tuple(map(len, one.lines)) == form.lengths]
    return Prosody(
        shape=len(shaped),
        rhyme=sum(not any(f.name in RHYME for f in one.faults) for one in shaped),
        tones=sum(not any(f.is_of_tone for f in one.faults) for one in shaped),
        all=sum(one.keeps() for one in shaped),
    )


def variety(texts: Sequence[str]) -> Variety:
    return Variety(len(texts), distinct(texts, 1), distinct(texts, 2), repeats(texts))


def distinct(texts: Sequence[str], n: int) -> float:
    """The share of different runs of n characters (or words) among all within lines; 0 of none.

    >>> distinct(["春水春水。"], 1), distinct(["the sea, the sky"], 1)
    (0.5, 0.75)
    """
    runs = [run for text in texts for line in verse_lines(text) for run in _runs(line, n)]
    return len(set(runs)) / max(1, len(runs))


def _runs(line: str, n: int) -> Iterator[tuple[int, ...]]:
    units = hash_units(line).tolist()
    return zip(*(units[i:] for i in range(n)), strict=False)


def repeats(texts: Sequence[str]) -> float:
    """The share of poems in which some character (or word) stands twice."""
    found = [hash_units(text).tolist() for text in texts]
    return sum(len(set(verse)) < len(verse) for verse in found) / max(1, len(found))


def copies(texts: Sequence[str], index: NoveltyIndex) -> Copies:
    """How many lines stand in the training text, and how long a run is shared with it.

    A character that is not known (□) ends a line, as it does in the index.
    """
    texts = [text.replace(HOLE, "\n") for text in texts]
    lines = [line for text in texts for line in verse_lines(text) if len(hash_units(line)) >= NGRAM]
    runs = [index.longest_run(Poem(text).lines) for text in texts]
    return Copies(
        lines=len(lines),
        copied=sum(map(index.contains_line, lines)),
        median_run=float(np.median(runs)) if runs else 0.0,
        longest_run=max(runs, default=0),
    )
