"""poet keeps to itself: what needs no network opens no socket."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import poet as package

ALONE = """
import sys
def hook(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.")) and event != "socket.gethostname":
        sys.stderr.write(f"NETWORK {event} {arguments}\\n")
sys.addaudithook(hook)
import poet.cli
poet.cli.main()
"""


def alone(*words: str, folder: Path, code: str = ALONE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parents[1])},
    )


@pytest.mark.parametrize(
    "words",
    [
        ["write", "明月", "--form", "五絕", "--show", "pinyin"],
        ["write", "The moon", "--max-chars", "40", "-o", "moon.html"],
        ["models", "list"],
        ["corpus", "list"],
        ["forms"],
    ],
    ids=" ".join,
)
def test_no_socket_is_opened(words: list[str], tmp_path: Path) -> None:
    done = alone(*words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "NETWORK" not in done.stderr


def test_a_socket_would_be_noticed(tmp_path: Path) -> None:
    code = ALONE.replace("import poet.cli\npoet.cli.main()", "import socket\nsocket.socket()")
    assert "NETWORK socket.__new__" in alone(folder=tmp_path, code=code).stderr
