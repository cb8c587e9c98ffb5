"""The gradient's way back, measured by torch."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from poet.api import load as open_poet
from poet.generation.engine import NumpyLSTM
from poet.interpret.gradient_reach import (
    TanhNetwork,
    measure,
    shape_of,
    stretches,
    untrained,
)
from poet.interpret.reach_curve import ReachCurve
from poet.interpret.texts import Text, TextSet
from poet.model import ModelConfig, PoetLSTM, load_model
from poet.tokenizer import EOS

SHAPE, REACH = ModelConfig(11, 6, 8), 5


@pytest.fixture
def rows() -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.random.default_rng(0).integers(SHAPE.vocab_size, size=(3, 2 * REACH + 2))


@pytest.mark.parametrize("network", [PoetLSTM, TanhNetwork])
def test_norms_are_those_of_the_gradient_asked_of_each_input(
    network: type[PoetLSTM], rows: np.ndarray[tuple[int, int], np.dtype[np.int64]]
) -> None:
    model = untrained(network, SHAPE)
    curve = measure("", model, rows)
    expected = np.zeros(REACH + 1)
    for row in torch.from_numpy(rows):
        x = (model.embedding(row[None, :-1]) * model.scale).detach().requires_grad_()
        h, c = model.initial_state(1)
        lower_out = model.lower(x, (h[:1], c[:1]))[0]
        upper_out = model.upper(lower_out, (h[1:], c[1:]))[0]
        features = model.projection(torch.cat([lower_out, upper_out], 2))
        loss = torch.nn.functional.cross_entropy(model.logits(features[0, -1:]), row[-1:])
        (gradient,) = torch.autograd.grad(loss, x)
        expected += gradient[0].norm(dim=1).flip(0)[: REACH + 1].numpy()
    np.testing.assert_allclose(curve.norms, expected / expected[0], rtol=1e-9)


def test_the_tanh_network_is_h_is_tanh_of_input_and_memory() -> None:
    model = untrained(TanhNetwork, SHAPE)
    ids = torch.tensor([[3, 5, 2]])
    _, (h, c) = model(ids)
    w_x, w_h, bias, other_bias = model.lower.parameters()
    expected = torch.zeros(SHAPE.hidden)
    for i in ids[0]:
        x = model.embedding.weight[i] * model.scale
        expected = torch.tanh(w_x @ x + bias + w_h @ expected + other_bias)
    torch.testing.assert_close(h[0, 0], expected)
    assert not c.any()
    torch.testing.assert_close(w_h @ w_h.T, torch.eye(SHAPE.hidden))


def test_half_is_told_of_the_first_character_back_and_the_half_life_of_the_slope() -> None:
    curve = ReachCurve("", (9.0, *(2 ** (-k / 3) for k in range(1, 80))))
    assert curve.half == 5  # a step beyond 1 + 3, where it is just half
    assert curve.half_life == pytest.approx(3)
    assert ReachCurve("", (1.0,) * 20).half is None
    assert math.isinf(ReachCurve("", tuple(1.1**k for k in range(20))).half_life)


def test_the_torch_model_of_a_checkpoint_is_that_model(tiny: Path) -> None:
    checkpoint = open_poet(tiny).checkpoint
    ids = np.arange(5, 9)
    with torch.no_grad():
        features = load_model(checkpoint)(torch.from_numpy(ids[None]))[0][0]
    np.testing.assert_allclose(features, NumpyLSTM(checkpoint).read(ids)[0], atol=1e-5)
    assert shape_of(checkpoint).hidden == 20


def test_a_stretch_ends_at_a_character_and_lies_inside_one_text_where_it_can(tiny: Path) -> None:
    writer = open_poet(tiny)
    first = writer.tokenizer.first_character
    character = writer.tokenizer.characters
    long = TextSet((Text(character[0] * 40), Text(character[1] * 40)), "two")
    rows, source = stretches(writer, long, 20, REACH)
    assert rows.shape == (20, 2 * REACH + 2)
    assert (rows[:, -1] >= first).all()
    assert all(len(set(row[row >= first])) == 1 for row in rows)
    assert source == "20 places in two, each inside one text"
    short = TextSet((Text(character[:4]), Text(character[4:7])), "few")
    rows, source = stretches(writer, short, 20, REACH)
    assert (rows == EOS).any()
    assert source.endswith("one after another as in training")
