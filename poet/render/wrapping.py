"""Rows: how a line of verse is broken where the terminal is narrower than the line.

Characters come in one after another and pieces of text go out in the same order;
nothing is ever taken back. So a poem can be set while it is still being written,
and a poem shown as it comes looks like a poem shown at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from poet.characters import STOPS

UNBROKEN = 1_000_000  # a width that no row reaches: rows are left whole
NARROWEST = 8  # columns; a turned row, a character and two stops must find room
SPACES = " \u3000"
CLOSERS = "）」』》〉】〕”’),.;:!?]}"  # with the stops: what never begins a row
OPENERS = "（「『《〈【〔“‘(["  # what never ends one
_held_to_the_left = frozenset(STOPS + CLOSERS)
_held_to_the_right = frozenset(OPENERS)
_unprintable = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f"  # control characters: an escape sequence begins with one
    "\u2028\u2029\u202a-\u202e\u2066-\u2069"  # other line ends, and what turns text round
    "\ufeff\ud800-\udfff]"  # the byte order mark, lone surrogates
)
_kept_as = {"\t": "    ", "\r": "", "\ufeff": ""}


def clean(text: str) -> str:
    r"""The text without anything that could do more to a terminal than show a character.

    A poem may come from anywhere. Control characters, lone surrogates and marks that
    turn the reading direction become U+FFFD; an escape sequence is so left harmless,
    and seen. Tabs become four spaces, carriage returns and byte order marks go.

    >>> clean("夜\x1b[31m雨\r\n")
    '夜�[31m雨\n'
    """
    return _unprintable.sub(lambda found: _kept_as.get(found[0], "\ufffd"), text)


@lru_cache(maxsize=8192)
def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cell_width(text: str) -> int:
    """How many columns of a terminal the text takes.

    >>> cell_width("夜雨，"), cell_width("rain"), cell_width("e\u0301")
    (6, 4, 1)
    """
    return sum(map(_columns, text))


def _stands_alone(character: str) -> bool:
    """Whether a row may be broken on either side: 漢字 and kana, but not Hangul."""
    return _columns(character) == 2 and not "\uac00" <= character <= "\ud7a3"


def _belongs(character: str, unit: str) -> bool:
    """Whether the character must stay on the row of the unit before it."""
    last = unit[-1]
    if character in SPACES or last in SPACES:
        return character in SPACES and last in SPACES
    if "\n" in (character, last):
        return False
    if character in _held_to_the_left or last in _held_to_the_right:
        return True
    if _columns(character) == 0:
        return True
    base = next(filter(_columns, reversed(unit)), last)  # below its combining marks
    return not (_stands_alone(character) or _stands_alone(base))


def units(characters: Iterable[str], at_stops: bool) -> Iterator[str]:
    r"""What a row must not break, in order: words, 漢字 with their stops, spaces, line ends.

    With `at_stops` a line of verse ends after its stops, as classical verse has it.

    >>> list(units("a lamp", at_stops=False))
    ['a', ' ', 'lamp']
    >>> list(units("夜雨，燈。", at_stops=True))
    ['夜', '雨，', '\n', '燈。', '\n']
    """
    unit = ""
    for character in characters:
        if unit and not _belongs(character, unit):
            yield unit
            if at_stops and _ends_a_line(unit):
                yield "\n"
            unit = ""
        unit += character
    if unit:
        yield unit
        if at_stops and _ends_a_line(unit):
            yield "\n"


def _ends_a_line(unit: str) -> bool:
    return unit.rstrip(CLOSERS)[-1:] in tuple(STOPS)


def set_rows(parts: Iterable[str], width: int, indent: str) -> Iterator[str]:
    r"""The units set in rows of this width, as pieces to show one after another.

    A row that is turned over begins with the indent. Spaces are kept within a row,
    dropped at its end; blank lines are kept within a poem, dropped around it.

    >>> "".join(set_rows(units("rain on the roof", False), 11, "  "))
    'rain on the\n  roof'
    """
    width = max(width, NARROWEST)
    column, gap, line_ends, begun = 0, "", 0, False
    for part in parts:
        if part == "\n":
            line_ends, gap = line_ends + 1, ""
        elif part[0] in SPACES:
            gap = part
        else:
            lead = "\n" * line_ends if begun else ""
            column = 0 if line_ends else column
            if column + cell_width(gap + part) > width:
                gap = ""
                if column:
                    lead, column = "\n" + indent, cell_width(indent)
            column += cell_width(gap)
            yield lead + gap
            begun, gap, line_ends = True, "", 0
            for piece in _split(part, width - column, width - cell_width(indent)):
                if piece == "\n":
                    column = cell_width(indent)
                    yield piece + indent
                else:
                    column += cell_width(piece)
                    yield piece


def _split(part: str, room: int, row: int) -> Iterator[str]:
    """The unit whole when there is room; one longer than a row is cut, row by row."""
    if cell_width(part) <= room:
        yield part
        return
    piece = ""
    for character in part:
        if cell_width(piece + character) > room:
            yield piece
            yield "\n"
            piece, room = "", row
        piece += character
    yield piece
