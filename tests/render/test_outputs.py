"""Real outputs, in programs of their own: encodings, closed pipes, full disks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from poet.errors import PoetError
from poet.poem import Poem
from poet.render.terminal import Terminal, print_poem

PRINT = """
import os, sys
from poet.render.terminal import Terminal, note, print_poem, stream_poem
from poet.errors import OutputClosed
from poet.poem import Poem
out = Terminal.of(sys.stdout, os.environ)
"""


def run(code: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    env["PYTHONPATH"] = str(Path(__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-c", PRINT + code], capture_output=True, env=env | environ, check=False
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_an_output_without_chinese_becomes_utf8_and_says_so_once(encoding: str) -> None:
    code = "for _ in 1, 2: print_poem(Poem('夜雨\\ud83c，燈寒。'), out)"
    done = run(code, PYTHONIOENCODING=encoding)
    assert done.stdout.decode() == "夜雨�，\n燈寒。\n" * 2
    (note,) = done.stderr.decode().splitlines()
    assert encoding in note
    assert "UTF-8" in note
    assert done.returncode == 0


def test_an_output_that_has_chinese_keeps_its_encoding() -> None:
    done = run("print_poem(Poem('夜雨，葛\\U000e0100寒。'), out)", PYTHONIOENCODING="gb18030")
    assert done.stdout.decode("gb18030") == "夜雨，\n葛\U000e0100寒。\n"
    done = run("print_poem(Poem('夜雨，𠮷。'), out)", PYTHONIOENCODING="big5")
    assert done.stdout.decode("big5") == "夜雨，\n?。\n"
    assert done.stderr == b""


def test_an_output_settled_once_stays_as_it_is() -> None:
    code = "print_poem(Poem('été'), out); print_poem(Poem('月'), out)"
    assert run(code, PYTHONIOENCODING="cp1252").stdout.decode("cp1252") == "été\n?\n"


def test_a_chinese_note_can_be_read_on_an_ascii_stderr() -> None:
    done = run("note('五絕')", PYTHONIOENCODING="ascii")
    assert done.stderr.decode() == "五絕\n"


@pytest.mark.parametrize("how", ["print_poem(Poem(text), out)", "stream_poem(text, out)"])
def test_a_reader_who_leaves_is_an_error_that_leaves_nothing_to_flush(how: str) -> None:
    code = (
        f"{PRINT}text = '夜雨，' * 500\n"
        f"try:\n    while True: {how}\nexcept OutputClosed: sys.exit(7)"
    )
    assert until_the_reader_leaves(["-c", code], b"") == (7, b"")


def test_a_reader_who_leaves_ends_the_command_quietly() -> None:
    poems = "夜雨歸舟靜，燈寒客夢輕。\n\n" * 3_000
    assert until_the_reader_leaves(["-m", "poet", "scan", "-"], poems.encode()) == (0, b"")


def until_the_reader_leaves(arguments: list[str], given: bytes) -> tuple[int, bytes]:
    """Exit code and stderr of a program whose output is read to its first byte and then closed."""
    ours, theirs = os.pipe()
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=env,
    )
    os.close(theirs)
    assert process.stdin
    process.stdin.write(given)
    process.stdin.close()
    process.stdin = None
    assert os.read(ours, 1)
    os.close(ours)
    _, stderr = process.communicate(timeout=30)
    return process.returncode, stderr


@pytest.mark.skipif(
    not Path("/dev/full").is_char_device(), reason="there is no full disk to write to"
)
def test_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        out = Terminal(full, tty=False, width=80, colour=False)
        with pytest.raises(PoetError, match="could not be written: No space left"):
            print_poem(Poem("夜雨。"), out)
