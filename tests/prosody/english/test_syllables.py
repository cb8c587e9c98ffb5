"""Words as the metre sees them."""

from __future__ import annotations

import pytest

from poet.prosody.english.syllables import syllable_classes, words_of


def test_words_of_one_syllable_are_told_apart_by_what_they_mean() -> None:
    assert syllable_classes("moon") == ("C",)
    assert syllable_classes("should") == ("F",)
    assert syllable_classes("the") == ("A",)


def test_longer_words_have_their_stresses() -> None:
    assert syllable_classes("remember") == ("010",)
    assert syllable_classes("xqzvk") == ()


def test_only_a_lenient_reader_hears_what_verse_alone_says() -> None:
    assert "C" not in syllable_classes("heaven")
    assert "C" in syllable_classes("heaven", strict=False)
    assert set(syllable_classes("heaven")) <= set(syllable_classes("heaven", strict=False))


def test_a_line_is_words_and_the_pauses_before_them() -> None:
    words = words_of("Th' eternal—'tis o'er, half-heard!")
    assert [word.text for word in words] == ["Th'", "eternal", "'tis", "o'er", "half", "heard"]
    assert [word.after_pause for word in words] == [False, False, True, False, True, False]


@pytest.mark.parametrize(
    ("words", "short"),
    [("the eternal", ""), ("many a", "1"), ("the honest", ""), ("to assail", "")],
)
def test_a_lenient_reader_runs_a_word_into_the_vowel_that_follows(words: str, short: str) -> None:
    first = words_of(words)[0]
    readings = syllable_classes(first.text, False, first.runs_on)
    assert readings[-1] == short
    assert syllable_classes(first.text, True, first.runs_on) == readings[:-1]


@pytest.mark.parametrize("words", ["the sea", "the, eternal", "many eyes", "moon and", "the house"])
def test_other_words_do_not_run_on(words: str) -> None:
    assert not words_of(words)[0].runs_on
