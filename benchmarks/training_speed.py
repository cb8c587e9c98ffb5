"""How much of what the machine can do becomes training: characters a second.

poet's own training step, a plain torch loop with the same sizes, and the rate of a large
matrix product are timed in turn, so that a busy machine slows all alike. The plain loop runs in
a process of its own, which waits while it is not its turn: poet tells the C library how to keep
memory, and a loop beside it would profit from that.

    share = 6 · products a character · characters a second / rate

Two operations a multiply-add; the backward pass takes twice the forward pass.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

import click
import torch
from torch import Tensor, nn

from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.model import ModelConfig
from poet.runs.config import Budget, TrainConfig
from poet.runs.presets import PRESETS
from poet.training.batches import EpochBatches
from poet.training.device import Compute, select_device
from poet.training.trainer import Trainer, new_model

from .common import ROOT, environment, launch, record, results_option, say, show

WARM_UP = 5  # steps not timed
ROUNDS = 4  # of rate, poet, rate, plain
SIDE = 2048  # of the square matrices
NEVER = 1_000_000_000


def matrix_rate(engine: Compute, repeats: int = 9) -> float:
    """Operations a second of a 2048³ product in the type that training uses: the median."""
    a, b = (torch.randn(SIDE, SIDE, device=engine.device).to(engine.dtype) for _ in range(2))
    rates = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        float(torch.mm(a, b)[0, 0])  # reading a number waits for the device
        rates.append(2 * SIDE**3 / (time.perf_counter() - began))
    return statistics.median(rates[1:])


def poet_steps(
    dataset: TokenDataset, settings: TrainConfig, engine: Compute, folder: Path
) -> Iterator[float]:
    """Characters a second of each of poet's real steps; no evaluations, nothing saved."""
    quiet = settings.changed(eval_every=NEVER, save_every=NEVER)
    trainer = Trainer(
        new_model(dataset, quiet), dataset, quiet, Budget(steps=NEVER), engine, folder
    )
    for progress in trainer.steps():
        yield progress.speed


