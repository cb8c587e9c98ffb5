"""Which characters of an alphabet a place of verse may take, as rows over the alphabet."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from poet.characters import is_han
from poet.prosody.chinese.automaton import Allowed, Keys
from poet.prosody.chinese.readings import GROUPS, Tone, department, is_certain, readings, tone
from poet.tokenizer import CharTokenizer

Row = NDArray[np.float32]  # (V,): 1 where the character may stand, 0 elsewhere


class Masks:
    """The sounds of an alphabet. Chosen characters are known to the table of readings.

    Where `strict`, those whose readings agree in all the sources of the table alone: a reader
    with another dictionary shall find no fault.
    """

    def __init__(self, tokenizer: CharTokenizer, *, strict: bool, by_department: bool) -> None:
        self.strict = strict
        self.first = tokenizer.first_character
        self.size = len(tokenizer)
        self.characters = tokenizer.characters
        self.by_department = by_department
        self._rows: dict[tuple[Allowed, ...], Row] = {}

    @cached_property
    def _tones(self) -> NDArray[np.int8]:
        """(characters,) the tones of each; 0 for what is unknown."""
        return np.fromiter(map(tone, self.characters), np.int8, len(self.characters))

    @cached_property
    def _certain(self) -> NDArray[np.bool_]:
        return np.fromiter(map(is_certain, self.characters), bool, len(self.characters))

    @cached_property
    def _han(self) -> NDArray[np.bool_]:
        return np.fromiter(map(is_han, self.characters), bool, len(self.characters))

    @property
    def is_empty(self) -> bool:
        """Whether the alphabet has nothing that a line of Chinese verse is made of."""
        return not self._han.any()

    def row(self, options: tuple[Allowed, ...]) -> Row:
        """Where one of the options is met. (V,)"""
        found = self._rows.get(options)
        if found is None:
            found = np.zeros(self.size, np.float32)
            for option in options:
                found[self.first :] += self._meets(option)
            np.minimum(found, 1, out=found)
            self._rows[options] = found
        return found

    def _meets(self, option: Allowed) -> NDArray[np.bool_]:
        fits = self._fits(option.tone)
        if option.rhyme is None:
            return fits
        return fits & self._rhyming(option.tone, option.rhyme)

    def _fits(self, asked: Tone) -> NDArray[np.bool_]:
        if asked == Tone.EITHER:  # a free place: what is read there does not matter
            return self._han
        if self.strict:
            return (self._tones == asked) & self._certain
        return (self._tones & asked) > 0

    def _rhyming(self, asked: Tone, keys: Keys) -> NDArray[np.bool_]:
        found = np.zeros(len(self.characters), bool)
        for key in keys:
            found |= self._of_key(asked, key)
        return found

    def _of_key(self, asked: Tone, key: int) -> NDArray[np.bool_]:
        found = np.zeros(len(self.characters), bool)
        for own in (Tone.LEVEL, Tone.OBLIQUE):
            if own & asked and (own, key) in self._by_key:
                found |= self._by_key[own, key]
        return found

    @cached_property
    def _by_key(self) -> dict[tuple[Tone, int], NDArray[np.bool_]]:
        """(tone, rhyme) -> where the characters stand that rhyme so, in that tone."""
        standing: list[list[int]] = [[] for _ in GROUPS]
        for i, character in enumerate(self.characters):
            for group in readings(character):
                standing[group.index].append(i)
        found: dict[tuple[Tone, int], NDArray[np.bool_]] = {}
        for group, places in zip(GROUPS, standing, strict=True):
            asked = Tone.LEVEL if group.is_level else Tone.OBLIQUE
            for key in department(group) if self.by_department else (group.index,):
                if places:
                    row = found.setdefault((asked, key), np.zeros(len(self.characters), bool))
                    row[places] = True
        return found

    def keys(self, least: int) -> Keys:
        """The rhymes, in either tone, that have at least so many characters to choose from."""
        return frozenset(
            key
            for (asked, key), row in self._by_key.items()
            if np.count_nonzero(row & self._fits(asked)) >= least
        )
