"""Marks of HTML and Markdown within a text: what they set, without the marks."""

from __future__ import annotations

import html
import re

_break = re.compile(r"[ \t]*<br\s*/?>[ \t]*\n?", re.IGNORECASE)
_paragraph = re.compile(
    r"\s*</?(?:p|div|li|ul|ol|h[1-6]|blockquote)(?:\s[^<>]*)?>\s*", re.IGNORECASE
)
_tag = re.compile(
    r"</?(?:a|abbr|b|center|cite|code|em|font|i|img|mark|q|rp|ruby|s|small|span|strong|sub|sup|u)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_reading = re.compile(r"<(rt|script|style)\b[^<>]*>.*?</\1>", re.IGNORECASE | re.DOTALL)
_escaped = re.compile(r"(?:\\r)?\\n")
_entity = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d?);", re.IGNORECASE)


def plain_value(text: str) -> str:
    r"""The text of a field without tags and entities of HTML; lines and paragraphs are kept.

    >>> plain_value("<p>春水連天碧，<br>明月照大江。</p><p>孤舟&nbsp;人</p>")
    '春水連天碧，\n明月照大江。\n\n孤舟\xa0人'
    """
    if "\\n" in text and "\n" not in text:  # escaped twice
        text = _escaped.sub("\n", text)
    if "<" in text:
        text = _reading.sub("", text)
        text = _break.sub("\n", text)
        text = _paragraph.sub("\n\n", text)
        text = _tag.sub("", text).strip("\n")
        text = re.sub(r"\n{3,}", "\n\n", text)
    if "&" in text:
        text = _entity.sub(lambda match: html.unescape(match[0]), text)
    return text
