"""The journal of a run: what was asked of it and how it went, written and read without torch.

`metrics.jsonl` has one JSON object a line, one every `EVERY` steps and one an evaluation:

    {"step": 400, "characters": 819200, "seconds": 240.1, "loss": 5.31, "norm": 0.41,
     "lr": 0.006, "held_out": 5.9, "accuracy": 0.12}

    step         steps made, from 1; 0 is the model that a run with --from begins with
    characters   read so far, over all lanes
    seconds      spent training and evaluating, over all sittings; pauses between them left out
    loss         nats a character on the window of this step, with dropout and conditions
    norm         of the gradient, before clipping
    lr           learning rate of this step
    held_out     nats a character on held-out poems, of the averaged weights: evaluations alone
    accuracy     share of held-out characters that were the best guess: evaluations alone

Of step 0 only the evaluation says anything.

Steps rise, but for one case: after a loss that was not finite training goes back to its last
checkpoint, and a line then takes the place of all lines before it of its step or a later one.
Keys that are not named here are left alone. A line is written at once; when a run is killed, the
last one may be cut short.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poet.checkpoint import Checkpoint
from poet.errors import InputError
from poet.files import write_text
from poet.runs.config import TrainConfig, is_number, present_values, read_run_json

if TYPE_CHECKING:
    from poet.training.trainer import Progress

EVERY = 20  # steps between two lines of metrics
FIGURES = ("loss", "perplexity", "accuracy", "poems")  # of a text, as the card has them
METRICS, MODEL = "metrics.jsonl", "model.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsRow:
    """A line of `metrics.jsonl`."""

    step: int
    characters: int
    seconds: float
    loss: float
    norm: float
    lr: float
    held_out: float | None = None
    accuracy: float | None = None

    @classmethod
    def of(cls, progress: Progress) -> MetricsRow:
        """What is kept of a step."""
        position, found = progress.position, progress.held_out
        return cls(
            step=position.step,
            characters=position.characters,
            seconds=round(position.seconds, 2),
            loss=progress.loss,
            norm=progress.norm,
            lr=progress.lr,
            held_out=found.loss if found else None,
            accuracy=found.accuracy if found else None,
        )

    def to_json(self) -> str:
        """The line as it is written; what was not measured is left out."""
        return json.dumps({k: v for k, v in asdict(self).items() if v is not None})

    @classmethod
    def from_json(cls, text: str) -> MetricsRow:
        """The line that was written. Raises `ValueError` where it is damaged."""
        data = json.loads(text)
        if not isinstance(data, dict):
            raise ValueError("not an object")
        known = {field.name: data[field.name] for field in fields(cls) if field.name in data}
        if not all(map(is_number, known.values())):
            raise ValueError("not numbers")
        try:
            return cls(**known)
        except TypeError as error:  # a number is missing
            raise ValueError(str(error)) from error


@dataclass(frozen=True)
class RunLog:
    """A run as its folder tells it."""

    folder: Path
    asked: Mapping[str, Any]  # run.json
    settings: TrainConfig  # those of run.json
    lines: tuple[MetricsRow, ...] = ()
    card: Mapping[str, Any] | None = None  # model.json, where there is one
    remarks: tuple[str, ...] = ()  # sentences on what could not be read

    @classmethod
    def read(cls, folder: Path) -> RunLog:
        """The journal of a run folder. Raises `InputError` where `run.json` cannot be read.

        What else is missing or damaged is left out, and said in `remarks`.
        """
        asked = read_run_json(folder)
        lines, remarks = read_metrics(folder / METRICS)
        card = None
        if (folder / MODEL).exists():
            try:
                card = _read_card(folder)
            except InputError as error:
                remarks += (error.message,)
        return cls(folder, asked, asked["settings"], lines, card, remarks)

    @property
    def name(self) -> str:
        """That of the folder."""
        return self.folder.resolve().name

    @property
    def logged(self) -> tuple[MetricsRow, ...]:
        """The lines of steps, without what was measured before the first."""
        return tuple(line for line in self.lines if line.step)

    @property
    def evaluations(self) -> tuple[MetricsRow, ...]:
        """The lines with a held-out loss."""
        return tuple(line for line in self.lines if line.held_out is not None)

    @property
    def best(self) -> MetricsRow | None:
        """The evaluation whose model was kept: the first of the lowest held-out loss."""
        return min(self.evaluations, key=lambda line: line.held_out or 0.0, default=None)

    @property
    def finished(self) -> bool:
        """Whether the run came to its end and wrote its last model.

        That model has figures, unless nothing is held out; a model on the way has none, nor has
        the one of step 0. It tells of the last step, unless it is that of a run that was in the
        folder before.
        """
        if self.card is None:
            return False
        steps = self.card.get("training", {}).get("steps", -1)
        if not (self.card.get("figures") or (steps > 0 and not self.evaluations)):
            return False
        last = self.lines[-1].step if self.lines else 0
        return bool(0 <= steps - last < EVERY)

    @property
    def stopped_early(self) -> bool:
        """Whether the run ended because its held-out loss no longer fell."""
        since = sum(line.step > self.best.step for line in self.evaluations) if self.best else 0
        return self.finished and since >= self.settings.patience


def _read_card(folder: Path) -> dict[str, Any]:
    """What `model.json` says. Raises `InputError` where what a run is told by cannot be read."""
    card = Checkpoint.describe(folder)
    counts, figures = card.get("text", {}).get("counts", {}), card.get("figures", {}).values()
    training = card.get("training", {})
    is_whole = (
        all(isinstance(part, dict) for part in (counts, *figures))
        and all(map(is_number, [*counts.values(), *present_values(card, ["parameters"])]))
        and all(map(is_number, present_values(training, ["steps", "clipped"])))
        and ("steps" in training or "clipped" not in training)
        and all(is_number(one.get(name)) for one in figures for name in FIGURES)
    )
    if not is_whole:
        raise InputError(f"{folder / MODEL} is damaged: a number is missing", "train it again")
    return card


def read_metrics(path: Path) -> tuple[tuple[MetricsRow, ...], tuple[str, ...]]:
    """The lines of a `metrics.jsonl`, none where there is no such file, and what was left out.

    Raises `InputError` where the file cannot be read at all.
    """
    kept: list[MetricsRow] = []
    damaged: list[int] = []
    try:
        texts = path.read_text("utf-8", "replace").split("\n") if path.exists() else [""]
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}", "look at the folder"
        ) from error
    for number, text in enumerate(texts, 1):
        try:
            line = MetricsRow.from_json(text)
        except ValueError:
            damaged.append(number)
            continue
        while kept and kept[-1].step >= line.step:  # training went back
            kept.pop()
        kept.append(line)
    remarks = []
    if damaged and damaged[-1] == len(texts):  # what follows the last line end
        damaged.pop()
        if texts[-1]:
            remarks.append(f"the last line of {path} is cut short: it is left out")
    if damaged:
        where = ", ".join(map(str, damaged[:3])) + ("…" if len(damaged) > 3 else "")
        remarks.append(f"{path}: left out what cannot be read, {len(damaged)} lines ({where})")
    return tuple(kept), tuple(remarks)


def forget_after(path: Path, step: int) -> None:
    """Drop from a `metrics.jsonl` what was written after the state that a run resumes from."""
    if not path.exists():
        return
    kept = []
    for text in path.read_text("utf-8", "replace").split("\n"):
        try:
            if MetricsRow.from_json(text).step <= step:
                kept.append(text + "\n")
        except ValueError:
            continue  # cut short when the run was killed
    write_text(path, "".join(kept))
