"""Every setting of a training run, with its default, on one screen."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poet.errors import InputError, UsageError
from poet.files import write_text

if TYPE_CHECKING:
    from poet.checkpoint import Checkpoint

PLAN, STATE = "run.json", "state.safetensors"  # of a run folder
GREATEST = 1e300  # what is not below it is no measurement; nor is nan
WORDS = ("name", "layout", "encoding", "command", "store", "base")  # strings of run.json


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How a model is shaped and trained. Validated where it is built."""

    embedding: int = 256
    hidden: int = 512
    title: int = 0  # width of the attention over the title's characters; 0 has none
    batch_size: int = 64  # parallel lanes of text; 32 of twice the window are a tenth slower
    window: int = 32  # characters back-propagated through: a quatrain; what is before is carried
    lr: float = 5e-3  # the greatest
    warmup: int = 200  # steps in which the rate rises to `lr`; then it falls to 0 in a line
    weight_decay: float = 0.01
    clip: float = 1.0  # greatest norm of the gradient
    dropout: float = 0.0  # one pass over much text does not overfit; many over little do
    average: float = 0.98  # decay of the moving average of the weights, used for writing
    rhyme: float = 0.1  # weight of an auxiliary loss: which rhyme comes next (Chinese verse)
    lines: float = 0.05  # and of another: how many lines are left
    forget: float = 0.02  # chance a window that a lane's state is emptied, as when writing starts
    keep_form: float = 0.7  # chance that a condition is given; the rest learn to do without
    keep_author: float = 0.4
    keep_title: float = 0.4
    repeat_first: int = 1  # how often an epoch has each poem of the first text; of others, once
    finish: float = 0.0  # share of the run, at its end, that reads the first text alone
    eval_every: int = 400  # steps between evaluations
    eval_poems: int = 300  # held-out poems, or windows of a stream, that an evaluation reads
    patience: int = 8  # evaluations without a better held-out loss before training stops
    save_every: int = 200  # steps between checkpoints for resuming
    seed: int = 1

    def __post_init__(self) -> None:
        sizes = ("embedding", "hidden", "batch_size", "window", "repeat_first")
        for name in (*sizes, "eval_every", "eval_poems", "patience", "save_every"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} is {getattr(self, name)}", f"{name} must be at least 1")
        for name in ("warmup", "weight_decay", "rhyme", "lines", "seed"):
            if not getattr(self, name) >= 0:
                raise UsageError(f"{name} is {getattr(self, name)}", f"{name} must be at least 0")
        if self.title < 0 or self.title % 4:
            raise UsageError(f"title is {self.title}", "title is 0, or a multiple of 4")
        if self.title and self.embedding % 4:
            raise UsageError(
                f"embedding is {self.embedding}", "with title attention it is a multiple of 4"
            )
        for name in ("keep_form", "keep_author", "keep_title", "finish"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} is {getattr(self, name)}", f"{name} goes from 0 to 1")
        for name in ("dropout", "average", "forget"):
            if not 0 <= getattr(self, name) < 1:
                raise UsageError(
                    f"{name} is {getattr(self, name)}", f"{name} must be at least 0 and below 1"
                )
        for name in ("lr", "clip"):
            if not getattr(self, name) > 0:
                raise UsageError(f"{name} is {getattr(self, name)}", f"{name} must be above 0")

    @property
    def asked(self) -> tuple[float, float]:
        """The weights of the questions (`poet.training.aux_targets`)."""
        return self.rhyme, self.lines

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> TrainConfig:
        """The settings that `to_json` described; unknown names are another version's."""
        known = {field.name for field in fields(cls)}
        before = {"rhyme": 0.0, "lines": 0.0}  # what a run did that knew nothing of a setting
        return cls(**before | {name: value for name, value in data.items() if name in known})

    @classmethod
    def parse(cls, text: str) -> tuple[str, int | float]:
        """A setting by its name and value, as in `weight_decay=0.1`. Raises `UsageError`.

        >>> TrainConfig.parse("hidden=768")
        ('hidden', 768)
        """
        name, _, value = text.partition("=")
        usual = {field.name: field.default for field in fields(cls)}.get(name)
        if usual is None:
            names = ", ".join(field.name for field in fields(cls))
            raise UsageError(f"there is no setting {name!r}", f"the settings are {names}")
        try:
            return name, int(value) if isinstance(usual, int) else float(value)
        except ValueError as error:
            raise UsageError(
                f"{name} is {value!r}, no {'whole ' if isinstance(usual, int) else ''}number",
                f"for example {name}={usual}",
            ) from error

    def changed(self, **changes: Any) -> TrainConfig:
        """The same settings with those changed that are not None."""
        return replace(self, **{k: v for k, v in changes.items() if v is not None})


PRESETS = {
    "tiny": TrainConfig(embedding=64, hidden=128, batch_size=32, window=64, lr=8e-3),
    "small": TrainConfig(),
    "base": TrainConfig(embedding=384, hidden=768, window=64, lr=3e-3),
    # For a GPU, which should read Tang dozens of times in half an hour; `small` without dropout
    # gained .06 nats in the second half of nine times. Not yet run on one.
    "large": TrainConfig(
        embedding=384, hidden=1024, batch_size=256, window=64, lr=2e-3, dropout=0.3
    ),
}
SMALL_TEXT = 300_000  # characters; below, a run reads the text many times over
MIDDLE_TEXT = 2_500_000  # below, half an hour on two cores reads it five times or more
LONG = 128  # characters back-propagated through where the text is neither little nor much


