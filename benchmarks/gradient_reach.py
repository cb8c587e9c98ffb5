"""How far back the gradient reaches: LSTM and tanh network, before and after the same training.

The shipped model, and networks of its sizes: an untrained LSTM, an untrained tanh network, and both
trained by poet's own loop on the shipped model's text with its settings for `--steps` steps. The
loss of a character at many places of held-out text, and the norm of its gradient with respect to
the embedded input k characters before. The tanh network starts with an orthogonal recurrence.
"""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import torch

import poet
from benchmarks.common import launch, record, results_option, say, show
from poet.dataset.dataset import TokenDataset
from poet.generation.writer import Writer
from poet.interpret import gradient_reach as reaching
from poet.interpret.texts import corpus_of
from poet.model import PoetLSTM, load_model
from poet.registry import find_model
from poet.runs.config import Budget, TrainConfig
from poet.tokenizer import Ids
from poet.training.device import select_device
from poet.training.trainer import Trainer, new_model


def train(
    network: type[PoetLSTM], dataset: TokenDataset, settings: TrainConfig, steps: int, device: str
) -> tuple[PoetLSTM, dict[str, Any]]:
    """The network as poet's own loop leaves it, averaged weights, and how its training went."""
    norms: list[float] = []
    model = new_model(dataset, settings, network=network)
    with tempfile.TemporaryDirectory(prefix="poet-reach-") as folder:
        trainer = Trainer(
            model, dataset, settings, Budget(steps=steps), select_device(device), Path(folder)
        )
        for progress in trainer.steps():
            norms.append(progress.norm)
            if progress.counters.step % 25 == 0:
                loss, spent = progress.loss, progress.counters.seconds
                name, step = network.__name__, progress.counters.step
                say(f"{name} step {step} loss {loss:.3f} {spent:.0f} s")
    assert progress.held_out
    return trainer.state.ema_model.cpu(), {
        "steps": progress.counters.step,
        "held_out": asdict(progress.held_out),
        "minutes": round(progress.counters.seconds / 60, 1),
        "clipped": progress.counters.clipped,
        "norm": {"median": statistics.median(norms), "greatest": max(norms)},
    }


def networks(
    writer: Writer, dataset: TokenDataset, settings: TrainConfig, rows: Ids, steps: int, device: str
) -> list[dict[str, Any]]:
    """All networks measured; of those that were trained here, how that went."""
    shape = reaching.shape_of(writer.checkpoint)
    kinds = {"LSTM": PoetLSTM, "tanh network": reaching.TanhNetwork}
    found = [reaching.measure("shipped LSTM", load_model(writer.checkpoint), rows).to_json()]
    for name, kind in kinds.items():
        bare = reaching.untrained(kind, shape)
        found.append(reaching.measure(f"untrained {name}", bare, rows).to_json())
    for name, kind in kinds.items():
        model, facts = train(kind, dataset, settings, steps, device)
        curve = reaching.measure(f"{name}, {steps} steps", model, rows)
        found.append({**curve.to_json(), "training": facts})
    return found


@click.command(help=__doc__)
@click.option("--steps", type=click.IntRange(1), default=300, show_default=True)
@click.option("--places", type=click.IntRange(1), default=128, show_default=True)
@click.option("--reach", type=click.IntRange(10), default=100, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
@click.option("--device", default="cpu", show_default=True, help="Where networks are trained.")
@click.option("--model", default="tang", show_default=True)
@results_option
def main(
    steps: int, places: int, reach: int, threads: int, device: str, model: str, results: Path
) -> None:
    torch.set_num_threads(threads)
    writer = poet.load(model)
    dataset = corpus_of(writer, find_model(model), say)
    if dataset is None:
        raise click.ClickException("without its corpus a network cannot be trained as it was")
    settings = TrainConfig.from_json(dict(writer.checkpoint.info.settings))
    reading = reaching.texts_for(writer, dataset, reach)
    rows, source = reaching.stretches(writer, reading, places, reach)
    found = networks(writer, dataset, settings, rows, steps, device)
    header = ("network", "half of k = 1 at", "half-life", "left at the end", "held out")
    table = [
        (n["name"], n["half"], n["half_life"], f"{n['norms'][-1]:.1e}", _held_out(n)) for n in found
    ]
    show(source, header, table)
    facts: dict[str, Any] = {"model": model, "text": reading.source, "places": places}
    facts |= {"settings": settings.to_json(), "networks": found}
    say(f"written: {record('gradient_reach', facts, results).name}")


def _held_out(network: dict[str, Any]) -> object:
    return network["training"]["held_out"]["loss"] if "training" in network else "–"


if __name__ == "__main__":
    launch(main)
