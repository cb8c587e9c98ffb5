"""The default model: `model = "mine"` at the top of the user's poet.toml."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from poet import paths
from poet.errors import InputError, UsageError
from poet.files import open_plain, write_text

KEY = "model"
VARIABLE = "POET_CONFIG"  # names the one file of settings to read instead of both
LARGEST = 1 << 16  # bytes of a file of settings


def set_default(name: str | None) -> None:
    """Let the user's file name the model, or none; the rest of the file stays as it is typed.

    Raises `UsageError` where that file is not read, `InputError` where it is not TOML,
    `PoetError` where it cannot be written.
    """
    if VARIABLE in os.environ:
        raise UsageError(
            f"{VARIABLE} is set, so that your own file of settings is not read",
            f'unset it, or write {KEY} = "{name or "NAME"}" above the tables of that file',
        )
    path = paths.settings()
    document = _document(path)
    if name is None:
        document.pop(KEY, None)
    else:
        document[KEY] = name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, document.as_string())


def own_default() -> str:
    """The model that the user's own file names; empty where it names none."""
    found = _document(paths.settings()).get(KEY, "")
    return str(found)


def _document(path: Path) -> Any:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    if not path.exists():
        return tomlkit.document()
    with open_plain(path) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError(f"{path} is longer than {LARGEST:,} bytes", "keep only settings in it")
    try:
        return tomlkit.parse(data.decode("utf-8"))
    except (TOMLKitError, ValueError, RecursionError) as error:
        raise InputError(f"{path} is not TOML: {error}", "mend it, then call this again") from error
