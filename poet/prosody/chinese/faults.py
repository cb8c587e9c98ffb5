"""Faults and remarks: what breaks a rule, what is worth knowing, and both as sentences.

The names are those of the handbooks; `poet.prosody.chinese.terms` has them in English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from poet.prosody.chinese.alignment import AlignedLine, misfits, usual_pattern
from poet.prosody.chinese.readings import OPPOSITE, TONE_SYMBOLS, Tone, Tones

_LICENCES = {  # 拗救: departures from the usual pattern that are allowed or made good
    "特拗": "places 3 and 4 from the end are exchanged, as is allowed",
    "大拗對句救": "the 平 missing from line {0} is made good by the third last place of line {1}",
    "孤平拗救": "the third last place of line {0} is 平, so that no 平 stands alone",
    "小拗": "the third last place of line {0} is 仄, as is allowed",
    "小拗對句救": "the 平 missing from the third last place of line {0} is made good by that of "
    "line {1}",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that breaks a rule: its name, where it is and what is needed there.

    `found` and `needed` are tones (平仄; found may be 中 either or ？ unknown), one for each
    character, or the names of rhyme groups, or numbers; `because` completes the sentence. Lines
    and places count from 1.
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
        return bool(self.needed) and set(self.needed) <= set(OPPOSITE)

    @property
    def sentence(self) -> str:
        """The fault in a sentence.

        >>> Fault("失對", 2, (2,), "月", "仄", "平", "it must answer 水 above it").sentence
        'line 2, character 2: 月 is 仄 here, 平 is needed (失對: it must answer 水 above it)'
        >>> Fault("句數", found="2", needed="4", because="五絕 has 4").sentence
        '2 lines, 4 are needed (句數: 五絕 has 4)'
        """
        if self.name == "句數":
            text = f"{_counted(self.found, 'line')}, {_needed_number(self.needed)}"
        elif self.name == "字數":
            count = _counted(self.found, "character")
            text = f"line {self.line}: {count}, {_needed_number(self.needed)}"
        else:
            where = f"line {self.line}, {_character_numbers(self.places)}"
            text = f"{where}: {' '.join(self.characters)} {self._state}"
            if self.needed:
                verb = "is" if len(self.needed) == 1 or not self.is_of_tone else "are"
                text += f", {self.needed} {verb} needed"
        return f"{text} ({self.name}: {self.because})"

    @property
    def _state(self) -> str:
        """What the characters are or can be."""
        verb = "is" if len(self.characters) == 1 else "are"
        if self.name == "兩讀" or set(self.found) == {"中"}:
            return "can be 平 and 仄"
        if set(self.found) == {"？"}:
            return f"{verb} unknown"
        return f"{verb} {self.found} here" if self.is_of_tone else f"{verb} {self.found}"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that breaks no rule and is worth knowing: 拗救, 三仄尾, 鄰韻, 對仗."""

    name: str
    lines: tuple[int, ...]
    sentence: str


BROKEN_IN_THE_MIDDLE = Remark(
    "折腰體",
    (2, 3),
    "only the step from line 2 to line 3 is broken: 折腰體, a quatrain that bends at the waist",
)


def _character_numbers(numbers: Sequence[int]) -> str:
    """
    >>> _character_numbers([2]), _character_numbers([2, 4, 6])
    ('character 2', 'characters 2, 4 and 6')
    """
    if len(numbers) == 1:
        return f"character {numbers[0]}"
    return f"characters {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _counted(count: str, noun: str) -> str:
    return f"{count} {noun}" if count == "1" else f"{count} {noun}s"


def _needed_number(count: str) -> str:
    return f"{count} {'is' if count == '1' else 'are'} needed"


