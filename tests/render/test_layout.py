"""The three layouts, as they look."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poet.errors import UsageError
from poet.poem import Poem
from poet.render.layout import LAYOUTS, Layout, format_poem, verse_lines
from poet.render.wrapping import cell_width

QUATRAIN = Poem("夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。")
OCTAVE = Poem(QUATRAIN.text + "遠寺鐘初定，空江月自明。天涯無限路，白髮又孤征。")
RAGGED = Poem("柳絲長，春雨細，一夜落花滿地。人去也，水空流，樓上誰知燕子愁。")
LAMP = Poem("Rain on the roof, and in the room a lamp.\nIt reads\n\n  what the dark wrote.")


def layout(text: str) -> str:
    return text.strip("\n")


def test_lines_stand_one_a_row_with_their_stops() -> None:
    assert format_poem(QUATRAIN).split("\n") == list(QUATRAIN.lines)


def test_western_lines_keep_their_stanzas_and_indents() -> None:
    assert format_poem(LAMP) == LAMP.text


def test_title_and_author_stand_above_chinese_verse_on_one_row() -> None:
    poem = Poem(QUATRAIN.text, title="夜雨", author="無名氏")
    assert format_poem(poem, "lines", 40).startswith("夜雨　　無名氏\n\n夜雨歸舟靜，\n")


def test_title_and_author_stand_above_western_verse_on_two_rows() -> None:
    poem = Poem("Rain.", title="Night Rain", author="A. Nobody")
    assert format_poem(poem, "lines", 40) == "Night Rain\n    A. Nobody\n\nRain."


def test_a_title_too_long_for_a_row_is_broken_and_the_author_follows() -> None:
    poem = Poem("夜雨。", title="秋夜江上聞雨寄遠行人", author="無名氏")
    assert format_poem(poem, "lines", 16) == "秋夜江上聞雨寄遠\n　行人\n無名氏\n\n夜雨。"


def test_couplets_stand_one_a_row() -> None:
    assert format_poem(QUATRAIN, "couplets", 40) == (
        "夜雨歸舟靜，燈寒客夢輕。\n西風吹落葉，片片作秋聲。"
    )


def test_couplets_wider_than_the_page_become_lines() -> None:
    assert format_poem(QUATRAIN, "couplets", 20) == format_poem(QUATRAIN, "lines", 20)


def test_couplets_of_ragged_lines_are_sentences() -> None:
    assert format_poem(RAGGED, "couplets", 80) == (
        "柳絲長，春雨細，一夜落花滿地。\n人去也，水空流，樓上誰知燕子愁。"
    )


def test_western_couplets_are_parted_by_a_stroke_and_kept_in_stanzas() -> None:
    poem = Poem("Rain.\nA lamp.\nA door.\n\nNight.")
    assert format_poem(poem, "couplets", 40) == "Rain. / A lamp.\nA door.\n\nNight."


def test_columns_run_from_right_to_left() -> None:
    assert format_poem(QUATRAIN, "vertical", 80) == layout("""
片　西　燈　夜
片　風　寒　雨
作　吹　客　歸
秋　落　夢　舟
聲　葉　輕　靜
︒　︐　︒　︐
""")


def test_ragged_columns_are_filled_with_ideographic_spaces() -> None:
    assert format_poem(Poem("夜深長，雨。歸舟。"), "vertical", 80) == layout("""
歸　雨　夜
舟　︒　深
︒　　　長
　　　　︐
""")


def test_title_is_the_first_column_with_the_author_at_its_foot() -> None:
    poem = Poem(QUATRAIN.text, title="夜雨", author="無名")
    assert format_poem(poem, "vertical", 80) == layout("""
