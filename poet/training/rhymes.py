"""What the lower layer is taught besides: which rhyme comes next (numpy only).

A rhyme binds characters that stand twelve to sixteen apart, and counts in one of them. Left
to itself a network finds that out after tens of millions of characters; asked at every
character in which of the 106 groups the next rhyme will fall, it finds out in two million. The
question is put in training alone: the answers need a table of readings, the model does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..alphabet import UNKNOWN, Alphabet, Ids
from ..prosody.readings import readings

STOPS = "。？！"  # before these a rhyme stands
IGNORE = -1
LEAST_KNOWN = 100  # characters with readings, below which a text is not taken for Chinese verse


class Rhymes:
    """The rhyme group of every character of an alphabet, by id."""

    def __init__(self, alphabet: Alphabet) -> None:
        first = alphabet.first_character
        self.groups = np.full(len(alphabet), IGNORE, dtype=np.int16)  # (V,)
        for i, character in enumerate(alphabet.characters, first):
            if found := readings(character):
                # A level one where it has both: nearly all rhymes are level
                self.groups[i] = next((g for g in found if g.is_level), found[0]).index
        stops = alphabet.encode(STOPS)
        self.stops = stops[stops != UNKNOWN]

    @property
    def are_known(self) -> bool:
        """Whether the text is one that rhymes by these groups."""
        return int((self.groups >= 0).sum()) >= LEAST_KNOWN and len(self.stops) > 0

    def ahead(self, verse: NDArray[np.integer[Any]]) -> Ids:
        """The group (n + 1,) of the first rhyme at or after each place of verse (n,).

        `IGNORE` where none follows, or its reading is unknown. The last entry is the end's.
        """
        (ends,) = np.isin(verse, self.stops).nonzero()
        ends = ends[ends > 0] - 1  # where the rhymes stand
        found = np.full(len(verse) + 1, IGNORE, dtype=np.int64)
        last = int(ends[-1]) + 1 if len(ends) else 0
        nearest = np.searchsorted(ends, np.arange(last))
        found[:last] = self.groups[verse[ends]][nearest]
        return found
