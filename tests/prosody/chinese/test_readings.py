"""The table of readings, and what is asked of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import poet.prosody.chinese.readings as module
from poet.characters import is_han
from poet.errors import UsageError
from poet.prosody.chinese.readings import (
    GROUPS,
    Tone,
    ci_rhyme_classes,
    find_group,
    is_certain,
    level_groups,
    neighbours,
    readings,
    tone,
)
from poet.scripts import standard

TABLE = Path(module.__file__).with_name("readings.txt").read_text("utf-8")
*ROWS, (_, SLIPS) = [line.split("\t") for line in TABLE.splitlines() if not line.startswith("#")]


def names(character: str) -> list[str]:
    return [group.name for group in readings(character)]


@pytest.mark.parametrize(
    ("character", "expected"),
    [
        ("東", "上平一東"),
        ("冬", "上平二冬"),
        ("山", "上平十五刪"),
        ("花", "下平六麻"),
        ("明", "下平八庚"),
        ("秋", "下平十一尤"),
        ("月", "入聲六月"),
        ("雪", "入聲九屑"),
        ("看", "上平十四寒 去聲十五翰"),
        ("過", "下平五歌 去聲二十一箇"),
        ("先", "下平一先 去聲十七霰"),
        ("同", "上平一東"),
        ("啼", "上平八齊"),
        ("溪", "上平八齊"),
        ("爐", "上平七虞"),
        ("掛", "去聲十卦"),
        ("碗", "上聲十四旱"),
        ("並", "上聲二十四迥"),
    ],
)
def test_common_characters_have_the_readings_of_the_dictionaries(
    character: str, expected: str
) -> None:
    assert names(character) == expected.split()


@pytest.mark.parametrize("character", "一七八十百白石竹國月雪笛急席昔惜夕屋獨節")
def test_entering_tones_are_oblique_whatever_mandarin_says(character: str) -> None:
    assert tone(character) is Tone.OBLIQUE
    assert "入聲" in {group.volume for group in readings(character)}


@pytest.mark.parametrize(("variant", "usual"), ["爲為", "牀床", "迴迴", "逕徑", "挂掛", "敎教"])
def test_variants_sound_like_the_usual_form(variant: str, usual: str) -> None:
    assert readings(variant) == readings(usual) != ()


@pytest.mark.parametrize("text", ["", "東冬", "x", "，", "か", "\U0003ffff"])
def test_what_is_unknown_is_neither_level_nor_oblique(text: str) -> None:
    assert readings(text) == level_groups(text) == ()
    assert tone(text) is Tone.UNKNOWN
    assert not tone(text) & Tone.LEVEL
    assert not tone(text) & Tone.OBLIQUE
    assert not is_certain(text)


def test_either_is_level_and_oblique() -> None:
    assert tone("看") is Tone.EITHER
    assert Tone.LEVEL | Tone.OBLIQUE is Tone.EITHER


def test_the_slips_of_the_sources_are_mended() -> None:
    assert tone("龍") is tone("師") is tone("先") & Tone.LEVEL is Tone.LEVEL
    assert tone("戍") is tone("漢") is Tone.OBLIQUE
    assert not is_certain("漢")  # a reader with the source as it is sees it otherwise


def test_a_reading_that_one_source_lacks_is_not_certain() -> None:
    assert is_certain("花")
    assert not is_certain("先")
    assert not is_certain("啼")


def test_the_table_lists_the_groups_in_order() -> None:
    assert [row[0] for row in ROWS] == [group.name for group in GROUPS]
    assert [group.index for group in GROUPS] == list(range(106))


def test_thirty_groups_are_level_and_seventy_six_oblique() -> None:
    volumes = [group.volume for group in GROUPS]
    assert [volumes.count(v) for v in ("上聲", "去聲", "入聲")] == [29, 30, 17]
    assert sum(group.is_level for group in GROUPS) == 30


def test_the_table_holds_han_characters_in_standard_form_each_once_a_group() -> None:
    assert all(map(is_han, SLIPS))
    for _, *fields in ROWS:
        characters = "".join(fields)
        assert len(fields) == 3
        assert all(map(is_han, characters))
        assert standard(characters) == characters
        assert len(set(characters)) == len(characters)
        assert all(list(field) == sorted(field) for field in fields)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("東", "上平一東"),
        ("一東", "上平一東"),
        ("上平東", "上平一東"),
        ("上平聲一東", "上平一東"),
        ("删", "上平十五刪"),
        ("十一真", "上平十一真"),
        ("盐", "下平十四鹽"),
        ("上声一董", "上聲一董"),
        ("叶", "入聲十六葉"),
        (" 艷 ", "去聲二十九豔"),
    ],
)
def test_a_group_is_found_by_any_of_its_names(name: str, expected: str) -> None:
    assert find_group(name).name == expected


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("上平二東", "did you mean 上平一東?"),
        ("上平四", "did you mean 上平四支?"),
        ("花", "花 itself rhymes in 下平六麻"),
        ("", "the level groups are 上平一東 上平二冬"),
        ("love", "the level groups are 上平一東"),
    ],
)
def test_no_such_group_says_which_there_are(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match="no rhyme group called") as error:
        find_group(name)
    assert error.value.hint.startswith(hint)


def test_neighbours_are_level_and_mutual() -> None:
    assert neighbours(find_group("東")) == {find_group("冬")}
    assert {group.head for group in neighbours(find_group("元"))} == set("真文寒刪先")
    assert neighbours(find_group("陽")) == {find_group("江")}
    assert find_group("灰") in neighbours(find_group("佳"))
    assert neighbours(find_group("歌")) == neighbours(find_group("董")) == frozenset()
    for group in GROUPS:
        assert all(near.is_level and group in neighbours(near) for near in neighbours(group))


def test_every_group_has_a_ci_rhyme_class_and_none_mixes_entering_tones_with_others() -> None:
    for group in GROUPS:
        classes = ci_rhyme_classes(group)
        assert len(classes) in (1, 2)
        assert all((number >= 15) == (group.volume == "入聲") for number in classes)


def test_divided_groups_stand_in_two_ci_rhyme_classes() -> None:
    divided = {
        group.head: ci_rhyme_classes(group) for group in GROUPS if len(ci_rhyme_classes(group)) > 1
    }
    assert divided == (
        dict.fromkeys("灰賄泰隊", (3, 5))
        | dict.fromkeys("佳卦", (5, 10))
        | dict.fromkeys("元阮願", (6, 7))
    )


def test_importing_loads_neither_the_table_nor_opencc() -> None:
    code = (
        "import sys, poet.prosody.chinese.readings as r; "
        "sys.exit('opencc' in sys.modules or r._table.cache_info().currsize)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
