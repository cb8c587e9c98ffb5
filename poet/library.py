"""The library's face: open a poet, train one. `import poet` gives these."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from . import places
from .checkpoint import Checkpoint
from .corpus.lifts import TitleLifts
from .corpus.novelty import Index
from .errors import InputError
from .writing.cliches import Cliches
from .writing.writer import Writer

if TYPE_CHECKING:
    from .training.loop import Progress

DEFAULT = "tang"


def find_model(name: str | Path = DEFAULT) -> Path:
    """The folder of a model: a path, a model the user trained and named, or one that ships.

    Raises `InputError`, naming the nearest, when there is none.
    """
    path = Path(name)
    if path.is_dir() and ("/" in str(name) or isinstance(name, Path) or _is_model(path)):
        return path
    known = model_folders()
    if str(name) in known:
        return known[str(name)]
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise InputError(
        f"there is no model called {name}",
        f"{hint}poet models list shows those there are; poet train --name {path.name} makes one",
    )


def model_folders() -> dict[str, Path]:
    """Every model by name: those that ship, then the user's own, which come before them."""
    found: dict[str, Path] = {}
    for home in (places.shipped() / "checkpoints", places.models()):
        if home.is_dir():
            found |= {path.name: path for path in sorted(home.iterdir()) if _is_model(path)}
    return found


def _is_model(path: Path) -> bool:
    return (path / "model.json").is_file()


def open(name: str | Path = DEFAULT) -> Writer:
    """A poet by name or folder, ready to write and to score. torch is not needed.

    Raises `InputError` when there is no such model, or it is damaged.

        tang = poet.open()
        for character in tang.write("明月", form="五絕", seed=1):
            print(character, end="")
    """
    folder = find_model(name)
    lifts, cliches = TitleLifts.read(folder), Cliches.read(folder)
    return Writer(Checkpoint.read(folder), Index.read(folder), lifts, cliches)


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

    The run and its model lie in `folder`, which `poet.open` opens and `poet train --resume`
    goes on with. `base` is a model to go on from, `settings` are those of
    `poet.training.settings.Settings`. Takes 30 minutes where nothing says how long; from a
    model, at most 20 epochs. Raises `InputError` for texts that cannot be read, `UsageError`
    for settings out of range.
    """
    import torch

    from .corpus.texts import prepare
    from .training.loop import Budget
    from .training.run import Plan, begin, budget_for, finish, follow, settings_for

    names = tuple(str(text) for text in texts)
    place = Path(folder)
    start = Checkpoint.read(find_model(base)) if base else None
    alphabet = start.alphabet if start else None
    store = prepare(names, say=lambda remark: None, base=alphabet)
    characters = int(store.facts["counts"]["characters"])
    plan = Plan(
        names=names,
        name=place.name,
        settings=settings_for(preset, characters, start).changed(**settings),
        budget=budget_for(Budget(steps, epochs, minutes), characters, start),
        device=device,
        precision=precision,
        store=str(store.folder.resolve()),
        threads=torch.get_num_threads(),
        base=str(find_model(base).resolve()) if base else "",
    )
    trainer = begin(plan, store, place)
    yield from follow(trainer, plan, trainer.steps())
    finish(trainer, plan)
