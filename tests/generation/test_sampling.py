"""Choosing is pure: the same odds and the same randomness give the same character."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poet.errors import UsageError
from poet.generation.sampling import Sampling, probabilities, sample

LOGITS = np.log(np.array([0.1, 0.4, 0.2, 0.25, 0.05]))
TASTES = st.builds(
    Sampling,
    st.just(0.0) | st.floats(0.05, 10),
    st.integers(0, 12),
    st.floats(0, 1),
    st.floats(0, 1),
)
ANY_LOGITS = st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=9).map(np.array)


@given(ANY_LOGITS, TASTES)
def test_odds_are_odds_and_the_likeliest_always_has_some(
    logits: np.ndarray[tuple[int], np.dtype[np.float64]], sampling: Sampling
) -> None:
    odds = probabilities(logits, sampling)
    assert odds.sum() == pytest.approx(1)
    assert (odds >= 0).all()
    assert odds[logits.argmax()] > 0


@given(ANY_LOGITS, TASTES, st.data())
def test_only_what_is_allowed_is_ever_chosen(
    logits: np.ndarray[tuple[int], np.dtype[np.float64]], sampling: Sampling, data: st.DataObject
) -> None:
    some = st.lists(st.sampled_from(range(len(logits))), min_size=1, unique=True)
    allowed = np.array(data.draw(some))
    seed = data.draw(st.integers(0, 99))
    assert sample(logits, sampling, np.random.default_rng(seed), allowed) in allowed


@given(ANY_LOGITS, TASTES, st.integers(0, 99))
def test_the_same_randomness_makes_the_same_choice(
    logits: np.ndarray[tuple[int], np.dtype[np.float64]], sampling: Sampling, seed: int
) -> None:
    one, other = (sample(logits, sampling, np.random.default_rng(seed)) for _ in range(2))
    assert one == other


def test_temperature_0_takes_the_likeliest_and_no_randomness() -> None:
    rng = np.random.default_rng(1)
    before = rng.bit_generator.state
    assert sample(LOGITS, Sampling(0), rng) == 1
    assert sample(LOGITS, Sampling(0), rng, np.array([4, 0, 2])) == 2
    assert rng.bit_generator.state == before


def test_temperature_1_keeps_the_odds_of_the_model() -> None:
    np.testing.assert_allclose(probabilities(LOGITS, Sampling(1)), np.exp(LOGITS))


def test_a_higher_temperature_levels_the_odds() -> None:
    cold, warm = (probabilities(LOGITS, Sampling(t)).max() for t in (0.5, 2))
    assert cold > 0.4 > warm > 0.2


def test_top_k_keeps_the_k_likeliest() -> None:
    odds = probabilities(LOGITS, Sampling(1, top_k=2))
    np.testing.assert_allclose(odds, [0, 0.4 / 0.65, 0, 0.25 / 0.65, 0])
    assert (probabilities(LOGITS, Sampling(1, top_k=99)) > 0).all()


def test_top_p_keeps_the_fewest_that_have_the_share_together() -> None:
    odds = probabilities(LOGITS, Sampling(1, top_p=0.6))
    np.testing.assert_allclose(odds, [0, 0.4 / 0.65, 0, 0.25 / 0.65, 0])
    assert probabilities(LOGITS, Sampling(1, top_p=0)).tolist() == [0, 1, 0, 0, 0]


def test_min_p_keeps_those_that_are_nearly_as_likely_as_the_likeliest() -> None:
    odds = probabilities(LOGITS, Sampling(1, min_p=0.45))
    assert (odds > 0).tolist() == [False, True, True, True, False]
    assert probabilities(LOGITS, Sampling(1, min_p=1)).tolist() == [0, 1, 0, 0, 0]


def test_choices_come_as_often_as_their_odds_say() -> None:
    rng = np.random.default_rng(1)
    tally = np.bincount([sample(LOGITS, Sampling(1), rng) for _ in range(4000)], minlength=5)
    np.testing.assert_allclose(tally / 4000, np.exp(LOGITS), atol=0.03)


@pytest.mark.parametrize(
    ("values", "message", "hint"),
    [
        ({"temperature": -0.1}, "temperature is -0.1", "it goes from 0 to 10; beyond it every"),
        ({"temperature": 10.5}, "temperature is 10.5", "it goes from 0 to 10"),
        ({"temperature": float("nan")}, "temperature is nan", "it goes from 0 to 10"),
        ({"top_k": -1}, "top-k is -1", "it goes from 0 to inf; 0 keeps all"),
        ({"top_p": 1.5}, "top-p is 1.5", "it goes from 0 to 1; 1 keeps all"),
        ({"min_p": -0.5}, "min-p is -0.5", "it goes from 0 to 1; 0 keeps all"),
    ],
)
def test_a_taste_out_of_range_names_the_range(
    values: dict[str, float], message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as error:
        Sampling(**values)  # type: ignore[arg-type]
    assert error.value.message == message
    assert error.value.hint.startswith(hint)


def test_a_temperature_that_is_next_to_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="temperature is 1e-320") as error:
        Sampling(1e-320)
    assert "below 0.01 there is 0 alone" in error.value.hint


def test_of_equal_odds_the_greater_logit_counts() -> None:
    odds = probabilities(np.array([0.0, 1e-44]), Sampling(1, top_p=0))
    assert odds.tolist() == [0.0, 1.0]
