"""Which words rhyme, perfectly and as readers of verse hear it."""

from __future__ import annotations

import pytest

from poet.prosody.english.rhyme import rhyme_parts, rhymes


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("moon", "June"),
        ("night", "delight"),
        ("weather", "feather"),
        ("duty", "beauty"),
        ("eternity", "be"),
        ("memory", "see"),
        ("trees", "breeze"),
        ("o'er", "shore"),
    ],
)
def test_perfect_rhymes(first: str, second: str) -> None:
    assert rhymes(first, second)
    assert rhymes(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("love", "move"),
        ("come", "doom"),
        ("care", "war"),
        ("have", "grave"),
        ("see", "sea"),
        ("cease", "these"),
        ("gone", "alone"),
    ],
)
def test_rhymes_that_only_lenient_readers_accept(first: str, second: str) -> None:
    assert not rhymes(first, second)
    assert rhymes(first, second, strict=False)


@pytest.mark.parametrize(
    ("first", "second"), [("moon", "night"), ("sun", "sat"), ("river", "stone"), ("fire", "cold")]
)
def test_words_that_do_not_rhyme(first: str, second: str) -> None:
    assert not rhymes(first, second, strict=False)


def test_a_word_does_not_rhyme_with_itself() -> None:
    assert not rhymes("moon", "Moon", strict=False)


def test_words_that_sound_the_same_do_not_rhyme_perfectly() -> None:
    assert not rhymes("light", "delight")
    assert not rhymes("their", "there")


def test_an_unknown_word_is_judged_by_its_spelling_and_never_strictly() -> None:
    assert rhyme_parts("zmoon") == {}
    assert not rhymes("zmoon", "June")
    assert rhymes("zmoon", "moon", strict=False)
    assert not rhymes("zmoon", "night", strict=False)


def test_feminine_rhymes_have_two_syllables_and_masculine_ones_a_stress() -> None:
    assert set(rhyme_parts("weather")) == {("feminine", "EH DH ER")}
    assert ("masculine", "IY") in rhyme_parts("memory")
    assert rhyme_parts("never") == {("feminine", "EH V ER"): {"N"}}
