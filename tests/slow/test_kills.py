"""A run killed (SIGKILL) at any moment and resumed ends as if it had never stopped."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

ROOT = Path(__file__).parents[2]
KILLS = 10
SMALL = ("--preset", "tiny", "--steps", "150", "--save-every", "7", "--sample-every", "25",
         "--threads", "1")  # fmt: skip
pytestmark = pytest.mark.slow


def start(runs: Path, *words: object) -> subprocess.Popen[bytes]:
    """`poet train` in a process of its own, with its runs in `runs`."""
    command = [sys.executable, "-m", "poet", "train", *map(str, words), "--runs", str(runs)]
    env = os.environ | {"POET_HOME": str(runs), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)


def wait_for_a_run(runs: Path, process: subprocess.Popen[bytes]) -> Path:
    """The folder of the run, once it has its first checkpoint."""
    while process.poll() is None:
        for state in runs.glob("*/state.safetensors"):
            return state.parent
        time.sleep(0.01)
    raise AssertionError("the run ended before its first checkpoint")


def final_state(runs: Path) -> dict[str, torch.Tensor]:
    """All that the only run ends with: weights, average, optimizer, LSTM and random states."""
    (run,) = runs.glob("*/run.json")
    return load_file(run.parent / "state.safetensors")


def test_runs_killed_at_random_moments_end_with_the_same_bits(sample: Path, tmp_path: Path) -> None:
    words = (sample / "quatrains.txt", *SMALL)
    process = start(tmp_path / "whole", *words)
    wait_for_a_run(tmp_path / "whole", process)
    began = time.monotonic()
    assert process.wait() == 0
    seconds = time.monotonic() - began
    wanted = final_state(tmp_path / "whole")
    moments, killed, attempts = random.Random(1), 0, 0
    while killed < KILLS:
        attempts += 1
        runs = tmp_path / str(attempts)
        process = start(runs, *words)
        folder = wait_for_a_run(runs, process)
        time.sleep(moments.uniform(0, seconds))
        process.kill()
        if process.wait() >= 0:
            continue  # it had ended already: that was no kill
        killed += 1
        assert start(runs, "--resume", folder).wait() == 0
        found = final_state(runs)
        assert found.keys() == wanted.keys()
        # as bytes: equal numbers may have other bits
        assert [name for name in wanted if not _same_bits(found[name], wanted[name])] == []


def _same_bits(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and bool((_bytes(a) == _bytes(b)).all())


def _bytes(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.contiguous().flatten().view(torch.uint8)
