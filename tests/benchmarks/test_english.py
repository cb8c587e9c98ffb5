"""Measuring English verse: poems written in parts, lines that were read, people's stanzas."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from benchmarks.english import copied_lines, missing, read_rows, same_words, sharing
from benchmarks.stanzas import closed, human_stanzas, last_word, pieces
from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.novelty.ngrams import hash_ngrams, hash_units
from poet.poem import Poem
from poet.prosody.english.forms import find_form

COUPLET = "The winter moon is on the silver sea,\nAnd all the wind is silent on the lea."


def test_what_was_written_is_not_written_again_and_a_broken_line_is_left_out(
    tmp_path: Path,
) -> None:
    rows = [{"form": "haiku", "number": n, "text": "a"} for n in (0, 2, 2)]
    path = tmp_path / "poems.jsonl"
    path.write_text("\n".join([*map(json.dumps, rows), '{"form": "hai']), "utf-8")
    assert [row["number"] for row in read_rows(path)] == [0, 2]
    assert missing(read_rows(path), "haiku", 5, "1/1") == [1, 3, 4]
    assert missing(read_rows(path), "haiku", 5, "2/2") == [1, 3]


def test_only_a_line_whose_every_five_words_were_read_is_copied() -> None:
    known = np.unique(hash_ngrams(hash_units("the winter moon is on the silver sea")))
    assert copied_lines(COUPLET, known) == [COUPLET.split("\n")[0]]
    assert not copied_lines("the winter moon is on the sea\nThe silver sea", known)


def test_variety_is_counted_on_as_many_words() -> None:
    ours, theirs = same_words(["a b"] * 10, ["a b c d", "e f"])
    assert (len(ours), len(theirs)) == (3, 2)


def test_poems_share_a_line_whatever_its_punctuation() -> None:
    other = "Now all the wind is silent on the lea,\nThe winter moon is on the silver sea."
    assert sharing([COUPLET, other, "A short line\nA short line", "A short line"]) == 2


def test_a_poem_gives_its_stanzas_and_a_stanza_its_couplets() -> None:
    assert list(pieces("a\nb\n\nc\nd\ne", 2)) == ["a\nb"]
    assert list(pieces("a\nb\n\nc\nd\ne\nf", 4)) == ["c\nd\ne\nf"]


def test_a_stanza_that_stops_in_a_sentence_is_closed() -> None:
    assert [closed(text) for text in ("it is so;", "it is so", "is it so?", "it is so—")] == [
        "it is so.", "it is so.", "is it so?", "it is so."
    ]  # fmt: skip


@pytest.fixture
def couplets(tmp_path: Path) -> TokenDataset:
    """Poems of two couplets of pentameters each, half of which rhyme."""
    rng = random.Random(1)
    nouns = [
        "moon",
        "wind",
        "hill",
        "stone",
        "bird",
        "grass",
        "rain",
        "light",
        "door",
        "road",
        "night",
        "leaf",
        "star",
        "song",
    ]

    def line(end: str) -> str:
        return "The {} and the {} and the {} of {},".format(*rng.sample(nouns, 3), end)

    poems = [
        Poem("\n".join(line(end) for end in ends.split()))
        for ends in ("sea lea day way", "sea land day shore")
        for _ in range(100)
    ]
    return build(tmp_path / "store", {"english": iter(poems)}, stream=False)


def test_human_stanzas_are_of_the_forms_metre_and_rhyme(couplets: TokenDataset) -> None:
    form = find_form("couplet")
    assert form
    found = human_stanzas(couplets, form, held_out=False)
    assert {tuple(map(last_word, text.split("\n"))) for text in found} == {
        ("sea", "lea"), ("day", "way")
    }  # fmt: skip
    haiku = find_form("haiku")
    assert haiku
    assert not human_stanzas(couplets, haiku)
