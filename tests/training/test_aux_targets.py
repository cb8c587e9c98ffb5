"""What is asked besides, the next rhyme and the lines left, and the answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from poet.dataset.build import build
from poet.poem import Poem
from poet.prosody.chinese.readings import GROUPS
from poet.tokenizer import EOS, CharTokenizer, Ids
from poet.training.aux_targets import IGNORE, MANY, NUM_CLASSES, AuxiliaryTargets

VERSE = "春水連天碧，孤帆入曉煙。歸人看落日，一笛過前川。"


def row(tokenizer: CharTokenizer, *verses: str) -> tuple[Ids, Ids]:
    """Poems one after another, each with its end mark, and where they end."""
    parts = [np.r_[tokenizer.encode(verse), EOS] for verse in verses]
    return np.concatenate(parts).astype(int), np.cumsum([len(part) for part in parts])


def heads(verse: str, known: str = VERSE) -> str:
    tokenizer = CharTokenizer.from_text(verse + known)
    groups = AuxiliaryTargets(tokenizer).next_rhyme(*row(tokenizer, verse))
    return "".join("-" if g == IGNORE else GROUPS[g].head for g in groups)


def test_every_place_is_told_the_rhyme_that_comes_next() -> None:
    assert heads(VERSE) == "先" * 11 + "先" * 12 + "--"


def test_the_rhyme_itself_is_still_to_come_before_it_is_read_and_gone_after() -> None:
    assert heads("水東。月江。山") == "東東江江江---"


def test_a_rhyme_of_no_known_reading_is_not_asked_for() -> None:
    assert heads("水x。月江。") == "--江江江--"


def test_a_character_with_two_tones_counts_as_level() -> None:
    assert heads("看。")[0] == "寒"


@pytest.mark.parametrize("text", ["山水", "", "。，。"])
def test_verse_without_a_rhyme_has_no_answers(text: str) -> None:
    assert heads(text) == "-" * (len(text) + 1)


@pytest.mark.parametrize(
    ("verse", "left"),
    [
        ("山。", [1, 1, 0]),  # the stop itself is still to come before it is read
        ("山，水；月？", [3, 3, 2, 2, 1, 1, 0]),
        ("山，水", [1, 1, 0, 0]),  # a line that nothing ends is none
        ("", [0]),
        ("山。" * (MANY + 2), [MANY] * 6 + [n for n in range(MANY - 1, 0, -1) for _ in "ab"] + [0]),
    ],
)
def test_every_place_is_told_how_many_lines_end_from_there_on(verse: str, left: list[int]) -> None:
    tokenizer = CharTokenizer.from_text(verse + VERSE)
    assert AuxiliaryTargets(tokenizer).lines_left(*row(tokenizer, verse)).tolist() == left


def test_poems_in_a_row_are_answered_as_each_alone() -> None:
    verses = (VERSE, "", "水東。月江，", "。山", "山水", VERSE[:6])
    tokenizer = CharTokenizer.from_text("".join(verses))
    questions = AuxiliaryTargets(tokenizer)
    for question in (questions.next_rhyme, questions.lines_left):
        alone = [question(*row(tokenizer, verse)) for verse in verses]
        assert question(*row(tokenizer, *verses)).tolist() == np.concatenate(alone).tolist()


def test_chinese_verse_alone_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poet.training.aux_targets.LEAST_KNOWN", 5)

    def asked(verse: str, weights: tuple[float, ...] = (1, 1), stream: bool = False) -> bool:
        rng = np.random.default_rng(1)
        poems = [Poem("".join(rng.permutation([*verse * 3]))) for _ in range(200)]
        dataset = build(tmp_path / "s", {"a": poems}, stream=stream)
        return AuxiliaryTargets.of(dataset, weights) is not None

    assert asked(VERSE)
    assert asked(VERSE, (0, 1))
    assert not asked(VERSE, (0, 0))
    assert not asked(VERSE, stream=True)
    assert not asked("roses are red, violets are blue. 東")
    assert not asked("東冬江支微魚虞齊")  # nothing ends a line


def test_classes_cover_every_answer() -> None:
    tokenizer = CharTokenizer.from_text(VERSE)
    questions, verse = AuxiliaryTargets(tokenizer), row(tokenizer, VERSE * 9)
    for classes, found in zip(
        NUM_CLASSES, (questions.next_rhyme(*verse), questions.lines_left(*verse)), strict=True
    ):
        assert np.min(found) >= IGNORE
        assert np.max(found) < classes
