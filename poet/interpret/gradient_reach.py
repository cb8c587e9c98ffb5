"""How far back the gradient reaches (torch).

At many places of held-out text: the loss of the next character at t, and the norm of its gradient
with respect to the embedded input k characters before, k = 0 … reach. The input is looked at, and
not a state, since every network here has one of the same size: curves of an LSTM and of a tanh
network can be laid side by side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from poet.checkpoint import Checkpoint
from poet.dataset.dataset import TokenDataset
from poet.generation.writer import Writer
from poet.interpret.texts import (
    Bar,
    Reading,
    Say,
    Watch,
    corpus_of,
    header,
    held_out,
    unwatched,
    written,
)
from poet.model import ModelConfig, PoetLSTM, load_model
from poet.tokenizer import EOS, Ids

SIDE_BY_SIDE = 32  # places worked on at a time
FLOOR = 1e-8  # what is smaller is not drawn: nothing is learnt there
FIT = (5, 50)  # characters back between which a curve's slope is fitted
TEXTS, LONGEST, LEAST = 300, 1000, 30  # texts read at most; characters of one; long ones needed
WRITTEN = 128  # texts that the model writes, where there are no others
State = tuple[Tensor, Tensor]


class TanhLayer(nn.RNN):
    """h = tanh(W x + U h' + b), with the LSTM's face: a cell goes in and comes out as it was."""

    def forward(self, x: Tensor, memory: State) -> tuple[Tensor, State]:  # type: ignore[override]
        """Hidden states (B, T, H) of inputs (B, T, F), and the last of them (1, B, H)."""
        h, c = memory
        x, h = super().forward(x, h)
        return x, (h, c)


class TanhNetwork(PoetLSTM):
    """The poet's network with plain tanh layers of the same sizes, started as kindly.

    Its recurrence starts orthogonal, so that what comes back keeps its length but for the tanh.
    """

    def __init__(self, shape: ModelConfig) -> None:
        super().__init__(shape)
        lower = TanhLayer(shape.embedding, shape.hidden, batch_first=True)
        upper = TanhLayer(shape.hidden, shape.hidden, batch_first=True)
        self.lower, self.upper = cast(nn.LSTM, lower), cast(nn.LSTM, upper)
        self.initialise()


@dataclass(frozen=True, slots=True)
class Curve:
    """Mean gradient norm k characters back, k = 0 … reach, divided by that at k = 0."""

    name: str
    norms: tuple[float, ...]

    @property
    def half(self) -> int | None:
        """The least k at which the norm is below half of that at k = 1; None beyond the reach."""
        below = (k for k, norm in enumerate(self.norms) if k and norm < self.norms[1] / 2)
        return next(below, None)

    @property
    def half_life(self) -> float:
        """Characters in which the norm halves, from a straight line through its log in `FIT`."""
        first, last = FIT[0], min(FIT[1], len(self.norms) - 1)
        logs = np.log(self.norms[first : last + 1])
        slope = float(np.polyfit(np.arange(first, last + 1), logs, 1)[0])
        return math.log(0.5) / slope if slope < 0 else math.inf

    def record(self) -> dict[str, Any]:
        """Plain values; a half-life without an end is null."""
        half_life = self.half_life if math.isfinite(self.half_life) else None
        return {"name": self.name, "half": self.half, "half_life": half_life,
                "norms": list(self.norms)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reach:
    """The curves of some networks over the same places, which `source` tells."""

    curves: tuple[Curve, ...]
    source: str

    def record(self) -> dict[str, Any]:
        """Plain values; docs/explain.md describes them."""
        return {"read": self.source, "networks": [curve.record() for curve in self.curves]}


def explain_reach(
    writer: Writer, folder: Path, places: int, reach: int, say: Say, bar: Bar
) -> Reach:
    """The reach of the model in a folder, of one like it untrained, and of a tanh network."""
    checkpoint = writer.checkpoint
    networks = {
        f"this model, {checkpoint.info.name or 'trained'}": load_model(checkpoint),
        "LSTM, untrained": untrained(PoetLSTM, shape_of(checkpoint)),
        "tanh network, untrained": untrained(TanhNetwork, shape_of(checkpoint)),
    }
    dataset = corpus_of(writer, folder, say)
    with bar("writing", 0 if dataset else WRITTEN) as watch:
        reading = texts_for(writer, dataset, reach, watch)
    rows, source = stretches(writer, reading, places, reach)
    with bar("following back", len(rows) * len(networks)) as watch:
        curves = (measure(name, model, rows, watch) for name, model in networks.items())
        return Reach(tuple(curves), source)


def shape_of(checkpoint: Checkpoint) -> ModelConfig:
    """The sizes of a checkpoint's model."""
    return ModelConfig(
        len(checkpoint.tokenizer), checkpoint.embedding, checkpoint.hidden, checkpoint.title
    )


def untrained(network: type[PoetLSTM], shape: ModelConfig, seed: int = 0) -> PoetLSTM:
    """A network as it is before training."""
    torch.manual_seed(seed)
    return network(shape)


def texts_for(writer: Writer, dataset: TokenDataset | None, reach: int, watch: Watch) -> Reading:
    """Long held-out texts, where there are enough; else those there are, one after another."""
    if dataset is None:
        return written(writer, WRITTEN, watch)
    long = held_out(dataset, TEXTS, (_size(reach), LONGEST))
    return long if len(long.texts) >= LEAST else held_out(dataset, TEXTS)


def stretches(
    writer: Writer, reading: Reading, places: int, reach: int
) -> tuple[NDArray[np.int64], str]:
    """Stretches (places, 2 reach + 2) that end at random characters, and in words where these are.

    The first half of a stretch only brings the state about; the last id is the one whose loss is
    asked for. Where no text is long enough, they are read one after another as in training.
    """
    end = [] if writer.reads_stream else [EOS]
    encode = writer.tokenizer.encode
    rows = [np.r_[header(writer), encode(text.verse), end] for text in reading.texts]
    size, how = _size(reach), "each inside one text"
    if min(map(len, rows)) < size:
        joined, how = np.concatenate(rows), "read one after another as in training"
        rows = [np.tile(joined, -(-size // len(joined)) + 1)]  # where there is very little text
    rng = np.random.default_rng(0)
    chosen: list[NDArray[Any]] = []
    while len(chosen) < places:
        row = rows[rng.integers(len(rows))]
        stop = int(rng.integers(size, len(row) + 1))
        if row[stop - 1] >= writer.tokenizer.first_character:  # a mark is no character
            chosen.append(row[stop - size : stop])
    return np.stack(chosen).astype(np.int64), f"{places} places in {reading.source}, {how}"


def _size(reach: int) -> int:
    return 2 * reach + 2


def measure(name: str, model: PoetLSTM, rows: Ids, watch: Watch = unwatched) -> Curve:
    """The curve of a network over stretches of text (N, 2 reach + 2).

    In double precision: what a tanh network passes on is soon too small for less.
    """
    model = model.double().requires_grad_(False)
    reach = rows.shape[1] // 2 - 1
    total = np.zeros(reach + 1)
    for start in range(0, len(rows), SIDE_BY_SIDE):
        ids = torch.from_numpy(rows[start : start + SIDE_BY_SIDE])
        total += _norms(model, ids, reach).sum(0)
        watch(len(ids))
    return Curve(name, tuple(map(float, total / total[0])))


def _norms(model: PoetLSTM, ids: Tensor, reach: int) -> NDArray[Any]:
    """Norms (B, reach + 1), the nearest first."""
    with torch.no_grad():
        _, memory = model(ids[:, :reach])
    inputs: list[Tensor] = []

    def keep(module: nn.Module, given: object, embedded: Tensor) -> None:
        inputs.append(embedded.requires_grad_())

    hook = model.embedding.register_forward_hook(keep)
    features, _ = model(ids[:, reach:-1], memory)
    hook.remove()
    logits = model.logits(features[:, -1])
    nn.functional.cross_entropy(logits, ids[:, -1], reduction="sum").backward()
    (embedded,) = inputs
    assert embedded.grad is not None
    return embedded.grad.norm(dim=2).flip(1).numpy()