def tone_faults(
    lines: Sequence[str], tones: Sequence[Tones], aligned: Sequence[AlignedLine]
) -> list[Fault]:
    """The faults of tone in regulated verse.

    A rhyming line that ends 仄 is left out: it is a fault of the rhyme.
    """
    faults: list[Fault] = []
    for i, line in enumerate(aligned):
        if line.broken and len(tones[i]) == len(line.pattern):
            faults.append(_break_fault(i, lines, tones, line))
        for place in misfits(line.pattern, tones[i]):
            is_rhyme = place + 1 == len(line.pattern) and i % 2
            if not is_rhyme:
                faults.append(_tone_fault(i, place, lines, tones, aligned))
    return list(_merged(faults))


def _merged(faults: Sequence[Fault]) -> Iterator[Fault]:
    """The faults, several 失對 or 失粘 that follow each other in a line made into one."""
    for (name, _), group in groupby(faults, key=lambda fault: (fault.name, fault.line)):
        same = list(group)
        if name not in ("失對", "失粘") or len(same) == 1:
            yield from same
            continue
        yield Fault(
            name,
            same[0].line,
            tuple(place for fault in same for place in fault.places),
            "".join(fault.characters for fault in same),
            "".join(fault.found for fault in same),
            "".join(fault.needed for fault in same),
            "; ".join(fault.because for fault in same),
        )


def _break_fault(i: int, lines: Sequence[str], tones: Sequence[Tones], line: AlignedLine) -> Fault:
    """A line that breaks 對 or 粘: at its even places it should have the opposite tones."""
    pattern = usual_pattern(line.kind, len(line.pattern))
    needed = {place: OPPOSITE[pattern[place]] for place in range(1, len(pattern), 2)}
    certain = (Tone.LEVEL, Tone.OBLIQUE)
    wrong = [
        place
        for place, symbol in needed.items()
        if tones[i][place] in certain and TONE_SYMBOLS[tones[i][place]] != symbol
    ]
    # Where no tone is certainly wrong, the known ones are named, else all
    wrong = wrong or [place for place in needed if tones[i][place]] or list(needed)
    above = " ".join(lines[i - 1][place : place + 1] for place in wrong)
    subject = "it" if len(wrong) == 1 else "they"
    return Fault(
        line.broken,
        i + 1,
        tuple(place + 1 for place in wrong),
        "".join(lines[i][place] for place in wrong),
        "".join(TONE_SYMBOLS[tones[i][place]] for place in wrong),
        "".join(needed[place] for place in wrong),
        f"{subject} must {'answer' if i % 2 else 'follow'} {above} above",
    )


def _tone_fault(
    i: int,
    place: int,
    lines: Sequence[str],
    tones: Sequence[Tones],
    aligned: Sequence[AlignedLine],
) -> Fault:
    name, because = _name_and_reason(i, place, lines, tones, aligned)
    symbol = TONE_SYMBOLS[tones[i][place]]
    return Fault(name, i + 1, (place + 1,), lines[i][place], symbol, OPPOSITE[symbol], because)


def _name_and_reason(
    i: int,
    place: int,
    lines: Sequence[str],
    tones: Sequence[Tones],
    aligned: Sequence[AlignedLine],
) -> tuple[str, str]:
    """What a wrong tone is called, and why."""
    line, line_tones = aligned[i], tones[i]
    from_end = len(line.pattern) - place  # 1 for the last place
    if from_end == 1 and line.kind in "ab":
        why = "line 1 ends 平 only where it rhymes" if i == 0 else "a line without rhyme ends 仄"
        return "平腳", why
    if line.kind == "A" and from_end == 3 and Tone.OBLIQUE not in line_tones[-2:]:
        return "三平尾", "the line would end in three 平"
    if line.kind == "B" and from_end == 5 and line_tones[-4] & Tone.LEVEL:
        return "孤平", f"{lines[i][-4]} would be the only 平 before the rhyme"
    if line.kind == "a" and from_end == 2 and i + 1 < len(aligned) and aligned[i + 1].kind == "B":
        return "失救", f"a 大拗, which a 平 in the third last place of line {i + 2} would mend"
    if place % 2:
        for j, name, verb in _answering_lines(i, len(aligned)):
            if place < len(tones[j]) == len(line.pattern) and _clashes(
                name, line_tones[place], tones[j][place]
            ):
                where = "above" if j < i else "below"
                return name, f"it must {verb} {lines[j][place]} {where} it"
    return "失律", f"the line is {line.pattern}"


