"""Prompts become what a model can read, and every repair is said."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poet.errors import InputError
from poet.generation.prompt import Prompt, check_known, repair
from poet.tokenizer import CharTokenizer

VERSE = CharTokenizer("，。！？；：春水連天碧明月照大江雲歸山路遠床前燈一氣")
WESTERN = CharTokenizer("\n ,.abcdehilmnorstué")
PIECES = st.sampled_from(
    [*"春水連天碧云归牀前，,.!…①⼀ａ \n\t\r\x00\u200b\ud800e\u0301一龙🌙()（", "\n\n"]
)


def test_a_prompt_that_the_model_can_read_is_left_as_it_is() -> None:
    assert repair("春水連天碧，明月", VERSE) == Prompt("春水連天碧，明月")


@pytest.mark.parametrize(
    ("typed", "text", "said"),
    [
        ("春水,明月.", "春水，明月。", "fullwidth"),
        ("春水!明月?", "春水！明月？", "fullwidth"),
        ("春水連天碧\n明月照大江\n", "春水連天碧，明月照大江", "line breaks"),
        ("春水連天碧。\n\n明月", "春水連天碧。明月", "line breaks"),
        ("春水 連天\u3000碧", "春水連天碧", "spaces"),
        ("春\u200b水\x00", "春水", "invisible"),
        ("春\ud800水", "春水", "invisible"),
        ("云归山路远", "雲歸山路遠", "simplified to traditional"),
        ("牀前明月", "床前明月", "variant"),
        ("⼀春", "一春", "radicals"),
        ("春\U000e0100水", "春水", "marked characters"),
        ("水気", "水氣", "variant"),
    ],
)
def test_a_repair_is_made_and_said(typed: str, text: str, said: str) -> None:
    prompt = repair(typed, VERSE)
    assert prompt.text == text
    assert len(prompt.repairs) == 1
    assert said in prompt.repairs[0]


def test_the_script_that_a_prompt_came_in_is_told() -> None:
    assert repair("云归山路远", VERSE).script == "hans"
    assert repair("雲歸山路遠", VERSE).script == "hant"
    assert repair("春水", VERSE).script is None


def test_a_variant_character_does_not_make_a_prompt_simplified() -> None:
    assert repair("牀前", VERSE).script is None
    assert repair("牀前", VERSE).repairs == ("variant characters replaced by their standard form",)


def test_simplified_characters_that_no_list_names_are_known_by_the_alphabet() -> None:
    assert repair("灯", CharTokenizer("燈")) == Prompt(
        "燈", "hans", ("simplified to traditional characters",)
    )


def test_other_languages_are_composed_and_keep_spaces_and_lines() -> None:
    assert repair("e\u0301te\u0301, the\n  sea", WESTERN) == Prompt(
        "été, the\n  sea", None, ("composed characters (NFC)",)
    )


def test_windows_line_ends_are_line_ends() -> None:
    assert repair("the\r\nsea", WESTERN).text == "the\nsea"


def test_what_cannot_be_read_either_way_stays_as_it_was_typed() -> None:
    assert repair("春水…", VERSE).text == "春水…"
    assert repair("春水（明月", VERSE).text == "春水（明月"


def test_an_empty_prompt_needs_no_repair() -> None:
    assert repair("", VERSE) == Prompt("")


@example("春春ａ\u0301", WESTERN)
@given(st.lists(PIECES, max_size=20).map("".join), st.sampled_from([VERSE, WESTERN]))
def test_a_repaired_prompt_needs_no_repair(text: str, tokenizer: CharTokenizer) -> None:
    once = repair(text, tokenizer)
    again = repair(once.text, tokenizer)
    assert again.text == once.text
    assert again.repairs == ()


def test_unknown_characters_are_named_with_what_to_do() -> None:
    with pytest.raises(InputError) as error:
        check_known("春🌙水\n龍\ud800", VERSE)
    assert error.value.message == "this model has never seen 🌙 U+000A 龍 U+D800"
    assert error.value.hint.startswith("--unknown skip")


def test_of_many_unknown_characters_a_few_are_named() -> None:
    with pytest.raises(InputError, match=r"never seen a b c d e f g h i j k l and 14 more$"):
        check_known("abcdefghijklmnopqrstuvwxyz", VERSE)


def test_a_known_prompt_passes() -> None:
    check_known("春水，", VERSE)


def test_a_model_of_simplified_text_is_given_simplified_prompts() -> None:
    assert repair("云归山路远", CharTokenizer("云归山路远，。")) == Prompt("云归山路远", "hans")


def test_joiners_that_spell_a_word_are_kept() -> None:
    word = "می\u200cخواهم"
    assert repair(word, CharTokenizer(word)).text == word
