"""How words are said: the table, and guesses for words that it does not have."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

import poet.prosody.english.pronunciation as module
from poet.prosody.english.phonemes import Phonemes
from poet.prosody.english.pronunciation import (
    Pronunciation,
    common_words,
    guess,
    phonemes_of,
    pronunciations,
)
from poet.prosody.english.spelling import Spelling

SMALL: dict[str, tuple[Phonemes, ...]] = {
    "love": (("L", "AH1", "V"),),
    "hope": (("HH", "OW1", "P"),),
    "hop": (("HH", "AA1", "P"),),
    "sing": (("S", "IH1", "NG"),),
    "singe": (("S", "IH1", "N", "JH"),),
    "kiss": (("K", "IH1", "S"),),
    "moon": (("M", "UW1", "N"),),
    "lit": (("L", "IH1", "T"),),
    "wander": (("W", "AA1", "N", "D", "ER0"),),
    "wandering": (("W", "AA1", "N", "D", "ER0", "IH0", "NG"),),
    "beauty": (("B", "Y", "UW1", "T", "IY0"),),
    "honor": (("AA1", "N", "ER0"),),
    "know": (("N", "OW1"),),
}


def stresses(word: str, *, poetic: bool = False) -> list[str]:
    return [said.stresses for said in pronunciations(word) if said.poetic == poetic]


def rime(word: str) -> str:
    (said, *_) = pronunciations(word)
    return " ".join(said.ending[-2:])


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("moon", ["1"]),
        ("o'er", ["1"]),
        ("wand'ring", ["10"]),
        ("heav'n", ["1"]),
        ("know'st", ["1"]),
        ("lov'd", ["1"]),
        ("remember", ["010"]),
        ("desire", ["01"]),
        ("beauteous", ["100"]),
        ("honour", ["10"]),
        ("every", ["10"]),
        ("smote", ["1"]),
        ("the", ["1"]),
        ("to", ["1"]),
    ],
)
def test_words_of_verse_have_the_stresses_that_readers_give_them(
    word: str, expected: list[str]
) -> None:
    assert stresses(word) == expected


@pytest.mark.parametrize(
    ("word", "plain", "poetic"),
    [
        ("heaven", ["10"], ["1"]),
        ("spirit", ["10"], ["1"]),
        ("loved", ["1"], ["10"]),
        ("fire", ["1"], ["10"]),
        ("being", ["10"], ["1"]),
        ("glorious", ["100"], ["10"]),
        ("supreme", ["01", "01"], ["12", "12"]),
    ],
)
def test_a_syllable_more_or_less_is_a_poetic_reading(
    word: str, plain: list[str], poetic: list[str]
) -> None:
    assert (stresses(word), stresses(word, poetic=True)) == (plain, poetic)


@pytest.mark.parametrize("word", ["wanted", "need", "bed", "fled", "sacred"])
def test_ed_that_is_no_ending_or_a_syllable_already_gains_none(word: str) -> None:
    assert len(stresses(word, poetic=True)) == 0


@pytest.mark.parametrize("word", ["wind", "read", "live", "tear", "bow", "lead", "use", "again"])
def test_words_said_in_two_ways_keep_both(word: str) -> None:
    assert len({said.ending for said in pronunciations(word)}) > 1


@pytest.mark.parametrize("word", ["present", "record", "desert", "conflict", "perfume"])
def test_words_stressed_in_two_ways_keep_both(word: str) -> None:
    assert {pattern.index("1") for pattern in stresses(word)} == {0, 1}


def test_an_ending_holds_the_last_two_syllables_with_the_consonants_before_them() -> None:
    assert pronunciations("remember")[0].ending == ("M", "EH", "M", "B", "ER")
    assert pronunciations("moon")[0].ending == ("M", "UW", "N")
    assert pronunciations("th'") == (Pronunciation("", ("DH",)),)


@pytest.mark.parametrize(
    ("first", "second"), [("moon", "june"), ("love", "above"), ("light", "night"), ("fire", "lyre")]
)
def test_words_that_rhyme_end_alike(first: str, second: str) -> None:
    assert rime(first) == rime(second)


def test_an_unknown_word_has_no_pronunciation_but_a_guess() -> None:
    assert pronunciations("slithy") == ()
    assert guess("slithy")[0].stresses == "10"
    assert guess("...") == guess("") == ()


@pytest.mark.parametrize(
    ("word", "expected"), [("moonbright", "12"), ("slithy's", "10"), ("gloomier", "100")]
)
def test_a_guess_takes_a_word_apart_before_it_spells(word: str, expected: str) -> None:
    assert guess(word)[0].stresses == expected


@pytest.mark.parametrize("word", ["brillig", "mnbvc", "zzz", "é", "x'x'x", "a" * 100])
def test_a_guess_is_made_for_anything_with_a_letter(word: str) -> None:
    assert len(guess(word)) == (word != "é")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("lovest", "L AH1 V IH0 S T"),
        ("hopeth", "HH OW1 P IH0 TH"),
        ("hopped", "HH AA1 P T"),
        ("singeth", "S IH1 NG IH0 TH"),
        ("kist", "K IH1 S T"),
        ("moonlit", "M UW1 N L IH2 T"),
        ("wand'ring", "W AA1 N D R IH0 NG"),
        ("wander'd", "W AA1 N D ER0 D"),
        ("beauteous", "B Y UW1 T IY0 AH0 S"),
        ("honour'd", "AA1 N ER0 D"),
        ("know'st", "N OW1 S T"),
        ("o'erlove", "AO2 R L AH1 V"),
        ("singin'", "S IH1 NG IH0 N"),
        ("moone", "M UW1 N"),
    ],
)
def test_the_spellings_of_verse_lead_to_known_words(word: str, expected: str) -> None:
    assert spelling(SMALL).read(word) == (tuple(expected.split()),)


def test_a_spelling_that_leads_nowhere_has_no_reading() -> None:
    assert spelling(SMALL).read("xyzzy") == ()


def spelling(words: dict[str, tuple[Phonemes, ...]]) -> Spelling:
    find: Callable[[str], tuple[Phonemes, ...]] = lambda word: words.get(word, ())  # noqa: E731
    return Spelling(find, words.__contains__)


def test_a_pronunciation_survives_as_phonemes() -> None:
    for word in ("moon", "remember", "everlasting", "th'"):
        (said, *_) = pronunciations(word)
        assert Pronunciation.of(phonemes_of(said)) == said


def test_the_words_to_write_stand_as_they_are_written_within_a_line() -> None:
    forms = set(common_words().forms)
    assert {"moon", "God", "o'er", "I", "heav'n", "I'll", "London"} <= forms
    assert not {"i", "Moon", "London's,", "quand", "ll", "nd", "wuz", "haue"} & forms


def test_a_slur_is_known_and_never_to_be_written() -> None:
    assert pronunciations("whore")
    assert not {"whore", "whores"} & {form.lower() for form in common_words().forms}


def test_frequencies_double_in_twelve_steps() -> None:
    words = common_words()
    frequency = dict(zip(words.forms, words.frequency.tolist(), strict=True))
    assert frequency["the"] > frequency["moon"] > frequency["guerdon"] >= 12 * np.log2(12) - 1
    assert frequency["the"] - frequency["guerdon"] > 120  # more than a thousand times as often


def test_the_arrays_of_common_words_say_what_the_table_says() -> None:
    words = common_words()
    assert len(words.starts) == len(words.forms) + 1 == len(words.frequency) + 1
    rng = np.random.default_rng(1)
    for place in rng.choice(len(words.forms), 200):
        listed = range(*words.starts[place : place + 2].tolist())
        assert tuple(words.readings[reading] for reading in listed) == pronunciations(
            words.forms[place].lower()
        )


def test_only_words_with_one_way_to_say_them_are_certain() -> None:
    words = common_words()
    stressed = dict(zip(words.forms, words.one_stress_pattern.tolist(), strict=True))
    ending = dict(zip(words.forms, words.one_ending.tolist(), strict=True))
    assert stressed["remember"]
    assert stressed["heaven"]
    assert ending["heaven"]
    assert not stressed["present"]
    assert not stressed["flower"]
    assert stressed["wind"]
    assert not ending["wind"]


def test_the_first_reading_of_every_word_is_no_poetic_one() -> None:
    words = common_words()
    assert not words.readings.poetic[words.starts[:-1]].any()


def test_the_table_is_small() -> None:
    assert Path(module.__file__).with_name(module.FILE).stat().st_size < 2_600_000


def test_a_spelling_that_another_thread_is_reading_is_waited_for() -> None:
    found: list[tuple[Phonemes, ...]] = []
    other = Thread(target=lambda: found.append(words.read("wand'ring")))
    calls = count()

    def known(word: str) -> tuple[Phonemes, ...]:
        if next(calls) == 1:  # in the midst of reading
            other.start()
            other.join(0.2)
        return SMALL.get(word, ())

    words = Spelling(known, SMALL.__contains__)
    here = words.read("wand'ring")
    other.join()
    assert here == found[0] != ()
