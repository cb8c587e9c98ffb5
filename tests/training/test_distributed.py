"""Several processes train as one: the same losses, and a run goes on with any number of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from poet.checkpoint import Checkpoint
from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import HeldOut
from poet.dataset.prepare import prepare
from poet.errors import UsageError
from poet.model import ModelConfig, PoetLSTM
from poet.runs.config import Budget, RunConfig, TrainConfig
from poet.runs.log import RunLog
from poet.runs.presets import preset_for
from poet.training.batches import EpochBatches
from poet.training.device import select_device
from poet.training.distributed import ALONE, Distributed, torchrun_command
from poet.training.run import follow, resume

TOGETHER = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
STEPS = 8


# Goes on with the run of a folder until so many steps are done, together with the others
WORKER = """
import sys
from pathlib import Path
from poet.dataset.dataset import TokenDataset
from poet.training.distributed import exit_together, process_group
from poet.runs.config import RunConfig
from poet.training.run import follow, resume

def go_on(folder, last, distributed):
    plan = RunConfig.read(folder)
    trainer = resume(plan, TokenDataset.open(Path(plan.store)), folder, distributed)
    stop = lambda: distributed.rank == 1 and trainer.counters.step >= last
    for progress in follow(trainer, plan, trainer.steps(stop)):
        pass


with process_group() as distributed:
    go_on(Path(sys.argv[1]), int(sys.argv[2]), distributed)
    exit_together(distributed, 0)
"""
# The same by the command line's own means, the second process alone being told to end
KILLED = """
import os, signal, sys
from pathlib import Path
from poet.cli.train import resume_run
from poet.training import distributed
from poet.training.trainer import Trainer

steps = Trainer.steps


def until_told(trainer, stop):
    for progress in steps(trainer, stop):
        if trainer.distributed.rank == 1 and progress.counters.step == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGTERM)
        yield progress


Trainer.steps = until_told
end = distributed.exit_together


def told(processes, code):
    sys.stderr.write(f"code {code}\\n")  # in one piece: two processes write at once
    end(processes, 0)


distributed.exit_together = told
resume_run(sys.argv[1], Path("runs"), "lines")
"""


def run(*words: str | Path) -> str:
    """Run a command to its end; what it said."""
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, capture_output=True, text=True, env=env, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stderr


def figures(folder: Path) -> NDArray[np.float64]:
    """Step, loss, norm, rate and held-out loss of every line of a run."""
    lines = RunLog.read(folder).lines
    return np.array([(n.step, n.loss, n.norm, n.lr, n.held_out) for n in lines])


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> RunConfig:
    """The run that all of these are: every other of its few steps is evaluated."""
    place, text = tmp_path_factory.mktemp("text"), str(sample / "quatrains.txt")
    prepare([text], notify=lambda remark: None, folder=place)
    settings = preset_for("tiny", 10_000).changed(eval_every=2, save_every=3, batch_size=4)
    return RunConfig(
        names=(text,), name="verse", settings=settings, budget=Budget(steps=STEPS), device="cpu",
        precision="fp32", store=str(place),
    )  # fmt: skip


@pytest.fixture(scope="module")
def alone(plan: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run by one process."""
    folder = tmp_path_factory.mktemp("alone")
    go_on(plan, folder)
    return folder


def go_on(plan: RunConfig, folder: Path, last: int | None = None) -> None:
    """Begin the run or go on with it, here, until so many steps are done."""
    plan.write(folder)
    trainer = resume(plan, TokenDataset.open(Path(plan.store)), folder)
    steps = trainer.steps(lambda: last is not None and trainer.counters.step >= last)
    assert list(follow(trainer, plan, steps))


def assert_the_same_run(here: Path, there: Path) -> None:
    assert len(figures(here)) == STEPS // 2
    assert np.allclose(figures(here), figures(there), atol=1e-5)
    ours, theirs = Checkpoint.read(here).weights, Checkpoint.read(there).weights
    for name, weight in ours.items():
        assert np.allclose(weight, theirs[name], atol=1e-4), name  # of weights in 16 bits


def test_two_processes_begin_as_one_and_one_goes_on(
    plan: RunConfig, alone: Path, tmp_path: Path
) -> None:
    plan.write(tmp_path)
    (tmp_path / "worker.py").write_text(WORKER, "utf-8")
    run(*TOGETHER, tmp_path / "worker.py", tmp_path, "5")
    assert [line[0] for line in figures(tmp_path)] == [2, 4]
    go_on(plan, tmp_path)
    assert_the_same_run(tmp_path, alone)


def test_a_signal_to_one_process_stops_all(plan: RunConfig, tmp_path: Path) -> None:
    plan.write(tmp_path)
    (tmp_path / "killed.py").write_text(KILLED, "utf-8")
    said = run(*TOGETHER, tmp_path / "killed.py", tmp_path, "4")
    assert said.count("code 130") == 2
    assert said.count("saved step 4") == 1
    assert "evaluating on the held-out text" not in said
    assert not RunLog.read(tmp_path).finished


