"""A poem: its text, title and author. Everything else is derived."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .prosody.forms import form_of

STOPS = "，。！？；：、"  # what may close a line of classical verse
FULL_STOPS = "。！？；"  # what may close a couplet
_HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_han = re.compile(f"[{_HAN}]")
_letter = re.compile(r"[^\W\d_]")
# a closing bracket or quotation mark stays with the line that it closes
_verse_line = re.compile(f"[^{STOPS}]*[{STOPS}]+[」』”’）》]*|[^{STOPS}]+$")


def is_han(character: str) -> bool:
    """Whether the character is a Chinese character.

    >>> is_han("月"), is_han("，"), is_han("a")
    (True, False, False)
    """
    return _han.match(character) is not None


def is_chinese(text: str) -> bool:
    """Whether most of the letters of a text are Chinese characters.

    >>> is_chinese("明月 (moon) 照大江春水"), is_chinese("the moon 月")
    (True, False)
    """
    return 2 * len(_han.findall(text)) > len(_letter.findall(text))


@dataclass(frozen=True, slots=True)
class Poem:
    """A poem. `text` is its verse as the model reads it.

    Chinese verse has no line breaks in its text, its stops are its lines;
    every other text keeps its line breaks.

    >>> Poem("春水連天碧，明月照大江。").lines
    ('春水連天碧，', '明月照大江。')
    >>> Poem("Rain on the roof.\\nA lamp.").lines
    ('Rain on the roof.', 'A lamp.')
    """

    text: str
    title: str = ""
    author: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of verse, each with the stop that closes it."""
        if "\n" in self.text or not is_chinese(self.text):
            return tuple(self.text.split("\n"))
        return tuple(_verse_line.findall(self.text))

    @property
    def form(self) -> str:
        """The name of the form whose shape the poem has; empty when it has none.

        >>> Poem("春水連天碧，明月照大江。孤舟人不寐，燈影落寒窗。").form
        '五絕'
        """
        if not is_chinese(self.text):
            return ""
        found = form_of(tuple(len(_han.findall(line)) for line in self.lines))
        return found.name if found else ""

    def _repr_html_(self) -> str:
        """The poem as a notebook shows it."""
        from .pages.html import format_html

        return format_html(self)
