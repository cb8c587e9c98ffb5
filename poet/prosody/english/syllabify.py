"""Dividing a written word into as many syllables as it is spoken with, to set marks above it.

Dictionaries divide by origin and by rules of printing; this divides by sound, roughly: a consonant
between vowels goes with the second, two are parted unless they begin words together (th, br).
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

_vowels = re.compile(r"(?<![qQ])[aeiouyAEIOUYàáâäæèéêëìíîïòóôöœùúûüÀÁÂÄÆÈÉÊËÌÍÎÏÒÓÔÖŒÙÚÛÜ]+")
_hiatus = re.compile(r"(?i)i[aoue]|e[oi]|u[aeio]|o[ei]|y[aeio]|ea|ou|ai")
_together = re.compile(r"(?i)(?:th|sh|ch|ph|wh|qu|[bcdfgpt]r|[bcfgps]l|[st]w|kn|gn|wr)$")
_suffix = re.compile(r"(?i)e(?:'?s|d|'?st)?$")


class Piece(NamedTuple):
    """A syllable: where it begins in its word, and where its vowel does."""

    start: int
    vowel: int


def syllabify(word: str, count: int) -> tuple[Piece, ...]:
    """The syllables of a word that is spoken with `count` of them, which is at least one.

    >>> [pieces(word, n) for word, n in (("summer's", 2), ("temperate", 3), ("sometimes", 2))]
    [['sum', "mer's"], ['tem', 'pe', 'rate'], ['some', 'times']]
    >>> [pieces(word, n) for word, n in (("heaven", 1), ("lion", 2), ("didn't", 2))]
    [['heaven'], ['li', 'on'], ['di', "dn't"]]
    """
    vowels = [match.span() for match in _vowels.finditer(word)]
    if word[:1] in "yY" and vowels and vowels[0][0] == 0 and vowels[0][1] > 1:
        vowels[0] = (1, vowels[0][1])
    while len(vowels) > count and len(vowels) > 1:
        vowels.remove(_weakest(word, vowels))
    while len(vowels) < count and (parted := _parted(word, vowels)):
        vowels = parted
    while len(vowels) < count:  # didn't, chasm: a consonant is the syllable
        end = vowels[-1][1] if vowels else 0
        at = min(max(end + 1, len(word.rstrip("'tsd")) - 1), len(word) - 1)
        vowels.append((at, at + 1))
    starts = [0]
    for (_, end), (start, _) in pairwise(vowels):
        starts.append(max(starts[-1], _boundary(word, end, start)))
    return tuple(Piece(at, max(at, vowel[0])) for at, vowel in zip(starts, vowels, strict=True))


def pieces(word: str, count: int) -> list[str]:
    """The same as pieces of the word."""
    starts = [piece.start for piece in syllabify(word, count)]
    return [word[a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)]


def _weakest(word: str, vowels: list[tuple[int, int]]) -> tuple[int, int]:
    """The vowel that is the most likely to be silent."""
    silent = [span for span in vowels[1:] if word[slice(*span)].lower() == "e"]
    final = [span for span in silent if _suffix.fullmatch(word, span[0])]
    return (final or silent or vowels[1:])[0]


def _parted(word: str, vowels: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The vowels with one of their groups parted in two; none where no group can be."""
    for i, (start, end) in enumerate(vowels):
        if found := _hiatus.search(word, start, end):
            middle = found.start() + 1
            return [*vowels[:i], (start, middle), (middle, end), *vowels[i + 1 :]]
    return []


def _boundary(word: str, end: int, start: int) -> int:
    """Where the next syllable begins, between the end of one vowel and the start of the next."""
    between = word[end:start].rstrip("'")
    start = end + len(between)
    if (silent := between.lower().rfind("e")) >= 0:  # some-times
        return end + silent + 1
    if len(between) < 2:
        return start if between.lower() in ("", "x") else start - 1
    if len(between) > 2 and between[-2:].lower() in ("st", "sp", "sk"):  # foot-step
        return start - 2
    return start - 2 if _together.search(between) else start - 1
