"""Conditioning on title, theme, author and form, with classifier-free guidance.

For guidance (Ho and Salimans 2022; for language models Sanchez et al. 2023) the model is run twice,
with title and author and without. With conditional logits c and unconditional logits u, tokens are
sampled from u + guidance · (c - u): 1 is the model itself, more makes title and author count
more. In training they were dropped at random, so the model knows both cases.
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
    bias: Floats | None = None  # (V,) added to the logits, counted from the title's characters
    plain: Ids | None = None  # the header without title and author, where there were any
    guidance: float = 1.0

    @property
    def is_guided(self) -> bool:
        """Whether the model is run twice."""
        return self.plain is not None and self.guidance != 1

    def read(
        self, engine: NumpyLSTM, verse: Ids, state: LSTMState | None = None
    ) -> tuple[Floats, LSTMState]:
        """Features (1, E) and state after header and verse (T,), starting from a state.

        With guidance they have a second row, the unconditional one.
        """
        features, after = engine.read(np.r_[self.header, verse], state, self.title)
        if not self.is_guided:
            return features[-1:], after
        plain_features, plain_after = engine.read(np.r_[self.plain, verse], state)
        return np.concatenate([features[-1:], plain_features[-1:]]), stacked((after, plain_after))

    def step(
        self, engine: NumpyLSTM, ids: NDArray[np.integer[Any]], state: LSTMState
    ) -> tuple[Floats, LSTMState]:
        """Features and state of B rows, 2B with guidance, after one more token each, ids (B,)."""
        rows = np.tile(ids, 2) if self.is_guided else ids
        return engine.step(rows, state, self.title, len(ids))

    def logits(self, engine: NumpyLSTM, features: Floats, allowed: slice = slice(None)) -> Floats:
        """Conditional logits (B, A) of features (B, E)."""
        logits = engine.logits(features, allowed)
        if self.bias is not None:
            logits += self.bias[allowed]
        return logits

    def nats(
        self, engine: NumpyLSTM, rows: NDArray[np.integer[Any]], state: LSTMState | None = None
    ) -> NDArray[np.float64]:
        """Nats (F, T) of the tokens of texts of equal length, ids (F, T), under this condition.

        Without guidance. `state` is the one before the header.
        """
        features, state = engine.read(self.header, state, self.title)
        features = np.repeat(features[-1:], len(rows), axis=0)
        state = LSTMState(*(np.repeat(part, len(rows), axis=0) for part in state))
        nats = np.empty(rows.shape)
        for t in range(rows.shape[1]):
            log_p = log_softmax(self.logits(engine, features))
            nats[:, t] = -log_p[np.arange(len(rows)), rows[:, t]]
            if t + 1 < rows.shape[1]:
                features, state = engine.step(rows[:, t], state, self.title)
        return nats

    def guide(
        self, conditional: Floats, unconditional: Floats, allowed: Any = slice(None)
    ) -> Floats:
        """Guided logits (B, A) from the conditional and the unconditional ones.

        Neither need be normalised. `bias` is part of the conditional logits already and counts
        once, whatever the guidance.
        """
        more = np.float32(self.guidance - 1)
        guided: Floats = conditional + more * (conditional - unconditional)
        if self.bias is not None:
            guided -= more * self.bias[allowed]
        return guided


def stacked(states: Iterable[LSTMState]) -> LSTMState:
    """The rows of several states in one."""
    return LSTMState(*map(np.concatenate, zip(*states, strict=True)))
