"""Line wrapping: breaks lines of verse that are wider than the terminal.

Text goes in and wrapped text comes out in the same order; nothing that came out is ever taken
back. So a poem can be wrapped while it is being written, and looks the same as one that is
wrapped when it is complete.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from poet.characters import STOPS
from poet.typography import typeset

NO_WRAP = 1_000_000  # a width that no row reaches
MIN_WIDTH = 8  # columns: room for the indent of a continued row, a character and two stops
SPACES = " \u3000"
CLOSERS = "）」』》〉】〕”’),.;:!?]}"  # these and the stops never begin a row
OPENERS = "（「『《〈【〔“‘(["  # these never end one
_never_first = frozenset(STOPS + CLOSERS)
_never_last = frozenset(OPENERS)
# Format characters that are drawn: the soft hyphen, and signs written over or under numbers
_visible_formats = frozenset(
    "\u00ad\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
_fillers = frozenset("\u3164\uffa0")


@lru_cache(maxsize=8192)
def _columns(character: str) -> int:
    category = unicodedata.category(character)
    if category in ("Mn", "Mc", "Me"):
        return 0
    if category == "Cf":
        return int(character in _visible_formats)
    if "\u1160" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7ff":
        return 0  # vowels and final consonants of Hangul, drawn upon the first consonant
    if character in _fillers:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cell_width(text: str) -> int:
    """How many columns of a terminal the text takes.

    It agrees with `rich.cells.cell_len`, which takes longer to import than a poem to write.

    >>> cell_width("夜雨，"), cell_width("rain"), cell_width("e\u0301"), cell_width("\u1112\u1161")
    (6, 4, 1, 2)
    """
    return sum(map(_columns, text))


def wrap(text: str, width: int = NO_WRAP, indent: str = "", *, at_stops: bool = False) -> str:
    """The text with its lines broken at a width; see `LineWrapper`.

    >>> wrap("rain on the roof", 11, "  ")
    'rain on the\\n  roof'
    """
    wrapper = LineWrapper(width, indent, at_stops=at_stops)
    return wrapper.feed(text) + wrapper.close()


def format_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as text, each column as wide as its widest cell.

    >>> print(format_table([("夜", "a"), ("雨夜", "b")]))
    夜    a
    雨夜  b
    """
    widths = [max(map(cell_width, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell + " " * (width - cell_width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


class LineWrapper:
    r"""Wraps text that comes in pieces of any length.

    Rows are broken between words and between Chinese characters, but never before a stop or
    behind an opening bracket. A word longer than a row is cut. A row that continues a line
    begins with the indent. Spaces are kept within a row and dropped at its end; blank lines
    are kept within a text and dropped around it. Apostrophes are set as in print. With `at_stops`
    a line ends after its stops, as in classical verse.

    >>> wrapper = LineWrapper(80, "", at_stops=True)
    >>> [wrapper.feed(character) for character in "夜雨，燈。"], wrapper.close()
    (['', '夜', '', '雨，', ''], '\n燈。')
    """

    def __init__(self, width: int, indent: str, *, at_stops: bool) -> None:
        self.width = max(width, MIN_WIDTH)
        self.indent = indent
        self.at_stops = at_stops
        self._chunk = ""  # text that the next character may still belong to
        self._gap = ""  # spaces before the next chunk
        self._line_ends = 0  # line ends before the next chunk
        self._column = 0
        self._has_text = False

    def feed(self, text: str) -> str:
        """Take some text; return what can be shown now."""
        output = ""
        for character in text:
            if self._chunk and not _belongs(character, self._chunk):
                output += self._take_chunk()
            self._chunk += character
        return output

    def close(self) -> str:
        """Return the remaining output, at the end of the text."""
        return self._take_chunk() if self._chunk else ""

    def _take_chunk(self) -> str:
        chunk, self._chunk = self._chunk, ""
        if chunk == "\n":
            self._end_line()
            return ""
        if chunk[0] in SPACES:
            self._gap = chunk
            return ""
        output = self._place(typeset(chunk))
        if self.at_stops and chunk.rstrip(CLOSERS)[-1:] in tuple(STOPS):
            self._end_line()
        return output

    def _end_line(self) -> None:
        self._line_ends, self._gap = self._line_ends + 1, ""

    def _place(self, chunk: str) -> str:
        """The chunk with the line ends and spaces before it."""
        before = "\n" * self._line_ends if self._has_text else ""
        if self._line_ends:
            self._column = 0
        if self._column + cell_width(self._gap + chunk) > self.width:
            self._gap = ""
            if self._column:
                before, self._column = "\n" + self.indent, cell_width(self.indent)
        output = before + self._gap
        self._column += cell_width(self._gap)
        room, row = self.width - self._column, self.width - cell_width(self.indent)
        for number, piece in enumerate(_cut(chunk, room, row)):
            if number:
                output += "\n" + self.indent
                self._column = cell_width(self.indent)
            output += piece
            self._column += cell_width(piece)
        self._has_text, self._gap, self._line_ends = True, "", 0
        return output


def _belongs(character: str, chunk: str) -> bool:
    """Whether the character must stay on the same row as the chunk before it."""
    last = chunk[-1]
    if character in SPACES or last in SPACES:
        return character in SPACES and last in SPACES
    if "\n" in (character, last):
        return False
    if character in _never_first or last in _never_last:
        return True
    if _columns(character) == 0:
        return True
    base = next(filter(_columns, reversed(chunk)), last)  # without its combining marks
    return not (_may_break_beside(character) or _may_break_beside(base))


def _may_break_beside(character: str) -> bool:
    """Whether a row may be broken on either side: 漢字 and kana, but not Hangul."""
    return _columns(character) == 2 and not "\uac00" <= character <= "\ud7a3"


def _cut(chunk: str, room: int, row: int) -> Iterator[str]:
    """The chunk in pieces: the first fits the room that is left, all others a row."""
    if cell_width(chunk) <= room:
        yield chunk
        return
    piece = ""
    for character in chunk:
        if cell_width(piece + character) > room:
            yield piece
            piece, room = "", row
        piece += character
    yield piece
