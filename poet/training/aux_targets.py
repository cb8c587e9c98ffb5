"""Auxiliary targets for Chinese verse: the rhyme to come and the lines left (numpy only).

A rhyme binds characters that stand twelve to sixteen apart, and shows in only one of them; the end
of a poem shows once in fifty characters. From the next character alone, a network discovers such
things after tens of millions of characters. If the lower layer must also predict, at every
character, in which rhyme group the next rhyme will fall and how many lines are still to come, it
discovers them in two million. The targets exist in training alone: they need a table of readings,
and the model does not.

    春 水 連 天 碧 ， 孤 帆 入 曉 煙 。 <end>
    先 先 先 先 先 先 先 先 先 先 先 -  -       the next rhyme is 煙, in the group 先
    2  2  2  2  2  2  1  1  1  1  1  1  0       lines that end here or later
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import IGNORE
from poet.prosody.chinese.readings import GROUPS, readings
from poet.tokenizer import UNK, CharTokenizer, Ids

RHYME_STOPS = "。？！"  # a rhyme stands before these
LINE_STOPS = "，。？！；"  # these end a line
MAX_LINES = 16  # the last class means so many lines to come, or more
MIN_KNOWN = 100  # a text with fewer characters of known reading is not taken for Chinese verse


class AuxiliaryTargets:
    """Two targets per character of verse, given in the ids of one tokenizer.

    The methods take a row (n,) of poems, each its verse and the end mark, and the end (p,) of each
    poem in it, as `TokenDataset.verses` returns them.
    """

    def __init__(self, tokenizer: CharTokenizer) -> None:
        self.num_classes = (len(GROUPS), MAX_LINES + 1)  # of each target
        self.rhyme_groups = np.full(len(tokenizer), IGNORE, dtype=np.int16)  # (V,)
        for i, character in enumerate(tokenizer.characters, tokenizer.first_character):
            if found := readings(character):
                # A level reading if there is one: nearly all rhymes are level
                self.rhyme_groups[i] = next((g for g in found if g.is_level), found[0]).index
        self.is_rhyme_stop = _among(tokenizer, RHYME_STOPS)  # (V,)
        self.is_line_stop = _among(tokenizer, LINE_STOPS)  # (V,)

    @classmethod
    def for_dataset(
        cls, dataset: TokenDataset, weights: Iterable[float], min_known: int = MIN_KNOWN
    ) -> AuxiliaryTargets | None:
        """The targets for a dataset; None if it is not Chinese verse or all weights are 0."""
        if dataset.is_stream or not any(weights):
            return None
        targets = cls(dataset.tokenizer)
        known = int((targets.rhyme_groups >= 0).sum())
        return targets if known >= min_known and targets.is_rhyme_stop.any() else None

    def labels(self, row: NDArray[np.integer[Any]], ends: NDArray[np.integer[Any]]) -> Ids:
        """All targets (2, n); `IGNORE` where one is unknown."""
        return np.stack([self.next_rhyme(row, ends), self.lines_left(row, ends)])

    def next_rhyme(self, row: NDArray[np.integer[Any]], ends: NDArray[np.integer[Any]]) -> Ids:
        """The group (n,) of the first rhyme at or after each position of its poem.

        `IGNORE` where none follows or its reading is unknown.
        """
        sizes = np.diff(ends, prepend=0)
        (stops,) = self.is_rhyme_stop[row].nonzero()
        poem_starts = (ends - sizes)[np.searchsorted(ends, stops, side="right")]
        rhymes = stops[stops > poem_starts] - 1  # the character before a stop, if there is one
        nearest = np.r_[rhymes, len(row)][np.searchsorted(rhymes, np.arange(len(row)))]
        has_rhyme = nearest < np.repeat(ends, sizes)
        labels = np.full(len(row), IGNORE, dtype=np.int64)
        labels[has_rhyme] = self.rhyme_groups[row[nearest[has_rhyme]]]
        return labels

    def lines_left(self, row: NDArray[np.integer[Any]], ends: NDArray[np.integer[Any]]) -> Ids:
        """The number of lines (n,), at most `MAX_LINES`, that end at or after each position."""
        ended_before = np.r_[0, self.is_line_stop[row].cumsum()]  # (n + 1,)
        in_poem = np.repeat(ended_before[ends], np.diff(ends, prepend=0))
        return np.minimum(MAX_LINES, in_poem - ended_before[:-1])


def _among(tokenizer: CharTokenizer, characters: str) -> NDArray[np.bool_]:
    """Which ids (V,) stand for one of the characters."""
    mask = np.zeros(len(tokenizer), dtype=bool)
    mask[tokenizer.encode(characters)] = True
    mask[UNK] = False
    return mask
