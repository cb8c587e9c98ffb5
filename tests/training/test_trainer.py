"""Training learns, and nothing is ever lost: a resumed run is the uninterrupted one."""

from __future__ import annotations

import itertools
import json
import math
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import poet as package
from poet.checkpoint import Checkpoint
from poet.corpus.read import read
from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import HeldOut
from poet.errors import InputError, TrainingStopped, UsageError
from poet.model import LSTMState, PoetLSTM
from poet.poem import Poem
from poet.runs.config import Budget, Counters, RunConfig, TrainConfig
from poet.training.batches import EpochBatches
from poet.training.device import select_device
from poet.training.evaluate import Evaluator
from poet.training.run import follow
from poet.training.trainer import Trainer, lr_at, new_model

COMPUTE = select_device("cpu")  # bf16 where the processor has it
SETTINGS = TrainConfig(
    embedding=8, hidden=12, batch_size=10, window=150, dropout=0.3, forget=0.2, lr=5e-3,
    warmup=4, eval_every=5, eval_poems=4, save_every=3, average=0.9,
)  # fmt: skip
STEPS = 13  # an epoch has fewer windows
Poet = Callable[..., tuple[int, str, str]]


@pytest.fixture
def trainer(dataset: TokenDataset, tmp_path: Path) -> Callable[..., Trainer]:
    """Makes a trainer in the folder `run`, with the settings that are given."""

    def make(
        budget: Budget | None = None, evaluator: Evaluator | None = None, **changes: Any
    ) -> Trainer:
        (tmp_path / "run").mkdir(exist_ok=True)
        settings = SETTINGS.changed(**changes)
        return made(dataset, settings, budget or Budget(steps=STEPS), tmp_path / "run", evaluator)

    return make


def made(
    dataset: TokenDataset,
    settings: TrainConfig,
    budget: Budget,
    folder: Path,
    evaluator: Evaluator | None = None,
) -> Trainer:
    """The trainer of a new model on the CPU."""
    model = new_model(dataset, settings)
    return Trainer(model, dataset, settings, budget, COMPUTE, folder, evaluator)


def at(trainer: Trainer, step: int) -> Callable[[], bool]:
    """Asks to stop when a step is done."""
    return lambda: trainer.counters.step >= step


