"""Vertical layout: columns from right to left, each read downwards.

A column holds only characters as wide as a Chinese one, so that columns are straight in
every terminal: stops and brackets take the forms that Unicode has for vertical text, Latin
letters and digits their fullwidth forms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from poet.render.wrapping import cell_width

IDEOGRAPHIC_SPACE = "\u3000"  # as wide as a Chinese character

VERTICAL_FORMS = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | str.maketrans(
    " ，。、：；！？,.:;!?（）()「」『』《》〈〉【】〔〕[]“”‘’…—·",
    IDEOGRAPHIC_SPACE
    + "︐︒︑︓︔︕︖︐︒︓︔︕︖︵︶︵︶﹁﹂﹃﹄︽︾︿﹀︻︼︹︺﹇﹈﹃﹄﹁﹂︙︱・",
)


def format_columns(lines: Sequence[str], title: str, author: str, width: int) -> str:
    """Lines as columns, the first at the right; in several tiers, top to bottom, if too many.

    The title is the first column, with the author at its foot.

    >>> print(format_columns(["夜雨歸舟靜，", "燈寒客夢輕。"], "夜雨", "無名", 80))
    燈　夜　夜
    寒　雨　雨
    客　歸
    夢　舟
    輕　靜　無
    ︒　︐　名
    """
    verse = [column(line) for line in lines]
    height = max(map(len, verse), default=0)
    head = _heading(column(title), column(author), height)
    tiers = _tiers(head, verse, (width + 2) // 4)
    widest = max(map(len, tiers))
    return "\n\n".join(_format_tier(tier, widest) for tier in tiers)


def column(line: str) -> list[str]:
    """The cells of a column, top to bottom, each as wide as a Chinese character.

    >>> column("夜雨，ok")
    ['夜', '雨', '︐', 'ｏ', 'ｋ']
    """
    cells: list[str] = []
    for character in line.translate(VERTICAL_FORMS):
        if cells and cell_width(character) == 0:
            cells[-1] += character
        else:
            cells.append(character)
    return [cell + " " * (2 - cell_width(cell)) for cell in cells]


def _heading(title: list[str], author: list[str], height: int) -> list[list[str]]:
    """The columns before the verse; a long title takes several, or sets the height if no verse."""
    height = height or len(title) + len(author) + 1
    columns = [title[start : start + height] for start in range(0, len(title), height)]
    if not author:
        return columns
    if not columns or len(columns[-1]) + 1 + len(author) > height:
        columns.append([])
    room = height - len(columns[-1]) - len(author)
    columns[-1] = columns[-1] + [IDEOGRAPHIC_SPACE] * room + author
    return columns


def _tiers(head: list[list[str]], verse: list[list[str]], limit: int) -> list[list[list[str]]]:
    """The columns of each tier: all in one if they fit, else with couplets kept together."""
    limit = max(limit, 1)
    if len(head) + len(verse) <= limit:
        return [head + verse]
    is_apart = len(head) + 2 > limit  # the heading then has tiers of its own
    room = _round_to_even(limit if is_apart else limit - len(head))
    count = -(-len(verse) // room)  # tiers needed; the columns are divided evenly
    size = min(room, _round_to_even(-(-len(verse) // max(count, 1)) + 1))
    tiers = list(_split(verse, size)) or [[]]
    if is_apart:
        return [*_split(head, limit), *tiers]
    return [head + tiers[0], *tiers[1:]]


def _round_to_even(count: int) -> int:
    """The even number at or below a count, and 1 for 1."""
    return max(count - count % 2, 1)


def _split(columns: list[list[str]], size: int) -> Iterator[list[list[str]]]:
    for start in range(0, len(columns), size):
        yield columns[start : start + size]


def _format_tier(tier: list[list[str]], widest: int) -> str:
    """A tier as rows of text, its first column at the right edge of the widest tier."""
    tier = tier + [[]] * (widest - len(tier))
    rows = zip_longest(*tier, fillvalue=IDEOGRAPHIC_SPACE)
    return "\n".join(IDEOGRAPHIC_SPACE.join(reversed(row)).rstrip() for row in rows)
