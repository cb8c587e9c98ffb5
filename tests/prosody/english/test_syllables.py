"""Words as the metre sees them."""

from __future__ import annotations

from poet.prosody.english.syllables import is_pause, is_word, syllable_classes, tokens


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


def test_a_line_is_words_and_pauses() -> None:
    line = tokens("Th' eternal—'tis o'er, half-heard!")
    assert line == ["Th'", "eternal", "—", "'tis", "o'er", ",", "half", "-", "heard", "!"]
    assert [is_word(token) for token in line].count(True) == 6
    assert [token for token in line if is_pause(token)] == ["—", ",", "!"]
