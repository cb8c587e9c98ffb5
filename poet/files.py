"""Files on disk: read only if they are plain ones, replaced so that there is always a whole one.

    write_atomically    one file: the old or the new
    replace_together    several files of a folder: all old or all new
    place               a folder that is made: all of it or none
    temporary           something half made, removed at the end, or swept after a kill

What is half made lies beside its place as `.poet-….part`. Its maker holds it locked, so that
whoever writes there next can tell what a killed process left from what is still being made.
"""

from __future__ import annotations

import io
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from poet.errors import InputError, PoetError, UsageError

try:
    import fcntl
except ImportError:  # Windows, where age alone tells what was left behind
    fcntl = None  # type: ignore[assignment]

Write: TypeAlias = Callable[[Path], object]  # fills a file that nobody reads yet
PREFIX, SUFFIX = ".poet-", ".part"  # of what is half made
PENDING = ".poet-new"  # a folder of whole files that take the places of those beside it
STALE = 86_400  # seconds after which what cannot be locked is taken for left behind
PATIENCE = 5.0  # seconds in which somebody has to begin to write into a pipe


def open_plain(path: Path) -> BinaryIO:
    """Open a plain file for reading. Raises `InputError` for anything else.

    A pipe would block until somebody writes to it, and a device may never end.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}", "check that it is there and yours"
        ) from error
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise InputError(f"{path} is {what}, not a plain file", "put a plain file in its place")
    return os.fdopen(handle, "rb")


def open_pipe(path: Path) -> BinaryIO:
    """Open a pipe that has a name, such as that of `<(…)`, for reading once.

    A writer who is there may take any time. Reading raises `InputError` where none comes within
    `PATIENCE` seconds.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    return io.BufferedReader(_Pipe(handle, path))


class _Pipe(io.RawIOBase):
    """A pipe that was opened without waiting for a writer."""

    def __init__(self, handle: int, path: Path) -> None:
        self.handle, self.path = handle, path
        self.has_begun = False

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes, none at the end."""
        deadline = time.monotonic() + PATIENCE
        while not self.has_begun:
            try:
                data = os.read(self.handle, len(buffer))
            except BlockingIOError:  # a writer is there, and has written nothing yet
                self._begin()
                break
            if data:
                self._begin()
                buffer[: len(data)] = data
                return len(data)
            if time.monotonic() > deadline:
                raise InputError(
                    f"nobody has written into the pipe {self.path} in {PATIENCE:g} seconds",
                    "begin to write into it first, or give a file",
                )
            time.sleep(0.02)
        data = os.read(self.handle, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _begin(self) -> None:
        """Wait for the writer from now on."""
        self.has_begun = True
        os.set_blocking(self.handle, True)

    def close(self) -> None:
        """Close the pipe."""
        if not self.closed:
            os.close(self.handle)
        super().close()


def write_atomically(path: Path, write: Write) -> None:
    """Let `write` fill a temporary file beside `path`, flush it to disk, and rename it.

    What a link points to is replaced, not the link. A file that is replaced keeps its permissions.

    Raises `PoetError` when the disk is full or refuses; what was there before stays whole.
    """
    with _disk_errors(path):
        whole = _target(path)
        with temporary(whole.parent) as part:
            write(part)
            _flush(part)
            part.chmod(_mode(whole))
            part.replace(whole)
        _flush(whole.parent)


def replace_together(folder: Path, files: Mapping[str, Write | None]) -> None:
    """Replace several files of a folder, or remove those given as None, all of them or none.

    The new files are made in a folder of their own inside it. Once that has the name `PENDING`,
    they count as those of the folder; whoever comes next moves them to their places, if this
    process is killed before it has done so (see `settle`).

    Raises `PoetError` when the disk is full or refuses; what was there before stays whole.
    """
    with _disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder), temporary(folder, is_folder=True) as work:
            _move_pending(folder)
            for name, write in files.items():
                (work / name).touch()  # an empty file stands for one to be removed
                if write:
                    write(work / name)
                    _flush(work / name)
                    (work / name).chmod(_mode(folder / name))
            _flush(work)
            work.chmod(stat.S_IMODE(folder.stat().st_mode))
            work.rename(folder / PENDING)
            _flush(folder)
            _move_pending(folder)


def place(folder: Path, target: Path) -> bool:
    """Give a folder of whole files its name, flushed before; False where there is one already.

    Raises `PoetError` when the disk is full or refuses.
    """
    with _disk_errors(target):
        for path in (*folder.iterdir(), folder):
            _flush(path)
        try:
            folder.rename(target)
        except OSError:
            if target.exists():
                return False
            raise
        _flush(target.parent)
    return True


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that is in it; what a link points to stays.

    It loses its name before anything in it is deleted, so that a kill leaves no part of it there.
    Raises `PoetError` where the disk refuses.
    """
    try:
        with temporary(folder.parent, is_folder=True) as work, locked(folder):
            folder.rename(work / "removed")
    except OSError as error:
        raise PoetError(
            f"{folder} could not be removed: {error.strerror or error}",
            "check that it and the folder around it are yours",
        ) from error


