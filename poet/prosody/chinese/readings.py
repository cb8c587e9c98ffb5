"""Tones and rhymes of characters: the 106 rhyme groups of 平水韻, each level or oblique.

A character has a set of readings, each a rhyme group. A character in no dictionary has none,
and its tone is unknown, which is a different answer from level or oblique. The table,
`readings.txt`, is made by `tools/readings.py`; its header names the sources.

Dictionaries list readings that poets hardly used but in rhyme, such as 不 in level tone. The usual
tone of a character leaves them out; `usual_tones.txt` is made by `tools/usual_tones.py`, which
counts what Tang and Song poets did.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from functools import cache
from pathlib import Path
from typing import NamedTuple

from poet.characters import NUMERALS
from poet.errors import UsageError, did_you_mean
from poet.scripts import STANDARD

# The groups of each volume of the rhyme book, each by the character it is named after.
_VOLUMES = {
    "上平": "東冬江支微魚虞齊佳灰真文元寒刪",
    "下平": "先蕭肴豪歌麻陽庚青蒸尤侵覃鹽咸",
    "上聲": "董腫講紙尾語麌薺蟹賄軫吻阮旱潸銑篠巧皓哿馬養梗迥有寢感琰豏",
    "去聲": "送宋絳寘未御遇霽泰卦隊震問願翰諫霰嘯效號箇禡漾敬徑宥沁勘豔陷",
    "入聲": "屋沃覺質物月曷黠屑藥陌錫職緝合葉洽",
}
# Level groups so close that the first line may rhyme in one and the others in another (鄰韻).
_NEAR = [
    "東冬",
    "江陽",
    "支微齊",
    "魚虞",
    "佳灰",
    "真文元",
    "元寒刪先",
    "蕭肴豪",
    "庚青蒸",
    "覃鹽咸",
]
# The 19 rhyme classes of 詞林正韻, by which ci rhymes. A group named twice is divided between two.
_CI_CLASSES = (
    "東冬董腫送宋",
    "江陽講養絳漾",
    "支微齊灰紙尾薺賄寘未霽泰隊",
    "魚虞語麌御遇",
    "佳灰蟹賄泰卦隊",
    "真文元軫吻阮震問願",
    "元寒刪先阮旱潸銑願翰諫霰",
    "蕭肴豪篠巧皓嘯效號",
    "歌哿箇",
    "佳麻馬卦禡",
    "庚青蒸梗迥敬徑",
    "尤有宥",
    "侵寢沁",
    "覃鹽咸感琰豏勘豔陷",
    "屋沃",
    "覺藥",
    "質陌錫職緝",
    "物月曷黠屑葉",
    "合洽",
)
# Variants of the names of groups, mostly simplified characters.
_NAMES = str.maketrans(
    "东鱼齐眞删萧殽阳靑盐鹹肿讲纸语荠贿轸铣筱养寝俭儉绛霁队问愿谏啸号个祃映径艳艷觉质药锡职缉叶声",
    "東魚齊真刪蕭肴陽青鹽咸腫講紙語薺賄軫銑篠養寢琰琰絳霽隊問願諫嘯號箇禡敬徑豔豔覺質藥錫職緝葉聲",
)


class Tone(IntFlag):
    """The tone of a character, or of a place in a line, as the rules of verse see it."""

    UNKNOWN = 0
    LEVEL = 1
    OBLIQUE = 2
    EITHER = 3  # of a character: it has readings of both; of a place: it takes both


TONE_SYMBOLS = {Tone.LEVEL: "平", Tone.OBLIQUE: "仄", Tone.EITHER: "中", Tone.UNKNOWN: "？"}
SYMBOL_TONES = {symbol: tone for tone, symbol in TONE_SYMBOLS.items()}
OPPOSITE = {"平": "仄", "仄": "平"}
Tones = tuple[Tone, ...]  # of the characters of a line


@dataclass(frozen=True, slots=True)
class Group:
    """A rhyme group: the `number`th of its `volume`, called after its character `head`."""

    index: int  # among all 106
    volume: str
    number: str
    head: str

    @property
    def name(self) -> str:
        """
        >>> GROUPS[0].name, GROUPS[-1].name
        ('上平一東', '入聲十七洽')
        """
        return self.volume + self.number + self.head

    @property
    def is_level(self) -> bool:
        return self.volume in ("上平", "下平") or self.head == "平"

    def __str__(self) -> str:
        return self.name


def chinese_numeral(number: int) -> str:
    """A number from 1 to 39 in Chinese.

    >>> chinese_numeral(7), chinese_numeral(10), chinese_numeral(21)
    ('七', '十', '二十一')
    """
    tens, ones = divmod(number, 10)
    return ("", "十", "二十", "三十")[tens] + (NUMERALS[ones - 1] if ones else "")


GROUPS = tuple(
    Group(index, volume, chinese_numeral(number), head)
    for index, (volume, number, head) in enumerate(
        (volume, number, head)
        for volume, heads in _VOLUMES.items()
        for number, head in enumerate(heads, 1)
    )
)
_BY_HEAD = {group.head: group for group in GROUPS}


def readings(character: str) -> tuple[Group, ...]:
    """The rhyme groups of a character's readings, in the order of the rhyme book.

    The character is a traditional one, in any variant that poet knows. Empty for an unknown
    character and for any other string.

    >>> [str(group) for group in readings("看")]
    ['上平十四寒', '去聲十五翰']
    >>> readings("爲") == readings("為"), readings("x"), readings("")
    (True, (), ())
    """
    return _table().readings.get(STANDARD.get(character, character), ())


def tone(character: str) -> Tone:
    """The tone of a character: `EITHER` where it has level and oblique readings.

    >>> tone("花").name, tone("月").name, tone("看").name, tone("，").name
    ('LEVEL', 'OBLIQUE', 'EITHER', 'UNKNOWN')
    """
    return _table().tones.get(STANDARD.get(character, character), Tone.UNKNOWN)


def usual_tone(character: str) -> Tone:
    """The tone of a character, without readings that poets hardly used but in rhyme.

    >>> tone("不").name, usual_tone("不").name, usual_tone("看").name
    ('EITHER', 'OBLIQUE', 'EITHER')
    """
    return _table().usual.get(STANDARD.get(character, character), Tone.UNKNOWN)


def is_certain(character: str) -> bool:
    """Whether both sources of the table agree on all readings of the character, in its usual tone.

    >>> is_certain("花"), is_certain("漢"), is_certain("，")
    (True, False, False)
    """
    return STANDARD.get(character, character) in _table().certain


def level_groups(character: str) -> tuple[Group, ...]:
    """The groups in which a character can rhyme in level tone.

    >>> [str(group) for group in level_groups("過")], level_groups("月")
    (['下平五歌'], ())
    """
    return tuple(group for group in readings(character) if group.is_level)


def find_group(name: str) -> Group:
    """The group of this name, in either script: 上平一東, 一東 or 東.

    Raises `UsageError` when there is none.

    >>> find_group("东") is find_group("上平聲一東") is GROUPS[0]
    True
    """
    plain = name.strip().translate(_NAMES)
    group = _BY_HEAD.get(plain[-1:])
    if group and plain.replace("平聲", "平") in (
        group.head,
        group.number + group.head,
        group.volume + group.head,
        group.name,
    ):
        return group
    raise UsageError(f"there is no rhyme group called {name!r}", _hint(plain))


def neighbours(group: Group) -> frozenset[Group]:
    """The other level groups in which line 1 may rhyme when the poem rhymes in this one.

    >>> sorted(str(near) for near in neighbours(find_group("微")))
    ['上平八齊', '上平四支']
    """
    near = "".join(heads for heads in _NEAR if group.head in heads)
    return frozenset(_BY_HEAD[head] for head in near) - {group}


def ci_rhyme_classes(group: Group) -> tuple[int, ...]:
    """The rhyme classes of 詞林正韻, 1 to 19, that the characters of a group belong to.

    A group with two classes is divided between them.

    >>> [ci_rhyme_classes(find_group(name)) for name in "東元洽"]
    [(1,), (6, 7), (19,)]
    """
    return tuple(n for n, heads in enumerate(_CI_CLASSES, 1) if group.head in heads)


def _hint(name: str) -> str:
    if groups := level_groups(name):
        return f"{name} itself rhymes in {', '.join(map(str, groups))}"
    if group := _BY_HEAD.get(name[-1:]):
        return f"did you mean {group}?"
    levels = " ".join(str(group) for group in GROUPS if group.is_level)
    return did_you_mean(name, {g.name: g for g in GROUPS}) or f"the level groups are {levels}"


class _Table(NamedTuple):
    """The readings and tones of each character, and the characters that both sources agree on."""

    readings: dict[str, tuple[Group, ...]]
    tones: dict[str, Tone]
    usual: dict[str, Tone]
    certain: frozenset[str]


@cache
def _table() -> _Table:
    """The contents of `readings.txt`.

    上平一東 \\t agreed \\t known to one source only \\t disputed
    …
    slips \\t characters of which one source has a reading that was struck out
    """
    folder = Path(__file__).parent
    *lines, (_, slips) = _rows(folder / "readings.txt")
    usual = {Tone[name]: frozenset(row) for name, row in _rows(folder / "usual_tones.txt")}
    table: dict[str, tuple[Group, ...]] = {}
    tones: dict[str, int] = {}  # plain numbers: 15,000 unions of flags take as long as a line does
    certain, doubtful = set[str](), set(slips)
    sure, unsure = (
        set[str](),
        set(slips),
    )  # of the characters that have one usual tone, in that tone
    for group, (_, agreed, single, disputed) in zip(GROUPS, lines, strict=True):
        reading, tone = (group,), Tone.LEVEL if group.is_level else Tone.OBLIQUE
        certain.update(agreed)
        doubtful.update(single, disputed)
        sure |= usual[tone].intersection(agreed)
        unsure |= usual[tone].intersection(single + disputed)
        for character in agreed + single + disputed:
            table[character] = table.get(character, ()) + reading
            tones[character] = tones.get(character, 0) | tone.value
    tone_of = tuple(map(Tone, range(4)))
    all_tones = {c: tone_of[n] for c, n in tones.items()}
    usual_tones = all_tones | {c: tone for tone, characters in usual.items() for c in characters}
    return _Table(table, all_tones, usual_tones, frozenset(certain - doubtful) | (sure - unsure))


def _rows(path: Path) -> list[list[str]]:
    lines = path.read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]
