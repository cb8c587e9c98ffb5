"""How a poem lies under the lines of regulated verse: the way with the fewest faults.

Each line is one of the four, and lines follow each other by 對 and 粘. A line that breaks
them is a fault of its own, and the poem goes on from there: one turn missed in the third
line is one 失粘, and not a wrong tone in every place below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from poet.prosody.chinese.couplet_patterns import ways
from poet.prosody.chinese.readings import Tone

Tones = tuple[Tone, ...]
# What a way costs: a fault outweighs all else; then one 失對 or 失粘 is taken for what two
# wrong places may be; then 三仄尾 counts, and then a character that must be read in one way.
_FAULT, _TURN, _WARNED, _DOUBT = 1 << 40, 1 << 30, 1 << 10, 1
_PROPER = ("aB", "bA", "AB", "BA")


class Line(NamedTuple):
    """How a line is set: which of the four, what its places ask for, what is unusual."""

    kind: str
    tones: str
    remark: str = ""
    broken: str = ""  # 失對 or 失粘 towards the line before


class _Pattern(NamedTuple):
    """What a line asks for, a bit a place."""

    line: Line
    level: int
    oblique: int


class _Way(NamedTuple):
    cost: int
    lines: tuple[_Pattern, ...]


def fit(
    tones: Sequence[Tones], length: int, *, rhymes_at_once: bool, strict: bool = False
) -> tuple[Line, ...]:
    """How each line is best set. One that is not of this length fits in any way.

    `rhymes_at_once` says whether line 1 could rhyme by its last character; strict takes a
    character that can be 平 and 仄 for wrong wherever one of them is needed.

    >>> L, O = Tone.LEVEL, Tone.OBLIQUE
    >>> [line.kind for line in fit([(L, O, L, L, O), (L, L, O, O, L)], 5, rhymes_at_once=False)]
    ['a', 'B']
    """
    masks = [_masks(line) if len(line) == length else (0, 0, 0) for line in tones]
    doubt = _FAULT if strict else _DOUBT
    best: dict[str, tuple[int, tuple[_Way, ...]]] = {"": (0, ())}
    for i in range(0, len(masks), 2):
        pair = masks[i : i + 2]
        found: dict[str, tuple[int, tuple[_Way, ...]]] = {}
        for kinds, settings in _settings(length, len(pair)).items():
            if i and kinds[0] in "AB":
                continue
            cost, way = min(((_cost(s, pair, doubt), s) for s in settings), key=_first)
            if kinds[0] in "AB" and not rhymes_at_once:
                cost += _FAULT
            for last, (before, path) in best.items():
                turned = last.upper() not in ("", kinds[0].upper()) and _turn(length)
                total = before + cost + turned
                if kinds[-1] not in found or total < found[kinds[-1]][0]:
                    found[kinds[-1]] = (total, (*path, way))
        best = found
    _, path = min(best.values(), key=_first)
    return _with_turns([pattern.line for way in path for pattern in way.lines])


def misfits(tones: str, line: Tones) -> tuple[int, ...]:
    """The places, from 0, whose tone is certainly not the one asked for.

    >>> misfits("平中仄", (Tone.OBLIQUE, Tone.LEVEL, Tone.EITHER))
    (0,)
    """
    wrong = {"平": Tone.OBLIQUE, "仄": Tone.LEVEL}
    if len(tones) != len(line):
        return ()
    return tuple(i for i, asked in enumerate(tones) if wrong.get(asked) == line[i])


def doubts(tones: str, line: Tones) -> tuple[int, ...]:
    """The bound places, from 0, of characters that can be 平 and 仄."""
    if len(tones) != len(line):
        return ()
    return tuple(i for i, asked in enumerate(tones) if asked != "中" and line[i] == Tone.EITHER)


def plain(kind: str, length: int) -> str:
    """What a line of this kind asks for when nothing in it is unusual.

    >>> plain("b", 7)
    '中仄中平平仄仄'
    """
    return next(way.first for way in ways(_begun_by(kind), length))


def _begun_by(kind: str) -> str:
    """The couplet that a line of this kind begins. Any of the four can begin one."""
    return next(couplet for couplet in _PROPER if couplet[0] == kind)


def _masks(line: Tones) -> tuple[int, int, int]:
    level = oblique = either = 0
    for i, tone in enumerate(line):
        if tone == Tone.LEVEL:
            level |= 1 << i
        elif tone == Tone.OBLIQUE:
            oblique |= 1 << i
        elif tone == Tone.EITHER:
            either |= 1 << i
    return level, oblique, either


def _first(costed: tuple[int, Any]) -> int:
    return costed[0]


def _cost(way: _Way, masks: Sequence[tuple[int, int, int]], doubt: int) -> int:
    cost = way.cost
    for pattern, (level, oblique, either) in zip(way.lines, masks, strict=True):
        wrong = pattern.level & oblique | pattern.oblique & level
        doubtful = (pattern.level | pattern.oblique) & either
        cost += wrong.bit_count() * _FAULT + doubtful.bit_count() * doubt
    return cost


def _turn(length: int) -> int:
    """What a whole line of the wrong kind costs: as much as its even places."""
    return length // 2 * _FAULT - _TURN


@cache
def _settings(length: int, lines: int) -> dict[str, tuple[_Way, ...]]:
    """Every way to set two lines (or a last single one), by their kinds."""
    if lines == 1:
        return {kind: tuple(_lone(kind, length)) for kind in "ABab"}
    found = {}
    for first in "ABab":  # of equals, the way that rhymes in line 1
        for second in "AB":
            if first + second in _PROPER:
                found[first + second] = tuple(_answered(first + second, length))
            else:
                found[first + second] = tuple(
                    _Way(_turn(length) + one.cost + two.cost, (*one.lines, *two.lines))
                    for one in _lone(first, length)
                    for two in _lone(second, length)
                )
    return found


def _answered(couplet: str, length: int) -> list[_Way]:
    found = []
    for way in ways(couplet, length):
        both = "對句救" in way.remark
        remarks = [way.remark if both or kind in "bB" else "" for kind in couplet]
        texts = (way.first, way.second)
        lines = tuple(_pattern(Line(*of)) for of in zip(couplet, texts, remarks, strict=True))
        found.append(_Way(_WARNED * way.is_warned, lines))
    return found


def _lone(kind: str, length: int) -> list[_Way]:
    """The ways to set one line that no other helps."""
    return [
        _Way(_WARNED * way.is_warned, (_pattern(Line(kind, way.first, way.remark)),))
        for way in ways(_begun_by(kind), length)
        if kind in "bB" or not way.remark  # what is unusual in a and A, the second line shares
    ]


def _pattern(line: Line) -> _Pattern:
    level, oblique = (
        sum(1 << i for i, asked in enumerate(line.tones) if asked == tone) for tone in "平仄"
    )
    return _Pattern(line, level, oblique)


def _with_turns(lines: list[Line]) -> tuple[Line, ...]:
    """The lines, those marked that do not answer or follow the one before them."""
    found = []
    for i, line in enumerate(lines):
        before = lines[i - 1].kind if i else ""
        if i % 2 and before + line.kind not in _PROPER:
            line = line._replace(broken="失對")
        elif i and i % 2 == 0 and before.upper() != line.kind.upper():
            line = line._replace(broken="失粘")
        found.append(line)
    return tuple(found)
