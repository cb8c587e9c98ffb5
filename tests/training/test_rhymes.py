"""The question that is asked besides, in which group the next rhyme falls, and its answers."""

from __future__ import annotations

import numpy as np
import pytest

from poet.alphabet import Alphabet
from poet.prosody.readings import GROUPS
from poet.training import rhymes as room
from poet.training.rhymes import IGNORE, Rhymes

VERSE = "春水連天碧，孤帆入曉煙。歸人看落日，一笛過前川。"


def heads(groups: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> str:
    return "".join("-" if g == IGNORE else GROUPS[g].head for g in groups)


def test_every_place_is_told_the_rhyme_that_comes_next() -> None:
    alphabet = Alphabet.of(VERSE)
    found = Rhymes(alphabet).ahead(alphabet.encode(VERSE))
    assert heads(found) == "先" * 11 + "先" * 12 + "--"


def test_the_rhyme_itself_is_still_to_come_before_it_is_read_and_gone_after() -> None:
    alphabet = Alphabet.of("水東。月江。山")
    found = Rhymes(alphabet).ahead(alphabet.encode("水東。月江。山"))
    assert heads(found) == "東東江江江---"


def test_a_rhyme_of_no_known_reading_is_not_asked_for() -> None:
    alphabet = Alphabet.of("水x。月江。")
    assert heads(Rhymes(alphabet).ahead(alphabet.encode("水x。月江。"))) == "--江江江--"


def test_a_character_with_two_tones_counts_as_level() -> None:
    alphabet = Alphabet.of("看。")
    assert heads(Rhymes(alphabet).ahead(alphabet.encode("看。")))[0] == "寒"


@pytest.mark.parametrize("text", ["山水", "", "。，。"])
def test_verse_without_a_rhyme_has_no_answers(text: str) -> None:
    alphabet = Alphabet.of("山水。，")
    found = Rhymes(alphabet).ahead(alphabet.encode(text))
    assert len(found) == len(text) + 1
    assert set(found) <= {IGNORE}


def test_text_that_is_not_chinese_verse_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LEAST_KNOWN", 5)
    assert Rhymes(Alphabet.of(VERSE)).are_known
    assert not Rhymes(Alphabet.of("roses are red, violets are blue. 東")).are_known
    assert not Rhymes(Alphabet.of("東冬江支微魚虞齊")).are_known  # nothing ends a line
