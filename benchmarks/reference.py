"""The best-known PyTorch poem LSTM, written plainly, to be compared with.

Its design: embedding 128, two LSTM layers of 256, a linear output 256 -> V, Adam at 1e-3,
batches of 128 poems, each padded or cut to 125 characters, fp32, no dropout, no clipping of
gradients, every poem whole from an empty state, shuffled every epoch. Rate, batch and dropout
between the layers can be set otherwise, so that it too can be tuned; the rest cannot.

Where that design can be read in more than one way, it is read in the kindest. It sees
`<poem> <body> verse <end>` of the training poems of the same store: the same alphabet, the
same split. Padding stands on the right, where it does not stand between the start and the
verse, and does not count in the loss; what it costs to compute remains, being the design's.
The state is handed to the LSTM explicitly, which is what lets a CPU take its fast path.
Of text without poems it reads pieces of 125 characters from anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from poet.dataset.dataset import TokenDataset
from poet.tokenizer import BODY, BOS, EOS, Ids

EMBEDDING, HIDDEN, LAYERS = 128, 256, 2
LENGTH = 125
IGNORE = -1


@dataclass(frozen=True, slots=True)
class ReferenceSettings:
    """What of the reference can be tuned; as it stands, its design."""

    batch_size: int = 128
    lr: float = 1e-3
    dropout: float = 0.0


class Reference(nn.Module):
    """ids (B, T) -> features (B, T, H) -> logits (…, V)."""

    def __init__(self, characters: int, settings: ReferenceSettings) -> None:
        super().__init__()
        self.settings = settings
        self.embedding = nn.Embedding(characters, EMBEDDING)
        self.lstm = nn.LSTM(
            EMBEDDING, HIDDEN, num_layers=LAYERS, batch_first=True, dropout=settings.dropout
        )
        self.output = nn.Linear(HIDDEN, characters)

    def features(self, ids: Tensor) -> Tensor:
        """Features (B, T, H) of ids (B, T), from an empty state."""
        zeros = torch.zeros(LAYERS, len(ids), HIDDEN)
        features: Tensor = self.lstm(self.embedding(ids), (zeros, zeros.clone()))[0]
        return features

    def logits(self, features: Tensor) -> Tensor:
        """Logits (…, V) of features (…, H)."""
        logits: Tensor = self.output(features)
        return logits


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a training stands after a step."""

    step: int
    characters: int  # read, padding left out
    cpu_seconds: float  # of this process, spent training
    wall_seconds: float

    def after(self, characters: int, cpu_began: float, began: float) -> Moment:
        """One step later, which read so many characters and began at these clocks."""
        return Moment(
            self.step + 1,
            self.characters + characters,
            self.cpu_seconds + time.process_time() - cpu_began,
            self.wall_seconds + time.perf_counter() - began,
        )


def padded(dataset: TokenDataset, poems: Ids) -> tuple[Ids, Ids]:
    """Inputs and targets (B, 124) of poems padded or cut to 125 characters.

    <poem><body>abc<end>    ->  <poem><body>abc<end><end> / <body>abc<end> · ·
    """
    rows = np.full((len(poems), LENGTH), EOS, dtype=np.int64)
    targets = np.full((len(poems), LENGTH - 1), IGNORE, dtype=np.int64)
    for i, poem in enumerate(poems):
        ids = np.concatenate([[BOS, BODY], dataset.verse(int(poem)), [EOS]])[:LENGTH]
        rows[i, : len(ids)] = ids
        targets[i, : len(ids) - 1] = ids[1:]
    return rows[:, :-1], targets


def batches(dataset: TokenDataset, size: int, seed: int) -> Iterator[tuple[Ids, Ids]]:
    """Inputs and targets (B, 124), epoch after epoch; of a stream, pieces from anywhere."""
    rng = np.random.default_rng(seed)
    poems = dataset.poems(held_out=False)
    while dataset.is_stream:
        text = dataset.verse(int(poems[0]))
        starts = rng.integers(max(1, len(text) - LENGTH + 1), size=size)
        rows = np.stack([text[start : start + LENGTH] for start in starts]).astype(np.int64)
        yield rows[:, :-1], rows[:, 1:]
    while True:
        order = rng.permutation(poems)
        for start in range(0, len(order), size):
            yield padded(dataset, order[start : start + size])


def train(
    model: Reference, dataset: TokenDataset, spent: Callable[[Moment], float], seed: int
) -> Iterator[Moment]:
    """Train until `spent` says 1; time between two steps is the caller's."""
    optimizer = torch.optim.Adam(model.parameters(), lr=model.settings.lr)
    moment = Moment(0, 0, 0.0, 0.0)
    source = batches(dataset, model.settings.batch_size, seed)
    while spent(moment) < 1:
        cpu, wall = time.process_time(), time.perf_counter()
        inputs, targets = next(source)
        model.train()  # it may have been read with since the last step
        wanted = torch.from_numpy(targets.copy()).flatten()
        logits = model.logits(model.features(torch.from_numpy(inputs.copy()))).flatten(0, 1)
        loss = nn.functional.cross_entropy(logits, wanted, ignore_index=IGNORE)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        model.eval()
        moment = moment.after(int((targets != IGNORE).sum()), cpu, wall)
        yield moment
