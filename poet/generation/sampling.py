"""Choosing the next character: pure functions, randomness passed in, zero is a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.errors import UsageError

COLDEST = 0.01  # below it the odds of all but one vanish


@dataclass(frozen=True, slots=True)
class Sampling:
    """How boldly to choose. Validated where it is built.

    Temperature 0 takes the likeliest character, 1 the model's own odds. `top_k` keeps the k
    likeliest, `top_p` the fewest that together have that share, `min_p` those at least that
    share as likely as the likeliest; 0, 1 and 0 keep all.
    """

    temperature: float = 0.8  # a little surer than the model's own odds
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0

    def __post_init__(self) -> None:
        for name, low, high, beyond in (
            ("temperature", 0.0, 10.0, "beyond it every character is as likely as the next"),
            ("top_k", 0, float("inf"), "0 keeps all"),
            ("top_p", 0.0, 1.0, "1 keeps all, 0 only the likeliest"),
            ("min_p", 0.0, 1.0, "0 keeps all, 1 only the likeliest"),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(
                    f"{name.replace('_', '-')} is {value}",
                    f"it goes from {low:g} to {high:g}; {beyond}",
                )
        if 0 < self.temperature < COLDEST:
            raise UsageError(
                f"temperature is {self.temperature}", f"below {COLDEST} there is 0 alone: greedy"
            )

    @classmethod
    def default(cls, *, in_form: bool) -> Sampling:
        """The default settings; in a form, where the best of some candidates is taken, bolder.

        Those in a form are what blind readers liked best (docs/log.md has their marks).
        """
        return cls(temperature=1.0, min_p=0.05) if in_form else cls()


def probabilities(logits: NDArray[Any], sampling: Sampling) -> NDArray[np.float64]:
    """The odds (A,) that a sampling gives to characters of these logits (A,).

    >>> probabilities(np.array([0.0, 1.0]), Sampling(temperature=0)).tolist()
    [0.0, 1.0]
    """
    logits = np.asarray(logits, np.float64)
    if sampling.temperature == 0:
        odds = np.zeros(len(logits))
        odds[logits.argmax()] = 1.0
        return odds
    odds = np.exp((logits - logits.max()) / sampling.temperature)
    odds[odds < sampling.min_p] = 0.0  # the likeliest has odds 1 here
    odds /= odds.sum()
    if not sampling.top_k and sampling.top_p == 1:
        return odds
    order = np.argsort(-logits, kind="stable")  # odds may be equal where logits are not
    if sampling.top_k:
        odds[order[sampling.top_k :]] = 0.0
    if sampling.top_p < 1:
        before = np.cumsum(odds[order]) - odds[order]  # share of those that are likelier
        odds[order[(before >= sampling.top_p) & (before > 0)]] = 0.0
    return odds / odds.sum()


def sample(
    logits: NDArray[Any],
    sampling: Sampling,
    rng: np.random.Generator,
    allowed: NDArray[np.integer[Any]] | None = None,
) -> int:
    """An id chosen by logits (V,), among `allowed` ids (A,) only where they are given.

    >>> rng = np.random.default_rng(1)
    >>> sample(np.array([0.0, 9.0, 1.0]), Sampling(0), rng, allowed=np.array([0, 2]))
    2
    """
    if allowed is None:
        allowed = np.arange(len(logits))
    odds = probabilities(logits[allowed], sampling)
    if sampling.temperature == 0:
        return int(allowed[odds.argmax()])
    return int(
        allowed[np.searchsorted(np.cumsum(odds), rng.random(), side="right").clip(0, len(odds) - 1)]
    )
