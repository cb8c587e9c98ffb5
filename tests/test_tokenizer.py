"""Characters become ids and come back; what is not known is said to be unknown."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from poet.characters import normalise
from poet.tokenizer import (
    BODY,
    BOS,
    EOS,
    MAX_TITLE,
    OTHER_AUTHOR,
    SPECIAL_TOKENS,
    UNK,
    CharTokenizer,
    by_frequency,
    codepoints,
)

CHARACTERS = st.characters(blacklist_categories=["Cs"])
TEXTS = st.text(CHARACTERS)
VERSE = CharTokenizer("，春水連天碧", ("五絕", "七絕"), (OTHER_AUTHOR, "甲", "乙"))


@given(TEXTS)
def test_decoding_what_an_alphabet_knows_gives_it_back(text: str) -> None:
    tokenizer = CharTokenizer.from_text(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.unknown(text) == ()


@given(TEXTS, TEXTS)
def test_what_is_not_known_becomes_the_unknown_mark_and_vanishes(known: str, text: str) -> None:
    tokenizer = CharTokenizer.from_text(known)
    ids = tokenizer.encode(text)
    assert len(ids) == len(text)
    assert [i == UNK for i in ids] == [c not in known for c in text]
    assert tokenizer.decode(ids) == "".join(c for c in text if c in known)


@given(TEXTS)
def test_an_alphabet_survives_json(text: str) -> None:
    tokenizer = CharTokenizer("".join(dict.fromkeys(text)), ("五絕",), (OTHER_AUTHOR, "甲"))
    assert CharTokenizer.from_json(json.loads(json.dumps(tokenizer.to_json()))) == tokenizer


def test_lone_surrogates_are_characters_like_any_other() -> None:
    assert (
        CharTokenizer.from_text("\ud800a").decode(
            CharTokenizer.from_text("\ud800a").encode("a\ud800")
        )
        == "a\ud800"
    )
    assert VERSE.unknown("春\udfff水") == ("\udfff",)
    assert codepoints("\ud800\U00020000").tolist() == [0xD800, 0x20000]


def test_astral_characters_are_one_id_each() -> None:
    tokenizer = CharTokenizer.from_text("𠀀月")
    assert len(tokenizer.encode("𠀀月𠀀")) == 3
    assert tokenizer.encode("\U0010ffff").tolist() == [UNK]


def test_unknown_characters_are_named_once_and_in_order() -> None:
    assert VERSE.unknown("山水山月") == ("山", "月")


def test_ids_lie_in_the_order_of_marks_forms_authors_characters() -> None:
    assert VERSE.first_character == len(SPECIAL_TOKENS) + 2 + 3
    assert len(VERSE) == VERSE.first_character + 6
    assert [VERSE.form_id(form) for form in ("五絕", "七絕")] == [4, 5]
    assert [VERSE.author_id(author) for author in (OTHER_AUTHOR, "甲", "乙")] == [6, 7, 8]
    assert VERSE.encode("，碧").tolist() == [9, 14]


def test_a_form_that_is_not_known_has_no_id() -> None:
    assert VERSE.form_id("五律") is None
    assert VERSE.form_id("") is None


def test_an_author_with_few_poems_falls_to_the_shared_mark() -> None:
    assert VERSE.author_id("丙") == VERSE.author_id(OTHER_AUTHOR)


def test_without_a_name_or_without_authors_there_is_no_author_mark() -> None:
    assert VERSE.author_id("") is None
    assert CharTokenizer("春").author_id("甲") is None


def test_the_header_is_poem_form_author_title_body() -> None:
    ids = VERSE.prefix_ids(form="七絕", author="乙", title="春水")
    assert ids.tolist() == [BOS, 5, 8, 10, 11, BODY]
    assert VERSE.prefix_ids().tolist() == [BOS, BODY]


def test_a_long_title_is_cut() -> None:
    assert len(VERSE.prefix_ids(title="春" * 40)) == 2 + MAX_TITLE


def test_marks_are_no_characters() -> None:
    assert VERSE.decode([BOS, 4, 7, BODY, 10, UNK, EOS]) == "春"
    assert VERSE.decode(np.array([], dtype=np.int64)) == ""


def test_an_empty_alphabet_knows_nothing() -> None:
    assert CharTokenizer("").encode("\x00春").tolist() == [UNK, UNK]


def test_the_commonest_character_comes_first_and_ties_go_by_codepoint() -> None:
    assert CharTokenizer.from_text("bbaacd", min_count=2).characters == "ab"
    assert by_frequency(np.array([99, 97, 98]), np.array([5, 2, 5]), min_count=3) == "bc"


def test_text_is_kept_composed() -> None:
    assert normalise("e\u0301te\u0301") == "été"
