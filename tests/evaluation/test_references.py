"""Human verse to stand beside: from either side, whole, never more than asked."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.evaluation.references import (
    human_pieces,
    human_poems,
    source_of,
    titled_poems,
    usable_title,
)
from poet.poem import Poem
from poet.tokenizer import UNK


def test_poems_of_a_form_come_from_the_sides_asked_for(dataset: TokenDataset) -> None:
    both = human_poems(dataset, "七絕", 999, held_out=None)
    held, read = (human_poems(dataset, "七絕", 999, held_out=held) for held in (True, False))
    assert held
    assert sorted(both) == sorted(held + read)
    assert {Poem(text.replace("□", "月")).form for text in both} == {"七絕"}
    assert human_poems(dataset, "七絕", 5, held_out=None) == both[:5]


def test_a_character_outside_the_vocabulary_leaves_its_place(dataset: TokenDataset) -> None:
    found = human_poems(dataset, "五絕", 999, held_out=None)
    assert {len(text) for text in found} == {24}
    rare = [i for i in range(len(dataset)) if (dataset.verse(i) == UNK).any()]
    mark = dataset.tokenizer.form_id("五絕")
    assert sum("□" in text for text in found) == sum(dataset.table["form"][rare] == mark) > 0


def test_no_form_takes_every_poem(dataset: TokenDataset) -> None:
    assert len(human_poems(dataset, "", 9_999, held_out=None)) == len(dataset)


def test_the_source_is_the_first_text_with_such_poems(tmp_path: Path, sample: Path) -> None:
    def quatrains(length: int) -> list[Poem]:
        lines = [
            "".join(chr(0x4E00 + (i * 7 + k) % 400) for k in range(length)) for i in range(400)
        ]
        return [Poem("，".join(lines[i : i + 4]) + "。") for i in range(0, 400, 4)]

    dataset = build(tmp_path / "two", {"five": quatrains(5), "seven": quatrains(7)})
    assert (source_of(dataset, "五絕"), source_of(dataset, "七絕")) == (0, 1)
    assert source_of(dataset, "七律") is None


def test_pieces_of_a_stream_begin_with_a_line_and_share_nothing(tmp_path: Path) -> None:
    text = "".join(f"{i} bcd efg hij\n" for i in range(900))
    dataset = build(tmp_path / "s", {"long": [Poem(text)]}, stream=True)
    found = human_pieces(dataset, 7, 40)
    held = dataset.tokenizer.decode(dataset.verse(1))
    assert len(found) == 7
    assert all(len(piece) == 40 for piece in found)
    assert all(held.startswith(piece) or f"\n{piece}" in held for piece in found)
    places = sorted(held.index(piece) for piece in found)
    assert all(later - one >= 40 for one, later in pairwise(places))
    assert len(human_pieces(dataset, 999, 40)) > 7
    assert human_pieces(dataset, 3, 10**6) == [held]


def test_a_stream_without_lines_is_cut_as_it_comes(tmp_path: Path) -> None:
    dataset = build(tmp_path / "s", {"long": [Poem("ab cd" * 900)]}, stream=True)
    held = dataset.tokenizer.decode(dataset.verse(1))
    assert sorted(human_pieces(dataset, 99, 100)) == sorted(
        held[i : i + 100] for i in (0, 100, 200, 300)
    )


def test_titles_lose_their_numbers_and_what_is_no_title_is_left_out() -> None:
    titles = ("宮詞三十首 四", "江上 其二", "夜雨二首", "舟中 上", "伊州 第一", "江上秋風")
    assert [usable_title(title) for title in titles] == [
        "宮詞", "江上", "夜雨", "舟中", "伊州", "江上秋風",
    ]  # fmt: skip
    assert not any(map(usable_title, ("失題", "句", "八八", "詩 二十三", "", "組曲 舟行")))


def test_titled_poems_are_held_out_and_no_title_stands_twice(tmp_path: Path) -> None:
    lines = ["".join(chr(0x4E00 + (i * 7 + k) % 400) for k in range(5)) for i in range(800)]
    verses = ["，".join(lines[i : i + 4]) + "。" for i in range(0, 800, 4)]
    titles = ["失題", "江上", "夜雨 其二", "舟中"] * 50
    dataset = build(tmp_path / "s", {"t": [*map(Poem, verses, titles)]})
    held = set(human_poems(dataset, "五絕", 999, held_out=True))
    found = titled_poems(dataset, "五絕", 999, 0)
    assert {poem.title for poem in found} == {"江上", "夜雨", "舟中"}
    assert {poem.text for poem in found} < held
    assert len(found) == 3
    assert titled_poems(dataset, "五絕", 2, 0) == found[:2]
