"""How verse says a word beside the way the dictionary says it: a syllable less, or one more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from poet.prosody.english.phonemes import Phonemes, is_vowel

# heaven, given, fallen: written heav'n by those who count
_WIDE = ("AW1", "AY1", "AW2", "AY2", "EY1", "OY1")
_fire = re.compile(r"([^aeiou][iy]re(s|d|'s|'d)?|[^aeiou][iy]r'd|(^|[^aeiou])our(s|ed|'s|'d)?)$")
_flower = re.compile(r"ower(s|ed|'s|'d)?$")
_un = re.compile("un[^i]")
# Before a noun with its stress in front, the stress of these moves back: the supreme good
_RECEDING = frozenset(
    """
    absurd adverse august complete concealed confined confirmed corrupt despised diseased disgraced
    distinct distressed divine dispersed entire exact express extreme exiled forlorn forsworn
    immense insane intense intact minute misled obscure opaque polite profane profound remote
    reserved secure serene severe sincere sublime supreme untrue
    """.split()  # noqa: SIM905, a list of words is easier to read so
)
_dropped_n = re.compile(r"(v|ll|ol|is|os)en('?s)?$")


def poetic_readings(word: str, said: Phonemes) -> Iterator[Phonemes]:
    """The readings in which verse has a syllable less or more than this one.

    >>> list(poetic_readings("flower", ("F", "L", "AW1", "ER0")))
    [('F', 'L', 'AW1', 'R')]
    >>> list(poetic_readings("loved", ("L", "AH1", "V", "D")))
    [('L', 'AH1', 'V', 'AH0', 'D')]
    """
    for i in range(len(said) - 1):
        first, second = said[i], said[i + 1]
        before, after = said[:i], said[i + 2 :]
        if not is_vowel(first):
            continue
        if first in _WIDE and second == "ER0":  # power, prayer, shower
            yield (*before, first, "R", *after)
        if first in _WIDE and second == "AH0":  # violet, quiet, riot
            yield (*before, first, *after)
        if first in _WIDE and second == "R" and not any(map(is_vowel, after)):
            yield (*before, first, "ER0", *after)  # hour and fire in two syllables
        if first in ("IY1", "AY1", "UW1", "OW1", "EY1") and (second, *after[:1]) == ("IH0", "NG"):
            yield (*before, first, *after)  # being, flying
        if first in ("IY0", "IH0") and is_vowel(second) and second[-1] == "0" and before:
            yield (*before, "Y", second, *after)  # glorious, union
        if first in ("UW0", "UH0") and is_vowel(second) and second[-1] == "0" and before:
            yield (*before, "W", second, *after)  # influence
        if first == "ER0" and is_vowel(second) and second[-1] == "0" and before:
            yield (*before, "R", second, *after)  # wandering, every
        if (
            first in ("AH0", "IH0")
            and second in ("R", "L", "N")
            and after
            and is_vowel(after[0])
            and after[0][-1] == "0"
            and len(before) > 1
        ):
            yield (*before, second, *after)  # natural, family
    if _dropped_n.search(word) and "AH0" in said[-3:] and "N" in said[-2:]:
        i = max(index for index, phoneme in enumerate(said) if phoneme == "AH0")
        if said[i + 1 : i + 2] == ("N",):
            yield (*said[:i], *said[i + 1 :])
    if word.endswith("ed") and _is_past(said):
        yield (*said[:-1], "AH0", "D")
    vowels = [place for place, phoneme in enumerate(said) if is_vowel(phoneme)]
    if len(vowels) == 2 and (word in _RECEDING or _un.match(word)) and said[vowels[1]][-1] == "1":
        front, back = (said[place][:2] for place in vowels)
        between, end = said[vowels[0] + 1 : vowels[1]], said[vowels[1] + 1 :]
        yield (*said[: vowels[0]], front + "1", *between, back + "2", *end)


def _is_past(said: Phonemes) -> bool:
    """Whether a word in -ed ends in the consonant of loved, and not like wanted or seed."""
    return (
        len(said) > 2
        and said[-1] in ("D", "T")
        and said[-2] not in ("AH0", "IH0", "IY1", "IY2", "EH1", "EH2")
    )


def usual_readings(word: str, found: Sequence[Phonemes]) -> list[Phonemes]:
    """The readings of a dictionary as verse has them.

    Fire and hour have one syllable, flower one or two. A word of one syllable has its full sound,
    and the digit 1: whether it takes a beat depends on the line.

    >>> usual_readings("desire", [("D", "IH0", "Z", "AY1", "ER0")])
    [('D', 'IH0', 'Z', 'AY1', 'R')]
    >>> usual_readings("to", [("T", "UW1"), ("T", "AH0")])
    [('T', 'UW1')]
    """
    readings = []
    for said in found:
        closed = _closed(said)
        if closed != said and _flower.search(word):
            readings += [said, closed]
        else:
            readings.append(closed if _fire.search(word) else said)
    if all(sum(map(is_vowel, said)) == 1 for said in readings):
        full = [said for said in readings if not any(p.endswith("0") for p in said)]
        readings = [tuple(_stressed(p) for p in said) for said in full or readings]
    return list(dict.fromkeys(readings))


def _closed(said: Phonemes) -> Phonemes:
    """The reading with the last two vowels of flower and desire as one."""
    for i in range(len(said) - 1):
        if said[i] in _WIDE and said[i + 1] == "ER0" and not any(map(is_vowel, said[i + 2 :])):
            return (*said[: i + 1], "R", *said[i + 2 :])
    return said


def _stressed(phoneme: str) -> str:
    return phoneme[:2] + "1" if is_vowel(phoneme) else phoneme
