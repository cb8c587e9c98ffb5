"""What stands between the verse goes, the verse stays, and clean verse stays as it is."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poet.corpus.clean import clean, clean_all, clean_source, clean_stream
from poet.corpus.read import FileInfo, Source
from poet.poem import Poem
from poet.scripts import STANDARD, script_of, standard, to_traditional

VERSE = "春水連天碧，明月照大江。"
# What hurts most often, far denser than in any corpus.
PIECES = st.sampled_from(
    (
        *"春水連天碧爲云a1の \n\t\r\x00\x85\xa0\u3000\u200b\ufeff\ud800\ufa11e\u0301\u1100\u1161",
        *"，。、？,.;!-…—·（）〖〗[]〔〕()「」《》□{}=/",
        *("\n\n", "首句：", "-329-", "（下缺）"),
    )
)
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text()


def cleaned(text: str) -> str | None:
    poem = clean(Poem(text))
    return poem.text if poem else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("春水連天碧，\n明月照大江。\n", VERSE),
        ("春水（一作「草」）連天碧，明月照大江。", VERSE),
        ("春水連天碧，明月照大江。\n（見《某集》卷三（〖1〗校記。\n）〖又見別本〗）。", VERSE),
        ("春水連天碧，[三]明月照大[江]。[二一]", VERSE),
        ("〔姑洗爲羽〕春水連天碧，明月照大江。", VERSE),
        ("春水連天碧,明月照大江.", VERSE),
        ("春水連天碧，-329-明月照大江。", VERSE),
        ("「春水」連天碧，《明月》照大江。", VERSE),
        (" 春水 連天碧，\u3000明月照大江 。", VERSE),
        ("春水連天碧，明月照大江", VERSE),
        ("春水連天碧，明月照大江，", VERSE),
        ("。春水連天碧，，明月照大江（注）。。", VERSE),
        ("春水連天碧\n明月照大江", VERSE),
        ("春水連天碧 明月照大江", VERSE),
        ("春水連天碧，明月照大江︒", VERSE),
        ("\ufeff春水連天碧，\u200b明月照大江。\x00", VERSE),
        ("爲君疎雨裡。", "為君疏雨裏。"),
        ("\uf900年。", "豈年。".replace("豈", unicodedata.normalize("NFC", "\uf900"))),
    ],
)
def test_chinese_verse_is_brought_to_one_shape(text: str, expected: str) -> None:
    assert cleaned(text) == expected


def test_modern_verse_without_stops_keeps_its_lines() -> None:
    assert (
        cleaned("雨在屋頂\n\n燈在長長的走廊\n沒有人聽 ") == "雨在屋頂\n\n燈在長長的走廊\n沒有人聽"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("春水□天碧，明月照大江。", "a character is missing"),
        ("春水{舟朋}天碧，明月照大江。", "a character is missing"),
        ("春水連天碧，\ue829月照大江。", "a character is missing"),
        ("春水連天碧，（下缺）", "a character is missing"),
        ("春水け天碧，明月照大江，孤舟人不寐，燈影落寒窗。", "damaged characters"),
        ("詩題：江上首句：春水連天碧。", "an editor's commentary"),
        ("春水連天碧，明月（照大江。", "brackets that do not match"),
        ("春水連天碧，明月）照大江。", "brackets that do not match"),
        ("（無詩）。", "empty"),
        ("", "empty"),
        ("— 1 —\n", "empty"),
    ],
)
def test_what_cannot_teach_its_line_is_left_out_and_counted(text: str, reason: str) -> None:
    counts: Counter[str] = Counter()
    assert list(clean_all([Poem(text)], counts)) == []
    assert counts[f"dropped: {reason}"] == 1


def test_what_was_done_is_counted() -> None:
    counts: Counter[str] = Counter()
    poems = [Poem(VERSE), Poem("春水（注）連天碧（〖1〗注）。"), Poem("□")]
    kept = list(clean_all(poems, counts))
    assert [poem.text for poem in kept] == [VERSE, "春水連天碧。"]
    assert counts["read"] == 3
    assert counts["kept"] == 2
    assert counts["notes removed"] == 2


def test_titles_and_authors_lose_notes_and_gaps() -> None:
    poem = clean(Poem(VERSE, "爲人題\n江（幷序） 二 (題擬)", " 無\u3000名 "))
    assert poem == Poem(VERSE, "為人題 江 二", "無 名")


def test_a_title_with_a_hole_is_no_title() -> None:
    assert clean(Poem(VERSE, "江□")) == Poem(VERSE)


def test_other_languages_keep_their_lines_and_marks() -> None:
    text = "Où sont (dit-on) «les neiges»,\r\n  e\u0301te\u0301 [1]?\t \n\n\n\n\n\nRien\x07.\n"
    assert cleaned(text) == "Où sont (dit-on) «les neiges»,\n  été [1]?\n\nRien."


def test_japanese_is_not_cleaned_as_chinese() -> None:
    assert cleaned("夜の雨\n軒に灯ひとつ\n（秋）") == "夜の雨\n軒に灯ひとつ\n（秋）"


def test_simplified_text_stays_wholly_simplified() -> None:
    assert cleaned("来时风雨黄，归去马蹄长。") == "来时风雨黄，归去马蹄长。"


@given(TEXTS, TEXTS)
def test_cleaning_a_clean_poem_changes_nothing(text: str, title: str) -> None:
    once = clean(Poem(text, title, title))
    if once is not None:
        assert clean(once) == once


@given(TEXTS)
def test_clean_text_is_composed_and_without_control_characters(text: str) -> None:
    once = cleaned(text)
    if once is not None:
        assert unicodedata.is_normalized("NFC", once)
        assert all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cs") for c in once)


# streams


def test_plain_text_comes_through_a_stream_character_for_character() -> None:
    text = "Ann:\nWho knocks --  so late?\n\n\n\n  A voice: [rain]  \n" * 50
    pieces = [Poem(text[at : at + 7]) for at in range(0, len(text), 7)]
    assert "".join(piece.text for piece in clean_stream(pieces)) == text


@given(TEXTS, st.integers(1, 9))
def test_a_stream_in_pieces_equals_the_stream_at_once(text: str, size: int) -> None:
    pieces = [Poem(text[at : at + size]) for at in range(0, len(text), size)]
    in_pieces = "".join(piece.text for piece in clean_stream(pieces))
    assert in_pieces == "".join(piece.text for piece in clean_stream([Poem(text)]))


def test_a_stream_has_the_newlines_of_no_system() -> None:
    pieces = [Poem("a\r"), Poem("\nb\rc\x00e"), Poem("\u0301\ufeff")]
    assert "".join(piece.text for piece in clean_stream(pieces)) == "a\nb\ncé"


# scripts


def test_every_variant_has_one_standard_form_that_is_none_itself() -> None:
    assert not set(STANDARD) & set(STANDARD.values())
    assert all(len(form) == len(of) == 1 for form, of in STANDARD.items())


def test_simplified_verse_becomes_traditional_in_standard_forms() -> None:
    assert to_traditional("云归山路远，床前为谁来。群峰") == "雲歸山路遠，床前為誰來。群峰"


def test_to_traditional_gives_nothing_that_cleaning_would_change() -> None:
    simplified = "里面后来发现，头发干净，一只台风，群众吃着面条。"
    traditional = to_traditional(simplified)
    assert standard(traditional) == traditional
    assert script_of(traditional) == "hant"


def test_a_text_that_both_scripts_could_have_is_in_neither() -> None:
    assert script_of("山下一人行") == script_of("The rain") == ""


def test_japanese_verse_keeps_its_own_characters() -> None:
    poem = Poem("国境の長いトンネルを抜けると雪国、学校の灯を歩む")
    assert clean(poem) == poem


@pytest.mark.parametrize(
    ("verse", "text"),
    [
        ("The rain came down , and all\nthe road was white with it .", None),
        (
            "Der Regen fiel , und alle\nWege lagen weiß .",
            "Der Regen fiel , und alle\nWege lagen weiß .",
        ),
    ],
)
def test_of_editions_in_tei_only_english_is_cleaned_as_english(verse: str, text: str) -> None:
    source = Source("poems", iter([Poem(verse)]), (FileInfo("a.xml", "utf-8", "tei"),))
    counts: Counter[str] = Counter()
    found = [poem.text for poem in clean_source(source, source.pieces, counts)]
    assert found == ([text] if text else [])
    assert counts["dropped: fewer than 4 lines"] == (text is None)
