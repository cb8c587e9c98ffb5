"""The quick engine equals the torch model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from poet.checkpoint import Checkpoint
from poet.generation.engine import NumpyLSTM, log_softmax
from poet.generation.sampling import Sampling
from poet.generation.writer import Writer
from poet.model import ModelConfig, PoetLSTM
from poet.tokenizer import BODY, BOS, EOS, CharTokenizer

B, T, E, H = 3, 17, 6, 10
CHARACTERS = "，。春水連天碧明月照大江孤舟人不寐"
V = len(CharTokenizer(CHARACTERS))


@pytest.fixture
def model() -> PoetLSTM:
    torch.manual_seed(1)
    model = PoetLSTM(ModelConfig(V, E, H))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=1.2)
    return model.requires_grad_(False)


@pytest.fixture
def checkpoint(model: PoetLSTM) -> Checkpoint:
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    return Checkpoint(CharTokenizer(CHARACTERS), weights)


def test_logits_equal_those_of_the_torch_model(model: PoetLSTM, checkpoint: Checkpoint) -> None:
    engine = NumpyLSTM(checkpoint)
    ids = np.random.default_rng(1).integers(V, size=T)
    features, memory = engine.read(ids)
    read, state = model(torch.from_numpy(ids)[None])
    np.testing.assert_allclose(engine.logits(features), model.logits(read)[0], atol=1e-4)
    h, c = state
    for found, wanted in zip(memory, (h[0], c[0], h[1], c[1]), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_model_read_from_disk_equals_the_torch_model_in_16_bits(
    model: PoetLSTM, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    checkpoint.write(tmp_path)
    engine = NumpyLSTM(Checkpoint.read(tmp_path))
    ids = np.arange(T) % V
    rounded = model.half().float()
    wanted = rounded.logits(rounded(torch.from_numpy(ids)[None])[0])[0]
    np.testing.assert_allclose(engine.logits(engine.read(ids)[0]), wanted, atol=1e-4)


def test_the_greedy_poem_is_that_of_a_greedy_loop_in_torch(
    model: PoetLSTM, checkpoint: Checkpoint
) -> None:
    tokenizer = checkpoint.tokenizer
    writable = [EOS, *range(tokenizer.first_character, V)]
    ids = [BOS, BODY, *tokenizer.encode("明月").tolist()]
    written = ""
    for _ in range(30):
        logits = model.logits(model(torch.tensor([ids]))[0][0, -1])
        chosen = max(writable, key=lambda i: float(logits[i]))
        if chosen == EOS:
            break
        ids.append(chosen)
        written += tokenizer.decode([chosen])
    poem = Writer(checkpoint).write("明月", sampling=Sampling(0), max_characters=30).poem
    assert poem.text == "明月" + written
    assert len(set(written)) > 1


def test_logits_of_allowed_characters_are_those_columns(checkpoint: Checkpoint) -> None:
    engine = NumpyLSTM(checkpoint)
    features = engine.read(np.arange(B))[0]
    allowed = np.array([9, 2, 4, 11])
    found = engine.logits(features, allowed)
    np.testing.assert_allclose(found, engine.logits(features)[:, allowed], rtol=1e-5, atol=1e-6)


def test_logits_of_many_are_those_of_few(checkpoint: Checkpoint) -> None:
    engine = NumpyLSTM(checkpoint)
    features = engine.read(np.arange(35) % V)[0]
    alone = np.concatenate([engine.logits(features[[i]]) for i in range(len(features))])
    np.testing.assert_allclose(engine.logits(features), alone, rtol=1e-5, atol=1e-6)


def test_a_batch_steps_as_its_poems_would_alone(checkpoint: Checkpoint) -> None:
    engine = NumpyLSTM(checkpoint)
    ids = np.random.default_rng(2).integers(V, size=(B, 4))
    memory = engine.initial_state(B)
    for t in range(4):
        features, memory = engine.step(ids[:, t], memory)
    for row in range(B):
        alone, state = engine.read(ids[row])
        np.testing.assert_allclose(features[row], alone[-1], atol=1e-5)
        np.testing.assert_allclose(memory.upper_c[row], state.upper_c[0], atol=1e-5)


def test_reading_in_pieces_equals_reading_at_once(checkpoint: Checkpoint) -> None:
    engine = NumpyLSTM(checkpoint)
    ids = np.arange(T) % V
    head, memory = engine.read(ids[:5])
    tail, _ = engine.read(ids[5:], memory)
    assert np.array_equal(np.concatenate([head, tail]), engine.read(ids)[0])


def test_a_step_leaves_the_state_it_was_given_as_it_was(checkpoint: Checkpoint) -> None:
    engine = NumpyLSTM(checkpoint)
    memory = engine.read(np.arange(3))[1]
    before = [part.copy() for part in memory]
    engine.step(np.array([7]), memory)
    assert all(np.array_equal(a, b) for a, b in zip(before, memory, strict=True))


def test_log_probabilities_of_large_logits_stay_finite() -> None:
    log_p = log_softmax(np.array([[1e4, 0.0, -1e4]], np.float32))
    np.testing.assert_allclose(log_p, [[0.0, -1e4, -2e4]])


def test_two_threads_compute_what_one_does(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    engine = NumpyLSTM(checkpoint)
    ids = np.arange(B) % V
    alone, _ = engine.step(ids, engine.initial_state(B))
    with engine.on_two_threads() as twin:
        assert twin is not engine
        together, _ = twin.step(ids, twin.initial_state(B))
    np.testing.assert_array_equal(together, alone)
