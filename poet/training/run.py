"""A run folder: what was asked, how it went, the state to resume, and the best model so far.

runs/2026-11-23-tang-7f3a/
  run.json            what was asked: texts, settings, budget
  metrics.jsonl       one line every few steps, one an evaluation
  state.safetensors   everything needed to go on, bit for bit
  model.safetensors   model.json   README.md     the model, ready to write
  novelty.safetensors   the index of its text's lines, once the run has ended
"""

from __future__ import annotations

import json
import os
import platform
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from ..checkpoint import Checkpoint
from ..corpus.novelty import Index, keep
from ..corpus.store import Store
from ..errors import InputError, UsageError
from ..files import write_atomically
from .device import Engine, choose
from .evaluate import evaluate_poet, sample_held_out
from .loop import Budget, Progress, Trainer
from .settings import Settings

MOST = 20_000  # held-out poems of a text, or windows of a stream, read for the model card
EVERY = 20  # steps between two lines of metrics


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What was asked of a run."""

    names: tuple[str, ...]  # texts
    name: str
    settings: Settings
    budget: Budget
    layout: str = "auto"
    encoding: str = "auto"
    device: str = "auto"
    precision: str = "auto"
    command: str = ""
    store: str = ""  # the folder of the encoded text
    threads: int = 0  # of the processor: another number sums in another order
    named: bool = False  # by the user: the finished model is kept under that name

    def write(self, folder: Path) -> None:
        """Write `run.json`."""
        data = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        write_atomically(folder / "run.json", lambda path: _write(path, data))

    @classmethod
    def read(cls, folder: Path) -> Plan:
        """The plan of a run folder. Raises `InputError` where there is none."""
        try:
            data = json.loads((folder / "run.json").read_text("utf-8"))
            data["settings"] = Settings.from_json(data["settings"])
            data["budget"] = Budget(**data["budget"])
            data["names"] = tuple(data["names"])
            return cls(**data)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{folder} is not a run that can be resumed ({error})",
                "the runs lie in the folder runs, one folder each",
            ) from error


def begin(plan: Plan, store: Store, folder: Path) -> Trainer:
    """A trainer for a new run in `folder`, its plan written there. Raises as `Trainer` does."""
    folder.mkdir(parents=True, exist_ok=True)
    plan.write(folder)
    keep(None, folder)  # of a run that was there before: it may have read another text
    engine = choose(plan.device, plan.precision)
    return Trainer(store, plan.settings, plan.budget, engine, folder)


def new_folder(runs: Path, name: str) -> Path:
    """Make the folder of a new run: date, name and four digits that tell runs apart."""
    for _ in range(100):
        folder = runs / f"{datetime.now(UTC):%Y-%m-%d}-{name}-{secrets.token_hex(2)}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise UsageError(
                f"the run folder {folder} cannot be made: {error.strerror}", "choose another --runs"
            ) from error
        return folder
    raise UsageError(f"{runs} is full of runs called {name}", "choose another --name")


def latest(runs: Path) -> Path:
    """The run that was worked on last. Raises `InputError` where there is none."""
    found = [path.parent for path in runs.glob("*/run.json")]
    if not found:
        raise InputError(f"there is no run in {runs} to resume", "start one: poet train")
    return max(found, key=lambda folder: max(p.stat().st_mtime_ns for p in folder.iterdir()))


def follow(trainer: Trainer, plan: Plan, steps: Iterator[Progress]) -> Iterator[Progress]:
    """Pass progress on, keeping `metrics.jsonl` and, at each best evaluation, the model."""
    path = trainer.folder / "metrics.jsonl"
    _forget_after(path, trainer.state.position.step)
    with path.open("a", encoding="utf-8", buffering=1) as metrics:
        for progress in steps:
            if progress.held_out or progress.position.step % EVERY == 0:
                metrics.write(json.dumps(_line(progress)) + "\n")
            if progress.is_best:
                checkpoint(trainer, plan).write(trainer.folder)
            yield progress


def _line(progress: Progress) -> dict[str, Any]:
    line = {
        "step": progress.position.step,
        "characters": progress.position.characters,
        "seconds": round(progress.position.seconds, 2),
        "loss": progress.loss,
        "norm": progress.norm,
        "lr": progress.lr,
    }
    if progress.held_out:
        line["held_out"] = progress.held_out.loss
        line["accuracy"] = progress.held_out.accuracy
    return line


def _forget_after(path: Path, step: int) -> None:
    """Drop what was written after the state that a run resumes from."""
    if not path.exists():
        return
    kept = []
    for line in path.read_text("utf-8").splitlines():
        try:
            if json.loads(line)["step"] <= step:
                kept.append(line + "\n")
        except ValueError:
            break  # cut short when the run was killed
    write_atomically(path, lambda part: _write(part, "".join(kept)))


def checkpoint(trainer: Trainer, plan: Plan, figures: dict[str, Any] | None = None) -> Checkpoint:
    """The averaged weights as a model, with all that is known of it."""
    average, position = trainer.state.average, trainer.state.position
    weights = {k: v.detach().float().cpu().numpy() for k, v in average.state_dict().items()}
    facts = {
        "name": plan.name,
        "parameters": average.shape.parameters,
        "command": plan.command,
        "settings": plan.settings.to_json(),
        "text": {
            "name": " ".join(trainer.store.names),
            "kind": trainer.store.facts["kind"],
            "fingerprint": trainer.store.fingerprint,
            "counts": trainer.store.facts["counts"],
        },
        "training": {
            "machine": machine(),
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "engine": str(trainer.engine),
            "torch": torch.__version__,
            "steps": position.step,
            "characters": position.characters,
            "minutes": round(position.seconds / 60, 1),
            "cpu_minutes": round(position.cpu_seconds / 60, 1),
            "clipped": position.clipped,
        },
        "figures": figures or {},
    }
    return Checkpoint(trainer.store.alphabet, weights, facts)


def finish(trainer: Trainer, plan: Plan) -> dict[str, Any]:
    """Write the model that a run ends with, its best, with its figures; they are returned.

    The index of its text's lines comes after it, unless the text is too long for one.
    """
    if trainer.state.position.since_best and (trainer.folder / "model.json").exists():
        best = Checkpoint.read(trainer.folder).weights
        trainer.state.average.load_state_dict(
            {name: torch.from_numpy(weight).float() for name, weight in best.items()}
        )
    figures = held_out_figures(trainer)
    checkpoint(trainer, plan, figures).write(trainer.folder)
    keep(Index.of_text(trainer.store), trainer.folder)
    return figures


def held_out_figures(trainer: Trainer) -> dict[str, Any]:
    """The figures of the model card: the held-out poems of each text, in fp32."""
    engine = Engine(trainer.engine.device, False, "for the record")
    store, figures = trainer.store, {}
    for source, name in enumerate(store.names):
        chosen = sample_held_out(store, MOST, source)
        found = evaluate_poet(trainer.state.average, store, chosen, engine)
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


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
