"""Poems for files: HTML, Markdown, plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from poet.characters import is_chinese
from poet.notebook import html_fragment, keep_indent
from poet.poem import Poem
from poet.render.layout import format_poem, verse_lines
from poet.sanitize import single_line
from poet.typography import typeset

_PAGE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body>
{poems}
</body>
</html>
"""
_markdown = re.compile(r"([\\`*_\[\]<>#~&])")
_list_marker = re.compile(r"^(\d*)([-+.)=])")


def format_html(poem: Poem) -> str:
    """The poem as an element of a page; Chinese is set in columns."""
    return html_fragment(verse_lines(poem), poem.title, poem.author)


def html_page(poems: Sequence[Poem], colophon: str = "") -> str:
    """A complete page of poems; the colophon, if there is one, stands at its foot."""
    return html_of_parts([format_html(poem) for poem in poems], title_of(poems), colophon)


def title_of(poems: Sequence[Poem]) -> str:
    """The title of a page: that of the first poem that has one."""
    return next((single_line(typeset(poem.title)) for poem in poems if poem.title), "poet")


def html_of_parts(parts: Sequence[str], title: str, colophon: str = "") -> str:
    """A complete page of elements."""
    parts = [*parts]
    if colophon:
        parts.append(f"<footer><small>{escape(single_line(colophon))}</small></footer>")
    return _PAGE.format(title=escape(title), poems="\n".join(parts))


def format_markdown(poem: Poem) -> str:
    r"""The poem in Markdown: a heading, the author in italics, line breaks kept.

    >>> print(format_markdown(Poem("夜雨歸舟靜，燈寒客夢輕。", title="夜雨")))
    ## 夜雨
    <BLANKLINE>
    夜雨歸舟靜，\
    燈寒客夢輕。
    """
    heading = typeset if not is_chinese(poem.text or poem.title) else str
    title, author = (heading(single_line(part)) for part in (poem.title, poem.author))
    parts = [f"## {_escape_markdown(title)}"] if title else []
    if author:
        parts.append(f"*{_escape_markdown(author)}*")
    verse = "\\\n".join(keep_indent(_escape_markdown(line)) for line in verse_lines(poem))
    return "\n\n".join([*parts, re.sub(r"\\\n(\\\n)+", "\n\n", verse)]).strip("\n")


def format_text(poem: Poem) -> str:
    """The poem as plain text, its lines not wrapped."""
    return format_poem(poem, "lines")


def _escape_markdown(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    return indent + _list_marker.sub(r"\1\\\2", _markdown.sub(r"\\\1", line.lstrip()))
