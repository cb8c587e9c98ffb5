"""Held-out figures equal those of reading one poem after another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import STREAM_WINDOW, HeldOut, held_out_batches, sample_held_out
from poet.model import ModelConfig, PoetLSTM
from poet.poem import Poem
from poet.tokenizer import BODY, BOS, EOS
from poet.training.device import select_device
from poet.training.evaluate import evaluate, evaluate_model

E, H = 6, 9
COMPUTE = select_device("cpu", "fp32")


def a_model(dataset: TokenDataset) -> PoetLSTM:
    torch.manual_seed(4)
    model = PoetLSTM(ModelConfig(len(dataset.tokenizer), E, H))
    model.init_output_bias(np.bincount(dataset.ids, minlength=len(dataset.tokenizer)))
    return model


def naive(model: PoetLSTM, sequences: list[list[int]], given: int) -> HeldOut:
    """Each sequence alone, from an empty state; the first `given` targets are not guessed."""
    nats, right, seen = 0.0, 0, 0
    for ids in sequences:
        with torch.no_grad():
            logits = model.logits(model(torch.tensor([ids[:-1]]))[0][0])[given:]
        wanted = torch.tensor(ids[1:])[given:]
        nats -= float(logits.log_softmax(1).gather(1, wanted[:, None]).double().sum())
        right += int((logits.argmax(1) == wanted).sum())
        seen += len(wanted)
    return HeldOut(nats / seen, right / seen, seen, len(sequences))


def assert_equal(found: HeldOut | None, wanted: HeldOut) -> None:
    assert found is not None
    assert found.loss == pytest.approx(wanted.loss, rel=1e-5)
    assert found.accuracy == pytest.approx(wanted.accuracy)
    assert (found.characters, found.poems) == (wanted.characters, wanted.poems)
    assert found.perplexity == pytest.approx(np.exp(wanted.loss), rel=1e-4)


@pytest.mark.parametrize("tokens", [50, 300, 8_192])
def test_figures_equal_those_of_poem_after_poem(dataset: TokenDataset, tokens: int) -> None:
    """However many poems share a batch: padding never counts."""
    model, poems = a_model(dataset), list(range(0, len(dataset), 7))
    sequences = [[BOS, BODY, *dataset.verse(poem).tolist(), EOS] for poem in poems]
    assert len({len(ids) for ids in sequences}) > 3
    features = lambda ids: model(ids)[0]  # noqa: E731
    figures = evaluate(features, model.logits, dataset, poems, COMPUTE, max_tokens=tokens)
    assert_equal(figures, naive(model, sequences, given=1))


def test_every_character_and_the_end_of_every_poem_is_guessed_once(dataset: TokenDataset) -> None:
    poems = dataset.poems(held_out=True).tolist()
    targets = [t[t >= 0] for _, batch in held_out_batches(dataset, poems) for t in batch]
    wanted = [[*dataset.verse(poem).tolist(), EOS] for poem in poems]
    assert sorted(t.tolist() for t in targets) == sorted(wanted)


def test_where_nothing_is_held_out_there_are_no_figures(dataset: TokenDataset) -> None:
    assert evaluate_model(a_model(dataset), dataset, [], COMPUTE) is None


def test_an_evaluation_can_be_broken_off(dataset: TokenDataset) -> None:
    assert evaluate_model(a_model(dataset), dataset, [0, 1], COMPUTE, lambda: True) is None


def test_a_stream_is_read_in_windows_from_an_empty_state(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    text = "".join(rng.choice(list("abcdefg "), 7_030))
    dataset = build(tmp_path / "s", {"long": [Poem(text)]}, stream=True)
    held = dataset.verse(1).astype(int).tolist()
    T = STREAM_WINDOW
    windows = [held[at : at + T + 1] for at in range(0, len(held) - T, T)]
    assert len(windows) == 2
    model = a_model(dataset)
    wanted = naive(model, windows, given=0)
    assert_equal(evaluate_model(model, dataset, sample_held_out(dataset, 9), COMPUTE), wanted)


def test_of_much_held_out_text_the_same_part_is_read_every_time(
    dataset: TokenDataset, tmp_path: Path
) -> None:
    assert len(sample_held_out(dataset, 5)) == 5
    assert sample_held_out(dataset, 5) == sample_held_out(dataset, 5)
    assert set(sample_held_out(dataset, 5)) < set(dataset.poems(held_out=True).tolist())
    assert sample_held_out(dataset, 99) == dataset.poems(held_out=True).tolist()
    stream = build(tmp_path / "s", {"long": [Poem("ab cd" * 9_000)]}, stream=True)
    assert len(sample_held_out(stream, 4)) == 4
    assert all(start % STREAM_WINDOW == 0 for start in sample_held_out(stream, 4))


def test_a_stream_whose_end_is_shorter_than_a_window_is_read_too(tmp_path: Path) -> None:
    dataset = build(tmp_path / "s", {"long": [Poem("ab cd" * 410)]}, stream=True)
    found = evaluate_model(a_model(dataset), dataset, sample_held_out(dataset, 9), COMPUTE)
    assert found is not None
    assert found.characters == 205 - 1
