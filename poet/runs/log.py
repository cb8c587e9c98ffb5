"""The log of a run: what it was asked to do and how it went.

`metrics.jsonl` has one JSON object per line, one every `LOG_EVERY` steps and one per evaluation:

    {"step": 400, "characters": 819200, "seconds": 240.1, "loss": 5.31, "norm": 0.41,
     "lr": 0.006, "held_out": 5.9, "accuracy": 0.12}

    step         steps made, from 1; 0 is the model that a run with --from starts from
    characters   read so far, over all rows of the batch
    seconds      spent training and evaluating, over all sessions, without the pauses between them
    loss         nats per character on the window of this step, with dropout and conditions
    norm         of the gradient, before clipping
    lr           learning rate of this step
    held_out     nats per character on held-out poems, of the averaged weights: evaluations only
    accuracy     fraction of held-out characters that were the best guess: evaluations only

For step 0 only the evaluation means anything.

Steps increase, with one exception: after a loss that was not finite, training goes back to its last
checkpoint, and a line then replaces all earlier lines of its step or a later one. Unknown keys are
ignored. Each line is written at once; when a run is killed, the last one may be cut short.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from poet.checkpoint import Checkpoint
from poet.errors import InputError
from poet.files import open_plain, write_text
from poet.objects import MODEL_FILE
from poet.runs.config import TrainConfig, read_run_json
from poet.typed import Malformed, construct, parse

LOG_EVERY = 20  # steps between two lines of metrics
METRICS_FILE = "metrics.jsonl"  # of a run folder


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

    def to_json(self) -> str:
        """The line of text; what was not measured is left out."""
        return json.dumps({k: v for k, v in asdict(self).items() if v is not None})

    @classmethod
    def from_json(cls, text: str) -> MetricsRow:
        """The row that `to_json` wrote. Raises `Malformed` if the line is damaged."""
        return construct(cls, parse(text))


@dataclass(frozen=True)
class RunLog:
    """A run as it is recorded in its folder."""

    folder: Path
    config: Mapping[str, Any]  # run.json
    settings: TrainConfig  # those of run.json
    lines: tuple[MetricsRow, ...] = ()  # of metrics.jsonl
    model: Mapping[str, Any] | None = None  # model.json, if there is one
    remarks: tuple[str, ...] = ()  # sentences on what could not be read

    @classmethod
    def read(cls, folder: Path) -> RunLog:
        """The log of a run folder. Raises `InputError` if `run.json` cannot be read.

        Anything else that is missing or damaged is left out, and mentioned in `remarks`.
        """
        config = read_run_json(folder)
        lines, remarks = read_metrics(folder / METRICS_FILE)
        model = None
        if (folder / MODEL_FILE).exists():
            try:
                model = _read_model_json(folder)
            except InputError as error:
                remarks += (error.message,)
        return cls(folder, config, config["settings"], lines, model, remarks)

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.folder.resolve().name

    @property
    def logged(self) -> tuple[MetricsRow, ...]:
        """The lines of steps, without the evaluation before the first."""
        return tuple(line for line in self.lines if line.step)

    @property
    def evaluations(self) -> tuple[MetricsRow, ...]:
        """The lines with a held-out loss."""
        return tuple(line for line in self.lines if line.held_out is not None)

    @property
    def best(self) -> MetricsRow | None:
        """The evaluation whose model was kept: the first with the lowest held-out loss."""
        return min(self.evaluations, key=lambda line: line.held_out or 0.0, default=None)

    @property
    def finished(self) -> bool:
        """Whether the run reached its end and wrote its last model.

        The last model has figures, unless nothing is held out; a model saved on the way has none,
        and neither has that of step 0. Its number of steps is that of the last line, unless it was
        left in the folder by an earlier run.
        """
        if self.model is None:
            return False
        steps = self.model.get("training", {}).get("steps", -1)
        if not (self.model.get("figures") or (steps > 0 and not self.evaluations)):
            return False
        last = self.lines[-1].step if self.lines else 0
        return bool(0 <= steps - last < LOG_EVERY)

    @property
    def stopped_early(self) -> bool:
        """Whether the run ended because its held-out loss no longer fell."""
        since = sum(line.step > self.best.step for line in self.evaluations) if self.best else 0
        return self.finished and since >= self.settings.patience


def read_metrics(path: Path) -> tuple[tuple[MetricsRow, ...], tuple[str, ...]]:
    """The rows of a `metrics.jsonl`, none if there is no such file, and remarks on bad lines.

    Raises `InputError` if the file cannot be read at all.
    """
    rows: list[MetricsRow] = []
    damaged: list[int] = []  # line numbers
    lines = _lines(path)
    for number, line in enumerate(lines, 1):
        try:
            row = MetricsRow.from_json(line)
        except Malformed:
            damaged.append(number)
            continue
        while rows and rows[-1].step >= row.step:  # training was rolled back
            rows.pop()
        rows.append(row)
    remarks = []
    if damaged and damaged[-1] == len(lines):  # what follows the last line end
        damaged.pop()
        if lines[-1]:
            remarks.append(f"the last line of {path} is cut short and was left out")
    if damaged:
        numbers = ", ".join(map(str, damaged[:3])) + ("…" if len(damaged) > 3 else "")
        remarks.append(f"{path}: {len(damaged)} damaged lines were left out ({numbers})")
    return tuple(rows), tuple(remarks)


def drop_rows_after(path: Path, step: int) -> None:
    """Remove from a `metrics.jsonl` what was written after the state that a run resumes from."""
    if not os.path.lexists(path):
        return
    kept = []
    for line in _lines(path):
        try:
            if MetricsRow.from_json(line).step <= step:
                kept.append(line + "\n")
        except Malformed:
            continue  # cut short when the run was killed
    write_text(path, "".join(kept))


def _lines(path: Path) -> list[str]:
    if not os.path.lexists(path):  # a link that leads nowhere is not no file
        return [""]
    with open_plain(path) as file:
        return file.read().decode("utf-8", "replace").split("\n")


def _read_model_json(folder: Path) -> dict[str, Any]:
    """What `model.json` says. Raises `InputError` if what a log needs of it cannot be read."""
    model = Checkpoint.describe(folder)
    training = model.get("training", {})
    if "clipped" in training and "steps" not in training:
        raise InputError(f"{folder / MODEL_FILE} is damaged: a number is missing", "train it again")
    return model
