"""How far back the gradient reaches (torch).

At many places of held-out text, the loss of the next character at t is differentiated with respect
to the embedded input k characters before, k = 0 … reach, and the norm of that gradient is recorded.
It is taken at the input and not at a state, because the input has the same size in every network
here, so that the curves of an LSTM and of a tanh network can be compared.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from poet.checkpoint import Checkpoint
from poet.dataset.dataset import TokenDataset
from poet.generation.writer import Writer
from poet.interpret.reach_curve import Reach, ReachCurve
from poet.interpret.texts import TextSet, corpus_of, held_out, prefix_of, written
from poet.model import ModelConfig, PoetLSTM, load_model
from poet.progress import ProgressCallback, SilentProgress
from poet.tokenizer import EOS, Ids

BATCH = 32  # places measured at a time
MAX_TEXTS, MAX_LENGTH = 300, 1000  # of held-out texts, of characters in one
MIN_LONG_TEXTS = 30  # with fewer, texts are read one after another
WRITTEN_TEXTS = 128  # texts that the model writes if none are held out
State = tuple[Tensor, Tensor]


class TanhLayer(nn.RNN):
    """h = tanh(W x + U h' + b), called like an LSTM: a cell goes in and comes out unchanged."""

    def forward(self, x: Tensor, memory: State) -> tuple[Tensor, State]:  # type: ignore[override]
        """Hidden states (B, T, H) of inputs (B, T, F), and the last of them (1, B, H)."""
        h, c = memory
        x, h = super().forward(x, h)
        return x, (h, c)


class TanhNetwork(PoetLSTM):
    """The same network with plain tanh layers of the same sizes, initialised the same way.

    The recurrent weights start orthogonal, so that only the tanh shortens a gradient.
    """

    def __init__(self, shape: ModelConfig) -> None:
        super().__init__(shape)
        lower = TanhLayer(shape.embedding, shape.hidden, batch_first=True)
        upper = TanhLayer(shape.hidden, shape.hidden, batch_first=True)
        self.lower, self.upper = cast(nn.LSTM, lower), cast(nn.LSTM, upper)
        self.initialise()


def explain_reach(
    writer: Writer, folder: Path, places: int, reach: int, progress: ProgressCallback
) -> Reach:
    """The reach in a folder's model, in the same network untrained, and in a tanh network."""
    checkpoint = writer.checkpoint
    networks = {
        f"this model, {checkpoint.info.name or 'trained'}": load_model(checkpoint),
        "LSTM, untrained": untrained(PoetLSTM, shape_of(checkpoint)),
        "tanh network, untrained": untrained(TanhNetwork, shape_of(checkpoint)),
    }
    dataset = corpus_of(writer, folder, progress.note)
    texts = texts_for(writer, dataset, reach, progress)
    rows, source = stretches(writer, texts, places, reach)
    curves = (measure(name, model, rows, progress) for name, model in networks.items())
    return Reach(tuple(curves), source)


def shape_of(checkpoint: Checkpoint) -> ModelConfig:
    """The sizes of a checkpoint's model."""
    return ModelConfig(
        len(checkpoint.tokenizer), checkpoint.embedding, checkpoint.hidden, checkpoint.title
    )


def untrained(network: type[PoetLSTM], shape: ModelConfig, seed: int = 0) -> PoetLSTM:
    """A network with its initial weights."""
    torch.manual_seed(seed)
    return network(shape)


def texts_for(
    writer: Writer,
    dataset: TokenDataset | None,
    reach: int,
    progress: ProgressCallback | None = None,
) -> TextSet:
    """Held-out texts, long ones if there are enough; without a corpus, texts by the model."""
    if dataset is None:
        return written(writer, WRITTEN_TEXTS, progress)
    long = held_out(dataset, MAX_TEXTS, (_size(reach), MAX_LENGTH))
    return long if len(long.texts) >= MIN_LONG_TEXTS else held_out(dataset, MAX_TEXTS)


def stretches(
    writer: Writer, texts: TextSet, places: int, reach: int
) -> tuple[NDArray[np.int64], str]:
    """Rows of ids (places, 2 reach + 2) that end at random characters, and a description.

    The first half of a row only warms up the state; the last id is the one whose loss is measured.
    If the texts are too short, they are joined and read one after another, as in training.
    """
    end = [] if writer.reads_stream else [EOS]
    encode = writer.tokenizer.encode
    rows = [np.r_[prefix_of(writer), encode(text.verse), end] for text in texts.texts]
    size, how = _size(reach), "each inside one text"
    if min(map(len, rows)) < size:
        joined, how = np.concatenate(rows), "read one after another as in training"
        rows = [np.tile(joined, -(-size // len(joined)) + 1)]  # for very little text
    rng = np.random.default_rng(0)
    chosen: list[NDArray[Any]] = []
    while len(chosen) < places:
        row = rows[rng.integers(len(rows))]
        stop = int(rng.integers(size, len(row) + 1))
        if row[stop - 1] >= writer.tokenizer.first_character:  # not at a special token
            chosen.append(row[stop - size : stop])
    return np.stack(chosen).astype(np.int64), f"{places} places in {texts.source}, {how}"


def _size(reach: int) -> int:
    return 2 * reach + 2


def measure(
    name: str, model: PoetLSTM, rows: Ids, progress: ProgressCallback | None = None
) -> ReachCurve:
    """The curve of a network over rows of ids (N, 2 reach + 2).

    Computed in double precision: in a tanh network the gradient soon underflows in single.
    """
    model = model.double().requires_grad_(False)
    reach = rows.shape[1] // 2 - 1
    total = np.zeros(reach + 1)
    starts = range(0, len(rows), BATCH)
    for start in (progress or SilentProgress()).track(starts, name, len(starts)):
        ids = torch.from_numpy(rows[start : start + BATCH])
        total += _norms(model, ids, reach).sum(0)
    return ReachCurve(name, tuple(map(float, total / total[0])))


def _norms(model: PoetLSTM, ids: Tensor, reach: int) -> NDArray[Any]:
    """Norms (B, reach + 1), the nearest first."""
    with torch.no_grad():
        _, memory = model(ids[:, :reach])
    inputs: list[Tensor] = []

    def save_output(module: nn.Module, args: object, output: Tensor) -> None:
        inputs.append(output.requires_grad_())

    hook = model.embedding.register_forward_hook(save_output)
    features, _ = model(ids[:, reach:-1], memory)
    hook.remove()
    logits = model.logits(features[:, -1])
    nn.functional.cross_entropy(logits, ids[:, -1], reduction="sum").backward()
    (embedded,) = inputs
    assert embedded.grad is not None
    return embedded.grad.norm(dim=2).flip(1).numpy()
