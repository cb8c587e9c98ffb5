"""The judge of English verse: it takes what handbooks take, and refuses what they refuse."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from poet.errors import InputError
from tools.second_opinion import (
    FEMININE,
    MASCULINE,
    Measure,
    ends,
    guilty,
    opinion,
    pairs_of,
    patterns,
    words_of,
)
from tools.sounds import Speech, by_espeak, by_wikipron, contractions, readings, rhyme, stresses

IAMBS = Measure(("wswswsws",), can_turn=True, feminine=True)
needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is missing")


def speech(**words: str) -> Speech:
    """A source that says each word in one way, as in `moon="m ˈuː n"`."""
    return {word: frozenset(readings(ipa.split())) for word, ipa in words.items()}


def marks(*words: str) -> list[frozenset[str]]:
    """The words of a line, each with one pattern of stresses."""
    return [frozenset([word]) for word in words]


def test_a_stress_on_the_beat_fits_and_one_off_it_does_not() -> None:
    assert ends(marks("1", "10", "1", "1", "10", "1"), IAMBS) == {MASCULINE}
    assert not ends(marks("1", "01", "1", "1", "10", "1"), IAMBS)


def test_the_first_foot_may_be_turned_but_no_other() -> None:
    assert ends(marks("10", "1", "1", "01", "01"), IAMBS)
    assert not ends(marks("1", "1", "10", "01", "01"), IAMBS)
    assert not ends(marks("10", "1", "1", "01", "01"), Measure(("wswswsws",)))


def test_a_line_may_have_a_light_syllable_more_but_not_two_and_none_less() -> None:
    assert ends(marks("01", "01", "01", "010"), IAMBS) == {FEMININE}
    assert not ends(marks("01", "01", "01", "012"), IAMBS)
    assert not ends(marks("01", "01", "01", "0100"), IAMBS)
    assert not ends(marks("01", "01", "01", "1"), IAMBS)


def test_a_stricter_judge_lets_no_foot_be_turned_by_short_words() -> None:
    weak, heavy = frozenset(["0", "1"]), frozenset(["1"])
    the, moon, stands, of = weak, heavy, heavy, weak
    line = [the, moon, stands, of, the, moon, of, moon]
    assert ends(line, IAMBS)
    assert not ends(line, IAMBS, weighed=True)
    assert ends([moon, of, the, moon, of, moon, of, moon], IAMBS, weighed=True)


def test_counted_syllables_ask_for_no_stress() -> None:
    assert ends(marks("100", "10"), Measure(("xxxxx",))) == {MASCULINE, FEMININE}
    assert not ends(marks("100", "1"), Measure(("xxxxx",)))


def test_a_word_that_alone_keeps_the_line_out_is_blamed() -> None:
    assert guilty(marks("01", "10", "01", "01"), IAMBS) == (1,)
    assert guilty(marks("01", "01", "01", "1"), IAMBS) != ()
    assert guilty(marks("01", "10", "10", "01"), IAMBS) == ()


def test_either_of_two_primary_stresses_can_be_the_greater() -> None:
    said = readings(["ˈaʊ", "t", "s", "ˈaɪ", "d"])
    assert patterns(said, contracted=False) == {"12", "21"}


def test_verse_may_contract_a_word_and_fire_is_one_syllable_or_two() -> None:
    def counts(*symbols: str, licence: bool) -> set[int]:
        said = readings(symbols)
        every = {c for one in said for c in contractions(one)} if licence else said
        return {len(stresses(one)) for one in every}

    assert counts("f", "ˈaɪɚ", licence=False) == {1, 2}
    heaven = ("h", "ˈɛ", "v", "ə", "n")
    assert counts(*heaven, licence=False) == {2}
    assert counts(*heaven, licence=True) == {1, 2}
    assert counts("g", "l", "ˈoːɹ", "iə", "s", licence=True) == {2, 3}
    assert counts("m", "ˈuː", "n", licence=True) == {1}


def test_the_rhyme_of_a_word_begins_with_its_last_vowel_or_the_one_before() -> None:
    (said,) = readings(["w", "ˈɛ", "ð", "ɚ"])
    assert rhyme(said, MASCULINE) == ("ð", "ɜ ɹ")
    assert rhyme(said, FEMININE) == ("w", "ɛ ð ɜ ɹ")
    (short,) = readings(["s", "ˈiː"])
    assert rhyme(short, FEMININE) is None


def test_a_poem_is_right_where_its_lines_fit_and_its_pairs_rhyme() -> None:
    source = speech(moon="m ˈuː n", june="dʒ ˈuː n", sun="s ˈʌ n", the="ð ə")
    measures = [Measure(("ws",))] * 2

    def judged(*lines: str) -> tuple[bool, bool]:
        found = opinion(lines, measures, [(0, 1)], [source], contracted=False)
        return all(found.lines), found.pairs[0, 1]

    assert judged("The moon,", "the June!") == (True, True)
    assert judged("The moon,", "the sun!") == (True, False)
    assert judged("The moon,", "the moon!") == (True, False)
    assert judged("The moon,", "June!") == (False, True)


def test_what_a_source_does_not_know_is_not_held_against_a_poem() -> None:
    found = opinion(["wug", "moon"], [Measure(("s",))] * 2, [(0, 1)], [speech(moon="m ˈuː n")],
                    contracted=False)  # fmt: skip
    assert found.is_right


def test_each_line_is_paired_with_the_one_before_of_its_letter() -> None:
    assert pairs_of(".A.A.A") == [(1, 3), (3, 5)]


def test_words_lose_punctuation_and_hyphens() -> None:
    assert words_of("'Tis heav'n's star-light—O, my love!'") == (
        "'tis", "heav'n's", "star", "light", "o", "my", "love",
    )  # fmt: skip


def test_wikipron_is_read_with_its_diphthongs_whole(tmp_path: Path) -> None:
    table = tmp_path / "table.tsv"
    table.write_text("light\tl a ɪ t\nquiet\tk w a ɪ ə t\n", "utf-8")
    found = by_wikipron(table)
    (light,) = found["light"]
    assert [one.name for one in light] == ["l", "aɪ", "t"]
    assert {len(stresses(one)) for one in found["quiet"]} == {2}


@needs_espeak
def test_espeak_knows_stress_rhyme_and_verbs_from_nouns() -> None:
    said = by_espeak(["record", "love", "above", "heav'n", "th'", "dimm'd"], "en-us")
    assert patterns(said["record"], contracted=False) == {"10", "01"}
    assert patterns(said["heav'n"], contracted=False) == {"1"}
    assert patterns(said["th'"], contracted=False) == {""}
    rests = [{rhyme(one, MASCULINE) for one in said[word]} for word in ("love", "above")]
    assert rests[0] != rests[1]
    assert {part[1] for part in rests[0] if part} == {part[1] for part in rests[1] if part}


@needs_espeak
def test_espeak_takes_a_line_of_grays_and_refuses_it_with_its_words_in_another_order() -> None:
    line = "The curfew tolls the knell of parting day"
    lines = [line, "The curfew tolls parting the knell of day"]
    source = by_espeak({word for line in lines for word in words_of(line)}, "en-us")
    measures = [Measure(("wswswswsws",), can_turn=True, feminine=True)] * 2
    found = opinion(lines, measures, (), [source], contracted=True)
    assert found.lines == (frozenset([MASCULINE]), frozenset())


def test_without_espeak_the_message_says_how_to_get_it() -> None:
    with pytest.raises(InputError) as caught:
        by_espeak(["moon"], "en-us", program="no-such-program")
    assert caught.value.hint == "apt-get install espeak-ng"
