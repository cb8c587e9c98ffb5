"""Models by name: what each of them is, and other names for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from poet import paths
from poet.checkpoint import COUNTED, WEIGHTS_FILE, Checkpoint
from poet.errors import InputError, PoetError, UsageError, did_you_mean
from poet.files import Write, locked, settle
from poet.objects import DIGESTS, MODEL_FILE, digest
from poet.registry import model_folders
from poet.sanitize import single_line

LONGEST = 100  # bytes of a name


@dataclass(frozen=True)
class Entry:
    """A model as a list has it; `damage` says what is wrong with one that cannot be read."""

    name: str
    folder: Path
    is_own: bool
    parameters: int = 0
    text: str = ""
    damage: str = ""


def entries() -> list[Entry]:
    """Every model that can be named, the shipped ones first, each compared with its digests."""
    return [_entry(name, folder) for name, folder in model_folders().items()]


def _entry(name: str, folder: Path) -> Entry:
    is_own = folder.parent == paths.models()
    try:
        facts = Checkpoint.describe(folder)
        check_digests(folder, facts.get(DIGESTS, {}))
    except InputError as error:
        return Entry(name, folder, is_own, damage=error.message)
    text = facts.get("text", {}).get("name", "")
    return Entry(name, folder, is_own, facts.get("parameters", 0), text)


def check_digests(folder: Path, digests: dict[str, str]) -> None:
    """Raise `InputError` unless the files of a model are those that its `model.json` names."""
    for name in (WEIGHTS_FILE, *COUNTED):
        path = folder / name
        if not path.exists():
            if name in digests or name == WEIGHTS_FILE:
                raise InputError(f"{path} is missing", "copy or import the model again")
        elif digests and digest(path) != digests.get(name):
            raise InputError(
                f"{path} is not the file that belongs to the model, by its digest",
                "copy or import the model again",
            )


def check_name(name: str) -> None:
    """Raise `UsageError` for what cannot be the name of a model of the user's own."""
    is_plain = Path(name).name == name == single_line(name) and not name.startswith((".", "-"))
    if not name or not is_plain or len(name.encode(errors="replace")) > LONGEST:
        raise UsageError(
            f"{name!r} cannot be the name of a model",
            "choose a short name of letters, digits and - that does not begin with . or -",
        )
    if (paths.shipped() / "checkpoints" / name / MODEL_FILE).exists():
        raise UsageError(
            f"{name} is the name of a model that comes with poet",
            f"choose another, for example my-{name}",
        )


def own_model(name: str) -> Path:
    """The folder of a model of the user's own, damaged or not.

    Raises `UsageError` for one that ships, `InputError` where there is none.
    """
    known = model_folders()
    own = {key: folder for key, folder in known.items() if folder.parent == paths.models()}
    if name in own:
        return own[name]
    if name in known:
        raise UsageError(
            f"{name} comes with poet, and cannot be changed",
            "poet models list shows which are your own",
        )
    raise InputError(
        f"there is no model called {name}",
        f"{did_you_mean(name, list(own))} poet models list names the models".strip(),
    )


def rename(name: str, new: str) -> None:
    """Give a model of the user's own another name.

    Raises `UsageError` for a name that is taken or that cannot be one; as `own_model`.
    """
    folder = own_model(name)
    check_name(new)
    target = folder.with_name(new)
    settle(folder)
    with locked(folder):
        if target.exists():
            raise _taken(new)
        try:
            folder.rename(target)
        except OSError as error:
            if target.exists():  # made a moment ago
                raise _taken(new) from error
            raise PoetError(f"{name} could not be renamed: {error.strerror or error}") from error


def quantize(folder: Path) -> tuple[int, int]:
    """Store a model's matrices in 8 bits: the bytes of its weights before and after.

    What was counted for it stays. Raises `InputError` where there is no model.
    """
    model = Checkpoint.read(folder)
    before = (folder / WEIGHTS_FILE).stat().st_size
    counted = {name: _as_it_is(folder / name) for name in COUNTED if (folder / name).exists()}
    model.write(folder, counted, bits=8)
    return before, (folder / WEIGHTS_FILE).stat().st_size


def _as_it_is(file: Path) -> Write:
    data = file.read_bytes()
    return lambda path: path.write_bytes(data)


def _taken(name: str) -> UsageError:
    return UsageError(f"there is already a model called {name}", "choose another name")
