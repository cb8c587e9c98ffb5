"""The faults of tone in regulated verse, each by the name it has in the handbooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from poet.prosody.chinese import alignment
from poet.prosody.chinese.alignment import Line, Tones
from poet.prosody.chinese.couplet_patterns import OPPOSITE
from poet.prosody.chinese.faults import Fault, Remark
from poet.prosody.chinese.readings import Tone

_SAID = {Tone.LEVEL: "平", Tone.OBLIQUE: "仄"}
_SIGNS = {**_SAID, Tone.EITHER: "中", Tone.UNKNOWN: "？"}
_MENDED = {
    "特拗": "places 3 and 4 from the end are exchanged, as is allowed",
    "大拗對句救": "the 平 missing from line {0} is made good by the third last place of line {1}",
    "孤平拗救": "the third last place of line {0} is 平, so that no 平 stands alone",
    "小拗": "the third last place of line {0} is 仄, as is allowed",
}


def tone_faults(lines: Sequence[str], tones: Sequence[Tones], fit: Sequence[Line]) -> list[Fault]:
    """The faults of tone. That a rhyming line ends 仄 is left to the rhyme to say."""
    found: list[Fault] = []
    for i, line in enumerate(fit):
        if line.broken and len(tones[i]) == len(line.tones):
            found += _turn(i, lines, tones, line)
        for place in alignment.misfits(line.tones, tones[i]):
            ends_a_rhyme = place + 1 == len(line.tones) and i % 2
            if not ends_a_rhyme:
                found.append(_fault(i, place, lines, tones, fit))
    return list(_merged(found))


def _merged(faults: Sequence[Fault]) -> Iterator[Fault]:
    """The faults, what one line does not answer or follow being one of them."""
    for (name, _), same in groupby(faults, key=lambda fault: (fault.name, fault.line)):
        alike = list(same)
        if name not in ("失對", "失粘") or len(alike) == 1:
            yield from alike
            continue
        yield Fault(
            name,
            alike[0].line,
            tuple(place for fault in alike for place in fault.places),
            "".join(fault.characters for fault in alike),
            "".join(fault.found for fault in alike),
            "".join(fault.needed for fault in alike),
            "; ".join(fault.because for fault in alike),
        )


def unusual(tones: Sequence[Tones], fit: Sequence[Line]) -> tuple[list[Remark], list[Remark]]:
    """What is mended or allowed (拗救), and what poets avoid (三仄尾)."""
    mended, warned = [], []
    right = [_is_right(line, own) for line, own in zip(fit, tones, strict=True)]
    for i, line in enumerate(fit):
        if line.remark == "大拗對句救":
            if i % 2 == 0 and all(right[i : i + 2]):
                mended.append(_mended(line.remark, i + 1, i + 2))
        elif line.remark == "三仄尾" and right[i]:
            warned.append(Remark("三仄尾", (i + 1,), f"line {i + 1} ends in three 仄"))
        elif line.remark and right[i]:
            mended.append(_mended(line.remark, i + 1))
        elif line.kind == "a" and right[i] and tones[i][-3] == Tone.OBLIQUE:
            mended.append(_mended("小拗", i + 1))
    return mended, warned


def parallels(lines: Sequence[str], tones: Sequence[Tones]) -> list[Remark]:
    """What keeps the inner couplets of a 律詩 from being parallel (對仗), as far as can be told."""
    found = []
    for i in range(2, len(lines) - 3, 2):
        above, below = lines[i], lines[i + 1]
        if len(above) != len(below):
            continue
        pair = (i + 1, i + 2)
        if shared := "".join(dict.fromkeys(c for c in above if c in below)):
            verb = "stands" if len(shared) == 1 else "stand"
            sentence = f"lines {i + 1} and {i + 2} are not parallel: {shared} {verb} in both"
            found.append(Remark("對仗", pair, sentence))
        alike = [p for p in range(1, len(above), 2) if _alike(tones[i][p], tones[i + 1][p])]
        if alike:
            at = " and ".join(str(p + 1) for p in alike)
            sentence = f"lines {i + 1} and {i + 2} are not parallel: of one tone in place {at}"
            found.append(Remark("對仗", pair, sentence))
    return found


def _is_right(line: Line, tones: Tones) -> bool:
    return len(tones) == len(line.tones) and not alignment.misfits(line.tones, tones)


def _mended(name: str, *numbers: int) -> Remark:
    lines = ", ".join(map(str, numbers))
    said = f"line{'s' * (len(numbers) > 1)} {lines}: {name}, {_MENDED[name].format(*numbers)}"
    return Remark(name, numbers, said)


def _turn(i: int, lines: Sequence[str], tones: Sequence[Tones], line: Line) -> Iterator[Fault]:
    """A line of the wrong kind: at its even places it should have the opposite tones."""
    kept = alignment.plain(line.kind, len(line.tones))
    needed = {p: OPPOSITE[kept[p]] for p in range(1, len(kept), 2)}
    wrong = [p for p, tone in needed.items() if tone != _SAID.get(tones[i][p], tone)]
    # all may be 平 and 仄 or unknown, and the line still of no use here
    wrong = wrong or [p for p in needed if tones[i][p] != Tone.UNKNOWN] or list(needed)
    above = " ".join(lines[i - 1][p : p + 1] for p in wrong)
    they = "it" if len(wrong) == 1 else "they"
    yield Fault(
        line.broken,
        i + 1,
        tuple(p + 1 for p in wrong),
        "".join(lines[i][p] for p in wrong),
        "".join(_SIGNS[tones[i][p]] for p in wrong),
        "".join(needed[p] for p in wrong),
        f"{they} must {'answer' if i % 2 else 'follow'} {above} above",
    )


def _fault(
    i: int, place: int, lines: Sequence[str], tones: Sequence[Tones], fit: Sequence[Line]
) -> Fault:
    own = tones[i][place]
    name, because = _named(i, place, lines, tones, fit)
    found, needed = _SAID[own], OPPOSITE[_SAID[own]]
    return Fault(name, i + 1, (place + 1,), lines[i][place], found, needed, because)


def _named(
    i: int, place: int, lines: Sequence[str], tones: Sequence[Tones], fit: Sequence[Line]
) -> tuple[str, str]:
    """What a wrong tone is called, and why."""
    line, own, left = fit[i], tones[i], len(fit[i].tones) - place  # 1 for the last place
    if left == 1 and line.kind in "ab":
        why = "line 1 ends 平 only where it rhymes" if i == 0 else "a line without rhyme ends 仄"
        return "平腳", why
    if line.kind == "A" and left == 3 and not _certain(own[-2:], Tone.OBLIQUE):
        return "三平尾", "the line would end in three 平"
    if line.kind == "B" and left == 5 and own[-4] & Tone.LEVEL:
        return "孤平", f"{lines[i][-4]} would be the only 平 before the rhyme"
    if line.kind == "a" and left == 2 and i + 1 < len(fit) and fit[i + 1].kind == "B":
        return "失救", f"a 大拗, which a 平 in the third last place of line {i + 2} would mend"
    if place % 2:
        for j, name, verb in _beside(i, len(fit)):
            if place < len(tones[j]) == len(line.tones) and _clashes(name, own, tones[j], place):
                where = "above" if j < i else "below"
                return name, f"it must {verb} {lines[j][place]} {where} it"
    return "失律", f"the line is {line.tones}"


def _beside(i: int, count: int) -> Iterator[tuple[int, str, str]]:
    """The lines that a line must go with: the one above it first."""
    if i:
        yield i - 1, *(("失對", "answer") if i % 2 else ("失粘", "follow"))
    if i % 2 == 0 and i + 1 < count:
        yield i + 1, "失對", "be opposite to"


def _clashes(name: str, own: Tones, other: Tones, place: int) -> bool:
    """Whether the tones certainly do not go together: alike where they answer, else unlike."""
    if Tone.UNKNOWN in (other[place], own[place]) or Tone.EITHER in (other[place], own[place]):
        return False
    return (own[place] == other[place]) == (name == "失對")


def _alike(one: Tone, other: Tone) -> bool:
    return one == other and one in _SAID


def _certain(tones: Tones, tone: Tone) -> bool:
    return any(t == tone for t in tones)
