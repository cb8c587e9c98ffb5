"""Counts which characters occur together: in title and verse, in first and second half of a poem.

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

MAX_HALVES = 128  # ids of a verse whose halves are counted; longer ones have too many pairs
MAX_TITLED = 400  # likewise under a title

# (T,) the row or column of each character in a table of counts; -1 for what is not counted
Columns: TypeAlias = NDArray[np.int32]
Counts: TypeAlias = NDArray[np.float32]  # (K, K), the given character first


@dataclass(frozen=True)
class Association:
    """How much more often than by chance one character occurs with another.

    `table` (K, K) has the given character in rows and the other one in columns; `weights` (K,).
    """

    table: Counts
    weights: NDArray[np.float32]

    @classmethod
    def of(
        cls, counts: NDArray[np.float32], smoothing: float, weights: NDArray[Any]
    ) -> Association:
        """From counts (K, K), which are changed in place and become the table."""
        total = max(1.0, float(counts.sum(dtype=np.float64)))
        rows = counts.sum(axis=1, dtype=np.float64)
        columns = counts.sum(axis=0, dtype=np.float64).astype(np.float32)
        for row, given in zip(counts, rows.tolist(), strict=True):  # in place: no second table
            expected = columns * np.float32(given / total)
            row += smoothing
            row /= expected + smoothing
        return cls(counts, weights.astype(np.float32))

    def scores(self, given: Sequence[Columns], coming: Sequence[Columns]) -> NDArray[np.float64]:
        """Mean log lifts (G, C) of texts `coming`, given others; 0 where either is empty."""
        sizes = np.array([len(text) for text in coming], int)
        owner = np.repeat(np.arange(len(coming)), sizes)
        flat = np.concatenate([np.zeros(0, np.int32), *coming])
        scores = np.zeros((len(given), len(coming)))
        for row, text in zip(scores, given, strict=True):
            if len(text):
                weights = self.weights[text]
                logs = np.log(weights @ self.table[text] / weights.sum())  # (K,)
                row += np.bincount(owner, logs[flat], len(coming)) / np.maximum(1, sizes)
        return scores


def _texts(
    ids: NDArray[Any], start: NDArray[Any], poems: NDArray[np.int64], limit: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The ids (N,) of texts no longer than `limit`, and the number of the poem of each."""
    first = start[poems].astype(np.int64)
    sizes = start[poems + 1].astype(np.int64) - first
    sizes[sizes > limit] = 0
    owner = np.repeat(np.arange(len(poems)), sizes)
    index = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes - first, sizes)
    return ids[index].astype(np.int64), owner


def count_titles(
    dataset: TokenDataset, poems: NDArray[np.int64], columns: Columns, counts: Counts
) -> NDArray[np.int64]:
    """Count pairs of title and verse; return in how many titles each character occurs (K,)."""
    title, of = _texts(dataset.title_ids, dataset.table["title"], poems, MAX_TITLE)
    verse, owner = _texts(dataset.ids, dataset.table["start"], poems, MAX_TITLED)
    given = columns[title]
    _count(counts, len(poems), given, of, columns[verse], owner)
    known = given >= 0
    each = np.unique(of[known] * len(counts) + given[known]) % len(counts)
    return np.bincount(each, minlength=len(counts))


def count_halves(
    dataset: TokenDataset, poems: NDArray[np.int64], columns: Columns, counts: Counts
) -> None:
    """Count pairs of a character in the first half of a poem and one in the second half."""
    verse, owner = _texts(dataset.ids, dataset.table["start"], poems, MAX_HALVES)
    ends = np.isin(verse, dataset.tokenizer.encode(STOPS))
    lines = np.bincount(owner[ends], minlength=len(poems))
    before: NDArray[np.int64] = np.cumsum(ends) - ends  # ends of lines, from the first poem on
    line = before - (np.cumsum(lines) - lines)[owner]
    is_first, column = 2 * line < lines[owner], columns[verse]
    first, second = (column[half] for half in (is_first, ~is_first))
    _count(counts, len(poems), first, owner[is_first], second, owner[~is_first])


def _count(
    counts: Counts,
    poems: int,
    given: Columns,
    of: NDArray[np.int64],
    coming: Columns,
    owner: NDArray[np.int64],
) -> None:
    """Add every pair of a given and a coming character of the same poem to counts (K, K).

    `of` and `owner` are the numbers of the poems of these characters, in ascending order. For each
    k the k-th given character of every poem is paired with all coming ones.
    """
    given, of = given[given >= 0], of[given >= 0]
    coming, owner = coming[coming >= 0], owner[coming >= 0]
    sizes = np.bincount(of, minlength=poems)
    first = np.cumsum(sizes) - sizes
    flat = counts.reshape(-1)
    for k in range(int(sizes.max(initial=0))):
        has_kth = sizes[owner] > k
        rows = given[first[owner[has_kth]] + k].astype(np.int64)
        keys = rows * len(counts) + coming[has_kth]
        np.add.at(flat, keys, np.float32(1))
