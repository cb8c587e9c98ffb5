"""The layers of a poem: each mark stands at its character or word, however the poem is written."""

from __future__ import annotations

import pytest

from poet.poem import Poem
from poet.prosody.scanning import scan_text
from poet.render.layers import Layers, layers

QUATRAIN = "夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。"
STANZAS = (
    "The moon is high tonight,\n  The sea o'er the sand is bright,\n\n"
    "I sleep beside the wall\nAnd hear the water fall."
)


def of(text: str, form: str = "free") -> Layers:
    return layers(Poem(text), scan_text(text, form))


def marks(found: Layers, name: str) -> list[list[str]]:
    """One mark of every unit that has it, line by line."""
    units = [line["units"] for line in found.lines]
    return [[str(unit[name]) for unit in line if unit[name]] for line in units]  # type: ignore[literal-required]


def test_each_chinese_character_has_its_tone_and_reading_and_stops_have_none() -> None:
    found = of(QUATRAIN)
    assert marks(found, "tone")[1] == ["平", "平", "仄", "仄", "平"]
    assert marks(found, "pinyin")[0] == ["yè", "yǔ", "guī", "zhōu", "jìng"]
    assert found.lines[0]["units"][-1] == {
        "text": "，", "tone": "", "rhyme": "", "pinyin": "", "gloss": "", "span": 1, "stress": ""
    }  # fmt: skip


def test_the_rhyme_is_named_at_the_lines_and_characters_that_have_it() -> None:
    found = of(QUATRAIN)
    assert [line["rhyme"] for line in found.lines] == ["", "下平八庚", "", "下平八庚"]
    assert marks(found, "rhyme") == [[], ["下平八庚"], [], ["下平八庚"]]


def test_marks_find_their_characters_past_notes_and_in_the_other_script() -> None:
    scan = scan_text(QUATRAIN)
    shown = Poem("夜雨归舟静，\n灯寒（一作「殘」）客梦轻。\n西风吹落叶，\n片片作秋声。")
    found = layers(shown, scan)
    noted = {unit["text"]: unit["tone"] for unit in found.lines[1]["units"]}
    assert noted["寒"] == "平"
    assert noted["殘"] == ""
    assert noted["轻"] == "平"
    assert found.lines[1]["rhyme"] == "下平八庚"


def test_a_tune_whose_lines_the_scan_divides_otherwise_has_marks_all_the_same() -> None:
    text = "江南夜雨，風起一舟輕。\n燈下故人無一語，\n月中秋水有餘聲。\n歸夢到天明。"
    found = of(text, "憶江南")
    assert [len(tones) for tones in marks(found, "tone")] == [4, 5, 7, 7, 5]


def test_english_words_have_the_marks_of_their_syllables() -> None:
    found = of(STANZAS)
    assert marks(found, "stress")[0] == ["x", "/", "x", "/", "x/"]
    assert marks(found, "rhyme") == [["A"], ["A"], [], ["B"], ["B"]]


def test_lines_are_typeset_and_keep_their_indents_and_stanza_breaks() -> None:
    found = of(STANZAS)
    assert found.lines[1]["text"] == "The sea o’er the sand is bright,"
    assert [line["indent"] for line in found.lines] == [0, 2, 0, 0, 0]
    assert found.lines[2]["units"] == []
    shown = layers(Poem("A sea\nA wall", indents=(0, 4)), None)
    assert [line["indent"] for line in shown.lines] == [0, 4]


@pytest.mark.parametrize(
    "text", [QUATRAIN, STANZAS, "Über allen Gipfeln\nist Ruh", "古池や", "", "…"]
)
def test_the_units_of_a_line_are_its_whole_text(text: str) -> None:
    for line in of(text).lines:
        assert "".join(unit["text"] for unit in line["units"]) == line["text"]


def test_a_fault_of_tone_stands_at_its_character() -> None:
    found = of("春水連天碧，\n明月照大江。\n孤舟人不寐，\n燈影落寒窗。", "五絕")
    [fault, *_] = found.faults()
    [place] = fault["places"]
    assert found.lines[place["line"]]["units"][place["character"]]["text"] == "月"
    assert "月 is 仄" in fault["message"]


def test_lines_of_chinese_verse_that_share_a_row_are_lines_of_their_own() -> None:
    found = of("春水連天碧，明月照大江。\n\n孤舟人不寐，燈影落寒窗。", "五絕")
    assert [line["text"] for line in found.lines] == [
        "春水連天碧，", "明月照大江。", "", "孤舟人不寐，", "燈影落寒窗。",
    ]  # fmt: skip
    assert found.faults()[0]["places"] == [{"line": 1, "character": 1, "length": 1}]


def test_a_line_of_the_wrong_length_is_marked_whole_and_missing_lines_have_no_place() -> None:
    lines, length = of("春水連天，明月照大江。", "五絕").faults()[:2]
    assert {lines["name"], length["name"]} == {"句數", "字數"}
    by_name = {lines["name"]: lines, length["name"]: length}
    assert by_name["句數"]["places"] == []
    assert by_name["字數"]["places"] == [{"line": 0, "character": 0, "length": 4}]


def test_a_fault_of_english_metre_stands_at_its_word_after_a_stanza_break() -> None:
    text = (
        "The moon is down upon the hill,\nThe house is dark, the wind is still.\n\n"
        "The garden sleeps beside the yellow wall,\nI hear the slow and silver fall."
    )
    found = of(text, "tetrameter couplets")
    [fault] = found.faults()
    [place] = fault["places"]
    assert place["line"] == 3
    assert found.lines[3]["units"][place["character"]]["text"] in fault["message"]


def test_an_old_style_poem_breaks_no_rules() -> None:
    assert of("春水春山綠，\n明月明江上。\n孤舟孤客臥，\n夜雨夜燈亮。").faults() == []


def test_a_word_of_several_characters_has_its_english_on_the_first_one() -> None:
    found = of("「明月」照大江，\n\n片片作秋聲。")
    first = [(u["text"], u["gloss"], u["span"]) for u in found.lines[0]["units"] if u["gloss"]]
    assert first == [("明", "bright moon", 2), ("照", "shine on", 1), ("大", "great river", 2)]
    assert marks(found, "gloss")[1:] == [[], ["piece by piece", "make", "autumn sounds"]]
