"""Products of 8-bit matrices are exact sums of integers, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poet.checkpoint import Checkpoint, Quantized, StoredWeights, quantize, weight_shapes
from poet.generation.engine import Floats, NumpyLSTM, log_softmax
from poet.generation.quantized import QuantizedLinear
from poet.tokenizer import CharTokenizer

OUTPUTS, INPUTS = 70, 33


@pytest.fixture
def matrix() -> Quantized:
    return quantize(np.random.default_rng(1).normal(size=(OUTPUTS, INPUTS)))


def rounded(x: Floats) -> Floats:
    """What activations are after each row was rounded to 255 steps."""
    scale = np.abs(x).max(1, keepdims=True) / 127
    return np.rint(x / scale) * scale


@pytest.mark.parametrize("rows", [1, 3, 12, 48])
def test_a_product_is_that_of_the_rounded_activations(matrix: Quantized, rows: int) -> None:
    x = np.random.default_rng(2).normal(size=(rows, INPUTS)).astype(np.float32)
    widened = matrix.values * matrix.scale[:, None]
    found = QuantizedLinear(matrix)(x)
    np.testing.assert_allclose(found, rounded(x) @ widened.T, rtol=1e-4, atol=1e-4)


def test_a_row_has_the_same_product_whatever_stands_beside_it(matrix: Quantized) -> None:
    x = np.random.default_rng(3).normal(size=(5, INPUTS)).astype(np.float32)
    x[4] *= 1000
    product = QuantizedLinear(matrix)
    for row, together in zip(x, product(x), strict=True):
        np.testing.assert_array_equal(product(row[None])[0], together)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_values_do_not_overflow(sign: int) -> None:
    largest = quantize(sign * np.ones((OUTPUTS, 1024)))
    found = QuantizedLinear(largest)(np.ones((2, 1024), np.float32))
    np.testing.assert_allclose(found, np.full((2, OUTPUTS), sign * 1024), rtol=1e-5)


def test_rows_of_zeros_stay_zero(matrix: Quantized) -> None:
    assert not QuantizedLinear(matrix)(np.zeros((2, INPUTS), np.float32)).any()


def test_a_model_in_8_bits_predicts_almost_what_it_does_in_32() -> None:
    tokenizer, rng = CharTokenizer("，。春水連天碧明月照大江孤舟人不寐"), np.random.default_rng(4)
    shapes = weight_shapes(len(tokenizer), 16, 32)
    weights = {name: rng.normal(scale=0.4, size=shape) for name, shape in shapes.items()}
    stored: dict[str, Any] = dict(weights)
    for name, weight in weights.items():
        if weight.ndim == 2:
            stored[name], stored[name + ".scale"] = quantize(weight)
    ids = rng.integers(len(tokenizer), size=60)
    wanted, found = (
        log_softmax(engine.logits(engine.read(ids)[0]))
        for engine in (
            NumpyLSTM(Checkpoint(tokenizer, weights)),
            NumpyLSTM(Checkpoint(tokenizer, StoredWeights(stored))),
        )
    )
    divergence = (np.exp(wanted) * (wanted - found)).sum(1).mean()
    assert 0 < divergence < 0.005  # nats; 0 would mean that nothing was rounded
