"""The auxiliary targets: the next rhyme and the lines left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from poet.dataset.build import build
from poet.dataset.held_out import IGNORE
from poet.poem import Poem
from poet.prosody.chinese.readings import GROUPS
from poet.tokenizer import EOS, CharTokenizer, Ids
from poet.training.aux_targets import MAX_LINES, AuxiliaryTargets

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


def test_a_rhyme_of_no_known_reading_has_no_label() -> None:
    assert heads("水x。月江。") == "--江江江--"


def test_a_character_with_two_tones_counts_as_level() -> None:
    assert heads("看。")[0] == "寒"


@pytest.mark.parametrize("text", ["山水", "", "。，。"])
def test_verse_without_a_rhyme_has_no_labels(text: str) -> None:
    assert heads(text) == "-" * (len(text) + 1)


@pytest.mark.parametrize(
    ("verse", "left"),
    [
        ("山。", [1, 1, 0]),  # the stop itself is still to come before it is read
        ("山，水；月？", [3, 3, 2, 2, 1, 1, 0]),
        ("山，水", [1, 1, 0, 0]),  # a line that nothing ends is none
        ("", [0]),
        ("山。" * 18, [16] * 6 + [n for n in range(15, 0, -1) for _ in "ab"] + [0]),
    ],
)
def test_every_place_is_told_how_many_lines_end_from_there_on(verse: str, left: list[int]) -> None:
    tokenizer = CharTokenizer.from_text(verse + VERSE)
    assert AuxiliaryTargets(tokenizer).lines_left(*row(tokenizer, verse)).tolist() == left


def test_poems_in_a_row_have_the_labels_of_each_alone() -> None:
    verses = (VERSE, "", "水東。月江，", "。山", "山水", VERSE[:6])
    tokenizer = CharTokenizer.from_text("".join(verses))
    targets = AuxiliaryTargets(tokenizer)
    alone = [targets.labels(*row(tokenizer, verse)) for verse in verses]
    labels = targets.labels(*row(tokenizer, *verses))
    assert labels.tolist() == np.concatenate(alone, axis=1).tolist()


def test_only_chinese_verse_has_targets(tmp_path: Path) -> None:
    def has_targets(verse: str, weights: tuple[float, ...] = (1, 1), stream: bool = False) -> bool:
        rng = np.random.default_rng(1)
        poems = [Poem("".join(rng.permutation([*verse * 3]))) for _ in range(200)]
        dataset = build(tmp_path / "s", {"a": poems}, stream=stream)
        return AuxiliaryTargets.for_dataset(dataset, weights, min_known=5) is not None

    assert has_targets(VERSE)
    assert has_targets(VERSE, (0, 1))
    assert not has_targets(VERSE, (0, 0))
    assert not has_targets(VERSE, stream=True)
    assert not has_targets("roses are red, violets are blue. 東")
    assert not has_targets("東冬江支微魚虞齊")  # nothing ends a line


def test_classes_cover_every_label() -> None:
    tokenizer = CharTokenizer.from_text(VERSE)
    targets = AuxiliaryTargets(tokenizer)
    labels = targets.labels(*row(tokenizer, VERSE * 9))
    assert targets.num_classes == (len(GROUPS), MAX_LINES + 1)
    for classes, of_target in zip(targets.num_classes, labels, strict=True):
        assert np.min(of_target) >= IGNORE
        assert np.max(of_target) < classes
