"""Run folders: a new one, the latest, the one that a few letters mean, who trains in one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from poet.errors import InputError, UsageError, did_you_mean
from poet.runs.config import PLAN, STATE
from poet.runs.log import METRICS, MODEL

LOCK = ".lock"


def new_folder(runs: Path, name: str) -> Path:
    """Make the folder of a new run: date, name and four digits that tell runs apart."""
    for _ in range(100):
        folder = runs / f"{datetime.now(UTC):%Y-%m-%d}-{name}-{secrets.token_hex(2)}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise UsageError(
                f"the run folder {folder} cannot be made: {error.strerror}", "choose another --runs"
            ) from error
        return folder
    raise UsageError(f"{runs} is full of runs called {name}", "choose another --name")


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Keep others from training in a folder. Raises `InputError` where another process does."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK, timeout=1)  # who only looks holds it for a moment
    try:
        lock.acquire()
    except Timeout:
        raise InputError(
            f"{folder} is being trained by another process", "stop that one first, or let it finish"
        ) from None
    try:
        yield
    finally:
        lock.release()


def is_locked(folder: Path) -> bool:
    """Whether some process trains in a folder now."""
    if not (folder / LOCK).exists():
        return False
    from filelock import FileLock, Timeout  # half a tenth of a second, which a list need not wait

    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # a folder of someone else's
        return False


def newest_first(runs: Path) -> list[Path]:
    """Every run in a folder, that which was worked on last first."""
    return sorted((path.parent for path in runs.glob(f"*/{PLAN}")), key=last_modified, reverse=True)


def last_modified(folder: Path) -> float:
    """When a file of the run was last written, in seconds of the epoch."""
    files = [folder / name for name in (PLAN, METRICS, MODEL, STATE)]
    return max(path.stat().st_mtime for path in files if path.exists())


def latest(runs: Path) -> Path:
    """The run that was worked on last. Raises `InputError` where there is none."""
    found = newest_first(runs)
    if not found:
        raise InputError(f"there is no run in {runs} to resume", "start one: poet train")
    return found[0]


def all_runs(runs: Path) -> list[Path]:
    """Every run in a folder, the newest first. Raises `InputError` where there is none."""
    if not runs.is_dir():
        what = "is a file, not a folder of runs" if runs.exists() else "is not there"
        raise InputError(f"{runs} {what}", "--runs names the folder; poet train makes one")
    found = newest_first(runs)
    if not found:
        raise InputError(f"there is no run in {runs}", "start one: poet train")
    return found


def find(runs: Path, name: str) -> Path:
    """The run that `name` means: a folder, the name of one in `runs`, or a part of one name.

    Raises `InputError` where there is none, and names the nearest; `UsageError` where the part
    belongs to several.
    """
    for folder in (runs / name, Path(name)):
        if (folder / PLAN).is_file():
            return folder
    meant = [folder for folder in newest_first(runs) if name in folder.name]
    if len(meant) == 1:
        return meant[0]
    if meant:
        some = ", ".join(folder.name for folder in meant[:5])
        raise UsageError(f"{name!r} may mean {len(meant)} runs: {some}", "give more of the name")
    if Path(name).exists():
        what = f"it has no {PLAN}" if Path(name).is_dir() else "it is a file"
        raise InputError(f"{name} is not the folder of a run: {what}", "poet runs list names them")
    names = [folder.name for folder in reversed(all_runs(runs))]
    parts = {part: whole for whole in names for part in (whole, *whole.split("-"))}
    hint = did_you_mean(name, parts) or "poet runs list names them"
    raise InputError(f"there is no run {name!r} in {runs}", hint)
