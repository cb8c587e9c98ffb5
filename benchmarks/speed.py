"""The speed of training and of writing, each measured in turn with a plain torch loop.

Measuring in turn slows both sides alike on a busy machine. The plain loops (`benchmarks.plain`) run
in processes of their own, since poet changes how the C library allocates memory.
"""

from __future__ import annotations

import json
import os
import pty
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from benchmarks.common import ROOT, environment, launch, record, results_option, say, show
from poet.characters import is_han

POET = [sys.executable, "-m", "poet"]
PLAIN = [sys.executable, "-m", "benchmarks.plain"]
PROMPT, FORM = "明月", "七絕"
WARM_UP = 5  # steps that are not timed
ROUNDS = 4  # of matrix product, poet, matrix product, plain loop
SIDE = 2048  # of the square matrices
NEVER = 1_000_000_000


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
@click.option("--seconds", type=float, default=120.0, show_default=True, help="Of timed training.")
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
@click.option("--preset", default="small", show_default=True)
@click.option("--corpus", default="tang", show_default=True)
@click.option("--device", default="cpu", show_default=True)
@results_option
def training(
    seconds: float, threads: int, preset: str, corpus: str, device: str, results: Path
) -> None:
    """Characters per second of a training step, and its share of the machine's matrix rate.

    share = 6 · multiply-adds per character · characters per second / operations per second of a
    2048³ product in the same type. A multiply-add is two operations, and the backward pass takes
    twice as many as the forward pass.
    """
    import torch

    from benchmarks.plain import timed
    from poet.dataset.prepare import prepare
    from poet.model import ModelConfig
    from poet.runs.config import Budget
    from poet.runs.presets import PRESETS
    from poet.training.device import select_device
    from poet.training.trainer import Trainer, new_model

    torch.set_num_threads(threads)
    compute = select_device(device, "auto")
    dataset = prepare([corpus], notify=say)
    settings = PRESETS[preset].changed(eval_every=NEVER, save_every=NEVER)
    config = ModelConfig(len(dataset.tokenizer), settings.embedding, settings.hidden)

    def matrix_rate() -> float:
        a, b = (torch.randn(SIDE, SIDE, device=compute.device).to(compute.dtype) for _ in range(2))
        rates = []
        for _ in range(10):
            began = time.perf_counter()
            float(torch.mm(a, b)[0, 0])  # reading a number waits for the device
            rates.append(2 * SIDE**3 / (time.perf_counter() - began))
        return statistics.median(rates[1:])

    def plain_speeds(seconds: float, least: int) -> list[float]:
        assert plain.stdin
        assert plain.stdout
        print(json.dumps([seconds, least]), file=plain.stdin, flush=True)
        return [float(speed) for speed in json.loads(plain.stdout.readline())]

    words = ["--corpus", corpus, "--preset", preset, "--device", device, "--threads", str(threads)]
    found: dict[str, list[float]] = {"poet": [], "plain": [], "rate": []}
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen([*PLAIN, "training", *words], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment()) as plain,
    ):  # fmt: skip
        model, budget = new_model(dataset, settings), Budget(steps=NEVER)
        trainer = Trainer(model, dataset, settings, budget, compute, Path(folder))
        speeds: Iterator[float] = (progress.speed for progress in trainer.steps())
        timed(speeds, 0, WARM_UP)
        plain_speeds(0, WARM_UP)
        for number in range(ROUNDS):
            found["rate"].append(matrix_rate())
            found["poet"] += timed(speeds, seconds / 2 / ROUNDS, 2)
            found["rate"].append(matrix_rate())
            found["plain"] += plain_speeds(seconds / 2 / ROUNDS, 2)
            say(f"round {number + 1} of {ROUNDS}: {found['poet'][-1]:,.0f} characters/s")
        found["rate"].append(matrix_rate())
    operations, rate = 6 * config.macs_per_token, statistics.median(found["rate"])
    sides = {name: _side(found[name], operations, rate) for name in ("poet", "plain")}
    ratio = sides["poet"]["characters_per_second"] / sides["plain"]["characters_per_second"]
    figures = {
        "corpus": corpus, "preset": preset, "engine": str(compute),
        "threads": torch.get_num_threads(), "shape": asdict(config),
        "batch_size": settings.batch_size, "window": settings.window,
        "operations_per_character": operations, "matrix_gflops": rate / 1e9,
        "matrix_gflops_range": [min(found["rate"]) / 1e9, max(found["rate"]) / 1e9],
        **sides, "poet_to_plain": ratio,
    }  # fmt: skip
    rows = [
        (name, round(side["characters_per_second"]), 100 * side["share_of_matrix_rate"],
         side["steps"])
        for name, side in sides.items()
    ]  # fmt: skip
    title = (
        f"training, preset {preset}, {corpus}, {compute}; {SIDE}³ product {rate / 1e9:,.0f} GF/s"
    )
    show(title, ("", "characters/s", "share of that, %", "steps"), rows)
    click.echo(f"poet is {ratio:.2f} times as fast as the plain loop")
    say(f"written: {record('speed', figures, results, 'training').name}")


