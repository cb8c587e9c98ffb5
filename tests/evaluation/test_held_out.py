"""Losses character by character are those of reading one poem after another."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import held_out_batches, sample_held_out
from poet.evaluation.held_out import (
    TokenLosses,
    by_distance,
    by_place,
    mean,
    read_held_out,
    read_stream,
)
from poet.model import ModelConfig, PoetLSTM
from poet.poem import Poem
from poet.prosody.find import find_form
from poet.tokenizer import BODY, BOS, EOS
from poet.training.device import select_device
from poet.training.evaluate import evaluate_model

ENGINE = select_device("cpu", "fp32")


def a_model(dataset: TokenDataset) -> PoetLSTM:
    torch.manual_seed(4)
    model = PoetLSTM(ModelConfig(len(dataset.tokenizer), 6, 9))
    model.init_output_bias(np.bincount(dataset.ids, minlength=len(dataset.tokenizer)))
    return model


def naive(model: PoetLSTM, ids: list[int], given: int) -> list[float]:
    """Nats of a sequence read alone from an empty state, but for the first `given` guesses."""
    with torch.no_grad():
        log_p = model.logits(model(torch.tensor([ids[:-1]]))[0][0]).log_softmax(1)
    return (-log_p.gather(1, torch.tensor(ids[1:])[:, None])[given:, 0]).tolist()


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> TokenDataset:
    text = "".join(np.random.default_rng(1).choice(list("abcdefg "), 7_030))
    return build(tmp_path_factory.mktemp("s") / "s", {"long": [Poem(text)]}, stream=True)


def test_each_poem_has_its_own_losses(
    dataset: TokenDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = partial(held_out_batches, max_tokens=300)  # several, of unequal lengths
    monkeypatch.setattr("poet.evaluation.held_out.held_out_batches", batches)
    model, poems = a_model(dataset), list(range(len(dataset) - 1, 0, -9))
    found = {one.poem: one for one in read_held_out(model, dataset, poems, ENGINE)}
    assert sorted(found) == sorted(poems)
    for poem in poems:
        verse = dataset.verse(poem).tolist()
        assert found[poem].ids.tolist() == [*verse, EOS]
        wanted = naive(model, [BOS, BODY, *verse, EOS], given=1)
        assert found[poem].nats == pytest.approx(wanted, abs=1e-4)


def test_together_they_are_the_figures_of_training(dataset: TokenDataset) -> None:
    model, poems = a_model(dataset), sample_held_out(dataset, 99)
    wanted = evaluate_model(model, dataset, poems, ENGINE)
    found = mean(list(read_held_out(model, dataset, poems, ENGINE)))
    assert found
    assert wanted
    assert found.loss == pytest.approx(wanted.loss, rel=1e-5)
    assert found.accuracy == pytest.approx(wanted.accuracy)
    assert (found.characters, found.poems) == (wanted.characters, wanted.poems)


def test_nothing_read_has_no_figures() -> None:
    assert mean([]) is None
    form = find_form("五絕")
    assert form
    assert by_place([], form) == ()
    assert by_distance([]) == ()


def a_reading(nats: list[float]) -> TokenLosses:
    right = np.array([n < 1 for n in nats])
    return TokenLosses(0, np.zeros(len(nats), np.int64), np.array(nats, np.float32), right)


def test_a_place_is_the_mean_of_the_poems_that_have_it() -> None:
    form = find_form("2,3")
    assert form
    readings = [a_reading([1, 2, 3, 4, 5, 6, 7, 0]), a_reading([3, 2, 1, 0, 5, 6, 7, 8])]
    strange = a_reading([9.0] * 9)  # with a quotation mark, for instance
    found = by_place([*readings, strange], form)
    spots = [(place.line, place.place) for place in found]
    assert spots == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (2, 4), (3, 1)]
    assert [place.nats for place in found] == [2, 2, 2, 2, 5, 6, 7, 4]
    assert [place.accuracy for place in found] == [0, 0, 0, 0.5, 0, 0, 0, 0.5]
    assert {place.poems for place in found} == {2}


def test_distances_double_and_leave_nothing_out() -> None:
    readings = [a_reading([float(n) for n in range(11)]), a_reading([5.0, 5.0, 5.0])]
    found = by_distance(readings)
    assert [(b.first, b.last) for b in found] == [(1, 1), (2, 2), (3, 4), (5, 8), (9, 16)]
    assert [b.characters for b in found] == [2, 2, 3, 4, 3]
    assert [b.nats for b in found] == [2.5, 3, pytest.approx(10 / 3), 5.5, 9]


def test_a_stream_is_read_in_windows_and_on(
    stream: TokenDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, held = a_model(stream), stream.verse(1).tolist()
    windows = list(read_held_out(model, stream, sample_held_out(stream, 9), ENGINE))
    assert [one.poem for one in windows] == [0, 256]
    for one in windows:
        wanted = naive(model, held[one.poem : one.poem + 257], given=0)
        assert one.nats == pytest.approx(wanted, abs=1e-4)
    on = np.concatenate([one.nats for one in read_stream(model, stream, ENGINE, stride=50)])
    assert on == pytest.approx(naive(model, held, given=0), abs=1e-4)


def test_a_stream_with_nothing_held_out_is_not_read_stream(
    tmp_path: Path, dataset: TokenDataset
) -> None:
    class Unheld(TokenDataset):
        def poems(self, *, held_out: bool, source: int | None = None) -> NDArray[Any]:
            return np.zeros(0, np.int64)

    empty = Unheld(dataset.folder, dataset.tokenizer, dataset.facts)
    assert list(read_stream(a_model(dataset), empty, ENGINE)) == []
