"""poet against the best-known PyTorch poem LSTM: the same text, split and processor time.

Both run side by side, one thread each, each on a core of its own where that can be had. What
counts is the processor time of training; evaluations on the way cost neither anything. Both
are then read on all held-out poems by the same function in fp32.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import torch
from torch import Tensor

from poet.corpus.store import Store
from poet.corpus.texts import prepare
from poet.training.device import Engine, choose
from poet.training.evaluate import HeldOut, evaluate
from poet.training.loop import Budget, Trainer
from poet.training.settings import preset_for
from poet.training.state import Position

from . import reference
from .common import ROOT, environment, record, results_option, say, show
from .reference import Moment, Reference

LEAST = 0.35  # nats a character by which poet has to be better
POINTS = 12  # on a curve, about
SAMPLE = 300  # held-out poems that a point is read on, the same for both
NEVER = 1_000_000_000
EXACT = Engine(torch.device("cpu"), False, "for the record")


class CpuBudget(Budget):
    """Minutes of processor time in place of the wall's; on an idle core they are the same."""

    def done(self, position: Position, windows: int) -> float:
        assert self.minutes is not None
        return position.cpu_seconds / (60 * self.minutes)


@dataclass
class Side:
    """One of the two: its steps, and how to read with what it has learnt."""

    parameters: int
    engine: str
    steps: Iterator[Moment]
    features: Callable[[Tensor], Tensor]
    logits: Callable[[Tensor], Tensor]

    def held_out(self, store: Store, poems: list[int]) -> HeldOut:
        """The figures on held-out poems, in fp32."""
        found = evaluate(self.features, self.logits, store, poems, EXACT)
        assert found is not None, "nothing is held out"
        return found


def poet_side(store: Store, minutes: float, folder: Path) -> Side:
    """poet as `poet train --preset small` would train it, by processor time."""
    characters = int(store.facts["counts"]["characters"])
    settings = preset_for("small", characters).changed(eval_every=NEVER)
    engine = choose("cpu", "auto")
    trainer = Trainer(store, settings, CpuBudget(minutes=minutes), engine, folder)
    trainer.held_out = []  # evaluations are ours, outside its budget
    average = trainer.state.average

    def steps() -> Iterator[Moment]:
        for progress in trainer.steps():
            at = progress.position
            yield Moment(at.step, at.characters, at.cpu_seconds, at.seconds)

    return Side(
        average.shape.parameters,
        str(engine),
        steps(),
        lambda ids: average(ids)[0],
        average.logits,
    )


def reference_side(store: Store, minutes: float, folder: Path) -> Side:
    """The reference, for the same time; it keeps nothing on disk."""
    torch.manual_seed(1)
    model = Reference(len(store.alphabet))
    steps = reference.train(model, store, 60 * minutes)
    engine = f"cpu, {torch.get_num_threads()} threads, fp32 (its design)"
    return Side(model.parameters_in_all, engine, steps, model.features, model.logits)


SIDES = {"poet": poet_side, "reference": reference_side}


def run_side(name: str, store: Store, minutes: float, folder: Path) -> dict[str, Any]:
    """Train one side to the end of its time, with points on the way, and read all held out."""
    side = SIDES[name](store, minutes, folder)
    poems = [int(poem) for poem in store.poems(held_out=True)]
    sample = poems if len(poems) <= SAMPLE else random.Random(0).sample(poems, SAMPLE)
    every = 60 * minutes / POINTS
    points: list[dict[str, float]] = []
    moment = Moment(0, 0, 0.0, 0.0)
    for moment in side.steps:
        if moment.cpu_seconds >= every * (len(points) + 1):
            loss = side.held_out(store, sample).loss
            points.append({**asdict(moment), "loss": loss})
            say(f"{name}: {moment.cpu_seconds / 60:.1f} CPU minutes, {loss:.3f} nats")
    say(f"{name}: reading all held-out poems")
    found = side.held_out(store, poems)
    return {
        "parameters": side.parameters,
        "engine": side.engine,
        **asdict(moment),
        "held_out": {**asdict(found), "perplexity": found.perplexity},
        "points": points,
        "points_poems": len(sample),
    }


def cores() -> tuple[int | None, int | None]:
    """Two cores to pin to; the same one twice where there is but one, None where none can be."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def side_by_side(store: Path, minutes: float, folder: Path) -> dict[str, Any]:
    """Both sides in processes of their own, started together."""
    processes = []
    for name, core in zip(SIDES, cores(), strict=True):
        (folder / name).mkdir()
        words = [sys.executable, "-m", "benchmarks.against_reference"]
        words += ["--side", name, "--folder", str(folder / name), "--store", str(store)]
        words += ["--minutes", str(minutes), *(["--core", str(core)] if core is not None else [])]
        processes.append(subprocess.Popen(words, cwd=ROOT, env=environment(threads=1)))
    try:
        while None in (codes := [process.poll() for process in processes]) and not any(codes):
            time.sleep(0.5)
    finally:
        for process in processes:
            process.kill()
    if any(codes):
        raise click.ClickException("one of the two did not come to its end; see above")
    return {name: json.loads((folder / name / "side.json").read_text("utf-8")) for name in SIDES}


@click.command(help=__doc__)
@click.option("--minutes", type=float, default=30.0, show_default=True, help="CPU time of each.")
@click.option("--corpus", default="tang", show_default=True)
@click.option("--side", type=click.Choice(list(SIDES)), hidden=True)
@click.option("--store", type=click.Path(path_type=Path), hidden=True)
@click.option("--folder", type=click.Path(path_type=Path), hidden=True)
@click.option("--core", type=int, hidden=True)
@results_option
def main(
    minutes: float,
    corpus: str,
    side: str | None,
    store: Path | None,
    folder: Path | None,
    core: int | None,
    results: Path,
) -> None:
    if side and store and folder:
        torch.set_num_threads(1)
        if core is not None:
            os.sched_setaffinity(0, {core})
        figures = run_side(side, Store.open(store), minutes, folder)
        (folder / "side.json").write_text(json.dumps(figures), "utf-8")
        return
    text = prepare([corpus], say=say)
    with tempfile.TemporaryDirectory() as temporary:
        sides = side_by_side(text.folder, minutes, Path(temporary))
    ours, theirs = (sides[name]["held_out"]["loss"] for name in SIDES)
    figures = {
        "corpus": corpus,
        "fingerprint": text.fingerprint,
        "minutes": minutes,
        "pinned_to_two_cores": len({core for core in cores() if core is not None}) == 2,
        "difference": theirs - ours,
        "least_difference": LEAST,
        **sides,
    }
    report(figures)
    say(f"written: {record('against_reference', figures, results).name}")
    sys.exit(0 if figures["difference"] >= LEAST else 1)


def report(figures: dict[str, Any]) -> None:
    """Print both sides, column by column."""
    poems = figures["poet"]["held_out"]["poems"]
    rows = [
        (
            name,
            side["held_out"]["loss"],
            100 * side["held_out"]["accuracy"],
            side["cpu_seconds"],
            side["wall_seconds"],
            side["step"],
            side["characters"],
            side["parameters"],
        )
        for name, side in ((name, figures[name]) for name in SIDES)
    ]
    header = ("", "nats", "right, %", "CPU s", "wall s", "steps", "characters", "parameters")
    show(f"{figures['corpus']}, all {poems:,} held-out poems", header, rows)
    passed = "enough" if figures["difference"] >= LEAST else "too little"
    click.echo(f"difference {figures['difference']:.3f} nats/character; {LEAST} asked: {passed}")


if __name__ == "__main__":
    main()