def _side(speeds: list[float], operations: int, rate: float) -> dict[str, Any]:
    quarters = statistics.quantiles(speeds, n=4)
    median = statistics.median(speeds)
    return {
        "characters_per_second": median,
        "quartiles": [quarters[0], quarters[2]],
        "steps": len(speeds),
        "share_of_matrix_rate": operations * median / rate,
    }


def seconds_of(words: list[str], env: dict[str, str]) -> float:
    """How long a command takes, start to end."""
    began = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, cwd=ROOT, env=env)
    return time.perf_counter() - began


def until_shown(words: list[str], env: dict[str, str]) -> float:
    """How long until a command has put the first character after the prompt on a terminal."""
    ours, its = pty.openpty()
    began = time.perf_counter()
    with subprocess.Popen(
        words, stdin=its, stdout=its, stderr=subprocess.DEVNULL, cwd=ROOT, env=env
    ) as process:
        os.close(its)
        seen = b""
        while select.select([ours], [], [], 30)[0]:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # Linux says so where the other side is closed
                break
            seen += piece
            if not piece or sum(map(is_han, seen.decode("utf-8", "ignore"))) > len(PROMPT):
                break
        shown = time.perf_counter() - began
        process.wait()
    os.close(ours)
    return shown


def waits(times: int, threads: int) -> dict[str, list[float]]:
    """Seconds of each of the commands that answer at once, and of `import torch`, in turn."""
    env = environment(threads, TERM="xterm-256color")
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed poet is compiled
    write, in_form = [*POET, "write", PROMPT], [*POET, "write", PROMPT, "--form", FORM, "--seed"]
    measures: dict[str, Callable[[int], float]] = {
        "import torch": lambda turn: seconds_of([sys.executable, "-c", "import torch"], env),
        f"poet write {PROMPT} --form {FORM}": lambda turn: seconds_of([*in_form, str(turn)], env),
        "its first character, on a terminal": lambda turn: until_shown([*in_form, str(turn)], env),
        f"poet write {PROMPT}": lambda turn: seconds_of(write, env),
        "its first character": lambda turn: until_shown(write, env),
        "poet -h": lambda turn: seconds_of([*POET, "-h"], env),
    }
    found: dict[str, list[float]] = {name: [] for name in measures}
    for turn in range(times + 1):
        for name, measure in measures.items():
            taken = measure(turn)
            if turn:  # the first brings files into memory
                found[name].append(taken)
        say(f"turn {turn} of {times}")
    return found


@main.command()
@click.option("--times", type=click.IntRange(1), default=10, show_default=True)
@click.option("--poems", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--plain-poems", type=click.IntRange(1), default=100, show_default=True)
@click.option("--turns", type=click.IntRange(1), default=3, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
@results_option
def writing(
    times: int, poems: int, plain_poems: int, turns: int, threads: int, results: Path
) -> None:
    """The wait for a poem beside `import torch`, and steered poems per second.

    Whole processes are timed, from start to end; the first character on a pseudo-terminal.
    """
    found = waits(times, threads)
    medians = {name: statistics.median(taken) for name, taken in found.items()}
    torch = medians["import torch"]
    rows = [(name, taken, taken / torch) for name, taken in medians.items()]
    show(f"median of {times}, seconds", ("", "seconds", "of import torch"), rows)
    env = environment(threads)
    ours = [*POET, "write", "--form", FORM, "-n", str(poems), "--jsonl", "--seed", "1"]
    theirs = [*PLAIN, "writing", "--form", FORM, "-n", str(plain_poems), "--threads", str(threads)]
    speeds: dict[str, list[float]] = {"poet": [], "plain": []}
    for turn in range(turns):
        speeds["poet"].append(poems / seconds_of(ours, env))
        answer = subprocess.run(theirs, check=True, capture_output=True, cwd=ROOT, env=env)
        speeds["plain"].append(plain_poems / float(json.loads(answer.stdout)["seconds"]))
        say(f"turn {turn + 1}: {speeds['poet'][-1]:.1f} and {speeds['plain'][-1]:.1f} poems/s")
    speed, plain = (statistics.median(speeds[name]) for name in ("poet", "plain"))
    many = [(f"poet write -n {poems} --jsonl", speed), ("plain torch loop", plain)]
    show(f"steered {FORM}, {threads} threads", ("", "poems per second"), many)
    click.echo(f"poet is {speed / plain:.2f} times as fast as the plain loop")
    figures = {
        "threads": threads, "seconds": found, "medians": medians,
        "write_to_import_torch": medians[f"poet write {PROMPT} --form {FORM}"] / torch,
        "poems_per_second": speeds, "poet_to_plain": speed / plain,
    }  # fmt: skip
    say(f"written: {record('speed', figures, results, 'writing').name}")


if __name__ == "__main__":
    launch(main)
