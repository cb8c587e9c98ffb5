"""How English words are said: their stresses, and the sounds that rhyme.

The table, `pronunciations.safetensors`, is made by `tools.pronunciations` from the CMU Pronouncing
Dictionary, the spellings of verse and a list by hand. It knows 99 % of the words of running
verse; of others `guess` finds by their spelling how they may be said. `common_words` has the
words that verse may be steered to.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poet.prosody.english.phonemes import CONSONANTS, VOWELS, Phonemes, is_vowel
from poet.prosody.english.spelling import Spelling

if TYPE_CHECKING:
    from poet.prosody.english.letters import LetterRules

_LATIN = frozenset(ascii_lowercase)
# In the table each phoneme of ARPAbet is one letter
PHONEMES = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm",
        (*sorted(VOWELS), *sorted(CONSONANTS)),
        strict=True,
    )
)
FREQUENCY_STEPS = 12  # of the scale of frequencies, for each doubling
FILE = "pronunciations.safetensors"


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """One way to say a word."""

    stresses: str  # a digit a syllable: 1 primary, 2 secondary, 0 none; empty for th'
    ending: tuple[str, ...]  # phonemes of the last two syllables, without digits
    poetic: bool = False  # said so in verse only: heav'n for heaven, lovèd for loved

    @classmethod
    def of(cls, phonemes: Phonemes, poetic: bool = False) -> Pronunciation:
        """The pronunciation that these ARPAbet phonemes, with their digits, amount to.

        Unstressed IH but in -ing counts as AH, and so do IY and EH within a word: the dictionary
        uses them at random.

        >>> Pronunciation.of(("R", "IY0", "M", "EH1", "M", "B", "ER0"))
        Pronunciation(stresses='010', ending=('M', 'EH', 'M', 'B', 'ER'), poetic=False)
        >>> Pronunciation.of(("R", "IY0", "T", "ER1", "N")).ending
        ('R', 'AH', 'T', 'ER', 'N')
        """
        vowels = [place for place, phoneme in enumerate(phonemes) if is_vowel(phoneme)]
        stresses = "".join(phonemes[place][-1] for place in vowels)
        start = vowels[-3] + 1 if len(vowels) > 2 else 0
        merged = []
        for place in range(start, len(phonemes)):
            phoneme, following = phonemes[place], "".join(phonemes[place + 1 : place + 2])
            is_weak = (phoneme == "IH0" and following != "NG") or (
                phoneme in ("IY0", "EH0") and place != vowels[-1] and not is_vowel(following)
            )
            merged.append("AH" if is_weak else phoneme.rstrip("012"))
        return cls(stresses, tuple(merged), poetic)


@dataclass(frozen=True, eq=False)
class Readings:
    """R pronunciations in arrays.

    An ending is a head and a rime: what stands before the last vowel, and what begins with it.
    """

    stresses: NDArray[np.uint16]  # (R,) numbers of `stress_patterns`
    heads: NDArray[np.uint16]  # (R,) numbers of `head_phonemes`
    rimes: NDArray[np.uint16]  # (R,) numbers of `rime_phonemes`
    poetic: NDArray[np.bool_]  # (R,) whether only verse says it so
    stress_patterns: tuple[str, ...]
    head_phonemes: tuple[tuple[str, ...], ...]
    rime_phonemes: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.stresses)

    def __getitem__(self, reading: int) -> Pronunciation:
        return Pronunciation(
            self.stress_patterns[self.stresses[reading]],
            self.head_phonemes[self.heads[reading]] + self.rime_phonemes[self.rimes[reading]],
            bool(self.poetic[reading]),
        )

    def take(self, places: NDArray[np.int64]) -> Readings:
        """The readings at these places."""
        return replace(
            self,
            stresses=self.stresses[places],
            heads=self.heads[places],
            rimes=self.rimes[places],
            poetic=self.poetic[places],
        )


@dataclass(frozen=True, eq=False)
class WordTable:
    """The words that verse may be steered to: N forms with R readings, in arrays.

    A reading is a pronunciation of a form. Those of form i are `starts[i]` to `starts[i + 1]`.
    """

    forms: tuple[str, ...]  # as they stand within a line: moon, God, o'er
    frequency: NDArray[np.uint8]  # (N,) of a form in verse, by logarithm: + 12 is twice as often
    starts: NDArray[np.int64]  # (N + 1,)
    readings: Readings

    @cached_property
    def one_stress_pattern(self) -> NDArray[np.bool_]:
        """(N,) whether all readings of a form have the same stresses, poetic ones aside."""
        return self._agree(self.readings.stresses)

    @cached_property
    def one_rime(self) -> NDArray[np.bool_]:
        """(N,) whether all readings of a form have the same last vowel and what follows it."""
        return self._agree(self.readings.rimes)

    @cached_property
    def one_ending(self) -> NDArray[np.bool_]:
        """(N,) whether all readings of a form have the same ending, poetic ones aside."""
        return self._agree(self.readings.rimes) & self._agree(self.readings.heads)

    def _agree(self, values: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.bool_]:
        # The first reading of a form is never poetic
        first = np.repeat(values[self.starts[:-1]], np.diff(self.starts))
        return np.logical_and.reduceat((values == first) | self.readings.poetic, self.starts[:-1])


class _Table(NamedTuple):
    """The contents of the file: W words with their readings."""

    words: list[str]  # (W,) in lower case, sorted
    starts: NDArray[np.int64]  # (W + 1,)
    readings: Readings
    frequency: NDArray[np.uint8]  # (W, 2) in lower case, with a capital; 0 not to be written


def pronunciations(word: str) -> tuple[Pronunciation, ...]:
    """The pronunciations of a word in lower case, poetic ones last; () for an unknown word.

    >>> [said.stresses for said in pronunciations("remember")], pronunciations("qwv")
    (['010'], ())
    """
    table = _table()
    place = bisect_left(table.words, word)
    if place == len(table.words) or table.words[place] != word:
        return ()
    return _readings(place)


def guess(word: str) -> tuple[Pronunciation, ...]:
    """How a word in lower case may be said that the table does not know, by its spelling.

    It is taken apart into known words and endings where that can be done, and read letter by
    letter otherwise. () for a text without a letter.

    >>> guess("moonbright")[0].stresses, guess("17")
    ('12', ())
    """
    letters = "".join(filter(_LATIN.__contains__, word))
    if not letters:
        return ()
    found = _spelling().read(word) or (_letter_rules().read(letters),)
    return tuple(dict.fromkeys(map(Pronunciation.of, found)))


@cache
def _letter_rules() -> LetterRules:
    from poet.prosody.english.letters import LetterRules

    return LetterRules.parse(*map(_lines, (_tensor("letter_sounds"), _tensor("letter_stresses"))))


@cache
def _spelling() -> Spelling:
    """The spellings of verse, over the words of the table.

    The table has the endings of words only. What stands before an ending is given as vowels that
    no consonant divides, which is enough for their stresses.
    """

    def known(word: str) -> list[Phonemes]:
        return [phonemes_of(said) for said in pronunciations(word) if not said.poetic]

    def is_common(word: str) -> bool:
        table = _table()
        place = bisect_left(table.words, word)
        return table.words[place : place + 1] == [word] and bool(table.frequency[place].any())

    return Spelling(known, is_common)


def phonemes_of(said: Pronunciation) -> Phonemes:
    """A pronunciation as phonemes with digits; AH for each vowel before its ending.

    >>> phonemes_of(Pronunciation("010", ("M", "EH", "M", "B", "ER")))
    ('AH0', 'M', 'EH1', 'M', 'B', 'ER0')
    """
    early = max(0, len(said.stresses) - 2)
    late = iter(said.stresses[early:])
    return (
        *(f"AH{stress}" for stress in said.stresses[:early]),
        *(phoneme + next(late) if is_vowel(phoneme) else phoneme for phoneme in said.ending),
    )


@lru_cache(maxsize=1 << 16)
def _readings(place: int) -> tuple[Pronunciation, ...]:
    table = _table()
    return tuple(map(table.readings.__getitem__, range(*table.starts[place : place + 2].tolist())))


@cache
def common_words() -> WordTable:
    """The words that occur often enough in verse, as they are written within a line.

    Slurs and obscenities are not among them.
    """
    table = _table()
    words, capitals = np.nonzero(table.frequency)
    forms = tuple(
        _capitalised(table.words[word]) if capital else table.words[word]
        for word, capital in zip(words.tolist(), capitals.tolist(), strict=True)
    )
    counts = np.diff(table.starts)[words]
    starts = np.concatenate(([0], np.cumsum(counts)))
    places = np.arange(starts[-1]) + np.repeat(table.starts[words] - starts[:-1], counts)
    return WordTable(forms, table.frequency[words, capitals], starts, table.readings.take(places))


def _capitalised(word: str) -> str:
    """
    >>> _capitalised("god"), _capitalised("'twas")
    ('God', "'Twas")
    """
    first = 1 if word[0] == "'" else 0
    return word[:first] + word[first].upper() + word[first + 1 :]


@cache
def _table() -> _Table:
    """The contents of `pronunciations.safetensors`."""

    def phonemes(name: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(map(PHONEMES.__getitem__, line)) for line in _lines(_tensor(name)))

    readings = Readings(
        _tensor("stresses"),
        _tensor("heads"),
        _tensor("rimes"),
        _tensor("poetic").astype(bool),
        tuple(_lines(_tensor("stress_patterns"))),
        phonemes("head_phonemes"),
        phonemes("rime_phonemes"),
    )
    starts = np.concatenate(([0], np.cumsum(_tensor("counts"), dtype=np.int64)))
    return _Table(_lines(_tensor("words")), starts, readings, _tensor("frequency"))


def _tensor(name: str) -> NDArray[Any]:
    """One array of the file."""
    from safetensors import safe_open

    with safe_open(Path(__file__).with_name(FILE), framework="numpy") as file:
        return file.get_tensor(name)


def _lines(text: NDArray[np.uint8]) -> list[str]:
    return text.tobytes().decode("ascii").split("\n")
