"""English under the words of Chinese lines, in terminals of any width."""

from __future__ import annotations

import pytest

from poet.errors import UsageError
from poet.poem import Poem
from poet.prosody.chinese.gloss import glosses
from poet.prosody.scanning import scan_text
from poet.render.annotated import format_annotated
from poet.render.wrapping import cell_width

QUATRAIN = "夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。"


def shown(text: str, *marks: str, width: int = 80) -> list[str]:
    return format_annotated(Poem(text), scan_text(text), marks, width).split("\n")


def test_each_gloss_begins_under_its_word() -> None:
    verse, english, *_ = shown("明月照大江。", "gloss")
    for gloss in glosses("明月照大江"):
        word = "明月照大江"[gloss.start]
        at = cell_width(verse[: verse.index(word)])
        assert english[at:].startswith(gloss.english)


def test_glosses_stand_below_the_tones_and_below_the_pinyin_above() -> None:
    rows = shown("明月照大江。", "gloss", "tones", "pinyin")
    assert [row.split()[0] for row in rows] == ["míng", "明", "平", "bright"]


@pytest.mark.parametrize("width", [80, 40, 30, 24])
def test_no_row_is_wider_than_the_terminal(width: int) -> None:
    for row in shown(QUATRAIN, "gloss", width=width):
        assert cell_width(row) <= width


def test_where_the_words_of_a_gloss_do_not_fit_beside_each_other_they_are_stacked() -> None:
    rows = shown("千里江陵一日還。", "gloss", width=32)
    assert len(rows) > 2
    together = " ".join(" ".join(rows[1:]).split())
    for gloss in glosses("千里江陵一日還"):
        assert all(word in together for word in gloss.english.split())


def test_simplified_verse_has_glosses_too() -> None:
    assert shown("冷烟孤馆枕前头。", "gloss")[1].startswith("cold")


def test_verse_in_letters_has_none() -> None:
    with pytest.raises(UsageError, match="gloss can be shown for Chinese verse only"):
        shown("The moon is up upon the hill.", "gloss")
