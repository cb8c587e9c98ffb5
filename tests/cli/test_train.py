"""poet train: a run from a file to a model that writes, and refusals that say what to type."""

from __future__ import annotations

import io
import json
import os
import random
import re
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from poet import paths
from poet.api import load as open_poet
from poet.checkpoint import Checkpoint
from poet.cli.progress import Lines
from poet.cli.signals import stop_on_signals
from poet.novelty.index import NoveltyIndex
from poet.objects import to_json
from poet.runs.folders import run_lock
from poet.training.loss import LossModule

GOLDEN = Path(__file__).parents[1] / "golden"
Poet = Callable[..., tuple[int, str, str]]


@pytest.fixture
def train(poet: Poet, sample: Path, tmp_path: Path) -> Poet:
    """`poet train` on the quatrains that ship, in a small way, with more arguments."""
    small = ("--preset", "tiny", "--window", 30, "--batch-size", 6, "--threads", 1)
    text = sample / "quatrains.txt"
    return lambda *more: poet("train", text, *small, "--runs", tmp_path / "runs", *more)


@pytest.fixture
def resume(poet: Poet, tmp_path: Path) -> Poet:
    return lambda *more: poet("train", "--runs", tmp_path / "runs", *more)


def the_run(folder: Path) -> Path:
    (run,) = (folder / "runs").iterdir()
    return run


def test_a_run_leaves_a_model_that_writes(train: Poet, tmp_path: Path) -> None:
    code, out, err = train("--steps", 4, "--sample-every", 2)
    run = the_run(tmp_path)
    assert (code, out) == (0, "")
    assert err.splitlines()[-1] == f"done. write with: poet write -m {run}"
    assert sorted(path.name for path in run.iterdir()) == [
        ".lock", "README.md", "metrics.jsonl", "model.json", "model.safetensors",
        "novelty.safetensors", "run.json", "state.safetensors",
    ]  # fmt: skip
    assert "quatrains" in run.name
    assert open_poet(run).write("明月", seed=1).poem.text.startswith("明月")


