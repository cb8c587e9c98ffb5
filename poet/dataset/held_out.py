"""The held-out side of a dataset: which of it is read, in what batches, and the figures (no torch).

A dataset of poems is read poem by poem, `<poem> <body> verse <end>`. A stream is read in windows of
`STREAM_WINDOW` characters. Both start from an empty state.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.dataset.dataset import TokenDataset
from poet.tokenizer import BODY, BOS, EOS, Ids

MAX_TOKENS = 8_192  # of a batch, padding included
STREAM_WINDOW = 256  # characters
IGNORE = -1  # as a target: nothing is predicted here (torch calls it ignore_index)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Figures on held-out text: mean nats per character, and how often the best guess is right.

    Verse characters, stops and the end mark are counted, read from an empty state with no form,
    author or title given. A character that the tokenizer lacks counts as the unknown mark.
    """

    loss: float
    accuracy: float
    characters: int
    poems: int

    @classmethod
    def combine(cls, parts: Sequence[HeldOut]) -> HeldOut | None:
        """The figures of several parts of a text; None for no parts."""
        if len(parts) < 2:
            return parts[0] if parts else None
        characters = sum(part.characters for part in parts)
        loss, accuracy = (
            sum(getattr(part, name) * part.characters for part in parts) / characters
            for name in ("loss", "accuracy")
        )
        return cls(loss, accuracy, characters, sum(part.poems for part in parts))

    @property
    def perplexity(self) -> float:
        """exp of the loss: the number of characters the model hesitates between.

        Of a loss beyond 99, which only a model that learnt nothing has, it is that of 99.
        """
        return math.exp(min(self.loss, 99))


def sample_held_out(dataset: TokenDataset, limit: int, source: int | None = None) -> list[int]:
    """At most `limit` held-out poems, always the same ones; of a stream, offsets of windows."""
    if dataset.is_stream:
        size = len(_held_out_stream(dataset)) - 1
        last = max(1, size - STREAM_WINDOW + 1) if size > 0 else 0  # a short end is one window
        indices = np.arange(0, last, STREAM_WINDOW)
    else:
        indices = dataset.poems(held_out=True, source=source)
    if len(indices) > limit:
        indices = np.sort(np.random.default_rng(0).choice(indices, limit, replace=False))
    return [int(i) for i in indices]


def held_out_batches(
    dataset: TokenDataset, indices: Sequence[int], max_tokens: int = MAX_TOKENS
) -> Iterator[tuple[Ids, Ids]]:
    """Inputs and targets (B, T) of poems or windows, those of similar length together.

    Targets are `IGNORE` where nothing is predicted: at padding, and after `<poem>`.
    """
    rows: list[Ids] = []
    given = 0 if dataset.is_stream else 1
    if not dataset.is_stream:
        indices = sorted(indices, key=lambda poem: len(dataset.verse(poem)))
    for index in indices:
        ids = _sequence(dataset, index)
        if rows and len(ids) * (len(rows) + 1) > max_tokens:
            yield _pad(rows, given)
            rows = []
            dataset.drop_pages()  # poems from everywhere would map the whole text in the end
        rows.append(ids)
    if rows:
        yield _pad(rows, given)


def _held_out_stream(dataset: TokenDataset) -> NDArray[np.integer[Any]]:
    held_out = dataset.poems(held_out=True)
    return dataset.verse(int(held_out[0])) if len(held_out) else dataset.ids[:0]


def _sequence(dataset: TokenDataset, index: int) -> Ids:
    if dataset.is_stream:
        stream = _held_out_stream(dataset)
        return stream[index : index + STREAM_WINDOW + 1].astype(np.int64)
    return np.concatenate([[BOS, BODY], dataset.verse(index), [EOS]]).astype(np.int64)


def _pad(rows: list[Ids], given: int) -> tuple[Ids, Ids]:
    """Rows of unequal length as one batch; the first `given` targets are not counted."""
    length = max(map(len, rows))
    inputs = np.full((len(rows), length - 1), EOS, dtype=np.int64)
    targets = np.full((len(rows), length - 1), IGNORE, dtype=np.int64)
    for i, ids in enumerate(rows):
        inputs[i, : len(ids) - 1] = ids[:-1]
        targets[i, given : len(ids) - 1] = ids[1 + given :]
    return inputs, targets
