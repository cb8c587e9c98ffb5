"""Sounds of English words, and what endings do to them.

A pronunciation is a tuple of ARPAbet phonemes; its vowels end in a digit, the stress of their
syllable: 1 primary, 2 secondary, 0 none.
"""

from __future__ import annotations

Phonemes = tuple[str, ...]


def _set(phonemes: str) -> frozenset[str]:
    return frozenset(phonemes.split())


VOWELS = _set("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW")
CONSONANTS = _set("B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH")
VOICELESS = _set("CH F HH K P S SH T TH")
_HISSING = _set("CH JH S SH Z ZH")


def is_vowel(phoneme: str) -> bool:
    """
    >>> is_vowel("AH0"), is_vowel("N")
    (True, False)
    """
    return phoneme[:2] in VOWELS


def plural(word: Phonemes) -> Phonemes:
    """The word with the ending -s.

    >>> plural(("K", "IH1", "S")), plural(("M", "UW1", "N"))
    (('K', 'IH1', 'S', 'IH0', 'Z'), ('M', 'UW1', 'N', 'Z'))
    """
    if word[-1] in _HISSING:
        return (*word, "IH0", "Z")
    return (*word, "S" if word[-1] in VOICELESS else "Z")


def past(word: Phonemes) -> Phonemes:
    """The word with the ending -ed, a syllable after t and d only.

    >>> past(("L", "IH1", "F", "T"))[-2:], past(("K", "IH1", "S"))[-1]
    (('IH0', 'D'), 'T')
    """
    return (*word, "IH0", "D") if word[-1] in ("T", "D") else shut(word)


def shut(word: Phonemes) -> Phonemes:
    """The word with the ending -'d, which is never a syllable."""
    if word[-1] in ("T", "D"):
        return word
    return (*word, "T" if word[-1] in VOICELESS else "D")


def second_person(word: Phonemes) -> Phonemes:
    """The word with the ending -'st.

    >>> second_person(("N", "OW1")), second_person(("R", "EY1", "Z"))
    (('N', 'OW1', 'S', 'T'), ('R', 'EY1', 'Z', 'T'))
    """
    return (*word, "T") if word[-1] in ("S", "Z", "SH") else (*word, "S", "T")


def elide(full: Phonemes, before: int, after: int) -> Phonemes | None:
    """A pronunciation without the vowel for which an apostrophe stands.

    `before` and `after` are how many groups of vowel letters stand on the two sides of the
    apostrophe. None where no unstressed vowel is there to fall.

    >>> elide(("W", "AA1", "N", "D", "ER0", "IH0", "NG"), 1, 1)
    ('W', 'AA1', 'N', 'D', 'R', 'IH0', 'NG')
    """
    vowels = [index for index, phoneme in enumerate(full) if is_vowel(phoneme)]
    if len(vowels) == before + after:
        return full
    for place in (before, before - 1):
        if 0 < place < len(vowels) and len(vowels) == before + after + 1:
            index = vowels[place]
            if full[index].endswith("0"):
                kept = ("R",) if full[index] == "ER0" else ()
                return full[:index] + kept + full[index + 1 :]
    return None


def join(first: Phonemes, second: Phonemes) -> Phonemes:
    """Two parts of a word; a consonant that ends one and begins the other is said once."""
    return first + (second[1:] if first[-1] == second[0] else second)
