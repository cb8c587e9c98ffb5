"""One training run of one side, measured: poet, a GPT, or the best-known PyTorch poem LSTM.

What counts is the processor time of training on one thread, step by step; evaluations on the way
cost no side anything. Every side is read by the same function, in fp32, with the weights of its
best point, as each would keep them: where a text is read so often that it is overfitted, that is
not its last. This is the part of `peers` and `scaling` that runs in a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks import gpt, reference
from benchmarks.common import launch, say
from benchmarks.reference import Moment
from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import HeldOut, sample_held_out
from poet.errors import TrainingStopped
from poet.model import ModelConfig
from poet.runs.config import Budget, Counters, TrainConfig
from poet.runs.presets import preset_for
from poet.training.device import Compute, keep_memory, select_device
from poet.training.evaluate import evaluate
from poet.training.trainer import Trainer, new_model

AT = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4, 7 / 8, 1.0)  # of a run
SAMPLE_CHARACTERS, MOST_CHARACTERS = 100_000, 1_000_000  # that are read of long poems
SAMPLE = 300  # held-out poems, or windows of a stream, that a point is read on
NEVER = 1_000_000_000
EXACT = Compute(torch.device("cpu"), False, "for the record")
GPT_DROPOUT = 0.2  # where a text is read again and again: nanoGPT's, of its character model
OURS = ("seed", "eval_every", "eval_poems", "patience", "save_every")  # settings kept apart


@dataclass(frozen=True)
class Job:
    """A run to be made: whose, with which settings, for how long. Its schedule ends there."""

    side: str
    settings: dict[str, Any] = field(default_factory=dict)
    minutes: float | None = None  # of processor time, or
    reads: int | None = None  # characters
    seed: int = 1
    part: int = 1  # of the training poems one in so many

    def spent(self, moment: Moment) -> float:
        """The share of the run that is done."""
        if self.minutes is not None:
            return moment.cpu_seconds / (60 * self.minutes)
        return moment.characters / max(1, self.reads or 0)

    @property
    def length(self) -> str:
        """How long it is, in words."""
        return f"{self.minutes:g} min" if self.minutes else f"{self.reads or 0:,} characters"

    def __str__(self) -> str:
        part = f", 1/{self.part} of the text" if self.part > 1 else ""
        return f"{self.side}, {self.length}{part}, {settings_in_short(self.settings)}"


def settings_in_short(settings: dict[str, Any]) -> str:
    """The settings that are tuned, in a few words.

    >>> settings_in_short({"lr": 0.006, "batch_size": 64, "window": 32, "dropout": 0.0, "clip": 1})
    'lr 0.006, 64 x 32, dropout 0'
    """
    rows = f"{settings['batch_size']} x {settings.get('window', reference.LENGTH)}"
    return f"lr {settings['lr']:.3g}, {rows}, dropout {settings['dropout']:.2g}"


@dataclass(frozen=True)
class Part(TokenDataset):
    """A store of which one training poem in `share` is read, chosen by the hash of its verse.

    Its alphabet and its held-out poems are those of all of it. One poem in 4 has all poems that
    one in 16 has.
    """

    share: int = 1

    def poems(self, *, held_out: bool, source: int | None = None) -> NDArray[np.int64]:
        found = super().poems(held_out=held_out, source=source)
        return found if held_out else found[np.isin(found, self._chosen)]

    def token_counts(self) -> NDArray[np.int64]:
        """What is not read has no say in where the output bias starts."""
        counts = np.zeros(len(self.tokenizer), dtype=np.int64)
        for poem in self._chosen:
            counts += np.bincount(self.verse(int(poem)), minlength=len(counts))
        return counts

    @cached_property
    def _chosen(self) -> NDArray[np.int64]:
        found = super().poems(held_out=False)
        digests = (hashlib.blake2b(self.verse(int(i)).tobytes(), digest_size=8) for i in found)
        return found[[int.from_bytes(one.digest()) % self.share == 0 for one in digests]]


def defaults(side: str, dataset: TokenDataset, like: TrainConfig | None = None) -> dict[str, Any]:
    """The settings that a side has where nothing is tuned: those of a preset, or of a model.

    The GPT has as many parameters as poet, and as many characters a step.
    """
    ours = like or preset_for("small", int(dataset.facts["counts"]["characters"]))
    if side == "poet":
        return without_ours(ours)
    if side == "reference":
        return asdict(reference.ReferenceSettings())
    V = len(dataset.tokenizer)
    parameters = ModelConfig(V, ours.embedding, ours.hidden).parameters
    settings = gpt.sized_like(parameters, V, window=256 if dataset.is_stream else 128)
    batch = max(1, ours.batch_size * ours.window // settings.window)  # as many characters a step
    # poet's dropout falls on three places, a GPT's on every block: it is no measure for it
    dropout = GPT_DROPOUT if ours.dropout else 0.0
    settings = replace(settings, batch_size=batch, dropout=dropout)
    if side == "gpt":
        settings = replace(settings, rhyme=0.0, lines=0.0)
    return asdict(settings)


def poet_settings(preset: str, characters: int) -> dict[str, Any]:
    """A preset for so much text, without what is settled here."""
    return without_ours(preset_for(preset, characters))


def without_ours(settings: TrainConfig) -> dict[str, Any]:
    """Settings without those that are settled here."""
    return {name: value for name, value in settings.to_json().items() if name not in OURS}


@dataclass(frozen=True)
class Side:
    """A side at work: its steps, and what it is read with."""

    engine: str
    steps: Iterator[Moment]
    weights: nn.Module
    features: Callable[[Tensor], Tensor]
    logits: Callable[[Tensor], Tensor]

    def read(self, dataset: TokenDataset, chosen: list[int]) -> HeldOut:
        """The figures on held-out text, in fp32."""
        found = evaluate(self.features, self.logits, dataset, chosen, EXACT)
        if found is None:
            raise click.ClickException("no text is held out: there is nothing to measure on")
        return found


@dataclass(frozen=True)
class OurBudget(Budget):
    """A job's length in place of the wall clock's minutes."""

    job: Job | None = None

    def done(self, counters: Counters, windows: int) -> float:
        assert self.job
        at = (counters.step, counters.characters, counters.cpu_seconds, counters.seconds)
        return self.job.spent(Moment(*at))


def poet_side(job: Job, dataset: TokenDataset, folder: Path) -> Side:
    """poet as `poet train` would train it."""
    settings = TrainConfig.from_json(job.settings).changed(seed=job.seed, eval_every=NEVER)
    engine = select_device("cpu", "auto")
    trainer = Trainer(
        new_model(dataset, settings), dataset, settings, OurBudget(job=job), engine, folder,
        evaluator=lambda model, stop: None,  # evaluations are ours, outside its budget
    )  # fmt: skip
    average = trainer.state.ema_model

    def steps() -> Iterator[Moment]:
        for progress in trainer.steps():
            at = progress.counters
            yield Moment(at.step, at.characters, at.cpu_seconds, at.seconds)

    return Side(str(engine), steps(), average, lambda ids: average(ids)[0], average.logits)


def gpt_side(job: Job, dataset: TokenDataset, folder: Path) -> Side:
    """The GPT; its output bias starts at the log frequencies, as poet's does."""
    torch.manual_seed(job.seed)
    model = gpt.GPT(len(dataset.tokenizer), gpt.GPTSettings(**job.settings))
    counts = dataset.token_counts() + 1.0
    with torch.no_grad():
        model.bias.copy_(torch.from_numpy(np.log(counts / counts.sum())))
    average, engine = gpt.averaged(model), select_device("cpu", "auto")
    steps = gpt.train(model, average, dataset, engine, job.spent, job.seed)
    return Side(str(engine), steps, average, average.read, average.logits)


