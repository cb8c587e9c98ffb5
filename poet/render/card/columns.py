"""Chinese in columns, the first at the right: title, verse, and at the left signature and seal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil, sqrt

from poet.characters import STOPS
from poet.render.card.fonts import Fonts
from poet.render.card.page import Block, Placed, Seal
from poet.render.card.shaping import shape
from poet.render.wrapping import CLOSERS

# In ems of the verse
COLUMN = 1.8  # from one column to the next
STEP = 1.14  # from one character to the next
TITLE_GAP = 0.75  # more between title and verse
STANZA_GAP = 0.9  # more between the columns of two stanzas
TIER_GAP = 2.4  # between two tiers
SIGNED = 1.2  # from the space after the last column to the middle of signature and seal
SIGNATURE, SEAL, LONG_TITLE = 0.6, 1.25, 0.62  # sizes
# In characters
LONGEST = 20  # column
SHORTEST = 6  # column of verse that is set on
ONE_EACH = 8  # lines that each have a column of their own
SHAPE = 1.25  # width to height of verse that is set on
LEAST_IN_TIER = 4  # columns
WIDEST = 2.4  # width to height from which on the columns stand in several tiers
OPENERS = "「『“‘（《"


@dataclass(frozen=True, slots=True)
class Column:
    """The characters of a column, its size, and the space to the column on its right."""

    text: str
    size: float = 1.0
    gap: float = 0.0

    @property
    def height(self) -> float:
        """In ems of the verse, the last stop hanging out."""
        hanging = self.text[-1:] in tuple(STOPS + CLOSERS)
        return ((len(self.text) - hanging) * STEP - (STEP - 1)) * self.size

    @property
    def width(self) -> float:
        """From the middle of the space on one side to the middle of that on the other."""
        return COLUMN * self.size


def set_columns(lines: Sequence[str], title: str, signature: str, fonts: Fonts) -> Block:
    """The poem as a block; `lines` are those of `verse_lines`."""
    verse = _columns(lines)
    height = max([column.height for column in verse], default=0.0)
    signed = Column(signature, SIGNATURE).height + 0.45 + SEAL if signature else SEAL
    height = max(height, signed)
    tiers = _tiers(_head(title, height), verse, height)
    width = max(map(_width, tiers)) + SIGNED + SEAL / 2
    texts: list[Placed] = []
    x = top = 0.0
    for number, tier in enumerate(tiers):
        x, top = width + (tier[0].width - tier[0].size) / 2, number * (height + TIER_GAP)
        for column in tier:
            x -= column.gap + column.width / 2
            text = shape(column.text, fonts, vertical=True, tracking=STEP - 1)
            texts.append(Placed(text, x, top, column.size))
            x -= column.width / 2
    x -= SIGNED
    if signature:
        text = shape(signature, fonts, vertical=True, tracking=STEP - 1)
        texts.append(Placed(text, x, top + height - signed, SIGNATURE))
    seal = Seal(x - SEAL / 2, top + height - SEAL, SEAL, "詩")
    return Block(tuple(texts), seal, width, top + height)


def _columns(lines: Sequence[str]) -> list[Column]:
    """A column for each line of a short poem, for each couplet of a long regular one.

    All other verse is set on, as in old books: its sentences follow each other through columns of
    one height.
    """
    stanzas = [list(stanza) for is_verse, stanza in groupby(lines, bool) if is_verse]
    lengths = [len(line) for stanza in stanzas for line in stanza]
    if not lengths:
        return []
    if len(lengths) <= ONE_EACH and max(lengths) <= LONGEST:
        cut = stanzas
    elif len(stanzas) == 1 and len(set(lengths)) == 1 and 2 * lengths[0] <= LONGEST:
        cut = [["".join(stanzas[0][i : i + 2]) for i in range(0, len(lengths), 2)]]
    else:
        height = round(sqrt(COLUMN * sum(lengths) / (STEP * SHAPE)))
        height = min(max(height, SHORTEST), LONGEST)
        cut = [list(_set_on("".join(stanza), height)) for stanza in stanzas]
    return [
        Column(text, gap=STANZA_GAP if number and not place else 0.0)
        for number, stanza in enumerate(cut)
        for place, text in enumerate(stanza)
    ]


def _set_on(text: str, height: int) -> Iterator[str]:
    """The text in columns; stops hang at their feet, and brackets that open begin columns.

    >>> list(_set_on("夜雨歸舟靜，燈寒客夢輕。", 5))
    ['夜雨歸舟靜，', '燈寒客夢輕。']
    """
    while text:
        end = height
        while end < len(text) and text[end] in STOPS + CLOSERS:
            end += 1
        while 1 < end < len(text) and text[end - 1] in OPENERS:
            end -= 1
        yield text[:end]
        text = text[end:]


def _head(title: str, height: float) -> list[Column]:
    """The columns of the title: one of the size of the verse, or several small ones."""
    if not title or Column(title).height <= height:
        return [Column(title)] if title else []
    longest = max(int((height / LONG_TITLE + STEP - 1) / STEP), 1)
    count = ceil(len(title) / longest)
    return [Column(text, LONG_TITLE) for text in _set_on(title, ceil(len(title) / count))]


def _tiers(head: list[Column], verse: list[Column], height: float) -> list[list[Column]]:
    """The columns from right to left, in as many tiers, one below the other, as keep the shape."""
    if head:
        verse = [replace(verse[0], gap=TITLE_GAP), *verse[1:]]
    columns = [*head, *verse]
    count, size = 1, len(columns)
    while size > LEAST_IN_TIER and _width(columns) / count > WIDEST * (
        count * (height + TIER_GAP) - TIER_GAP
    ):
        count += 1
        size = ceil(len(columns) / count)
    tiers = [columns[start : start + size] for start in range(0, len(columns), size)]
    return [[replace(tier[0], gap=0.0), *tier[1:]] for tier in tiers]


def _width(tier: list[Column]) -> float:
    """From the right edge of the first column to the space after the last."""
    return sum(column.width + column.gap for column in tier) - (tier[0].width - tier[0].size) / 2