def test_one_process_begins_and_two_go_on(plan: RunConfig, alone: Path, tmp_path: Path) -> None:
    go_on(plan, tmp_path, 3)
    said = run(*TOGETHER, "-m", "poet", "train", "--resume", tmp_path, "--progress", "lines")
    assert said.count("resuming from step 3") == 1
    assert said.count("evaluating on the held-out text") == 1
    assert_the_same_run(tmp_path, alone)
    assert RunLog.read(tmp_path).finished


def test_poet_train_by_two_processes_makes_one_run(sample: Path, tmp_path: Path) -> None:
    text, runs = sample / "quatrains.txt", tmp_path / "runs"
    asked = ["--preset", "tiny", "--steps", "2", "--progress", "lines", "--runs", str(runs)]
    said = run(*TOGETHER, "-m", "poet", "train", text, *asked)
    (folder,) = runs.iterdir()
    assert said.count("poet write -m") == 1
    assert RunLog.read(folder).finished


def test_what_is_wrong_is_said_once(tmp_path: Path) -> None:
    command = [*TOGETHER, "-m", "poet", "train", "--resume", str(tmp_path / "none")]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=100)
    assert done.returncode
    assert done.stderr.count("poet: there is no run") == 1
    assert "Error(" not in done.stderr.replace("ChildFailedError(", "")


def test_each_process_reads_its_own_lanes(dataset: TokenDataset) -> None:
    settings = TrainConfig(batch_size=12, window=50)
    whole = EpochBatches(dataset, settings, 0)
    parts = [
        EpochBatches(dataset, settings, 0, Distributed(rank, 3).shard(12)) for rank in range(3)
    ]
    together = np.concatenate([part.window(1)[0] for part in parts])
    assert np.array_equal(together, whole.window(1)[0])


def test_what_is_dropped_does_not_depend_on_how_many_share_the_lanes() -> None:
    model, ids = PoetLSTM(ModelConfig(50, 16, 32)), torch.randint(50, (6, 7))
    torch.manual_seed(5)
    whole = model.layers(ids, dropout=0.5)[1]
    shard = Distributed(1, 2).shard(6)
    torch.manual_seed(5)
    second = model.layers(ids[shard.slice], dropout=0.5, shard=shard)[1]
    assert torch.allclose(second, whole[3:], atol=1e-6)


def test_a_batch_that_cannot_be_divided_equally_is_refused() -> None:
    with pytest.raises(UsageError, match="a batch of 16 rows cannot be divided among 3") as error:
        Distributed(0, 3).shard(16)
    assert "1, 2, 4, 8, 16 processes, or a run with --batch-size 15" in error.value.hint
    assert ALONE.shard(16) == (0, 16, 16)


def test_each_process_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [Distributed(5, 8, local, 2).device("auto") for local in (0, 1)] == ["cuda:0", "cuda:1"]
    assert Distributed(1, 2, 1, 2).device("cpu") == "cpu"
    assert ALONE.device("auto") == "auto"
    for rank in range(3):  # all of them, or some would wait for the others
        with pytest.raises(UsageError, match="3 processes are too many for 2 GPUs"):
            Distributed(rank, 3, rank, 3).device("cuda")
    for name in ("mps", "cuda:1"):
        with pytest.raises(UsageError, match=f"cannot share {name}"):
            Distributed(1, 2, 1, 2).device(name)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert Distributed(1, 2, 1, 2).device("auto") == "cpu"


def test_the_card_says_how_many_trained() -> None:
    compute = select_device("cpu", "fp32")
    both, spread = Distributed(0, 2, 0, 2), Distributed(5, 8, 1, 4)
    assert both.describe(compute) == f"2 processes, each {compute}"
    assert ALONE.describe(compute) == str(compute)
    words = "poet train x"
    assert torchrun_command(both, words) == f"torchrun --nproc-per-node 2 -m {words}"
    assert torchrun_command(spread, words) == f"torchrun --nnodes 2 --nproc-per-node 4 -m {words}"
    assert torchrun_command(ALONE, words) == words


def test_figures_of_parts_are_those_of_the_whole() -> None:
    parts = [HeldOut(2.0, 0.5, 100, 3), HeldOut(5.0, 0.2, 300, 4)]
    whole = HeldOut.combine(parts)
    assert whole
    assert whole.loss == pytest.approx(4.25)
    assert whole.accuracy == pytest.approx(0.275)
    assert (whole.characters, whole.poems) == (400, 7)
    assert HeldOut.combine(parts[:1]) is parts[0]
    assert HeldOut.combine([]) is None
