"""A poem as a fragment of HTML, for notebooks and for pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from poet.characters import is_chinese
from poet.fonts import SERIF, font_family
from poet.sanitize import sanitize, single_line
from poet.typography import typeset

# Colours are inherited from the page, so that a poem is readable in light and dark themes
_COMMON = (
    f"color:inherit;background:transparent;font-family:{font_family(SERIF, 'serif')};margin:1em 0;"
)
_VERTICAL = (
    "writing-mode:vertical-rl;text-orientation:mixed;display:inline-block;"
    "font-size:1.25em;line-height:1.9;letter-spacing:.12em;max-height:32em;"
    "max-width:100%;overflow-x:auto;"
)
_HORIZONTAL = "writing-mode:horizontal-tb;line-height:1.6;"


def html_fragment(lines: Sequence[str], title: str = "", author: str = "") -> str:
    """A poem as one element that needs nothing around it; Chinese is set in columns.

    >>> "夜雨<br>" in html_fragment(["夜雨", "燈寒"])
    True
    """
    chinese = is_chinese("".join(lines) or title)
    style = _COMMON + (_VERTICAL if chinese else _HORIZONTAL)
    lang = ' lang="zh"' if chinese else ""
    if not chinese:
        lines, title, author = [*map(typeset, lines)], typeset(title), typeset(author)
    title, author = escape(single_line(title)), escape(single_line(author))
    heading = f'<strong style="font-weight:600">{title}</strong>' if title else ""
    if author:
        heading += f'<span style="opacity:.7;margin:1em">{author}</span>'
    rows = "\n".join(sanitize(line).rstrip() for line in lines).strip("\n").split("\n")
    verse = "<br>\n".join(keep_indent(escape(row)) for row in rows)
    parts = [f'<p style="margin:0 .6em">{part}</p>' for part in (heading, verse) if part]
    return "\n".join([f'<div class="poem"{lang} style="{style}">', *parts, "</div>"])


def keep_indent(line: str) -> str:
    """The line with the spaces at its beginning made non-breaking, as HTML and Markdown need."""
    text = line.lstrip(" ")
    return "&nbsp;" * (len(line) - len(text)) + text
