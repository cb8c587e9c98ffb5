"""Regulated verse (近體詩): the four lines, how they pair, and the orders of couplets.

A line is a string of 平, 仄 and 中 (either), one a place. The four lines are known in the
handbooks (王力, 《詩詞格律》) by their ends: a …平仄, A …平平, b …仄仄, B …仄平. Seven characters
are five with a free place and the opposite of the second place in front.

Rules that span two lines of a couplet, such as a fault in the first that the second mends,
are written out as ways to set the couplet, so that whoever reads or writes by them needs
no memory beyond it.
"""

from __future__ import annotations

from typing import NamedTuple

OPPOSITE = {"平": "仄", "仄": "平"}


class CoupletPattern(NamedTuple):
    """One way to set a couplet: its two lines, and the name of what is unusual in it."""

    first: str
    second: str
    remark: str = ""
    is_warned: bool = False  # allowed, but poets avoid it


_PLAIN_B = "平平中仄平"
_SAVED_B = "仄平平仄平"  # 仄平仄仄平 would be 孤平
_COUPLETS = {
    "aB": (
        CoupletPattern("中仄中平仄", _PLAIN_B),
        CoupletPattern("中仄中平仄", _SAVED_B, "孤平拗救"),
        CoupletPattern("中仄中仄仄", "平平平仄平", "大拗對句救"),
        CoupletPattern("中仄中仄仄", _SAVED_B, "大拗對句救"),  # one 平 saves both lines
    ),
    "bA": (
        CoupletPattern("中平平仄仄", "中仄仄平平"),
        CoupletPattern("平平仄平仄", "中仄仄平平", "特拗"),
        CoupletPattern("中平仄仄仄", "中仄仄平平", "三仄尾", True),
    ),
    "AB": (
        CoupletPattern("中仄仄平平", _PLAIN_B),
        CoupletPattern("中仄仄平平", _SAVED_B, "孤平拗救"),
    ),
    "BA": (
        CoupletPattern(_PLAIN_B, "中仄仄平平"),
        CoupletPattern(_SAVED_B, "中仄仄平平", "孤平拗救"),
    ),
}
# The second couplet onwards alternates; the first may rhyme in its first line too
_ORDERS = {  # of five characters: does the first line rhyme -> the first couplet
    ("仄", False): "aB",
    ("仄", True): "AB",
    ("平", False): "bA",
    ("平", True): "BA",
}
_NEXT = {"aB": "bA", "bA": "aB", "AB": "bA", "BA": "aB"}


class Order(NamedTuple):
    """An order: its name, whether the first line rhymes, and the couplets in turn."""

    name: str
    rhymes_at_once: bool
    couplets: tuple[tuple[CoupletPattern, ...], ...]


def ways(couplet: str, length: int) -> tuple[CoupletPattern, ...]:
    """The ways to set a couplet (aB bA AB BA) in lines of five or seven characters.

    >>> ways("bA", 7)[1]
    CoupletPattern(first='中仄平平仄平仄', second='中平中仄仄平平', remark='特拗', is_warned=False)
    """
    if length == 5:
        return _COUPLETS[couplet]
    return tuple(
        way._replace(first=_lengthened(way.first), second=_lengthened(way.second))
        for way in _COUPLETS[couplet]
    )


def _lengthened(line: str) -> str:
    return "中" + OPPOSITE[line[1]] + line


def orders(length: int, lines: int) -> tuple[Order, ...]:
    """The four orders of a poem of so many lines of five or seven characters.

    >>> [order.name for order in orders(7, 4)]
    ['平起首句不入韻', '平起首句入韻', '仄起首句不入韻', '仄起首句入韻']
    """
    found = []
    for (start, rhymes), couplet in _ORDERS.items():
        name = start if length == 5 else OPPOSITE[start]  # told by the second character
        in_turn = [couplet]
        while len(in_turn) < lines // 2:
            in_turn.append(_NEXT[in_turn[-1]])
        found.append(
            Order(
                f"{name}起首句{'' if rhymes else '不'}入韻",
                rhymes,
                tuple(ways(c, length) for c in in_turn),
            )
        )
    return tuple(found)
