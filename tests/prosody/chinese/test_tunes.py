"""The tunes of ci: their shapes, their names, and those that a user adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from poet import paths
from poet.errors import InputError
from poet.prosody.chinese.automaton import FormAutomaton
from poet.prosody.chinese.forms import FORMS, OLD_STYLE, CiForm, Form
from poet.prosody.chinese.patterns import schemes
from poet.prosody.chinese.prosody import ChineseProsody
from poet.prosody.chinese.scan import scan
from poet.prosody.chinese.tune_matching import nearest_tune, tunes_of_shape
from poet.prosody.chinese.tunes import LINE, SAME, tunes, tunes_and_variants
from poet.prosody.find import find_form

TEN = {
    "如夢令": 33,
    "浣溪沙": 42,
    "菩薩蠻": 44,
    "憶江南": 27,
    "卜算子": 44,
    "清平樂": 46,
    "西江月": 50,
    "鷓鴣天": 55,
    "蝶戀花": 60,
    "水調歌頭": 95,
}
OWN = """
[[tune]]
name = "醒來"
aliases = ["xinglai"]
lines = ["平仄|仄平，", "仄平平A。", "同。"]

[[tune]]
name = "如夢令"
lines = ["平平A。"]
"""


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    tunes_and_variants.cache_clear()
    yield
    tunes_and_variants.cache_clear()


def named(name: str) -> Form:
    form = find_form(name)
    assert form is not None
    return form


def own(text: str) -> None:
    path = paths.tunes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def letters(name: str) -> str:
    (scheme,) = schemes(named(name))
    return "".join(rhyme or "." for rhyme in scheme.rhymes)


@pytest.mark.parametrize(("name", "characters"), TEN.items())
def test_the_well_known_tunes_have_their_length(name: str, characters: int) -> None:
    assert sum(named(name).lengths) == characters


@pytest.mark.parametrize(
    ("name", "traditional"),
    [
        ("如梦令", "如夢令"),
        ("huanxisha", "浣溪沙"),
        ("菩萨蛮", "菩薩蠻"),
        ("望江南", "憶江南"),
        ("busuanzi", "卜算子"),
        ("清平乐", "清平樂"),
        ("XiJiangYue", "西江月"),
        ("鹧鸪天", "鷓鴣天"),
        ("dielianhua", "蝶戀花"),
        ("水调歌头", "水調歌頭"),
    ],
)
def test_a_tune_is_found_by_its_simplified_name_and_its_pinyin(name: str, traditional: str) -> None:
    assert named(name) is named(traditional)


def test_no_name_stands_for_two_forms() -> None:
    names = Counter(
        name.lower()
        for form in (*FORMS, *OLD_STYLE, *tunes())
        for name in {form.name, *form.aliases}
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_every_tune_can_be_written() -> None:
    for form in tunes():
        assert FormAutomaton.of(form).start is not None, form.name
        assert form.stops[-1] == "。", form.name
        assert any(alias.isascii() for alias in form.aliases), form.name


def test_every_rhyme_has_a_partner_and_a_tone() -> None:
    for form in tunes():
        check_rhymes(form)


def check_rhymes(form: CiForm) -> None:
    found = [match for line in form.pattern if (match := LINE.fullmatch(line))]
    counts = Counter(match[2] for match in found if match[2])
    assert counts, form.name
    for letter, count in counts.items():
        doubled = any(a[2] == letter and b[1] == SAME for a, b in pairwise(found))
        assert count > 1 or doubled, form.name
    assert sorted(counts) == [*"ABCDEFGH"[: len(counts)]]
    assert all(match[1][-1] in "平仄" for match in found if match[2])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("如夢令", "AA.AA.A"),
        ("憶江南", ".A.AA"),
        ("浣溪沙", "AAA.AA"),
        ("菩薩蠻", "AABBCCDD"),
        ("西江月", ".AAA.AAA"),
        ("清平樂", "AAAABB.B"),
        ("水調歌頭", ".A.A..A.A..A.A..A.A"),
        ("定風波", "AABBACCADDA"),
    ],
)
def test_the_rhymes_are_where_the_tune_has_them(name: str, expected: str) -> None:
    assert letters(name) == expected


def test_a_doubled_line_repeats_the_one_before_it() -> None:
    form = named("如夢令")
    (scheme,) = schemes(form)
    assert scheme.echoes == (5,)
    assert form.lengths[4:6] == (2, 2)


def test_a_line_may_have_several_patterns() -> None:
    (scheme,) = schemes(named("菩薩蠻"))
    patterns = scheme.sections[3].patterns
    assert [pattern.tones for pattern in patterns] == ["平平中仄平", "中平平仄平"]


def test_a_users_file_adds_a_tune_and_replaces_one() -> None:
    own(OWN)
    added = named("xinglai")
    assert added == CiForm(
        "醒來", (2, 3, 3), ("xinglai",), pattern=("平仄|仄平，", "仄平平A。", "同。")
    )
    assert named("如夢令").lengths == (2,)
    assert sum(named("浣溪沙").lengths) == TEN["浣溪沙"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[[tune]]\nname = "醒來"\nlines = ["平x，"]',
            "醒來 has a line that cannot be read, '平x，'",
        ),
        (
            '[[tune]]\nname = "醒來"\nlines = ["同，"]',
            "醒來 has a line that cannot be read, '同，'",
        ),
        ('[[tune]]\nname = "醒來"\nlines = ["平|平仄，"]', "醒來 has a line of two lengths"),
        ('[[tune]]\nname = "醒來"\nlines = ["平|仄A。"]', "醒來 has a line that rhymes in two"),
        (
            '[[tune]]\nname = "醒來"\naliases = ["QiJue"]\nlines = ["平。"]',
            "醒來 cannot be called QiJue, which is the name of 七絕",
        ),
        (
            '[[tune]]\nname = "五律"\nlines = ["平。"]',
            "五律 cannot be called 五律, which is the name of 五律",
        ),
        (
            '[[tune]]\nname = "醒來"\naliases = ["free"]\nlines = ["平。"]',
            "醒來 cannot be called free",
        ),
        (
            f'[[tune]]\nname = "醒來"\nlines = ["{"平" * 31}。"]',
            "醒來 has a line of 31 characters, at most 30",
        ),
        ('[[tune]]\nname = "醒來"', "醒來 has no lines"),
        ('[[tune]]\nname = "醒來"\nlines = "平。"', "lines of 醒來 must be a list"),
        ('[[tune]]\nlines = ["平。"]', "tune 1 has no name"),
        ('[tune]\nname = "醒來"', "[tune] should be [[tune]]"),
        ("[[tune", "Expected"),
    ],
)
def test_a_broken_file_is_met_with_one_sentence(text: str, message: str) -> None:
    own(text)
    with pytest.raises(InputError) as error:
        tunes()
    said = str(error.value)
    assert said.startswith(f"the tunes in {paths.tunes()} cannot be read: ")
    assert message in said
    assert "\n" not in said
    assert error.value.hint.startswith("a tune is [[tune]] with name")


SOUTH = "江南夢，落日滿汀洲。兩岸蘆花飛似雪，一船明月冷如秋。燈火照歸舟。"


@pytest.mark.parametrize(
    ("lengths", "name"),
    [
        ([7, 5, 7, 9] * 2, "虞美人"),
        ([6, 3, 9, 3, 3, 3, 9], "相見歡"),
        ([5, 5, 6, 5, 6, 6, 5, 5, 5, 3, 3, 3, 4, 7, 6, 6, 5, 5, 5], "水調歌頭"),
        ([4, 3, 6, 4, 3, 6, 4, 4, 5, 4, 6, 6, 5, 4, 4, 3, 6, 4, 5, 4, 4, 6], "念奴嬌"),
        ([4, 4, 6, 7, 7] * 2, "鵲橋仙"),
        ([4, 7, 7, 4, 7, 7, 8, 3, 3, 3, 3, 3, 9, 7, 7, 8, 3], "滿江紅"),
        ([6, 6, 7, 5, 5] * 2, "臨江仙"),
        ([3, 5, 7, 7, 5] * 2, "憶江南"),
    ],
)
def test_a_tune_is_known_by_where_it_rhymes_however_its_lines_are_divided(
    lengths: list[int], name: str
) -> None:
    assert {tune.name for tune in tunes_of_shape(lengths)} == {name}
    assert [tune.name for tune in tunes_of_shape(lengths, name)] != []
    assert tunes_of_shape([*lengths, 5]) == []


def test_a_ci_is_scanned_in_the_lines_of_its_tune() -> None:
    usual = scan(SOUTH)
    run_together = scan(SOUTH.replace("夢，", "夢"))
    assert usual.keeps()
    assert usual.kind == "憶江南"
    assert run_together.summary() == usual.summary()
    assert run_together.lines == usual.lines
    assert scan(SOUTH.replace("夢，", "夢"), named("憶江南")).keeps()


def test_a_tune_sung_twice_may_rhyme_otherwise_in_its_second_stanza() -> None:
    other = "山中夜，燈火照空城。萬里歸心千里月，一天秋水數峰青。何處有雞聲。"
    found = scan(SOUTH + other.replace("青", "清"))
    assert found.kind == "憶江南"
    assert [rhyme.characters for rhyme in found.findings.rhymes] == ["洲秋舟", "城清聲"]


def test_a_shape_that_is_no_tune_is_told_the_nearest() -> None:
    assert nearest_tune([3, 5, 7, 6, 5]).startswith("the nearest tune is 憶江南, 27 characters")
    assert "after line 3, 6 for 7" in nearest_tune([3, 5, 7, 6, 5])
    assert nearest_tune([4, 4, 9], "忆江南·春").startswith("the title names 憶江南")
    assert nearest_tune([5, 5, 5, 5, 5]) == nearest_tune([11, 2, 13]) == ""


def test_a_variant_in_a_users_file_is_scanned_and_not_written() -> None:
    own('[[tune]]\nvariant_of = "憶江南"\nlines = ["平中仄，", "中仄仄平平A。", "平仄仄平平A。"]')
    assert [tune.lengths for tune in tunes_of_shape([3, 5, 5])] == [(3, 5, 5)]
    assert named("憶江南").lengths == (3, 5, 7, 7, 5)


def test_every_form_is_called_in_pinyin_and_in_english_as_no_other_one() -> None:
    names = [part for form in ChineseProsody().forms for part in form.english.split(", ", 1)]
    assert len(names) == 2 * len(ChineseProsody().forms)
    assert len({name.lower() for name in names}) == len(names)
    for form in ChineseProsody().forms:
        pinyin, english = form.english.split(", ", 1)
        assert find_form(pinyin) == find_form(english) == form
