"""A run folder: what was asked, how it went, the state to resume, and the best model so far.

runs/2026-11-23-tang-7f3a/
  run.json            what was asked: texts, settings, budget
  metrics.jsonl       one line every few steps, one an evaluation (see journal.py)
  state.safetensors   everything needed to go on, bit for bit
  model.safetensors   model.json   README.md     the model, ready to write
  novelty.safetensors   the index of its text's lines, once the run has ended
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from poet.checkpoint import Checkpoint
from poet.dataset.dataset import TokenDataset
from poet.files import write_text
from poet.model import load_model
from poet.novelty.index import NoveltyIndex, save_index
from poet.poem import Poem
from poet.runs.config import RunConfig
from poet.runs.folders import run_lock
from poet.runs.log import EVERY, METRICS, MetricsRow, forget_after
from poet.training.device import Compute, select_device
from poet.training.distributed import ALONE, Distributed
from poet.training.evaluate import evaluate_poet, sample_held_out
from poet.training.fine_tuning import grown_weights
from poet.training.state import FILE
from poet.training.trainer import Progress, Trainer

MOST = 20_000  # held-out poems of a text, or windows of a stream, read for the model card


def engine_for(plan: RunConfig, processes: Distributed = ALONE) -> Compute:
    """The engine of a process. Raises `UsageError` where the machine lacks what was asked for."""
    return select_device(processes.device(plan.device), plan.precision)


def begin(
    plan: RunConfig, dataset: TokenDataset, folder: Path, processes: Distributed = ALONE
) -> Trainer:
    """A trainer for a new run in `folder`, its plan written there. Raises as `Trainer` does."""
    if processes.is_first:
        folder.mkdir(parents=True, exist_ok=True)
        plan.write(folder)
        save_index(None, folder)  # of a run that was there before: it may have read another text
    return _at_start(plan, dataset, folder, processes)


def resume(
    plan: RunConfig, dataset: TokenDataset, folder: Path, processes: Distributed = ALONE
) -> Trainer:
    """The trainer of a run where its last checkpoint stands, or at its start where none does.

    The run may have been trained by another number of processes.
    """
    if not processes.of_first(lambda: (folder / FILE).exists()):
        return _at_start(plan, dataset, folder, processes)
    engine = engine_for(plan, processes)
    trainer = Trainer(dataset, plan.settings, plan.budget, engine, folder, processes=processes)
    trainer.resume()
    return trainer


def _at_start(
    plan: RunConfig, dataset: TokenDataset, folder: Path, processes: Distributed
) -> Trainer:
    """With the weights of its base, if it has one. Raises `InputError` where that is gone."""
    weights = None
    if plan.base:
        base = Checkpoint.read(Path(plan.base))
        weights = grown_weights(base, dataset.tokenizer, dataset.token_counts(), plan.settings)
    engine = engine_for(plan, processes)
    trainer = Trainer(dataset, plan.settings, plan.budget, engine, folder, weights, processes)
    if plan.base:
        _keep_base(trainer, plan)
    return trainer


def _keep_base(trainer: Trainer, plan: RunConfig) -> None:
    """The base is the model of the run until it is beaten."""
    folder = trainer.folder
    if before := trainer.evaluate():  # to be beaten; where it is not, the base is what stays
        trainer.state.position.best = before.loss
        if not trainer.processes.is_first:
            return
        checkpoint(trainer, plan).write(folder)
        first = MetricsRow(
            step=0, characters=0, seconds=0.0, loss=before.loss, norm=0.0, lr=0.0,
            held_out=before.loss, accuracy=before.accuracy,
        )  # fmt: skip
        write_text(folder / METRICS, first.to_json() + "\n")


def follow(trainer: Trainer, plan: RunConfig, steps: Iterator[Progress]) -> Iterator[Progress]:
    """Pass progress on, keeping `metrics.jsonl` and, at each best evaluation, the model.

    Of several processes that share a run the first writes. Raises `InputError` where another
    run is trained in the folder, before anything is written.
    """
    path = trainer.folder / METRICS
    with ExitStack() as lock:
        trainer.processes.of_first(lambda: lock.enter_context(run_lock(trainer.folder)))
        if not trainer.processes.is_first:
            yield from steps
            return
        forget_after(path, trainer.state.position.step)
        yield from _kept(trainer, plan, steps, path)


def _kept(
    trainer: Trainer, plan: RunConfig, steps: Iterator[Progress], path: Path
) -> Iterator[Progress]:
    with path.open("a", encoding="utf-8", buffering=1) as metrics:
        for progress in steps:
            if progress.held_out or progress.position.step % EVERY == 0:
                metrics.write(MetricsRow.of(progress).to_json() + "\n")
            if progress.is_best:
                checkpoint(trainer, plan).write(trainer.folder)
            yield progress


def checkpoint(
    trainer: Trainer,
    plan: RunConfig,
    figures: dict[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> Checkpoint:
    """The averaged weights as a model, with all that is known of it."""
    average, position = trainer.state.average, trainer.state.position
    weights = {k: v.detach().float().cpu().numpy() for k, v in average.state_dict().items()}
    facts = {
        "name": plan.name,
        "parameters": average.shape.parameters,
        "command": plan.command,
        "settings": plan.settings.to_json(),
        "text": {
            "name": " ".join(trainer.dataset.names),
            "kind": trainer.dataset.facts["kind"],
            "fingerprint": trainer.dataset.fingerprint,
            "counts": trainer.dataset.facts["counts"],
        },
        "training": {
            "machine": machine(),
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "engine": trainer.processes.describe(trainer.engine),
            "torch": torch.__version__,
            "steps": position.step,
            "characters": position.characters,
            "minutes": round(position.seconds / 60, 1),
            "cpu_minutes": round(position.cpu_seconds / 60, 1),
            "clipped": position.clipped,
            "kept_step": position.best_step,
        },
        "figures": figures or {},
    }
    if notes:
        facts["notes"] = list(notes)
    if plan.base:
        described = Checkpoint.describe(Path(plan.base))
        text = described.get("text", {})
        facts["base"] = {
            "name": described.get("name", ""),
            "text": text.get("name", ""),
            "fingerprint": text.get("fingerprint", ""),
        }
    return Checkpoint(trainer.dataset.tokenizer, weights, facts)


def finish(trainer: Trainer, plan: RunConfig) -> dict[str, Any]:
    """Write the model that a run ends with, its best, with its figures; they are returned.

    The index of its text's lines comes after it, unless the text is too long for one.
    """
    if trainer.state.position.since_best and (trainer.folder / "model.json").exists():
        best = load_model(Checkpoint.read(trainer.folder))
        trainer.state.average.load_state_dict(best.state_dict())
    figures = held_out_figures(trainer)
    index = NoveltyIndex.from_dataset(trainer.dataset)
    notes: tuple[str, ...] = ()
    if plan.base:
        index, notes = _after_base(index, trainer.dataset, Path(plan.base))
    checkpoint(trainer, plan, figures, notes).write(trainer.folder)
    save_index(index, trainer.folder)
    return figures


def _after_base(
    index: NoveltyIndex | None, dataset: TokenDataset, base: Path
) -> tuple[NoveltyIndex | None, tuple[str, ...]]:
    """The index of both texts, and what is to be said where the base had read the held-out one.

    Where both are one text, split alike, its own index says all.
    """
    if Checkpoint.describe(base).get("text", {}).get("fingerprint") == dataset.fingerprint:
        return index, ()
    known = NoveltyIndex.read(base)
    if not known:  # an index of a part would call lines new that are not
        return None, ("The model that this one went on from has no index of what it had read.",)
    verse = [dataset.tokenizer.decode(dataset.verse(i)) for i in dataset.poems(held_out=True)]
    lines = [line for text in verse for line in Poem(text).lines]
    standing = sum(known.contains_line(line) for line in lines)
    note = (
        f"Of the {len(lines):,} held-out lines {standing:,} stand in the text that the model had "
        "read from which this one went on: the figures are as good as that makes them."
    )
    return index and index.with_base(known), (note,) if standing else ()


def held_out_figures(trainer: Trainer) -> dict[str, Any]:
    """The figures of the model card: the held-out poems of each text, in fp32."""
    engine = Compute(trainer.engine.device, False, "for the record")
    dataset, figures = trainer.dataset, {}
    for source, name in enumerate(dataset.names):
        chosen = sample_held_out(dataset, MOST, source)
        found = evaluate_poet(trainer.state.average, dataset, chosen, engine)
        if found:
            figures[name] = {**asdict(found), "perplexity": found.perplexity}
    return figures


def machine() -> str:
    """The machine in a few words."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text("utf-8", "replace").splitlines()
        name = next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), name)
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return f"{os.cpu_count()} cores, {name}{gpu}"
