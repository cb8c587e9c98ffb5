"""Progress of training: a bar on a terminal, `key=value` or JSON lines elsewhere, or nothing.

Everything goes to stderr.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from poet.cli.streams import echo
from poet.model import ModelConfig
from poet.poem import Poem
from poet.render.terminal import Terminal, note
from poet.sanitize import dump_json
from poet.training.session import Session
from poet.training.trainer import Progress

SMOOTH = 0.95  # weight of the past in the shown loss and speed
Tell = Callable[[Progress, str], None]


def reporter(kind: str) -> Reporter:
    """The reporter for `auto|bar|lines|json|none`; auto: a bar on a terminal, else lines."""
    if kind == "auto":
        kind = "bar" if sys.stderr.isatty() else "lines"
    return {"bar": Bar, "lines": Lines, "json": Json, "none": Silent}[kind]()


class Reporter:
    """Reports remarks and the plan; subclasses report the steps of training."""

    wants_samples = True

    def say(self, text: str) -> None:
        """A remark."""
        with tqdm.external_write_mode(file=sys.stderr):
            note(text, Terminal.of(sys.stderr, os.environ))

    def begin(self, session: Session) -> None:
        """Report the plan, and the held-out loss of the model to be fine-tuned, if any."""
        assert session.trainer
        self.plan(session, session.trainer.folder)
        position = session.trainer.counters
        if position.step == 0 and math.isfinite(position.best):
            self.say(f"before   held out {position.best:.4f} nats/character")

    def plan(self, session: Session, folder: Path) -> None:
        """Report text, model, device and folder, with the counts of each stage of reading."""
        plan, dataset = session.plan, session.dataset
        counts = dataset.facts["counts"]
        settings = plan.settings
        shape = ModelConfig(
            len(dataset.tokenizer), settings.embedding, settings.hidden, settings.title
        )
        size = f"{counts['characters']:,} characters"
        if not dataset.is_stream:
            size += f", {len(dataset):,} poems; {counts['held out']:,} of them held out"
        self.say(f"text     {' '.join(plan.names)}  {size}")
        self.say("         " + ", ".join(f"{name} {n:,}" for name, n in counts.items()))
        self.say(
            f"model    2-layer LSTM {settings.hidden}, {len(dataset.tokenizer):,} characters, "
            f"{shape.parameters / 1e6:.1f} M parameters"
        )
        if plan.base:
            self.say(f"from     {Path(plan.base).name}, whose characters are kept")
        batch = f"{settings.batch_size} x {settings.window} characters a step"
        self.say(f"device   {session.engine}; {batch}")
        self.say(f"length   {plan.budget}, or less if it stops getting better")
        self.say(f"run      {folder}     (Ctrl-C saves and stops; poet train --resume continues)")

    def reading(self, poems: Iterator[Poem]) -> Iterable[Poem]:
        """Pass on the poems that are being read, perhaps with a progress bar."""
        return poems

    @contextmanager
    def training(self) -> Iterator[Tell]:
        """Yield a function to call with the progress of each step and the sample, if any."""
        yield lambda progress, sample: None


class Silent(Reporter):
    """Reports nothing; errors are printed all the same."""

    wants_samples = False

    def say(self, text: str) -> None:
        pass


class Lines(Reporter):
    """One line of `key=value` pairs at each evaluation."""

    @contextmanager
    def training(self) -> Iterator[Tell]:
        meter = Meter()

        def tell(progress: Progress, sample: str) -> None:
            facts = meter.read(progress)
            if progress.held_out:
                self.line({**facts, **({"sample": sample} if sample else {})})

        yield tell

    def line(self, facts: dict[str, Any]) -> None:
        """Write one line."""
        echo(" ".join(f"{k}={_value(v)}" for k, v in facts.items()), err=True)


class Json(Lines):
    """One JSON object on a line at each evaluation, and for each remark."""

    def say(self, text: str) -> None:
        self.line({"note": text})

    def line(self, facts: dict[str, Any]) -> None:
        print(dump_json(facts), file=sys.stderr, flush=True)


class Bar(Reporter):
    """A bar on the last line of a terminal."""

    def reading(self, poems: Iterator[Poem]) -> Iterable[Poem]:
        bar: Iterable[Poem] = tqdm(poems, desc="reading", unit=" poems", leave=False)
        return bar

    @contextmanager
    def training(self) -> Iterator[Tell]:
        meter = Meter()
        width = Terminal.of(sys.stderr, os.environ).width
        length = 16 if width >= 60 else 6  # of the bar
        form = f"{{percentage:3.0f}} % |{{bar:{length}}}| {{desc}}"
        room = width - length - len("100 % || ") - 1
        with tqdm(total=1.0, bar_format=form, leave=True) as bar:

            def tell(progress: Progress, sample: str) -> None:
                facts = meter.read(progress)
                bar.set_description_str(_sentence(facts, room), refresh=False)
                bar.update(progress.done - bar.n)
                if progress.held_out:
                    figures = "  ".join(_figures(facts).values())
                    self.say(f"step {facts['step']:,}  {figures}")
                if sample:
                    self.say(f"sample   {sample}")

            yield tell


class Meter:
    """Smooths loss and speed, and estimates the time left."""

    def __init__(self) -> None:
        self.loss = self.speed = 0.0
        self.held_out: float | None = None
        self.accuracy = 0.0
        self.start: tuple[float, float] | None = None

    def read(self, progress: Progress) -> dict[str, Any]:
        """The facts of a step."""
        fresh = self.loss == 0
        self.loss = progress.loss if fresh else SMOOTH * self.loss + (1 - SMOOTH) * progress.loss
        if progress.speed:  # 0 if only an interrupted evaluation was repeated
            last = self.speed or progress.speed
            self.speed = SMOOTH * last + (1 - SMOOTH) * progress.speed
        seconds = progress.counters.seconds
        self.start = self.start or (seconds, progress.done)
        if progress.held_out:
            self.held_out, self.accuracy = progress.held_out.loss, progress.held_out.accuracy
        gained = progress.done - self.start[1]
        left = (seconds - self.start[0]) * (1 - progress.done) / gained if gained > 0 else 0.0
        facts = {
            "step": progress.counters.step,
            "done": round(progress.done, 4),
            "loss": round(self.loss, 4),
            "held_out": self.held_out and round(self.held_out, 4),
            "accuracy": round(self.accuracy, 4),
            "lr": progress.lr,
            "norm": round(progress.norm, 3),
            "chars_per_s": round(self.speed),
            "seconds": round(seconds, 1),
            "left": round(left, 1),
        }
        return {name: value for name, value in facts.items() if value is not None}


def _figures(facts: dict[str, Any]) -> dict[str, str]:
    figures = {"loss": f"loss {facts['loss']:.2f}"}
    if "held_out" in facts:
        figures["held out"] = f"held out {facts['held_out']:.3f}"
        figures["accuracy"] = f"accuracy {100 * facts['accuracy']:.0f} %"
    return figures


def _sentence(facts: dict[str, Any], room: int) -> str:
    """What stands beside the bar: as much as there is room for, in columns."""
    parts = {
        "step": f"step {facts['step']:,}",
        "speed": f"{facts['chars_per_s'] / 1000:.1f}k chars/s",
        **_figures(facts),
        "elapsed": f"{_clock(facts['seconds'])} elapsed",
        "left": f"{_clock(facts['left'])} left",
    }
    for dispensable in ("speed", "accuracy", "elapsed", "step", "held out", "left", "loss"):
        if len("  ".join(parts.values())) <= room:
            break
        parts.pop(dispensable, None)
    return "  ".join(parts.values())


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _value(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text else text
