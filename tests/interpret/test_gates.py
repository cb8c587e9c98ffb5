"""The gates are those that made the engine's states."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from poet.checkpoint import Checkpoint
from poet.errors import UsageError
from poet.generation.engine import NumpyLSTM
from poet.interpret.gates import LAYERS, Unit, find_unit, gates_of, read_states
from poet.model import ModelConfig, PoetLSTM
from poet.tokenizer import CharTokenizer

E, H, T = 6, 10, 9
ALPHABET = CharTokenizer("，。春水連天碧明月照大江")


@pytest.fixture
def model() -> PoetLSTM:
    torch.manual_seed(1)
    model = PoetLSTM(ModelConfig(len(ALPHABET), E, H))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.8)
    return model.requires_grad_(False)


@pytest.fixture
def checkpoint(model: PoetLSTM) -> Checkpoint:
    return Checkpoint(ALPHABET, {name: value.numpy() for name, value in model.state_dict().items()})


def test_states_are_those_of_the_torch_model(model: PoetLSTM, checkpoint: Checkpoint) -> None:
    ids = np.arange(T) % len(ALPHABET)
    (states,) = read_states(NumpyLSTM(checkpoint), [ids])
    for t in range(T):
        _, (h, c) = model(torch.from_numpy(ids[None, : t + 1]))
        np.testing.assert_allclose(states.hidden[:, t], h[:, 0], atol=1e-5)
        np.testing.assert_allclose(states.cell[:, t], c[:, 0], atol=1e-5)


@pytest.mark.parametrize("layer", LAYERS)
def test_the_gates_make_the_next_state_of_the_old_one(checkpoint: Checkpoint, layer: str) -> None:
    engine, ids = NumpyLSTM(checkpoint), np.arange(T) % len(ALPHABET)
    (states,) = read_states(engine, [ids])
    at = LAYERS.index(layer)
    gates = gates_of(checkpoint.weights, engine, ids, states, layer)
    before = np.concatenate([np.zeros((1, H), np.float32), states.cell[at, :-1]])
    made = gates["forget"] * before + gates["input"] * gates["candidate"]
    np.testing.assert_allclose(made, states.cell[at], atol=1e-5)
    np.testing.assert_allclose(gates["output"] * np.tanh(made), states.hidden[at], atol=1e-5)
    for gate in ("input", "forget", "output"):
        assert 0 <= gates[gate].min() < 0.5 < gates[gate].max() <= 1


def test_texts_read_side_by_side_are_read_as_alone(checkpoint: Checkpoint) -> None:
    engine = NumpyLSTM(checkpoint)
    rows = [np.arange(4), np.arange(7, 1, -1)]
    for own, together in zip(rows, read_states(engine, rows), strict=True):
        (alone,) = read_states(engine, [own])
        assert together.cell.shape == (2, len(own), H)
        np.testing.assert_allclose(together.cell, alone.cell, atol=1e-6)


@pytest.mark.parametrize("name", ["upper:10", "middle:3", "upper", "lower:-1", "lower:二", ""])
def test_a_unit_that_is_not_there_is_told_with_the_range(name: str) -> None:
    with pytest.raises(UsageError) as error:
        find_unit(name, H)
    assert repr(name) in error.value.message
    assert "upper:0 to upper:9" in error.value.hint


def test_a_unit_is_found_by_its_name() -> None:
    assert find_unit(" lower:9", H) == Unit("lower", 9)
