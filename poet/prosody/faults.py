"""What can be said of a poem's prosody: faults, what is worth a remark, and both as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NAMES = {
    "失對": "the even places of a couplet are not opposite",
    "失粘": "the even places of a new couplet do not follow the line before",
    "失救": "a 大拗 that the answering line does not mend",
    "孤平": "but for the rhyme a single 平 stands in the line",
    "三平尾": "the line ends in three 平",
    "失律": "another place has the wrong tone",
    "平腳": "a line that does not rhyme ends in 平",
    "不押韻": "a line that must rhyme ends in the wrong tone",
    "出韻": "a line rhymes in another group",
    "重韻": "a rhyme character stands twice",
    "失疊": "a line that must repeat the one before it does not",
    "字數": "a line has too many or too few characters",
    "句數": "the poem has too many or too few lines",
    "兩讀": "strict only: a character can be read in the wrong tone too",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that breaks a rule: its name, where it stands and what is needed there.

    `found` and `needed` are tones (平仄), one a character, or the names of rhyme groups, or
    numbers; `because` ends the sentence. Lines and places count from 1.
    """

    name: str
    line: int = 0
    places: tuple[int, ...] = ()
    characters: str = ""
    found: str = ""
    needed: str = ""
    because: str = ""

    @property
    def is_of_tone(self) -> bool:
        """Whether its characters have the wrong tone (and not the wrong rhyme)."""
        return bool(self.needed) and set(self.needed) <= set("平仄")


@dataclass(frozen=True, slots=True)
class Remark:
    """What breaks no rule and is worth knowing: 拗救, 三仄尾, 鄰韻, 對仗."""

    name: str
    lines: tuple[int, ...]
    sentence: str


def explain(fault: Fault) -> str:
    """The fault in a sentence.

    >>> explain(Fault("失對", 2, (2,), "月", "仄", "平", "it must answer 水 above it"))
    'line 2, character 2: 月 is 仄 here, 平 is needed (失對: it must answer 水 above it)'
    >>> explain(Fault("句數", found="2", needed="4", because="五絕 has 4"))
    '2 lines, 4 are needed (句數: 五絕 has 4)'
    """
    if fault.name == "句數":
        said = f"{fault.found} line{'s' * (fault.found != '1')}, {fault.needed} are needed"
    elif fault.name == "字數":
        said = f"line {fault.line}: {fault.found} characters, {fault.needed} are needed"
    else:
        verb = "is" if len(fault.characters) == 1 else "are"
        verb = "can be" if fault.name == "兩讀" else verb
        where = places(fault.places)
        said = f"line {fault.line}, {where}: {' '.join(fault.characters)} {verb} {fault.found}"
        said += " here" * (fault.is_of_tone and verb != "can be")
        if fault.needed:
            needs = "is" if len(fault.needed) == 1 or not fault.is_of_tone else "are"
            said += f", {fault.needed} {needs} needed"
    return f"{said} ({fault.name}: {fault.because})"


def places(numbers: Sequence[int]) -> str:
    """
    >>> places([2]), places([2, 4, 6])
    ('character 2', 'characters 2, 4 and 6')
    """
    return _numbered("character", numbers)


def lines(numbers: Sequence[int]) -> str:
    """
    >>> lines([1, 2])
    'lines 1 and 2'
    """
    return _numbered("line", numbers)


def _numbered(what: str, numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"{what} {numbers[0]}"
    return f"{what}s {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
