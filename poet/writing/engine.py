"""The quick engine: the two-layer LSTM stepped by numpy, so that writing never waits for torch.

The same arithmetic as `poet.model.PoetLSTM` in fp32; a test holds the two equal.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..checkpoint import Checkpoint

Floats: TypeAlias = NDArray[np.float32]


class Memory(NamedTuple):
    """The state of B poems: hidden and cell of the lower and the upper layer, each (B, H)."""

    lower_h: Floats
    lower_c: Floats
    upper_h: Floats
    upper_c: Floats


class Engine:
    """A model ready to be stepped. State goes in and comes out."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        weights = {k: np.asarray(v, np.float32) for k, v in checkpoint.weights.items()}
        self.hidden = checkpoint.hidden
        self.embedding = weights["embedding.weight"]  # (V, E)
        self.bias = weights["bias"]  # (V,)
        self._scale = np.float32(math.sqrt(checkpoint.embedding))
        self._lower = _layer(weights, "lower")
        self._upper = _layer(weights, "upper")
        self._projection = weights["projection.weight"].T  # (2H, E)
        self._projection_bias = weights["projection.bias"]

    def empty(self, batch: int = 1) -> Memory:
        """The state before the first character: zeros (B, H)."""
        return Memory(*(np.zeros((batch, self.hidden), np.float32) for _ in range(4)))

    def step(self, ids: NDArray[np.integer[Any]], memory: Memory) -> tuple[Floats, Memory]:
        """Features (B, E) after reading one character each, ids (B,), and the new state."""
        x = self.embedding[ids] * self._scale
        h, c = _lstm(x, memory.lower_h, memory.lower_c, *self._lower)
        h2, c2 = _lstm(h, memory.upper_h, memory.upper_c, *self._upper)
        heard = np.concatenate([h, h2], axis=1)
        return heard @ self._projection + self._projection_bias, Memory(h, c, h2, c2)

    def read(
        self, ids: NDArray[np.integer[Any]], memory: Memory | None = None
    ) -> tuple[Floats, Memory]:
        """Features (T, E) after each of ids (T,) of one poem, and the state after the last."""
        memory = memory or self.empty()
        features = np.empty((len(ids), self.embedding.shape[1]), np.float32)
        for t, i in enumerate(ids):
            features[t : t + 1], memory = self.step(np.array([i]), memory)
        return features, memory

    def logits(self, features: Floats, allowed: NDArray[np.integer[Any]] | None = None) -> Floats:
        """Logits (B, V) of features (B, E); with `allowed` ids (A,) only those columns, (B, A)."""
        if allowed is None:
            result = features @ self.embedding.T
            result += self.bias
            return result
        return features @ self.embedding[allowed].T + self.bias[allowed]


def _layer(weights: dict[str, Floats], name: str) -> tuple[Floats, Floats, Floats]:
    """Input weights (F, 4H), recurrent weights (H, 4H) and the sum of both biases (4H,)."""
    return (
        weights[f"{name}.weight_ih_l0"].T,
        weights[f"{name}.weight_hh_l0"].T,
        weights[f"{name}.bias_ih_l0"] + weights[f"{name}.bias_hh_l0"],
    )


def _lstm(
    x: Floats, h: Floats, c: Floats, w_x: Floats, w_h: Floats, bias: Floats
) -> tuple[Floats, Floats]:
    """One step of a layer, gates in torch's order: input, forget, cell, output."""
    H = h.shape[1]
    gates = x @ w_x
    gates += h @ w_h
    gates += bias
    i, f, o = (_sigmoid(gates[:, k * H : (k + 1) * H]) for k in (0, 1, 3))
    c = f * c + i * np.tanh(gates[:, 2 * H : 3 * H])
    return o * np.tanh(c), c


def _sigmoid(x: Floats) -> Floats:
    half = np.float32(0.5)  # tanh never overflows, exp does
    return half * (np.tanh(half * x) + 1)


def log_softmax(logits: Floats) -> Floats:
    """Log probabilities (…, V) of logits (…, V)."""
    shifted = logits - logits.max(-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return result
