"""Verse in lines: title, stanzas with their indents, signature and seal at the lower right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from poet.characters import HAN, STOPS
from poet.render.card.fonts import Fonts
from poet.render.card.page import Block, Placed, Seal, SealName
from poet.render.card.shaping import Text, shape
from poet.render.wrapping import CLOSERS


@dataclass(frozen=True, slots=True)
class Style:
    """Measures in ems of the verse."""

    leading: float  # from one line to the next
    stanza: float  # more between two stanzas
    tracking: float  # between characters
    measure: float  # width at which a line is broken
    indent: float  # for a column of indent in the poem
    title: float  # size
    ascent: float  # from the top of the tallest letters to the line that they stand on


LATIN = Style(1.42, 0.62, 0.0, 28.0, 0.5, 1.3, 0.7)
CHINESE = Style(1.75, 0.75, 0.08, 24.0, 1.0, 1.0, 0.86)
SIGNATURE, SEAL = 0.8, 1.35
AFTER_TITLE = 1.5  # ems between title and verse, besides the leading
GUTTER = 2.6  # between two columns of lines
LEAST_ROWS = 15  # of a column, before there is a second
TALL = 1.5  # height to width of verse, from which on it stands in several columns
_wide = f"{HAN}\u3041-\u30ff\u3000"
_word = re.compile(rf"[{_wide}][{re.escape(STOPS + CLOSERS)}]*|[^\s{_wide}]+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of verse, or a blank one, that begins so many ems from the left."""

    text: Text | None
    indent: float = 0.0

    @property
    def width(self) -> float:
        return self.indent + self.text.length if self.text else 0.0


def set_rows(
    lines: Sequence[str], title: str, signature: str, fonts: Fonts, signing: Fonts, style: Style
) -> Block:
    """The poem as a block; `lines` are those of `verse_lines`, `signing` fonts of the signature."""
    rows = [row for line in lines for row in _rows(line, fonts, style)]
    columns = _columns(rows, style)
    texts: list[Placed] = []
    y = 0.0
    heading = list(_wrap(title, fonts, style.measure / style.title, 0.02)) if title else []
    for text in heading:
        y += style.ascent * style.title if not y else style.title * 1.2
        texts.append(Placed(text, 0.0, y, style.title))
    top = y + AFTER_TITLE + style.ascent if heading else style.ascent
    x = bottom = 0.0
    for column in columns:
        y = top
        for row in column:
            if row.text:
                texts.append(Placed(row.text, x + row.indent, y))
                bottom = max(bottom, y)
            y += style.leading if row.text else style.stanza
        x += max(row.width for row in column) + GUTTER
    right = max(x - GUTTER, *(text.length * style.title for text in heading), 0.0)
    return _signed(texts, right, max(bottom, y if not columns else 0.0), signature, signing)


def _signed(
    texts: list[Placed], width: float, bottom: float, signature: str, fonts: Fonts
) -> Block:
    """The block with signature and seal below it, at the right."""
    text = shape(signature, fonts) if signature else None
    length = text.length * SIGNATURE if text else 0.0
    width = max(width, length + 0.6 + SEAL if text else SEAL)
    y = bottom + 1.25
    if text:
        place = width - SEAL - 0.55 - length
        texts.append(Placed(text, place, y + SEAL / 2 + 0.22 * SIGNATURE, SIGNATURE))
    name: SealName = "詩" if fonts.kind in ("hant", "hans") else "poet"
    return Block(tuple(texts), Seal(width - SEAL, y, SEAL, name), width, y + SEAL)


def _rows(line: str, fonts: Fonts, style: Style) -> Iterator[Row]:
    """A line of verse in as many rows as it needs; those that continue it are set in."""
    body = line.lstrip(" ")
    if not body:
        yield Row(None)
        return
    indent = (len(line) - len(body)) * style.indent
    for number, text in enumerate(_wrap(body, fonts, style.measure - indent, style.tracking)):
        yield Row(text, indent + (2.0 if number else 0.0))


def _wrap(line: str, fonts: Fonts, measure: float, tracking: float) -> Iterator[Text]:
    """The line in pieces no longer than `measure`, in ems, if its words allow it."""

    def set_piece(text: str) -> Text:
        return shape(text.rstrip(), fonts, tracking=tracking)

    whole = set_piece(line)
    if whole.length <= measure:
        yield whole
        return
    piece = ""
    for word in _words(line, int(measure)):
        if piece and set_piece(piece + word).length > measure:
            yield set_piece(piece)
            piece = ""
        piece += word
    if piece.strip():
        yield set_piece(piece)


def _words(line: str, longest: int) -> Iterator[str]:
    """What may not be broken: words, and Chinese characters with the stops that follow them.

    >>> list(_words("on 夜雨，go", 9))
    ['on ', '夜', '雨，', 'go']
    """
    for word in _word.findall(line):
        yield from [word] if len(word) <= longest else word


def _columns(rows: Sequence[Row], style: Style) -> list[list[Row]]:
    """The rows in columns side by side, so many that the block is not too tall for a card."""
    heights = [style.leading if row.text else style.stanza for row in rows]
    width = max((row.width for row in rows), default=0.0)
    count = 1
    while len(rows) > count * LEAST_ROWS and sum(heights) / count > TALL * (
        count * (width + GUTTER) - GUTTER
    ):
        count += 1
    columns: list[list[Row]] = []
    start = 0
    for left in range(count, 0, -1):
        ideal = start + ceil((len(rows) - start) / left)
        near = range(max(start + 1, ideal - ideal // 6), min(ideal + 4, len(rows)))
        breaks = [i for i in near if not rows[i].text]
        end = min(breaks, key=lambda i: abs(i - ideal)) if breaks and left > 1 else ideal
        columns.append(list(rows[start:end]))
        start = end + 1 if end < len(rows) and not rows[end].text else end
    return [column for column in columns if column]
