"""A poem for notebooks and for files: HTML, Markdown, plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from poet.characters import is_chinese
from poet.poem import Poem
from poet.render.layout import format_poem, one_row, verse_lines

_FONTS = (
    "'Noto Serif CJK TC','Source Han Serif TC','Songti TC','Songti SC',"
    "'PMingLiU','SimSun','Noto Serif',Georgia,serif"
)
# Colours are those of the page around it: so it can be read by day and by night.
_COMMON = f"color:inherit;background:transparent;font-family:{_FONTS};margin:1em 0;"
_DOWNWARDS = (
    "writing-mode:vertical-rl;text-orientation:mixed;display:inline-block;"
    "font-size:1.25em;line-height:1.9;letter-spacing:.12em;max-height:32em;"
    "max-width:100%;overflow-x:auto;"
)
_ACROSS = "writing-mode:horizontal-tb;line-height:1.6;"
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
_list_mark = re.compile(r"^(\d*)([-+.)=])")


def format_html(poem: Poem) -> str:
    """The poem as a fragment that needs nothing around it: Chinese in columns.

    >>> "夜雨<br>" in format_html(Poem("夜雨\\n燈寒"))
    True
    """
    chinese = is_chinese(poem.text or poem.title)
    style = _COMMON + (_DOWNWARDS if chinese else _ACROSS)
    lang = ' lang="zh"' if chinese else ""
    title, author = escape(one_row(poem.title)), escape(one_row(poem.author))
    head = f'<strong style="font-weight:600">{title}</strong>' if title else ""
    if author:
        head += f'<span style="opacity:.7;margin:1em">{author}</span>'
    verse = "<br>\n".join(_kept_indent(escape(line)) for line in verse_lines(poem))
    parts = [f'<p style="margin:0 .6em">{part}</p>' for part in (head, verse) if part]
    return "\n".join([f'<div class="poem"{lang} style="{style}">', *parts, "</div>"])


def html_page(poems: Sequence[Poem]) -> str:
    """A whole page of poems."""
    title = next((one_row(poem.title) for poem in poems if poem.title), "poet")
    return _PAGE.format(title=escape(title), poems="\n".join(map(format_html, poems)))


def format_markdown(poem: Poem) -> str:
    r"""The poem in Markdown: a heading, the author in italics, every line kept.

    >>> print(format_markdown(Poem("夜雨歸舟靜，燈寒客夢輕。", title="夜雨")))
    ## 夜雨
    <BLANKLINE>
    夜雨歸舟靜，\
    燈寒客夢輕。
    """
    head = [f"## {_marked_down(one_row(poem.title))}"] if poem.title.strip() else []
    if poem.author.strip():
        head.append(f"*{_marked_down(one_row(poem.author))}*")
    verse = "\\\n".join(_kept_indent(_marked_down(line)) for line in verse_lines(poem))
    return "\n\n".join([*head, re.sub(r"\\\n(\\\n)+", "\n\n", verse)]).strip("\n")


def format_text(poem: Poem) -> str:
    """The poem as plain text, its lines whole."""
    return format_poem(poem, "lines")


def _marked_down(line: str) -> str:
    """The line with every character escaped that Markdown would read."""
    indent = line[: len(line) - len(line.lstrip())]
    return indent + _list_mark.sub(r"\1\\\2", _markdown.sub(r"\\\1", line.lstrip()))


def _kept_indent(line: str) -> str:
    """Spaces at a line's beginning as spaces that HTML and Markdown keep."""
    text = line.lstrip(" ")
    return "&nbsp;" * (len(line) - len(text)) + text
