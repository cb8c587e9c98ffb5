"""A scanned line as handbooks print it: marks of stress above the words, feet between bars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from poet.prosody.english.alignment import EXTRA, MISSING, Alignment, Syllable
from poet.prosody.english.metre import Metre
from poet.prosody.english.syllabify import Piece, syllabify
from poet.prosody.english.syllables import Word

BEAT, OFF_BEAT, HEAVY, SURPLUS = "/", "x", "\\", "+"


class Scansion(NamedTuple):
    """A line with its marks.

    `marks` has one for each syllable: `/` on the beat, `x` off it, `\\` for a word of weight off
    the beat, `+` for a syllable too many. `text` is the line with bars between feet, and `above`
    the row with each mark over its vowel.
    """

    marks: str
    text: str
    above: str


def scansion(line: str, words: Sequence[Word], metre: Metre, alignment: Alignment) -> Scansion:
    """The marks of a line that is laid out on a metre.

    >>> from poet.prosody.english.alignment import align
    >>> from poet.prosody.english.metre import metre
    >>> from poet.prosody.english.syllables import words_of
    >>> words, iambs = words_of("Rough winds at evening"), metre("iambic dimeter")
    >>> found = scansion("Rough winds at evening", words, iambs, align(words, iambs))
    >>> print(found.above, found.text, sep="\\n")
     \\     /      x  /   x
    Rough winds | at evening
    """
    spoken = [syllable for syllable in alignment.syllables if syllable.problem != MISSING]
    turned = {
        first.foot
        for first, second in pairwise(spoken)
        if (first.place, second.place) == ("w", "s")
        and first.foot == second.foot
        and first.stress == "1"
        and second.stress not in ("1", "C")
    }
    marks = [mark(syllable, metre, syllable.foot in turned) for syllable in spoken]
    places = _places(words, spoken)
    text, above = "", ""
    copied = 0  # characters of the line
    for i, (syllable, piece, sign) in enumerate(zip(spoken, places, marks, strict=True)):
        new_foot = i > 0 and syllable.foot != spoken[i - 1].foot and not metre.is_syllabic
        text += line[copied : piece.start]
        if new_foot:
            text += "| " if text.endswith(" ") else "|"
        text += line[piece.start : piece.vowel]
        copied = piece.vowel
        above = above.ljust(len(text)) + sign
    return Scansion("".join(marks), text + line[copied:], above)


def mark(syllable: Syllable, metre: Metre, is_turned: bool = False) -> str:
    """The mark of a syllable; a turned foot has its beat first."""
    if syllable.problem == EXTRA:
        return SURPLUS
    if metre.is_syllabic:
        return BEAT if syllable.stress in ("1", "C") else OFF_BEAT
    if syllable.is_strong and not (is_turned and syllable.place == "s"):
        return BEAT
    return HEAVY if syllable.stress in ("C", "2") else OFF_BEAT


def _places(words: Sequence[Word], syllables: Sequence[Syllable]) -> list[Piece]:
    """Where each syllable and its vowel begin in the line."""
    places: list[Piece] = []
    for number, word in enumerate(words):
        count = sum(syllable.word == number for syllable in syllables)
        if count:
            places += (
                Piece(word.start + piece.start, word.start + piece.vowel)
                for piece in syllabify(word.text, count)
            )
    return places
