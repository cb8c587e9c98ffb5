"""Going on from a model that has learnt other text: what it knows stays, its alphabet grows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..alphabet import UNKNOWN, Alphabet
from ..checkpoint import Checkpoint
from .settings import MIDDLE_TEXT, SMALL_TEXT, Settings

EPOCHS = 20  # of little text, in which early stopping finds the best
MOST = 4_000_000  # characters read, of much: what a model that knows verse needs
NOISE = 0.1  # by which new characters differ at first, as a share of a weight's usual size


def grown_weights(
    base: Checkpoint, alphabet: Alphabet, counts: NDArray[np.int64]
) -> dict[str, Tensor]:
    """A model's weights for a larger alphabet (V,), whose counts (V,) are those of its new text.

    What is new starts as the unknown mark, which stood for it so far, and as likely as it is in
    the new text.
    """
    weights = {name: np.asarray(w, np.float32) for name, w in base.weights.items()}
    rows = base.alphabet.rows(alphabet)
    is_new = rows < 0
    rows = np.where(is_new, UNKNOWN, rows)
    embedding, bias = weights["embedding.weight"][rows], weights["bias"][rows]
    usual = embedding.std()
    noise = np.random.default_rng(0).standard_normal((int(is_new.sum()), embedding.shape[1]))
    embedding[is_new] += NOISE * usual * noise
    bias[is_new] = np.log((counts[is_new] + 1.0) / (counts + 1.0).sum())
    weights |= {"embedding.weight": embedding, "bias": bias}
    return {name: torch.from_numpy(np.ascontiguousarray(w)) for name, w in weights.items()}


def for_fine_tuning(base: Checkpoint, characters: int) -> Settings:
    """The sizes of the base, and a gentle rate: what was learnt is to be bent, not broken."""
    ours = Settings(embedding=base.embedding, hidden=base.hidden, lr=2e-3, warmup=50)
    if characters >= MIDDLE_TEXT:
        return ours
    if characters >= SMALL_TEXT:
        return replace(ours, dropout=0.3, eval_every=100)
    steps = characters // (16 * ours.window)  # of an epoch
    return replace(
        ours, batch_size=16, lr=1e-3, warmup=20, dropout=0.3, eval_every=max(5, steps), patience=4
    )


def epochs_of(characters: int) -> float:
    """How often to read a text where nothing says how long to train."""
    return min(EPOCHS, MOST / characters)
