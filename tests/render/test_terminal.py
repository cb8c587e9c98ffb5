"""What reaches a terminal, a pipe and a file, and what never does."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poet.characters import is_chinese
from poet.poem import Poem
from poet.render.layout import format_poem
from poet.render.terminal import Terminal, note, print_poem, print_text, stream_poem
from poet.sanitize import sanitize

QUATRAIN = Poem("夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。")


def screen(width: int = 80, colour: bool = False) -> Terminal:
    return Terminal(io.StringIO(), tty=True, width=width, colour=colour)


def shown(terminal: Terminal) -> str:
    assert isinstance(terminal.stream, io.StringIO)
    return terminal.stream.getvalue()


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def of(stream: io.StringIO, **environ: str) -> Terminal:
    return Terminal.of(stream, environ)


# what a terminal is


def test_a_terminal_has_colour_and_a_pipe_has_none() -> None:
    assert of(Tty()).colour
    assert not of(io.StringIO()).colour


@pytest.mark.parametrize(
    ("environ", "colour"),
    [
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"FORCE_COLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_no_color_goes_before_force_color_and_that_before_the_terminal(
    environ: dict[str, str], colour: bool
) -> None:
    assert Terminal.of(Tty(), environ).colour is colour


def test_force_color_colours_a_pipe_unless_it_is_zero() -> None:
    assert of(io.StringIO(), FORCE_COLOR="1").colour
    assert not of(io.StringIO(), FORCE_COLOR="0").colour


@pytest.mark.parametrize(("said", "width"), [("40", 40), ("0", 80), ("wide", 80), ("", 80)])
def test_columns_says_the_width_and_nonsense_is_eighty(said: str, width: int) -> None:
    assert of(io.StringIO(), COLUMNS=said).width == width


def test_rows_are_broken_at_the_width_of_a_terminal_but_never_in_a_pipe() -> None:
    assert of(Tty(), COLUMNS="40").row_width == 40
    assert of(io.StringIO(), COLUMNS="40").row_width > 10_000


# what is printed


def test_a_poem_is_printed_and_nothing_else() -> None:
    out = screen(40)
    print_poem(QUATRAIN, out)
    assert shown(out) == "".join(line + "\n" for line in QUATRAIN.lines)


def test_an_empty_poem_prints_nothing() -> None:
    out = screen()
    print_poem(Poem(""), out)
    assert shown(out) == ""


def test_brackets_are_not_markup_and_long_lines_are_whole_in_a_pipe() -> None:
    out = of(io.StringIO())
    text = "He wrote [sic] and [bold]more[/bold] " * 10 + "end"
    print_poem(Poem(text), out)
    assert shown(out) == text + "\n"


def test_a_long_line_is_broken_at_forty_columns() -> None:
    out = screen(40)
    print_poem(Poem("A line of verse that is rather longer than forty columns."), out)
    assert shown(out) == "A line of verse that is rather longer\n    than forty columns.\n"


def test_an_escape_in_a_poem_does_not_reach_the_terminal() -> None:
    out = screen(colour=True)
    print_poem(Poem("夜\x1b]0;mine\x07雨\x1b[2J。", title="\x1b[31m紅"), out)
    print_text("\x1b[2Jtext", out)
    note("\x1b[2Jnote", out)
    assert shown(out).replace("\x1b[2m", "").replace("\x1b[0m", "").count("\x1b") == 0


def test_a_note_is_dim_where_colour_is_allowed() -> None:
    plain, dim = screen(), screen(colour=True)
    note("五絕 [sic]\nagain", plain)
    note("五絕 [sic]\nagain", dim)
    assert shown(plain) == "五絕 [sic]\nagain\n"
    assert shown(dim) == "\x1b[2m五絕 [sic]\x1b[0m\n\x1b[2magain\x1b[0m\n"


def test_a_note_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    note("五絕")
    assert capsys.readouterr() == ("", "五絕\n")


# a poem as it comes

PIECES = st.text("夜雨歸舟靜，。！；「」（[sic] abc—e\u0301\x1b\ud800\t", max_size=60)


@given(st.lists(PIECES, max_size=5), st.integers(8, 60), st.sampled_from(["", "夜雨", "Rain"]))
def test_a_poem_shown_as_it_comes_is_the_poem_shown_at_once(
    pieces: list[str], width: int, title: str
) -> None:
    text = "".join(pieces)
    streamed, whole = screen(width), screen(width)
    chinese = is_chinese(text or title)
    assert stream_poem(iter(pieces), streamed, chinese=chinese, title=title) == text
    print_poem(Poem(text, title=title), whole)
    assert shown(streamed) == shown(whole)


@given(st.text("ab c\n-.", max_size=80), st.integers(8, 40))
def test_western_verse_comes_as_it_is_set(text: str, width: int) -> None:
    out = screen(width)
    stream_poem(text, out, chinese=False)
    expected = format_poem(Poem(text), "lines", width)
    assert shown(out) == (expected + "\n" if expected else "")


def test_each_character_is_shown_once_the_next_is_known() -> None:
    out = screen()
    seen = []

    def writer() -> Iterator[str]:
        for character in "夜雨，燈。":
            seen.append(shown(out))
            yield character

    stream_poem(writer(), out)
    assert seen == ["", "", "夜", "夜", "夜雨，"]
    assert shown(out) == "夜雨，\n燈。\n"


def test_an_interrupted_poem_ends_its_row() -> None:
    def writer() -> Iterator[str]:
        yield "夜雨"
        raise KeyboardInterrupt

    out = screen()
    with pytest.raises(KeyboardInterrupt):
        stream_poem(writer(), out)
    assert shown(out) == "夜\n"


def test_a_streamed_poem_is_sanitize() -> None:
    out = screen()
    stream_poem(["夜\x1b", "[31m雨。\ud83c"], out)
    assert shown(out) == sanitize("夜\x1b[31m雨。\n\ud83c\n")


# verse in letters

BALLAD = Poem("The moon is o'er the sea, the sea\nIs 'neath the moon.\n\nAnd all—", indents=(0, 2))


def test_lines_are_set_in_as_the_form_has_it_and_apostrophes_are_curved() -> None:
    out = screen()
    print_poem(BALLAD, out)
    assert shown(out) == "The moon is o’er the sea, the sea\n  Is ’neath the moon.\n\nAnd all—\n"


@pytest.mark.parametrize("width", [20, 32, 80])
def test_verse_in_letters_comes_as_it_is_shown_at_once(width: int) -> None:
    streamed, whole = screen(width), screen(width)
    options = {"title": "The Moon's", "indents": BALLAD.indents}
    stream_poem(BALLAD.text, streamed, chinese=False, **options)  # type: ignore[arg-type]
    print_poem(Poem(BALLAD.text, **options), whole)  # type: ignore[arg-type]
    assert shown(streamed) == shown(whole)
    assert "The Moon’s\n\n" in shown(whole)


def test_a_narrow_terminal_sets_in_what_goes_on_and_nothing_else() -> None:
    out = screen(20)
    print_poem(BALLAD, out)
    assert shown(out).split("\n") == [
        *("The moon is o’er the", "  sea, the sea", "Is ’neath the moon.", "", "And all—", "")
    ]
    wide = screen(32)
    print_poem(BALLAD, wide)
    assert shown(wide).startswith("The moon is o’er the sea, the\n    sea\n  Is")


def test_an_encoding_without_curved_apostrophes_and_dashes_is_given_those_of_a_keyboard() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    print_poem(BALLAD, Terminal(stream, tty=True, width=80, colour=False))
    stream.seek(0)
    assert stream.read().endswith("'neath the moon.\n\nAnd all--\n")
