"""The checker: what keeps the rules passes, and each planted fault is caught by its name."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from poet.corpus.read import read
from poet.prosody.chinese.forms import CiForm
from poet.prosody.chinese.readings import Tone
from poet.prosody.chinese.scan import Scan, scan
from poet.prosody.chinese.terms import GLOSSES
from poet.prosody.find import find_form

GOOD = ("夜雨歸舟靜", "燈寒客夢輕", "西風吹落葉", "片片作秋聲")
RARE = "\U00020000"  # in no dictionary of rhymes


def quatrain(**changed: str) -> str:
    """The good quatrain with other lines in it: `_1`, `_2` and so on."""
    lines = [changed.get(f"_{i}", line) for i, line in enumerate(GOOD, 1)]
    return "{}，{}。{}，{}。".format(*lines)


def named(found: Scan) -> list[str]:
    return [fault.name for fault in found.faults]


def said(found: Scan) -> str:
    return "\n".join(found.sentences())


def test_every_quatrain_that_ships_keeps_all_rules(sample: Path) -> None:
    poems = list(read([sample / "quatrains.txt"], notify=lambda remark: None).pieces)
    scans = [scan(poem.text) for poem in poems]
    assert len(scans) == 116
    assert [one.summary() for one in scans if not one.keeps() or one.findings.warnings] == []
    assert {one.kind for one in scans} == {"五絕", "七絕"}


def test_the_verdict_is_one_line() -> None:
    found = scan(quatrain())
    assert found.summary() == "五絕 仄起首句不入韻 · 韻 下平八庚 (輕 聲) · 格律 20/20"
    assert found.rhyme is not None
    assert found.rhyme.lines == (2, 4)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ({"_2": "客寒夜影輕"}, "line 2, character 1: 客 is 仄 here, 平 is needed (孤平: 寒"),
        ({"_4": "片片飛秋聲"}, "line 4, character 3: 飛 is 平 here, 仄 is needed (三平尾:"),
        ({"_2": "燈影客夢輕"}, "影 is 仄 here, 平 is needed (失對: it must answer 雨 above it)"),
        ({"_3": "西月吹落葉"}, "月 is 仄 here, 平 is needed (失粘: it must follow 寒 above it)"),
        ({"_1": "夜雨遠水靜"}, "line 1, character 4: 水 is 仄 here, 平 is needed (失救: a 大拗"),
        ({"_3": "客風落黃葉"}, "line 3, character 1: 客 is 仄 here, 平 is needed (失律:"),
        ({"_3": "西風吹落花"}, "line 3, character 5: 花 is 平 here, 仄 is needed (平腳:"),
        ({"_4": "片片作秋霜"}, "霜 is 下平七陽, 下平八庚 is needed (出韻:"),
        ({"_4": "片片作秋月"}, "line 4, character 5: 月 is 仄 here, 平 is needed (不押韻:"),
        ({"_2": "燈寒客有聲"}, "聲 is a rhyme again (重韻: line 2 ends in it already)"),
        ({"_3": "西風吹落葉聲"}, "line 3: 6 characters, 5 are needed (字數:"),
    ],
)
def test_a_planted_fault_is_the_one_that_is_found(lines: dict[str, str], expected: str) -> None:
    found = scan(quatrain(**lines))
    (fault,) = found.faults
    assert expected in fault.sentence
    assert fault.name in GLOSSES
    assert not found.keeps()
    assert found.summary().endswith(f"{fault.name} 1")
    assert fault.characters in (GOOD[fault.line - 1], *"客飛影月水花霜聲", "西風吹落葉聲")


@pytest.mark.parametrize(
    ("lines", "names", "numbers"),
    [
        ({"_2": "客寒燈影輕"}, "孤平拗救", (2,)),
        ({"_3": "西風落黃葉"}, "特拗", (3,)),
        ({"_1": "夜雨遠水靜", "_2": "燈寒孤影輕"}, "大拗對句救", (1, 2)),
        ({"_1": "夜雨遠水靜", "_2": "客寒孤影輕"}, "大拗對句救", (1, 2)),
        ({"_1": "夜雨客舟靜"}, "小拗", (1,)),
        ({"_1": "夜雨客舟靜", "_2": "燈寒孤影輕"}, "小拗對句救", (1, 2)),
    ],
)
def test_what_is_mended_is_no_fault_and_is_named(
    lines: dict[str, str], names: str, numbers: tuple[int, ...]
) -> None:
    found = scan(quatrain(**lines))
    assert found.keeps()
    assert [(remark.name, remark.lines) for remark in found.findings.remarks] == [(names, numbers)]
    assert names in said(found)


def test_three_oblique_at_the_end_are_warned_of_and_allowed() -> None:
    found = scan(quatrain(_3="西風落木葉"))
    assert found.keeps()
    (warning,) = found.findings.warnings
    assert (warning.name, warning.lines) == ("三仄尾", (3,))
    assert scan(quatrain()).findings.warnings == ()


def test_a_missed_turn_is_one_fault_and_the_poem_goes_on_from_there() -> None:
    found = scan(quatrain(_3="落葉隨流水", _4="孤舟傍岸行"))
    (fault,) = found.faults
    assert (fault.name, fault.line, fault.places) == ("失粘", 3, (2, 4))
    assert found.summary().endswith("格律 18/20 · 失粘 1")


def test_a_line_that_repeats_the_tones_above_it_is_one_fault() -> None:
    (fault,) = scan(quatrain(_2="孤影客舟輕")).faults
    assert (fault.name, fault.places, fault.found, fault.needed) == ("失對", (2, 4), "仄平", "平仄")


def test_line_1_may_rhyme_and_rhyme_near_by() -> None:
    found = scan(quatrain(_1="夜雨滿江城"))
    assert found.summary().startswith("五絕 仄起首句入韻 · 韻 下平八庚 (城 輕 聲)")
    near = scan(quatrain(_1="夜雨灑前庭"))
    assert near.keeps()
    assert [remark.name for remark in near.findings.remarks] == ["鄰韻"]
    far = scan(quatrain(_1="夜雨滿江樓"))
    assert named(far) == ["出韻"]
    assert "下平十一尤" in said(far)


def test_a_level_first_line_that_cannot_rhyme_in_its_place_is_a_fault() -> None:
    assert named(scan(quatrain(_1="夜雨歸江城"))) == ["三平尾"]
    assert named(scan(quatrain(_1="夜雨歸江樓"))) == ["平腳"]


def test_seven_characters_and_eight_lines_follow_the_same_rules() -> None:
    long = "一夜西風吹落葉，滿江秋水送歸舟。孤燈客夢三更雨，兩岸蘆花十里秋。"
    found = scan(long)
    assert found.summary() == "七絕 仄起首句不入韻 · 韻 下平十一尤 (舟 秋) · 格律 28/28"
    assert scan(long[:-2] + "聲。").summary().endswith("格律 28/28 · 出韻 1")
    eight = scan(quatrain() + "燈寒客夢輕，".replace("燈寒客夢輕", "遠岸孤燈落") + "長江萬里清。")
    assert "失" not in eight.summary()


def test_inner_couplets_of_eight_lines_are_read_for_what_cannot_be_parallel() -> None:
    lines = [*GOOD, "野渡孤舟遠", "寒江遠樹平", "相逢明月夜", "把酒話平生"]
    found = scan("，".join(lines) + "。")
    assert found.kind == "五律"
    (remark,) = [remark for remark in found.findings.remarks if remark.name == "對仗"]
    assert remark.sentence == "lines 5 and 6 are not parallel: 遠 stands in both"
    assert found.keeps()  # it is only a remark


def test_tones_that_a_licence_makes_alike_do_not_keep_lines_from_being_parallel() -> None:
    turned = [*GOOD[:2], "西風落黃葉", "遠水照孤城", "野渡孤舟遠", "寒江遠樹平", *GOOD[:2]]
    found = scan("，".join(turned) + "。")
    assert [remark.name for remark in found.findings.remarks].count("特拗") == 1
    assert "in place" not in said(found)
    broken = [*GOOD[:2], "西風吹落葉", "江流照孤城", "野渡孤舟遠", "寒江遠樹平", *GOOD[:2]]
    assert "of one tone in place 2" in said(scan("，".join(broken) + "。"))


def test_a_first_line_that_rhymes_ends_level_whatever_else_is_wrong_in_it() -> None:
    found = scan("江頭落木寒水清，一夜秋風兩岸聲。孤客不知何處去，滿天明月照空城。")
    assert found.order == "平起首句入韻"
    assert "平腳" not in named(found)


def test_a_quatrain_broken_in_half_of_its_lines_is_old_style_where_no_form_was_asked_for() -> None:
    text = "燈前孤客清，夜坐一鳥鳴。片雲歸山去，江月照我行。"
    found = scan(text)
    assert {fault.name for fault in found.faults} >= {"失對", "失粘"}
    assert found.kind == "古絕"
    assert "--form 五絕 shows where" in said(found)
    assert scan(text, find_form("五絕")).kind == "五絕"


def test_a_quatrain_whose_couplets_are_right_but_do_not_follow_bends_at_the_waist() -> None:
    found = scan(quatrain(_3="落葉隨流水", _4="孤舟傍岸行"))
    assert "折腰體" in [remark.name for remark in found.findings.remarks]


@pytest.mark.parametrize(
    ("ends", "name"), [("中宗窮鐘", "進退韻"), ("中窮宗鐘", "轆轤韻"), ("中窮東風", "")]
)
def test_rhymes_divided_between_two_neighbouring_groups_have_a_name(ends: str, name: str) -> None:
    odd = ["夜雨歸舟遠", "西風吹落葉", "遠岸孤帆去", "天涯明月在"]
    even = ["燈寒客枕", "片片入江", "江寒曉霧", "處處有秋"]
    text = "".join(f"{a}，{b}{c}。" for a, b, c in zip(odd, even, ends, strict=True))
    found = scan(text)
    rhymes = [r.name for r in found.findings.remarks if r.name in ("進退韻", "轆轤韻")]
    assert rhymes == ([name] if name else [])
    assert "出韻" not in named(found)
    assert name in GLOSSES or not name


def test_four_lines_of_six_characters_that_rhyme_are_named() -> None:
    found = scan("野渡孤舟落日，寒江獨樹秋聲。門外青山萬里，窗前明月三更。")
    assert found.kind == "六言絕句"
    assert find_form("6jue").lengths == (6, 6, 6, 6)


def test_a_tone_that_poets_hardly_used_counts_in_rhyme_alone() -> None:
    found = scan("百事到頭不可求，滿江秋水送歸舟。")
    assert found.tones[0][4] == Tone.OBLIQUE
    lone = scan(quatrain(_2="客影不夢輕"))
    assert "不" not in [spot.character for spot in lone.ambiguous]
    rhymed = scan("百花開處客如不，一夜西風葉滿州。", find_form("七絕"))
    assert not {"不押韻", "出韻"} & {fault.name for fault in rhymed.faults if fault.line == 2}


def test_strict_asks_for_every_reading() -> None:
    found = scan(quatrain())
    assert found.keeps()
    assert not found.keeps(strict=True)
    assert [doubt.characters for doubt in found.findings.doubts] == ["吹"]
    assert found.summary(strict=True).endswith("格律 19/20 · 兩讀 1")
    sure = scan("夜雨歸舟遠，燈寒客枕清。西風催落葉，片片作秋聲。")
    assert sure.keeps(strict=True)
    assert "中" not in "".join(line["tones"] for line in sure.to_json()["lines"])


def test_a_character_of_two_tones_is_named_whatever_it_counts_as() -> None:
    spots = [(spot.line, spot.place, spot.character) for spot in scan(quatrain()).ambiguous]
    assert spots == [(3, 3, "吹")]
    assert "can be 平 and 仄" in said(scan(quatrain()))


def test_two_rhymes_that_are_lost_are_not_one_rhyme_twice() -> None:
    found = scan(quatrain(_2="燈寒客夢□", _4="片片作秋□"))
    assert not any(fault.name == "重韻" for fault in found.faults)


@pytest.mark.parametrize("character", [RARE, "□"])
def test_what_is_unknown_is_neither_right_nor_wrong(character: str) -> None:
    found = scan(quatrain(_2=f"燈{character}客夢輕"))
    assert found.keeps()
    assert [(s.line, s.place, s.character) for s in found.unknown] == [(2, 2, character)]
    assert found.summary().endswith("格律 19/19")
    assert "in no dictionary" in said(found)


def test_a_missed_turn_names_and_counts_no_character_that_is_unknown() -> None:
    found = scan("明□松間照，清泉石上流。明□松間照，清泉石上流。")
    turn, _ = found.faults
    assert (turn.name, turn.line, turn.places, turn.found) == ("失粘", 3, (4,), "中")
    assert "line 3, character 4: 間 can be 平 and 仄, 仄 is needed (失粘: it must" in said(found)
    assert found.summary().endswith("格律 17/18 · 失粘 1 · 重韻 1")


def test_a_missed_turn_at_unknown_characters_alone_counts_none_of_them_wrong() -> None:
    found = scan(quatrain(_3="西□吹□葉", _4="孤舟傍岸行"))
    (turn,) = found.faults
    assert (turn.name, turn.line, turn.places) == ("失粘", 3, (2, 4))
    assert "□ □ are unknown, 平仄 are needed (失粘: they must follow 寒 夢 above)" in said(found)
    assert found.summary().endswith("格律 18/18 · 失粘 1")


def test_one_of_a_thing_is_said_in_the_singular() -> None:
    assert scan("月").summary() == "no form: 1 line of 1 character"
    assert (
        scan("月月", find_form("1x1"))
        .faults[0]
        .sentence.startswith("line 1: 2 characters, 1 is needed")
    )
    assert (
        scan("月", find_form("2x1"))
        .faults[0]
        .sentence.startswith("line 1: 1 character, 2 are needed")
    )
    many = scan("月，月，月。", find_form("1x1"))
    assert many.summary() == "3 lines; 1x1 needs 1."
    assert many.faults[0].sentence == "3 lines, 1 is needed (句數: 1x1 has 1)"


def test_a_rhyme_that_is_unknown_is_not_called_wrong() -> None:
    assert scan(quatrain(_4=f"片片作秋{RARE}")).keeps()


def test_simplified_characters_are_read_as_traditional_and_shown_as_they_are() -> None:
    hans = "夜雨归舟静，灯寒客梦轻。西风吹落叶，片片作秋声。"
    found, other = scan(hans), scan(quatrain())
    assert found.lines[1] == "灯寒客梦轻"
    assert found.tones == other.tones
    assert found.summary() == "五絕 仄起首句不入韻 · 韻 下平八庚 (轻 声) · 格律 20/20"
    assert scan(quatrain(_4="片片作秋声")).keeps()  # and mixed


@pytest.mark.parametrize(
    ("text", "kind", "rhyme"),
    [
        ("小徑入深竹，空山無客宿。一燈照古書，夜雨翻黃菊。", "古絕", "入聲一屋"),
        ("山高路遠行，石落水深急。人去鳥飛來，天晴月明白。", "古絕", ""),
    ],
)
def test_oblique_rhyme_is_old_style_and_not_called_wrong(text: str, kind: str, rhyme: str) -> None:
    found = scan(text)
    assert found.kind == kind
    assert (found.rhyme.name if found.rhyme else "") == rhyme
    assert found.sentences() == []
    assert not found.keeps()  # what it keeps are not the rules of regulated verse
    asked = scan(text, find_form("五絕"))
    assert asked.kind == "五絕"
    assert asked.sentences() != []
    assert "不押韻" in named(asked)


def test_a_form_that_is_asked_for_binds() -> None:
    found = scan("春水連天碧，明月照大江。", find_form("五絕"))
    assert found.summary() == "2 of 4 lines; 五絕 needs 4."
    assert named(found) == ["句數", "失對"]
    assert not found.keeps()
    assert scan("春水連天碧，明月照大江。").form is None
    assert scan(quatrain(), find_form("5x4")).keeps()
    assert named(scan(quatrain(), find_form("5,5,7,5"))) == ["字數"]


def test_lengths_alone_ask_for_nothing_else() -> None:
    assert scan(quatrain(_4="片片飛秋月"), find_form("古絕")).keeps(strict=True)


def test_a_tune_binds_tones_and_rhyme_by_ci_rhyme_classes() -> None:
    form = find_form("憶江南")
    good = "江村好，落日滿前灘。一葉扁舟歸去晚，數聲漁笛隔秋山。新月出雲間。"
    found = scan(good, form)
    assert found.keeps()
    assert found.summary() == "憶江南 · 韻 第七部 (灘 山 間) · 格律 27/27"
    assert scan(good).kind == "憶江南"
    assert named(scan(good.replace("灘", "溪"), form)) == ["出韻"]
    (fault,) = scan(good.replace("落日", "落花"), form).faults
    assert (fault.name, fault.line, fault.places, fault.needed) == ("失律", 2, (2,), "仄")
    assert named(scan(good.replace("灘", "月"), form)) == ["不押韻"]


def test_a_line_of_a_tune_that_must_repeat_does() -> None:
    form = CiForm("試", (3, 3, 3), pattern=("中平仄A，", "同，", "中中仄A。"))
    assert scan("風飛急，風飛急，江上碧。", form).keeps()
    assert named(scan("風飛急，雲飛急，江上碧。", form)) == ["失疊"]


def test_a_tune_with_two_rhymes_keeps_them_apart() -> None:
    form = CiForm("試", (3, 3, 3, 3), pattern=("中中仄A，", "中中平B，", "中中仄A，", "中中平B。"))
    found = scan("山上月，水邊樓，江上雪，一孤舟。", form)
    assert found.keeps()
    assert [(rhyme.characters, rhyme.lines) for rhyme in found.findings.rhymes] == [
        ("月雪", (1, 3)),
        ("樓舟", (2, 4)),
    ]


@pytest.mark.parametrize("text", ["", "[", "rain on the roof", "，。", "\ud800", "{}", "（夜雨）"])
def test_what_is_no_verse_has_no_lines_and_keeps_nothing(text: str) -> None:
    found = scan(text)
    assert found.lines == ()
    assert not found.keeps()
    assert found.summary() == "no verse"
    assert scan(text, find_form("五絕")).summary() == "no verse"


@pytest.mark.parametrize("text", ["月", "月月，月", "春水連天碧，明月。", "春" * 400, "月，" * 100])
def test_verse_of_any_shape_is_scanned_under_any_form(text: str) -> None:
    for name in ("free", "五絕", "七律", "憶江南", "3,5", "五排"):
        json.dumps(scan(text, find_form(name)).to_json())


def test_json_holds_plain_values_under_documented_names() -> None:
    record = json.loads(json.dumps(scan(quatrain(_4="片片作秋霜")).to_json()))
    assert " ".join(record) == (
        "form kind order asked lines rhymes faults doubts warnings remarks "
        "ambiguous unknown fits of keeps verdict"
    )
    assert record["lines"][0] == {
        "text": "夜雨歸舟靜",
        "tones": "仄仄平平仄",
        "asked": "中仄中平仄",
        "rhymes": False,
    }
    assert record["faults"][0]["name"] == "出韻"
    assert record["faults"][0]["sentence"].startswith("line 4, character 5: 霜 is 下平七陽")
    assert record["keeps"] == {"lenient": False, "strict": False}


def test_scanning_loads_neither_torch_nor_opencc_for_traditional_verse() -> None:
    code = (
        f"import sys; from poet.prosody.chinese.scan import scan; scan('{quatrain()}').summary(); "
        "sys.exit(bool({'torch', 'numpy', 'opencc'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
