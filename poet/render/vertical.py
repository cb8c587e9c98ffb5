"""Vertical setting: columns from right to left, each read downwards.

Only characters as wide as a Chinese character stand in a column, so that columns
stay straight in every terminal: stops and brackets take the forms that Unicode has
for vertical text, Latin letters and digits their fullwidth forms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from poet.render.wrapping import cell_width

SPACE = "\u3000"  # as wide as a Chinese character, and empty

_upright = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | str.maketrans(
    " ，。、：；！？,.:;!?（）()「」『』《》〈〉【】〔〕[]“”‘’…—·",
    SPACE + "︐︒︑︓︔︕︖︐︒︓︔︕︖︵︶︵︶﹁﹂﹃﹄︽︾︿﹀︻︼︹︺﹇﹈﹃﹄﹁﹂︙︱・",
)


def format_columns(lines: Sequence[str], title: str, author: str, width: int) -> str:
    """Lines as columns, the first at the right; tiers, one below another, when too many.

    The title is the first column, the author stands at its foot.

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
    head = _head(column(title), column(author), height)
    tiers = _tiers(head, verse, (width + 2) // 4)
    wide = max(map(len, tiers))
    return "\n\n".join(_tier(tier, wide) for tier in tiers)


def column(line: str) -> list[str]:
    """The cells of a column, top to bottom, each as wide as a Chinese character.

    >>> column("夜雨，ok")
    ['夜', '雨', '︐', 'ｏ', 'ｋ']
    """
    cells: list[str] = []
    for character in line.translate(_upright):
        if cells and cell_width(character) == 0:
            cells[-1] += character
        else:
            cells.append(character)
    return [cell + " " * (2 - cell_width(cell)) for cell in cells]


def _head(title: list[str], author: list[str], height: int) -> list[list[str]]:
    """The columns before the verse; a long title takes several, or makes its own height."""
    height = height or len(title) + len(author) + 1
    named = [title[at : at + height] for at in range(0, len(title), height)]
    if not author:
        return named
    if not named or len(named[-1]) + 1 + len(author) > height:
        named.append([])
    room = height - len(named[-1]) - len(author)
    named[-1] = named[-1] + [SPACE] * room + author
    return named


def _tiers(head: list[list[str]], verse: list[list[str]], most: int) -> list[list[list[str]]]:
    """The columns of each tier: all in one when they fit, else couplets kept together."""
    most = max(most, 1)
    if len(head) + len(verse) <= most:
        return [head + verse]
    apart = len(head) + 2 > most  # then the heading has tiers of its own
    room = _even(most if apart else most - len(head))
    least = -(-len(verse) // room)  # how many tiers there must be; then all alike
    each = min(room, _even(-(-len(verse) // max(least, 1)) + 1))
    tiers = list(_chunks(verse, each)) or [[]]
    if apart:
        return [*_chunks(head, most), *tiers]
    return [head + tiers[0], *tiers[1:]]


def _even(count: int) -> int:
    """The even number at or below, but one for one."""
    return max(count - count % 2, 1)


def _chunks(lines: list[list[str]], size: int) -> Iterator[list[list[str]]]:
    for at in range(0, len(lines), size):
        yield lines[at : at + size]


def _tier(tier: list[list[str]], wide: int) -> str:
    """One tier as rows of text; it begins at the right edge of `wide` columns."""
    tier = tier + [[]] * (wide - len(tier))
    rows = zip_longest(*tier, fillvalue=SPACE)
    return "\n".join(SPACE.join(reversed(row)).rstrip() for row in rows)
