"""Run folders: create one, list them, find one by part of its name, lock one while training.

runs/2026-11-23-tang-7f3a/
  run.json             what was asked: texts, settings, budget
  metrics.jsonl        one line every few steps, one per evaluation (see `poet.runs.log`)
  state.safetensors    everything needed to continue, bit for bit
  model.safetensors    the best model so far, with model.json and README.md: ready to write
  novelty.safetensors  the index of its text's lines, once the run has ended
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from poet.errors import InputError, UsageError, did_you_mean
from poet.files import remove_folder
from poet.objects import MODEL_FILE
from poet.runs.config import RUN_FILE, STATE_FILE
from poet.runs.log import METRICS_FILE, RunLog

LOCK_FILE = ".lock"


def new_folder(runs: Path, name: str) -> Path:
    """Create the folder of a new run: date, name, and four random hex digits."""
    for _ in range(100):
        folder = runs / f"{datetime.now(UTC):%Y-%m-%d}-{name}-{secrets.token_hex(2)}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise UsageError(
                f"the run folder {folder} cannot be created: {error.strerror}",
                "choose another --runs",
            ) from error
        return folder
    raise UsageError(f"there are too many runs called {name} in {runs}", "choose another --name")


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Keep other processes from training in a folder. Raises `InputError` if one already is."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK_FILE, timeout=1)  # `is_locked` holds it for a moment
    try:
        lock.acquire()
    except Timeout:
        raise InputError(
            f"{folder} is being trained by another process",
            "stop that one first, or let it finish",
        ) from None
    try:
        yield
    finally:
        lock.release()


def is_locked(folder: Path) -> bool:
    """Whether a process is training in a folder now."""
    if not (folder / LOCK_FILE).exists():
        return False
    from filelock import FileLock, Timeout  # takes 50 ms to import, which most runs do not need

    try:
        with FileLock(folder / LOCK_FILE, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # the folder belongs to another user
        return False


def newest_first(runs: Path) -> list[Path]:
    """Every run in a folder, the last modified first."""
    return sorted(
        (path.parent for path in runs.glob(f"*/{RUN_FILE}")), key=last_modified, reverse=True
    )


def last_modified(folder: Path) -> float:
    """When a file of the run was last written, in seconds since 1970."""
    files = [folder / name for name in (RUN_FILE, METRICS_FILE, MODEL_FILE, STATE_FILE)]
    return max((path.stat().st_mtime for path in files if path.exists()), default=0.0)


def latest_unfinished(runs: Path) -> Path:
    """The last modified run that has not ended. Raises `InputError` if there is none.

    One that cannot be read is not passed over: it may be the one that is meant.
    """
    found = newest_first(runs)
    if not found:
        raise InputError(f"there is no run in {runs} to resume", "start one: poet train")
    for folder in found:
        try:
            is_finished = RunLog.read(folder).finished
        except InputError:
            is_finished = False
        if not is_finished:
            return folder
    raise InputError(
        f"every run in {runs} has ended: there is none to resume",
        f"poet write -m {found[0]} writes with the last; poet train starts another",
    )


def all_runs(runs: Path) -> list[Path]:
    """Every run in a folder, the last modified first. Raises `InputError` if there is none."""
    if not runs.is_dir():
        what = "is a file, not a folder of runs" if runs.exists() else "does not exist"
        raise InputError(f"{runs} {what}", "--runs names the folder; poet train creates it")
    found = newest_first(runs)
    if not found:
        raise InputError(f"there is no run in {runs}", "start one: poet train")
    return found


def find(runs: Path, name: str) -> Path:
    """The run that `name` means: a folder, the name of one in `runs`, or part of such a name.

    Raises `InputError` if there is none, with the nearest name; `UsageError` if several match.
    """
    for folder in (runs / name, Path(name)):
        if (folder / RUN_FILE).is_file():
            return folder
    matches = [folder for folder in newest_first(runs) if name in folder.name]
    if len(matches) == 1:
        return matches[0]
    if matches:
        some = ", ".join(folder.name for folder in matches[:5])
        raise UsageError(f"{name!r} matches {len(matches)} runs: {some}", "give more of the name")
    if Path(name).exists():
        what = f"it has no {RUN_FILE}" if Path(name).is_dir() else "it is a file"
        raise InputError(f"{name} is not the folder of a run: {what}", "poet runs list shows them")
    names = [folder.name for folder in reversed(all_runs(runs))]
    parts = {part: whole for whole in names for part in (whole, *whole.split("-"))}
    hint = did_you_mean(name, parts) or "poet runs list shows them"
    raise InputError(f"there is no run {name!r} in {runs}", hint)


def remove(folder: Path) -> None:
    """Remove a run with all that is in its folder.

    Raises `InputError` where it is being trained, `PoetError` where the disk refuses.
    """
    place = folder if folder.is_symlink() else folder.resolve()
    with run_lock(place):
        remove_folder(place)