def reference_side(job: Job, dataset: TokenDataset, folder: Path) -> Side:
    """The reference, in fp32, its design."""
    torch.manual_seed(job.seed)
    settings = reference.ReferenceSettings(**job.settings)
    model = reference.Reference(len(dataset.tokenizer), settings)
    steps = reference.train(model, dataset, job.spent, job.seed)
    return Side(f"{EXACT} (its design)", steps, model, model.features, model.logits)


# gpt is a GPT as it is commonly trained; gpt_asked is asked poet's questions besides
SIDES = {"poet": poet_side, "gpt": gpt_side, "gpt_asked": gpt_side, "reference": reference_side}


def measure(job: Job, dataset: TokenDataset, folder: Path) -> dict[str, Any]:
    """Train to the end of the job, with points on the way; read all held-out text at the best."""
    keep_memory()
    side = SIDES[job.side](job, dataset, folder)
    sample = within(dataset, sample_held_out(dataset, SAMPLE), SAMPLE_CHARACTERS)
    everything = within(dataset, sample_held_out(dataset, NEVER), MOST_CHARACTERS)
    points: list[dict[str, Any]] = []
    best, kept = math.inf, side.weights.state_dict()
    moment, passed, stopped = Moment(0, 0, 0.0, 0.0), 0, ""
    try:
        for moment in side.steps:
            if (due := sum(share <= job.spent(moment) for share in AT)) == passed:
                continue
            passed = due
            loss = side.read(dataset, sample).loss
            points.append({**asdict(moment), "loss": loss if math.isfinite(loss) else None})
            say(f"{job}: {moment.cpu_seconds / 60:.2f} min, {loss:.3f} nats")
            if loss < best:
                best = loss
                kept = {name: value.clone() for name, value in side.weights.state_dict().items()}
    except TrainingStopped as error:  # a rate that is too high is a finding, not a failure
        stopped = error.message
    side.weights.load_state_dict(kept)
    found = side.read(dataset, everything)
    return {
        **to_json(job),
        "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
        "parameters": sum(weight.numel() for weight in side.weights.parameters()),
        "engine": side.engine,
        "stopped": stopped,
        **asdict(moment),
        "sample_loss": best if math.isfinite(best) else None,
        "held_out": {**asdict(found), "perplexity": found.perplexity} if points else None,
        "points": points,
    }


