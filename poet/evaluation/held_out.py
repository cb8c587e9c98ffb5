"""Held-out loss, character by character: by text, by form, by place in the poem (torch).

Read is as `poet.training.evaluate` reads: from an empty state, with no form, author or title
given; counted are verse characters, stops and the end mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import IGNORE, HeldOut, held_out_batches
from poet.evaluation.report import Bucket, Place
from poet.model import LSTMState, PoetLSTM
from poet.prosody.chinese.forms import Form
from poet.tokenizer import Ids
from poet.training.device import Compute

ROWS = 512  # rows of logits (V) made at a time
CARRIED = 1 << 20  # characters of a stream that are read in one go, at most
STRIDE = 4_096  # of them, read at a time


class Reading(NamedTuple):
    """A held-out poem, or window of a stream, read: T characters guessed one after another."""

    poem: int  # its index in the store; of a window, where it begins
    ids: Ids  # (T,)
    nats: NDArray[np.float32]  # (T,)
    right: NDArray[np.bool_]  # (T,) whether the best guess was right


@torch.no_grad()
def read_held_out(
    model: PoetLSTM, dataset: TokenDataset, chosen: Sequence[int], engine: Compute
) -> Iterator[Reading]:
    """Read the poems or windows chosen, shortest first."""
    if not dataset.is_stream:  # the order in which they come in batches
        chosen = sorted(chosen, key=lambda poem: len(dataset.verse(poem)))
    coming = iter(chosen)
    for inputs, targets in held_out_batches(dataset, chosen):
        features, _ = model(torch.from_numpy(inputs).to(engine.device))
        counted = targets != IGNORE
        wanted = targets[counted]
        nats, right = _guess(model, features[torch.from_numpy(counted).to(engine.device)], wanted)
        ends = np.cumsum(counted.sum(1))[:-1]
        for parts in zip(*(np.split(x, ends) for x in (wanted, nats, right)), strict=True):
            yield Reading(next(coming), *parts)


def _guess(
    model: PoetLSTM, features: Tensor, wanted: Ids
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Of features (N, E) and what followed (N,): nats (N,), and whether the best guess was it."""
    nats, right = [], []
    of = torch.from_numpy(wanted).to(features.device)
    for part, ids in zip(features.split(ROWS), of.split(ROWS), strict=True):
        scores = model.logits(part).float()
        nats.append(torch.nn.functional.cross_entropy(scores, ids, reduction="none").cpu())
        right.append((scores.argmax(1) == ids).cpu())
    return torch.cat(nats).numpy(), torch.cat(right).numpy()


@torch.no_grad()
def read_on(model: PoetLSTM, dataset: TokenDataset, engine: Compute) -> Iterator[Reading]:
    """The held-out end of a stream read in one go, the state carried from beginning to end."""
    held = dataset.poems(held_out=True)
    ids = dataset.verse(int(held[0]))[: CARRIED + 1].astype(np.int64) if len(held) else Ids(0)
    memory: LSTMState | None = None
    for at in range(0, len(ids) - 1, STRIDE):
        inputs, wanted = ids[at : at + STRIDE], ids[at + 1 : at + STRIDE + 1]
        read = torch.from_numpy(inputs[: len(wanted)])[None].to(engine.device)
        features, memory = model(read, memory)
        yield Reading(at, wanted, *_guess(model, features[0], wanted))


def mean(readings: Sequence[Reading]) -> HeldOut | None:
    """The figures of some readings together; None of none."""
    seen = sum(len(one.ids) for one in readings)
    if not seen:
        return None
    nats = sum(float(one.nats.sum(dtype=np.float64)) for one in readings)
    right = sum(int(one.right.sum()) for one in readings)
    return HeldOut(nats / seen, right / seen, seen, len(readings))


def by_place(readings: Iterable[Reading], form: Form) -> tuple[Place, ...]:
    """The mean at every place of a form, stops (one past the last character) and end included.

    Left out are the few poems in which something else stands, such as quotation marks.

        春水連天碧，明月照大江。  ->  line 1: 1 2 3 4 5 stop, line 2: 1 2 3 4 5 stop, end
    """
    spots = [(line, p) for line, n in enumerate(form.lengths, 1) for p in range(1, n + 2)]
    spots.append((len(form.lengths) + 1, 1))
    fitting = [one for one in readings if len(one.ids) == len(spots)]
    if not fitting:
        return ()
    nats = np.array([one.nats for one in fitting], np.float64).mean(0)  # (T,)
    right = np.array([one.right for one in fitting]).mean(0)
    return tuple(
        Place(*spot, loss, share, len(fitting))
        for spot, loss, share in zip(spots, nats.tolist(), right.tolist(), strict=True)
    )


def by_distance(readings: Iterable[Reading]) -> tuple[Bucket, ...]:
    """The mean by how many characters were read before, from the poem's or window's beginning.

    Buckets double: 1, 2, 3-4, 5-8, … counted from 1.
    """
    gathered: dict[int, list[NDArray[np.float32]]] = {}
    for one in readings:
        low, bucket = 0, 0
        while low < len(one.nats):
            high = 1 << bucket
            gathered.setdefault(bucket, []).append(one.nats[low:high])
            low, bucket = high, bucket + 1
    return tuple(
        Bucket(
            first=(1 << bucket >> 1) + 1 if bucket else 1,
            last=1 << bucket,
            nats=float(np.concatenate(nats).mean(dtype=np.float64)),
            characters=sum(map(len, nats)),
        )
        for bucket, nats in sorted(gathered.items())
    )
