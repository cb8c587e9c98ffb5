"""Cleaning English verse: tokens are joined, the alphabet is small, what is no verse is dropped."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from poet.corpus.english import ALPHABET, clean_english, clean_line, clean_title
from poet.poem import Poem

STANZA = "The rain came down on roof and road ,\nThe lamp was low , the night was long ;\n"
VERSE = STANZA + "A cart went by without a load ,\nAnd no one sang the carter 's song ."


def clean(*poems: Poem) -> tuple[list[Poem], Counter[str]]:
    counts: Counter[str] = Counter()
    return list(clean_english(poems, counts, lambda word: word != "zzz")), counts


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("‘ Tis late , I do n't know ;", "'Tis late, I don't know;"),
        ("“ What , ” she said , “ is lost ? ”", "What, she said, is lost?"),
        ("The poets ’ land , thro ’ ev ’ ry pow ’ r", "The poets land, thro' ev'ry pow'r"),
        ("He look 'd , -- and saw . . . a café .", "He look'd—and saw. a cafe."),
        ("THE LAMP is lit , O GOD , by KING HAL", "The lamp is lit, O God, by King Hal"),
        ("And so the tale is told .[ 12 ] 45", "And so the tale is told."),
        ("wellhyppphenworn & old", "well-worn and old"),
        ("XIV .", ""),
        ("CANTO THE FIRST .", ""),
        ("I", ""),
    ],
)
def test_a_line_comes_into_one_alphabet(before: str, after: str) -> None:
    assert clean_line(before) == after


def test_a_clean_line_stays_as_it_is() -> None:
    line = "'Tis heav'n's own light—o'er th' sea, thro' well-worn ways; don't ask!"
    assert clean_line(line) == line


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("TO THE BROWNIE 'S MOON .", "To the Brownie's Moon"),
        ("SONNET XIV", "Sonnet XIV"),
        ("On first looking out", "On first looking out"),
        ("IV . -- RAIN", "Rain"),
        ("A" * 30 + " " + "b" * 40, ""),
        ("月", ""),
    ],
)
def test_a_heading_becomes_a_title(before: str, after: str) -> None:
    assert clean_title(before) == after


def test_stanzas_and_title_and_author_are_kept() -> None:
    poems, counts = clean(Poem(f"{VERSE}\n\n{VERSE}", "NIGHT .", "Ann Reed"))
    assert [(poem.title, poem.author) for poem in poems] == [("Night", "Ann Reed")]
    stanzas = poems[0].text.split("\n\n")
    assert [len(stanza.split("\n")) for stanza in stanzas] == [4, 4]
    assert set(poems[0].text) <= ALPHABET | {"\n"}
    assert counts == {"read": 1, "kept": 1}


@pytest.mark.parametrize(
    ("poem", "reason"),
    [
        (Poem(STANZA), "fewer than 4 lines"),
        (Poem(re.sub("the|was|on", "zzz", VERSE)), "not modern English"),
        (Poem(VERSE, "NOTES"), "notes, contents or a school reader"),
    ],
)
def test_what_is_not_verse_in_modern_english_is_dropped_and_counted(
    poem: Poem, reason: str
) -> None:
    poems, counts = clean(poem)
    assert (poems, counts) == ([], {"read": 1, f"dropped: {reason}": 1})


def test_an_odd_stanza_falls_out_and_the_poem_comes_in_two_parts() -> None:
    poems, _ = clean(Poem("\n\n".join([VERSE, VERSE, "A stray line of the editor", VERSE])))
    assert [poem.text.count("\n\n") for poem in poems] == [1, 0]
