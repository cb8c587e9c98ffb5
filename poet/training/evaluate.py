"""Held-out loss: what a model makes of poems it has never read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..alphabet import BODY, END, POEM, Ids
from ..corpus.store import Store
from ..model import PoetLSTM
from .device import Engine

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

    @property
    def perplexity(self) -> float:
        """exp of the loss: how many characters the model hesitates between."""
        return math.exp(self.loss)


def held_out_batches(store: Store, poems: Sequence[int]) -> Iterator[tuple[Ids, Ids]]:
    """Inputs and targets (B, T), padded with `IGNORE`, poems of like length together."""
    if store.is_stream:
        yield from _stream_batches(store.verse(int(poems[0])).astype(np.int64))
        return
    poems = sorted(poems, key=lambda poem: len(store.verse(poem)))
    batch: list[Ids] = []
    for poem in poems:
        ids = np.concatenate([[POEM, BODY], store.verse(poem), [END]]).astype(np.int64)
        if batch and len(ids) * (len(batch) + 1) > TOKENS:
            yield _pad(batch)
            batch = []
        batch.append(ids)
    if batch:
        yield _pad(batch)


def _pad(batch: list[Ids]) -> tuple[Ids, Ids]:
    length = max(map(len, batch))
    inputs = np.full((len(batch), length - 1), END, dtype=np.int64)
    targets = np.full((len(batch), length - 1), IGNORE, dtype=np.int64)
    for row, ids in enumerate(batch):
        inputs[row, : len(ids) - 1] = ids[:-1]
        targets[row, 1 : len(ids) - 1] = ids[2:]  # what follows <poem> is given, not guessed
    return inputs, targets


def _stream_batches(ids: Ids) -> Iterator[tuple[Ids, Ids]]:
    T = min(STREAM_WINDOW, len(ids) - 1)
    whole = (len(ids) - 1) // T
    inputs, targets = (ids[i : i + whole * T].reshape(whole, T) for i in (0, 1))
    rows = max(1, TOKENS // T)
    for start in range(0, whole, rows):
        yield inputs[start : start + rows], targets[start : start + rows]


@torch.no_grad()
def evaluate(
    features: Callable[[Tensor], Tensor],
    logits: Callable[[Tensor], Tensor],
    store: Store,
    poems: Sequence[int],
    engine: Engine,
    stop: Callable[[], bool] = lambda: False,
) -> HeldOut | None:
    """Figures of any model that makes features (B, T, F) of ids (B, T) and logits of those.

    None when `stop` asked to leave, or nothing is held out.
    """
    nats, right, seen = 0.0, 0, 0
    if not len(poems):
        return None
    for inputs, targets in held_out_batches(store, poems):
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
    return HeldOut(nats / max(1, seen), right / max(1, seen), seen, len(poems))


def evaluate_poet(
    model: PoetLSTM,
    store: Store,
    poems: Sequence[int],
    engine: Engine,
    stop: Callable[[], bool] = lambda: False,
) -> HeldOut | None:
    """`evaluate` for poet's own model."""
    return evaluate(lambda ids: model(ids)[0], model.logits, store, poems, engine, stop)
