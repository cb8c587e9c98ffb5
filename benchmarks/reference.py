"""The best-known PyTorch poem LSTM, written plainly, to be compared with.

Its design: embedding 128, two LSTM layers of 256, a linear output 256 -> V, Adam at 1e-3,
batches of 128 poems, each padded or cut to 125 characters, fp32, no dropout, no clipping of
gradients, every poem whole from an empty state, shuffled every epoch.

Where that design can be read in more than one way, it is read in the kindest. It sees
`<poem> <body> verse <end>` of the training poems of the same store: the same alphabet, the
same split. Padding stands on the right, where it does not stand between the start and the
verse, and does not count in the loss; what it costs to compute remains, being the design's.
The state is handed to the LSTM explicitly, which is what lets a CPU take its fast path.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from poet.alphabet import BODY, END, POEM, Ids
from poet.corpus.store import Store

EMBEDDING, HIDDEN, LAYERS = 128, 256, 2
BATCH, LENGTH, RATE = 128, 125, 1e-3
IGNORE = -1


class Reference(nn.Module):
    """ids (B, T) -> features (B, T, H) -> logits (…, V)."""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, EMBEDDING)
        self.lstm = nn.LSTM(EMBEDDING, HIDDEN, num_layers=LAYERS, batch_first=True)
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

    @property
    def parameters_in_all(self) -> int:
        """How many numbers it learns."""
        return sum(weight.numel() for weight in self.parameters())


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a training stands after a step."""

    step: int
    characters: int  # read, padding left out
    cpu_seconds: float  # of this process, spent training
    wall_seconds: float


def padded(store: Store, poems: Ids) -> tuple[Ids, Ids]:
    """Inputs and targets (B, 124) of poems padded or cut to 125 characters.

    <poem><body>abc<end>    ->  <poem><body>abc<end><end> / <body>abc<end> · ·
    """
    rows = np.full((len(poems), LENGTH), END, dtype=np.int64)
    targets = np.full((len(poems), LENGTH - 1), IGNORE, dtype=np.int64)
    for i, poem in enumerate(poems):
        ids = np.concatenate([[POEM, BODY], store.verse(int(poem)), [END]])[:LENGTH]
        rows[i, : len(ids)] = ids
        targets[i, : len(ids) - 1] = ids[1:]
    return rows[:, :-1], targets


def train(model: Reference, store: Store, cpu_seconds: float, seed: int = 1) -> Iterator[Moment]:
    """Train until the processor time is spent; time between two steps is the caller's."""
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    rng = np.random.default_rng(seed)
    poems = store.poems(held_out=False)
    step, characters, cpu, wall = 0, 0, 0.0, 0.0
    while True:
        order = rng.permutation(poems)
        for start in range(0, len(order), BATCH):
            cpu_began, began = time.process_time(), time.perf_counter()
            inputs, targets = padded(store, order[start : start + BATCH])
            wanted = torch.from_numpy(targets).flatten()
            logits = model.logits(model.features(torch.from_numpy(inputs))).flatten(0, 1)
            loss = nn.functional.cross_entropy(logits, wanted, ignore_index=IGNORE)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            characters += int((targets != IGNORE).sum())
            cpu += time.process_time() - cpu_began
            wall += time.perf_counter() - began
            yield Moment(step, characters, cpu, wall)
            if cpu >= cpu_seconds:
                return