def within(dataset: TokenDataset, chosen: list[int], most: int) -> list[int]:
    """The chosen poems, or as many of them as have `most` characters together, always the same
    ones and at least one; of a stream all windows.
    """
    if dataset.is_stream:
        return chosen
    order = np.random.default_rng(0).permutation(chosen)
    sizes = np.cumsum([len(dataset.verse(int(poem))) for poem in order])
    count = max(1, int(np.searchsorted(sizes, most, side="right")))
    return sorted(int(poem) for poem in order[:count])


def to_json(job: Job) -> dict[str, Any]:
    """The job in plain values: a run in the results is known by them."""
    return {
        name: getattr(job, name)
        for name in ("side", "settings", "minutes", "reads", "seed", "part")
    }


@click.command(help=__doc__)
@click.option("--job", "data", required=True, help="The job as JSON.")
@click.option("--dataset", "place", type=click.Path(path_type=Path), required=True)
@click.option("--core", type=int, help="The core to be pinned to.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(data: str, place: Path, core: int | None, output: Path) -> None:
    torch.set_num_threads(1)
    if core is not None:
        os.sched_setaffinity(0, {core})
    job = Job(**json.loads(data))
    dataset = TokenDataset.open(place)
    if job.part > 1:
        dataset = Part(dataset.folder, dataset.tokenizer, dataset.facts, job.part)
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(job, dataset, Path(folder))
    output.write_text(json.dumps(figures), "utf-8")


if __name__ == "__main__":
    launch(main)
