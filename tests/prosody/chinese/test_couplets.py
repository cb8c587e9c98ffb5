"""A line is answered by the second of its couplet."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from poet.errors import UsageError
from poet.generation.writer import Writer
from poet.prosody.chinese.couplets import couplet_form
from poet.prosody.chinese.readings import OPPOSITE, Tone, tone
from poet.tokenizer import CharTokenizer


@pytest.fixture(scope="module")
def writer(by_chance: Callable[..., Writer], tokenizer: CharTokenizer) -> Writer:
    return by_chance(tokenizer, bold=0.6)


@pytest.mark.parametrize("line", ["春水連天碧", "夜雨歸舟靜，", "江樓人未歸", "山寺鐘聲連古渡"])
def test_a_couplet_answers_in_opposite_tones_and_shares_no_character(
    writer: Writer, line: str
) -> None:
    form = couplet_form(line)
    line = line.rstrip("，")
    text = writer.write(line, form=form, seed=1).poem.text
    one, two = text.rstrip("。").split("，")
    assert one == line
    assert len(two) == len(one)
    assert not set(one) & set(two)
    assert tone(two[-1]) & (Tone.LEVEL if tone(one[-1]) == Tone.OBLIQUE else Tone.OBLIQUE)
    for at in range(1, len(one) - 1, 2):
        assert {tone(one[at]), tone(two[at])} in ({Tone.LEVEL, Tone.OBLIQUE}, {Tone.EITHER})


def test_a_line_that_must_be_saved_is_answered_by_the_one_that_saves_it() -> None:
    # 大拗: the fourth place 仄 where 平 is due, so that the third of the answer is 平
    line = "月落照石水"
    assert [tone(c) for c in line[1:]] == [Tone.OBLIQUE] * 4
    first, second = couplet_form(line).pattern
    assert first == "中中中中中，"
    assert all(way[2] == "平" for way in second[:-1].split("|"))


def test_a_line_of_any_length_is_answered_at_every_second_place() -> None:
    line = "風月江山"
    first, second = couplet_form(line).pattern
    assert (first, second) == ("中中中中，", f"中{OPPOSITE['仄']}中{OPPOSITE['平']}。")


@pytest.mark.parametrize("line", ["", "spring", "春水，連天碧", "春", "春" * 31])
def test_what_is_no_line_of_chinese_has_no_answer(line: str) -> None:
    with pytest.raises(UsageError, match=r"a couplet is answered|a couplet has 2 to 30"):
        couplet_form(line)