def everything(trainer: Trainer) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The tensors and the numbers that make up a run, the clock left out."""
    state = trainer.state
    tensors = {f"model.{k}": v.clone() for k, v in state.model.state_dict().items()}
    tensors |= {f"head.{k}": v.clone() for k, v in state.head.state_dict().items()}
    tensors |= {f"average.{k}": v.clone() for k, v in state.ema_model.state_dict().items()}
    tensors |= {f"lstm.{i}": part for i, part in enumerate(state.lstm)}
    tensors["random"] = torch.get_rng_state()
    numbers = asdict(state.counters)
    return tensors, {k: v for k, v in numbers.items() if not k.endswith("seconds")}


def assert_identical(trainer: Trainer, other: Trainer) -> None:
    (a, numbers), (b, others) = everything(trainer), everything(other)
    assert numbers == others
    for name, tensor in a.items():
        assert torch.equal(tensor, b[name]), name


@pytest.fixture(scope="module")
def uninterrupted(dataset: TokenDataset, tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    folder = tmp_path_factory.mktemp("uninterrupted")
    trainer = made(dataset, SETTINGS, Budget(steps=STEPS), folder)
    *_, last = trainer.steps()
    assert last.counters.step == STEPS
    trainer.resume()  # with the random state of its end
    return trainer


def test_the_loss_falls(trainer: Callable[..., Trainer]) -> None:
    quick = trainer(Budget(steps=40), batch_size=5, window=40, lr=2e-2, dropout=0.0, eval_every=40)
    losses = [progress.loss for progress in quick.steps()]
    assert sum(losses[-5:]) / 5 < losses[0] - 0.3


@pytest.mark.parametrize("weights", [{}, {"rhyme": 0.0}, {"lines": 0.0}])
def test_the_lower_layer_learns_the_auxiliary_targets(
    trainer: Callable[..., Trainer], weights: dict[str, float]
) -> None:
    one = trainer(**weights)
    before = {name: weight.clone() for name, weight in one.state.head.state_dict().items()}
    next(one.steps())
    after = one.state.head.state_dict()
    assert before
    assert all(not torch.equal(after[name], weight) for name, weight in before.items())


def test_without_weight_there_are_no_auxiliary_targets(trainer: Callable[..., Trainer]) -> None:
    one = trainer(rhyme=0.0, lines=0.0)
    assert not one.aux_targets
    assert not one.state.head.state_dict()
    assert next(one.steps()).loss > 0


def test_another_network_and_another_evaluator_can_be_trained(
    dataset: TokenDataset, tmp_path: Path
) -> None:
    class Halved(PoetLSTM):
        """A network whose features are half of the usual ones."""

        def layers(self, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor, LSTMState]:
            lower_out, features, state = super().layers(*args, **kwargs)
            return lower_out, features / 2, state

    evaluated = []

    def evaluator(model: PoetLSTM, stop: Callable[[], bool]) -> None:
        evaluated.append(type(model))

    model = new_model(dataset, SETTINGS, network=Halved)
    trainer = Trainer(model, dataset, SETTINGS, Budget(steps=5), COMPUTE, tmp_path, evaluator)
    assert [progress.held_out for progress in trainer.steps()] == [None] * 5
    assert evaluated == [Halved]


def test_the_run_crosses_from_one_epoch_into_the_next(uninterrupted: Trainer) -> None:
    assert uninterrupted.num_windows < STEPS
    assert uninterrupted.counters.epoch >= 1


@pytest.mark.parametrize("step", [1, 5, 9, 13])
def test_a_run_stopped_and_resumed_is_the_uninterrupted_run(
    uninterrupted: Trainer, trainer: Callable[..., Trainer], step: int
) -> None:
    first = trainer()
    list(first.steps(at(first, step)))
    assert first.counters.step == step
    torch.rand(7)  # whatever happened in between
    second = trainer()
    second.resume()
    list(second.steps())
    second.resume()
    assert_identical(second, uninterrupted)


@pytest.mark.parametrize("step", [2, 7])
def test_a_run_that_was_cut_off_goes_on_from_its_last_checkpoint(
    uninterrupted: Trainer, trainer: Callable[..., Trainer], step: int
) -> None:
    first = trainer()
    for progress in first.steps():
        if progress.counters.step == step:
            break  # as if killed: nothing more is saved
    (first.folder / ".state.safetensors.x.part").write_bytes(b"half")
    second = trainer()
    second.resume()
    assert second.counters.step == step // 3 * 3
    assert not list(second.folder.glob("*.part")) + list(second.folder.glob(".*.part"))
    list(second.steps())
    second.resume()
    assert_identical(second, uninterrupted)


def test_a_best_model_not_yet_written_when_the_run_was_killed_is_written_again(
    trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state never stands beyond what the caller has seen."""
    first = trainer(eval_every=3)
    for progress in first.steps():
        if progress.is_best:
            break  # killed before it could write the model
    second = trainer(eval_every=3)
    second.resume()
    assert any(progress.is_best and progress.counters.step == 3 for progress in second.steps())


def test_progress_tells_of_its_own_step_for_good(uninterrupted: Trainer, trainer: Any) -> None:
    seen = list(trainer().steps())
    assert [progress.counters.step for progress in seen] == list(range(1, STEPS + 1))
    assert [progress.counters.step for progress in seen if progress.held_out] == [5, 10, 13]
    assert [round(progress.done * STEPS) for progress in seen] == list(range(1, STEPS + 1))


def test_metrics_after_the_checkpoint_are_forgotten_when_a_run_goes_on(
    trainer: Callable[..., Trainer],
) -> None:
    plan = RunConfig(names=("sample",), name="run", settings=SETTINGS, budget=Budget(steps=STEPS))
    first = trainer()
    for progress in follow(first, plan, first.steps()):
        if progress.counters.step == 5:
            break  # saved at 3, evaluated at 5
    metrics = first.folder / "metrics.jsonl"
    metrics.write_text(metrics.read_text("utf-8") + '{"step": 6, "lo', "utf-8")
    second = trainer()
    second.resume()
    list(follow(second, plan, second.steps()))
    lines = [json.loads(line) for line in metrics.read_text("utf-8").splitlines()]
    assert [line["step"] for line in lines] == [5, 10, 13]
    assert all(line["held_out"] > 0 for line in lines)
    assert Checkpoint.read(first.folder).info.training["steps"] in (5, 10, 13)


