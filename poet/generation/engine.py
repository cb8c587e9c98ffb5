"""The two-layer LSTM in NumPy, for inference: writing need not wait for torch to be imported.

The same arithmetic as `poet.model.PoetLSTM` in fp32; a test holds the two equal. Layers whose
weights are stored in 8 bits are multiplied in 8 bits too (`poet.generation.quantized`).
"""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.checkpoint import Checkpoint, Quantized, StoredWeights, Weights
from poet.generation.kernels import are_wide

Floats: TypeAlias = NDArray[np.float32]
HEADS = 4  # of title attention, as poet.model has them


class LSTMState(NamedTuple):
    """The state of B poems: hidden and cell of the lower and the upper layer, each (B, H)."""

    lower_h: Floats
    lower_c: Floats
    upper_h: Floats
    upper_c: Floats


class TitleContext(NamedTuple):
    """Keys and values of title attention, for a title of n characters and 4 heads.

    After `stack` B titles, one for each row of the batch: each part has B in front.
    """

    into_lower: Floats  # (E,) added to what the lower layer reads
    scores: Floats  # (2H, 4n) both layers' outputs -> the score of each character, head by head
    score_bias: Floats  # (4n,)
    values: Floats  # (4n, E) what each adds to the features where it is attended to

    @classmethod
    def stack(cls, titles: Sequence[TitleContext]) -> TitleContext:
        """Several titles in a batch, the shorter ones padded with what is never attended to."""
        longest = max(len(title.score_bias) for title in titles) // HEADS

        def padded(part: Floats, axis: int, value: float = 0.0) -> Floats:
            shape = part.shape
            by_head = part.reshape(*shape[:axis], HEADS, -1, *shape[axis + 1 :])
            width = [(0, 0)] * by_head.ndim
            width[axis + 1] = (0, longest - by_head.shape[axis + 1])
            wide = np.pad(by_head, width, constant_values=value)
            return wide.reshape(*shape[:axis], HEADS * longest, *shape[axis + 1 :])

        return cls(
            np.stack([title.into_lower for title in titles]),
            np.stack([padded(title.scores, 1) for title in titles]),
            np.stack([padded(title.score_bias, 0, -np.inf) for title in titles]),
            np.stack([padded(title.values, 0) for title in titles]),
        )

    @classmethod
    def empty(cls, embedding: int, hidden: int) -> TitleContext:
        """One that is never attended to."""
        zeros = [np.zeros(shape, np.float32) for shape in
                 ((embedding,), (2 * hidden, HEADS), (HEADS,), (HEADS, embedding))]  # fmt: skip
        zeros[2] -= np.inf
        return cls(*zeros)


