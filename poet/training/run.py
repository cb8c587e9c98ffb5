"""A run folder: what was asked, how it went, the state to resume, and the best model so far.

runs/2026-11-23-tang-7f3a/
  run.json            what was asked: texts, settings, budget
  metrics.jsonl       one line every few steps, one an evaluation (see journal.py)
  state.safetensors   everything needed to go on, bit for bit
  model.safetensors   model.json   README.md     the model, ready to write
  novelty.safetensors   the index of its text's lines, once the run has ended
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from ..checkpoint import Checkpoint
from ..corpus.novelty import Index, keep
from ..corpus.store import Store
from ..files import write_text
from ..poem import Poem
from .device import Engine, choose
from .evaluate import evaluate_poet, sample_held_out
from .fine_tuning import epochs_of, for_fine_tuning, grown_weights
from .folders import held, latest, new_folder
from .journal import EVERY, METRICS, PLAN, Line, forget_after, not_a_run, read_asked
from .loop import Budget, Progress, Trainer
from .processes import ALONE, Processes
from .settings import Settings, preset_for
from .state import FILE

__all__ = [
    "Plan", "begin", "budget_for", "checkpoint", "engine_for", "finish", "follow", "latest",
    "machine", "new_folder", "resume", "settings_for",
]  # fmt: skip
MINUTES = 30.0  # of training, where nothing says how long
MOST = 20_000  # held-out poems of a text, or windows of a stream, read for the model card


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
    base: str = ""  # the folder of the model that this one goes on from

    def write(self, folder: Path) -> None:
        """Write `run.json`."""
        write_text(folder / PLAN, json.dumps(asdict(self), ensure_ascii=False, indent=1))

    @classmethod
    def read(cls, folder: Path) -> Plan:
        """The plan of a run folder. Raises `InputError` where there is none."""
        asked = read_asked(folder)
        try:
            return cls(**{**asked, "budget": Budget(**asked["budget"])})
        except TypeError as error:  # asked for in another version's words
            raise not_a_run(folder, error) from error


def settings_for(preset: str, characters: int, base: Checkpoint | None) -> Settings:
    """The settings of a run on so many characters, where nothing else is asked for."""
    return for_fine_tuning(base, characters) if base else preset_for(preset, characters)


def budget_for(asked: Budget, characters: int, base: Checkpoint | None) -> Budget:
    """The budget asked for, or the usual one."""
    if asked != Budget():
        return asked
    return Budget(epochs=epochs_of(characters)) if base else Budget(minutes=MINUTES)


def engine_for(plan: Plan, processes: Processes = ALONE) -> Engine:
    """The engine of a process. Raises `UsageError` where the machine lacks what was asked for."""
    return choose(processes.device(plan.device), plan.precision)


def begin(plan: Plan, store: Store, folder: Path, processes: Processes = ALONE) -> Trainer:
    """A trainer for a new run in `folder`, its plan written there. Raises as `Trainer` does."""
    if processes.is_first:
        folder.mkdir(parents=True, exist_ok=True)
        plan.write(folder)
        keep(None, folder)  # of a run that was there before: it may have read another text
    return _at_start(plan, store, folder, processes)


def resume(plan: Plan, store: Store, folder: Path, processes: Processes = ALONE) -> Trainer:
    """The trainer of a run where its last checkpoint stands, or at its start where none does.

    The run may have been trained by another number of processes.
    """
    if not processes.of_first(lambda: (folder / FILE).exists()):
        return _at_start(plan, store, folder, processes)
    engine = engine_for(plan, processes)
    trainer = Trainer(store, plan.settings, plan.budget, engine, folder, processes=processes)
    trainer.resume()
    return trainer


def _at_start(plan: Plan, store: Store, folder: Path, processes: Processes) -> Trainer:
    """With the weights of its base, if it has one. Raises `InputError` where that is gone."""
    weights = None
    if plan.base:
        base = Checkpoint.read(Path(plan.base))
        weights = grown_weights(base, store.alphabet, store.tally(), plan.settings)
    engine = engine_for(plan, processes)
    trainer = Trainer(store, plan.settings, plan.budget, engine, folder, weights, processes)
    if plan.base:
        _keep_base(trainer, plan)
    return trainer


def _keep_base(trainer: Trainer, plan: Plan) -> None:
    """The base is the model of the run until it is beaten."""
    folder = trainer.folder
    if before := trainer.evaluate():  # to be beaten; where it is not, the base is what stays
        trainer.state.position.best = before.loss
        if not trainer.processes.is_first:
            return
        checkpoint(trainer, plan).write(folder)
        first = Line(
            step=0, characters=0, seconds=0.0, loss=before.loss, norm=0.0, lr=0.0,
            held_out=before.loss, accuracy=before.accuracy,
        )  # fmt: skip
        write_text(folder / METRICS, first.to_json() + "\n")


def follow(trainer: Trainer, plan: Plan, steps: Iterator[Progress]) -> Iterator[Progress]:
    """Pass progress on, keeping `metrics.jsonl` and, at each best evaluation, the model.

    Of several processes that share a run the first writes. Raises `InputError` where another
    run is trained in the folder, before anything is written.
    """
    path = trainer.folder / METRICS
    with ExitStack() as lock:
        trainer.processes.of_first(lambda: lock.enter_context(held(trainer.folder)))
        if not trainer.processes.is_first:
            yield from steps
            return
        forget_after(path, trainer.state.position.step)
        yield from _kept(trainer, plan, steps, path)


def _kept(
    trainer: Trainer, plan: Plan, steps: Iterator[Progress], path: Path
) -> Iterator[Progress]:
    with path.open("a", encoding="utf-8", buffering=1) as metrics:
        for progress in steps:
            if progress.held_out or progress.position.step % EVERY == 0:
                metrics.write(Line.of(progress).to_json() + "\n")
            if progress.is_best:
                checkpoint(trainer, plan).write(trainer.folder)
            yield progress


def checkpoint(
    trainer: Trainer,
    plan: Plan,
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
            "name": " ".join(trainer.store.names),
            "kind": trainer.store.facts["kind"],
            "fingerprint": trainer.store.fingerprint,
            "counts": trainer.store.facts["counts"],
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
    index = Index.of_text(trainer.store)
    notes: tuple[str, ...] = ()
    if plan.base:
        index, notes = _after_base(index, trainer.store, Path(plan.base))
    checkpoint(trainer, plan, figures, notes).write(trainer.folder)
    keep(index, trainer.folder)
    return figures


def _after_base(
    index: Index | None, store: Store, base: Path
) -> tuple[Index | None, tuple[str, ...]]:
    """The index of both texts, and what is to be said where the base had read the held-out one.

    Where both are one text, split alike, its own index says all.
    """
    if Checkpoint.describe(base).get("text", {}).get("fingerprint") == store.fingerprint:
        return index, ()
    known = Index.read(base)
    if not known:  # an index of a part would call lines new that are not
        return None, ("The model that this one went on from has no index of what it had read.",)
    verse = [store.alphabet.decode(store.verse(i)) for i in store.poems(held_out=True)]
    lines = [line for text in verse for line in Poem(text).lines]
    standing = sum(known.stands(line) for line in lines)
    note = (
        f"Of the {len(lines):,} held-out lines {standing:,} stand in the text that the model had "
        "read from which this one went on: the figures are as good as that makes them."
    )
    return index and index.after(known), (note,) if standing else ()


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