def test_other_text_is_not_resumed(
    trainer: Callable[..., Trainer], sample: Path, tmp_path: Path
) -> None:
    first = trainer()
    list(first.steps(at(first, 1)))
    poems = read([sample / "quatrains.txt"], notify=lambda remark: None).pieces
    texts = {"fewer": itertools.islice(poems, 100)}
    other = build(tmp_path / "other", texts)
    second = made(other, SETTINGS.changed(batch_size=5, window=80), Budget(steps=2), first.folder)
    with pytest.raises(InputError, match="run was trained on other text than this") as error:
        second.resume()
    assert error.value.hint.startswith("resume with the text it started with")


def test_a_damaged_state_is_not_resumed(trainer: Callable[..., Trainer]) -> None:
    first = trainer()
    list(first.steps(at(first, 1)))
    path = first.folder / "state.safetensors"
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(InputError, match=r"state.safetensors cannot be resumed") as error:
        trainer().resume()
    assert error.value.hint.startswith("start again with another --name; the best model so far")


def test_gradients_are_clipped_by_their_norm(trainer: Callable[..., Trainer]) -> None:
    clipping = trainer(Budget(steps=6), clip=0.05)
    for progress in clipping.steps():
        gradients = [p.grad for p in clipping.state.parameters() if p.grad is not None]
        after = float(torch.stack([g.norm() for g in gradients]).norm())
        assert after == pytest.approx(min(progress.norm, 0.05), rel=1e-2)
    assert clipping.counters.clipped == 6
    free = trainer(Budget(steps=6), clip=1e9)
    list(free.steps())
    assert free.counters.clipped == 0


def test_a_loss_that_is_no_number_sends_training_back_at_half_the_rate(
    trainer: Callable[..., Trainer],
) -> None:
    unlucky = trainer()
    steps = []
    for progress in unlucky.steps():
        steps.append(progress.counters.step)
        if steps == [1, 2, 3, 4]:
            with torch.no_grad():
                unlucky.state.model.bias[0] = float("nan")
    assert steps == [1, 2, 3, 4, 4, *range(5, STEPS + 1)]  # back to the checkpoint of step 3
    assert (unlucky.counters.rollbacks, unlucky.counters.lr_scale) == (1, 0.5)
    assert all(p.isfinite().all() for p in unlucky.state.model.parameters())


def test_a_gradient_that_is_no_number_moves_nothing(trainer: Callable[..., Trainer]) -> None:
    one = trainer()
    steps = one.steps()
    next(steps)
    state = one.state
    before = [p.detach().clone() for p in state.parameters()]
    lstm = [part.clone() for part in state.lstm]
    handle = state.model.bias.register_hook(lambda gradient: gradient * float("nan"))
    _, norm, _ = one._train_step(one._epoch_batches())
    handle.remove()
    assert not math.isfinite(norm)
    for now, then in zip([*state.parameters(), *state.lstm], [*before, *lstm], strict=True):
        assert torch.equal(now, then)
    one._train_step(one._epoch_batches())
    assert not torch.equal(before[0], next(iter(state.parameters())))


def test_after_three_rollbacks_training_stops_and_the_checkpoint_is_kept(
    trainer: Callable[..., Trainer],
) -> None:
    with pytest.raises(TrainingStopped, match="the loss was not finite 3 times") as error:
        list(trainer(lr=1e30).steps())
    assert error.value.exit_code == 5
    assert re.match(r"the last good step, 0, is kept in .*; try --lr 2.5e\+29", error.value.hint)
    again = trainer(lr=1e30)
    again.resume()
    assert again.counters.rollbacks == 3
    assert all(p.isfinite().all() for p in again.state.model.parameters())


def test_a_new_run_never_goes_back_to_the_state_of_an_older_one(
    trainer: Callable[..., Trainer],
) -> None:
    list(trainer().steps())
    with pytest.raises(TrainingStopped, match="the loss was not finite 3 times") as error:
        list(trainer(lr=1e30).steps())
    assert error.value.hint.startswith("the last good step, 0,")


def test_training_stops_when_the_held_out_loss_has_risen_for_long(
    trainer: Callable[..., Trainer],
) -> None:
    losses = iter([5.0, 4.0, 4.5, 3.9, 4.1, 4.2, 3.95, 1.0])
    figures = lambda model, stop: HeldOut(next(losses), 0.1, 9, 2)  # noqa: E731
    patient = trainer(Budget(steps=100), figures, eval_every=2, patience=3)
    seen = list(patient.steps())
    assert [p.is_best for p in seen if p.held_out] == [True, True, False, True, False, False, False]
    assert patient.stopped_early
    assert patient.counters.step == 14
    assert patient.counters.best == 3.9


