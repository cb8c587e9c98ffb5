"""The quick engine: the two-layer LSTM stepped by numpy, so that writing never waits for torch.

The same arithmetic as `poet.model.PoetLSTM` in fp32; a test holds the two equal. In products the
weights stand first, as they lie in memory, and poems are columns: of eight poems at once that takes
half the time of poems as rows, for which BLAS would put all weights in another order each time.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..checkpoint import Checkpoint, Weights

Floats: TypeAlias = NDArray[np.float32]
FEW = 32  # poems at once; of more, logits are quicker where poems are rows


class Memory(NamedTuple):
    """The state of B poems: hidden and cell of the lower and the upper layer, each (B, H)."""

    lower_h: Floats
    lower_c: Floats
    upper_h: Floats
    upper_c: Floats


class Engine:
    """A model ready to be stepped. State goes in and comes out."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        weights = checkpoint.weights  # in 16 bits on the disk; each is widened once
        self.hidden = checkpoint.hidden
        self.embedding = np.asarray(weights["embedding.weight"], np.float32)  # (V, E)
        self.bias = np.asarray(weights["bias"], np.float32)  # (V,)
        self._scale = np.float32(math.sqrt(checkpoint.embedding))
        self._lower = _layer(weights, "lower")
        self._upper = _layer(weights, "upper")
        self._projection = np.asarray(weights["projection.weight"], np.float32)  # (E, 2H)
        self._projection_bias = np.asarray(weights["projection.bias"], np.float32)

    def empty(self, batch: int = 1) -> Memory:
        """The state before the first character: zeros (B, H)."""
        return Memory(*(np.zeros((batch, self.hidden), np.float32) for _ in range(4)))

    def step(self, ids: NDArray[np.integer[Any]], memory: Memory) -> tuple[Floats, Memory]:
        """Features (B, E) after reading one character each, ids (B,), and the new state."""
        x = self.embedding[ids] * self._scale
        h, c = _lstm(x, memory.lower_h, memory.lower_c, *self._lower)
        h2, c2 = _lstm(h, memory.upper_h, memory.upper_c, *self._upper)
        heard = np.concatenate([h, h2], axis=1)
        features = (self._projection @ heard.T).T + self._projection_bias
        return features, Memory(h, c, h2, c2)

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
        embedding, bias = self.embedding, self.bias
        if allowed is not None:
            embedding, bias = embedding[allowed], bias[allowed]
        if len(features) < FEW:
            return np.add((embedding @ features.T).T, bias, order="C")  # rows of logits again
        logits: Floats = features @ embedding.T
        logits += bias
        return logits


def _layer(weights: Weights, name: str) -> tuple[Floats, Floats]:
    """Input and recurrent weights side by side (4H, F + H), and the sum of both biases (4H, 1)."""
    sides = [weights[f"{name}.weight_{side}_l0"] for side in ("ih", "hh")]
    biases = [weights[f"{name}.bias_{side}_l0"] for side in ("ih", "hh")]
    bias = np.add(*biases, dtype=np.float32)[:, None]
    return np.concatenate(sides, axis=1, dtype=np.float32), bias


def _lstm(x: Floats, h: Floats, c: Floats, weights: Floats, bias: Floats) -> tuple[Floats, Floats]:
    """One step of a layer, gates in torch's order: input, forget, cell, output."""
    H = h.shape[1]
    gates = weights @ np.concatenate([x, h], axis=1).T  # (4H, B)
    gates += bias
    i, f, o = (_sigmoid(gates[k * H : (k + 1) * H]) for k in (0, 1, 3))
    c = f * c.T + i * np.tanh(gates[2 * H : 3 * H])
    return (o * np.tanh(c)).T, c.T


def _sigmoid(x: Floats) -> Floats:
    half = np.float32(0.5)  # tanh never overflows, exp does
    return half * (np.tanh(half * x) + 1)


def log_softmax(logits: Floats) -> Floats:
    """Log probabilities (…, V) of logits (…, V)."""
    shifted = logits - logits.max(-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return result
