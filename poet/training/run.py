"""A run in its folder: start or resume it, record its steps, keep its best model, finish it.

`poet.runs.folders` lists the files of a run folder.
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

from poet.checkpoint import Checkpoint, ModelInfo
from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import sample_held_out
from poet.errors import InputError
from poet.files import write_text
from poet.model import load_model
from poet.novelty import index as novelty
from poet.novelty.index import NoveltyIndex
from poet.objects import MODEL_FILE
from poet.poem import Poem
from poet.runs.config import STATE_FILE, RunConfig
from poet.runs.folders import run_lock
from poet.runs.log import LOG_EVERY, METRICS_FILE, MetricsRow, RunLog, drop_rows_after
from poet.training.device import Compute, select_device
from poet.training.distributed import ALONE, Distributed
from poet.training.evaluate import evaluate_model
from poet.training.fine_tuning import extended_weights
from poet.training.trainer import Progress, Trainer, new_model

CARD_POEMS = 20_000  # at most so many held-out poems of a text, or windows, for the model card


def compute_for(config: RunConfig, distributed: Distributed = ALONE) -> Compute:
    """The device and precision of this process. Raises `UsageError` if the machine lacks them."""
    return select_device(distributed.device(config.device), config.precision)


def begin(
    config: RunConfig, dataset: TokenDataset, folder: Path, distributed: Distributed = ALONE
) -> Trainer:
    """The trainer of a new run in `folder`, with `run.json` written. Raises as `Trainer` does."""
    if distributed.is_main:
        folder.mkdir(parents=True, exist_ok=True)
        config.write(folder)
    return _at_start(config, dataset, folder, distributed)


def resume(
    config: RunConfig, dataset: TokenDataset, folder: Path, distributed: Distributed = ALONE
) -> Trainer:
    """The trainer of a run at its last checkpoint, or at its start if it was killed before one.

    The run may have been trained by another number of processes. Raises `InputError` where its
    last checkpoint is lost.
    """
    if not distributed.on_rank0(lambda: _has_state(folder)):
        return _at_start(config, dataset, folder, distributed)
    model = new_model(dataset, config.settings)
    compute = compute_for(config, distributed)
    trainer = Trainer(
        model, dataset, config.settings, config.budget, compute, folder, distributed=distributed
    )
    trainer.resume()
    return trainer


def _has_state(folder: Path) -> bool:
    if (folder / STATE_FILE).exists():
        return True
    log = RunLog.read(folder)
    trained = (log.model or {}).get("training", {}).get("steps", 0)
    steps = max([trained, *(row.step for row in log.lines)])
    if not steps:  # a checkpoint is written before the first step
        return False
    kept = f"its best model is still there: poet write -m {folder}; " if log.model else ""
    raise InputError(
        f"{folder / STATE_FILE} is missing, though the run had come to step {steps:,}",
        f"{kept}start again with another --name",
    )


def _at_start(
    config: RunConfig, dataset: TokenDataset, folder: Path, distributed: Distributed
) -> Trainer:
    """With the weights of the base model, if any. Raises `InputError` if that is gone."""
    weights = None
    if config.base:
        base = Checkpoint.read(Path(config.base))
        weights = extended_weights(base, dataset.tokenizer, dataset.token_counts(), config.settings)
    compute = compute_for(config, distributed)
    model = new_model(dataset, config.settings, weights)
    trainer = Trainer(
        model, dataset, config.settings, config.budget, compute, folder, distributed=distributed
    )
    if config.base:
        _keep_base(trainer, config)
    return trainer


def _keep_base(trainer: Trainer, config: RunConfig) -> None:
    """Make the base the model of the run until a better one is found."""
    held_out = trainer.evaluate()
    if not held_out:
        return
    trainer.counters.best = held_out.loss
    if not trainer.distributed.is_main:
        return
    checkpoint(trainer, config).write(trainer.folder)
    row = MetricsRow(
        step=0, characters=0, seconds=0.0, loss=held_out.loss, norm=0.0, lr=0.0,
        held_out=held_out.loss, accuracy=held_out.accuracy,
    )  # fmt: skip
    write_text(trainer.folder / METRICS_FILE, row.to_json() + "\n")


def follow(trainer: Trainer, config: RunConfig, steps: Iterator[Progress]) -> Iterator[Progress]:
    """Pass progress on, writing `metrics.jsonl` and, at each best evaluation, the model.

    Of several processes only rank 0 writes. Raises `InputError` if another process trains in the
    folder, before anything is written.
    """
    with ExitStack() as stack:
        trainer.distributed.on_rank0(lambda: stack.enter_context(run_lock(trainer.folder)))
        if not trainer.distributed.is_main:
            yield from steps
            return
        path = trainer.folder / METRICS_FILE
        drop_rows_after(path, trainer.counters.step)
        metrics = stack.enter_context(path.open("a", encoding="utf-8", buffering=1))
        for progress in steps:
            if progress.held_out or progress.counters.step % LOG_EVERY == 0:
                metrics.write(progress.metrics().to_json() + "\n")
            if progress.is_best:
                checkpoint(trainer, config).write(trainer.folder)
            yield progress


def checkpoint(
    trainer: Trainer,
    config: RunConfig,
    figures: dict[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> Checkpoint:
    """The averaged weights as a model, with everything that is known about it."""
    model, counters, dataset = trainer.state.ema_model, trainer.counters, trainer.dataset
    weights = {k: v.detach().float().cpu().numpy() for k, v in model.state_dict().items()}
    info = ModelInfo(
        name=config.name,
        parameters=model.config.parameters,
        command=config.command,
        settings=config.settings.to_json(),
        text=dataset.info,
        training={
            "machine": machine(),
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "engine": trainer.distributed.describe(trainer.compute),
            "torch": torch.__version__,
            "steps": counters.step,
            "characters": counters.characters,
            "minutes": round(counters.seconds / 60, 1),
            "cpu_minutes": round(counters.cpu_seconds / 60, 1),
            "clipped": counters.clipped,
            "kept_step": counters.best_step,
        },
        figures=figures or {},
        notes=tuple(notes),
        base=_base_of(config),
    )
    return Checkpoint(dataset.tokenizer, weights, info)


def _base_of(config: RunConfig) -> dict[str, str] | None:
    """The model that a run fine-tunes, as its own model describes it."""
    if not config.base:
        return None
    base = ModelInfo.from_json(Checkpoint.describe(Path(config.base)))
    return {"name": base.name, "text": base.text.name, "fingerprint": base.text.fingerprint}


def finish(trainer: Trainer, config: RunConfig, named: Path | None = None) -> dict[str, Any]:
    """Write the final model of a run, its best, with its figures; returns the figures.

    The index of its text's lines belongs to it, unless the text is too long for one. The model is
    written to `named` too, if that is given, and before: a run counts as finished only then.
    """
    if trainer.counters.since_best and (trainer.folder / MODEL_FILE).exists():
        best = load_model(Checkpoint.read(trainer.folder))
        trainer.state.ema_model.load_state_dict(best.state_dict())
    figures = held_out_figures(trainer)
    index = NoveltyIndex.from_dataset(trainer.dataset)
    notes: tuple[str, ...] = ()
    if config.base:
        index, notes = _after_base(index, trainer.dataset, Path(config.base))
    model = checkpoint(trainer, config, figures, notes)
    for folder in filter(None, (named, trainer.folder)):
        model.write(folder, {novelty.FILE: index.save} if index else {})
    return figures


def _after_base(
    index: NoveltyIndex | None, dataset: TokenDataset, base: Path
) -> tuple[NoveltyIndex | None, tuple[str, ...]]:
    """The index of both texts, and a note if the base had read lines that are now held out.

    If both are the same text, split alike, its own index is enough.
    """
    info = ModelInfo.from_json(Checkpoint.describe(base))
    if info.text.fingerprint == dataset.fingerprint:
        return index, ()
    known = NoveltyIndex.read(base)
    if not known:  # half an index would call lines new that are not
        return None, ("The model that this one continues from has no index of what it had read.",)
    verses = [dataset.tokenizer.decode(dataset.verse(i)) for i in dataset.poems(held_out=True)]
    lines = [line for verse in verses for line in Poem(verse).lines]
    already_read = sum(known.contains_line(line) for line in lines)
    note = (
        f"Of the {len(lines):,} held-out lines, {already_read:,} are in the text that the model "
        "this one continues from had read. The figures are to be read with that in mind."
    )
    return index and index.with_base(known), (note,) if already_read else ()


def held_out_figures(trainer: Trainer) -> dict[str, Any]:
    """The figures of the model card: the held-out poems of each text, in fp32."""
    compute = Compute(trainer.compute.device, False, "for the model card")
    figures = {}
    for source, name in enumerate(trainer.dataset.names):
        indices = sample_held_out(trainer.dataset, CARD_POEMS, source)
        held_out = evaluate_model(trainer.state.ema_model, trainer.dataset, indices, compute)
        if held_out:
            figures[name] = {**asdict(held_out), "perplexity": held_out.perplexity}
    return figures


def machine() -> str:
    """The machine in a few words: cores, processor, GPU."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text("utf-8", "replace").splitlines()
        name = next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), name)
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return f"{os.cpu_count()} cores, {name}{gpu}"
