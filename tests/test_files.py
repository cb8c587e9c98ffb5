"""A file is there whole, the old one or the new one."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from poet.errors import InputError, PoetError
from poet.files import (
    check_place,
    open_plain,
    replace_together,
    settle,
    sweep,
    temporary,
    write_atomically,
)


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


def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.touch()
    for mode in (0o600, 0o640, 0o444):
        path.chmod(mode)
        write_atomically(path, lambda part: _write(part, "月"))
        assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "poem.txt")
    write_atomically(tmp_path / "link", lambda part: _write(part, "月"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "poem.txt").read_text("utf-8") == "月"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links_in_a_circle_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.symlink_to(tmp_path / "other.txt")
    (tmp_path / "other.txt").symlink_to(path)
    with pytest.raises(PoetError, match=r"poem.txt leads nowhere"):
        check_place(path, [".txt"], "")
    with pytest.raises(PoetError, match=r"poem.txt leads nowhere"):
        write_atomically(path, lambda part: _write(part, "月"))


@pytest.mark.parametrize("kind", ["fifo", "folder"])
def test_only_a_plain_file_is_opened(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "poem.txt"
    if kind == "fifo":
        if not hasattr(os, "mkfifo"):
            pytest.skip("there are no such pipes on Windows")
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(InputError, match=r"poem.txt .*(plain file|Permission)"):
        open_plain(path)


# Kills


def test_files_are_replaced_all_or_none_whenever_the_process_is_killed(
    tmp_path: Path, killed_at: Callable[..., bool]
) -> None:
    old, new = {"a": "old a", "b": "old b", "gone": "old"}, {"a": "new a", "b": "new b", "c": "new"}
    for moment in count():
        folder = tmp_path / str(moment)
        folder.mkdir()
        for name, text in old.items():
            _write(folder / name, text)
        work = partial(replace_together, folder, {**_writers(new), "gone": None})
        died = killed_at(moment, work)
        settle(folder)
        found = {file.name: file.read_text("utf-8") for file in _whole(folder)}
        assert found == (new if found["a"] == "new a" else old)
        replace_together(folder, _writers({"d": "another"}))
        assert {file.name for file in folder.iterdir()} == {*found, "d"}  # nothing is left behind
        if not died:
            break
    assert found == new
    assert moment > 15


def test_a_file_is_old_or_new_whenever_the_process_is_killed(
    tmp_path: Path, killed_at: Callable[..., bool]
) -> None:
    path = tmp_path / "poem.txt"
    for moment in count():
        _write(path, "old")
        died = killed_at(moment, partial(write_atomically, path, lambda part: _write(part, "new")))
        assert path.read_text("utf-8") in ("old", "new")
        write_atomically(path, lambda part: _write(part, "newer"))
        assert list(tmp_path.iterdir()) == [path]
        if not died:
            break
    assert moment > 3


def test_what_another_process_is_making_is_not_swept(tmp_path: Path) -> None:
    with temporary(tmp_path) as mine, temporary(tmp_path, is_folder=True) as folder:
        write_atomically(tmp_path / "poem.txt", lambda part: _write(part, "月"))
        sweep(tmp_path)
        assert mine.exists()
        assert folder.exists()
    assert [file.name for file in tmp_path.iterdir()] == ["poem.txt"]


def test_files_of_others_are_not_swept(tmp_path: Path) -> None:
    for name in (".download.part", "poem.part", ".poet-notes"):
        (tmp_path / name).touch()
    sweep(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_disk_that_is_full_leaves_all_files_as_they_were(tmp_path: Path) -> None:
    _write(tmp_path / "a", "old")

    def full(part: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(PoetError, match="could not be written: No space left"):
        replace_together(tmp_path, {**_writers({"a": "new"}), "b": full})
    assert {file.name: file.read_text("utf-8") for file in tmp_path.iterdir()} == {"a": "old"}


def _whole(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if not file.name.endswith(".part")]


def _writers(texts: dict[str, str]) -> dict[str, Callable[[Path], None]]:
    return {name: partial(_write, text=text) for name, text in texts.items()}


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
