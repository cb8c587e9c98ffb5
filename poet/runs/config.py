"""What a training run is asked to do, and how far it has come: `run.json` and its parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from poet.corpus.fields import ANY_FIELDS, Fields
from poet.errors import InputError, UsageError
from poet.files import write_text
from poet.objects import SEAL, is_sealed, to_json
from poet.typed import Malformed, construct, read_json, typed

if TYPE_CHECKING:
    from poet.dataset.for_model import TextSource

RUN_FILE, STATE_FILE = "run.json", "state.safetensors"  # of a run folder


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """The settings of a run: sizes of the model, and how it is trained. Validated when built.

    The names are those of `poet train --set NAME=VALUE` and of `run.json`.
    """

    embedding: int = 256
    hidden: int = 512
    title: int = 0  # width of the attention over the title's characters; 0 for none
    batch_size: int = 64  # rows of text; 32 rows of twice the window are a tenth slower
    window: int = 32  # bptt: characters back-propagated through; a quatrain. The state is carried
    lr: float = 5e-3  # the highest learning rate
    warmup: int = 200  # steps in which the rate rises to `lr`; then it falls linearly to 0
    weight_decay: float = 0.01
    clip: float = 1.0  # the gradient norm is clipped to this
    dropout: float = 0.0  # one pass over much text does not overfit; many passes over little do
    average: float = 0.98  # decay of the exponential moving average of the weights that is kept
    rhyme: float = 0.1  # weight of an auxiliary loss: the next rhyme (Chinese verse only)
    lines: float = 0.05  # weight of an auxiliary loss: the number of lines left
    forget: float = 0.02  # probability per window that a row's state is reset, as at a new poem
    keep_form: float = 0.7  # probability that a poem's form is given; without, it must be inferred
    keep_author: float = 0.4
    keep_title: float = 0.4
    repeat_first: int = 1  # how often an epoch reads each poem of the first text; of others, once
    finish: float = 0.0  # fraction of the run, at its end, that reads the first text alone
    eval_every: int = 400  # steps between evaluations
    eval_poems: int = 300  # held-out poems, or windows of a stream, per evaluation
    patience: int = 8  # evaluations without a lower held-out loss before training stops
    save_every: int = 200  # steps between checkpoints to resume from
    seed: int = 1

    def __post_init__(self) -> None:
        for rule, is_in_range, names in RANGES:
            for name in names.split():
                if not is_in_range(getattr(self, name)):
                    raise UsageError(f"{name} is {getattr(self, name)}", f"{name} {rule}")
        if self.title and self.embedding % 4:
            raise UsageError(
                f"embedding is {self.embedding}",
                "with title attention, embedding must be a multiple of 4",
            )

    @property
    def aux_weights(self) -> tuple[float, float]:
        """The weights of the auxiliary losses (`poet.training.aux_targets`)."""
        return self.rhyme, self.lines

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> TrainConfig:
        """The settings that `to_json` wrote; names of other versions are ignored.

        Raises `Malformed` for a value of another type, `UsageError` for one out of range.
        """
        older = {"rhyme": 0.0, "lines": 0.0}  # what runs did before these settings existed
        return construct(cls, older | data, "settings")

    @classmethod
    def parse(cls, text: str) -> tuple[str, int | float]:
        """A setting's name and value, from text such as `weight_decay=0.1`. Raises `UsageError`.

        >>> TrainConfig.parse("hidden=768")
        ('hidden', 768)
        """
        name, _, value = text.partition("=")
        default = {field.name: field.default for field in fields(cls)}.get(name)
        if default is None:
            names = ", ".join(field.name for field in fields(cls))
            raise UsageError(f"there is no setting {name!r}", f"the settings are {names}")
        is_whole = isinstance(default, int)
        try:
            return name, int(value) if is_whole else float(value)
        except ValueError as error:
            raise UsageError(
                f"{name} is {value!r}, which is not a {'whole ' if is_whole else ''}number",
                f"for example {name}={default}",
            ) from error

    def changed(self, **changes: Any) -> TrainConfig:
        """The same settings, except for the changes that are not None."""
        return replace(self, **{k: v for k, v in changes.items() if v is not None})


# A range in words, whether a value is in it (no comparison with nan holds), and whose range it is
RANGES: tuple[tuple[str, Callable[[float], bool], str], ...] = (
    (
        "must be at least 1",
        lambda value: value >= 1,
        "embedding hidden batch_size window repeat_first eval_every eval_poems patience save_every",
    ),
    ("must be at least 0", lambda value: value >= 0, "warmup weight_decay rhyme lines seed"),
    ("must be 0 or a multiple of 4", lambda value: value >= 0 and value % 4 == 0, "title"),
    (
        "must be from 0 to 1",
        lambda value: 0 <= value <= 1,
        "keep_form keep_author keep_title finish",
    ),
    ("must be at least 0 and below 1", lambda value: 0 <= value < 1, "dropout average forget"),
    ("must be above 0", lambda value: value > 0, "lr clip"),
)


@dataclass
class Counters:
    """How far training has come: the numbers of a resumable run that are not tensors."""

    step: int = 0
    epoch: int = 0
    window: int = 0  # the next one of the epoch
    finish_epoch: int = 0  # the epoch from which the first text alone is read; 0 before that
    characters: int = 0
    seconds: float = 0.0  # spent training, over all sessions
    cpu_seconds: float = 0.0
    lr_scale: float = 1.0  # halved at each rollback
    rollbacks: int = 0  # times the loss was not finite
    best: float = float("inf")  # the lowest held-out loss
    best_step: int = 0  # its step; 0 if it is that of the model the run started from
    since_best: int = 0  # evaluations since then
    clipped: int = 0  # steps whose gradient was clipped
    loss: float = 0.0  # of the last step; likewise the next two
    norm: float = 0.0
    lr: float = 0.0
    evaluation_due: bool = False  # an evaluation was interrupted
    fingerprint: str = ""  # of the text

    def to_json(self) -> dict[str, Any]:
        """Plain values under the names they have on disk."""
        return {ON_DISK.get(name, name): value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Counters:
        """The counters that `to_json` wrote. Raises `Malformed` for those of another version."""
        names = {on_disk: name for name, on_disk in ON_DISK.items()}
        given = {names.get(name, name): value for name, value in data.items()}
        if given.get("best") == float("inf"):  # which it is before the first evaluation
            del given["best"]
        counters = construct(cls, given, strict=True)
        if negative := [name for name, value in given.items() if is_number(value) and value < 0]:
            raise Malformed(f"{negative[0]} is below 0")
        return counters


ON_DISK = {"lr_scale": "rate", "rollbacks": "setbacks"}  # of the counters


@dataclass(frozen=True)
class Budget:
    """How long to train: a number of steps, epochs or minutes."""

    steps: int | None = None
    epochs: float | None = None
    minutes: float | None = None

    def __str__(self) -> str:
        """
        >>> str(Budget(minutes=30.0)), str(Budget(epochs=1)), str(Budget(steps=2000))
        ('30 minutes', '1 epoch', '2,000 steps')
        """
        for unit in ("minutes", "epochs", "steps"):
            if (count := getattr(self, unit)) is not None:
                number = f"{count:,}" if unit == "steps" else f"{count:g}"
                return f"{number} {unit[:-1] if count == 1 else unit}"
        return "1 epoch"

    def done(self, counters: Counters, windows: int) -> float:
        """The fraction of the budget that is spent; `windows` is the number of an epoch."""
        if self.minutes is not None:
            return counters.seconds / (60 * self.minutes)
        total = self.steps if self.steps is not None else math.ceil((self.epochs or 1) * windows)
        return counters.step / max(1, total)


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What a run was asked to do: the contents of `run.json`."""

    names: tuple[str, ...]  # of the texts: from the catalogue, files or folders
    name: str  # of the run
    settings: TrainConfig
    budget: Budget
    layout: str = "auto"  # of the text files
    encoding: str = "auto"
    fields: Fields = ANY_FIELDS  # of JSON and tables, that hold the poems
    device: str = "auto"
    precision: str = "auto"
    command: str = ""  # the command line that started it
    store: str = ""  # the folder of the encoded text
    threads: int = 0  # of the CPU: another number sums in another order
    named: bool = False  # whether the user chose the name: the model is then kept under it
    base: str = ""  # the folder of the model that this one continues from

    def write(self, folder: Path) -> None:
        """Write `run.json`."""
        write_text(folder / RUN_FILE, to_json(asdict(self), indent=1))

    @classmethod
    def read(cls, folder: Path) -> RunConfig:
        """The configuration of the run in a folder. Raises `InputError` if there is none."""
        data = read_run_json(folder)
        known = {field.name for field in fields(cls)}
        others, missing = data.keys() - known, {"name"} - data.keys()
        if others or missing:
            what = f"it has {min(others)}" if others else "it lacks name"
            raise _not_a_run(folder, f"{what}, as of another version")
        found = Fields(**data.get("fields", {}))
        return cls(**{**data, "budget": Budget(**data["budget"]), "fields": found})


