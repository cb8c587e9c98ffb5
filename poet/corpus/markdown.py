"""Verse in Markdown: its headings as `# Title / Author`, its lines without their marks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from poet.corpus.headings import author_in_label

_heading = re.compile(r"\s{0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*")
_quote = re.compile(r"^(?:[ \t]{0,3}>[ \t]?)+")
_item = re.compile(r"^[ \t]*(?:[-+*]|\d{1,4}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?(?=\S)")
_bullet = re.compile(r"[ \t]*[-+*][ \t]+(?=\S)")
_rule = re.compile(r"[ \t]*(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})")
_fence = re.compile(r"[ \t]*(?:```|~~~)")
_bold_line = re.compile(r"[ \t]*(\*\*|__)(?=\S)([^*_]+?)\1[ \t]*")
_italic_line = re.compile(r"[ \t]*([*_]{1,3})(?=\S)([^*_]+?)\1[ \t]*")
_bold = re.compile(r"(\*\*\*|\*\*|___|__|~~)(?=\S)(.+?)(?<=\S)\1")
_italic = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_]+?)(?<=[^\s*_])\1(?![\w*])")
_code = re.compile(r"`([^`]+)`")
_image = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_link = re.compile(r"\[([^\]]+)\]\([^)\s]*(?:\s\"[^\"]*\")?\)")
_footnote = re.compile(r"\[\^[^\]]+\]:?")
_comment = re.compile(r"<!--.*?-->")
_escape = re.compile(r"\\([!-/:-@\[-`{-~])")
_SURE = re.compile(
    r"^#{2,6} \S|\*\*[^*\n]+\*\*|\]\(https?://|^(?:```|~~~)|^> ?\S.*\n> ", re.MULTILINE
)


def is_markdown(text: str, name: str) -> bool:
    """Whether a text has marks of Markdown other than `# Title / Author`.

    >>> is_markdown("## Rain\\n\\n> On the roof\\n", ""), is_markdown("# Rain\\nOn the roof\\n", "")
    (True, False)
    """
    if name.lower().endswith((".md", ".markdown")) or _SURE.search(text):
        return True
    lines = [line for line in text.split("\n") if line.strip()]
    return sum(_bullet.match(line) is not None for line in lines) > 0.6 * len(lines) > 1


def markdown_lines(lines: Iterable[str], left_out: Counter[str]) -> Iterator[str]:
    """The lines of a text in Markdown, without its marks.

    >>> list(markdown_lines(["## Rain", "", "*Nobody*", "", "> On **the** roof,  "], Counter()))
    ['', '# Rain / Nobody', '', 'On the roof,']
    """
    title: str | None = None  # of a heading whose author may follow
    blanks = 0
    for line in _without_front_matter(lines, left_out):
        if not line.strip():
            blanks += 1
            continue
        if _fence.match(line):
            continue
        heading = _heading.fullmatch(line) or _bold_line.fullmatch(line)
        if heading:
            if title:
                yield f"# {title}"
            title, blanks = plain(heading[heading.lastindex or 1]), 0
            yield ""
            continue
        if title is not None:
            author = _author(line)
            yield f"# {title} / {author}" if author else f"# {title}"
            title = None
            if author:
                blanks = 0
                continue
        yield from [""] * blanks
        blanks = 0
        if _rule.fullmatch(line):
            yield line
            continue
        text = _item.sub("", _quote.sub("", line, count=1), count=1)
        if not text.strip():
            blanks = 1
        elif shown := plain(text.removesuffix("\\").rstrip(" ")):
            yield shown
        else:
            left_out["pictures"] += 1
    if title:
        yield f"# {title}"
    yield from [""] * blanks


def plain(text: str) -> str:
    """A line without marks of Markdown.

    >>> plain("On [the roof](https://example.org) *all* **night** \\\\*")
    'On the roof all night *'
    """
    text = _comment.sub("", _image.sub("", text))
    text = _link.sub(r"\1", _footnote.sub("", text))
    while (shorter := _italic.sub(r"\2", _bold.sub(r"\2", text))) != text:
        text = shorter
    return _escape.sub(r"\1", _code.sub(r"\1", text))


def _author(line: str) -> str:
    """The author that a line below a heading names: in italics, or after a label."""
    text = _quote.sub("", line, count=1)
    if italic := _italic_line.fullmatch(text):
        return author_in_label(italic[2]) or italic[2].strip()
    return author_in_label(plain(text))


def _without_front_matter(lines: Iterable[str], left_out: Counter[str]) -> Iterator[str]:
    """The lines below a block of `key: value` between two rules at the very top."""
    held: list[str] = []
    state = "above"
    for line in lines:
        if state == "above" and line.strip() == "---":
            state, held = "within", [line]
        elif state == "within" and line.strip() in ("---", "..."):
            state = "below"
            left_out["rows of facts about the file"] += len(held) - 1
            title, author = (_value(held, key) for key in ("title", "author"))
            if title:
                yield f"# {title}"
                if author:
                    yield f"*{author}*"
            held = []
        elif state == "within" and (":" in line or line.startswith((" ", "-"))) and len(held) < 50:
            held.append(line)
        else:
            if line.strip() or state == "within":
                yield from held
                held, state = [], "below"
            yield line
    yield from held


def _value(lines: list[str], key: str) -> str:
    found = (line.partition(":")[2] for line in lines if line.lower().startswith(f"{key}:"))
    return next(found, "").strip(" \"'")
