"""Letter-to-sound rules, for words that neither the table nor a rule of spelling knows.

The rules are learned from CMUdict by `tools.pronunciations` and stand in the file of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from poet.prosody.english.phonemes import VOWELS, Phonemes

EDGE = "#"  # stands for what is before and after a word
# How many letters before and after a letter are looked at, from the vaguest rules on
WINDOWS = (
    (0, 0),
    (0, 1),
    (1, 0),
    (1, 1),
    (0, 2),
    (1, 2),
    (2, 1),
    (2, 2),
    (1, 3),
    (2, 3),
    (3, 3),
    (2, 4),
    (4, 4),
)
MAX_SUFFIX = 7  # letters at the end of a word that stresses are looked up by


class LetterRules(NamedTuple):
    """What letters sound like in their surroundings, and where words are stressed."""

    sounds: dict[str, str]  # window of letters -> phonemes of its middle letter, with blanks
    stresses: dict[str, str]  # number of syllables and end of a word -> its stresses

    @classmethod
    def parse(cls, sounds: Iterable[str], stresses: Iterable[str]) -> LetterRules:
        """The rules from lines of a key, a tab and a value."""
        return cls(
            dict(line.split("\t") for line in sounds),
            dict(line.split("\t") for line in stresses),
        )

    def lines(self) -> tuple[list[str], list[str]]:
        """What `parse` reads: the lines of `sounds`, and of `stresses`."""
        sounds, stresses = (["\t".join(rule) for rule in sorted(rules.items())] for rules in self)
        return sounds, stresses

    def read(self, word: str) -> Phonemes:
        """How a word of the letters a-z is said, most likely."""
        found: list[str] = []
        for place in range(len(word)):
            keys = (window_key(word, place, *window) for window in reversed(WINDOWS))
            found += next((self.sounds[key] for key in keys if key in self.sounds), "").split()
        found = [phoneme for phoneme, _ in groupby(found)]  # ll is said once
        syllables = sum(phoneme in VOWELS for phoneme in found)
        ends = [key for key in stress_keys(word, syllables) if key in self.stresses]
        pattern = self.stresses[ends[-1]] if ends else ""
        digits = iter(pattern.ljust(syllables, "0"))
        return tuple(phoneme + next(digits) if phoneme in VOWELS else phoneme for phoneme in found)


def window_key(word: str, place: int, left: int, right: int) -> str:
    """The letters around one letter, which is set in capitals.

    >>> window_key("moon", 1, 2, 1), window_key("moon", 3, 0, 1)
    ('#mOo', 'N#')
    """
    padded = EDGE * left + word + EDGE * right
    middle = place + left
    before, after = padded[middle - left : middle], padded[middle + 1 : middle + 1 + right]
    return before + word[place].upper() + after


def stress_keys(word: str, syllables: int) -> Iterator[str]:
    """What the stresses of a word are looked up by, from the vaguest on.

    >>> list(stress_keys("moon", 1))
    ['1', '1n', '1on', '1oon', '1moon', '1#moon']
    """
    word = EDGE + word
    for length in range(min(len(word), MAX_SUFFIX) + 1):
        yield f"{syllables}{word[len(word) - length :]}"
