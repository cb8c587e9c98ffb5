"""A poem as text: in lines, in couplets or in columns. Nothing here prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal, get_args

from poet.characters import FULL_STOPS, STOPS, is_chinese
from poet.errors import UsageError
from poet.poem import Poem
from poet.render.vertical import IDEOGRAPHIC_SPACE, format_columns
from poet.render.wrapping import CLOSERS, MIN_WIDTH, NO_WRAP, cell_width, wrap
from poet.sanitize import sanitize, single_line
from poet.typography import typeset

Layout = Literal["lines", "couplets", "vertical"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
WIDE = 32  # columns: in a narrower terminal no line is set in, and continued ones by less


def format_poem(poem: Poem, layout: Layout = "lines", width: int = NO_WRAP) -> str:
    """The poem as text whose rows are no wider than `width`, without a final line end.

    Raises `UsageError` for an unknown layout, and for a vertical one of text that is not Chinese.

    >>> poem = Poem("夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。")
    >>> print(format_poem(poem))
    夜雨歸舟靜，
    燈寒客夢輕。
    西風吹落葉，
    片片作秋聲。
    >>> print(format_poem(poem, "couplets", 40))
    夜雨歸舟靜，燈寒客夢輕。
    西風吹落葉，片片作秋聲。
    >>> print(format_poem(poem, "vertical", 40))
    片　西　燈　夜
    片　風　寒　雨
    作　吹　客　歸
    秋　落　夢　舟
    聲　葉　輕　靜
    ︒　︐　︒　︐
    """
    if layout not in LAYOUTS:
        raise UsageError(f"there is no layout {layout!r}", f"choose {', '.join(LAYOUTS)}")
    chinese = is_chinese(poem.text or poem.title)
    if layout == "vertical":
        return _vertical(poem, chinese, width)
    verse = _wrapped(poem, chinese, width)
    if layout == "couplets":
        verse = _couplets(poem, chinese, width) or verse
    return "\n\n".join(filter(None, (heading(poem.title, poem.author, chinese, width), verse)))


def verse_lines(poem: Poem) -> list[str]:
    """The lines of the poem as they are set; an empty one stands between stanzas.

    These are the poem's own lines, sanitized, except that none begins with a closing bracket, and
    that Western ones are set in as their form has it, with typographic apostrophes.
    """
    text = _wrapped(poem, is_chinese(poem.text), NO_WRAP)
    return [line.rstrip() for line in text.split("\n")] if text else []


def indent(chinese: bool, width: int) -> str:
    """The indent of a row that continues a line."""
    if chinese:
        return IDEOGRAPHIC_SPACE
    return "    " if width >= WIDE else "  "


def heading(title: str, author: str, chinese: bool, width: int) -> str:
    """Title and author, where known: in one row for Chinese, else the title above the author."""
    title, author = single_line(title), single_line(author)
    if not chinese:
        title, author = typeset(title), typeset(author)
    if chinese and cell_width(title) + cell_width(author) + 4 <= width:
        return (IDEOGRAPHIC_SPACE * 2).join(filter(None, (title, author)))
    hanging = indent(chinese, width)
    if title and author and not chinese:
        author = hanging + author
    return "\n".join(wrap(name, width, hanging) for name in (title, author) if name)


def _wrapped(poem: Poem, chinese: bool, width: int) -> str:
    """The lines of a poem; Chinese verse without line breaks ends its lines at stops."""
    text = sanitize(poem.set_text if width >= WIDE else poem.text)
    at_stops = chinese and "\n" not in text
    return wrap(text, width, indent(chinese, width), at_stops=at_stops)


def _vertical(poem: Poem, chinese: bool, width: int) -> str:
    if poem.text and not chinese:
        raise UsageError(
            "vertical setting is for Chinese text, and this poem is not in Chinese",
            "leave out --layout vertical, or use --layout couplets",
        )
    title, author = single_line(poem.title), single_line(poem.author)
    return format_columns(verse_lines(poem), title, author, width)


def _couplets(poem: Poem, chinese: bool, width: int) -> str:
    """Two lines a row; empty when a row would be too wide."""
    rows: list[str] = []
    for stanza in _stanzas(verse_lines(replace(poem, indents=()))):
        for couplet in _pairs(stanza):
            rows.append(_side_by_side(couplet) if chinese else " / ".join(couplet))
        rows.append("")
    fits = all(cell_width(row) <= max(width, MIN_WIDTH) for row in rows)
    return "\n".join(rows).rstrip("\n") if fits else ""


def _stanzas(lines: Sequence[str]) -> Iterator[list[str]]:
    stanza: list[str] = []
    for line in [*lines, ""]:
        if line:
            stanza.append(line)
        elif stanza:
            yield stanza
            stanza = []


def _pairs(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines of equal length two by two, lines of different lengths sentence by sentence."""
    is_regular = len({len(line) for line in lines}) == 1
    has_full_stops = any(line[-1] in FULL_STOPS for line in lines)
    by_sentence = has_full_stops and not is_regular
    couplet: list[str] = []
    for line in lines:
        couplet.append(line)
        if line[-1] in FULL_STOPS if by_sentence else len(couplet) == 2:
            yield couplet
            couplet = []
    if couplet:
        yield couplet


def _side_by_side(lines: Sequence[str]) -> str:
    """Lines of Chinese in one row, with a space after those without a stop."""
    return "".join(
        line if line[-1] in STOPS + CLOSERS else line + IDEOGRAPHIC_SPACE for line in lines
    ).rstrip()
