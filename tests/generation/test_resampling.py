"""Particles are picked and drawn as their weights say, the quick way as the plain one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from poet.generation.resampling import (
    BLOCK,
    effective_sample_size,
    normalised,
    sample_rows,
    systematic_resample,
)

WIDTHS = (1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK - 5, 3 * BLOCK, 3 * BLOCK + 1, 1000)
NONE = -np.inf


def plainly(odds: NDArray[Any], rows: NDArray[Any], aims: NDArray[Any]) -> list[int]:
    """The first column at which the running sum reaches the aim's share of the whole."""
    found = []
    for row, aim in zip(rows, aims, strict=True):
        running = np.cumsum(odds[row], dtype=np.float64)
        found.append(int(np.searchsorted(running, aim * running[-1])))
    return found


@pytest.mark.parametrize("V", WIDTHS)
def test_the_quick_pick_is_the_plain_one(V: int) -> None:
    rng = np.random.default_rng(V)
    odds = rng.integers(0, 4, (5, V)).astype(float)  # whole numbers: sums in any order agree
    odds[:, -1] += 1
    rows = rng.integers(0, 5, 400)
    aims = np.r_[1 - rng.random(397), 1.0, 0.5, 1e-12]
    assert sample_rows(odds, rows, aims).tolist() == plainly(odds, rows, aims)


@given(
    st.sampled_from(WIDTHS),
    st.integers(0, 1 << 30),
    st.sampled_from([0.01, 0.5]),
    st.sampled_from([1.0, 1e-25]),
)
def test_a_column_without_odds_is_never_picked(
    V: int, seed: int, density: float, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    odds = (rng.random((3, V)) ** 8 * (rng.random((3, V)) < density) * scale).astype(np.float32)
    odds[:, rng.integers(V)] = scale
    rows, aims = rng.integers(0, 3, 60), np.r_[1 - rng.random(58), 1.0, 2.0**-53]
    assert (odds[rows, sample_rows(odds, rows, aims)] > 0).all()


def test_a_row_without_any_odds_picks_something_and_does_no_harm() -> None:
    odds = np.zeros((2, 70), np.float32)
    odds[1, 69] = 1
    assert sample_rows(odds, np.array([0, 1]), np.array([0.5, 0.5])).tolist()[1] == 69


@pytest.mark.parametrize("V", [7, 150])
def test_columns_are_picked_as_often_as_their_odds_say(V: int) -> None:
    rng = np.random.default_rng(1)
    odds, M = rng.random((2, V)).astype(np.float32), 40_000
    for row in (0, 1):
        picked = sample_rows(odds, np.full(M, row), 1 - rng.random(M))
        expected = odds[row] / odds[row].sum() * M
        distance = ((np.bincount(picked, minlength=V) - expected) ** 2 / expected).sum()
        assert distance < V + 4 * np.sqrt(2 * V)  # of chi-square four deviations


def test_the_effective_number_is_that_of_equal_weights() -> None:
    assert effective_sample_size(np.full(7, -900.0)) == pytest.approx(7)
    assert effective_sample_size(np.array([0.0, NONE, NONE])) == pytest.approx(1)
    assert effective_sample_size(np.log([0.6, 0.3, 0.1])) == pytest.approx(1 / (0.36 + 0.09 + 0.01))
    assert effective_sample_size(np.full(4, NONE)) == 0


def test_weights_are_normalised_however_small_they_are() -> None:
    np.testing.assert_allclose(
        normalised(np.array([-5000.0, -5000 + np.log(3), NONE])), [0.25, 0.75, 0]
    )
    assert normalised(np.full(3, NONE)).tolist() == [0, 0, 0]


@given(st.lists(st.floats(-30, 30) | st.just(NONE), min_size=1, max_size=40), st.integers(0, 999))
def test_of_each_particle_come_as_many_as_its_weight_says_give_or_take_one(
    logs: list[float], seed: int
) -> None:
    log_weights = np.array([*logs, 0.0])
    N = len(log_weights)
    drawn = systematic_resample(log_weights, np.random.default_rng(seed))
    assert len(drawn) == N
    assert (np.diff(drawn) >= 0).all()
    assert np.isfinite(log_weights[drawn]).all()
    counts = np.bincount(drawn, minlength=N)
    assert (np.abs(counts - normalised(log_weights) * N) < 1 + 1e-9).all()


def test_on_the_whole_each_particle_comes_by_its_weight() -> None:
    weights = np.array([0.03, 0.4, 0.17, 0.0, 0.33, 0.07])
    rng, runs = np.random.default_rng(2), 6000
    with np.errstate(divide="ignore"):
        drawn = np.concatenate([systematic_resample(np.log(weights), rng) for _ in range(runs)])
    np.testing.assert_allclose(np.bincount(drawn, minlength=6) / (6 * runs), weights, atol=0.004)
