"""poet duet at a terminal: from the first line to the saved poem, and nothing lost on the way."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import poet as package

pexpect = pytest.importorskip("pexpect")
if not hasattr(pexpect, "spawn"):
    pytest.skip("pexpect drives no terminal on Windows", allow_module_level=True)

Poet = Callable[..., tuple[int, str, str]]
Start = Callable[..., Any]
ROOT = Path(package.__file__).parents[1]
READY = r"\? explains"  # the end of what stands in an empty prompt
SLOW = ("--particles", "1024")  # so that Ctrl-C comes while lines are written


@pytest.fixture
def start(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a duet in an empty folder."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name, value in {
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "TERM": "xterm",
        "NO_COLOR": "1",
        "PROMPT_TOOLKIT_NO_CPR": "1",  # no one answers where the cursor is
    }.items():
        monkeypatch.setenv(name, value)
    children = []

    def started(*words: object, program: tuple[str, ...] = ("-m", "poet")) -> Any:
        options = ("-m", tiny, "--seed", 3, "--form", "五絕", "--strictness", "off")
        arguments = [*program, "duet", *map(str, (*options, "--particles", 4, *words))]
        child = pexpect.spawn(
            sys.executable, arguments, encoding="utf-8", timeout=60, dimensions=(50, 100)
        )
        children.append(child)
        return child

    yield started
    for child in children:
        child.close(force=True)


def say(child: Any, typed: str) -> str:
    """Type a line, and give what is shown until the next one can be typed."""
    child.send(f"{typed}\r")
    child.expect(READY)
    return shown(child.before)


def end(child: Any) -> tuple[int, str]:
    """The exit code, and what is shown until then."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, shown(child.before)


def shown(text: str) -> str:
    """What was printed, without the commands for the terminal."""
    return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>])", "", text).replace("\r", "")


def proposals(text: str) -> list[str]:
    return re.findall(r"^  [123]  (\S+)$", text, re.M)


def test_a_poem_is_written_from_the_first_line_to_the_file(start: Start) -> None:
    child = start("--title", "夜雨", "-o", "poem.md")
    child.expect(READY)
    taken = []
    text = shown(child.before)
    for number in "2131":
        assert len(proposals(text)) == 3
        taken.append(proposals(text)[int(number) - 1])
        text = say(child, number)
    assert "the poem is whole" in text
    assert "there is no proposal 1" in say(child, "1")
    child.send("q\r")
    code, text = end(child)
    assert code == 0
    assert "written: poem.md" in text
    assert "seed 3; your own lines: none" in text
    page = Path("poem.md").read_text("utf-8")
    assert page.startswith("## 夜雨")
    assert re.findall(r"[\u4e00-\u9fff]{5}[，。]", page) == taken


def test_an_own_line_is_checked_taken_and_can_be_undone(start: Start) -> None:
    child = start()
    child.expect(READY)
    first = proposals(shown(child.before))
    text = say(child, "春山")
    assert "line 1 has 2 characters, 5 are needed. It is taken all the same" in text
    assert "line 2 of 4" in text
    assert proposals(say(child, "u")) == first
    assert "there is nothing to undo" in say(child, "u")
    assert "needed" not in say(child, "夜雨歸舟靜")
    child.sendeof()
    code, text = end(child)
    assert code == 0
    assert "夜雨歸舟靜，" in text
    assert "your own lines: 1" in text


def test_a_line_that_cannot_be_taken_stays_to_be_mended(start: Start) -> None:
    child = start()
    child.expect(READY)
    child.send("，\r")
    child.expect("there is no line in it")
    child.expect("> ，")
    assert "夜雨歸舟夢，" in say(child, "\x7f夜雨歸舟夢")
    assert "line 4 of 4" in say(child, "\x1b[200~燈寒客夢夜。\n西風吹落葉\x1b[201~")


def test_proposals_are_edited_and_others_made_by_full_width_digits_too(start: Start) -> None:
    child = start()
    child.expect(READY)
    first = proposals(shown(child.before))
    others = proposals(say(child, "r"))
    assert not set(first) & set(others)
    assert proposals(say(child, "u")) == first
    child.send("e 2\r")
    child.expect(f"edit> {first[1]}")
    assert f"{first[1][:-2]}春，" in say(child, "\x7f\x7f春")
    assert proposals(say(child, "u")) == first
    assert f"\n{first[0]}\n" in say(child, "１")
    assert "e 2" in say(child, "e")
    assert "other proposals" in say(child, "？")


def test_poet_finishes_and_the_end_is_one_step(start: Start) -> None:
    child = start()
    child.expect(READY)
    say(child, "1")
    text = say(child, "f")
    assert "the poem is whole" in text
    assert len(re.findall(r"^\S{5}[，。]$", text, re.M)) == 4
    assert "the poem is whole" in say(child, "f")
    assert "line 2 of 4" in say(child, "u")


