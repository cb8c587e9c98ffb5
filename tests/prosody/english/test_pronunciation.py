"""How words are said: the table, and guesses for words that it does not have."""

from __future__ import annotations

import numpy as np
import pytest

from poet.prosody.english.pronunciation import common_words, guess, pronunciations


def stresses(word: str) -> list[str]:
    return [said.stresses for said in pronunciations(word)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("moon", ["1"]), ("o'er", ["1"]), ("wand'ring", ["10"]), ("remember", ["010"])],
)
def test_words_of_verse_have_the_stresses_that_readers_give_them(
    word: str, expected: list[str]
) -> None:
    assert stresses(word) == expected


def test_a_reading_with_a_syllable_less_or_more_is_marked_as_poetic() -> None:
    assert [(said.stresses, said.poetic) for said in pronunciations("heaven")] == [
        ("10", False),
        ("1", True),
    ]
    assert [(said.stresses, said.poetic) for said in pronunciations("loved")] == [
        ("1", False),
        ("10", True),
    ]


def test_an_ending_holds_the_last_two_syllables_with_the_consonants_before_them() -> None:
    assert pronunciations("remember")[0].ending == ("M", "EH", "M", "B", "ER")
    assert pronunciations("moon")[0].ending == ("M", "UW", "N")


def test_an_unknown_word_has_no_pronunciation_but_a_guess() -> None:
    assert pronunciations("slithy") == ()
    assert guess("slithy")[0].stresses == "10"
    assert guess("...") == ()


def test_the_words_to_write_stand_as_they_are_written_within_a_line() -> None:
    forms = set(common_words().forms)
    assert {"moon", "God", "o'er", "I"} <= forms
    assert not {"god's,", "i", "Moon"} & forms


def test_the_arrays_of_common_words_say_what_the_table_says() -> None:
    words = common_words()
    assert len(words.starts) == len(words.forms) + 1 == len(words.frequency) + 1
    rng = np.random.default_rng(1)
    for place in rng.choice(len(words.forms), 200):
        listed = range(*words.starts[place : place + 2].tolist())
        assert tuple(words.readings[reading] for reading in listed) == pronunciations(
            words.forms[place].lower()
        )


def test_only_words_with_one_way_to_stress_them_are_certain() -> None:
    words = common_words()
    certain = dict(zip(words.forms, words.one_stress_pattern.tolist(), strict=True))
    assert certain["remember"]
    assert certain["heaven"]
    assert not certain["present"]