def settle(folder: Path) -> None:
    """Finish what `replace_together` was killed in the middle of. To be called before reading."""
    if not (folder / PENDING).exists():
        return
    try:
        with locked(folder):
            _move_pending(folder)
    except OSError as error:
        raise InputError(
            f"the files of {folder} were being replaced, and the rest cannot be moved to their "
            f"places: {error.strerror or error}",
            f"move the files of {folder / PENDING} into {folder}",
        ) from error


def _move_pending(folder: Path) -> None:
    pending = folder / PENDING
    if not pending.is_dir():
        return
    for file in sorted(pending.iterdir()):
        if file.stat().st_size:
            file.replace(folder / file.name)
        else:
            (folder / file.name).unlink(missing_ok=True)
            file.unlink()
    _flush(folder)
    pending.rmdir()


@contextmanager
def temporary(parent: Path, *, is_folder: bool = False) -> Iterator[Path]:
    """An empty file or folder in `parent` for something half made, removed at the end if there.

    What killed processes left in `parent` is removed too.
    """
    sweep(parent)
    handle = None
    while True:
        if is_folder:
            path = Path(tempfile.mkdtemp(SUFFIX, PREFIX, parent))
        else:
            made, name = tempfile.mkstemp(SUFFIX, PREFIX, parent)
            os.close(made)
            path = Path(name)
        handle = _hold(path)
        if path.exists():  # else somebody swept it before it was held
            break
        _release(handle)
    try:
        yield path
    finally:
        _remove(path)
        _release(handle)


def sweep(folder: Path) -> None:
    """Remove what killed processes left half made in a folder."""
    for left in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError):  # gone, or of another user
            if fcntl is None:
                if time.time() - left.stat().st_mtime > STALE:
                    _remove(left)
                continue
            handle = os.open(left, os.O_RDONLY | os.O_NONBLOCK)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(left)
            finally:
                os.close(handle)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder; others that want to hold it wait. No file is left behind.

    On Windows, and on disks that know no locks, nobody waits.
    """
    handle = _hold(folder)
    try:
        yield
    finally:
        _release(handle)


def _hold(path: Path) -> int | None:
    if fcntl is None:
        return None
    handle = os.open(path, os.O_RDONLY)
    with suppress(OSError):  # some network disks know no locks
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def _release(handle: int | None) -> None:
    if handle is not None:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a file in UTF-8, its lines ended alike everywhere, whole or not at all."""
    write_atomically(path, lambda part: fill(part, text))


def fill(path: Path, text: str) -> None:
    """Put text into a file that nobody reads yet."""
    path.write_text(text, encoding="utf-8", newline="\n")


def check_place(path: Path, suffixes: Collection[str], cannot: str, hint: str = "") -> None:
    """Raise, before anything is made, where a file of this name could not be written.

    `cannot` begins the sentence for an unknown suffix: "poems are not written as"; `hint` ends
    what to do instead.
    """
    if path.suffix.lower() not in suffixes:
        known = f"the suffixes known are {' '.join(suffixes)}"
        raise UsageError(f"{cannot} {path.suffix or 'a file without a suffix'}", known + hint)
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent}", f"mkdir -p {path.parent}")
    _target(path)


def _target(path: Path) -> Path:
    """The file that a path leads to. Raises `PoetError` where none can be written."""
    try:
        whole = path.resolve()
        whole.is_file()
        is_replaceable = not whole.exists() or whole.is_file()
    except (OSError, RuntimeError) as error:  # links in a circle, which 3.13 finds only when asked
        raise PoetError(f"{path} leads nowhere: {error}", "name another file") from error
    if not is_replaceable or whole.is_symlink():
        raise PoetError(f"{path} is not a file that can be replaced", "name another file")
    return whole


def _mode(path: Path) -> int:
    """The permissions of a file to be written here: those it has, or those of any new file."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    from safetensors import SafetensorError  # which is no OSError, though the disk was full

    try:
        yield
    except (OSError, SafetensorError) as error:
        raise PoetError(
            f"{path} could not be written: {getattr(error, 'strerror', None) or error}",
            "what was there before is still whole; make room, or choose another folder",
        ) from error


def _flush(path: Path) -> None:
    """Make sure that a file, or the names in a folder, are on the disk."""
    is_folder = path.is_dir()
    if is_folder and os.name != "posix":  # only there can a folder be flushed
        return
    handle = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
