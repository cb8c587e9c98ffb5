"""The curves that show how far back the gradient reaches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

MIN_NORM = 1e-8  # smaller norms are not drawn: they have no effect on learning
FIT = (5, 50)  # characters back between which the slope of a curve is fitted


@dataclass(frozen=True, slots=True)
class ReachCurve:
    """Mean gradient norm k characters back, k = 0 … reach, divided by that at k = 0."""

    name: str
    norms: tuple[float, ...]

    @property
    def half(self) -> int | None:
        """The smallest k at which the norm is below half of that at k = 1, if any."""
        smaller = (k for k, norm in enumerate(self.norms) if k and norm < self.norms[1] / 2)
        return next(smaller, None)

    @property
    def half_life(self) -> float:
        """Characters in which the norm halves, by a straight line fitted to its log in `FIT`."""
        first, last = FIT[0], min(FIT[1], len(self.norms) - 1)
        logs = np.log(self.norms[first : last + 1])
        slope = float(np.polyfit(np.arange(first, last + 1), logs, 1)[0])
        return math.log(0.5) / slope if slope < 0 else math.inf

    def to_json(self) -> dict[str, Any]:
        """Plain values; an infinite half-life is null."""
        half_life = self.half_life if math.isfinite(self.half_life) else None
        return {"name": self.name, "half": self.half, "half_life": half_life,
                "norms": list(self.norms)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reach:
    """The curves of some networks at the same places, which `source` describes."""

    curves: tuple[ReachCurve, ...]
    source: str

    def to_json(self) -> dict[str, Any]:
        """Plain values; docs/explain.md describes them."""
        return {"read": self.source, "networks": [curve.to_json() for curve in self.curves]}
