"""The day a GPU can be had: train a model for shipping on it, and bring home all that matters.

    python -m benchmarks.on_a_gpu prepare FOLDER            here: the encoded text, to take along
    python -m benchmarks.on_a_gpu train FOLDER --out OUT    there: train, read held out, split
    python -m benchmarks.on_a_gpu join OUT checkpoints/tang here again: one model, checked

Training goes on where it stopped as long as the run folder is there, so that it may be called
several times. Needs torch, numpy, click, safetensors and rich on the borrowed machine. Whatever
lies in OUT is split into files of at most 15 MB, each with its SHA-256.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from statistics import median

import click

from poet.checkpoint import Checkpoint
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare as prepare_text
from poet.errors import InputError
from poet.files import write_atomically

from .common import launch, record, say

LISTING = "parts.json"
PART = 15 * 10**6  # bytes
MODEL = ("model.safetensors", "model.json", "README.md", "novelty.safetensors")


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--text", "names", multiple=True, default=("tang", "song"), show_default=True)
def prepare(folder: Path, names: tuple[str, ...]) -> None:
    """Encode the text into FOLDER."""
    dataset = prepare_text(names, say=say, folder=folder)
    size = sum(path.stat().st_size for path in folder.iterdir())
    say(f"{folder}: {size / 1e6:.1f} MB, fingerprint {dataset.fingerprint}")


@main.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--preset", default="large", show_default=True)
@click.option("--minutes", type=float, default=9.0, show_default=True)
@click.option("--batch-size", type=int)
@click.option("--lr", type=float)
@click.option("--dropout", type=float)
@click.option("--run", type=click.Path(path_type=Path), default=Path("runs/gpu"), show_default=True)
def train(
    folder: Path,
    out: Path,
    preset: str,
    minutes: float,
    batch_size: int | None,
    lr: float | None,
    dropout: float | None,
    run: Path,
) -> None:
    """Train on the text in FOLDER; model, metrics and speed into OUT, in parts."""
    import torch

    from poet.runs.config import STATE_FILE, Budget, RunConfig
    from poet.runs.presets import PRESETS
    from poet.training.run import begin, finish, follow

    dataset = TokenDataset.open(folder)
    settings = PRESETS[preset].changed(batch_size=batch_size, lr=lr, dropout=dropout)
    names = tuple(dataset.names)
    words = f"python -m benchmarks.on_a_gpu train --preset {preset} --minutes {minutes:g}"
    changes = {"batch-size": batch_size, "lr": lr, "dropout": dropout}
    words += "".join(f" --{name} {value:g}" for name, value in changes.items() if value is not None)
    budget = Budget(minutes=minutes)
    plan = RunConfig(names=names, name="tang", settings=settings, budget=budget, command=words)
    trainer = begin(plan, dataset, run)
    engine = trainer.compute
    if (run / STATE_FILE).exists():
        trainer.resume()
    say(f"{engine}; {trainer.state.model.config}")
    speeds = []
    for progress in follow(trainer, plan, trainer.steps()):
        speeds.append(progress.speed)
        if progress.held_out:
            say(f"{progress.done:.1%} held out {progress.held_out.loss:.4f}")
    finish(trainer, plan)
    speed = median(speeds) if speeds else 0.0
    rate = matrix_rate(torch.device(engine.device))
    share = 6 * trainer.state.model.config.macs_per_token * speed / rate
    figures = {"characters_per_second": speed, "matrix_rate": rate, "share": share}
    record("on_a_gpu", {"preset": preset, "engine": str(engine), **figures}, run)
    say(f"{speed:,.0f} characters/s, {share:.1%} of {rate / 1e12:.1f} TFLOP/s")
    out.mkdir(parents=True, exist_ok=True)
    pack([run / name for name in (*MODEL, "metrics.jsonl", "on_a_gpu.json")], out)


@main.command()
@click.argument("out", type=click.Path(exists=True, path_type=Path))
@click.argument("home", type=click.Path(path_type=Path))
def join(out: Path, home: Path) -> None:
    """Put the parts in OUT together, check them, and make HOME the model."""
    listing = json.loads((out / LISTING).read_text("utf-8"))
    data = b"".join((out / part).read_bytes() for part in listing["parts"])
    if hashlib.sha256(data).hexdigest() != listing["sha256"]:
        raise InputError(f"what lies in {out} came damaged", "bring its parts again")
    home.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for name in MODEL:
            member = tar.extractfile(name)
            assert member is not None, f"{name} was not packed"
            put(home / name, member.read())
    model = Checkpoint.read(home)
    say(f"{home}: {model.parameters:,} parameters, figures {model.facts['figures']}")


def put(path: Path, data: bytes) -> None:
    """Write a file whole, or leave what was there."""

    def write(part: Path) -> None:
        part.write_bytes(data)

    write_atomically(path, write)


def pack(files: list[Path], out: Path) -> None:
    """The files as one archive in parts of at most `PART` bytes, and a listing with its digest."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in files:
            tar.add(path, path.name)
    data = buffer.getvalue()
    parts = []
    for number, start in enumerate(range(0, len(data), PART)):
        parts.append(f"model.tar.{number}")
        (out / parts[-1]).write_bytes(data[start : start + PART])
    listing = {"sha256": hashlib.sha256(data).hexdigest(), "parts": parts}
    (out / LISTING).write_text(json.dumps(listing), "utf-8")


def matrix_rate(device: object) -> float:
    """FLOP/s of bf16 matrix products on a device, the median of several."""
    import time

    import torch

    n = 8192 if str(device).startswith("cuda") else 1024
    a, b = (torch.randn(n, n, device=str(device)).bfloat16() for _ in range(2))
    times = []
    for _ in range(8):
        start = time.perf_counter()
        float((a @ b)[0, 0])  # waits for the device
        times.append(time.perf_counter() - start)
    return 2 * n**3 / median(times)


if __name__ == "__main__":
    launch(main)
