"""A comparison can be broken off anywhere: what is done is kept, what is missing is made."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from benchmarks import peers
from benchmarks.pictures import COLOURS, draw_peers
from benchmarks.runs import Book, Worker, work_off
from benchmarks.search import Plan, best_of, by_length, neighbour
from benchmarks.sides import Job, Part, defaults, measure, to_json
from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.poem import Poem

SAMPLE = str(Path(__file__).parents[2] / "corpus" / "sample")
FACTS = {"text": "made up", "fingerprint": "1234"}
START = {
    "poet": {"lr": 0.004, "batch_size": 8, "dropout": 0.0, "window": 16},
    "reference": {"lr": 0.001, "batch_size": 8, "dropout": 0.0},
}
PLAN = Plan(START, (5.0, 15.0), (1_000,), trials=3, trial_minutes=5.0, seeds=(1,))


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


def loss_of(job: Job) -> float:
    """The less, the closer the rate is to 0.008 (poet) or 0.001 (the reference)."""
    return abs(float(job.settings["lr"]) - (0.008 if job.side == "poet" else 0.001)) + 1


def test_a_plan_broken_off_after_any_run_makes_the_same_runs_in_the_end(tmp_path: Path) -> None:
    """Each round opens the book anew, as a second call does, and makes one run."""
    made = []
    while jobs := PLAN.coming(book := Book.open("peers", "made-up", tmp_path, FACTS), []):
        made.append(jobs[0])
        book.add(run_of(jobs[0], loss_of(jobs[0])))
    assert len(made) == len({str(job) for job in made}) == 3 + 3 + 2 + 1
    assert PLAN.settings("poet", book)["lr"] == 0.008
    assert PLAN.settings("reference", book) == START["reference"]
    long = [str(job) for job in made if job.minutes != 5]
    assert sorted(long) == [
        "poet, 1,000 characters, lr 0.008, 8 x 16, dropout 0",
        "poet, 15 min, lr 0.008, 8 x 16, dropout 0",
        "reference, 15 min, lr 0.001, 8 x 125, dropout 0",
    ]


def test_a_side_makes_one_trial_at_a_time_and_no_long_run_before_the_last(book: Book) -> None:
    first, other = PLAN.coming(book, [])
    assert {first.side, other.side} == {"poet", "reference"}
    assert PLAN.coming(book, [first]) == [other]
    book.add(run_of(first, 3.0))
    second = next(job for job in PLAN.coming(book, [other]) if job.side == first.side)
    assert second.settings == first.settings | {"lr": 2 * first.settings["lr"]}


def test_a_trial_that_came_to_nothing_is_never_the_best(book: Book) -> None:
    for loss in (4.0, None, 5.0):
        (job,) = (job for job in PLAN.coming(book, []) if job.side == "poet")
        book.add(run_of(job, loss))
    assert PLAN.settings("poet", book) == START["poet"]


def test_without_a_search_the_defaults_run(book: Book) -> None:
    plan = replace(PLAN, trials=0)
    assert {(job.side, job.minutes, job.reads) for job in plan.coming(book, [])} == {
        ("poet", 5.0, None), ("poet", 15.0, None), ("poet", None, 1_000),
        ("reference", 5.0, None), ("reference", 15.0, None),
    }  # fmt: skip
    assert all(job.settings == START[job.side] for job in plan.coming(book, []))


def test_a_neighbour_is_new_until_there_is_none() -> None:
    tried = [start := START["reference"]]
    while new := neighbour(start, tried):
        assert new not in tried
        tried.append(new)
    values = {(one["lr"], one["batch_size"], one["dropout"]) for one in tried}
    assert values == {(0.001, 8, 0), (0.002, 8, 0), (0.0005, 8, 0), (0.001, 4, 0),
                      (0.001, 8, 0.1), (0.001, 16, 0)}  # fmt: skip


@pytest.mark.parametrize("side", ["poet", "gpt", "reference"])
def test_a_search_goes_both_ways_in_dropout_for_each_side_alike(
    side: str, dataset: TokenDataset
) -> None:
    best = defaults(side, dataset) | {"dropout": 0.3}
    tried = [best]
    while new := neighbour(best, tried):
        tried.append(new)
    assert {one["dropout"] for one in tried} == {0.2, 0.3, 0.5}
    assert len(tried) > 6


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
    for lr in (0.004, 0.008, 0.016):
        job = Job("poet", START["poet"] | {"lr": lr}, 15.0)
        book.add(run_of(job, loss_of(job)))
    failed = Job("poet", START["poet"] | {"lr": 1.0}, 15.0)
    book.add(run_of(failed, None))
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
    while jobs := PLAN.coming(book, []):
        book.add(run_of(jobs[0], loss_of(jobs[0])))
    figures = json.loads(book.path.read_text("utf-8"))
    draw_peers(figures, tmp_path / "peers.svg")
    drawn = (tmp_path / "peers.svg").read_text("utf-8")
    assert drawn.startswith("<?xml")
    drawn_of = [side for side, colour in COLOURS.items() if colour in drawn]
    assert drawn_of == ["poet", "reference"]


def test_the_plan_says_what_is_to_be_run_and_runs_nothing(sample: Path, tmp_path: Path) -> None:
    words = ["--text", str(sample), "--search", "--plan", "--results", str(tmp_path / "r")]
    done = CliRunner().invoke(peers.main, [*words, "--minutes", "5,15", "--cores", "0,1"])
    assert done.exit_code == 0, done.output
    assert "core hours, evaluations included; on 2 cores" in done.output
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sides", "poet,mine"], "there is no side mine"),
        (["--minutes", "5,x"], "numbers with commas between"),
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
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In place of a training run a process that writes the result at once, or fails."""
    jobs = [Job("poet", START["poet"], float(minutes)) for minutes in (1, 2, 3, 4)]
    at_once: list[int] = []

    def start(job: Job, core: int | None, dataset: Path, folder: Path) -> Worker:
        output = folder / f"{job.minutes}.json"
        output.write_text(json.dumps(run_of(job, 4.0)), "utf-8")
        code = f"import time; time.sleep(0.3); raise SystemExit({job.minutes == 2})"
        return Worker(job, core, output, subprocess.Popen([sys.executable, "-c", code]))

    def coming(busy: Sequence[Job]) -> list[Job]:
        at_once.append(len([job for job in busy if job.minutes != 2]))
        return [job for job in jobs if job not in busy and not book.find(job)]

    monkeypatch.setattr(Worker, "start", start)
    assert work_off(book, tmp_path, coming, [0, 1]) == [jobs[1]]
    kept = Book.open("peers", "made-up", tmp_path, FACTS)
    assert sorted(run["minutes"] for run in kept.runs) == [1, 3, 4]
    assert max(at_once) == 2
