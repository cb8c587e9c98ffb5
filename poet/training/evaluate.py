"""Held-out loss: what a model makes of poems it has never read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from poet.dataset.dataset import TokenDataset
from poet.model import PoetLSTM
from poet.tokenizer import BODY, BOS, EOS, Ids
from poet.training.device import Compute

TOKENS = 8_192  # characters read at a time, padding included
STREAM_WINDOW = 256  # text without poems is read in windows from an empty state
IGNORE = -1


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Figures on held-out text: mean nats a character, and how often the best guess is right.

    Counted are verse characters, stops and the end mark, from an empty state, with no form,
    author or title given; characters outside the alphabet count as the unknown mark.
    """

    loss: float
    accuracy: float
    characters: int
    poems: int

    @classmethod
    def together(cls, parts: Sequence[HeldOut]) -> HeldOut | None:
        """The figures of several parts of a text; None of none."""
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
        """exp of the loss: how many characters the model hesitates between."""
        return math.exp(self.loss)


def sample_held_out(dataset: TokenDataset, most: int, source: int | None = None) -> list[int]:
    """At most `most` held-out poems, always the same; of a stream, where windows begin.

    A window of a stream is `STREAM_WINDOW` characters read from an empty state.
    """
    if dataset.is_stream:
        size = len(_stream(dataset)) - 1
        last = max(1, size - STREAM_WINDOW + 1) if size > 0 else 0  # a short end is one window
        found = np.arange(0, last, STREAM_WINDOW)
    else:
        found = dataset.poems(held_out=True, source=source)
    if len(found) > most:
        found = np.sort(np.random.default_rng(0).choice(found, most, replace=False))
    return [int(i) for i in found]


def _stream(dataset: TokenDataset) -> NDArray[np.integer[Any]]:
    """The held-out end of a stream."""
    held = dataset.poems(held_out=True)
    return dataset.verse(int(held[0])) if len(held) else dataset.ids[:0]


def held_out_batches(dataset: TokenDataset, chosen: Sequence[int]) -> Iterator[tuple[Ids, Ids]]:
    """Inputs and targets (B, T) of the poems or windows chosen, like lengths together.

    Targets are `IGNORE` where nothing is to be guessed: padding, and what follows `<poem>`.
    """
    batch: list[Ids] = []
    if not dataset.is_stream:
        chosen = sorted(chosen, key=lambda poem: len(dataset.verse(poem)))
    for one in chosen:
        ids = _sequence(dataset, one)
        if batch and len(ids) * (len(batch) + 1) > TOKENS:
            yield _pad(batch, given=0 if dataset.is_stream else 1)
            batch = []
            dataset.drop_pages()  # poems from everywhere would map all of the text in the end
        batch.append(ids)
    if batch:
        yield _pad(batch, given=0 if dataset.is_stream else 1)


def _sequence(dataset: TokenDataset, one: int) -> Ids:
    if dataset.is_stream:
        return _stream(dataset)[one : one + STREAM_WINDOW + 1].astype(np.int64)
    return np.concatenate([[BOS, BODY], dataset.verse(one), [EOS]]).astype(np.int64)


def _pad(batch: list[Ids], given: int) -> tuple[Ids, Ids]:
    """Rows of unequal length side by side; the first `given` targets are not counted."""
    length = max(map(len, batch))
    inputs = np.full((len(batch), length - 1), EOS, dtype=np.int64)
    targets = np.full((len(batch), length - 1), IGNORE, dtype=np.int64)
    for row, ids in enumerate(batch):
        inputs[row, : len(ids) - 1] = ids[:-1]
        targets[row, given : len(ids) - 1] = ids[1 + given :]
    return inputs, targets


@torch.no_grad()
def evaluate(
    features: Callable[[Tensor], Tensor],
    logits: Callable[[Tensor], Tensor],
    dataset: TokenDataset,
    chosen: Sequence[int],
    engine: Compute,
    stop: Callable[[], bool] = lambda: False,
) -> HeldOut | None:
    """Figures of any model that makes features (B, T, F) of ids (B, T) and logits of those.

    None when `stop` asked to leave, or nothing is held out.
    """
    nats, right, seen = 0.0, 0, 0
    if not len(chosen):
        return None
    for inputs, targets in held_out_batches(dataset, chosen):
        if stop():
            return None
        with engine.autocast():
            read = features(torch.from_numpy(inputs).to(engine.device))
            wanted = torch.from_numpy(targets).to(engine.device).flatten()
            for part, of in zip(read.flatten(0, 1).split(512), wanted.split(512), strict=True):
                counted = of != IGNORE
                scores = logits(part[counted]).float()
                of = of[counted]
                nats += float(torch.nn.functional.cross_entropy(scores, of, reduction="sum"))
                right += int((scores.argmax(1) == of).sum())
                seen += len(of)
    return HeldOut(nats / max(1, seen), right / max(1, seen), seen, len(chosen))


def evaluate_poet(
    model: PoetLSTM,
    dataset: TokenDataset,
    chosen: Sequence[int],
    engine: Compute,
    stop: Callable[[], bool] = lambda: False,
) -> HeldOut | None:
    """`evaluate` for poet's own model."""
    return evaluate(lambda ids: model(ids)[0], model.logits, dataset, chosen, engine, stop)
