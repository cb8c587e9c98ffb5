"""A model goes on with new text: what it knew stays, and what is new has a place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from poet.checkpoint import Checkpoint, ModelInfo, weight_shapes
from poet.dataset.build import build
from poet.dataset.dataset import TextInfo, TokenDataset
from poet.errors import InputError
from poet.generation.engine import NumpyLSTM
from poet.model import ModelConfig, PoetLSTM
from poet.novelty.index import NoveltyIndex
from poet.poem import Poem
from poet.runs.config import Budget, RunConfig, TrainConfig
from poet.runs.presets import (
    FINE_TUNING_CHARACTERS,
    FINE_TUNING_EPOCHS,
    MIDDLE_TEXT,
    SMALL_TEXT,
    budget_for,
    settings_for,
)
from poet.tokenizer import UNK, CharTokenizer
from poet.training.fine_tuning import extended_weights
from poet.training.run import begin, finish, follow, resume

OLD = CharTokenizer("，。山水春風", ("五絕",), ("*", "甲"))
E, H = 5, 7


@pytest.fixture
def base() -> Checkpoint:
    rng = np.random.default_rng(1)
    shapes = weight_shapes(len(OLD), E, H)
    return Checkpoint(OLD, {n: rng.normal(size=s).astype("f4") for n, s in shapes.items()})


def test_a_grown_alphabet_keeps_the_old_characters_and_adds_the_new_ones() -> None:
    new = OLD.extended(CharTokenizer("水雲。", ("七絕",), ("*", "乙")))
    assert new.characters == "，。山水春風雲"
    assert new.forms == ("五絕", "七絕")
    assert new.authors == ("*", "甲", "乙")
    rows = OLD.id_map(new)
    assert [rows[new.form_id(form) or 0] for form in new.forms] == [OLD.form_id("五絕"), -1]
    assert rows[new.encode("水")[0]] == OLD.encode("水")[0]
    assert rows[new.encode("雲")[0]] == -1


def test_a_character_called_like_a_mark_is_no_mark() -> None:
    assert OLD.id_map(CharTokenizer("甲"))[-1] == -1


def test_a_grown_model_reads_what_it_knew_as_before(base: Checkpoint) -> None:
    new = OLD.extended(CharTokenizer("雲", ("七絕",), ("*", "乙")))
    counts = np.arange(len(new))
    weights = extended_weights(base, new, counts, TrainConfig(embedding=E, hidden=H))
    model = PoetLSTM(ModelConfig(len(new), E, H))
    model.load_state_dict(weights)
    grown = NumpyLSTM(Checkpoint(new, {n: w.numpy() for n, w in weights.items()}))
    before, _ = NumpyLSTM(base).read(OLD.prefix_ids(form="五絕", author="甲", title="山水"))
    after, _ = grown.read(new.prefix_ids(form="五絕", author="甲", title="山水"))
    np.testing.assert_array_equal(before, after)
    known = OLD.id_map(new) >= 0
    logits, old = grown.logits(after[-1:])[0], NumpyLSTM(base).logits(before[-1:])[0]
    np.testing.assert_allclose(logits[known], old[OLD.id_map(new)[known]], rtol=1e-6)


def test_a_new_character_starts_near_the_unknown_mark_and_as_likely_as_it_is(
    base: Checkpoint,
) -> None:
    new = OLD.extended(CharTokenizer("雲雨"))
    counts = np.ones(len(new), dtype=np.int64)
    counts[new.encode("雲")[0]] = 9
    weights = extended_weights(base, new, counts, TrainConfig(embedding=E, hidden=H))
    cloud, rain = new.encode("雲雨")
    embedding, unknown = (
        weights["embedding.weight"],
        torch.tensor(base.weights["embedding.weight"][UNK]),
    )
    assert 0 < (embedding[cloud] - unknown).abs().mean() < 0.3 * embedding.std()
    assert not torch.equal(embedding[cloud], embedding[rain])
    assert weights["bias"][cloud] - weights["bias"][rain] == pytest.approx(np.log(10 / 2))


def test_a_wider_model_with_title_attention_begins_as_its_base() -> None:
    rng = np.random.default_rng(2)
    shapes = weight_shapes(len(OLD), 8, H)
    base = Checkpoint(OLD, {n: rng.normal(size=s).astype("f4") for n, s in shapes.items()})
    wider = TrainConfig(embedding=8, hidden=H + 4, title=12)
    weights = extended_weights(base, OLD, np.ones(len(OLD), dtype=np.int64), wider)
    model = PoetLSTM(ModelConfig(len(OLD), 8, H + 4, 12))
    model.load_state_dict(weights)
    grown = NumpyLSTM(Checkpoint(OLD, {n: w.numpy() for n, w in weights.items()}))
    ids = OLD.prefix_ids(form="五絕", title="山水")
    features, _ = grown.read(ids, title=grown.encode_title(OLD.encode("山水")))
    np.testing.assert_allclose(features, NumpyLSTM(base).read(ids)[0], rtol=1e-4, atol=1e-5)
    assert (
        weights["lower.weight_ih_l0"].reshape(4, H + 4, 8)[:, H:].abs().min() > 0
    )  # they can learn
    again = Checkpoint(OLD, {n: w.numpy() for n, w in weights.items()})
    assert (again.hidden, again.title) == (H + 4, 12)
    much_wider = extended_weights(
        again, OLD, np.ones(len(OLD), np.int64), replace(wider, hidden=H + 9)
    )
    assert torch.equal(
        much_wider["title.query.weight"][:, H + 9 : 2 * H + 13],
        weights["title.query.weight"][:, H + 4 :],
    )


def test_a_model_does_not_shrink(base: Checkpoint) -> None:
    with pytest.raises(InputError, match=f"the model has {H} hidden units, more than {H - 1}"):
        extended_weights(
            base, OLD, np.ones(len(OLD), np.int64), TrainConfig(embedding=E, hidden=H - 1)
        )
    with pytest.raises(InputError, match="the model has embedding=5, and embedding=8 was asked"):
        extended_weights(base, OLD, np.ones(len(OLD), np.int64), TrainConfig(embedding=8, hidden=H))


def test_how_new_units_begin_hangs_on_the_seed_alone(base: Checkpoint) -> None:
    def grown(seed: int) -> torch.Tensor:
        torch.rand(3)
        wider = TrainConfig(embedding=E, hidden=H + 2, seed=seed)
        return extended_weights(base, OLD, np.ones(len(OLD), np.int64), wider)["lower.weight_hh_l0"]

    assert torch.equal(grown(1), grown(1))
    assert not torch.equal(grown(1), grown(2))


def test_the_sizes_are_those_of_the_base_and_the_rate_is_gentle(base: Checkpoint) -> None:
    for characters in (5_000, SMALL_TEXT, MIDDLE_TEXT, 20_000_000):
        settings = settings_for("small", characters, base)
        assert (settings.embedding, settings.hidden) == (E, H)
        assert settings.lr < TrainConfig().lr
        assert (settings.dropout > 0) == (characters < MIDDLE_TEXT)
        assert settings.window == TrainConfig().window
    assert budget_for(Budget(), 5_000, base) == Budget(epochs=FINE_TUNING_EPOCHS)
    assert (
        budget_for(Budget(), 20_000_000, base).epochs or 0
    ) * 20_000_000 == FINE_TUNING_CHARACTERS
    assert budget_for(Budget(steps=3), 5_000, base) == Budget(steps=3)


def test_a_text_is_encoded_in_the_alphabet_of_the_base(tmp_path: Path) -> None:
    poems = [Poem(f"春風{c}水。" * 9) for c in map(chr, range(0x4E00, 0x4E40))]
    dataset = build(tmp_path / "s", {"verse": poems}, base=OLD)
    assert dataset.tokenizer.characters.startswith(OLD.characters)
    assert set(dataset.tokenizer.forms) >= set(OLD.forms)
    assert dataset.tokenizer.decode(dataset.verse(0)).startswith("春風")


@pytest.mark.parametrize("stopped_at", [0, 2])
def test_a_run_from_a_model_resumes_bit_for_bit(
    dataset: TokenDataset, tmp_path: Path, stopped_at: int
) -> None:
    rng = np.random.default_rng(1)
    shapes = weight_shapes(len(dataset.tokenizer), E, H)
    weights = {n: 0.1 * rng.normal(size=s) for n, s in shapes.items()}
    Checkpoint(dataset.tokenizer, weights).write(tmp_path / "base")
    settings = TrainConfig(
        embedding=E, hidden=H, batch_size=4, window=30, eval_every=2, eval_poems=3
    )
    plan = RunConfig(
        names=("sample",), name="x", settings=settings, budget=Budget(steps=4), device="cpu",
        base=str(tmp_path / "base"),
    )  # fmt: skip
    whole = begin(plan, dataset, tmp_path / "whole")
    list(follow(whole, plan, whole.steps()))
    cut = begin(plan, dataset, tmp_path / "cut")
    if stopped_at:
        list(follow(cut, plan, cut.steps(lambda: cut.counters.step >= stopped_at)))
    again = resume(plan, dataset, tmp_path / "cut")
    assert again.counters.step == stopped_at
    list(follow(again, plan, again.steps()))
    ours, theirs = (x.state.ema_model.state_dict() for x in (whole, again))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    lines = [(tmp_path / x / "metrics.jsonl").read_text().splitlines() for x in ("whole", "cut")]
    steps = [[json.loads(line)["step"] for line in found] for found in lines]
    assert steps == [[0, 2, 4]] * 2


def test_a_model_that_goes_on_with_its_own_text_has_one_index_of_it(
    dataset: TokenDataset, tmp_path: Path
) -> None:
    shapes = weight_shapes(len(dataset.tokenizer), E, H)
    weights = {n: np.zeros(s) for n, s in shapes.items()}
    info = ModelInfo(text=TextInfo(fingerprint=dataset.fingerprint))
    Checkpoint(dataset.tokenizer, weights, info).write(tmp_path / "base")
    own = NoveltyIndex.from_dataset(dataset)
    assert own
    own.write(tmp_path / "base")
    settings = TrainConfig(embedding=E, hidden=H, batch_size=4, window=30, eval_poems=3)
    plan = RunConfig(
        names=("sample",), name="x", settings=settings, budget=Budget(steps=1), device="cpu",
        base=str(tmp_path / "base"),
    )  # fmt: skip
    trainer = begin(plan, dataset, tmp_path / "run")
    list(follow(trainer, plan, trainer.steps()))
    finish(trainer, plan)
    sizes = [(tmp_path / x / "novelty.safetensors").stat().st_size for x in ("base", "run")]
    assert sizes[0] == sizes[1]
