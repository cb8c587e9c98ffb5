"""What a poem is asked to be: title, theme, author, form, and the model after reading them.

With guidance (classifier-free guidance: Ho and Salimans 2022; for language models Sanchez et al.
2023) the model is asked twice, with title and author and without. With logits c of the first and
u of the second the choice is made by u + guidance · (c - u): 1 leaves the model's own odds, more
makes what title and author change count more. Training left them out at random, so that the
model knows both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.generation.engine import Floats, LSTMState, NumpyLSTM, TitleContext, log_softmax
from poet.tokenizer import Ids


@dataclass(frozen=True)
class Condition:
    """What is read before the verse."""

    header: Ids
    title: TitleContext | None = None
    bias: Floats | None = None  # (V,) what the title's characters add to the logits
    plain: Ids | None = None  # the header without title and author, where it has any
    guidance: float = 1.0

    @property
    def is_guided(self) -> bool:
        """Whether the model is asked twice."""
        return self.plain is not None and self.guidance != 1

    def read(
        self, engine: NumpyLSTM, verse: Ids, memory: LSTMState | None = None
    ) -> tuple[Floats, LSTMState]:
        """Features (1, E) and state after header and verse (T,), from a state.

        Where there is guidance they have a second row, which knows neither title nor author.
        """
        features, state = engine.read(np.r_[self.header, verse], memory, self.title)
        if not self.is_guided:
            return features[-1:], state
        plain, without = engine.read(np.r_[self.plain, verse], memory)
        return np.concatenate([features[-1:], plain[-1:]]), stacked((state, without))

    def step(
        self, engine: NumpyLSTM, ids: NDArray[np.integer[Any]], state: LSTMState
    ) -> tuple[Floats, LSTMState]:
        """Features and state after one character more, ids (B,), of B or 2B rows."""
        rows = np.tile(ids, 2) if self.is_guided else ids
        return engine.step(rows, state, self.title, len(ids))

    def logits(self, engine: NumpyLSTM, features: Floats, allowed: slice = slice(None)) -> Floats:
        """The model's own logits (B, A) of features (B, E) that know title and author."""
        logits = engine.logits(features, allowed)
        if self.bias is not None:
            logits += self.bias[allowed]
        return logits

    def nats(
        self, engine: NumpyLSTM, rows: NDArray[np.integer[Any]], memory: LSTMState | None = None
    ) -> NDArray[np.float64]:
        """Nats (F, T) of the characters of texts of equal length, ids (F, T), under this condition.

        The model's own: guidance has no say. `memory` is the state before the header.
        """
        features, state = engine.read(self.header, memory, self.title)
        features = np.repeat(features[-1:], len(rows), axis=0)
        state = LSTMState(*(np.repeat(part, len(rows), axis=0) for part in state))
        nats = np.empty(rows.shape)
        for t in range(rows.shape[1]):
            log_p = log_softmax(self.logits(engine, features))
            nats[:, t] = -log_p[np.arange(len(rows)), rows[:, t]]
            if t + 1 < rows.shape[1]:
                features, state = engine.step(rows[:, t], state, self.title)
        return nats

    def guide(self, given: Floats, plain: Floats, allowed: Any = slice(None)) -> Floats:
        """The logits that are chosen by (B, A), of those with title and author and those without.

        Neither need be normalised: that changes none of the odds. What was counted of the title
        (`bias`) is in `given` already, and counts once.
        """
        more = np.float32(self.guidance - 1)
        guided: Floats = given + more * (given - plain)
        if self.bias is not None:
            guided -= more * self.bias[allowed]
        return guided


def stacked(states: Iterable[LSTMState]) -> LSTMState:
    """The rows of several states in one."""
    return LSTMState(*map(np.concatenate, zip(*states, strict=True)))
