"""A comparison can be broken off anywhere: what is done is kept, what is missing is made."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from benchmarks import peers
from benchmarks.gpt import GPTSettings, parameters_of
from benchmarks.peers import planned
from benchmarks.runs import Book, Worker, best_of, by_length, work_off
from benchmarks.sides import Job, Part, defaults, measure, to_json, within
from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.model import ModelConfig
from poet.poem import Poem
from poet.runs.config import TrainConfig

SAMPLE = str(Path(__file__).parents[2] / "corpus" / "sample")
FACTS = {"text": "made up", "fingerprint": "1234"}
START = {
    "poet": {"lr": 0.004, "batch_size": 8, "dropout": 0.0, "window": 16},
    "reference": {"lr": 0.001, "batch_size": 8, "dropout": 0.0},
}
JOBS = planned(START, (5.0, 15.0), (1_000,), seeds=(1,))


def run_of(job: Job, loss: float | None) -> dict[str, Any]:
    """What a run would have found."""
    held = {"loss": loss, "perplexity": 2.0, "accuracy": 0.5, "characters": 10, "poems": 1}
    moment = {"step": 3, "characters": 900, "cpu_seconds": 60.0, "wall_seconds": 70.0}
    return {
        **to_json(job), **moment, "parameters": 99, "sample_loss": loss,
        "held_out": held if loss else None, "points": [{**moment, "loss": loss}],
    }  # fmt: skip


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book.open("peers", "made-up", tmp_path, FACTS)


def test_the_longest_runs_come_first_and_the_reference_has_none_of_equal_characters() -> None:
    assert [(job.side, job.minutes, job.reads) for job in JOBS] == [
        ("poet", 15.0, None), ("reference", 15.0, None), ("poet", 5.0, None),
        ("reference", 5.0, None), ("poet", None, 1_000),
    ]  # fmt: skip
    assert all(job.settings == START[job.side] for job in JOBS)


def test_what_was_broken_off_goes_on_with_the_missing_runs(book: Book, tmp_path: Path) -> None:
    book.add(run_of(JOBS[0], 4.0))
    again = Book.open("peers", "made-up", tmp_path, FACTS)
    assert again.missing(JOBS) == JOBS[1:]


def test_the_gpt_has_a_dropout_of_its_own_and_as_many_characters_a_step(
    dataset: TokenDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    for characters, dropouts in (
        (100_000, (0.5, 0.2)),
        (1_000_000, (0.5, 0.2)),
        (9_000_000, (0, 0)),
    ):
        monkeypatch.setitem(dataset.facts["counts"], "characters", characters)
        ours, theirs = defaults("poet", dataset), defaults("gpt", dataset)
        assert (ours["dropout"], theirs["dropout"]) == dropouts
        steps = [one["batch_size"] * one["window"] for one in (ours, theirs)]
        assert steps[0] == steps[1]


def test_sides_can_have_the_size_of_a_model(dataset: TokenDataset) -> None:
    like = TrainConfig(embedding=64, hidden=256, batch_size=64, window=96, lr=0.003)
    ours, theirs = defaults("poet", dataset, like), defaults("gpt", dataset, like)
    assert (ours["hidden"], ours["lr"], theirs["batch_size"]) == (256, 0.003, 48)
    V = len(dataset.tokenizer)
    sizes = ModelConfig(V, 64, 256).parameters, parameters_of(GPTSettings(**theirs), V)
    assert abs(sizes[1] / sizes[0] - 1) < 0.2


def test_of_many_long_poems_some_are_read_of_few_all(dataset: TokenDataset) -> None:
    held = [int(poem) for poem in dataset.poems(held_out=True)]
    assert within(dataset, held, 1_000_000) == held
    some = within(dataset, held, sum(len(dataset.verse(poem)) for poem in held) // 2)
    assert set(some) < set(held)
    assert len(within(dataset, held, 1)) == 1


def test_runs_on_another_text_are_refused(book: Book, tmp_path: Path) -> None:
    book.add(run_of(Job("poet", START["poet"], 5.0), 4.0))
    with pytest.raises(click.ClickException, match="holds runs on another text"):
        Book.open("peers", "made-up", tmp_path, FACTS | {"fingerprint": "5678"})


SMALL = {"poet": {"embedding": 8, "hidden": 8}, "gpt": {"embedding": 64, "layers": 1}}


@pytest.mark.parametrize("side", ["poet", "gpt", "reference"])
@pytest.mark.parametrize("kind", ["poems", "stream"])
def test_every_side_trains_for_its_length_and_is_read(
    side: str, kind: str, dataset: TokenDataset, tmp_path: Path
) -> None:
    if kind == "stream":
        dataset = build(tmp_path / "s", {"long": [Poem("a line of text\n" * 400)]}, stream=True)
    settings = defaults(side, dataset) | SMALL.get(side, {}) | {"batch_size": 4}
    found = measure(Job(side, settings, reads=1_500), dataset, tmp_path)
    assert found["characters"] >= 1_500
    assert found["characters"] == found["points"][-1]["characters"]
    assert 0 < found["held_out"]["loss"] < 7
    assert found["sample_loss"] == min(point["loss"] for point in found["points"])
    held = len(dataset.poems(held_out=True)) if kind == "poems" else 2  # whole windows
    assert found["held_out"]["poems"] == held
    json.dumps(found)


def test_a_part_of_a_text_holds_some_training_poems_and_all_held_out_ones(
    dataset: TokenDataset,
) -> None:
    quarter, half = (Part(dataset.folder, dataset.tokenizer, dataset.facts, n) for n in (4, 2))
    sides = [set(one.poems(held_out=False).tolist()) for one in (quarter, half, dataset)]
    assert sides[0] < sides[1] < sides[2]
    assert (quarter.poems(held_out=True) == dataset.poems(held_out=True)).all()
    assert quarter.token_counts().sum() == sum(len(dataset.verse(poem)) for poem in sides[0])
    assert quarter.token_counts().sum() < half.token_counts().sum() < dataset.token_counts().sum()


def test_of_one_length_the_best_run_counts_whatever_its_settings(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    for lr, loss in ((0.004, 3.0), (0.008, 2.0), (0.016, 4.0), (1.0, None)):
        book.add(run_of(Job("poet", START["poet"] | {"lr": lr}, 15.0), loss))
    (tried,) = by_length(book.runs).values()
    assert best_of(tried)["settings"]["lr"] == 0.008
    assert len(tried) == 3  # what ended without a figure is none of them
    peers.report(book)
    said = capsys.readouterr().out
    assert "15 min, poet" in said
    assert said.count("lr 0.008") == 2  # among the best, and among the tried
    assert said.count("lr 0.016") == 1


def test_settings_are_changed_in_their_own_type() -> None:
    changed = peers.changed(START["poet"], {"lr": 0.01, "batch_size": 16.0})
    assert changed == START["poet"] | {"lr": 0.01, "batch_size": 16}
    assert isinstance(changed["batch_size"], int)


def test_a_picture_is_drawn_from_the_results_alone(book: Book, tmp_path: Path) -> None:
    for job in JOBS:
        book.add(run_of(job, 3.0))
    peers.plot(json.loads(book.path.read_text("utf-8")), tmp_path / "peers.svg")
    drawn = (tmp_path / "peers.svg").read_text("utf-8")
    assert drawn.startswith("<?xml")
    drawn_of = [side for side, (colour, *_) in peers.STYLES.items() if colour in drawn]
    assert drawn_of == ["poet", "reference"]


def test_the_plan_says_what_is_to_be_run_and_runs_nothing(sample: Path, tmp_path: Path) -> None:
    words = ["--text", str(sample), "--plan", "--results", str(tmp_path / "r")]
    done = CliRunner().invoke(peers.main, [*words, "--minutes", "5,15", "--cores", "0,1"])
    assert done.exit_code == 0, done.output
    assert "11 of 11 runs to be made" in done.output
    assert "on 2 cores" in done.output
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sides", "poet,mine"], "there is no side mine"),
        (["--minutes", "5,x"], "numbers separated by commas"),
        (["--minutes", "5,0"], "a run must be longer than 0"),
        (["--set", "lr"], "a name and a number"),
        (["--text", SAMPLE, "--set", "rate=1"], "there is no setting rate; there are embedding"),
        (["--characters", "0"], "a run must be longer than 0"),
        (["draw", "nothing"], "measure first, with --name nothing"),
    ],
)
def test_what_makes_no_sense_is_said(words: list[str], said: str) -> None:
    done = CliRunner().invoke(peers.main, words)
    assert done.exit_code
    assert said in done.output


def test_runs_are_made_one_a_core_and_one_that_fails_stops_no_other(
    book: Book, tmp_path: Path
) -> None:
    """In place of a training run a process that writes the result at once, or fails."""
    jobs = [Job("poet", START["poet"], float(minutes)) for minutes in (1, 2, 3, 4)]
    busy: list[tuple[int | None, subprocess.Popen[bytes]]] = []

    def start(job: Job, core: int | None, dataset: Path, folder: Path) -> Worker:
        assert core not in [other for other, process in busy if process.poll() is None]
        output = folder / f"{job.minutes}.json"
        output.write_text(json.dumps(run_of(job, 4.0)), "utf-8")
        code = f"import time; time.sleep(0.3); raise SystemExit({job.minutes == 2})"
        busy.append((core, subprocess.Popen([sys.executable, "-c", code])))
        return Worker(job, core, output, busy[-1][1])

    assert work_off(book, tmp_path, jobs, [0, 1], start) == [jobs[1]]
    kept = Book.open("peers", "made-up", tmp_path, FACTS)
    assert sorted(run["minutes"] for run in kept.runs) == [1, 3, 4]
    assert {core for core, _ in busy} == {0, 1}
    assert work_off(kept, tmp_path, [jobs[0]], [0], start) == []  # it has been made
    assert len(busy) == 4
