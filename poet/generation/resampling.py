"""The arithmetic of sequential Monte Carlo: weights, resampling, and sampling many rows at once."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Weights: TypeAlias = NDArray[np.float64]
BLOCK = 64  # columns that are summed first


def effective_sample_size(log_weights: Weights) -> float:
    """How many equal particles weights (N,) are worth; 0 when none is left.

    >>> round(effective_sample_size(np.log([0.5, 0.5, 1e-9])), 3)
    2.0
    """
    weights = normalised(log_weights)
    return float(1 / (weights**2).sum()) if weights.any() else 0.0


def normalised(log_weights: Weights) -> Weights:
    """Weights (N,) that sum to 1, from their logarithms; zeros when none is left."""
    top = log_weights.max()
    if top == -np.inf:
        return np.zeros(len(log_weights))
    weights = np.exp(log_weights - top)
    return weights / weights.sum()


def systematic_resample(log_weights: Weights, rng: np.random.Generator) -> NDArray[np.intp]:
    """N particles (N,) drawn by weight: one of weight w comes w·N times, give or take one.

    >>> systematic_resample(np.log([0.5, 0.25, 0.25, 1e-9]), np.random.default_rng(1)).tolist()
    [0, 0, 1, 2]
    """
    N = len(log_weights)
    positions = (rng.random() + np.arange(N)) / N
    return np.searchsorted(np.cumsum(normalised(log_weights)), positions).clip(0, N - 1)


def sample_rows(
    probs: NDArray[np.floating[Any]], rows: NDArray[np.intp], uniforms: NDArray[np.float64]
) -> NDArray[np.intp]:
    """A column for each particle (M,): from probs (U, V), its row (M,), a number in (0, 1] (M,).

    The first column at which the running sum of the row reaches that share of its total. Blocks
    of columns are summed first, since a running sum over thousands is slow. A column of
    probability 0 is never chosen where the row has others.

    >>> sample_rows(np.array([[0.0, 1, 3]]), np.zeros(3, int), np.array([0.2, 0.25, 1])).tolist()
    [1, 1, 2]
    """
    U, V = probs.shape
    whole = V // BLOCK * BLOCK
    blocks = probs[:, :whole].reshape(U, -1, BLOCK)
    rest = probs[:, whole:]
    sums = np.c_[blocks.sum(2), rest.sum(1)].cumsum(1, dtype=np.float64)  # (U, blocks + 1)
    uniforms = uniforms * sums[rows, -1]
    block = (sums[rows] < uniforms[:, None]).sum(1).clip(0, sums.shape[1] - 1)  # (M,)
    before = np.where(block > 0, sums[rows, block - 1], 0)
    columns = (block * BLOCK)[:, None] + np.arange(BLOCK)  # (M, BLOCK)
    own = np.where(columns < V, probs[rows[:, None], columns.clip(0, V - 1)], 0)
    running = own.cumsum(1, dtype=np.float64)
    # Sums in another order differ by a hair
    uniforms = np.minimum(uniforms - before, running[:, -1])
    return columns[np.arange(len(rows)), (running < uniforms[:, None]).sum(1)]