def preset_for(name: str, characters: int) -> TrainConfig:
    """A preset, with dropout where the text is so little that it is read again and again.

    Of little text the batch is smaller too, or an epoch would be a handful of steps; of more,
    longer windows have fewer lanes: a step reads as many characters as it does of much text.

    >>> some, much = preset_for("small", 1_000_000), preset_for("small", 10_000_000)
    >>> some.batch_size * some.window, much.batch_size * much.window
    (2048, 2048)
    """
    settings = PRESETS[name]
    if characters < SMALL_TEXT:
        return replace(settings, batch_size=16, dropout=0.5, eval_every=25, warmup=40)
    if characters < MIDDLE_TEXT:
        lanes = settings.batch_size * settings.window // LONG
        return replace(settings, batch_size=lanes, window=LONG, dropout=0.5, warmup=100)
    return settings


@dataclass
class Counters:
    """Where training stands. The numbers of a resumed run that are not tensors."""

    step: int = 0
    epoch: int = 0
    window: int = 0
    finish_epoch: int = 0  # from which on the first text alone is read; 0 before that
    characters: int = 0
    seconds: float = 0.0  # spent training, over all sittings
    cpu_seconds: float = 0.0
    rate: float = 1.0  # halved each time the loss was not finite
    setbacks: int = 0  # times the loss was not finite
    best: float = float("inf")  # held-out loss
    best_step: int = 0  # where it was so good; 0 where the run began with a model
    since_best: int = 0  # evaluations since
    clipped: int = 0  # steps whose gradient was clipped
    loss: float = 0.0  # of the last step, and its norm and rate
    norm: float = 0.0
    lr: float = 0.0
    evaluation_due: bool = False  # one that was broken off
    fingerprint: str = ""  # of the text


@dataclass(frozen=True)
class Budget:
    """How long to train: one of steps, epochs, minutes."""

    steps: int | None = None
    epochs: float | None = None
    minutes: float | None = None

    def done(self, counters: Counters, windows: int) -> float:
        """The share of the budget that is spent; `windows` is how many an epoch has."""
        if self.minutes is not None:
            return counters.seconds / (60 * self.minutes)
        total = self.steps if self.steps is not None else math.ceil((self.epochs or 1) * windows)
        return counters.step / max(1, total)


MINUTES = 30.0  # of training, where nothing says how long
EPOCHS = 20  # of little text in fine-tuning, in which early stopping finds the best
MOST = 4_000_000  # characters read in fine-tuning, of much: what a model that knows verse needs


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What was asked of a run."""

    names: tuple[str, ...]  # texts
    name: str
    settings: TrainConfig
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
    def read(cls, folder: Path) -> RunConfig:
        """The plan of a run folder. Raises `InputError` where there is none."""
        asked = read_run_json(folder)
        try:
            return cls(**{**asked, "budget": Budget(**asked["budget"])})
        except TypeError as error:  # asked for in another version's words
            raise not_a_run(folder, error) from error


def settings_for(preset: str, characters: int, base: Checkpoint | None) -> TrainConfig:
    """The settings of a run on so many characters, where nothing else is asked for."""
    return for_fine_tuning(base, characters) if base else preset_for(preset, characters)


def budget_for(asked: Budget, characters: int, base: Checkpoint | None) -> Budget:
    """The budget asked for, or the usual one."""
    if asked != Budget():
        return asked
    return Budget(epochs=epochs_of(characters)) if base else Budget(minutes=MINUTES)


def for_fine_tuning(base: Checkpoint, characters: int) -> TrainConfig:
    """The sizes of the base, and a gentle rate: what was learnt is to be bent, not broken."""
    ours = TrainConfig(
        embedding=base.embedding, hidden=base.hidden, title=base.title, lr=2e-3, warmup=50
    )
    if characters >= MIDDLE_TEXT:
        return ours
    if characters >= SMALL_TEXT:
        return replace(ours, dropout=0.3, eval_every=100)
    steps = characters // (16 * ours.window)  # of an epoch
    return replace(
        ours, batch_size=16, lr=1e-3, warmup=20, dropout=0.3, eval_every=max(5, steps), patience=4
    )


def epochs_of(characters: int) -> float:
    """How often to read a text where nothing says how long to train."""
    return min(EPOCHS, MOST / characters)


def read_run_json(folder: Path) -> dict[str, Any]:
    """What `run.json` says, its settings as `TrainConfig`. Raises `InputError` where it cannot."""
    try:
        data = json.loads((folder / PLAN).read_text("utf-8"))
        names, budget = data["names"], dict(data["budget"])
        if not isinstance(names, list):
            raise ValueError("its names are no list")
        if not all(isinstance(word, str) for word in [*names, *present_values(data, WORDS)]):
            raise ValueError("something in it should be a text, and is not")
        if not all(n is None or is_number(n) for n in budget.values()):
            raise ValueError("its budget is not in numbers")
        settings = TrainConfig.from_json(data["settings"])
        return {**data, "names": tuple(names), "settings": settings, "budget": budget}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, UsageError) as error:
        raise not_a_run(folder, error) from error


def present_values(data: Mapping[str, Any], names: Iterable[str]) -> list[Any]:
    return [data[name] for name in names if name in data]


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and type(value) is not bool and abs(value) < GREATEST


def not_a_run(folder: Path, why: Exception) -> InputError:
    """The sentence on a folder whose `run.json` cannot be read."""
    return InputError(
        f"{folder} is not a run that can be resumed ({why})",
        "the runs lie in the folder runs, one folder each",
    )
