"""What `import poet` offers: load a model, write with it, train one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poet.checkpoint import Checkpoint
from poet.generation.assessment import WrittenPoem, compose
from poet.generation.cliches import Cliches
from poet.generation.request import WriteRequest
from poet.generation.title_lifts import TitleLifts
from poet.generation.writer import Writer
from poet.language import choose_model
from poet.novelty.index import NoveltyIndex
from poet.registry import find_model

if TYPE_CHECKING:
    from poet.training.trainer import Progress


def load(name: str | Path = "") -> Writer:
    """Load a model by name or folder, ready to write and to score. torch is not needed.

    Without a name the locale chooses: `tang`, which writes Chinese, where it is Chinese, else
    `english`. Raises `InputError` where there is no such model, or it is damaged.

        tang = poet.load("tang")
        for character in tang.write("明月", form="五絕", seed=1):
            print(character, end="")
    """
    folder = find_model(name or choose_model({}, environ=os.environ).model)
    lifts, cliches = TitleLifts.read(folder), Cliches.read(folder)
    return Writer(Checkpoint.read(folder), NoveltyIndex.read(folder), lifts, cliches)


def write(prompt: str = "", **options: Any) -> WrittenPoem:
    """Write a poem that begins with `prompt`; the first of a `WriteRequest` of these `options`.

    Where no model is named, the letters of the texts, the form or the locale choose it.

        poet.write("The moon", form="sonnet", seed=1).poem
    """
    request = WriteRequest(prompt=prompt, **options)
    if not request.model:
        request = replace(request, model=request.chosen_model(os.environ).model)
    return next(compose(load(request.model), request))


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
