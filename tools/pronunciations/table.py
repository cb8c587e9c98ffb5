"""The dictionary as arrays, as `poet.prosody.english.pronunciation` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.prosody.english.letters import LetterRules
from poet.prosody.english.phonemes import is_vowel
from poet.prosody.english.pronunciation import FREQUENCY_STEPS, PHONEMES, Pronunciation
from tools.pronunciations.dictionary import Entry

_letter_of = {phoneme: letter for letter, phoneme in PHONEMES.items()}


def pronunciations_of(entry: Entry) -> list[Pronunciation]:
    """The different pronunciations of an entry, poetic ones last."""
    plain = dict.fromkeys(map(Pronunciation.of, entry.plain))
    poetic = dict.fromkeys(Pronunciation.of(said, True) for said in entry.poetic)
    same = {(said.stresses, said.ending) for said in plain}
    return [*plain, *(said for said in poetic if (said.stresses, said.ending) not in same)]


def pack(
    entries: Mapping[str, Entry], forms: Mapping[tuple[str, bool], int], rules: LetterRules
) -> dict[str, NDArray[Any]]:
    """The arrays of the table. `forms`: how often a word stands in lower case, and capitalised."""
    sounds, stresses = rules.lines()
    words = sorted(entries)
    said = [pronunciations_of(entries[word]) for word in words]
    every = [reading for readings in said for reading in readings]
    split = [_split(reading.ending) for reading in every]
    columns = {
        "stress_patterns": [reading.stresses for reading in every],
        "head_phonemes": [head for head, _ in split],
        "rime_phonemes": [rime for _, rime in split],
    }
    kinds = {name: sorted(set(column)) for name, column in columns.items()}
    number = {
        name: np.array([place[value] for value in columns[name]])
        for name, values in kinds.items()
        for place in [{value: index for index, value in enumerate(values)}]
    }
    frequency = [
        [_frequency(forms.get((word, capital), 0)) for capital in (False, True)] for word in words
    ]
    return {
        "words": _lines(words),
        "counts": np.array(list(map(len, said)), np.uint8),
        "stresses": _narrow(number["stress_patterns"], np.uint16),
        "heads": _narrow(number["head_phonemes"], np.uint16),
        "rimes": _narrow(number["rime_phonemes"], np.uint16),
        "poetic": np.array([reading.poetic for reading in every], np.uint8),
        **{name: _lines(values) for name, values in kinds.items()},
        "frequency": np.array(frequency, np.uint8),
        "letter_sounds": _lines(sounds),
        "letter_stresses": _lines(stresses),
    }


def _split(ending: tuple[str, ...]) -> tuple[str, str]:
    """An ending in letters, cut before its last vowel.

    >>> _split(("M", "UW", "N"))
    ('Z', 'Oa')
    """
    last = max(
        (place for place, phoneme in enumerate(ending) if is_vowel(phoneme)), default=len(ending)
    )
    letters = "".join(map(_letter_of.__getitem__, ending))
    return letters[:last], letters[last:]


def _narrow(values: NDArray[np.int64], kind: type[np.uint8 | np.uint16]) -> NDArray[Any]:
    if values.max() > np.iinfo(kind).max:
        raise ValueError(f"{values.max() + 1} different values are too many for the table")
    return values.astype(kind)


def _lines(lines: list[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode("ascii"), np.uint8)


def _frequency(count: int) -> int:
    """
    >>> _frequency(0), _frequency(12), _frequency(24)
    (0, 43, 55)
    """
    return round(FREQUENCY_STEPS * log2(count)) if count > 1 else 0