def test_what_cannot_be_saved_is_told_and_the_duet_goes_on(start: Start) -> None:
    child = start()
    child.expect(READY)
    assert "there is no line to save yet" in say(child, "s poem.txt")
    say(child, "1")
    assert "name one: s poem.md" in say(child, "s")
    assert "poems are not written as .doc" in say(child, "s poem.doc")
    assert "there is no folder" in say(child, "s nowhere/poem.txt")
    assert "written: 夜 雨.json" in say(child, "s 夜 雨.json")
    assert '"own_lines"' in Path("夜 雨.json").read_text("utf-8")
    assert "written: 夜 雨.json" in say(child, "s")


@pytest.mark.parametrize("output", [(), ("-o", "poem.txt")])
def test_ctrl_c_at_the_prompt_keeps_the_poem(start: Start, output: tuple[str, ...]) -> None:
    child = start(*output)
    child.expect(READY)
    say(child, "夜雨歸舟靜")
    child.send("西風\x03")
    code, text = end(child)
    assert code == 130
    assert "interrupted" in text
    kept = Path("poem.txt").read_text("utf-8") if output else text.partition("\x03")[2] or text
    assert "夜雨歸舟靜，" in kept


def test_a_poem_that_cannot_be_saved_at_the_end_is_printed(start: Start) -> None:
    Path("folder").mkdir()
    child = start("-o", "folder/poem.txt")
    child.expect(READY)
    say(child, "夜雨歸舟靜")
    Path("folder").rmdir()
    child.send("q\r")
    code, text = end(child)
    assert code != 0
    assert "\n夜雨歸舟靜，\n" in text
    assert "poet: " in text


def test_ctrl_c_stops_what_is_being_written_and_nothing_else(start: Start) -> None:
    child = start(*SLOW, "-o", "poem.txt")
    child.expect("writing …")
    child.sendintr()
    child.expect(READY)
    assert "stopped; r makes proposals" in shown(child.before)
    child.send("夜雨歸舟靜\r")
    child.expect("writing …")
    child.sendintr()
    child.expect(READY)
    child.send("f\r")
    child.expect("writing …")
    child.sendintr()
    child.expect(READY)
    assert "stopped" in shown(child.before)
    child.send("q\r")
    assert end(child)[0] == 0
    assert Path("poem.txt").read_text("utf-8").startswith("夜雨歸舟靜，")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["at the prompt", "while writing"])
def test_a_duet_that_is_ended_from_outside_keeps_the_poem(
    start: Start, number: signal.Signals, moment: str
) -> None:
    child = start(*(SLOW if moment == "while writing" else ()), "-o", "poem.txt")
    if moment == "while writing":
        child.expect("writing …")
        child.sendintr()
    child.expect(READY)
    child.send("夜雨歸舟靜\r")
    child.expect("writing …" if moment == "while writing" else READY)
    child.kill(number)
    assert end(child)[0] == 130
    assert Path("poem.txt").read_text("utf-8").startswith("夜雨歸舟靜，")


def test_a_prompt_begins_the_poem(start: Start) -> None:
    child = start("夜雨歸舟夢燈寒")
    child.expect(READY)
    text = shown(child.before)
    assert "夜雨歸舟夢，" in text
    assert all(line.startswith("燈寒") for line in proposals(text))
    assert "line 1 of 4" in say(child, "u")


WITHOUT = "import sys; sys.modules['prompt_toolkit'] = None; from poet.cli import main; main()"


def test_without_the_extra_it_says_what_to_install(start: Start) -> None:
    code, text = end(start(program=("-c", WITHOUT)))
    assert code == 2
    assert "poet duet needs prompt_toolkit, which is not installed" in text
    assert "pip install 'poet[duet]'" in text


def test_without_a_terminal_it_says_what_to_do_instead(poet: Poet, tiny: Path) -> None:
    code, out, err = poet("duet", "-m", tiny)
    assert (code, out) == (2, "")
    assert "not a terminal" in err
    assert "use poet write" in err


def test_the_poem_alone_goes_to_stdout(start: Start, tmp_path: Path) -> None:
    program = ("-c", "import sys; sys.stdout = open('out.txt', 'w', encoding='utf-8')\n" + MAIN)
    child = start(program=program)
    child.expect(READY)
    say(child, "夜雨歸舟靜")
    child.send("q\r")
    assert end(child)[0] == 0
    assert Path("out.txt").read_text("utf-8") == "夜雨歸舟靜，\n"


MAIN = "from poet.cli import main; main()"


@pytest.mark.parametrize("name", ["POET_DUET_FORM", "POET_CONFIG"])
def test_settings_are_those_of_duet(
    start: Start, name: str, monkeypatch: pytest.MonkeyPatch, poet: Poet
) -> None:
    Path("own.toml").write_text('[duet]\nform = "七絕"\n[write]\nform = "五絕"\n', "utf-8")
    monkeypatch.setenv(name, "七絕" if name == "POET_DUET_FORM" else "own.toml")
    code, out, _ = poet("config", "duet")
    assert code == 0
    assert re.search(r"poet duet +--form +七絕", out)