def _answering_lines(i: int, count: int) -> Iterator[tuple[int, str, str]]:
    """The lines that a line answers or follows, the one above it first, and how."""
    if i:
        yield i - 1, *(("失對", "answer") if i % 2 else ("失粘", "follow"))
    if i % 2 == 0 and i + 1 < count:
        yield i + 1, "失對", "be opposite to"


def _clashes(name: str, tone: Tone, other: Tone) -> bool:
    """Whether two tones are certainly alike where they should be opposite (失對), or unlike."""
    if {tone, other} - {Tone.LEVEL, Tone.OBLIQUE}:
        return False
    return (tone == other) == (name == "失對")


def licences_and_warnings(
    tones: Sequence[Tones], aligned: Sequence[AlignedLine]
) -> tuple[list[Remark], list[Remark]]:
    """Remarks on what is made good or allowed (拗救), and on what poets avoid (三仄尾)."""
    licences, warnings = [], []
    fits = [
        len(line_tones) == len(line.pattern) and not misfits(line.pattern, line_tones)
        for line, line_tones in zip(aligned, tones, strict=True)
    ]
    for i, line in enumerate(aligned):
        if line.remark == "大拗對句救":
            if i % 2 == 0 and all(fits[i : i + 2]):
                licences.append(_licence(line.remark, i + 1, i + 2))
        elif line.remark == "三仄尾" and fits[i]:
            warnings.append(Remark("三仄尾", (i + 1,), f"line {i + 1} ends in three 仄"))
        elif line.remark and fits[i]:
            licences.append(_licence(line.remark, i + 1))
        elif line.kind == "a" and fits[i] and tones[i][-3] == Tone.OBLIQUE:
            below = aligned[i + 1] if i + 1 < len(aligned) else None
            is_mended = below and below.kind == "B" and tones[i + 1][-3:][0] == Tone.LEVEL
            licences.append(
                _licence("小拗對句救", i + 1, i + 2) if is_mended else _licence("小拗", i + 1)
            )
    return licences, warnings


def _licence(name: str, *numbers: int) -> Remark:
    where = f"{'line' if len(numbers) == 1 else 'lines'} {', '.join(map(str, numbers))}"
    return Remark(name, numbers, f"{where}: {name}, {_LICENCES[name].format(*numbers)}")


def parallelism(
    lines: Sequence[str], tones: Sequence[Tones], patterns: Sequence[str]
) -> list[Remark]:
    """What certainly keeps the inner couplets of a 律詩 from being parallel (對仗).

    Only necessary conditions can be checked: no shared character, opposite tones at even places,
    those left out where a licence (特拗, 大拗) makes the patterns themselves alike.
    """
    remarks = []
    for i in range(2, len(lines) - 3, 2):
        above, below = lines[i], lines[i + 1]
        if len(above) != len(below):
            continue
        numbers = (i + 1, i + 2)
        opening = f"lines {i + 1} and {i + 2} are not parallel:"
        if shared := "".join(dict.fromkeys(c for c in above if c in below)):
            verb = "stands" if len(shared) == 1 else "stand"
            remarks.append(Remark("對仗", numbers, f"{opening} {shared} {verb} in both"))
        alike = [
            str(place + 1)
            for place in range(1, len(above), 2)
            if patterns[i][place : place + 1] != patterns[i + 1][place : place + 1]
            and tones[i][place] == tones[i + 1][place] in (Tone.LEVEL, Tone.OBLIQUE)
        ]
        if alike:
            sentence = f"{opening} of one tone in place {' and '.join(alike)}"
            remarks.append(Remark("對仗", numbers, sentence))
    return remarks
