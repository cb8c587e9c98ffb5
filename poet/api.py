"""The library's face: open a poet, train one. `import poet` gives these."""

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
    """A poet by name or folder, ready to write and to score. torch is not needed.

    Raises `InputError` when there is no such model, or it is damaged.

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
    """Train on texts (names of the catalogue, files, folders); a generator of progress.

    The run and its model lie in `folder`, which `poet.load` opens and `poet train --resume`
    goes on with. `base` is a model to go on from, `settings` are those of
    `poet.runs.config.Settings`. Takes 30 minutes where nothing says how long; from a
    model, at most 20 epochs. Raises `InputError` for texts that cannot be read, `UsageError`
    for settings out of range.
    """
    import torch

    from poet.dataset.prepare import prepare
    from poet.runs.config import Budget, RunConfig, budget_for, settings_for
    from poet.training.run import begin, finish, follow

    names = tuple(str(text) for text in texts)
    place = Path(folder)
    start = Checkpoint.read(find_model(base)) if base else None
    tokenizer = start.tokenizer if start else None
    dataset = prepare(names, say=lambda remark: None, base=tokenizer)
    characters = int(dataset.facts["counts"]["characters"])
    plan = RunConfig(
        names=names,
        name=place.name,
        settings=settings_for(preset, characters, start).changed(**settings),
        budget=budget_for(Budget(steps, epochs, minutes), characters, start),
        device=device,
        precision=precision,
        store=str(dataset.folder.resolve()),
        threads=torch.get_num_threads(),
        base=str(find_model(base).resolve()) if base else "",
    )
    trainer = begin(plan, dataset, place)
    yield from follow(trainer, plan, trainer.steps())
    finish(trainer, plan)
