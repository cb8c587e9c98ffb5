"""A poem is its text; lines and form are told from it."""

from __future__ import annotations

from poet.characters import is_chinese, is_han
from poet.poem import Poem

QUATRAIN = "春水連天碧，明月照大江。孤舟人不寐，燈影落寒窗。"


def test_the_lines_of_classical_verse_end_at_their_stops() -> None:
    assert Poem(QUATRAIN).lines[1:3] == ("明月照大江。", "孤舟人不寐，")
    assert Poem("春水！？明月").lines == ("春水！？", "明月")


def test_the_lines_of_a_poem_are_the_poem() -> None:
    assert "".join(Poem(QUATRAIN + "燈影").lines) == QUATRAIN + "燈影"


def test_other_verse_keeps_its_line_breaks() -> None:
    assert Poem("Rain, at last.\n\nA lamp.").lines == ("Rain, at last.", "", "A lamp.")
    assert Poem("雨，在屋頂。\n燈。").lines == ("雨，在屋頂。", "燈。")


def test_a_form_is_told_by_the_lengths_of_the_lines() -> None:
    assert Poem(QUATRAIN).form == "五絕"
    assert Poem(QUATRAIN * 2).form == "五律"
    assert Poem(QUATRAIN[:18]).form == ""
    assert Poem("Four five-letter words.").form == ""
    assert Poem("").form == ""


def test_han_characters_beyond_the_first_plane_count() -> None:
    assert is_han("𠀀")
    assert is_han("〇")
    assert not is_han("の")


def test_japanese_and_english_are_not_chinese() -> None:
    assert is_chinese("夜雨，歸舟。")
    assert not is_chinese("夜の雨の中に灯ひとつ")
    assert not is_chinese("")


def test_a_notebook_shows_chinese_in_columns_and_other_verse_in_rows() -> None:
    html = Poem("夜雨，\n<燈>。", title="夜")._repr_html_()
    assert "writing-mode:vertical-rl" in html
    assert "夜雨，<br>\n&lt;燈&gt;。" in html
    assert "writing-mode:horizontal-tb" in Poem("Rain.")._repr_html_()


def test_poems_are_equal_by_what_they_say() -> None:
    assert Poem("月。", title="夜") == Poem("月。", title="夜")
    assert Poem("月。", title="夜") != Poem("月。")


def test_the_form_of_english_verse_is_its_metre() -> None:
    lines = ["The rain came down upon the road", "And no one walked the night but I"] * 2
    assert Poem("\n".join(lines)).form == "iambic tetrameter"


def test_prose_in_one_line_and_other_alphabets_have_no_form() -> None:
    assert Poem("The rain came down upon the road").form == ""
    assert Poem("Дождь идёт по крыше\nИ по дороге дождь идёт").form == ""
