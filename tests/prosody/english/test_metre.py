"""Metres as values, and the automaton on words whose syllables are given."""

from __future__ import annotations

import pytest

from poet.prosody.english.metre import endings, metre, start, step

PENTAMETER = metre("iambic pentameter")


def read(name: str, line: str, strict: bool = True) -> set[str]:
    """How a line can end whose words are given as their syllables; a comma is a pause."""
    kept = metre(name)
    states, after_pause = start(kept), False
    for word in line.split():
        if word == ",":
            after_pause = True
            continue
        readings = tuple(word.split("|"))
        states = step(kept, states, readings, strict=strict, after_pause=after_pause)
        after_pause = False
    return set(endings(kept, states))


@pytest.mark.parametrize(
    ("name", "line", "ending"),
    [
        ("iambic pentameter", "01 01 01 01 01", "masculine"),
        ("iambic pentameter", "01 01 01 01 010", "feminine"),
        ("iambic pentameter", "C C C C C C C C C C", "masculine"),
        ("iambic pentameter", "10 A C 01 01 01", "masculine"),  # the first foot turned
        ("iambic pentameter", "C F A C 01 01 01", "masculine"),  # the same in words of a syllable
        ("iambic pentameter", "A 100 A C 01 01", "masculine"),  # mem-o-ry on two beats
        ("trochaic tetrameter", "10 10 10 10", "feminine"),
        ("trochaic tetrameter", "10 10 10 C", "masculine"),
        ("anapaestic trimeter", "001 001 001", "masculine"),
        ("anapaestic trimeter", "01 001 0010", "feminine"),
        ("dactylic dimeter", "100 100", "feminine"),
        ("dactylic dimeter", "100 C", "masculine"),
    ],
)
def test_a_regular_line_ends_where_its_metre_does(name: str, line: str, ending: str) -> None:
    assert read(name, line) == {ending}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("iambic pentameter", "01 01 01 01"),  # a foot short
        ("iambic pentameter", "01 01 01 01 01 01"),  # a foot long
        ("iambic pentameter", "01 01 01 01 01 C"),  # a content word after the last beat
        ("iambic pentameter", "01 10 01 01 01"),  # the second foot turned
        ("iambic pentameter", "10 C F 01 01 01"),  # no light syllable after a turned beginning
        ("iambic pentameter", "01 A A 01 01 01"),  # an article on the beat
        ("iambic pentameter", "01 C F C C 01 01"),  # a function word after a content word put off
        ("trochaic tetrameter", "01 10 10 10"),
        ("anapaestic trimeter", "01 01 001"),
        ("dactylic dimeter", "C 100 C"),
    ],
)
def test_a_line_that_breaks_its_metre_has_no_ending(name: str, line: str) -> None:
    assert read(name, line) == set()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("iambic pentameter", "01 A A 01 01 01"),
        ("iambic pentameter", "01 C F C C 01 01"),
        ("iambic pentameter", "01 01 , 10 A C 01"),  # turned after a pause
        ("anapaestic trimeter", "01 01 001"),
        ("dactylic trimeter", "10 100 C"),
    ],
)
def test_lenient_readers_hear_more(name: str, line: str) -> None:
    assert not read(name, line)
    assert read(name, line, strict=False) == {"masculine"}


def test_a_foot_is_turned_after_a_pause_only() -> None:
    assert not read("iambic pentameter", "01 01 10 A C 01", strict=False)


def test_one_reading_that_fits_is_enough() -> None:
    assert read("iambic trimeter", "01 01 10|01") == {"masculine"}
    assert not read("iambic trimeter", "01 01 10")


def test_where_syllables_are_counted_stress_is_nothing() -> None:
    assert read("5 syllables", "10 100") == read("5 syllables", "A A A A A") != set()
    assert not read("5 syllables", "10 1000")
    assert not read("5 syllables", "10 C")


def test_a_word_without_a_syllable_takes_no_place() -> None:
    states = start(PENTAMETER)
    assert step(PENTAMETER, states, ("",)) == states


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Iambic  Pentameter", "iambic pentameter"),
        ("anapestic dimeter", "anapaestic dimeter"),
        ("7", "7 syllables"),
        ("1 syllable", "1 syllable"),
    ],
)
def test_a_metre_is_found_however_it_is_written(name: str, meant: str) -> None:
    assert metre(name).name == meant


@pytest.mark.parametrize(
    "name", ["", "iambic", "iambic pentametre", "iambic pentameter catalectic", "0 syllables",
             "31 syllables", "spondaic dimeter"],
)  # fmt: skip
def test_what_is_no_metre_is_said_to_be_none(name: str) -> None:
    with pytest.raises(ValueError, match=r"metre|syllables"):
        metre(name)
