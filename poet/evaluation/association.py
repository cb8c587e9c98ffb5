"""Counting which characters come together in poems: under a title, in a second half after a first.

title 夜雨, verse 燈寒…   ->  (夜, 燈) (夜, 寒) … (雨, 燈) (雨, 寒) …
燈寒…。客夢…。            ->  (燈, 客) (燈, 夢) … (寒, 客) (寒, 夢) …
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.characters import STOPS
from poet.dataset.dataset import TokenDataset
from poet.tokenizer import MAX_TITLE

LONGEST = 128  # ids of a verse whose halves are counted; of longer ones the pairs are too many
LONGEST_TITLED = 400  # likewise under a title

# (T,) the row or column of each character in a table of counts; -1 for what is not counted
Columns: TypeAlias = NDArray[np.int32]
Counts: TypeAlias = NDArray[np.float32]  # (K, K), the given character first


@dataclass(frozen=True)
class Association:
    """How much oftener than by chance one character comes with another.

    `table` (K, K), rows the given character, columns the one that comes; `weights` (K,).
    """

    table: Counts
    weights: NDArray[np.float32]

    @classmethod
    def of(
        cls, counts: NDArray[np.float32], smoothing: float, weights: NDArray[Any]
    ) -> Association:
        """From counts (K, K), which become the table."""
        total = max(1.0, float(counts.sum(dtype=np.float64)))
        rows = counts.sum(axis=1, dtype=np.float64)
        columns = counts.sum(axis=0, dtype=np.float64).astype(np.float32)
        for row, given in zip(counts, rows.tolist(), strict=True):  # no second table is needed
            expected = columns * np.float32(given / total)
            row += smoothing
            row /= expected + smoothing
        return cls(counts, weights.astype(np.float32))

    def scores(self, given: Sequence[Columns], coming: Sequence[Columns]) -> NDArray[np.float64]:
        """Mean log lifts (G, C) of texts that come, given others; 0 where either has nothing."""
        sizes = np.array([len(one) for one in coming], int)
        owner = np.repeat(np.arange(len(coming)), sizes)
        flat = np.concatenate([np.zeros(0, np.int32), *coming])
        found = np.zeros((len(given), len(coming)))
        for row, one in zip(found, given, strict=True):
            if len(one):
                weights = self.weights[one]
                logs = np.log(weights @ self.table[one] / weights.sum())  # (K,)
                row += np.bincount(owner, logs[flat], len(coming)) / np.maximum(1, sizes)
        return found


def _texts(
    ids: NDArray[Any], start: NDArray[Any], poems: NDArray[np.int64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The ids (N,) of texts that are no longer than `most`, and which of the poems each is of."""
    first = start[poems].astype(np.int64)
    sizes = start[poems + 1].astype(np.int64) - first
    sizes[sizes > most] = 0
    owner = np.repeat(np.arange(len(poems)), sizes)
    at = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes - first, sizes)
    return ids[at].astype(np.int64), owner


def count_titles(
    dataset: TokenDataset, poems: NDArray[np.int64], columns: Columns, counts: Counts
) -> NDArray[np.int64]:
    """Count pairs of title and verse; in how many of the titles each character stands (K,)."""
    title, of = _texts(dataset.title_ids, dataset.table["title"], poems, MAX_TITLE)
    verse, owner = _texts(dataset.ids, dataset.table["start"], poems, LONGEST_TITLED)
    given = columns[title]
    _count(counts, len(poems), given, of, columns[verse], owner)
    known = given >= 0
    each = np.unique(of[known] * len(counts) + given[known]) % len(counts)
    return np.bincount(each, minlength=len(counts))


def count_halves(
    dataset: TokenDataset, poems: NDArray[np.int64], columns: Columns, counts: Counts
) -> None:
    """Count pairs of a character in the first half of a poem and one in its second."""
    verse, owner = _texts(dataset.ids, dataset.table["start"], poems, LONGEST)
    ends = np.isin(verse, dataset.tokenizer.encode(STOPS))
    lines = np.bincount(owner[ends], minlength=len(poems))
    before: NDArray[np.int64] = np.cumsum(ends) - ends  # ends of lines, from the first poem on
    line = before - (np.cumsum(lines) - lines)[owner]
    is_first, found = 2 * line < lines[owner], columns[verse]
    _count(counts, len(poems), found[is_first], owner[is_first], found[~is_first], owner[~is_first])


def _count(
    counts: Counts,
    poems: int,
    given: Columns,
    of: NDArray[np.int64],
    coming: Columns,
    owner: NDArray[np.int64],
) -> None:
    """Add every pair of a given character and one that comes, of one poem each, to counts (K, K).

    `of` and `owner` say which poem a character is of, in order. The k-th given character of each
    poem is paired with all that come, k by k.
    """
    given, of = given[given >= 0], of[given >= 0]
    coming, owner = coming[coming >= 0], owner[coming >= 0]
    sizes = np.bincount(of, minlength=poems)
    first = np.cumsum(sizes) - sizes
    flat = counts.reshape(-1)
    for k in range(int(sizes.max(initial=0))):
        on = sizes[owner] > k
        keys = given[first[owner[on]] + k].astype(np.int64) * len(counts) + coming[on]
        np.add.at(flat, keys, np.float32(1))
