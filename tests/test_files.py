"""A file is there whole, the old one or the new one."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from poet.errors import PoetError
from poet.files import write_atomically


def test_a_file_is_written_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    write_atomically(path, lambda part: _write(part, "月"))
    assert path.read_text("utf-8") == "月"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    write_atomically(tmp_path / "poem.txt", lambda part: _write(part, "月"))
    (tmp_path / "other").touch()
    modes = {file.stat().st_mode for file in tmp_path.iterdir()}
    assert len(modes) == 1


def test_the_old_file_stays_whole_when_the_disk_is_full(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.write_text("old", encoding="utf-8")

    def half_of_it(part: Path) -> None:
        _write(part, "ne")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(PoetError, match=r"poem.txt could not be written: No space left") as error:
        write_atomically(path, half_of_it)
    assert error.value.hint.startswith("what was there before is still whole; make room")
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on file sizes")
def test_a_disk_that_refuses_safetensors_is_the_same_sentence(tmp_path: Path) -> None:
    """safetensors has an error of its own for a full disk."""
    import resource
    import signal

    import numpy as np
    from safetensors.numpy import save_file

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(PoetError, match=r"model.safetensors could not be written: .*large"):
            write_atomically(
                tmp_path / "model.safetensors",
                lambda part: save_file({"a": np.zeros(9_999)}, part),
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PoetError, match=r"poem.txt could not be written: No such file"):
        write_atomically(tmp_path / "no" / "poem.txt", lambda part: _write(part, "月"))


def test_a_bug_while_writing_keeps_its_traceback_and_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.write_text("old", encoding="utf-8")

    def broken(part: Path) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_atomically(path, broken)
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
