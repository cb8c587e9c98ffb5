"""Of a poet and a control: what is read was taught to none, what is taught is new to the base."""

from __future__ import annotations

import random
from pathlib import Path

import click
import pytest

from benchmarks.fine_tuning import as_json_lines, base_model, lines_of, parted, without_copies
from poet.poem import Poem

HAN = [chr(code) for code in range(0x5200, 0x5400)]


def poems(author: str, count: int, seed: int) -> list[Poem]:
    """Quatrains of random characters."""
    rng = random.Random(seed)
    verses = [["".join(rng.choices(HAN, k=5)) for _ in range(4)] for _ in range(count)]
    return [Poem("{}，{}。{}，{}。".format(*lines), author=author) for lines in verses]


HIS, OTHERS = poems("甲", 30, 1), poems("乙", 60, 2)


def test_no_poem_stands_in_two_parts_and_the_control_is_not_of_the_base() -> None:
    found = parted([*HIS, *OTHERS], "甲", taught=10)
    sizes = [len(p) for p in (found.taught, found.unread, found.control, found.base)]
    assert sizes == [10, 20, 10, 50]
    every = [*found.taught, *found.unread, *found.control, *found.base]
    assert len({poem.text for poem in every}) == 90
    assert {poem.author for poem in (*found.taught, *found.unread)} == {"甲"}
    assert {poem.author for poem in (*found.control, *found.base)} == {"乙"}


def test_a_poem_that_shares_a_line_with_what_is_taught_is_not_read() -> None:
    before = parted([*HIS, *OTHERS], "甲", taught=10)
    for lender in (before.taught[0], before.control[0], before.base[0]):
        borrower = before.unread[0]
        shared = Poem(borrower.text[:-6] + lender.text[-6:], author="甲")
        his = [shared if poem is borrower else poem for poem in HIS]
        after = parted([*his, *OTHERS], "甲", taught=10)
        assert after.unread == before.unread[1:]
        seen = [*after.taught, *after.control, *after.base]
        lines = {line for poem in seen for line in lines_of(poem)}
        assert all(lines.isdisjoint(lines_of(poem)) for poem in after.unread)


def test_copies_go_first_whoever_they_are_given_to(tmp_path: Path) -> None:
    exact = Poem(HIS[0].text.replace("，", "；"), author="乙")
    near = Poem(HIS[1].text.replace(HIS[1].text[7], "山"), author="乙")
    found = without_copies([*HIS, exact, near, *OTHERS], tmp_path / "copies")
    assert found == [*HIS, *OTHERS]


def test_too_few_poems_are_refused() -> None:
    with pytest.raises(click.UsageError, match="甲: 30 poems, 40 are needed"):
        parted([*HIS, *OTHERS], "甲", taught=20)


def test_a_base_that_read_other_poems_is_not_taken(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    (base / "novelty.safetensors").touch()
    with pytest.raises(click.ClickException, match="was trained on other poems"):
        base_model(OTHERS, 1, base)
    (tmp_path / "base.jsonl").write_text(as_json_lines(OTHERS), "utf-8")
    assert base_model(OTHERS, 1, base) == base
    with pytest.raises(click.ClickException, match="was trained on other poems"):
        base_model(OTHERS[1:], 1, base)
