"""A poem: its text, title and author. All but its setting is derived from these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat

from poet.characters import STOPS, is_chinese, is_han
from poet.prosody.chinese.forms import form_of
from poet.scripts import Script, convert

# A closing bracket or quotation mark belongs to the line that it closes
_latin = re.compile("[A-Za-z]")
_verse_line = re.compile(f"[^{STOPS}]*[{STOPS}]+[」』”’）》]*|[^{STOPS}]+$")


@dataclass(frozen=True, slots=True)
class Poem:
    """A poem. `text` is its verse as the model reads it.

    Chinese verse has no line breaks in its text: its lines end at stops.
    All other text keeps its line breaks. `indents` are the columns by which each line of it is
    set in, as the form of the poem has it in print; they are no part of the text.

    >>> Poem("春水連天碧，明月照大江。").lines
    ('春水連天碧，', '明月照大江。')
    >>> Poem("Rain on the roof.\\nA lamp.").lines
    ('Rain on the roof.', 'A lamp.')
    """

    text: str
    title: str = ""
    author: str = ""
    indents: tuple[int, ...] = field(default=(), compare=False, repr=False, kw_only=True)

    @property
    def set_text(self) -> str:
        """The text with each line set in."""
        return "".join(indented([self.text], self.indents))

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of verse, each with the stop that closes it."""
        if "\n" in self.text or not is_chinese(self.text):
            return tuple(self.text.split("\n"))
        return tuple(_verse_line.findall(self.text))

    @property
    def form(self) -> str:
        """The form token of the poem; empty if it has none.

        For Chinese the regulated form whose line lengths it has, for English its metre.

        >>> Poem("春水連天碧，明月照大江。孤舟人不寐，燈影落寒窗。").form
        '五絕'
        """
        if not is_chinese(self.text):
            return _metre(self.text)
        form = form_of(tuple(sum(map(is_han, line)) for line in self.lines))
        return form.name if form else ""

    def _repr_html_(self) -> str:
        """The poem as a notebook shows it: Chinese set in columns."""
        from poet.notebook import html_fragment

        lines = replace(self, text=self.set_text).lines
        return html_fragment(lines, self.title, self.author)


def indented(pieces: Iterable[str], indents: Sequence[int]) -> Iterator[str]:
    r"""A text in pieces, with as many spaces before each line that is not blank.

    >>> "".join(indented("A\nb\n\nc", [0, 2]))
    'A\n  b\n\nc'
    """
    columns = chain(indents, repeat(0))
    begins = True
    for piece in pieces if indents else ():
        lines = []
        for number, line in enumerate(piece.split("\n")):
            begins |= number > 0
            lines.append(" " * next(columns) + line if begins and line else line)
            begins &= not line
        yield "\n".join(lines)
    yield from () if indents else pieces


def _metre(text: str) -> str:
    """The name of the metre of English verse; empty for any other text."""
    if "\n" not in text or not _latin.search(text):
        return ""
    from poet.prosody.english.label import metre_of  # loads the table of pronunciations

    return metre_of(text.split("\n")) or ""


def in_script(poem: Poem, script: Script) -> Poem:
    """The poem in this script. For `hant` it is returned unchanged: poems are kept in it.

    >>> in_script(Poem("燈寒客夢輕。"), "hans").text
    '灯寒客梦轻。'
    """
    if script == "hant":
        return poem
    text, title, author = (convert(part, "t2s") for part in (poem.text, poem.title, poem.author))
    return replace(poem, text=text, title=title, author=author)
