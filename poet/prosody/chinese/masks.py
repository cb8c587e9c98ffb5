"""Which characters of a vocabulary a place of verse may take, as masks over the vocabulary."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from poet.characters import is_han
from poet.prosody.chinese.automaton import Allowed, Keys
from poet.prosody.chinese.readings import Tone
from poet.prosody.chinese.rhyme_books import PINGSHUI, RhymeBook
from poet.tokenizer import CharTokenizer

Row = NDArray[np.float32]  # (V,): 1 where the character may stand, 0 elsewhere


class Masks:
    """The sounds of a vocabulary. Only characters in the table of readings are ever allowed.

    With `strict`, only those whose readings agree in all sources of the table, so that no other
    dictionary finds fault.
    """

    def __init__(
        self,
        tokenizer: CharTokenizer,
        *,
        strict: bool,
        ci_rhyme: bool,
        book: RhymeBook = PINGSHUI,
    ) -> None:
        self.book = book
        self.strict = strict
        self.first = tokenizer.first_character
        self.size = len(tokenizer)
        self.characters = tokenizer.characters
        self.ci_rhyme = ci_rhyme
        self._rows: dict[tuple[Allowed, ...], Row] = {}

    @cached_property
    def _tones(self) -> NDArray[np.int8]:
        """The usual tones of each character; 0 where unknown."""
        return np.fromiter(
            map(self.book.usual_tone, self.characters), np.int8, len(self.characters)
        )

    @cached_property
    def _certain(self) -> NDArray[np.bool_]:
        return np.fromiter(map(self.book.is_certain, self.characters), bool, len(self.characters))

    @cached_property
    def _han(self) -> NDArray[np.bool_]:
        return np.fromiter(map(is_han, self.characters), bool, len(self.characters))

    @property
    def is_empty(self) -> bool:
        """Whether the vocabulary has no Chinese characters."""
        return not self._han.any()

    def row(self, options: tuple[Allowed, ...]) -> Row:
        """The mask (V,) of what meets one of the options."""
        row = self._rows.get(options)
        if row is None:
            row = np.zeros(self.size, np.float32)
            for option in options:
                row[self.first :] += self._meets(option)
            np.minimum(row, 1, out=row)
            self._rows[options] = row
        return row

    def _meets(self, option: Allowed) -> NDArray[np.bool_]:
        fits = self._fits(option.tone)
        if option.rhyme is None:
            return fits
        return fits & self._rhyming(option.tone, option.rhyme)

    def _fits(self, needed: Tone) -> NDArray[np.bool_]:
        if needed == Tone.EITHER:  # a place of either tone: readings do not matter
            return self._han
        if self.strict:
            return (self._tones == needed) & self._certain
        return (self._tones & needed) > 0

    def _rhyming(self, needed: Tone, keys: Keys) -> NDArray[np.bool_]:
        rhyming = np.zeros(len(self.characters), bool)
        for key in keys:
            rhyming |= self._of_key(needed, key)
        return rhyming

    def _of_key(self, needed: Tone, key: int) -> NDArray[np.bool_]:
        rhyming = np.zeros(len(self.characters), bool)
        for each in (Tone.LEVEL, Tone.OBLIQUE):
            if each & needed and (each, key) in self._by_key:
                rhyming |= self._by_key[each, key]
        return rhyming

    @cached_property
    def _by_key(self) -> dict[tuple[Tone, int], NDArray[np.bool_]]:
        """(tone, rhyme) -> mask of the characters that rhyme so, in that tone."""
        positions: list[list[int]] = [[] for _ in self.book.groups]
        for i, character in enumerate(self.characters):
            for group in self.book.readings(character):
                positions[group.index].append(i)
        masks: dict[tuple[Tone, int], NDArray[np.bool_]] = {}
        for group, members in zip(self.book.groups, positions, strict=True):
            needed = Tone.LEVEL if group.is_level else Tone.OBLIQUE
            for key in self.book.ci_classes(group) if self.ci_rhyme else (group.index,):
                if members:
                    row = masks.setdefault((needed, key), np.zeros(len(self.characters), bool))
                    row[members] = True
        return masks

    def keys(self, least: int) -> Keys:
        """The rhymes, in either tone, that have at least this many characters."""
        return frozenset(
            key
            for (needed, key), row in self._by_key.items()
            if np.count_nonzero(row & self._fits(needed)) >= least
        )
