"""Every setting of a training run, with its default, on one screen."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ..errors import UsageError


@dataclass(frozen=True, slots=True)
class Settings:
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
        """The weights of the questions (`poet.training.questions`)."""
        return self.rhyme, self.lines

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Settings:
        """The settings that `to_json` described; unknown names are another version's."""
        known = {field.name for field in fields(cls)}
        before = {"rhyme": 0.0, "lines": 0.0}  # what a run did that knew nothing of a setting
        return cls(**before | {name: value for name, value in data.items() if name in known})

    @classmethod
    def parse(cls, text: str) -> tuple[str, int | float]:
        """A setting by its name and value, as in `weight_decay=0.1`. Raises `UsageError`.

        >>> Settings.parse("hidden=768")
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

    def changed(self, **changes: Any) -> Settings:
        """The same settings with those changed that are not None."""
        return replace(self, **{k: v for k, v in changes.items() if v is not None})


PRESETS = {
    "tiny": Settings(embedding=64, hidden=128, batch_size=32, window=64, lr=8e-3),
    "small": Settings(),
    "base": Settings(embedding=384, hidden=768, window=64, lr=3e-3),
    # For a GPU, which should read Tang dozens of times in half an hour; `small` without dropout
    # gained .06 nats in the second half of nine times. Not yet run on one.
    "large": Settings(embedding=384, hidden=1024, batch_size=256, window=64, lr=2e-3, dropout=0.3),
}
SMALL_TEXT = 300_000  # characters; below, a run reads the text many times over
MIDDLE_TEXT = 2_500_000  # below, half an hour on two cores reads it five times or more
LONG = 128  # characters back-propagated through where the text is neither little nor much


def preset_for(name: str, characters: int) -> Settings:
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
