"""Aligning a poem with the line patterns of regulated verse, at the lowest cost in faults.

Each line is one of the four kinds, and lines follow each other by 對 and 粘. A line that breaks
對 or 粘 costs one fault of its own, and the alignment goes on from there: a poem that misses 粘 in
line 3 has one 失粘, and not a wrong tone at every place below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from poet.prosody.chinese.patterns import COUPLETS, couplet_patterns
from poet.prosody.chinese.readings import OPPOSITE, SYMBOL_TONES, Tone, Tones

# Costs: a wrong tone outweighs all else. A line that breaks 對 or 粘 costs a little less than the
# wrong tones at its even places would. Then 三仄尾 counts, and last a character with two tones.
_FAULT, _BREAK_DISCOUNT, _DISCOURAGED, _DOUBT = 1 << 40, 1 << 30, 1 << 10, 1
_WRONG = {symbol: SYMBOL_TONES[opposite] for symbol, opposite in OPPOSITE.items()}


class AlignedLine(NamedTuple):
    """A line's kind (a A b B), its pattern, and the name of what is unusual in the pattern."""

    kind: str
    pattern: str
    remark: str = ""
    broken: str = ""  # 失對 or 失粘 with the line before


class _Candidate(NamedTuple):
    """A line with its pattern as bits, one for each place."""

    line: AlignedLine
    level: int
    oblique: int


class _Option(NamedTuple):
    """One way to take two lines, or a last single one, and what it costs by itself."""

    cost: int
    lines: tuple[_Candidate, ...]


def align(
    tones: Sequence[Tones],
    length: int,
    *,
    can_rhyme_first: bool,
    must_rhyme_first: bool = False,
    strict: bool = False,
) -> tuple[AlignedLine, ...]:
    """The best alignment of lines with patterns of this length (5 or 7).

    A line of another length fits every pattern. `can_rhyme_first` says whether line 1 could rhyme
    by its last character, `must_rhyme_first` whether it certainly does. With `strict`, a character
    with two tones is wrong at every bound place.

    >>> L, O = Tone.LEVEL, Tone.OBLIQUE
    >>> [line.kind for line in align([(L, O, L, L, O), (L, L, O, O, L)], 5, can_rhyme_first=False)]
    ['a', 'B']
    """
    bits = [_tone_bits(line) if len(line) == length else (0, 0, 0) for line in tones]
    doubt = _FAULT if strict else _DOUBT
    # The kind of the last line so far -> the cheapest path that ends in it (Viterbi)
    best: dict[str, tuple[int, tuple[_Option, ...]]] = {"": (0, ())}
    for i in range(0, len(bits), 2):
        couplet = bits[i : i + 2]
        extended: dict[str, tuple[int, tuple[_Option, ...]]] = {}
        for kinds, options in _options(length, len(couplet)).items():
            if i and kinds[0] in "AB":
                continue
            cost, option = min(((_cost(o, couplet, doubt), o) for o in options), key=_first)
            if kinds[0] in "AB" and not can_rhyme_first:
                cost += _FAULT
            if i == 0 and kinds[0] in "ab" and must_rhyme_first:
                cost += _break_cost(length)
            for last, (cost_before, path) in best.items():
                breaks = last.upper() not in ("", kinds[0].upper())
                total = cost_before + cost + breaks * _break_cost(length)
                if kinds[-1] not in extended or total < extended[kinds[-1]][0]:
                    extended[kinds[-1]] = (total, (*path, option))
        best = extended
    _, path = min(best.values(), key=_first)
    return _with_breaks([candidate.line for option in path for candidate in option.lines])


def misfits(pattern: str, line: Tones) -> tuple[int, ...]:
    """The places, from 0, whose tone is certainly not the one the pattern needs.

    >>> misfits("平中仄", (Tone.OBLIQUE, Tone.LEVEL, Tone.EITHER))
    (0,)
    """
    if len(pattern) != len(line):
        return ()
    return tuple(i for i, symbol in enumerate(pattern) if _WRONG.get(symbol) == line[i])