class Plain(nn.Module):
    """The same sizes as torch offers them: one LSTM of two layers, tied output, all logits."""

    def __init__(self, shape: ModelConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(shape.vocab_size, shape.embedding)
        self.lstm = nn.LSTM(shape.embedding, shape.hidden, num_layers=2, batch_first=True)
        self.projection = nn.Linear(shape.hidden, shape.embedding)
        self.output = nn.Linear(shape.embedding, shape.vocab_size)
        self.output.weight = self.embedding.weight

    def forward(
        self, ids: Tensor, memory: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        x, memory = self.lstm(self.embedding(ids), memory)
        return self.output(self.projection(x)), memory


def plain_steps(dataset: TokenDataset, settings: TrainConfig, engine: Compute) -> Iterator[float]:
    """Characters a second of the loop that everybody writes, on the same windows of text."""
    shape = ModelConfig(len(dataset.tokenizer), settings.embedding, settings.hidden)
    model = Plain(shape).to(engine.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.lr)
    epoch = EpochBatches(dataset, settings, 0)
    zeros = torch.zeros(2, settings.batch_size, settings.hidden, device=engine.device)
    memory = (zeros, zeros.clone())
    step = 0
    while True:
        began = time.perf_counter()
        window = epoch.window(step % epoch.num_windows)
        inputs, targets = (torch.from_numpy(ids).to(engine.device) for ids in window)
        with engine.autocast():
            logits, memory = model(inputs, memory)
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        optimizer.step()
        memory = (memory[0].detach(), memory[1].detach())
        loss.item()
        step += 1
        yield inputs.numel() / (time.perf_counter() - began)


def timed(steps: Iterator[float], seconds: float, least: int) -> list[float]:
    """The speeds of the steps of so many seconds, but at least so many steps."""
    speeds: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(speeds) < least:
        speeds.append(next(steps))
    return speeds


class Apart:
    """Steps timed in a process of its own: `timed`, asked for over a pipe."""

    def __init__(self, words: list[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.training_speed", *words, "--serve"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment(),
        )  # fmt: skip

    def __enter__(self) -> Apart:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.process.communicate()  # the end of its input ends it

    def timed(self, seconds: float, least: int) -> list[float]:
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps([seconds, least]), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise click.ClickException("the process of the plain loop ended")
        return [float(speed) for speed in json.loads(answer)]


def serve(steps: Iterator[float]) -> None:
    """The other side of `Apart`."""
    for line in sys.stdin:
        print(json.dumps(timed(steps, *json.loads(line))), flush=True)


def in_turn(
    ours: Iterator[float], plain: Apart, rate: Callable[[], float], seconds: float
) -> dict[str, list[float]]:
    """Time rate, poet, rate, plain, and again; a last rate closes."""
    timed(ours, 0, WARM_UP)
    plain.timed(0, WARM_UP)
    found: dict[str, list[float]] = {"poet": [], "plain": [], "rate": []}
    for turn in range(ROUNDS):
        share = seconds / 2 / ROUNDS
        found["rate"].append(rate())
        found["poet"] += timed(ours, share, 2)
        found["rate"].append(rate())
        found["plain"] += plain.timed(share, 2)
        say(f"round {turn + 1} of {ROUNDS}: {statistics.median(found['poet']):,.0f} characters/s")
    found["rate"].append(rate())
    return found


@click.command(help=__doc__)
@click.option("--seconds", type=float, default=120.0, show_default=True, help="Of timed training.")
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
@click.option("--preset", type=click.Choice(list(PRESETS)), default="small", show_default=True)
@click.option("--corpus", default="tang", show_default=True)
@click.option("--device", default="cpu", show_default=True)
@click.option("--serve", "is_apart", is_flag=True, hidden=True)
@results_option
def main(
    seconds: float,
    threads: int,
    preset: str,
    corpus: str,
    device: str,
    is_apart: bool,
    results: Path,
) -> None:
    torch.set_num_threads(threads)
    engine = select_device(device, "auto")
    dataset = prepare([corpus], say=say)
    settings = PRESETS[preset]
    shape = ModelConfig(len(dataset.tokenizer), settings.embedding, settings.hidden)
    if is_apart:
        serve(plain_steps(dataset, settings, engine))
        return
    words = ["--threads", str(threads), "--preset", preset, "--corpus", corpus]
    words += ["--device", device]
    with tempfile.TemporaryDirectory() as folder, Apart(words) as plain:
        ours = poet_steps(dataset, settings, engine, Path(folder))
        found = in_turn(ours, plain, lambda: matrix_rate(engine), seconds)
    speed, plain_speed, rate = (statistics.median(found[k]) for k in ("poet", "plain", "rate"))
    figures = {
        "corpus": corpus,
        "preset": preset,
        "engine": str(engine),
        "threads": torch.get_num_threads(),
        "shape": asdict(shape),
        "batch_size": settings.batch_size,
        "window": settings.window,
        "operations_per_character": 6 * shape.macs_per_token,
        "matrix_gflops": rate / 1e9,
        "matrix_gflops_range": [min(found["rate"]) / 1e9, max(found["rate"]) / 1e9],
        "poet": _speed(speed, found["poet"], shape, rate),
        "plain": _speed(plain_speed, found["plain"], shape, rate),
        "poet_to_plain": speed / plain_speed,
    }
    header = ("", "characters/s", "GFLOP/s", "share, %", "steps")
    macs = shape.macs_per_token
    rows: list[tuple[object, ...]] = [
(name, round(one), 6 * macs * one / 1e9, 600 * macs * one / rate, len(found[name]))
        for name, one in (("poet", speed), ("plain", plain_speed))
    ]  # fmt: skip
    rows.append((f"{SIDE}³ product", "", rate / 1e9, 100.0, len(found["rate"])))
    show(f"training, preset {preset}, {corpus}: {engine.device}, {engine.dtype}", header, rows)
    click.echo(f"poet is {figures['poet_to_plain']:.2f} times as fast as the plain loop")
    say(f"written: {record('training_speed', figures, results).name}")


def _speed(
    median: float, speeds: list[float], shape: ModelConfig, rate: float
) -> dict[str, float | list[float]]:
    quarters = statistics.quantiles(speeds, n=4)
    return {
        "characters_per_second": median,
        "quartiles": [quarters[0], quarters[2]],
        "steps": len(speeds),
        "share_of_matrix_rate": 6 * shape.macs_per_token * median / rate,
    }


if __name__ == "__main__":
    launch(main)
