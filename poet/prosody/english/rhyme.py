"""Rhyme of English words: perfect, or as lenient as readers of verse are.

Words rhyme perfectly where they sound alike from the last stressed vowel on and differ in the
consonants before it: moon / June (masculine), weather / feather (feminine). A -y that only the
metre stresses counts too: memory / be. A word does not rhyme with itself, nor perfectly with one
that sounds the same.

Lenient readers also take eye rhymes (love / move), near vowels (come / doom, care / war), final
consonants that only the voice parts (cease / these), a light last syllable that the metre lifts
(loneliness / press), and different words that sound the same.
"""

from __future__ import annotations

import re
from functools import lru_cache

from poet.prosody.english.pronunciation import Pronunciation
from poet.prosody.english.syllables import look_up, sound_out

RhymePart = tuple[str, str]  # masculine or feminine, and the phonemes from the rhyming vowel on

_ARPABET_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"
_VOWELS = frozenset(_ARPABET_VOWELS.split())
_spelled_end = re.compile(r"[aeiouy]+[^aeiouy]*e?s?d?$")
_BY_LETTER = {"a": "AE", "e": "EH", "i": "IH", "o": "AA"}  # a light vowel that the metre lifts
_NEAR_CONSONANTS = {"Z": "S", "DH": "TH"}
_NEAR = (
    "AA/AO AA/AH AO/AH OW/AO OW/AA OW/AH UW/UH UW/AH UH/AH UW/OW IH/IY IY/EY EY/EH EY/AE EH/IY"
    " AE/AA AA/EY AW/OW AW/UW AY/IH AY/OY AO/UW"
)
_NEAR_VOWELS = frozenset(frozenset(pair.split("/")) for pair in _NEAR.split())


@lru_cache(maxsize=1 << 16)
def rhyme_parts(word: str) -> dict[RhymePart, frozenset[str]]:
    """With which sounds a lower-case word can rhyme, each with the consonants before them.

    Empty where the word is unknown.

    >>> rhyme_parts("moon")
    {('masculine', 'UW N'): frozenset({'M'})}
    """
    return rhyme_parts_of(tuple(sound for sound in look_up(word) if not sound.poetic))


def rhyme_parts_of(sounds: tuple[Pronunciation, ...]) -> dict[RhymePart, frozenset[str]]:
    """With which sounds a word of these pronunciations can rhyme."""
    parts: dict[RhymePart, set[str]] = {}
    for sound in sounds:
        for kind in ("masculine", "feminine"):
            if _is_stressed(sound, kind) and (split := _split(sound, kind)):
                parts.setdefault((kind, " ".join(split[1])), set()).add(" ".join(split[0]))
    return {part: frozenset(onsets) for part, onsets in parts.items()}


def _is_stressed(sound: Pronunciation, kind: str) -> bool:
    """Whether the syllable that would rhyme has a stress, or gets one from the metre."""
    stresses = sound.stresses
    if kind == "feminine":
        return len(stresses) > 1 and stresses[-2] != "0" and stresses[-1] != "1"
    if len(stresses) > 1 and stresses[-1] == "0":
        return stresses[-2] == "0" and sound.ending[-1] == "IY"
    return bool(stresses)


def _split(sound: Pronunciation, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The consonants before the vowel that rhymes, and the phonemes from it on."""
    ending = sound.ending
    vowels = [i for i, phoneme in enumerate(ending) if phoneme in _VOWELS]
    count = 1 if kind == "masculine" else 2
    if len(vowels) < count:
        return None
    start = vowels[-count]
    before = vowels[-count - 1] + 1 if len(vowels) > count else 0
    return ending[before:start], ending[start:]


def rhymes(first: str, second: str, strict: bool = True) -> bool:
    """Whether two words rhyme, strictly (perfectly) or leniently. Case does not matter.

    Strictly, an unknown word rhymes with none; leniently it is judged by its spelling.

    >>> rhymes("moon", "June"), rhymes("love", "move"), rhymes("love", "move", strict=False)
    (True, False, True)
    """
    first, second = first.lower(), second.lower()
    if first == second:
        return False
    parts = rhyme_parts(second)
    for part, onsets in rhyme_parts(first).items():
        if part in parts and len(onsets | parts[part]) > 1:
            return True
    return not strict and _nearly_rhyme(first, second)


@lru_cache(maxsize=1 << 16)
def _nearly_rhyme(first: str, second: str) -> bool:
    if first[-1] == second[-1] == "y" or _y_and_eye(first, second) or _y_and_eye(second, first):
        return True
    ends = [_spelled_end.search(word) for word in (first, second)]
    if ends[0] and ends[1] and ends[0][0] == ends[1][0] and len(ends[0][0]) > 1:
        return True
    return any(
        one[1:] == other[1:] and _are_near(one[0], other[0], one[1:])
        for one in _ends(first)
        for other in _ends(second)
    )


def _last_vowel(word: str) -> str:
    return next((letter for letter in reversed(word) if letter in "aeiou"), "")


def _y_and_eye(first: str, second: str) -> bool:
    """Whether a light -y meets the vowel of eye, as it did once (symmetry / eye)."""
    return first[-1] == "y" and ("AY",) in _ends(second)


def have_same_consonants(first: str, second: str) -> bool:
    """Whether two lower-case words end in the same consonants, as slant rhymes do (soul / all)."""
    ends = ({end[1:] for end in _ends(word) if end[1:]} for word in (first, second))
    return not next(ends).isdisjoint(next(ends))


def _are_near(first: str, second: str, after: tuple[str, ...]) -> bool:
    """Whether two vowels are near: before R nearly any are (care / war, near / bear)."""
    return first == second or after[:1] == ("R",) or frozenset((first, second)) in _NEAR_VOWELS


@lru_cache(maxsize=1 << 16)
def _ends(word: str) -> frozenset[tuple[str, ...]]:
    """The sounds of the last syllable from its vowel on, voiced consonants made voiceless."""
    ends = set()
    for sound in look_up(word) or sound_out(word):
        if split := _split(sound, "masculine"):
            vowel = ("AH", "R") if split[1][0] == "ER" else split[1][:1]
            after = tuple(_NEAR_CONSONANTS.get(each, each) for each in split[1][1:])
            ends.add((*vowel, *after))
            if sound.stresses.endswith("00") and vowel == ("AH",):  # Darien / men
                ends.add((_BY_LETTER.get(_last_vowel(word), "AH"), *after))
    return frozenset(ends)
