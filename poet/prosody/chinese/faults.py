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

    `found` and `needed` are tones (平仄; found may be 中 either or ？ unknown), one a character,
    or the names of rhyme groups, or numbers; `because` ends the sentence. Lines and places
    count from 1.
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
        said = f"{_counted(fault.found, 'line')}, {_needed(fault.needed)}"
    elif fault.name == "字數":
        said = f"line {fault.line}: {_counted(fault.found, 'character')}, {_needed(fault.needed)}"
    else:
        verb = "is" if len(fault.characters) == 1 else "are"
        where = places(fault.places)
        said = f"line {fault.line}, {where}: {' '.join(fault.characters)} "
        if fault.name == "兩讀" or set(fault.found) == {"中"}:
            said += "can be 平 and 仄"
        elif set(fault.found) == {"？"}:
            said += f"{verb} unknown"
        else:
            said += f"{verb} {fault.found}{' here' * fault.is_of_tone}"
        if fault.needed:
            needs = "is" if len(fault.needed) == 1 or not fault.is_of_tone else "are"
            said += f", {fault.needed} {needs} needed"
    return f"{said} ({fault.name}: {fault.because})"


def places(numbers: Sequence[int]) -> str:
    """
    >>> places([2]), places([2, 4, 6])
    ('character 2', 'characters 2, 4 and 6')
    """
    if len(numbers) == 1:
        return f"character {numbers[0]}"
    return f"characters {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _counted(count: str, what: str) -> str:
    return f"{count} {what}{'s' * (count != '1')}"


def _needed(count: str) -> str:
    return f"{count} {'is' if count == '1' else 'are'} needed"
