"""Run folders: one process trains in each, and they are found by name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from poet.errors import InputError, UsageError
from poet.runs.folders import all_runs, find, is_locked, latest_unfinished, new_folder, run_lock

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


def runs_with(folder: Path, *names: str) -> Path:
    """Runs of these names, each worked on after the one before it."""
    for age, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        (folder / name / "run.json").touch()
        os.utime(folder / name / "run.json", (age, age))
    return folder


def test_the_run_worked_on_last_comes_first(tmp_path: Path) -> None:
    runs = runs_with(tmp_path, "b", "c", "a")
    (runs / "b" / "metrics.jsonl").touch()
    os.utime(runs / "b" / "metrics.jsonl", (9, 9))
    assert [run.name for run in all_runs(runs)] == ["b", "a", "c"]
    assert latest_unfinished(runs).name == "b"


def test_a_run_is_found_by_folder_by_name_or_by_a_part_of_one(tmp_path: Path) -> None:
    runs = runs_with(tmp_path / "runs", "day-tang-1111", "day-song-2222", "day-song")
    assert find(runs, "tang") == runs / "day-tang-1111"
    assert find(runs, "day-song") == runs / "day-song"
    assert find(tmp_path / "elsewhere", str(runs / "day-song")) == runs / "day-song"


def test_a_part_of_several_names_is_refused(tmp_path: Path) -> None:
    runs = runs_with(tmp_path, "day-tang", "day-song")
    with pytest.raises(UsageError, match="'day' matches 2 runs: day-song, day-tang"):
        find(runs, "day")


def test_an_unknown_run_is_met_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no run 'tnag'") as error:
        find(runs_with(tmp_path, "day-song", "day-tang"), "tnag")
    assert error.value.hint == "did you mean day-tang?"
    with pytest.raises(InputError) as error:
        find(tmp_path, "xyz")
    assert error.value.hint == "poet runs list shows them"


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    runs = runs_with(tmp_path / "runs", "a")
    for name, what in (("file", "it is a file"), ("", "it has no run.json")):
        with pytest.raises(InputError, match=f"not the folder of a run: {what}"):
            find(runs, f"{tmp_path}/{name}")


def test_a_folder_without_runs_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    (tmp_path / "empty").mkdir()
    said = {"file": "is a file", "none": "does not exist", "empty": "there is no run in"}
    for name, what in said.items():
        with pytest.raises(InputError, match=what):
            all_runs(tmp_path / name)


def test_a_new_folder_is_another_each_time(tmp_path: Path) -> None:
    assert len({new_folder(tmp_path, "tang") for _ in range(5)}) == 5
    with pytest.raises(UsageError, match="cannot be created"):
        new_folder(tmp_path / ("x" * 300), "tang")
