"""English under the words of Chinese verse."""

from __future__ import annotations

import re

import pytest

from poet.characters import is_han
from poet.prosody.chinese.gloss import _table, feet, glosses


def _english(text: str) -> list[str]:
    return [f"{text[g.start : g.start + g.length]} {g.english}" for g in glosses(text)]


def test_words_are_found_within_the_feet_of_a_line_alone() -> None:
    # 中原, the central plain, is a word, but here the caesura stands between the two
    assert "中 amid" in _english("楚客心中原自足")
    assert "原 plain" in _english("楚客心中原自足")
    assert "中原 central plain" in _english("中原自足")


def test_particles_and_pronouns_have_their_classical_sense() -> None:
    senses = dict(
        entry.split(" ", 1) for entry in _english("之，兮，而，吾，君，其，矣，也，乎，焉。")
    )
    assert senses["之"] == "of"
    assert senses["兮"] == "ah"
    assert senses["吾"] == "I"
    assert senses["而"] == "and yet"
    assert senses["君"] == "you"


def test_words_of_verse_are_not_taken_in_their_modern_sense() -> None:
    assert _english("故人，東西，消息，何處，絕") == [
        "故人 old friend",
        "東西 east and west",
        "消息 news",
        "何處 where",
        "絕 cut off",
    ]


def test_places_are_those_of_the_text_whatever_stands_between_the_lines() -> None:
    text = "「明月」\n\n(note) 照大江。"
    assert [text[g.start : g.start + g.length] for g in glosses(text)][:2] == ["明月", "照"]


@pytest.mark.parametrize("text", ["", "moon", "。，", "𠀀", "□"])
def test_a_text_without_known_words_has_no_glosses(text: str) -> None:
    assert glosses(text) == []


def test_simplified_text_has_the_glosses_of_the_traditional_one() -> None:
    assert [g[2] for g in glosses("冷烟孤馆枕前头")] == [g[2] for g in glosses("冷煙孤館枕前頭")]


def test_glosses_are_short_plain_english() -> None:
    for word, english in _table().english.items():
        assert all(map(is_han, word))
        assert 0 < len(english) <= 22, word
        assert len(english.split()) <= 4, word
        assert english.isascii(), word
        assert not re.search(r"surname|variant of|CL:|\bpr\.|[;.?!]|\[|\bsb\b|\bsth\b", english), (
            word
        )


def test_the_feet_of_a_line_are_as_long_as_the_line() -> None:
    assert all(feet(n)[0][0] == 0 and feet(n)[-1][1] == n for n in range(1, 20))