class _Budget(TypedDict, total=False):
    steps: int | None
    epochs: float | None
    minutes: float | None


class _Fields(TypedDict, total=False):
    text: str
    title: str
    author: str


class _Needed(TypedDict):
    names: tuple[str, ...]
    settings: dict[str, Any]
    budget: _Budget


class _Run(_Needed, total=False):
    name: str
    layout: str
    encoding: str
    fields: _Fields
    device: str
    precision: str
    command: str
    store: str
    threads: int
    named: bool
    base: str


def read_run_json(folder: Path) -> dict[str, Any]:
    """What `run.json` says, its settings as `TrainConfig`. Raises `InputError` if it is damaged."""
    if not (folder / RUN_FILE).exists():
        raise _not_a_run(folder, f"it has no {RUN_FILE}")
    try:
        data = read_json(folder / RUN_FILE)
        is_sealed(data)  # older runs are not: their state says so
        run = typed({name: data[name] for name in data if name != SEAL}, _Run, "")
        if others := run["budget"].keys() - Budget.__dataclass_fields__.keys():
            raise Malformed(f"its budget has {min(others)}")
        return {**run, "settings": TrainConfig.from_json(run["settings"])}
    except (Malformed, UsageError) as error:
        raise _not_a_run(folder, str(error)) from error


def text_source(folder: Path) -> TextSource | None:
    """Where the training text of a run folder came from; None for any other folder.

    Raises `InputError` where its `run.json` cannot be read.
    """
    from poet.dataset.for_model import TextSource

    if not (folder / RUN_FILE).is_file():
        return None
    run = read_run_json(folder)
    return TextSource(
        run["names"],
        run.get("layout"),
        run.get("encoding", "auto"),
        Fields(**run.get("fields", {})),
        run.get("store", ""),
    )


def is_number(value: object) -> bool:
    """Whether a value from JSON is a number that can have been measured: no nan, nothing huge."""
    return isinstance(value, int | float) and type(value) is not bool and abs(value) < 1e300


def _not_a_run(folder: Path, why: str) -> InputError:
    return InputError(
        f"{folder} is not a run that can be resumed ({why})",
        "runs are the folders in the folder runs; poet runs list shows them; if you changed its "
        f"{RUN_FILE} yourself, take {SEAL} out of it",
    )
