"""Measures of verse, by a model or by people: rules kept, variety, copied lines.

All take texts as a model writes them. In text that is not Chinese, words are counted instead of
characters, as in the index of lines (`poet.novelty.ngrams`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from poet.characters import HOLE, STOPS
from poet.evaluation.report import Copies, Prosody, Variety
from poet.novelty.index import NoveltyIndex
from poet.novelty.ngrams import NGRAM, hash_units
from poet.poem import Poem
from poet.prosody.chinese.forms import Form
from poet.prosody.chinese.scan import scan

FORMS = ("五絕", "七絕", "五律", "七律")  # with enough human poems to compare with
RHYME_FAULTS = ("不押韻", "出韻")


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
    scans = [result for text in texts if (result := scan(text, form)).lines]
    shaped = [result for result in scans if tuple(map(len, result.lines)) == form.lengths]
    return Prosody(
        shape=len(shaped),
        rhyme=sum(not any(f.name in RHYME_FAULTS for f in result.faults) for result in shaped),
        tones=sum(not any(f.is_of_tone for f in result.faults) for result in shaped),
        all=sum(result.keeps() for result in shaped),
    )


def variety(texts: Sequence[str]) -> Variety:
    """How varied the texts are."""
    return Variety(len(texts), distinct(texts, 1), distinct(texts, 2), repeats(texts))


def distinct(texts: Sequence[str], n: int) -> float:
    """The share of different n-grams of characters (or words) among all within lines; 0 if none.

    >>> distinct(["春水春水。"], 1), distinct(["the sea, the sky"], 1)
    (0.5, 0.75)
    """
    ngrams = [ngram for text in texts for line in verse_lines(text) for ngram in _ngrams(line, n)]
    return len(set(ngrams)) / max(1, len(ngrams))


def _ngrams(line: str, n: int) -> Iterator[tuple[int, ...]]:
    units = hash_units(line).tolist()
    return zip(*(units[i:] for i in range(n)), strict=False)


def repeats(texts: Sequence[str]) -> float:
    """The share of poems in which some character (or word) occurs twice."""
    units = [hash_units(text).tolist() for text in texts]
    return sum(len(set(verse)) < len(verse) for verse in units) / max(1, len(units))


def copies(texts: Sequence[str], index: NoveltyIndex) -> Copies:
    """How many lines occur in the training text, and how long a run is shared with it.

    An unknown character (□) ends a line, as it does in the index.
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
