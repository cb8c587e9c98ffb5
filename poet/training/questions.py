"""What the lower layer is taught besides: the rhyme to come, the lines left (numpy only).

A rhyme binds characters that stand twelve to sixteen apart, and counts in one of them; where a
poem ends is said once in fifty characters. Left to itself a network finds such things out after
tens of millions of characters. Asked at every character in which of the 106 groups the next
rhyme will fall, and how many lines are still to come, it finds them out in two million. The
questions are put in training alone: the answers need a table of readings, the model does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..alphabet import UNKNOWN, Alphabet, Ids
from ..corpus.store import Store
from ..prosody.readings import GROUPS, readings

RHYMED = "。？！"  # before these a rhyme stands
ENDED = "，。？！；"  # and these end a line
MANY = 16  # lines to come, and more
ANSWERS = (len(GROUPS), MANY + 1)  # classes of each question
IGNORE = -1
LEAST_KNOWN = 100  # characters with readings, below which a text is not taken for Chinese verse


class Questions:
    """The two questions, and their answers for verse in the ids of one alphabet."""

    def __init__(self, alphabet: Alphabet) -> None:
        first = alphabet.first_character
        self.groups = np.full(len(alphabet), IGNORE, dtype=np.int16)  # (V,)
        for i, character in enumerate(alphabet.characters, first):
            if found := readings(character):
                # A level one where it has both: nearly all rhymes are level
                self.groups[i] = next((g for g in found if g.is_level), found[0]).index
        self.rhymed, self.ended = (
            ids[ids != UNKNOWN] for ids in (alphabet.encode(RHYMED), alphabet.encode(ENDED))
        )

    @classmethod
    def of(cls, store: Store, weights: Iterable[float]) -> Questions | None:
        """The questions on a text, or None where it is not Chinese verse or nothing weighs."""
        if store.is_stream or not any(weights):
            return None
        found = cls(store.alphabet)
        known = int((found.groups >= 0).sum())
        return found if known >= LEAST_KNOWN and len(found.rhymed) else None

    def next_rhyme(self, verse: NDArray[np.integer[Any]]) -> Ids:
        """The group (n + 1,) of the first rhyme at or after each place of verse (n,).

        `IGNORE` where none follows, or its reading is unknown. The last entry is the end's.
        """
        (ends,) = np.isin(verse, self.rhymed).nonzero()
        ends = ends[ends > 0] - 1  # where the rhymes stand
        found = np.full(len(verse) + 1, IGNORE, dtype=np.int64)
        last = int(ends[-1]) + 1 if len(ends) else 0
        nearest = np.searchsorted(ends, np.arange(last))
        found[:last] = self.groups[verse[ends]][nearest]
        return found

    def lines_left(self, verse: NDArray[np.integer[Any]]) -> Ids:
        """How many lines (n + 1,), `MANY` at most, end at or after each place of verse (n,)."""
        ends = np.isin(verse, self.ended).astype(np.int64)
        return np.minimum(MANY, np.r_[ends[::-1].cumsum()[::-1], 0])
