"""How characters become rows."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from poet.render.wrapping import MIN_WIDTH, LineWrapper, cell_width, wrap
from poet.sanitize import sanitize

mixed = st.text("夜雨歸舟靜，。！、「」（）abc e\u0301\n-—　가나🌙", max_size=120)
widths = st.integers(MIN_WIDTH, 50)


@given(mixed, widths)
def test_nothing_is_lost_and_nothing_is_added_but_spaces(text: str, width: int) -> None:
    assert "".join(wrap(text, width, "  ").split()) == "".join(text.split())


@given(mixed, widths)
def test_no_row_ends_in_a_space(text: str, width: int) -> None:
    assert all(row == row.rstrip() for row in wrap(text, width, "  ").split("\n"))


@given(mixed, widths)
@example("！！！！！！！！！！！！", MIN_WIDTH)
def test_no_row_is_wider_than_the_page(text: str, width: int) -> None:
    assert all(cell_width(row) <= width for row in wrap(text, width, "  ").split("\n"))


@given(st.lists(st.sampled_from(["夜", "雨，", "歸。", "舟」，", "「靜"]), max_size=60), widths)
def test_no_row_begins_with_a_stop_or_ends_with_an_opening_bracket(
    parts: list[str], width: int
) -> None:
    rows = wrap("".join(parts), width, "　").split("\n")
    assert all(row.lstrip("　")[:1] not in tuple("，。」") for row in rows)
    assert all(row[-1:] != "「" for row in rows)


@given(mixed)
def test_rows_without_a_width_are_the_lines_of_the_text(text: str) -> None:
    lines = [line.rstrip(" 　") for line in text.split("\n")]
    expected = "\n".join(lines).strip("\n")
    assert wrap(text) == expected


def test_chinese_breaks_between_any_characters_but_before_a_stop() -> None:
    assert wrap("夜雨歸舟，靜", 8, "　") == "夜雨歸\n　舟，靜"


def test_western_text_wraps_at_spaces_and_hangs() -> None:
    assert wrap("a lamp is lit beside the river", 16, "    ") == (
        "a lamp is lit\n    beside the\n    river"
    )


def test_a_word_longer_than_the_row_is_cut() -> None:
    assert wrap("so abcdefghijklmnop", 10, "  ") == "so\n  abcdefgh\n  ijklmnop"


def test_korean_wraps_at_spaces() -> None:
    assert wrap("봄비 내리는 밤", 10, "  ") == "봄비\n  내리는\n  밤"


def test_a_combining_mark_takes_no_column_and_leaves_no_base() -> None:
    assert cell_width("e\u0301") == 1
    wrapper = LineWrapper(MIN_WIDTH, "", at_stops=False)
    assert [wrapper.feed(c) for c in "葛\U000e0100字"] == ["", "", "葛\U000e0100"]


def test_widths_are_those_that_rich_counts() -> None:
    """But for symbols that are wide only since Unicode 16, and skin tones, wide when alone."""
    may_differ = {"Cn", "Cs", "Co", "Cc", "Zl", "Zp", "So", "No", "Sk"}
    characters = [c for c in map(chr, range(0x3FFFF)) if unicodedata.category(c) not in may_differ]
    wrong = [f"{ord(c):x}" for c in characters if cell_width(c) != cell_len(c)]
    assert wrong == []


@given(st.lists(mixed, max_size=4), widths, st.booleans())
def test_a_text_in_pieces_is_wrapped_like_a_whole_one(
    pieces: list[str], width: int, at_stops: bool
) -> None:
    wrapper = LineWrapper(width, "  ", at_stops=at_stops)
    output = "".join(map(wrapper.feed, pieces)) + wrapper.close()
    assert output == wrap("".join(pieces), width, "  ", at_stops=at_stops)


def test_a_pause_in_the_text_is_kept_within_a_row() -> None:
    assert wrap("one   two\n  three", 20, "  ") == "one   two\n  three"


@pytest.mark.parametrize(
    ("dirty", "kept"),
    [
        ("\x1b[31m夜\x1b[0m", "�[31m夜�[0m"),
        ("\x9b31m", "�31m"),
        ("a\x00b\x7fc\bd", "a�b�c�d"),
        ("\ud83c夜\udf19", "�夜�"),
        ("\u202egnp.exe", "�gnp.exe"),
        ("one\r\ntwo", "one\ntwo"),
        ("\ufeff夜\tb", "夜    b"),
        ("[sic] [bold]b[/]", "[sic] [bold]b[/]"),
    ],
)
def test_what_could_command_a_terminal_is_replaced(dirty: str, kept: str) -> None:
    assert sanitize(dirty) == kept


@given(st.text())
def test_clean_text_can_be_written_and_cleaned_again(text: str) -> None:
    assert sanitize(sanitize(text)) == sanitize(text)
    assert sanitize(text).encode().decode() == sanitize(text)
