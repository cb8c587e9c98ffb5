"""Held-out loss, character by character: by text, by form, by place in the poem (torch).

Text is read as in training: from an empty state, with no form, author or title given. Verse
characters, stops and the end mark are counted.
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

LOGIT_ROWS = 512  # rows of logits (V) computed at a time
MAX_CARRIED = 1 << 20  # of a stream are read with the state carried over, at most
STRIDE = 4_096  # characters of a stream in one forward pass


class TokenLosses(NamedTuple):
    """The losses of a held-out poem or window of a stream, one for each of T characters."""

    poem: int  # its index in the dataset; for a window, the offset of its first character
    ids: Ids  # (T,)
    nats: NDArray[np.float32]  # (T,)
    correct: NDArray[np.bool_]  # (T,) whether the best guess was right


@torch.no_grad()
def read_held_out(
    model: PoetLSTM, dataset: TokenDataset, indices: Sequence[int], compute: Compute
) -> Iterator[TokenLosses]:
    """The losses of held-out poems or windows, the shortest first."""
    if not dataset.is_stream:  # the order of the batches
        indices = sorted(indices, key=lambda poem: len(dataset.verse(poem)))
    remaining = iter(indices)
    for inputs, targets in held_out_batches(dataset, indices):
        features, _ = model(torch.from_numpy(inputs).to(compute.device))
        counted = targets != IGNORE
        ids = targets[counted]
        nats, correct = _losses(model, features[torch.from_numpy(counted).to(compute.device)], ids)
        ends = np.cumsum(counted.sum(1))[:-1]
        for parts in zip(*(np.split(x, ends) for x in (ids, nats, correct)), strict=True):
            yield TokenLosses(next(remaining), *parts)


def _losses(
    model: PoetLSTM, features: Tensor, ids: Ids
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Nats (N,) of ids (N,) after features (N, E), and whether each was the best guess."""
    nats, correct = [], []
    targets = torch.from_numpy(ids).to(features.device)
    rows = zip(features.split(LOGIT_ROWS), targets.split(LOGIT_ROWS), strict=True)
    for feature_rows, target_rows in rows:
        logits = model.logits(feature_rows).float()
        loss = torch.nn.functional.cross_entropy(logits, target_rows, reduction="none")
        nats.append(loss.cpu())
        correct.append((logits.argmax(1) == target_rows).cpu())
    return torch.cat(nats).numpy(), torch.cat(correct).numpy()


@torch.no_grad()
def read_stream(
    model: PoetLSTM, dataset: TokenDataset, compute: Compute, stride: int = STRIDE
) -> Iterator[TokenLosses]:
    """The losses of the held-out end of a stream, with the state carried from its beginning."""
    held_out = dataset.poems(held_out=True)
    ids = Ids(0)
    if len(held_out):
        ids = dataset.verse(int(held_out[0]))[: MAX_CARRIED + 1].astype(np.int64)
    state: LSTMState | None = None
    for start in range(0, len(ids) - 1, stride):
        inputs, targets = ids[start : start + stride], ids[start + 1 : start + stride + 1]
        batch = torch.from_numpy(inputs[: len(targets)])[None].to(compute.device)
        features, state = model(batch, state)
        yield TokenLosses(start, targets, *_losses(model, features[0], targets))


def mean(losses: Sequence[TokenLosses]) -> HeldOut | None:
    """The mean figures of some poems or windows; None if there are none."""
    count = sum(len(poem.ids) for poem in losses)
    if not count:
        return None
    nats = sum(float(poem.nats.sum(dtype=np.float64)) for poem in losses)
    correct = sum(int(poem.correct.sum()) for poem in losses)
    return HeldOut(nats / count, correct / count, count, len(losses))


def by_place(losses: Iterable[TokenLosses], form: Form) -> tuple[Place, ...]:
    """The means at each place of a form, stops (one past the last character) and end included.

    Poems with anything else in them, such as quotation marks, are left out; they are few.

        春水連天碧，明月照大江。  ->  line 1: 1 2 3 4 5 stop, line 2: 1 2 3 4 5 stop, end
    """
    places = [(line, p) for line, n in enumerate(form.lengths, 1) for p in range(1, n + 2)]
    places.append((len(form.lengths) + 1, 1))
    fitting = [poem for poem in losses if len(poem.ids) == len(places)]
    if not fitting:
        return ()
    nats = np.array([poem.nats for poem in fitting], np.float64).mean(0)  # (T,)
    accuracy = np.array([poem.correct for poem in fitting]).mean(0)
    return tuple(
        Place(line, place, loss, share, len(fitting))
        for (line, place), loss, share in zip(places, nats.tolist(), accuracy.tolist(), strict=True)
    )


def by_distance(losses: Iterable[TokenLosses]) -> tuple[Bucket, ...]:
    """The mean losses by the number of characters read before, within a poem or window.

    Buckets double: 1, 2, 3-4, 5-8, … counted from 1.
    """
    buckets: dict[int, list[NDArray[np.float32]]] = {}
    for poem in losses:
        low, number = 0, 0
        while low < len(poem.nats):
            high = 1 << number
            buckets.setdefault(number, []).append(poem.nats[low:high])
            low, number = high, number + 1
    return tuple(
        Bucket(
            first=(1 << number >> 1) + 1 if number else 1,
            last=1 << number,
            nats=float(np.concatenate(nats).mean(dtype=np.float64)),
            characters=sum(map(len, nats)),
        )
        for number, nats in sorted(buckets.items())
    )
