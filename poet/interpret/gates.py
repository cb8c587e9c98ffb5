"""The states of both layers after each character of a text, and the gates that made them.

    input i = σ(…)   forget f = σ(…)   output o = σ(…)   candidate g = tanh(…)
    cell c = f · c' + i · g            hidden h = o · tanh(c)

The dots stand for `W x + U h' + b`, where x comes from below and h', c' are a character old. The
states come from the quick engine; the gates are what its weights make of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.checkpoint import Weights
from poet.errors import UsageError
from poet.generation.engine import Floats, NumpyLSTM
from poet.tokenizer import Ids

LAYERS = ("lower", "upper")
GATES = ("input", "forget", "output", "candidate", "cell")  # in the order in which they are shown


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """One cell of a layer, counted from 0."""

    layer: str
    number: int

    def __str__(self) -> str:
        return f"{self.layer}:{self.number}"


@dataclass(frozen=True, slots=True)
class States:
    """Hidden and cell of both layers after each of T characters: each (2, T, H)."""

    hidden: Floats
    cell: Floats


def find_unit(name: str, hidden: int) -> Unit:
    """The unit called `upper:40`. Raises `UsageError` where a layer has none of that number.

    >>> find_unit("upper:40", 512)
    Unit(layer='upper', number=40)
    """
    layer, _, number = name.strip().partition(":")
    if layer in LAYERS and number.isascii() and number.isdigit() and int(number) < hidden:
        return Unit(layer, int(number))
    raise UsageError(
        f"there is no unit {name.strip()!r} in this model",
        f"each layer has {hidden}: lower:0 to lower:{hidden - 1}, upper:0 to upper:{hidden - 1}",
    )


def read_states(engine: NumpyLSTM, rows: Sequence[Ids]) -> list[States]:
    """The states after each id of some texts, read side by side, each from an empty state."""
    T = max(map(len, rows), default=0)
    ids = np.zeros((len(rows), T), np.int64)  # what stands behind a shorter text is not kept
    for row, own in zip(ids, rows, strict=True):
        row[: len(own)] = own
    hidden, cell = np.empty((2, 2, len(rows), T, engine.hidden), np.float32)
    memory = engine.initial_state(len(rows))
    for t in range(T):
        _, memory = engine.step(ids[:, t], memory)
        hidden[0, :, t], hidden[1, :, t] = memory.lower_h, memory.upper_h
        cell[0, :, t], cell[1, :, t] = memory.lower_c, memory.upper_c
    return [States(hidden[:, b, : len(own)], cell[:, b, : len(own)]) for b, own in enumerate(rows)]


def gates_of(
    weights: Weights, engine: NumpyLSTM, ids: Ids, states: States, layer: str
) -> dict[str, Floats]:
    """What each of `GATES` was at each of ids (T,), in one layer: each (T, H)."""
    at = LAYERS.index(layer)
    hidden = states.hidden[at]
    below = states.hidden[0] if at else engine.embedding[ids] * np.sqrt(_width(engine))
    before = np.concatenate([np.zeros_like(hidden[:1]), hidden[:-1]])
    w_x, w_h, bias, other_bias = (
        np.asarray(weights[f"{layer}.{name}_l0"], np.float32)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    i, f, g, o = np.split(below @ w_x.T + before @ w_h.T + (bias + other_bias), 4, axis=1)
    return {
        "input": _sigmoid(i),
        "forget": _sigmoid(f),
        "output": _sigmoid(o),
        "candidate": np.tanh(g),
        "cell": states.cell[at],
    }


def _width(engine: NumpyLSTM) -> np.float32:
    return np.float32(engine.embedding.shape[1])


def _sigmoid(x: NDArray[Any]) -> Floats:
    half = np.float32(0.5)  # tanh never overflows, exp does
    result: Floats = half * (np.tanh(half * x) + 1)
    return result