def test_where_memory_is_short_half_the_lanes_are_tried(
    train: Poet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = LossModule.forward

    def in_little_memory(module: LossModule, inputs: torch.Tensor, *rest: Any) -> Any:
        if len(inputs) > 2:
            raise torch.OutOfMemoryError
        return forward(module, inputs, *rest)

    monkeypatch.setattr(LossModule, "forward", in_little_memory)
    code, _, err = train("--steps", 2)
    assert code == 0
    assert "--batch-size 3\n" in err
    assert "--batch-size 1\n" in err
    assert Checkpoint.describe(the_run(tmp_path))["settings"]["batch_size"] == 1


def test_the_plan_is_told_before_the_start(train: Poet, tmp_path: Path) -> None:
    err = train("--steps", 1)[2]
    assert "text     " in err
    assert "3,248 characters, 116 poems; " in err
    assert "model    2-layer LSTM 128, " in err
    assert "device   cpu, 1 threads, " in err
    assert f"run      {the_run(tmp_path)}     (Ctrl-C saves and stops" in err


def test_a_model_tells_how_it_was_made(train: Poet, sample: Path, tmp_path: Path) -> None:
    train("--steps", 3, "--lr", 0.002)
    facts = Checkpoint.describe(the_run(tmp_path))
    name = str(sample / "quatrains.txt")
    assert facts["command"].startswith(f"poet train {name} --preset tiny")
    assert facts["settings"]["lr"] == 0.002
    assert facts["text"]["name"] == name
    assert facts["training"]["steps"] == 3
    assert facts["figures"][name]["loss"] > 0


def test_a_named_model_is_found_by_its_name(train: Poet, poet: Poet) -> None:
    code, _, err = train("--steps", 2, "--name", "river")
    assert code == 0
    assert err.splitlines()[-1] == "done. write with: poet write -m river"
    code, out, _ = poet("write", "春", "-m", "river", "--seed", 1)
    assert code == 0
    assert out.startswith("春")


@pytest.fixture
def tune(poet: Poet, sample: Path, tmp_path: Path) -> Poet:
    """`poet train --from` a model, in a small way."""
    small = ("--window", 30, "--batch-size", 6, "--threads", 1, "--runs", tmp_path / "runs")
    text = sample / "quatrains.txt"
    return lambda base, *more: poet("train", text, "--from", base, *small, *more)


def test_a_model_goes_on_with_new_text_and_keeps_what_it_knew(
    tune: Poet, tiny: Path, tmp_path: Path
) -> None:
    (more := tmp_path / "more.txt").write_text("雲雨鱗鱗起，驛樓颯颯寒。\n\n" * 3 + "鱗鱗" * 999)
    code, _, err = tune(tiny, more, "--steps", 3, "--sample-every", 1)
    assert code == 0
    assert "\nfrom     tiny, " in err
    assert "\nbefore   held out " in err
    run = the_run(tmp_path)
    old, new = Checkpoint.read(tiny), Checkpoint.read(run)
    assert new.tokenizer.characters.startswith(old.tokenizer.characters)
    assert "鱗" in new.tokenizer.characters
    assert (new.embedding, new.hidden) == (old.embedding, old.hidden)
    assert new.info.base
    assert new.info.base["name"] == "tiny"
    assert (
        "It continues from the model tiny, which had read sample" in (run / "README.md").read_text()
    )
    assert open_poet(run).write("鱗", seed=1).poem.text.startswith("鱗")


def test_fine_tuning_that_gains_nothing_leaves_the_model_as_it_was(
    tune: Poet, tiny: Path, tmp_path: Path
) -> None:
    code, _, err = tune(tiny, "--steps", 2, "--sample-every", 1, "--lr", 9)
    assert code == 0
    assert "the base model is kept\n" in err
    run = the_run(tmp_path)
    old, new = Checkpoint.read(tiny).weights, Checkpoint.read(run).weights
    for name in old:
        assert (old[name] == new[name][: len(old[name])]).all(), name
    assert "The weights are those of step 0" in (run / "README.md").read_text()
    first = json.loads((run / "metrics.jsonl").read_text().splitlines()[0])
    assert first["step"] == 0


def test_lines_that_the_model_had_read_before_stay_known(
    tune: Poet, train: Poet, tmp_path: Path
) -> None:
    train("--steps", 1, "--name", "river")
    (more := tmp_path / "more.txt").write_text("雲雨鱗鱗起，驛樓颯颯寒。\n\n" * 3 + "鱗鱗" * 1999)
    before = NoveltyIndex.read(paths.models() / "river")
    assert before
    assert not before.contains_line("驛樓颯颯寒")
    assert tune("river", more, "--steps", 1, "--name", "rain")[0] == 0
    index = NoveltyIndex.read(paths.models() / "rain")
    assert index
    assert len(index.earlier) == 1
    probe = np.arange(2_000, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    assert (index.contains(probe) >= before.contains(probe)).all()
    assert index.ngrams.count != before.ngrams.count


def test_a_base_without_an_index_leaves_none(tune: Poet, tiny: Path, tmp_path: Path) -> None:
    assert tune(tiny, "--steps", 1)[0] == 0
    assert NoveltyIndex.read(the_run(tmp_path)) is None
    assert "has no index of what it had read" in (the_run(tmp_path) / "README.md").read_text()


def test_a_model_that_goes_on_from_another_has_its_sizes(tune: Poet, tiny: Path) -> None:
    code, _, err = tune(tiny, "--preset", "base", "--steps", 1)
    assert code == 2
    assert "--preset" in err


def test_a_model_to_go_on_from_that_is_not_there_is_met_with_the_nearest(tune: Poet) -> None:
    code, _, err = tune("tong", "--steps", 1)
    assert code == 3
    assert "there is no model called tong" in err
    assert "did you mean tang?" in err


def test_a_name_that_is_taken_is_not_written_over(train: Poet, tiny: Path) -> None:
    Checkpoint.read(tiny).write(paths.models() / "river")
    code, _, err = train("--steps", 1, "--name", "river")
    assert code == 2
    assert "river" in err
    assert "--overwrite" in err
    assert train("--steps", 1, "--name", "river", "--overwrite")[0] == 0
    assert Checkpoint.describe(paths.models() / "river")["training"]["steps"] == 1


def test_a_dry_run_writes_no_run(train: Poet, tmp_path: Path) -> None:
    code, out, err = train("--dry-run", "--name", "river")
    assert (code, out) == (0, "")
    assert "(dry run: nothing is written)" in err
    assert not (tmp_path / "runs").exists()
    assert not paths.models().exists()


def test_the_loss_is_told_a_line_an_evaluation(train: Poet) -> None:
    err = train("--steps", 4, "--sample-every", 2, "--progress", "lines")[2]
    lines = [line for line in err.splitlines() if line.startswith("step=")]
    assert [line.split()[0] for line in lines] == ["step=2", "step=4"]
    assert all("held_out=" in line and "sample=" in line for line in lines)


@pytest.mark.parametrize(("width", "most"), [(28, 1), (80, 4), (200, 7)])
def test_the_row_of_the_bar_is_no_wider_than_the_terminal_and_nothing_of_it_is_cut(
    train: Poet, monkeypatch: pytest.MonkeyPatch, width: int, most: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    _, _, err = train("--steps", 4, "--progress", "bar")
    rows = [row.rstrip() for row in re.split("[\r\n]+", err) if "% |" in row and "100 %" in row]
    parts = rows[-1].rpartition("| ")[2].split("  ")
    known = r"step 4|[\d.]+k chars/s|loss \d\.\d\d|held out \d\.\d{3}|accuracy \d+ %"
    known += r"|\d+:\d\d elapsed|\d+:\d\d left|100 %.*"
    assert len(rows[-1]) <= width
    assert all(re.fullmatch(known, part) for part in parts), parts
    assert 1 <= len(parts) <= most


def test_json_progress_is_json_alone(train: Poet) -> None:
    code, out, err = train("--steps", 2, "--progress", "json")
    assert (code, out) == (0, "")
    assert [json.loads(line)["step"] for line in err.splitlines() if '"step"' in line] == [2]
    assert all(json.loads(line) for line in err.splitlines())


def test_no_progress_is_silence(train: Poet) -> None:
    assert train("--steps", 1, "--progress", "none") == (0, "", "")


def test_stdin_is_a_text_too(
    poet: Poet, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (sample / "english.txt").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    small = ("--preset", "tiny", "--batch-size", 6, "--window", 30, "--steps", 1, "--threads", 1)
    code, _, err = poet("train", "-", *small, "--runs", tmp_path / "runs")
    assert code == 0
    assert "text     -  10,0" in err


def test_too_little_text_says_how_much(poet: Poet, tmp_path: Path) -> None:
    (tmp_path / "haiku.txt").write_text("古池や\n蛙飛びこむ\n水の音\n", "utf-8")
    code, out, err = poet("train", tmp_path / "haiku.txt", "--runs", tmp_path / "runs")
    assert (code, out) == (3, "")
    assert "characters of text, too few to learn from\n      give at least 2000;" in err
    assert not (tmp_path / "runs").exists()


def test_a_text_that_is_not_there_names_one_like_it(poet: Poet, tmp_path: Path) -> None:
    (tmp_path / "verses.txt").write_text("月", "utf-8")
    code, _, err = poet("train", tmp_path / "verse.txt")
    assert code == 3
    assert f"did you mean {tmp_path / 'verses.txt'}?" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--minutes", 1, "--steps", 5),
         "--minutes and --steps"),
        (("--batch-size", 0), "batch_size is 0\n      batch_size must be at least 1"),
        (("--dropout", 1), "dropout is 1.0\n"),
        (("--seed", -2), "seed is -2\n"),
        (("--device", "gpu"), "there is no device 'gpu'\n"),
        (("--layout", "sonnets"), "there is no layout called 'sonnets'"),
        (("--resume", "x"), "the text cannot be changed on resume"),
        (("--steps", 0), "'--steps'"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(
    train: Poet, tmp_path: Path, arguments: tuple[object, ...], message: str
) -> None:
    code, out, err = train(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert not (tmp_path / "runs").exists()


def test_a_run_that_is_not_there_is_not_resumed(resume: Poet, tmp_path: Path) -> None:
    code, _, err = resume("--resume", tmp_path / "nowhere")
    assert code == 3
    assert err.startswith(f"poet: there is no run {tmp_path / 'nowhere'}\n")
    code, _, err = resume("--resume")
    assert code == 3
    assert (
        err
        == f"poet: there is no run in {tmp_path / 'runs'} to resume\n      start one: poet train\n"
    )


def test_a_folder_that_is_no_run_is_not_resumed(resume: Poet, tmp_path: Path) -> None:
    code, _, err = resume("--resume", tmp_path)
    assert code == 3
    assert f"poet: {tmp_path} is not a run that can be resumed" in err


def test_a_resumed_run_keeps_its_budget(train: Poet, resume: Poet) -> None:
    train("--steps", 1)
    code, _, err = resume("--resume", "--steps", 9)
    assert code == 2
    assert "--steps cannot be changed on resume" in err


def test_a_finished_run_resumed_is_the_same_model(
    train: Poet, resume: Poet, tmp_path: Path
) -> None:
    train("--steps", 3)
    model = the_run(tmp_path) / "model.safetensors"
    before = model.read_bytes()
    code, _, err = resume("--resume", model.parent)
    assert code == 0
    assert "resuming from step 3" in err
    assert model.read_bytes() == before


def test_a_run_that_learns_nothing_has_a_model_and_figures_too(
    train: Poet, poet: Poet, tmp_path: Path
) -> None:
    code, _, err = train("--steps", 12, "--lr", 100_000, "--clip", 1e9, "--progress", "none")
    assert code in (0, 1, 5), err
    assert "Traceback" not in err
    code, _, err = poet("runs", "show", "--runs", tmp_path / "runs")
    assert code == 0, err


def test_the_last_run_that_has_not_ended_is_resumed(
    train: Poet, resume: Poet, tmp_path: Path
) -> None:
    train("--steps", 3)
    ended = the_run(tmp_path)
    code, _, err = resume("--resume")
    assert code == 3
    assert "every run in" in err
    assert f"poet write -m {ended} writes with the last" in err
    half = tmp_path / "runs" / "2026-01-01-half-run"
    shutil.copytree(GOLDEN / "half-run", half)
    os.utime(half / "run.json", (1, 1))
    for path in half.iterdir():
        os.utime(path, (1, 1))
    code, _, err = resume("--resume", "--progress", "none")
    assert code == 0, err
    assert not list(half.glob(".poet-*"))
    assert "state.safetensors has no digests, as of an older version" in err


def test_a_run_is_resumed_by_a_part_of_its_name(train: Poet, resume: Poet) -> None:
    train("--steps", 2)
    code, _, err = resume("--resume", "quatrains")
    assert code == 0
    assert "resuming from step 2" in err


def test_a_run_whose_state_is_lost_does_not_begin_again_in_its_folder(
    train: Poet, resume: Poet, tmp_path: Path
) -> None:
    train("--steps", 2, "--sample-every", 1)
    run = the_run(tmp_path)
    (run / "state.safetensors").unlink()
    for lost in (None, "metrics.jsonl"):
        if lost:
            (run / lost).unlink()
        before = (run / "model.safetensors").read_bytes()
        code, _, err = resume("--resume", run)
        assert code == 3
        assert "state.safetensors is missing, though the run had come to step 2" in err
        assert f"its best model is still there: poet write -m {run}" in err
        assert (run / "model.safetensors").read_bytes() == before


def test_a_flipped_bit_in_a_run_is_noticed(train: Poet, resume: Poet, tmp_path: Path) -> None:
    train("--steps", 2)
    run, chance = the_run(tmp_path), random.Random(1)
    for name in ("run.json", "state.safetensors"):
        whole = (run / name).read_bytes()
        for _ in range(8):
            data = bytearray(whole)
            data[chance.randrange(len(whole) - 40)] ^= 1 << chance.randrange(8)
            (run / name).write_bytes(data)
            if name == "run.json" and _values(data) == _values(whole):
                continue  # white space
            code, _, err = resume("--resume", run)
            assert code == 3, err
            assert "Traceback" not in err
        (run / name).write_bytes(whole)


def _values(data: bytes | bytearray) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return None


def test_a_run_that_is_being_trained_is_not_resumed(
    train: Poet, resume: Poet, tmp_path: Path
) -> None:
    train("--steps", 4)
    run = the_run(tmp_path)
    before = {path: path.read_bytes() for path in run.iterdir()}
    with run_lock(run):
        code, _, err = resume("--resume", run)
    assert code == 3
    assert err.endswith(
        f"poet: {run} is being trained by another process\n"
        "      stop that one first, or let it finish\n"
    )
    assert {path: path.read_bytes() for path in run.iterdir()} == before


def test_a_named_run_stopped_and_resumed_is_found_by_its_name(
    train: Poet, resume: Poet, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    def stop(reporter: Lines, facts: dict[str, object]) -> None:
        heard.append(str(facts["step"]))
        os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Lines, "line", stop)
        code, _, err = train("--steps", 6, "--sample-every", 2, "--name", "river")
    assert code == 130
    assert heard == ["2"]
    assert "saved step 2. continue with: poet train --resume" in err
    assert not paths.models().exists()
    code, _, err = resume("--resume")
    assert code == 0
    assert "resuming from step 2" in err
    assert err.splitlines()[-1] == "done. write with: poet write -m river"
    assert Checkpoint.describe(paths.models() / "river")["training"]["steps"] == 6


def test_a_second_ctrl_c_leaves_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    with stop_on_signals(Lines().say) as stop:
        assert not stop()
        signal.raise_signal(signal.SIGINT)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before
    assert capsys.readouterr().err.startswith("stopping after this step, saving…")


def test_a_model_from_a_diverged_run_is_not_kept(train: Poet, tmp_path: Path) -> None:
    code, _, err = train("--steps", 50, "--lr", 1e30)
    assert code == 5
    assert "poet: the loss was not finite 3 times" in err
    assert (the_run(tmp_path) / "state.safetensors").exists()
    assert not (the_run(tmp_path) / "model.safetensors").exists()


@pytest.mark.parametrize("name", ["a/b", ".hidden", "..", "月" * 40])
def test_what_cannot_be_a_name_is_refused_before_anything_is_read(train: Poet, name: str) -> None:
    code, _, err = train("--name", name, "--steps", 1)
    assert code == 2
    assert "cannot be the name of a model" in err


def test_a_run_that_could_not_begin_leaves_no_folder(train: Poet, tmp_path: Path) -> None:
    code, _, err = train("--batch-size", 900)
    assert code == 3
    assert "too short for a batch of 900 rows of 30" in err
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_resumed_run_takes_as_many_threads_as_it_began_with(train: Poet, tmp_path: Path) -> None:
    train("--steps", 1)
    assert json.loads((the_run(tmp_path) / "run.json").read_text("utf-8"))["threads"] == 1


def test_a_run_from_a_pipe_whose_text_is_gone_says_so(
    train: Poet, resume: Poet, tmp_path: Path
) -> None:
    train("--steps", 1)
    plan = the_run(tmp_path) / "run.json"
    facts = json.loads(plan.read_text("utf-8")) | {"store": str(tmp_path / "stdin-gone")}
    plan.write_text(to_json(facts), "utf-8")
    code, _, err = resume("--resume", plan.parent)
    assert code == 3
    assert "came through a pipe and is no longer kept" in err
