"""Plain texts of Project Gutenberg: the book without the licence before and after it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_MARK = r"\*\*\* ?{} OF (?:THE|THIS) PROJECT GUTENBERG EBOOK[^*]{{0,300}}\*\*\*"
_start = re.compile(_MARK.format("START"), re.IGNORECASE)
_end = re.compile(
    r"(?:^End of (?:the )?Project Gutenberg.{0,300}\s+)?" + _MARK.format("END"),
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST = 800  # characters of a mark, and more


def is_gutenberg(beginning: str) -> bool:
    """Whether the beginning of a text holds the mark that a book of Project Gutenberg starts at."""
    return _start.search(beginning) is not None


def book(text: Iterable[str]) -> Iterator[str]:
    """The text between the marks that a book starts and ends at; nothing without the first mark.

    >>> text = "Licence\\n*** START OF THE PROJECT GUTENBERG EBOOK RAIN ***\\nOn the roof.\\n"
    >>> "".join(book([text, "*** END OF THE PROJECT GUTENBERG EBOOK RAIN ***\\nLicence"]))
    '\\nOn the roof.\\n'
    """
    rest, has_started = "", False
    for piece in text:
        rest += piece
        if not has_started and (start := _start.search(rest)):
            has_started, rest = True, rest[start.end() :]
        if not has_started:
            continue
        if end := _end.search(rest):
            yield rest[: end.start()]
            return
        yield rest[:-_LONGEST]
        rest = rest[-_LONGEST:]
    if has_started:
        yield rest
