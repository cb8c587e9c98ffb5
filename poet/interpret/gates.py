"""The states of both layers after each character of a text, and the gates behind them.

    input i = σ(…)   forget f = σ(…)   output o = σ(…)   candidate g = tanh(…)
    cell c = f · c' + i · g            hidden h = o · tanh(c)

The dots stand for `W x + U h' + b`, where x comes from the layer below and h', c' are those of the
character before. The states come from `NumpyLSTM`; the gates are computed from them.
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


@dataclass(frozen=True, slots=True)
class UnitTrace:
    """One unit through a text: its meaning, and each of `GATES` after each character (T,)."""

    unit: Unit
    meaning: str
    gates: dict[str, Floats]

    @property
    def heading(self) -> str:
        """
        >>> UnitTrace(Unit("upper", 40), "", {}).heading
        'upper:40'
        """
        return f"{self.unit}  {self.meaning}".rstrip()

    def shares(self, gate: str) -> Floats:
        """The values (T,) scaled to at most 1: those of the cell by the largest in the text."""
        values = self.gates[gate]
        return values / max(float(abs(values).max()), 1e-9) if gate == "cell" else values

    def row_name(self, gate: str) -> str:
        """The name of a gate; for the cell, with the value at the end of its scale."""
        return f"cell ±{abs(self.gates['cell']).max():.2g}" if gate == "cell" else gate


def find_unit(name: str, hidden: int) -> Unit:
    """The unit of a name such as `upper:40`. Raises `UsageError` if the layers have no such unit.

    >>> find_unit("upper:40", 512)
    Unit(layer='upper', number=40)
    """
    layer, _, number = name.strip().partition(":")
    if layer in LAYERS and number.isascii() and number.isdigit() and int(number) < hidden:
        return Unit(layer, int(number))
    raise UsageError(
        f"there is no unit {name.strip()!r} in this model",
        f"its units are lower:0 to lower:{hidden - 1} and upper:0 to upper:{hidden - 1}",
    )


def read_states(engine: NumpyLSTM, rows: Sequence[Ids]) -> list[States]:
    """The states after each id of some texts, read as one batch, each from an empty state."""
    T = max(map(len, rows), default=0)
    ids = np.zeros((len(rows), T), np.int64)  # the padding of shorter texts is cut off below
    for padded, row in zip(ids, rows, strict=True):
        padded[: len(row)] = row
    hidden, cell = np.empty((2, 2, len(rows), T, engine.hidden), np.float32)
    state = engine.initial_state(len(rows))
    for t in range(T):
        _, state = engine.step(ids[:, t], state)
        hidden[0, :, t], hidden[1, :, t] = state.lower_h, state.upper_h
        cell[0, :, t], cell[1, :, t] = state.lower_c, state.upper_c
    return [States(hidden[:, b, : len(row)], cell[:, b, : len(row)]) for b, row in enumerate(rows)]


def gates_of(
    weights: Weights, engine: NumpyLSTM, ids: Ids, states: States, layer: str
) -> dict[str, Floats]:
    """The values of each of `GATES` at each of ids (T,), in one layer: each (T, H)."""
    number = LAYERS.index(layer)
    hidden = states.hidden[number]
    x = states.hidden[0] if number else engine.embedding[ids] * np.sqrt(_width(engine))
    previous = np.concatenate([np.zeros_like(hidden[:1]), hidden[:-1]])
    w_x, w_h, bias, other_bias = (
        np.asarray(weights[f"{layer}.{name}_l0"], np.float32)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    i, f, g, o = np.split(x @ w_x.T + previous @ w_h.T + (bias + other_bias), 4, axis=1)
    return {
        "input": _sigmoid(i),
        "forget": _sigmoid(f),
        "output": _sigmoid(o),
        "candidate": np.tanh(g),
        "cell": states.cell[number],
    }


def _width(engine: NumpyLSTM) -> np.float32:
    return np.float32(engine.embedding.shape[1])


def _sigmoid(x: NDArray[Any]) -> Floats:
    half = np.float32(0.5)  # tanh never overflows, exp does
    result: Floats = half * (np.tanh(half * x) + 1)
    return result