class NumpyLSTM:
    """A model for inference. Its state is an argument and a result."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        weights = checkpoint.weights  # in 16 bits on the disk; each is widened once
        self.hidden = checkpoint.hidden
        self.embedding = np.asarray(weights["embedding.weight"], np.float32)  # (V, E)
        self.bias = np.asarray(weights["bias"], np.float32)  # (V,)
        self._scale = np.float32(math.sqrt(checkpoint.embedding))
        self._lower, self._upper = (_layer(weights, name) for name in ("lower", "upper"))
        self._projection = np.asarray(weights["projection.weight"], np.float32)  # (E, 2H)
        self._projection_bias = np.asarray(weights["projection.bias"], np.float32)
        self._weights = weights if checkpoint.title else None  # of title attention
        self._helper: ThreadPoolExecutor | None = None

    @contextmanager
    def on_two_threads(self) -> Iterator[NumpyLSTM]:
        """The same model, half of whose products are made by a second thread meanwhile.

        It is this one where BLAS has threads of its own, where there is one processor, and where
        products are of 8 bits, too short to be shared.
        """
        is_slow = isinstance(self._lower, _FloatLayer)
        if not is_slow or os.environ.get("OPENBLAS_NUM_THREADS") != "1" or os.cpu_count() == 1:
            yield self
            return
        twin = copy.copy(self)
        with ThreadPoolExecutor(1) as twin._helper:
            yield twin

    def initial_state(self, batch: int = 1) -> LSTMState:
        """The state before the first character: zeros (B, H)."""
        return LSTMState(*(np.zeros((batch, self.hidden), np.float32) for _ in range(4)))

    def encode_title(self, ids: NDArray[np.integer[Any]]) -> TitleContext | None:
        """Keys and values of a title (n,); None where the model has no title attention."""
        if self._weights is None or not len(ids):
            return None
        query, key, values_in, values_out = (
            np.asarray(self._weights[f"title.{name}.weight"], np.float32)
            for name in ("query", "key", "input", "output")
        )
        x = np.asarray(self._weights["title.embedding.weight"][ids], np.float32) * self._scale
        (K, E), n = key.shape, len(ids)
        k = (x @ key.T).reshape(n, HEADS, -1) / math.sqrt(K // HEADS)  # (n, heads, K / heads)
        q = query.reshape(HEADS, -1, query.shape[1])  # (heads, K / heads, 2H)
        scores = np.einsum("nhk,hkf->fhn", k, q).reshape(query.shape[1], HEADS * n)
        bias = np.asarray(self._weights["title.query.bias"], np.float32).reshape(HEADS, -1)
        v = x.reshape(n, HEADS, -1)  # (n, heads, E / heads)
        values = np.einsum("nhe,ohe->hno", v, values_out.reshape(E, HEADS, -1))
        return TitleContext(
            values_in @ x.mean(0),
            np.ascontiguousarray(scores),
            np.einsum("nhk,hk->hn", k, bias).reshape(-1),
            np.ascontiguousarray(values.reshape(HEADS * n, E)),
        )

    def step(
        self,
        ids: NDArray[np.integer[Any]],
        state: LSTMState,
        title: TitleContext | None = None,
        titled: int | None = None,
    ) -> tuple[Floats, LSTMState]:
        """Features (B, E) after reading one character each, ids (B,), and the new state.

        The first `titled` rows attend to the `title`, by default all.
        """
        x = self.embedding[ids] * self._scale
        if title:
            x[:titled] += title.into_lower
        h, c = self._lstm(self._lower, x, state.lower_h, state.lower_c)
        h2, c2 = self._lstm(self._upper, h, state.upper_h, state.upper_c)
        hidden = np.concatenate([h, h2], axis=1)
        features = _product(hidden, self._projection) + self._projection_bias
        if title:
            features[:titled] += _attend(title, hidden[:titled])
        return features, LSTMState(h, c, h2, c2)

    def _lstm(self, layer: _Layer, x: Floats, h: Floats, c: Floats) -> tuple[Floats, Floats]:
        """One step of a layer."""
        H = h.shape[1]
        i_and_f, g_and_o = layer.gates(x, h, self._helper)
        i, f, o = (_sigmoid(part) for part in (i_and_f[:, :H], i_and_f[:, H:], g_and_o[:, H:]))
        c = f * c + i * np.tanh(g_and_o[:, :H])
        return o * np.tanh(c), c

    def read(
        self,
        ids: NDArray[np.integer[Any]],
        state: LSTMState | None = None,
        title: TitleContext | None = None,
    ) -> tuple[Floats, LSTMState]:
        """Features (T, E) after each of the ids (T,) of one poem, and the state after the last."""
        state = state or self.initial_state()
        features = np.empty((len(ids), self.embedding.shape[1]), np.float32)
        for t, i in enumerate(ids):
            features[t : t + 1], state = self.step(np.array([i]), state, title)
        return features, state

    def logits(
        self, features: Floats, allowed: NDArray[np.integer[Any]] | slice | None = None
    ) -> Floats:
        """Logits (B, V) of features (B, E); with `allowed` ids (A,) only those columns, (B, A)."""
        embedding, bias = self.embedding, self.bias
        if allowed is not None:
            embedding, bias = embedding[allowed], bias[allowed]
        return np.add(_product(features, embedding), bias, order="C")


def _product(x: Floats, weights: Floats) -> Floats:
    """The product x @ weights.T (B, O) of x (B, K) and weights (O, K), such as torch has them.

    Kernels take so many rows at a time, and what is over costs as much as a whole set of them or
    more: rows of zeros fill it up. In 512 bits OpenBLAS is quicker with rows as columns (twelve
    rows of an LSTM of 768 units: 1.5 ms instead of 2.5), in 256 bits without (1.6 instead of 2.6).
    """
    B, wide = len(x), are_wide()
    if B == 1:
        return x @ weights.T
    short = (1 << (B - 1).bit_length()) - B if wide and B < 16 else 0 if wide else -B % 4
    if short:
        x = np.concatenate([x, np.zeros((short, x.shape[1]), np.float32)])
    product: Floats = (weights @ x.T).T if wide else x @ weights.T
    return product[:B]


def _attend(title: TitleContext, hidden: Floats) -> Floats:
    """What title attention adds to the features (B, E), from both layers' outputs (B, 2H).

    Each head may attend to nothing, which has a score of 0.
    """
    batched = title.scores.ndim == 3  # each row has a title of its own
    queries = (hidden[:, None] @ title.scores)[:, 0] if batched else hidden @ title.scores
    scores = (queries + title.score_bias).reshape(len(hidden), HEADS, -1)
    top = np.maximum(scores.max(2, keepdims=True), 0)
    weights = np.exp(scores - top)
    weights /= weights.sum(2, keepdims=True) + np.exp(-top)
    weights = weights.reshape(len(hidden), -1)
    attended: Floats = (
        (weights[:, None] @ title.values)[:, 0] if batched else weights @ title.values
    )
    return attended


class _Layer(Protocol):
    """The weights of a layer."""

    def gates(
        self, x: Floats, h: Floats, helper: ThreadPoolExecutor | None
    ) -> tuple[Floats, Floats]:
        """Input and forget gate (B, 2H), cell and output gate (B, 2H), before the nonlinearity.

        From what the layer reads (B, F) and its hidden state (B, H).
        """


class _FloatLayer:
    """A layer in fp32."""

    def __init__(self, weights: Weights, name: str) -> None:
        sides = [weights[f"{name}.weight_{side}_l0"] for side in ("ih", "hh")]
        self.weights = np.concatenate(sides, axis=1, dtype=np.float32)  # (4H, F + H)
        self.bias = _bias(weights, name)  # (4H,)

    def gates(
        self, x: Floats, h: Floats, helper: ThreadPoolExecutor | None
    ) -> tuple[Floats, Floats]:
        H, both = h.shape[1], np.concatenate([x, h], axis=1)

        def gates(half: slice) -> Floats:  # (B, 2H)
            return _product(both, self.weights[half]) + self.bias[half]

        first, second = slice(2 * H), slice(2 * H, None)
        if helper and len(h) > 1:
            later = helper.submit(gates, second)
            return gates(first), later.result()
        return gates(first), gates(second)


class _QuantizedLayer:
    """A layer of two matrices in 8 bits."""

    def __init__(self, weights: Weights, name: str, ih: Quantized, hh: Quantized) -> None:
        from poet.generation.quantized import QuantizedLinear

        self.ih, self.hh = QuantizedLinear(ih), QuantizedLinear(hh)  # (4H, F), (4H, H)
        self.bias = _bias(weights, name)  # (4H,)

    def gates(
        self, x: Floats, h: Floats, helper: ThreadPoolExecutor | None
    ) -> tuple[Floats, Floats]:
        gates = self.ih(x)
        gates += self.hh(h)
        gates += self.bias
        half = 2 * h.shape[1]
        return gates[:, :half], gates[:, half:]


def _layer(weights: Weights, name: str) -> _Layer:
    """The weights of a layer, as they are stored."""
    if isinstance(weights, StoredWeights):
        ih, hh = (weights.quantized(f"{name}.weight_{side}_l0") for side in ("ih", "hh"))
        if ih and hh:
            return _QuantizedLayer(weights, name, ih, hh)
    return _FloatLayer(weights, name)


def _bias(weights: Weights, name: str) -> Floats:
    """The sum of both biases (4H,); gates in torch's order: input, forget, cell, output."""
    biases = [weights[f"{name}.bias_{side}_l0"] for side in ("ih", "hh")]
    return np.add(*biases, dtype=np.float32)


def _sigmoid(x: Floats) -> Floats:
    half = np.float32(0.5)  # tanh never overflows, exp does
    return half * (np.tanh(half * x) + 1)


def log_softmax(logits: Floats) -> Floats:
    """Log probabilities (…, V) of logits (…, V)."""
    shifted = logits - logits.max(-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return result
