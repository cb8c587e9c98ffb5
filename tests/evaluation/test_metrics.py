"""What is counted in verse is what stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from poet.evaluation.metrics import copies, distinct, prosody, repeats, variety
from poet.evaluation.report import Measures
from poet.novelty.fuse_filter import FuseFilter
from poet.novelty.index import NoveltyIndex
from poet.novelty.ngrams import hash_ngrams, hash_units
from poet.prosody.find import find_form

RIGHT = "夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。"
NO_RHYME = "夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋山。"
WRONG_TONE = "夜雨歸舟靜，燈寒客夢輕。西山吹落葉，片片作秋聲。"
WRONG_TONE = WRONG_TONE.replace("西山", "夜雨")
TOO_SHORT = "夜雨歸舟靜，燈寒客夢輕。"
FORM = find_form("五絕")


@pytest.fixture(scope="module")
def index_of() -> Callable[[Iterable[str]], NoveltyIndex]:
    def made(lines: Iterable[str]) -> NoveltyIndex:
        return NoveltyIndex(
            FuseFilter.from_keys(
                np.unique(np.concatenate([hash_ngrams(hash_units(x)) for x in lines]))
            )
        )

    return made


def test_each_rule_is_counted_for_itself() -> None:
    assert FORM
    found = prosody([RIGHT, RIGHT, NO_RHYME, WRONG_TONE, TOO_SHORT, "a cat sat"], FORM)
    assert (found.shape, found.rhyme, found.tones, found.all) == (4, 3, 3, 2)


def test_without_poems_nothing_is_kept_and_nothing_fails() -> None:
    assert FORM
    assert prosody([], FORM).shape == 0
    assert distinct([], 2) == 0
    assert repeats([]) == 0


def test_pairs_do_not_cross_a_line() -> None:
    assert distinct(["春水，春水。"], 2) == 0.5
    assert distinct(["春水春，水春。"], 2) == 2 / 3


def test_words_are_counted_where_there_are_words() -> None:
    assert distinct(["The sea.\nthe SEA!"], 2) == 0.5
    assert repeats(["a sea of seas", "the sea, the sky"]) == 0.5


def test_a_character_that_is_not_known_repeats_nothing() -> None:
    assert repeats(["□雨□舟靜", "雨雨"]) == 0.5


def test_lines_that_stand_in_the_text_are_counted(
    index_of: Callable[[Iterable[str]], NoveltyIndex],
) -> None:
    index = index_of(["夜雨歸舟靜", "西風吹落葉黃"])
    found = copies([RIGHT, "春夏，春水連天碧。"], index)
    assert (found.lines, found.copied) == (5, 2)  # 春夏 is too short to be one
    assert (found.longest_run, found.median_run) == (5, 2.5)


def test_shares_leave_out_what_was_not_measured() -> None:
    assert FORM
    bare = Measures(2, None, variety([RIGHT, RIGHT]), None)
    assert list(bare.shares) == ["distinct-1", "distinct-2"]
    found = Measures(2, prosody([RIGHT, TOO_SHORT], FORM), variety([RIGHT]), None)
    assert found.shares["shape"] == found.shares["all right"] == 0.5
    assert found.shares["repeats"] == 1