def doubts(pattern: str, line: Tones) -> tuple[int, ...]:
    """The bound places, from 0, of characters with two tones."""
    if len(pattern) != len(line):
        return ()
    return tuple(i for i, symbol in enumerate(pattern) if symbol != "中" and line[i] == Tone.EITHER)


def usual_pattern(kind: str, length: int) -> str:
    """The pattern of a line of this kind in which nothing is unusual.

    >>> usual_pattern("b", 7)
    '中仄中平平仄仄'
    """
    return couplet_patterns(_couplet_from(kind), length)[0].first


def _couplet_from(kind: str) -> str:
    """The couplet whose first line is of this kind. Each of the four begins one."""
    return next(couplet for couplet in COUPLETS if couplet[0] == kind)


def _tone_bits(line: Tones) -> tuple[int, int, int]:
    """The places that are level, oblique, and either, as bits."""
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


def _cost(option: _Option, bits: Sequence[tuple[int, int, int]], doubt: int) -> int:
    cost = option.cost
    for candidate, (level, oblique, either) in zip(option.lines, bits, strict=True):
        wrong = candidate.level & oblique | candidate.oblique & level
        doubtful = (candidate.level | candidate.oblique) & either
        cost += wrong.bit_count() * _FAULT + doubtful.bit_count() * doubt
    return cost


def _break_cost(length: int) -> int:
    """The cost of a line that breaks 對 or 粘: nearly that of wrong tones at its even places."""
    return length // 2 * _FAULT - _BREAK_DISCOUNT


@cache
def _options(length: int, lines: int) -> dict[str, tuple[_Option, ...]]:
    """Every way to take two lines (or a last single one), by their kinds."""
    if lines == 1:
        return {kind: tuple(_single_options(kind, length)) for kind in "ABab"}
    options = {}
    for first in "ABab":  # of equal options, the one in which line 1 rhymes
        for second in "AB":
            if first + second in COUPLETS:
                options[first + second] = tuple(_couplet_options(first + second, length))
            else:  # 失對
                options[first + second] = tuple(
                    _Option(
                        _break_cost(length) + above.cost + below.cost, (*above.lines, *below.lines)
                    )
                    for above in _single_options(first, length)
                    for below in _single_options(second, length)
                )
    return options


def _couplet_options(couplet: str, length: int) -> list[_Option]:
    options = []
    for pattern in couplet_patterns(couplet, length):
        is_shared = "對句救" in pattern.remark  # else the remark belongs to the b or B line
        lines = tuple(
            _candidate(kind, text, pattern.remark if is_shared or kind in "bB" else "")
            for kind, text in zip(couplet, (pattern.first, pattern.second), strict=True)
        )
        options.append(_Option(_DISCOURAGED * pattern.is_discouraged, lines))
    return options


def _single_options(kind: str, length: int) -> list[_Option]:
    """The ways to take one line that no other line helps."""
    return [
        _Option(
            _DISCOURAGED * pattern.is_discouraged,
            (_candidate(kind, pattern.first, pattern.remark),),
        )
        for pattern in couplet_patterns(_couplet_from(kind), length)
        if kind in "bB" or not pattern.remark  # what is unusual in a and A needs the second line
    ]


def _candidate(kind: str, pattern: str, remark: str) -> _Candidate:
    level, oblique = (
        sum(1 << i for i, symbol in enumerate(pattern) if symbol == bound) for bound in "平仄"
    )
    return _Candidate(AlignedLine(kind, pattern, remark), level, oblique)


def _with_breaks(lines: list[AlignedLine]) -> tuple[AlignedLine, ...]:
    """The lines, with 失對 and 失粘 noted where a line breaks them."""
    result = []
    for i, line in enumerate(lines):
        before = lines[i - 1].kind if i else ""
        if i % 2 and before + line.kind not in COUPLETS:
            line = line._replace(broken="失對")
        elif i and i % 2 == 0 and before.upper() != line.kind.upper():
            line = line._replace(broken="失粘")
        result.append(line)
    return tuple(result)
