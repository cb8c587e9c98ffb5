"""Who trains in a run's folder, and that nobody else does meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from poet.errors import InputError
from poet.runs.folders import is_locked, run_lock

HOLD = """
import sys
from pathlib import Path
from poet.runs.folders import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_folder_is_held_as_long_as_it_is_trained_in(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    with run_lock(tmp_path):
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)


def test_two_processes_do_not_train_in_one_folder(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout
    assert other.stdin
    assert other.stdout.readline() == b"held\n"
    assert is_locked(tmp_path)
    with pytest.raises(InputError, match="is being trained by another process"), run_lock(tmp_path):
        pass
    other.kill()  # as a machine does that runs out of memory
    other.wait()
    other.stdin.close()
    other.stdout.close()
    assert not is_locked(tmp_path)
    with run_lock(tmp_path):
        pass


def test_a_run_that_was_killed_is_not_one_that_trains(tmp_path: Path) -> None:
    (tmp_path / ".lock").touch()
    assert not is_locked(tmp_path)