def test_text_too_short_for_its_rows_says_how_much_is_needed(
    trainer: Callable[..., Trainer],
) -> None:
    with pytest.raises(InputError, match="too short for a batch of 300 rows of 64") as error:
        trainer(batch_size=300, window=64)
    assert error.value.hint.startswith("give at least 19,500 characters, or a smaller --batch-size")


def test_text_that_is_too_short_in_some_epochs_is_too_short(
    dataset: TokenDataset, trainer: Callable[..., Trainer]
) -> None:
    """An epoch is shorter when fewer forms and titles are kept."""
    kept = SETTINGS.changed(batch_size=7, keep_form=1.0, keep_title=1.0)
    window = EpochBatches(dataset, kept, 0).size // 7 - 1
    assert EpochBatches(dataset, kept.changed(window=window), 0).num_windows == 1
    with pytest.raises(InputError, match="too short for a batch of 7 rows"):
        trainer(batch_size=7, window=window, keep_form=1.0, keep_title=1.0)


# the schedule


def test_the_rate_rises_in_a_line_and_falls_in_one_to_nothing() -> None:
    settings = TrainConfig(lr=0.01, warmup=10)
    rise = [lr_at(settings, step, 0.0) for step in range(12)]
    assert rise == pytest.approx([0.001 * n for n in range(1, 11)] + [0.01, 0.01])
    fall = [lr_at(settings, 99, done) for done in (0.0, 0.25, 0.5, 1.0, 1.5)]
    assert fall == pytest.approx([0.01, 0.0075, 0.005, 0.0, 0.0])


def test_without_a_rise_the_rate_begins_at_its_height() -> None:
    assert lr_at(TrainConfig(lr=0.01, warmup=0), 0, 0.0) == pytest.approx(0.01)


def test_a_budget_is_spent_in_steps_epochs_or_minutes() -> None:
    counters = Counters(step=30, seconds=45.0)
    assert Budget(steps=40).done(counters, windows=7) == pytest.approx(0.75)
    assert Budget(epochs=2.5).done(counters, windows=20) == pytest.approx(0.6)
    assert Budget(minutes=3).done(counters, windows=7) == pytest.approx(0.25)
    assert Budget(steps=10).done(counters, windows=7) == pytest.approx(3)


def test_a_run_of_epochs_takes_as_many_steps_as_they_have_windows(
    trainer: Callable[..., Trainer],
) -> None:
    half = trainer(Budget(epochs=0.5))
    assert len(list(half.steps())) == math.ceil(half.num_windows / 2)


def test_a_budget_of_minutes_counts_the_time_of_all_sittings(
    trainer: Callable[..., Trainer],
) -> None:
    spent = trainer(Budget(minutes=1))
    spent.counters.seconds = 60.0
    assert list(spent.steps()) == []


