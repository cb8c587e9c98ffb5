"""Models by name: those that ship, and those the user trained."""

from __future__ import annotations

from pathlib import Path

from poet import paths
from poet.errors import InputError, did_you_mean

DEFAULT = "tang"
ARCHIVE = ".poet"  # the suffix of a model in one file (see poet.collection.archive)


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
    if path.suffix == ARCHIVE and path.is_file():
        raise InputError(f"{path} is a model in one file", f"poet models import {path} adds it")
    raise InputError(
        f"there is no model called {name}",
        f"{did_you_mean(str(name), list(known))} poet models list names the models; "
        f"poet train --name {path.name} trains one".strip(),
    )


def model_folders() -> dict[str, Path]:
    """Every model by name: those that ship, then the user's own, which come before them."""
    found: dict[str, Path] = {}
    for home in (paths.shipped() / "checkpoints", paths.models()):
        if home.is_dir():
            found |= {path.name: path for path in sorted(home.iterdir()) if _is_model(path)}
    return found


def _is_model(path: Path) -> bool:
    return (path / "model.json").is_file()
