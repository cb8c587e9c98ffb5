"""poet write at a terminal: a draft grows until the poem takes its place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import poet as package
from poet.cli.output import Output

pexpect = pytest.importorskip("pexpect")
if not hasattr(pexpect, "spawn"):
    pytest.skip("pexpect drives no terminal on Windows", allow_module_level=True)
pyte = pytest.importorskip("pyte")

ROOT = Path(package.__file__).parents[1]
ERASE = "\x1b[J"
Poet = Callable[..., tuple[int, str, str]]


@pytest.fixture
def words(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A command that writes three poems of one candidate each."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("TERM", "xterm")
    options = ("--seed", "3", "--strictness", "off", "--best-of", "1", "--title", "夜雨", "-n", "3")
    return ["-m", "poet", "write", "-m", str(tiny), "-f", "五絕", *options]


def at_a_terminal(words: list[str]) -> str:
    """All that a command sends to a terminal, remarks included."""
    child = pexpect.spawn(sys.executable, words, encoding="utf-8", timeout=60, dimensions=(50, 80))
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    return str(child.before)


def screen(text: str) -> list[str]:
    shown = pyte.Screen(80, 50)
    pyte.Stream(shown).feed(text)
    return "\n".join(row.rstrip() for row in shown.display).rstrip().split("\n")


def test_at_the_end_the_poems_and_remarks_stand_there_and_nothing_else(words: list[str]) -> None:
    sent, at_once = at_a_terminal(words), at_a_terminal([*words, "--no-stream"])
    assert ERASE in sent
    assert screen(sent) == screen(at_once)
    assert sum(row == "夜雨" for row in screen(sent)) == 3


@pytest.mark.parametrize("more", ["--no-stream", "--jsonl"])
def test_where_a_poem_does_not_stream_there_is_no_draft(words: list[str], more: str) -> None:
    assert ERASE not in at_a_terminal([*words, more])


def test_of_poems_that_go_to_a_file_there_is_no_draft(words: list[str], tmp_path: Path) -> None:
    assert ERASE not in at_a_terminal([*words, "-o", str(tmp_path / "poems.txt")])


def test_in_a_pipe_there_is_no_draft() -> None:
    assert Output().draft_display() is None
