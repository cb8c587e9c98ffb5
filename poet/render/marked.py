"""Chinese verse with its marks, pinyin and English among them, for files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape

from poet.fonts import SERIF, font_family
from poet.poem import Poem
from poet.prosody.base import ScanResult
from poet.render.annotated import RHYME, format_annotated
from poet.render.html import format_markdown, html_of_parts
from poet.render.layers import Line, layers
from poet.sanitize import single_line

_POEM = f"font-family:{font_family(SERIF, 'serif')};margin:1em 0"
_WORD = "display:inline-block;vertical-align:top;text-align:center;margin:0 .25em .6em"
_SMALL = "display:block;font-size:.6em;line-height:1.4;opacity:.75"


def marked_poem(poem: Poem, scan: ScanResult | None, marks: Sequence[str], suffix: str) -> str:
    """A poem as part of a file with this suffix: .txt .md .html.

    Raises `UsageError` as `format_annotated` does.
    """
    text = format_annotated(replace(poem, title="", author=""), scan, marks)
    if suffix == ".txt":
        return format_annotated(poem, scan, marks)
    if suffix == ".md":  # in a block of code, whose columns stand below each other
        heading = format_markdown(replace(poem, text=""))
        return "\n\n".join(filter(None, [heading, f"```text\n{text}\n```"]))
    heads = [f"<strong>{escape(single_line(poem.title))}</strong>"] if poem.title else []
    if poem.author:
        heads.append(f"<small>{escape(single_line(poem.author))}</small>")
    lines = [f"<p>{_line(line, marks)}</p>" for line in layers(poem, scan).lines if line["units"]]
    head = f"<p>{' '.join(heads)}</p>\n" if heads else ""
    return f'<div class="poem" lang="zh" style="{_POEM}">\n{head}{chr(10).join(lines)}\n</div>'


def marked_file(parts: Sequence[str], suffix: str, title: str, colophon: str) -> str:
    """The text of a file of such poems; the colophon, if there is one, stands at its foot."""
    if suffix == ".html":
        return html_of_parts(parts, title, colophon)
    between = "\n\n---\n\n" if suffix == ".md" else "\n\n\n"
    return between.join([*parts, *([colophon] if colophon else [])]) + "\n"


def _line(line: Line, marks: Sequence[str]) -> str:
    """The words of a line, each a block with its pinyin above, tones and English below."""
    rhyme = f" <small>{RHYME}</small>" if "rhyme" in marks and line["rhyme"] else ""
    return "".join(_words(line, marks)) + rhyme


def _words(line: Line, marks: Sequence[str]) -> Iterator[str]:
    units, start = line["units"], 0
    while start < len(units):
        word = units[start : start + (units[start]["span"] if "gloss" in marks else 1)]
        start += len(word)
        rows = [
            _small(" ".join(unit["pinyin"] for unit in word)) if "pinyin" in marks else "",
            escape("".join(unit["text"] for unit in word)),
            _small(" ".join(unit["tone"] for unit in word)) if "tones" in marks else "",
            _small(word[0]["gloss"], "en") if "gloss" in marks else "",
        ]
        yield f'<span style="{_WORD}">{"".join(rows)}</span>'


def _small(text: str, language: str = "") -> str:
    """A row of marks; as high as any other one where it is empty."""
    lang = f' lang="{language}"' if language else ""
    return f'<span{lang} style="{_SMALL}">{escape(text) or "&nbsp;"}</span>'
