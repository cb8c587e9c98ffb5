"""Counts of characters that occur together: in title and verse, in both halves of a poem.

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

MAX_HALVES = 128  # ids of a verse whose halves are counted; a longer one has too many pairs
MAX_TITLED = 400  # the same for verse under a title

# (T,) the row or column of each character in a table of counts; -1 for one that is not counted
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
    def from_counts(
        cls, counts: NDArray[np.float32], smoothing: float, weights: NDArray[Any]
    ) -> Association:
        """From counts (K, K), which are changed in place and become the table."""
        total = max(1.0, float(counts.sum(dtype=np.float64)))
        rows = counts.sum(axis=1, dtype=np.float64)
        columns = counts.sum(axis=0, dtype=np.float64).astype(np.float32)
        for row, count in zip(counts, rows.tolist(), strict=True):  # in place: no second table
            expected = columns * np.float32(count / total)
            row += smoothing
            row /= expected + smoothing
        return cls(counts, weights.astype(np.float32))

    def scores(self, contexts: Sequence[Columns], texts: Sequence[Columns]) -> NDArray[np.float64]:
        """Mean log lifts (C, N) of N texts given C contexts; 0 where either is empty."""
        sizes = np.array([len(text) for text in texts], int)
        owner = np.repeat(np.arange(len(texts)), sizes)
        flat = np.concatenate([np.zeros(0, np.int32), *texts])
        scores = np.zeros((len(contexts), len(texts)))
        for row, context in zip(scores, contexts, strict=True):
            if len(context):
                weights = self.weights[context]
                logs = np.log(weights @ self.table[context] / weights.sum())  # (K,)
                row += np.bincount(owner, logs[flat], len(texts)) / np.maximum(1, sizes)
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
    """Count pairs of title and verse; return the number of titles with each character (K,)."""
    title, title_owner = _texts(
        dataset.title_ids, dataset.table["title"], poems, dataset.tokenizer.max_title
    )
    verse, verse_owner = _texts(dataset.ids, dataset.table["start"], poems, MAX_TITLED)
    title_columns = columns[title]
    _count(counts, len(poems), title_columns, title_owner, columns[verse], verse_owner)
    is_counted = title_columns >= 0
    pairs = np.unique(title_owner[is_counted] * len(counts) + title_columns[is_counted])
    return np.bincount(pairs % len(counts), minlength=len(counts))


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
    first: Columns,
    first_owner: NDArray[np.int64],
    second: Columns,
    second_owner: NDArray[np.int64],
) -> None:
    """Add every pair of a first and a second character of the same poem to counts (K, K).

    The owners are the numbers of the poems of these characters, in ascending order. For each k the
    k-th first character of every poem is paired with all second ones.
    """
    first, first_owner = first[first >= 0], first_owner[first >= 0]
    second, second_owner = second[second >= 0], second_owner[second >= 0]
    sizes = np.bincount(first_owner, minlength=poems)
    starts = np.cumsum(sizes) - sizes
    flat = counts.reshape(-1)
    for k in range(int(sizes.max(initial=0))):
        has_kth = sizes[second_owner] > k
        rows = first[starts[second_owner[has_kth]] + k].astype(np.int64)
        keys = rows * len(counts) + second[has_kth]
        np.add.at(flat, keys, np.float32(1))
