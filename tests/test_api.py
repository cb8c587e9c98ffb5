"""`import poet` is enough to write, to score and to train."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import poet
from poet import paths
from poet.errors import InputError, PoetError, TrainingStopped, UsageError


def test_every_name_of_the_library_is_there() -> None:
    for name in poet.__all__:
        assert getattr(poet, name).__doc__, name
    assert set(poet.__all__) == set(poet._MODULES)
    assert {"load", "train", "compose"} <= set(dir(poet))
    assert poet.open is poet.load  # as it was called before
    with pytest.raises(AttributeError, match="module 'poet' has no attribute 'haiku'"):
        poet.haiku  # noqa: B018  # that it is looked up is the test


def test_importing_the_library_waits_for_neither_torch_nor_numpy() -> None:
    code = "import sys, poet; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    root = Path(poet.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_errors_are_one_family_with_codes() -> None:
    codes = {e: e.exit_code for e in (PoetError, UsageError, InputError, TrainingStopped)}
    assert list(codes.values()) == [1, 2, 3, 5]
    assert all(issubclass(error, PoetError) for error in codes)
    assert str(InputError("what happened", "what to do")) == "what happened"


def test_a_poet_opened_writes_and_scores(tiny: Path) -> None:
    tang = poet.load(tiny)
    poem = tang.write("明月", form="五絕", seed=1).poem
    assert poem.text.startswith("明月")
    assert tang.write("明月", form="五絕", seed=1).poem == poem
    assert tang.score(poem.text).nats_per_character > 0
    assert poet.load(str(tiny)).write("明月", form="五絕", seed=1).poem == poem


def test_a_model_is_found_by_name(tiny: Path) -> None:
    poet.Checkpoint.read(tiny).write(paths.models() / "river")
    assert poet.load("river").tokenizer == poet.load(tiny).tokenizer
    with pytest.raises(InputError, match="there is no model called revir") as error:
        poet.load("revir")
    assert error.value.hint.startswith("did you mean river? ")


def test_a_poem_shows_itself_in_a_notebook() -> None:
    html = poet.Poem("夜雨<歸舟靜，燈寒客夢輕。", title="夜雨")._repr_html_()
    assert html.startswith('<div class="poem" lang="zh"')
    assert "夜雨&lt;歸舟靜，" in html
    assert "vertical-rl" in html


def test_training_is_a_generator_of_progress_and_leaves_a_model(
    sample: Path, tmp_path: Path
) -> None:
    progress = list(
        poet.train(
            sample / "quatrains.txt", folder=tmp_path / "mine", preset="tiny", steps=6,
            device="cpu", hidden=16, embedding=8, batch_size=5, window=30, eval_every=3,
        )
    )  # fmt: skip
    assert [p.counters.step for p in progress] == [1, 2, 3, 4, 5, 6]
    assert [p.held_out is not None for p in progress] == [False, False, True] * 2
    assert progress[-1].done == 1
    writer = poet.load(tmp_path / "mine")
    assert writer.checkpoint.hidden == 16
    assert writer.write("春", seed=1).poem.text.startswith("春")


def test_training_keeps_the_model_of_the_lowest_held_out_loss(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from poet.dataset.held_out import HeldOut
    from poet.training.evaluate import HeldOutEvaluator

    losses = iter([5.0, 6.0, 7.0])
    figures = lambda evaluator, model, stop: HeldOut(next(losses), 0.1, 9, 2)  # noqa: E731
    monkeypatch.setattr(HeldOutEvaluator, "__call__", figures)
    settings: dict[str, Any] = {
        "hidden": 16,
        "embedding": 8,
        "batch_size": 5,
        "window": 30,
        "eval_every": 2,
    }
    text, model = sample / "quatrains.txt", tmp_path / "model.safetensors"
    models = []
    for progress in poet.train(text, folder=tmp_path, preset="tiny", steps=6, **settings):
        models += [model.read_bytes()] if progress.held_out else []
    assert model.read_bytes() == models[0]
    assert models[0] == models[2]


def test_settings_out_of_range_are_refused(sample: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"dropout is 2"):
        next(poet.train(sample, folder=tmp_path, steps=1, dropout=2))


def test_a_run_of_the_library_can_be_gone_on_with(
    tmp_path: Path, sample: Path, request: pytest.FixtureRequest
) -> None:
    text, folder = sample / "quatrains.txt", tmp_path / "mine"
    steps = poet.train(text, folder=folder, preset="tiny", steps=4, batch_size=6, window=30)
    next(steps)
    del steps
    code, _, err = request.getfixturevalue("poet")("train", "--resume", folder)
    assert code == 0
    assert f"poet write -m {folder}" in err


def test_sampling_settings_are_given_by_name() -> None:
    tang = poet.load("tang")
    cold = tang.write("明月", temperature=0.2, top_p=0.9, seed=1)
    usual = poet.Sampling.default()
    named = poet.Sampling(temperature=0.2, top_p=0.9, min_p=usual.min_p)
    same = tang.write("明月", sampling=named, seed=1)
    assert str(cold) == str(same)
    with pytest.raises(poet.UsageError, match="temperature stands in the sampling too"):
        tang.write("明月", temperature=0.2, sampling=poet.Sampling())
    with pytest.raises(poet.UsageError, match="best_of has no effect without a form"):
        tang.write("明月", best_of=2)


def test_a_poem_that_was_written_prints_as_its_lines() -> None:
    written = poet.load("tang").write("明月", form="五絕", seed=1, best_of=1)
    assert "Generation(" in repr(written)
    assert str(written).split("\n") == list(written.poem.lines)
    assert "明月" in written._repr_html_()
    assert str(poet.write("明月", form="五絕", seed=1, best_of=1)).startswith("明月")


def test_the_package_lists_what_it_offers_and_nothing_else() -> None:
    assert dir(poet) == sorted(poet.__all__)


def test_a_text_in_simplified_characters_is_scored_as_the_model_reads_it() -> None:
    tang = poet.load("tang")
    assert tang.score("云归山路远。") == tang.score("雲歸山路遠。")
