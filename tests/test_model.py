"""The quick model equals the obvious one."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from poet.checkpoint import weight_shapes
from poet.model import HEADS, LSTMState, ModelConfig, PoetLSTM, TitleBatch, detach, where

B, T, V, E, H = 3, 5, 11, 4, 7


@pytest.fixture
def model() -> PoetLSTM:
    torch.manual_seed(1)
    model = PoetLSTM(ModelConfig(V, E, H))
    for parameter in model.parameters():  # biases too: zeros hide mistakes
        torch.nn.init.normal_(parameter, std=0.5)
    return model


@pytest.fixture
def ids() -> Tensor:
    return torch.randint(V, (B, T), generator=torch.Generator().manual_seed(2))


def some_state() -> LSTMState:
    generator = torch.Generator().manual_seed(3)
    h, c = (torch.randn(2, B, H, generator=generator) for _ in range(2))
    return h, c


def naive_layer(layer: torch.nn.Module, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """One step of one layer with its gates by hand: x (B, F), h and c (B, H)."""
    w = dict(layer.named_parameters())
    gates = x @ w["weight_ih_l0"].T + w["bias_ih_l0"] + h @ w["weight_hh_l0"].T + w["bias_hh_l0"]
    i, f, g, o = gates.chunk(4, 1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def naive(model: PoetLSTM, ids: Tensor, state: LSTMState) -> tuple[Tensor, LSTMState]:
    """Features (B, T, E) and state, a character at a time."""
    (h, h2), (c, c2) = state
    features = []
    for t in range(ids.shape[1]):
        x = model.embedding.weight[ids[:, t]] * math.sqrt(E)
        h, c = naive_layer(model.lower, x, h, c)
        h2, c2 = naive_layer(model.upper, h, h2, c2)
        both = torch.cat([h, h2], 1)
        features.append(both @ model.projection.weight.T + model.projection.bias)
    return torch.stack(features, 1), (torch.stack([h, h2]), torch.stack([c, c2]))


def test_reading_equals_a_loop_with_the_gates_by_hand(model: PoetLSTM, ids: Tensor) -> None:
    features, state = model(ids, some_state())
    wanted, wanted_state = naive(model, ids, some_state())
    assert features.shape == (B, T, E)
    torch.testing.assert_close(features, wanted)
    torch.testing.assert_close(state, wanted_state)


def test_without_a_state_reading_begins_from_zeros(model: PoetLSTM, ids: Tensor) -> None:
    torch.testing.assert_close(model(ids)[0], model(ids, model.initial_state(B))[0])
    assert all(not part.any() and part.shape == (2, B, H) for part in model.initial_state(B))


def test_reading_in_pieces_equals_reading_at_once(model: PoetLSTM, ids: Tensor) -> None:
    state, pieces = model.initial_state(B), []
    for piece in ids.split([1, 3, 1], dim=1):
        features, state = model(piece, state)
        pieces.append(features)
    torch.testing.assert_close(torch.cat(pieces, 1), model(ids)[0])


def test_logits_are_products_with_the_embedding_and_a_bias(model: PoetLSTM) -> None:
    features = torch.randn(2, 6, E)
    logits = model.logits(features)
    assert logits.shape == (2, 6, V)
    wanted = torch.stack([(features * row).sum(-1) for row in model.embedding.weight], -1)
    torch.testing.assert_close(logits, wanted + model.bias)


def test_the_count_of_parameters_is_the_real_one(model: PoetLSTM) -> None:
    assert model.config.parameters == sum(p.numel() for p in model.parameters())


def test_the_checkpoint_knows_every_weight_by_name_and_shape(model: PoetLSTM) -> None:
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    assert shapes == weight_shapes(V, E, H)


K, M = 8, 6
SOME = TitleBatch(  # three rows: one with two titles, one with one, one with none
    torch.tensor([[3, 4, 5, 6, 7, 0], [8, 9, 0, 0, 0, 0], [0] * 6]),
    torch.tensor([[0, 0, 1, 1, 1, -1], [1, 1, -1, -1, -1, -1], [-1] * 6]),
    torch.tensor([[0, 0, 1, 1, 1], [0, 0, 0, 1, 1], [0] * 5]),
)


@pytest.fixture
def titled() -> PoetLSTM:
    torch.manual_seed(4)
    model = PoetLSTM(ModelConfig(V, 2 * HEADS, H, K))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return model


def test_a_model_with_title_attention_has_the_weights_and_the_count_it_says(
    titled: PoetLSTM,
) -> None:
    shapes = {name: tuple(value.shape) for name, value in titled.state_dict().items()}
    assert shapes == weight_shapes(V, 2 * HEADS, H, K)
    assert titled.config.parameters == sum(p.numel() for p in titled.parameters())


def test_title_attention_equals_attention_place_by_place(titled: PoetLSTM) -> None:
    hidden = torch.randn(B, T, 2 * H, generator=torch.Generator().manual_seed(5))
    attention = titled.title
    assert attention
    x, lower_input = attention(SOME)
    found = attention.attend(x, hidden, SOME)
    for b in range(B):
        for t in range(T):
            own = [m for m in range(M) if SOME.owner[b, m] == SOME.poem[b, t]]
            vectors = attention.embedding(SOME.ids[b, own]) * attention.scale
            mean = vectors.mean(0) if own else torch.zeros(2 * HEADS)
            torch.testing.assert_close(lower_input[b, t], attention.input(mean))
            q, size = attention.query(hidden[b, t]), K // HEADS
            parts = []
            for head in range(HEADS):
                k = attention.key(vectors)[:, head * size : (head + 1) * size]
                scores = k @ q[head * size : (head + 1) * size] / size**0.5
                weights = torch.cat([scores, torch.zeros(1)]).softmax(0)[:-1]
                parts.append(weights @ vectors[:, head * 2 : head * 2 + 2])
            torch.testing.assert_close(found[b, t], attention.output(torch.cat(parts)))


def test_without_a_title_nothing_is_heard(titled: PoetLSTM, ids: Tensor) -> None:
    features, _ = titled(ids, titles=SOME)
    bare, _ = titled(ids)
    torch.testing.assert_close(features[2], bare[2])
    torch.testing.assert_close(features[1, :3], bare[1, :3])
    assert (features[1, 3:] - bare[1, 3:]).abs().min() > 1e-4


def test_new_title_attention_is_not_heard_yet(ids: Tensor) -> None:
    model = PoetLSTM(ModelConfig(V, 2 * HEADS, H, K))
    torch.testing.assert_close(model(ids, titles=SOME)[0], model(ids)[0])


def test_training_starts_at_the_unigrams() -> None:
    model = PoetLSTM(ModelConfig(V, E, H))
    counts = np.arange(V) ** 2
    model.init_output_bias(counts)
    probs = model.logits(torch.zeros(1, E)).softmax(1)[0].detach().numpy()
    np.testing.assert_allclose(probs, (counts + 1) / (counts + 1).sum(), rtol=1e-5)


def test_the_forget_gates_begin_open() -> None:
    fresh = PoetLSTM(ModelConfig(V, E, H))
    for layer in (fresh.lower, fresh.upper):
        biases = dict(layer.named_parameters())
        both = biases["bias_ih_l0"] + biases["bias_hh_l0"]
        assert both.tolist() == [0.0] * H + [1.0] * H + [0.0] * 2 * H


def test_dropout_uses_one_mask_for_all_of_a_window(
    model: PoetLSTM, ids: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Tensor] = []
    model.projection.register_forward_pre_hook(lambda module, args: heard.append(args[0]))
    model(ids, None, 0.5)
    dropped = heard[0] == 0  # (B, T, 2H)
    assert 0 < dropped.float().mean() < 1
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert not torch.equal(dropped[0], dropped[1])  # but another one for every row


def test_dropout_keeps_the_mean(model: PoetLSTM) -> None:
    heard: list[Tensor] = []
    model.lower.register_forward_pre_hook(lambda module, args: heard.append(args[0]))
    ids = torch.zeros(4000, 1, dtype=torch.int64)
    model(ids, None, 0.5)
    wanted = model.embedding.weight[0] * math.sqrt(E)
    torch.testing.assert_close(heard[0].mean((0, 1)), wanted, rtol=0.1, atol=0.02)


def test_without_dropout_nothing_is_random(model: PoetLSTM, ids: Tensor) -> None:
    assert torch.equal(model(ids, None, 0.0)[0], model(ids, None, 0.0)[0])


def test_a_detached_state_is_the_same_and_cut_from_the_graph(model: PoetLSTM, ids: Tensor) -> None:
    state = model(ids)[1]
    for before, after in zip(state, detach(state), strict=True):
        assert torch.equal(before, after)
        assert before.requires_grad
        assert not after.requires_grad


def test_one_of_two_states_is_chosen(model: PoetLSTM) -> None:
    zeros, other = model.initial_state(B), some_state()
    for condition, wanted in ((True, zeros), (False, other)):
        chosen = where(torch.tensor(condition), zeros, other)
        assert all(torch.equal(a, b) for a, b in zip(chosen, wanted, strict=True))