片　西　燈　夜　夜
片　風　寒　雨　雨
作　吹　客　歸
秋　落　夢　舟
聲　葉　輕　靜　無
︒　︐　︒　︐　名
""")


def test_columns_that_do_not_fit_break_into_tiers_of_couplets() -> None:
    tiers = format_poem(OCTAVE, "vertical", 20).split("\n\n")
    assert len(tiers) == 2
    assert tiers[0] == format_poem(QUATRAIN, "vertical", 20)
    assert tiers[1].startswith("白　天　空　遠\n")


def test_a_short_last_tier_stands_at_the_right() -> None:
    poem = Poem("夜雨，歸舟。燈寒，客夢。西風，落葉。")
    assert format_poem(poem, "vertical", 14) == layout("""
客　燈　歸　夜
夢　寒　舟　雨
︒　︐　︒　︐

　　　　落　西
　　　　葉　風
　　　　︒　︐
""")


def test_a_long_title_takes_tiers_of_its_own() -> None:
    poem = Poem("夜雨，歸舟。", title="江上秋夜聞雨寄友")
    assert format_poem(poem, "vertical", 10) == layout("""
寄　夜　江
友　聞　上
　　雨　秋

　　歸　夜
　　舟　雨
　　︒　︐
""")


def test_latin_letters_and_brackets_stand_upright_in_a_column() -> None:
    assert format_poem(Poem("「夜雨歸舟」，Ab…"), "vertical", 80).split("\n") == [
        "Ａ　﹁",
        "ｂ　夜",
        "︙　雨",
        "　　歸",
        "　　舟",
        "　　﹂",
        "　　︐",
    ]


def test_vertical_setting_is_refused_for_western_text() -> None:
    with pytest.raises(UsageError, match="vertical setting is for Chinese text"):
        format_poem(LAMP, "vertical", 80)


def test_an_unknown_layout_is_met_with_those_known() -> None:
    with pytest.raises(UsageError) as caught:
        format_poem(QUATRAIN, "spiral", 80)  # type: ignore[arg-type]
    assert caught.value.hint == "choose lines, couplets, vertical"


@pytest.mark.parametrize("how", LAYOUTS)
def test_an_empty_poem_is_empty(how: Layout) -> None:
    assert format_poem(Poem(""), how, 80) == ""


def test_a_title_without_verse_stands_alone() -> None:
    assert format_poem(Poem("", title="夜雨"), "lines", 80) == "夜雨"
    assert format_poem(Poem("", title="夜雨"), "vertical", 80) == "夜\n雨"


@pytest.mark.parametrize("how", LAYOUTS)
def test_a_very_long_poem_is_set_quickly_and_whole(how: Layout) -> None:
    poem = Poem(QUATRAIN.text * 500)
    assert format_poem(poem, how, 80).count("歸") == 500


def test_a_closing_bracket_stays_with_its_line() -> None:
    assert verse_lines(Poem("「夜雨歸舟靜。」燈寒客夢輕。")) == ["「夜雨歸舟靜。」", "燈寒客夢輕。"]


verse = st.text("夜雨歸舟靜，。！？；：、", max_size=60)


@given(verse)
def test_lines_are_the_lines_of_the_poem(text: str) -> None:
    poem = Poem(text)
    assert verse_lines(poem) == [line for line in poem.lines if line]


@given(st.text("夜雨，。\x1b[m\ud800 a\n", max_size=60), st.integers(8, 60))
def test_no_layout_lets_a_control_character_or_a_trailing_space_through(
    text: str, width: int
) -> None:
    for how in get_args(Layout):
        try:
            page = format_poem(Poem(text, title=text, author=text), how, width)
        except UsageError:
            continue
        assert not set(page) & {"\x1b", "\ud800"}
        assert all(row == row.rstrip() for row in page.split("\n"))
        assert all(cell_width(row) <= width for row in page.split("\n"))


def test_poems_are_drawn_with_neither_torch_nor_numpy_nor_opencc_nor_rich() -> None:
    code = (
        "import sys, poet.render.terminal, poet.render.export, poet.scripts\n"
        "sys.exit(' '.join({'torch', 'numpy', 'opencc', 'rich', 'poet.cli'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
