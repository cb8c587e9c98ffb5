"""Writing files so that there is always a whole one: the old or the new."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

from poet.errors import InputError, PoetError, UsageError


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, flush it to disk, and rename it.

    What a link points to is replaced, not the link.

    Raises `PoetError` when the disk is full or refuses; what was there before stays whole.
    """
    if path.exists() and not path.is_file():
        raise PoetError(f"{path} is not a file that can be replaced", "name another file")
    from safetensors import SafetensorError  # which is no OSError, though the disk was full

    part, whole = None, path.resolve()
    try:
        handle, name = tempfile.mkstemp(prefix=f".{whole.name}.", suffix=".part", dir=whole.parent)
        os.close(handle)
        part = Path(name)
        write(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(whole)
        _sync_folder(whole.parent)
    except (OSError, SafetensorError) as error:
        raise PoetError(
            f"{path} could not be written: {getattr(error, 'strerror', None) or error}",
            "what was there before is still whole; make room, or choose another folder",
        ) from error
    finally:
        if part:
            part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a file in UTF-8, its lines ended alike everywhere, whole or not at all."""
    write_atomically(path, lambda part: fill(part, text))


def fill(path: Path, text: str) -> None:
    """Put text into a file that nobody reads yet."""
    path.write_text(text, encoding="utf-8", newline="\n")


def check_place(path: Path, suffixes: Collection[str], cannot: str, hint: str = "") -> None:
    """Raise, before anything is made, where the suffix is unknown or the folder missing.

    `cannot` begins the sentence: "poems are not written as"; `hint` ends what to do instead.
    """
    if path.suffix.lower() not in suffixes:
        known = f"the suffixes known are {' '.join(suffixes)}"
        raise UsageError(f"{cannot} {path.suffix or 'a file without a suffix'}", known + hint)
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent}", f"mkdir -p {path.parent}")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # only there can a folder be flushed
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
