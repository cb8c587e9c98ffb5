"""Copies are found before the split, and the first of them stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from poet.dataset.deduplication import SIMILAR, exact_copies, near_copies, similarity
from poet.dataset.staging import PART, Staging
from poet.poem import Poem

QUATRAIN = "春水連天碧，明月照大江。孤舟人不寐，燈影落寒窗。"
OTHER = "宿雨沾桃蕊，輕煙出竹籬。山禽梳曉羽，飛影落清池。"


def copies(folder: Path, *texts: str, part: int = PART) -> list[bool]:
    """Which of the texts are copies, exact or near."""
    with Staging(folder, part=part) as staging:
        for text in texts:
            staging.add(Poem(text))
        gone = exact_copies(np.frombuffer(staging.exact, np.uint64))
        found: list[bool] = (gone | near_copies(staging, gone)).tolist()
    return found


def test_the_first_of_exact_copies_stays(tmp_path: Path) -> None:
    assert copies(tmp_path, OTHER, QUATRAIN, OTHER, QUATRAIN) == [False, False, True, True]


def test_other_stops_make_no_other_poem(tmp_path: Path) -> None:
    stops = QUATRAIN.replace("，", "。").replace("。", "！")
    assert copies(tmp_path, QUATRAIN, stops, "Rain, rain!", "rain rain") == [
        False, True, False, True,
    ]  # fmt: skip


def test_of_near_copies_the_first_stays(tmp_path: Path) -> None:
    near = QUATRAIN.replace("寐", "睡")
    assert copies(tmp_path, near, OTHER, QUATRAIN) == [False, False, True]


def test_near_copies_in_other_languages_are_found(tmp_path: Path) -> None:
    one = "He hung his lamp against the rain\nAnd rowed the doctor over."
    other = "He hung his lamp against the rain\nand row'd the Doctor over"
    assert copies(tmp_path, one, other) == [False, True]


def test_a_common_line_makes_no_copy(tmp_path: Path) -> None:
    half = QUATRAIN[:12] + OTHER[12:]
    assert copies(tmp_path, QUATRAIN, half, OTHER) == [False, False, False]


def test_texts_too_short_to_compare_are_no_near_copies(tmp_path: Path) -> None:
    assert copies(tmp_path, "春水連天碧", "春水連天青", "", "，") == [False] * 4


def test_one_changed_character_in_each_of_many_is_nearly_always_found(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    poems = ["".join(map(chr, rng.integers(0x4E00, 0x5E00, 56))) for _ in range(150)]
    changed = [poem[:i] + "一" + poem[i + 1 :] for i, poem in enumerate(poems, 0) if i < 56]
    found = copies(tmp_path, *poems, *changed)
    assert not any(found[:150])
    assert sum(found[150:]) == len(changed)


def test_what_is_called_a_copy_is_one(tmp_path: Path) -> None:
    """Candidates that meet by chance are compared for what they are."""
    rng = np.random.default_rng(2)
    poems = ["".join(rng.choice(list("山水月江"), 20)) for _ in range(120)]
    found = copies(tmp_path, *poems)
    for i in np.flatnonzero(found):
        assert max(similarity(poems[i], poems[j]) for j in range(i)) >= SIMILAR


def test_a_text_longer_than_a_part_is_left_alone(
    tmp_path: Path,
) -> None:
    long = QUATRAIN + OTHER
    poems = (QUATRAIN, long, long[:-2] + "溪。", QUATRAIN.replace("寐", "睡"))
    assert copies(tmp_path, *poems, part=100) == [False, False, False, True]


def test_similarity_is_the_share_of_common_pairs() -> None:
    assert similarity("abcd", "abxd") == pytest.approx(1 / 5)
    assert similarity("", "") == 0
    assert similarity("Rain", "rain!") == 1
