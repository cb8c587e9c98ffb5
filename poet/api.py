"""What `import poet` offers: load a model, train one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from poet.checkpoint import Checkpoint
from poet.generation.cliches import Cliches
from poet.generation.title_lifts import TitleLifts
from poet.generation.writer import Writer
from poet.novelty.index import NoveltyIndex
from poet.registry import DEFAULT, find_model

if TYPE_CHECKING:
    from poet.training.trainer import Progress


def load(name: str | Path = DEFAULT) -> Writer:
    """Load a model by name or folder, ready to write and to score. torch is not needed.

    Raises `InputError` where there is no such model, or it is damaged.

        tang = poet.load()
        for character in tang.write("明月", form="五絕", seed=1):
            print(character, end="")
    """
    folder = find_model(name)
    lifts, cliches = TitleLifts.read(folder), Cliches.read(folder)
    return Writer(Checkpoint.read(folder), NoveltyIndex.read(folder), lifts, cliches)


def train(
    *texts: str | Path,
    folder: str | Path,
    preset: str = "small",
    minutes: float | None = None,
    epochs: float | None = None,
    steps: int | None = None,
    base: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    **settings: float | None,
) -> Iterator[Progress]:
    """Train on texts (names from the catalogue, files, folders); yields the progress of each step.

    The run and its model are written to `folder`, which `poet.load` opens and
    `poet train --resume` continues. `base` is a model to fine-tune; `settings` are those of
    `poet.runs.config.TrainConfig`. Without minutes, epochs or steps a run takes 30 minutes;
    fine-tuning, at most 20 epochs. Raises `InputError` for texts that cannot be read,
    `UsageError` for settings out of range.
    """
    from poet.runs.config import Budget
    from poet.training.session import Session, TrainRequest

    session = Session.new(
        TrainRequest(
            texts=tuple(map(str, texts)),
            name=Path(folder).name,
            preset=preset,
            settings=settings,
            budget=Budget(steps, epochs, minutes),
            base=find_model(base).resolve() if base else None,
            device=device,
            precision=precision,
        )
    )
    yield from session.steps(Path(folder))
    session.finish()
