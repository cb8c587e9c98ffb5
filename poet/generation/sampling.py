"""Sampling the next token: temperature, top-k, top-p and min-p as pure functions of logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.errors import UsageError
from poet.prosody.base import Form

COLDEST = 0.01  # below it the probabilities of all but one vanish
FREE, BOLD, CAREFUL = 0.7, 1.0, 0.5  # default temperatures: without a form, and in one
MIN_P = 0.05


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling settings, validated when they are made.

    Temperature 0 is greedy, 1 keeps the model's own probabilities. `top_k` keeps the k likeliest
    tokens, `top_p` the fewest whose probabilities sum to p, `min_p` those at least p times as
    likely as the likeliest; 0, 1 and 0 keep all.
    """

    temperature: float = 1.0
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
                    name,
                )
        if 0 < self.temperature < COLDEST:
            raise UsageError(
                f"temperature is {self.temperature}",
                f"below {COLDEST} there is 0 alone: greedy",
                "temperature",
            )

    @classmethod
    def default(cls, form: Form | None = None, *, has_subject: bool = False) -> Sampling:
        """The default settings for verse in a form, or without one.

        Those of Chinese forms are the ones that blind readers liked best (docs/log.md). A title or
        a theme makes poems differ, so that a low temperature can make them fluent; where there is
        none, it would make them all alike. Letter by letter a model goes astray more often than
        character by character, so that English forms have a low temperature in any case.
        """
        if form is None:
            return cls(FREE, min_p=MIN_P)
        is_bold = form.language == "zh" and not has_subject
        return cls(BOLD if is_bold else CAREFUL, min_p=MIN_P)


def tempered(logits: NDArray[Any], temperature: float) -> NDArray[Any]:
    """Unnormalised probabilities exp(logits / temperature), of any shape.

    A temperature of 0 counts as 1: a greedy choice is made by the logits, not by these.

    >>> tempered(np.log([1.0, 4.0]), 0.5).round(6).tolist()
    [1.0, 16.0]
    """
    return np.exp(logits / logits.dtype.type(temperature or 1))


def probabilities(logits: NDArray[Any], sampling: Sampling) -> NDArray[np.float64]:
    """Sampling probabilities (A,) for logits (A,).

    >>> probabilities(np.array([0.0, 1.0]), Sampling(temperature=0)).tolist()
    [0.0, 1.0]
    """
    logits = np.asarray(logits, np.float64)
    if sampling.temperature == 0:
        probs = np.zeros(len(logits))
        probs[logits.argmax()] = 1.0
        return probs
    probs = tempered(logits - logits.max(), sampling.temperature)
    probs[probs < sampling.min_p] = 0.0  # the likeliest is 1 here
    probs /= probs.sum()
    if not sampling.top_k and sampling.top_p == 1:
        return probs
    order = np.argsort(-logits, kind="stable")  # probabilities may be equal where logits are not
    if sampling.top_k:
        probs[order[sampling.top_k :]] = 0.0
    if sampling.top_p < 1:
        before = np.cumsum(probs[order]) - probs[order]  # probability of those that are likelier
        probs[order[(before >= sampling.top_p) & (before > 0)]] = 0.0
    return probs / probs.sum()


def sample(
    logits: NDArray[Any],
    sampling: Sampling,
    rng: np.random.Generator,
    allowed: NDArray[np.integer[Any]] | None = None,
) -> int:
    """Sample an id from logits (V,), only among the `allowed` ids (A,) where they are given.

    >>> rng = np.random.default_rng(1)
    >>> sample(np.array([0.0, 9.0, 1.0]), Sampling(0), rng, allowed=np.array([0, 2]))
    2
    """
    if allowed is None:
        allowed = np.arange(len(logits))
    probs = probabilities(logits[allowed], sampling)
    if sampling.temperature == 0:
        return int(allowed[probs.argmax()])
    return int(
        allowed[
            np.searchsorted(np.cumsum(probs), rng.random(), side="right").clip(0, len(probs) - 1)
        ]
    )
