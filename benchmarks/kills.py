"""SIGKILL at random moments: every run that goes on must end with the very same weights.

A small run is made once without a break; then again and again, each time killed at a random
moment after its start and resumed to its end. The digests of all final models are compared.
"""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import torch
from safetensors.torch import load_file

from poet import paths

from .common import ROOT, environment, launch, record, results_option, say, show

SMALL = ("--preset", "tiny", "--save-every", "7", "--sample-every", "25", "--threads", "1")


def start(runs: Path, *words: str) -> subprocess.Popen[bytes]:
    """`poet train` in a process of its own, with its runs in `runs`."""
    command = [sys.executable, "-m", "poet", "train", *words, "--runs", str(runs)]
    env = environment(POET_HOME=str(runs))
    return subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)


def digest(runs: Path) -> str:
    """The SHA-256 of all that the only run ends with: weights in fp32, their average, optimizer,
    carried state and random states."""
    (run,) = runs.glob("*/run.json")
    tensors = load_file(run.parent / "state.safetensors")
    hashed = hashlib.sha256()
    for name in sorted(tensors):
        hashed.update(name.encode())
        hashed.update(tensors[name].contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return hashed.hexdigest()


def wait_for_a_run(runs: Path, process: subprocess.Popen[bytes]) -> Path:
    """The folder of the run, once it has its first checkpoint."""
    while process.poll() is None:
        for state in runs.glob("*/state.safetensors"):
            return state.parent
        time.sleep(0.01)
    raise click.ClickException("the run ended before it began")


@click.command(help=__doc__)
@click.option("--kills", type=click.IntRange(1), default=10, show_default=True)
@click.option("--steps", type=click.IntRange(1), default=150, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@results_option
def main(kills: int, steps: int, seed: int, results: Path) -> None:
    rng = random.Random(seed)
    text = str(paths.shipped() / "corpus/sample/quatrains.txt")
    words = (text, *SMALL, "--steps", str(steps))
    rows: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory() as temporary:
        whole = Path(temporary) / "whole"
        process = start(whole, *words)
        wait_for_a_run(whole, process)
        began = time.monotonic()
        process.wait()
        seconds = time.monotonic() - began
        wanted = digest(whole)
        attempts = 0
        while len(rows) < kills:
            attempts += 1
            runs = Path(temporary) / str(attempts)
            process = start(runs, *words)
            folder = wait_for_a_run(runs, process)
            moment = rng.uniform(0, seconds)
            time.sleep(moment)
            process.kill()
            if process.wait() >= 0:
                continue  # it had come to its end already: that was no kill
            start(runs, "--resume", str(folder)).wait()
            same = digest(runs) == wanted
            rows.append((len(rows) + 1, moment, same))
            say(f"kill {len(rows)} after {moment:.2f} s: {'same' if same else 'OTHER'}")
    show(f"{steps} steps in {seconds:.1f} s", ("kill", "after, s", "same weights"), rows)
    alike = all(row[-1] for row in rows)
    figures = {"steps": steps, "seconds": seconds, "sha256": wanted, "kills": rows, "alike": alike}
    say(f"written: {record('kills', figures, results).name}")
    sys.exit(0 if alike else 1)


if __name__ == "__main__":
    launch(main)
