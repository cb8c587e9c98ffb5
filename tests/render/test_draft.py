"""Poems that are shown on a terminal while they are written."""

from __future__ import annotations

import io

import pyte
import pytest

from poet.poem import Poem
from poet.render.draft import DraftDisplay, can_be_redrawn
from poet.render.terminal import Terminal, print_poem

ROWS = 10
QUATRAIN = Poem("夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。", "夜雨")
RAIN = Poem("Rain on the roof.\nA lamp,\nand nothing else.", indents=(0, 4, 2))


@pytest.fixture(autouse=True)
def _rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINES", str(ROWS))


def terminal(width: int = 40, colour: bool = True) -> Terminal:
    return Terminal(io.StringIO(), tty=True, width=width, colour=colour)


def screen(out: Terminal) -> list[str]:
    """What stands on the screen at last, from the top, without empty rows at the end."""
    assert isinstance(out.stream, io.StringIO)
    shown = pyte.HistoryScreen(out.width, ROWS, history=100)
    pyte.Stream(shown).feed(out.stream.getvalue().replace("\n", "\r\n"))
    above = ["".join(row[x].data for x in range(out.width)) for row in shown.history.top]
    return "\n".join(row.rstrip() for row in [*above, *shown.display]).rstrip().split("\n")


def beginnings(poem: Poem) -> list[Poem]:
    return [
        Poem(poem.text[:n], poem.title, poem.author, indents=poem.indents)
        for n in range(1, len(poem.text) + 1)
    ]


@pytest.mark.parametrize("width", [40, 11])
@pytest.mark.parametrize("poem", [QUATRAIN, RAIN])
def test_the_poem_takes_the_place_of_its_draft(poem: Poem, width: int) -> None:
    plain, out = terminal(width), terminal(width)
    print_poem(poem, plain)
    display = DraftDisplay(out)
    for beginning in beginnings(poem):
        display.show(beginning)
    display.clear()
    print_poem(poem, out)
    assert screen(out) == screen(plain)


@pytest.mark.parametrize("poem", [QUATRAIN, RAIN])
def test_a_draft_is_set_as_the_poem_will_be(poem: Poem) -> None:
    plain, out = terminal(), terminal()
    print_poem(poem, plain)
    display = DraftDisplay(out)
    for beginning in beginnings(poem):
        display.show(beginning)
    assert screen(out) == screen(plain)


def test_another_candidate_takes_the_whole_place() -> None:
    out = terminal()
    display = DraftDisplay(out)
    display.show(QUATRAIN)
    display.show(Poem("明月"))
    assert screen(out) == ["明月"]


def test_of_a_draft_longer_than_the_screen_the_last_rows_are_shown_and_all_are_taken_back() -> None:
    out = terminal()
    out.stream.write("above\n")
    display = DraftDisplay(out)
    lines = [f"line {n}" for n in range(30)]
    for n in range(1, 31):
        display.show(Poem("\n".join(lines[:n])))
    assert screen(out)[-(ROWS - 1) :] == lines[-(ROWS - 1) :]
    display.clear()
    assert screen(out) == ["above"]


def test_what_stood_on_the_screen_stays_when_nothing_was_drawn() -> None:
    out = terminal()
    DraftDisplay(out).clear()
    assert screen(out) == [""]


def test_without_colour_a_draft_is_not_dim() -> None:
    out = terminal(colour=False)
    DraftDisplay(out).show(QUATRAIN)
    assert isinstance(out.stream, io.StringIO)
    assert "\x1b" not in out.stream.getvalue()


@pytest.mark.parametrize(
    ("tty", "term", "can"),
    [(True, "xterm-256color", True), (True, "dumb", False), (False, "xterm", False)],
)
def test_only_a_terminal_is_redrawn(tty: bool, term: str, can: bool) -> None:
    out = Terminal(io.StringIO(), tty=tty, width=80, colour=False)
    assert can_be_redrawn(out, {"TERM": term}) is can
