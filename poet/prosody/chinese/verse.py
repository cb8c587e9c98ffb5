"""From text to verse: the characters of a poem's lines, and their tones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from poet.characters import HAN, HOLE, is_han, normalise
from poet.prosody.chinese.clean import HOLES, Rejected, clean_verse
from poet.prosody.chinese.readings import Tone, Tones, usual_tone
from poet.prosody.chinese.rhyme_books import PINGSHUI, RhymeBook
from poet.scripts import from_japanese, script_of, to_traditional

_holes = re.compile(f"\\{{[^{{}}\n]*\\}}|｛[^｛｝\n]*｝|[{HOLES}]")
_run = re.compile(f"[{HAN}{HOLE}]+")
_note = re.compile("[（(〔\\[〖][^（(〔\\[〖〗\\]〕)）]*[〗\\]〕)）]")
_inner = re.compile("[ \t\u3000\xa0「」『』“”‘’《》〈〉﹁﹂﹃﹄\"']+")


@lru_cache(maxsize=64)
def verse_lines(text: str) -> tuple[str, ...]:
    """The Chinese characters of each line of a poem, unchanged. □ is a missing character.

    >>> verse_lines("春水（一作「草」）連天碧，\\n明月□大江。")
    ('春水連天碧', '明月□大江')
    """
    text = normalise(text)
    filled = _holes.sub(HOLE, text)
    try:  # a poem that the cleaning of a corpus rejects is scanned all the same
        cleaned = clean_verse(text, Counter()) if filled == text else filled
    except Rejected:
        cleaned = filled
    while (shorter := _note.sub("", cleaned)) != cleaned:
        cleaned = shorter
    lines = tuple(character_runs(_inner.sub("", cleaned)))
    return lines if any(map(is_han, "".join(lines))) else ()


def character_runs(text: str) -> list[str]:
    """The unbroken runs of Chinese characters in a text.

    >>> character_runs("春水連天碧，明月")
    ['春水連天碧', '明月']
    """
    return _run.findall(text)


@dataclass(frozen=True, slots=True)
class Verse:
    """The lines of a poem as they stand and in traditional characters, and their usual tones."""

    lines: tuple[str, ...]
    traditional: tuple[str, ...]
    tones: tuple[Tones, ...]

    @classmethod
    def of(cls, text: str, book: RhymeBook = PINGSHUI) -> Verse:
        """The verse of a text in either script; the tones are those of a rhyme book.

        >>> Verse.of("云归山路远。").traditional
        ('雲歸山路遠',)
        """
        lines = verse_lines(text)
        characters = "".join(lines)
        is_simplified = script_of(characters) == "hans"
        traditional = lines
        if is_simplified or not all(map(_tone, characters.replace(HOLE, ""))):
            traditional = tuple(_converted("\n".join(lines), whole=is_simplified).split("\n"))
        tone_of = _tone if book is PINGSHUI else book.usual_tone
        tones = tuple(tuple(map(tone_of, line)) for line in traditional)
        return cls(lines, traditional, tones)

    def divided(self, lengths: Sequence[int]) -> Verse:
        """The same characters in lines of these lengths, which add up to as many."""
        starts = [0, *accumulate(lengths)]
        pairs = list(pairwise(starts))
        lines, traditional = ("".join(part) for part in (self.lines, self.traditional))
        tones = tuple(tone for line in self.tones for tone in line)
        return Verse(
            tuple(lines[i:j] for i, j in pairs),
            tuple(traditional[i:j] for i, j in pairs),
            tuple(tones[i:j] for i, j in pairs),
        )


@lru_cache(maxsize=1 << 14)
def _tone(character: str) -> Tone:
    return usual_tone(character)


def _converted(text: str, *, whole: bool) -> str:
    """The text in traditional characters: all of it, or only characters of unknown tone."""
    traditional = to_traditional(from_japanese(text))
    if len(traditional) != len(text):  # phrases may change their length; characters do not
        traditional = "".join(to_traditional(c)[:1] or c for c in text)
    if whole:
        return traditional
    return "".join(c if _tone(c) else new for c, new in zip(text, traditional, strict=True))
