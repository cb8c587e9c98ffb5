"""Held-out loss: how well a model predicts poems it has never read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F

from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import IGNORE, MAX_TOKENS, HeldOut, held_out_batches
from poet.model import PoetLSTM
from poet.training.device import Compute
from poet.training.distributed import ALONE, Distributed

ROWS = 512  # rows of logits alive at a time
EMPTY = (0.0, 0.0, 0, 0)  # the figures of a process that had nothing to read

Stop: TypeAlias = Callable[[], bool]  # whether to stop as soon as possible
# Figures of a model; None if `stop` interrupted it or nothing is held out
Evaluator: TypeAlias = Callable[[PoetLSTM, Stop], HeldOut | None]


def never() -> bool:
    """The `Stop` that never asks for it."""
    return False


@torch.no_grad()
def evaluate(
    features: Callable[[Tensor], Tensor],
    logits: Callable[[Tensor], Tensor],
    dataset: TokenDataset,
    indices: Sequence[int],
    compute: Compute,
    stop: Stop = never,
    max_tokens: int = MAX_TOKENS,
) -> HeldOut | None:
    """Figures of any model that makes features (B, T, F) from ids (B, T), and logits from those.

    `indices` are poems or windows from `sample_held_out`, `max_tokens` the characters of a batch,
    padding included. Returns None if `stop` interrupted it or
    `indices` is empty.
    """
    if not len(indices):
        return None
    nats, correct, count = 0.0, 0, 0
    for inputs, targets in held_out_batches(dataset, indices, max_tokens):
        if stop():
            return None
        with compute.autocast():
            x = features(torch.from_numpy(inputs).to(compute.device)).flatten(0, 1)
            y = torch.from_numpy(targets).to(compute.device).flatten()
            for x_rows, y_rows in zip(x.split(ROWS), y.split(ROWS), strict=True):
                counted = y_rows != IGNORE
                scores, y_rows = logits(x_rows[counted]).float(), y_rows[counted]
                nats += float(F.cross_entropy(scores, y_rows, reduction="sum"))
                correct += int((scores.argmax(1) == y_rows).sum())
                count += len(y_rows)
    return HeldOut(nats / max(1, count), correct / max(1, count), count, len(indices))


def evaluate_model(
    model: PoetLSTM,
    dataset: TokenDataset,
    indices: Sequence[int],
    compute: Compute,
    stop: Stop = never,
) -> HeldOut | None:
    """`evaluate` for poet's own model."""
    return evaluate(lambda ids: model(ids)[0], model.logits, dataset, indices, compute, stop)


class HeldOutEvaluator:
    """The `Evaluator` of a training run: each process reads its part of a fixed sample."""

    def __init__(
        self,
        dataset: TokenDataset,
        indices: Sequence[int],
        compute: Compute,
        distributed: Distributed = ALONE,
    ) -> None:
        """`indices` are the poems or windows that all processes read together."""
        self.dataset, self.compute, self.distributed = dataset, compute, distributed
        self.indices = indices[distributed.rank :: distributed.world_size]

    def __call__(self, model: PoetLSTM, stop: Stop = never) -> HeldOut | None:
        """The figures of all parts together. Collective."""
        part = evaluate_model(model, self.dataset, self.indices, self.compute, stop)
        interrupted = part is None and stop()
        rows = self.distributed.all_gather(interrupted, *(astuple(part) if part else EMPTY))
        if any(row[0] for row in rows):
            return None
        return HeldOut.combine(
            [
                HeldOut(loss, accuracy, int(characters), int(poems))
                for _, loss, accuracy, characters, poems in rows
                if characters
            ]
        )
