"""What stands more often in poet's own verse than in people's is counted and kept."""

from __future__ import annotations

from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest

from poet.errors import InputError
from poet.generation.cliches import FILE, Cliches
from poet.tokenizer import CharTokenizer

ALPHABET = CharTokenizer("，。無人春風水月")
WRITTEN = ["無人春水，月無人。"] * 6
HUMAN = ["春風無人，水月春。"] * 6


@pytest.fixture
def cliches() -> Cliches:
    return Cliches.from_texts(ALPHABET, WRITTEN, HUMAN)


def rows(*texts: str) -> np.ndarray:
    return np.stack([ALPHABET.encode(text) for text in texts])


def test_a_pair_weighs_the_log_of_how_much_commoner_it_is(cliches: Cliches) -> None:
    """Each side has six pairs a poem within lines; 無人 is 12 of 30 here and 6 of 30 there."""
    scale = (5 * 6) / (5 * 6)
    wanted = {"無人": log(scale * 12.5 / 6.5), "人春": log(6.5 / 0.5), "春風": 0.0, "人，": 0.0}
    for pair, value in wanted.items():
        assert cliches.mean(rows(pair))[0] == pytest.approx(value, rel=1e-5)


def test_the_mean_is_over_all_neighbours(cliches: Cliches) -> None:
    found = cliches.mean(rows("無人，水", "水月春風"))
    assert found[0] == pytest.approx(cliches.mean(rows("無人"))[0] / 3)
    assert found[1] == 0


def test_what_is_rare_or_unknown_is_left_out() -> None:
    few = Cliches.from_texts(ALPHABET, WRITTEN[:4], HUMAN)
    assert len(few.pairs) == 1  # 無人, twice a poem
    assert not len(Cliches.from_texts(ALPHABET, ["龘龘。"] * 9, HUMAN).pairs)
    assert Cliches.from_texts(ALPHABET, [], []).mean(rows("無人"))[0] == 0


def test_what_was_written_is_read_again(cliches: Cliches, tmp_path: Path) -> None:
    assert Cliches.read(tmp_path) is None
    cliches.write(tmp_path)
    again = Cliches.read(tmp_path)
    assert again
    assert again.size == len(ALPHABET)
    assert np.array_equal(again.pairs, cliches.pairs)
    assert np.array_equal(again.excess, cliches.excess)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"excess": np.array([1, np.nan], np.float32)}, "not finite"),
        ({"pairs": np.array([9, 3], np.uint32)}, "not in order"),
        ({"pairs": np.array([1, 9999], np.uint32)}, "not in order"),
        ({"pairs": np.array([1], np.uint32)}, "differ in length"),
        ({"pairs": np.array([1, 2], np.int64)}, "other types"),
    ],
)
def test_damage_is_said(change: dict[str, np.ndarray], message: str, tmp_path: Path) -> None:
    whole = Cliches(len(ALPHABET), np.array([1, 5], np.uint32), np.ones(2, np.float32))
    replace(whole, **change).write(tmp_path)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=message):
        Cliches.read(tmp_path)
    (tmp_path / FILE).write_bytes(b"no such thing")
    with pytest.raises(InputError, match="clichés"):
        Cliches.read(tmp_path)
