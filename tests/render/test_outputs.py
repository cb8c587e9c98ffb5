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
    assert done.stderr.decode() == (
        f"the output was set to {encoding}, which has no such characters: it is now UTF-8\n"
    )
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
def test_a_reader_who_leaves_ends_the_program_quietly(how: str) -> None:
    ours, theirs = os.pipe()
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    code = PRINT + f"text = '夜雨，' * 500\nwhile True: {how}"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=theirs, stderr=subprocess.PIPE, env=env
    )
    os.close(theirs)
    assert os.read(ours, 3).decode() == "夜"
    os.close(ours)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, b"")


@pytest.mark.skipif(
    not Path("/dev/full").is_char_device(), reason="there is no full disk to write to"
)
def test_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        out = Terminal(full, tty=False, width=80, colour=False)
        with pytest.raises(PoetError, match="could not be written: No space left"):
            print_poem(Poem("夜雨。"), out)
