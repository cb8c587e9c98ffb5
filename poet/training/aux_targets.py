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

from poet.dataset.dataset import TokenDataset
from poet.prosody.chinese.readings import GROUPS, readings
from poet.tokenizer import UNK, CharTokenizer, Ids

RHYMED = "。？！"  # before these a rhyme stands
ENDED = "，。？！；"  # and these end a line
MANY = 16  # lines to come, and more
NUM_CLASSES = (len(GROUPS), MANY + 1)  # classes of each question
IGNORE = -1
LEAST_KNOWN = 100  # characters with readings, below which a text is not taken for Chinese verse


class AuxiliaryTargets:
    """The two questions, and their answers for verse in the ids of one alphabet.

    They are asked of a row of poems (n,), each its verse and the end mark; `ends` (p,) tells where
    each of them is over.
    """

    def __init__(self, tokenizer: CharTokenizer) -> None:
        first = tokenizer.first_character
        self.groups = np.full(len(tokenizer), IGNORE, dtype=np.int16)  # (V,)
        for i, character in enumerate(tokenizer.characters, first):
            if found := readings(character):
                # A level one where it has both: nearly all rhymes are level
                self.groups[i] = next((g for g in found if g.is_level), found[0]).index
        self.rhymed, self.ended = (_among(tokenizer, marks) for marks in (RHYMED, ENDED))  # (V,)

    @classmethod
    def of(cls, dataset: TokenDataset, weights: Iterable[float]) -> AuxiliaryTargets | None:
        """The questions on a text, or None where it is not Chinese verse or nothing weighs."""
        if dataset.is_stream or not any(weights):
            return None
        found = cls(dataset.tokenizer)
        known = int((found.groups >= 0).sum())
        return found if known >= LEAST_KNOWN and found.rhymed.any() else None

    def next_rhyme(self, row: NDArray[np.integer[Any]], ends: NDArray[np.integer[Any]]) -> Ids:
        """The group (n,) of the first rhyme at or after each place of its poem.

        `IGNORE` where none follows, or its reading is unknown.
        """
        sizes = np.diff(ends, prepend=0)
        (stops,) = self.rhymed[row].nonzero()
        begins = (ends - sizes)[np.searchsorted(ends, stops, side="right")]
        rhymes = stops[stops > begins] - 1  # before a stop, where anything stands before it
        nearest = np.r_[rhymes, len(row)][np.searchsorted(rhymes, np.arange(len(row)))]
        follows = nearest < np.repeat(ends, sizes)
        found = np.full(len(row), IGNORE, dtype=np.int64)
        found[follows] = self.groups[row[nearest[follows]]]
        return found

    def lines_left(self, row: NDArray[np.integer[Any]], ends: NDArray[np.integer[Any]]) -> Ids:
        """How many lines (n,), `MANY` at most, end at or after each place of its poem."""
        before = np.r_[0, self.ended[row].cumsum()]  # (n + 1,)
        return np.minimum(MANY, np.repeat(before[ends], np.diff(ends, prepend=0)) - before[:-1])


def _among(tokenizer: CharTokenizer, marks: str) -> NDArray[np.bool_]:
    """Which ids (V,) are those of some marks."""
    found = np.zeros(len(tokenizer), dtype=bool)
    found[tokenizer.encode(marks)] = True
    found[UNK] = False
    return found
