"""Western prompts, titles and names become what a model can read, and every repair is said."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poet.errors import InputError
from poet.generation.prompt import Prompt, prepare, repair
from poet.generation.request import WriteRequest
from poet.generation.western import ENGLISH, find_author, title_case
from poet.tokenizer import CharTokenizer

AUTHORS = ("John Keats", "Robert Browning", "Elizabeth Barrett Browning", "Emily Brontë", "*")
MODEL = CharTokenizer("".join(sorted(ENGLISH)), authors=AUTHORS)
FRENCH = CharTokenizer(" \n'’.,-–«»abcdefghilmnoprstuvàéœ")
PIECES = st.sampled_from(
    [*"abT ’‘'“\"/\\–—--…..,!(\n\t\u00a0éﬁæŒ&ßＡ，\u0301\u200b\x00*", "\\n", " / ", "...", " - "]
)


@pytest.mark.parametrize(
    "text",
    ["The moon", "Shall I compare thee\nto a summer's day?\n", "'Tis late—O sea-green!"],
)
def test_what_the_model_can_read_is_left_as_it_is(text: str) -> None:
    assert repair(text, MODEL) == Prompt(text)


@pytest.mark.parametrize(
    ("typed", "text", "said"),
    [
        ("The moon’s", "The moon's", "apostrophes"),
        ("‘Tis late", "'Tis late", "apostrophes"),
        ("“The moon”", "The moon", "quotation marks"),
        ("‘The moon’ he said", "The moon he said", "quotation marks"),
        ("'The moon, the sea'", "The moon, the sea", "quotation marks"),
        ("The café", "The cafe", "accents"),
        ("naïve œuvre ﬁre", "naive oeuvre fire", "accents"),
        ("Night & day", "Night and day", "& written out"),
        ("The moon -- the sea", "The moon—the sea", "dashes"),
        ("The moon – the sea", "The moon—the sea", "dashes"),
        ("The moon - the sea", "The moon—the sea", "dashes"),
        ("well‐known", "well-known", "dashes"),
        ("The moon…", "The moon", "ellipses"),
        ("The moon... the sea", "The moon—the sea", "ellipses"),
        ("The moon / was bright", "The moon\nwas bright", "line breaks"),
        ("The moon // was bright", "The moon\n\nwas bright", "line breaks"),
        ("The moon\\nwas bright", "The moon\nwas bright", "line breaks"),
        ("  The  moon , \n\n\n\n  bright", "The moon,\n\nbright", "spaces"),
        ("The moon (bright)", "The moon bright", "brackets"),
        ("The moon，", "The moon,", "fullwidth"),
    ],
)
def test_a_repair_is_made_and_said(typed: str, text: str, said: str) -> None:
    prompt = repair(typed, MODEL)
    assert prompt.text == text
    assert len(prompt.repairs) == 1
    assert said in prompt.repairs[0]


def test_a_model_that_knows_accents_and_quotation_marks_is_given_them() -> None:
    assert repair("«l’été», œuvre –  à", FRENCH) == Prompt("«l’été», œuvre –  à")
    assert repair("ça", FRENCH).text == "ca"
    assert repair("n´est", FRENCH).text == "n'est"


def test_what_stands_for_no_letter_of_the_model_is_kept_and_named() -> None:
    for prompt in ("The moon 🌙", "7 moons", "and/or"):
        assert repair(prompt, MODEL).text == prompt
        with pytest.raises(InputError, match="this model has never seen"):
            prepare(WriteRequest(prompt=prompt), MODEL, reads_stream=False)


@example("... -", MODEL)
@given(st.lists(PIECES, max_size=20).map("".join), st.sampled_from([MODEL, FRENCH]))
def test_a_repaired_prompt_needs_no_repair(text: str, tokenizer: CharTokenizer) -> None:
    once = repair(text, tokenizer)
    again = repair(once.text, tokenizer)
    assert (again.text, again.repairs) == (once.text, ())


def test_a_title_typed_in_small_letters_is_set_in_title_case() -> None:
    assert title_case("'tis the end of the sea") == "'Tis the End of the Sea"
    assert title_case("To the moon") == "To the moon"
    assert title_case("") == ""


def test_a_title_is_shown_as_it_was_typed_and_read_in_the_letters_of_the_model() -> None:
    asked = prepare(WriteRequest(title=" At the\nCafé “Noir” "), MODEL, reads_stream=False)
    assert asked.shown_title == "At the Café “Noir”"
    assert asked.title == "At the Cafe Noir"
    small = prepare(WriteRequest(title="the café"), MODEL, reads_stream=False)
    assert (small.shown_title, small.title) == ("The Café", "The Cafe")
    assert "title set in title case" in small.remarks


@pytest.mark.parametrize(
    ("typed", "author"),
    [
        ("John Keats", "John Keats"),
        ("keats", "John Keats"),
        ("Keats, John", "John Keats"),
        ("J. Keats", "John Keats"),
        ("E. B. Browning", "Elizabeth Barrett Browning"),
        ("bronte", "Emily Brontë"),
    ],
)
def test_an_author_is_found_by_part_of_the_name(typed: str, author: str) -> None:
    asked = prepare(WriteRequest(author=typed), MODEL, reads_stream=False)
    assert asked.author == author
    assert asked.remarks == (() if typed == author else (f"author read as {author}",))


def test_an_author_who_may_be_several_or_none_is_said_to_have_no_effect() -> None:
    for typed, said in (
        ("Browning", "Browning may be Robert Browning or Elizabeth Barrett Browning"),
        ("John Keets", "does not know the author John Keets: the name has no effect; did you mean"),
        ("Qqq", "the model does not know the author Qqq: the name has no effect"),
    ):
        asked = prepare(WriteRequest(author=typed), MODEL, reads_stream=False)
        assert asked.author == typed
        assert said in asked.remarks[0]
    assert find_author("!", AUTHORS) == []


def test_lines_of_an_acrostic_begin_with_capitals() -> None:
    asked = prepare(WriteRequest(acrostic="I love é"), MODEL, reads_stream=False)
    assert asked.acrostic == "ILOVEE"
    assert asked.remarks[0] == "acrostic set in capitals"
