"""Poems for cards: as they stand in a file, with the title and the facts that it has."""

from __future__ import annotations

import json

import pytest

from poet.errors import InputError
from poet.poem import Poem
from poet.render.card.reading import Given, read_poems
from poet.render.export import formatted

VERSE = "夜雨归舟静，灯寒客梦轻。"


def read(text: str) -> Given:
    (given,) = read_poems(text.encode(), "stdin")
    return given


def test_a_text_is_kept_as_it_is_in_its_own_script() -> None:
    assert read(VERSE + "\r\n").poem == Poem(VERSE)


def test_a_first_line_with_a_mark_is_the_title() -> None:
    assert read("# Rain #\n\nOn the roof.\nA lamp.").poem == Poem("On the roof.\nA lamp.", "Rain")


def test_a_short_first_stanza_is_no_title() -> None:
    assert read("A lamp\n\nOn the roof").poem == Poem("A lamp\n\nOn the roof")


@pytest.mark.parametrize(
    "poem",
    [
        Poem("夜雨歸舟靜，\n燈寒客夢輕。", "夜雨", "poet, after 李白"),
        Poem("夜雨歸舟靜，\n燈寒客夢輕。", "夜雨"),
        Poem("夜雨歸舟靜，\n燈寒客夢輕。"),
        Poem("Rain on the roof.\n\nA lamp.", "Rain", "poet, after Keats"),
        Poem("Rain on the roof.\n\nA lamp."),
    ],
)
@pytest.mark.parametrize("suffix", [".txt", ".json", ".jsonl"])
def test_files_of_poet_come_back_with_title_author_and_who_wrote_them(
    poem: Poem, suffix: str
) -> None:
    given = read(formatted(suffix, [poem], [{"model": "tang", "seed": 3}]))
    assert given.poem == poem
    assert {key: str(value) for key, value in given.facts.items()} == {"model": "tang", "seed": "3"}


def test_lines_are_set_in_as_the_form_in_json_has_them() -> None:
    record = {"text": "A\nB\nC\nD\nE", "asked_form": "limerick"}
    assert read(json.dumps(record)).poem.indents == (0, 0, 2, 2, 0)


def test_a_text_that_begins_like_json_is_a_text() -> None:
    assert read("[softly]\nRain").poem.text == "[softly]\nRain"
    with pytest.raises(InputError, match=r"a\.json is damaged"):
        read_poems(b'{"text": ', "a.json")


def test_several_poems_of_json_are_several_cards() -> None:
    poems = read_poems(json.dumps({"poems": [{"text": "A"}, {"text": "B"}]}).encode(), "stdin")
    assert [given.poem.text for given in poems] == ["A", "B"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "there is no poem in poem.txt"),
        (b" \n\n", "there is no poem in poem.txt"),
        (b"{}", "there is no poem in poem.txt"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is a picture, not text"),
        (b"a\0b", "is not text"),
        (b"a" * (1 << 20) + b"b", "is longer than a card can hold"),
    ],
)
def test_what_is_no_poem_is_said_in_a_sentence(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_poems(data, "poem.txt")
