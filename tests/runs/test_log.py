"""The log of a run: what was written is read, what is damaged is left out and said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from poet.checkpoint import FORMAT
from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import HeldOut
from poet.errors import InputError
from poet.render.reports.run_plot import chart
from poet.runs.config import Budget, Counters, RunConfig, TrainConfig
from poet.runs.log import MetricsRow, RunLog, drop_rows_after, read_metrics
from poet.runs.presets import PRESETS, preset_for
from poet.runs.summary import preset_of, summary
from poet.training.run import begin, finish, follow
from poet.training.trainer import Progress

SETTINGS = TrainConfig(
    embedding=4, hidden=6, batch_size=5, window=20, eval_every=9, eval_poems=2, save_every=99
)


def line(step: int, held_out: float | None = None, **changes: Any) -> MetricsRow:
    facts = {
        "characters": 600 * step,
        "seconds": step / 2,
        "loss": 9 / max(1, step),
        "norm": 0.5,
        "lr": 0.1,
    }
    return MetricsRow(
        step=step, held_out=held_out, accuracy=held_out and 0.25, **{**facts, **changes}
    )


def write_lines(folder: Path, *lines: MetricsRow | str) -> Path:
    texts = [text if isinstance(text, str) else text.to_json() + "\n" for text in lines]
    path = folder / "metrics.jsonl"
    path.write_text("".join(texts), "utf-8")
    return path


def plan(folder: Path, settings: TrainConfig = SETTINGS) -> Path:
    """A run folder in which nothing but the plan stands."""
    folder.mkdir(parents=True)
    RunConfig(names=("verse",), name="v", settings=settings, budget=Budget(steps=40)).write(folder)
    return folder


FIGURES = {
    "verse": {"loss": 5.0, "perplexity": 148.4, "accuracy": 0.2, "characters": 99, "poems": 9}
}
SHAPE = {"characters": 6, "embedding": 4, "hidden": 6, "layers": 2}


def card(folder: Path, steps: int, figures: dict[str, Any], clipped: int = 7) -> None:
    facts = {"training": {"steps": steps, "clipped": clipped}, "figures": figures}
    whole = {"format": FORMAT, "shape": SHAPE, "alphabet": {}, **facts}
    (folder / "model.json").write_text(json.dumps(whole), "utf-8")


def test_a_step_is_read_back_as_it_was_written() -> None:
    counters = Counters(step=40, characters=4000, seconds=12.3456)
    for measured in (None, HeldOut(5.5, 0.125, 100, 4)):
        progress = Progress(
            counters=counters, done=0.5, loss=6.25, norm=0.75, lr=0.001, speed=100.0,
            held_out=measured,
        )  # fmt: skip
        text = progress.metrics().to_json()
        kept = MetricsRow.from_json(text)
        assert kept == progress.metrics()
        assert ("held_out" in text) == (measured is not None)
        assert (kept.step, kept.characters, kept.seconds) == (40, 4000, 12.35)
        assert (kept.loss, kept.norm, kept.lr) == (6.25, 0.75, 0.001)
        assert (kept.held_out, kept.accuracy) == ((5.5, 0.125) if measured else (None, None))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1]", '{"step": 1}', line(20).to_json().replace("0.5", "NaN"),
     line(20).to_json().replace("0.5", "1" + 400 * "0"),
     line(20).to_json().replace("0.5", '"half"'), line(20).to_json().replace("0.5", "true")],
)  # fmt: skip
def test_a_damaged_line_is_no_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        MetricsRow.from_json(text)


def test_the_last_line_may_be_cut_short(tmp_path: Path) -> None:
    path = write_lines(tmp_path, line(20), line(40), line(60).to_json()[:30])
    lines, remarks = read_metrics(path)
    assert lines == (line(20), line(40))
    assert remarks == (f"the last line of {path} is cut short and was left out",)


def test_a_last_line_that_only_lacks_its_end_is_read(tmp_path: Path) -> None:
    lines, remarks = read_metrics(write_lines(tmp_path, line(20), line(40).to_json()))
    assert (lines, remarks) == ((line(20), line(40)), ())


def test_damaged_lines_in_the_middle_are_left_out_and_said(tmp_path: Path) -> None:
    path = write_lines(tmp_path, line(20), "\0\0\n", line(40), "{}\n", line(60))
    lines, remarks = read_metrics(path)
    assert lines == (line(20), line(40), line(60))
    assert remarks == (f"{path}: 2 damaged lines were left out (2, 4)",)


def test_where_training_went_back_the_later_lines_hold(tmp_path: Path) -> None:
    again = [line(40, loss=2.0), line(60, loss=1.0)]
    path = write_lines(tmp_path, line(20), line(40), line(60), line(80), *again)
    assert read_metrics(path) == ((line(20), *again), ())


def test_what_is_past_the_step_is_forgotten_and_the_rest_kept_as_it_stands(tmp_path: Path) -> None:
    foreign = line(20).to_json().replace("{", '{"weather": "rain", ') + "\n"
    path = write_lines(tmp_path, foreign, "damaged\n", line(40), line(60), '{"step": 61')
    drop_rows_after(path, 40)
    assert path.read_text("utf-8") == foreign + line(40).to_json() + "\n"


def test_a_run_folder_without_metrics_has_no_lines(tmp_path: Path) -> None:
    log = RunLog.read(plan(tmp_path / "run"))
    assert (log.lines, log.best, log.finished) == ((), None, False)
    facts = summary(log)
    assert (facts["steps"], facts["best"], facts["norm"], facts["clipped"]) == (0, None, None, None)


def test_the_model_kept_is_the_first_of_the_lowest(tmp_path: Path) -> None:
    folder = plan(tmp_path / "run")
    write_lines(folder, line(15, 5.0), line(20), line(30, 4.5), line(45, 4.5), line(60, 4.75))
    found = summary(RunLog.read(folder))
    assert found["best"] == {"step": 30, "held_out": 4.5, "accuracy": 0.25}
    assert found["last"] == {"step": 60, "held_out": 4.75, "accuracy": 0.25}
    assert found["evaluations"] == 4


def test_a_model_on_the_way_does_not_finish_a_run(tmp_path: Path) -> None:
    folder = plan(tmp_path / "run")
    write_lines(folder, line(15, 5.0), line(30, 4.5))
    card(folder, 30, {})
    assert not RunLog.read(folder).finished
    card(folder, 30, FIGURES)
    assert RunLog.read(folder).finished


def test_the_model_of_a_run_before_does_not_finish_the_one_in_its_place(tmp_path: Path) -> None:
    folder = plan(tmp_path / "run")
    write_lines(folder, line(15, 5.0), line(20))
    card(folder, 300, FIGURES)
    assert not RunLog.read(folder).finished


def test_where_nothing_is_held_out_the_only_model_is_the_last(tmp_path: Path) -> None:
    folder = plan(tmp_path / "run")
    write_lines(folder, line(20), line(40))
    card(folder, 47, {})
    assert RunLog.read(folder).finished


def test_a_run_whose_held_out_loss_no_longer_fell_stopped_early(tmp_path: Path) -> None:
    folder = plan(tmp_path / "run", SETTINGS.changed(patience=2))
    card(folder, 45, FIGURES)
    write_lines(folder, line(15, 4.0), line(30, 4.5), line(45, 4.25))
    assert RunLog.read(folder).stopped_early
    write_lines(folder, line(15, 4.5), line(30, 4.25), line(45, 4.5))
    assert not RunLog.read(folder).stopped_early


def test_clipping_is_told_by_the_card_or_else_by_the_logged_steps(tmp_path: Path) -> None:
    folder = plan(tmp_path / "run", SETTINGS.changed(clip=0.75))
    write_lines(folder, line(20, norm=3.0), line(40, norm=0.75), line(60, norm=0.25))
    facts = summary(RunLog.read(folder))
    assert facts["clipped"] == {"steps": 1, "of": 3, "all": False}
    assert facts["norm"] == {"median": 0.75, "greatest": 3.0, "greatest_step": 20}
    card(folder, 60, {}, clipped=11)
    assert summary(RunLog.read(folder))["clipped"] == {"steps": 11, "of": 60, "all": True}


def test_a_damaged_card_is_said_and_the_run_is_read(tmp_path: Path) -> None:
    folder = plan(tmp_path / "run")
    (folder / "model.json").write_text("{", "utf-8")
    log = RunLog.read(folder)
    assert log.model is None
    assert "model.json cannot be read" in log.remarks[0]


@pytest.mark.parametrize(
    "facts",
    [{"training": None}, {"figures": []}, {"text": "verse"}, {"settings": 3}, {"parameters": "x"},
     {"training": {"steps": "x"}}, {"training": {"clipped": 3}}, {"text": {"counts": 3}},
     {"text": {"counts": {"kept": None}}}, {"figures": {"verse": {"loss": 5.0}}}],
)  # fmt: skip
def test_a_card_with_damaged_facts_is_said_and_the_run_is_read(
    tmp_path: Path, facts: dict[str, Any]
) -> None:
    folder = plan(tmp_path / "run")
    write_lines(folder, line(20, 5.0))
    whole = {"format": FORMAT, "shape": SHAPE, "alphabet": {}, **facts}
    (folder / "model.json").write_text(json.dumps(whole), "utf-8")
    log = RunLog.read(folder)
    assert (log.model, len(log.remarks)) == (None, 1)
    assert summary(log)["state"] == "unfinished"


@pytest.mark.parametrize(
    ("key", "value"),
    [("budget", {"minutes": "x"}), ("budget", {"minutes": float("inf")}), ("budget", 3),
     ("settings", {"lr": -1}), ("settings", {"hidden": "x"}), ("names", "verse"), ("names", [1]),
     ("command", 3), ("store", None), ("base", [])],
)  # fmt: skip
def test_a_plan_with_a_damaged_value_is_no_run(tmp_path: Path, key: str, value: object) -> None:
    path = plan(tmp_path / "run") / "run.json"
    facts = {**json.loads(path.read_text("utf-8")), key: value}
    del facts["sha256"]
    path.write_text(json.dumps(facts), "utf-8")
    for read in (RunLog.read, RunConfig.read):
        with pytest.raises(InputError, match="is not a run that can be resumed"):
            read(path.parent)


def tuned(folder: Path, *lines: MetricsRow, patience: int = 2) -> Path:
    """A run that went on from a model, whose own figures are the line of step 0."""
    settings = SETTINGS.changed(patience=patience)
    asked = RunConfig(
        names=("verse",), name="v", settings=settings, budget=Budget(steps=40), base="models/tang"
    )
    folder.mkdir(parents=True)
    asked.write(folder)
    write_lines(folder, line(0, 4.25, characters=0, loss=4.25, norm=0.0, lr=0.0), *lines)
    return folder


def test_a_tuned_run_whose_model_is_still_its_base_is_unfinished(tmp_path: Path) -> None:
    folder = tuned(tmp_path / "run")
    card(folder, 0, {})
    for _ in range(2):
        facts = summary(RunLog.read(folder))
        assert (facts["state"], facts["from"], facts["steps"]) == ("unfinished", "models/tang", 0)
        (folder / "metrics.jsonl").unlink(missing_ok=True)  # the model was written before it


def test_where_nothing_beat_the_base_it_is_what_was_kept(tmp_path: Path) -> None:
    folder = tuned(tmp_path / "run", line(15, 4.5, norm=3.0), line(30, 4.75, norm=0.75))
    card(folder, 30, FIGURES)
    facts = summary(RunLog.read(folder))
    assert facts["best"] == {"step": 0, "held_out": 4.25, "accuracy": 0.25}
    assert (facts["state"], facts["stopped_early"], facts["steps"]) == ("finished", True, 30)
    assert facts["norm"] == {"median": 1.875, "greatest": 3.0, "greatest_step": 15}
    (curve,) = chart([RunLog.read(folder)], x="steps").curves
    assert curve.best == (0, 4.25)
    assert [x for x, _ in curve.line] == [15, 30]
    (folder / "model.json").unlink()
    assert summary(RunLog.read(folder))["clipped"] == {"steps": 1, "of": 2, "all": False}


def test_a_tuned_run_that_beat_its_base_keeps_the_better(tmp_path: Path) -> None:
    folder = tuned(tmp_path / "run", line(15, 4.0), line(30, 4.75))
    card(folder, 30, FIGURES)
    facts = summary(RunLog.read(folder))
    assert facts["best"]["step"] == 15
    assert (facts["state"], facts["stopped_early"]) == ("finished", False)


def test_a_plan_that_was_changed_is_no_run_until_its_digest_is_taken_out(tmp_path: Path) -> None:
    path = plan(tmp_path / "run") / "run.json"
    path.write_text(path.read_text("utf-8").replace('"steps": 40', '"steps": 50'), "utf-8")
    with pytest.raises(InputError, match="it is not as it was written, by its digest") as error:
        RunConfig.read(path.parent)
    assert error.value.hint.endswith("take sha256 out of it")
    facts = json.loads(path.read_text("utf-8"))
    del facts["sha256"]
    path.write_text(json.dumps(facts), "utf-8")
    assert RunConfig.read(path.parent).budget.steps == 50


@pytest.mark.parametrize("text", ["", "{", "[]", '{"names": []}', '{"settings": 3}'])
def test_a_damaged_plan_is_no_run(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text, "utf-8")
    for read in (RunLog.read, RunConfig.read):
        with pytest.raises(InputError, match="is not a run that can be resumed"):
            read(tmp_path)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize(
    ("amount", "characters"), [("little", 1000), ("some", 10**6), ("much", 10**7)]
)
def test_the_preset_is_found_again_and_what_was_changed(
    name: str, amount: str, characters: int
) -> None:
    settings = preset_for(name, characters)
    assert preset_of(settings) == (name, amount, {})
    changed = settings.changed(seed=settings.seed + 1, clip=0.125)
    assert preset_of(changed)[2] == {
        "clip": [0.125, settings.clip],
        "seed": [settings.seed + 1, settings.seed],
    }


def test_sizes_of_no_preset_are_told_beside_the_defaults() -> None:
    name, amount, changed = preset_of(TrainConfig(hidden=77))
    assert (name, amount, changed) == ("", "", {"hidden": [77, TrainConfig().hidden]})


def test_a_real_run_tells_of_itself(dataset: TokenDataset, tmp_path: Path) -> None:
    asked = RunConfig(names=("sample",), name="real", settings=SETTINGS, budget=Budget(steps=22))
    trainer = begin(asked, dataset, tmp_path / "real")
    steps = []
    for progress in follow(trainer, asked, trainer.steps()):
        steps.append(progress)
        if progress.counters.step == 20:
            facts = summary(RunLog.read(tmp_path / "real"))
            assert (facts["state"], facts["resumable"]) == ("training", True)
    figures = finish(trainer, asked)
    log = RunLog.read(tmp_path / "real")
    assert [entry.step for entry in log.lines] == [9, 18, 20, 22]
    facts = summary(log)
    measured = {p.counters.step: p.held_out.loss for p in steps if p.held_out}
    assert list(measured) == [9, 18, 22]
    assert facts["best"]["step"] == min(measured, key=lambda step: measured[step])
    assert facts["best"]["held_out"] == min(measured.values())
    assert (facts["state"], facts["resumable"], facts["steps"]) == ("finished", False, 22)
    assert facts["characters"] == 22 * 5 * 20
    assert facts["clipped"] == {"steps": sum(p.norm > 1 for p in steps), "of": 22, "all": True}
    assert facts["figures"] == figures
    assert json.loads(json.dumps(facts)) == facts