# settings


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("batch_size", 0, "batch_size must be at least 1"),
        ("window", -3, "window must be at least 1"),
        ("patience", 0, "patience must be at least 1"),
        ("eval_poems", 0, "eval_poems must be at least 1"),
        ("dropout", 1.0, "dropout must be at least 0 and below 1"),
        ("average", -0.1, "average must be at least 0 and below 1"),
        ("lr", 0.0, "lr must be above 0"),
        ("lr", float("nan"), "lr must be above 0"),
        ("clip", -1.0, "clip must be above 0"),
        ("seed", -1, "seed must be at least 0"),
        ("keep_title", 1.5, "keep_title must be from 0 to 1"),
        ("title", 6, "title must be 0 or a multiple of 4"),
    ],
)
def test_a_setting_out_of_range_names_the_range(name: str, value: float, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        SETTINGS.changed(**{name: value})
    assert error.value.message == f"{name} is {value}"
    assert error.value.hint == hint


def test_settings_come_back_from_json_and_pass_over_what_they_do_not_know() -> None:
    data = json.loads(json.dumps(SETTINGS.to_json())) | {"of_another_version": 1}
    assert TrainConfig.from_json(data) == SETTINGS
    assert SETTINGS.changed(lr=None) == SETTINGS


def test_a_device_that_is_not_there_is_said() -> None:
    with pytest.raises(UsageError, match="there is no device 'gpu'") as error:
        select_device("gpu")
    assert error.value.hint == "the devices are auto cpu cuda mps"
    assert str(select_device("cpu", "fp32")).endswith("fp32 (as requested)")


# processes that are killed

ARGUMENTS = ("train", "--preset", "tiny", "--window", 40, "--steps", 24, "--save-every", 2,
             "--sample-every", 5, "--threads", 1, "--seed", 5, "--progress", "json")  # fmt: skip


def process(*arguments: object) -> subprocess.Popen[str]:
    """`python -m poet`, its stderr in a pipe."""
    root = str(Path(package.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-m", "poet", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )


def evaluations(running: subprocess.Popen[str]) -> Iterator[str]:
    """The lines of stderr that tell of an evaluation, as they come."""
    assert running.stderr is not None
    return (line for line in running.stderr if '"held_out"' in line)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_run_killed_again_and_again_makes_the_same_model(
    poet: Poet, sample: Path, tmp_path: Path
) -> None:
    text = sample / "quatrains.txt"
    assert poet(*ARGUMENTS, text, "--runs", tmp_path / "whole")[0] == 0
    (whole,) = (tmp_path / "whole").iterdir()

    chance = random.Random()
    runs = tmp_path / "killed"
    arguments: tuple[object, ...] = (*ARGUMENTS, text, "--runs", runs)
    for _ in range(3):
        with process(*arguments) as running:
            next(evaluations(running), "")
            time.sleep(chance.uniform(0, 0.06))  # anywhere: in a step, a save, an evaluation
            running.kill()
        (killed,) = runs.iterdir()
        arguments = ("train", "--resume", killed, "--progress", "json")
    code, _, err = poet(*arguments)
    assert code == 0, err
    assert "resuming from step" in err
    for name in ("model.safetensors", "state.safetensors"):
        assert (killed / name).exists()
    assert (killed / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    figures = [Checkpoint.describe(folder)["figures"] for folder in (killed, whole)]
    assert figures[0] == figures[1] != {}
    assert not [path for path in killed.iterdir() if path.name.endswith(".part")]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to a child")
def test_ctrl_c_saves_and_says_how_to_go_on(poet: Poet, sample: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    endless = ("--preset", "tiny", "--window", 40, "--steps", 100_000, "--sample-every", 2)
    arguments = ("train", sample / "quatrains.txt", *endless, "--runs", runs, "--threads", 1)
    with process(*arguments, "--progress", "json") as running:
        assert next(evaluations(running), "")
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        rest = running.stderr.read()
    (run,) = runs.iterdir()
    assert running.returncode == 130
    assert "stopping after this step, saving… (Ctrl-C again to quit without saving)" in rest
    found = re.search(r"saved step ([\d,]+). continue with: poet train --resume (\S+)\"", rest)
    assert found is not None
    assert Path(found[2]) == run
    metrics = [json.loads(line) for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert int(found[1].replace(",", "")) >= metrics[-1]["step"] > 0


def test_a_first_text_too_short_to_finish_on_is_told_before_training(
    tmp_path: Path, trainer: Callable[..., Trainer]
) -> None:
    rng = random.Random(1)
    letters = [chr(0x4E00 + i) for i in range(300)]
    poems = [Poem("".join(rng.sample(letters, 28)) + "。") for _ in range(300)]
    two = build(tmp_path / "two", {"short": poems[:9], "long": poems[9:]})
    settings = SETTINGS.changed(finish=0.5, batch_size=4, window=100)
    with pytest.raises(InputError, match="too short for a batch of 4 rows of 100"):
        made(two, settings, Budget(steps=4), tmp_path)


def test_the_end_of_a_run_reads_the_first_text_alone_also_when_it_is_resumed(
    dataset: TokenDataset,
    tmp_path: Path,
    trainer: Callable[..., Trainer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[bool] = []
    made = EpochBatches.__init__

    def noted(self: EpochBatches, *rest: Any, finishing: bool = False) -> None:
        read.append(finishing)
        made(self, *rest, finishing=finishing)

    monkeypatch.setattr(EpochBatches, "__init__", noted)
    whole = trainer(finish=0.4)
    for _ in whole.steps(at(whole, 9)):
        pass
    assert read[-1]
    assert whole.counters.finish_epoch == whole.counters.epoch > 0
    again = trainer(finish=0.4)
    again.resume()
    for _ in again.steps():
        pass
    assert read[-1]
    assert again.counters.step == STEPS
    usual = trainer()
    list(usual.steps())
    assert not read[-1]
