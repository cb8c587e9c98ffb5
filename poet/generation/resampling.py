"""The arithmetic of sequential Monte Carlo: weights, and drawing particles anew."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Weights: TypeAlias = NDArray[np.float64]
BLOCK = 64  # characters that are summed up first


def effective_sample_size(log_weights: Weights) -> float:
    """How many equal particles weights (N,) are worth; 0 when none is left.

    >>> round(effective_sample_size(np.log([0.5, 0.5, 1e-9])), 3)
    2.0
    """
    share = shares(log_weights)
    return float(1 / (share**2).sum()) if share.any() else 0.0


def shares(log_weights: Weights) -> Weights:
    """Weights (N,) that sum to 1, of their logarithms; zeros when none is left."""
    top = log_weights.max()
    if top == -np.inf:
        return np.zeros(len(log_weights))
    weights = np.exp(log_weights - top)
    return weights / weights.sum()


def systematic_resample(log_weights: Weights, rng: np.random.Generator) -> NDArray[np.intp]:
    """N particles (N,) drawn by weight, systematically: of weight w come w·N, give or take one.

    >>> systematic_resample(np.log([0.5, 0.25, 0.25, 1e-9]), np.random.default_rng(1)).tolist()
    [0, 0, 1, 2]
    """
    N = len(log_weights)
    places = (rng.random() + np.arange(N)) / N
    return np.searchsorted(np.cumsum(shares(log_weights)), places).clip(0, N - 1)


def sample_rows(
    odds: NDArray[np.floating[Any]], rows: NDArray[np.intp], aims: NDArray[np.float64]
) -> NDArray[np.intp]:
    """For each particle a column of its row: odds (U, V), rows (M,), aims (M,) in (0, 1] -> (M,)

    The first column at which the running sum of the row reaches the aim's share of the whole.
    Blocks of columns are summed first: a running sum over all of thousands is slow. Columns
    without odds are never picked where the row has any.

    >>> sample_rows(np.array([[0.0, 1, 3]]), np.zeros(3, int), np.array([0.2, 0.25, 1])).tolist()
    [1, 1, 2]
    """
    U, V = odds.shape
    whole = V // BLOCK * BLOCK
    blocks = odds[:, :whole].reshape(U, -1, BLOCK)
    rest = odds[:, whole:]
    sums = np.c_[blocks.sum(2), rest.sum(1)].cumsum(1, dtype=np.float64)  # (U, blocks + 1)
    aims = aims * sums[rows, -1]
    block = (sums[rows] < aims[:, None]).sum(1).clip(0, sums.shape[1] - 1)  # (M,)
    before = np.where(block > 0, sums[rows, block - 1], 0)
    columns = (block * BLOCK)[:, None] + np.arange(BLOCK)  # (M, BLOCK)
    own = np.where(columns < V, odds[rows[:, None], columns.clip(0, V - 1)], 0)
    running = own.cumsum(1, dtype=np.float64)
    aims = np.minimum(aims - before, running[:, -1])  # sums in another order differ by a hair
    return columns[np.arange(len(rows)), (running < aims[:, None]).sum(1)]
