"""A poem becomes text, in lines, in couplets or in columns. Nothing here prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from poet.characters import FULL_STOPS, STOPS, is_chinese
from poet.errors import UsageError
from poet.poem import Poem
from poet.render.vertical import SPACE, format_columns
from poet.render.wrapping import CLOSERS, NARROWEST, UNBROKEN, cell_width, clean, set_rows, units

Layout = Literal["lines", "couplets", "vertical"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)


def format_poem(poem: Poem, layout: Layout = "lines", width: int = UNBROKEN) -> str:
    """The poem as text whose rows are no wider than `width`, without a last line end.

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
    rows = _lines(poem, chinese, width)
    if layout == "couplets":
        rows = _couplets(poem, chinese, width) or rows
    return "\n\n".join(filter(None, (heading(poem.title, poem.author, chinese, width), rows)))


def verse_units(text: str, chinese: bool) -> Iterator[str]:
    """The units of a poem's text; Chinese verse without line breaks ends its lines at stops."""
    return units(clean(text), at_stops=chinese and "\n" not in text)


def verse_lines(poem: Poem) -> list[str]:
    """The lines of the poem as they are set; a blank one stands between stanzas.

    They are the poem's own, cleaned, but that a closing bracket stays with its line.
    """
    text = "".join(verse_units(poem.text, is_chinese(poem.text))).strip("\n")
    return [line.rstrip() for line in text.split("\n")] if text else []


def indent(chinese: bool, width: int) -> str:
    """What begins a row that is turned over."""
    if chinese:
        return SPACE
    return "    " if width >= 32 else "  "


def heading(title: str, author: str, chinese: bool, width: int) -> str:
    """Title and author, where known: one row in Chinese, title above author elsewhere."""
    title, author = one_row(title), one_row(author)
    if chinese and cell_width(title) + cell_width(author) + 4 <= width:
        return (SPACE * 2).join(filter(None, (title, author)))
    hang = indent(chinese, width)
    if title and author and not chinese:
        author = hang + author
    rows = ("".join(set_rows(units(name, False), width, hang)) for name in (title, author))
    return "\n".join(filter(None, rows))


def one_row(name: str) -> str:
    """A title or a name, cleaned, its line ends and runs of spaces made one space."""
    return " ".join(clean(name).split())


def _lines(poem: Poem, chinese: bool, width: int) -> str:
    return "".join(set_rows(verse_units(poem.text, chinese), width, indent(chinese, width)))


def _vertical(poem: Poem, chinese: bool, width: int) -> str:
    if poem.text and not chinese:
        raise UsageError(
            "vertical setting is for Chinese text, and this poem is not in Chinese",
            "leave out --layout vertical, or take --layout couplets",
        )
    return format_columns(verse_lines(poem), one_row(poem.title), one_row(poem.author), width)


def _couplets(poem: Poem, chinese: bool, width: int) -> str:
    """Two lines a row; nothing when a row would be too wide."""
    rows: list[str] = []
    for stanza in _stanzas(verse_lines(poem)):
        for couplet in _paired(stanza):
            rows.append(_side_by_side(couplet) if chinese else " / ".join(couplet))
        rows.append("")
    fits = all(cell_width(row) <= max(width, NARROWEST) for row in rows)
    return "\n".join(rows).rstrip("\n") if fits else ""


def _stanzas(lines: Sequence[str]) -> Iterator[list[str]]:
    stanza: list[str] = []
    for line in [*lines, ""]:
        if line:
            stanza.append(line)
        elif stanza:
            yield stanza
            stanza = []


def _paired(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines of one length two by two, lines of many lengths sentence by sentence."""
    regular = len({len(line) for line in lines}) == 1
    stopped = any(line[-1] in FULL_STOPS for line in lines)
    couplet: list[str] = []
    for line in lines:
        couplet.append(line)
        if len(couplet) == 2 if regular or not stopped else line[-1] in FULL_STOPS:
            yield couplet
            couplet = []
    if couplet:
        yield couplet


def _side_by_side(lines: Sequence[str]) -> str:
    """Lines of Chinese on one row: their stops keep them apart, else a space does."""
    return "".join(line if line[-1] in STOPS + CLOSERS else line + SPACE for line in lines).rstrip()
