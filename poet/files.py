"""Writing files so that there is always a whole one: the old or the new."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from .errors import PoetError


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, flush it to disk, and rename it.

    Raises `PoetError` when the disk is full or refuses; what was there before stays whole.
    """
    if path.exists() and not path.is_file():
        raise PoetError(f"{path} is not a file that can be replaced", "name another file")
    from safetensors import SafetensorError  # which is no OSError, though the disk was full

    part: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        part = Path(name)
        write(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)
        _sync_folder(path.parent)
    except (OSError, SafetensorError) as error:
        raise PoetError(
            f"{path} could not be written: {getattr(error, 'strerror', None) or error}",
            "what was there before is still whole; make room, or choose another folder",
        ) from error
    finally:
        if part:
            part.unlink(missing_ok=True)


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
