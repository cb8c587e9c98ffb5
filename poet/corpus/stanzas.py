r"""Verse in stanzas: a blank line within a poem is a stanza break, and other marks end the poem.

Where a text has headings, `# Title / Author`, a poem goes on to the next heading. Where it has
none, a poem ends at two or more blank lines, or at a row of stars or dashes.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

from poet.corpus.text_lines import MAX_LINE, split_lines
from poet.poem import Poem

MAX_TITLE = 60  # characters of a title that has no mark
HEADING = "# "
_rule = re.compile(r"[ \t]*(?:([*\-_=~—·•])[ \t]*)(?:\1[ \t]*){2,}")
_breaks = re.compile(r"\n(?:[ \t\u3000]*\n)+")
_CLOSING = "'\"’”»)]"  # marks that may end a title
_FEW = 40  # of so many breaks at least one has to be a wide one, or it is a slip of the hand


def is_rule(line: str) -> bool:
    """Whether a line is a row of stars or dashes.

    >>> is_rule("* * *"), is_rule("---"), is_rule("— no —")
    (True, True, False)
    """
    return _rule.fullmatch(line) is not None


def has_stanzas(text: str) -> bool:
    r"""Whether marks other than a single blank line separate the poems of a text.

    >>> has_stanzas("Rain.\n\nA lamp.\n\n\nSnow."), has_stanzas("Rain.\n\nA lamp.\n\nSnow.")
    (True, False)
    """
    lines = text.split("\n")
    if any(line.startswith(HEADING) or is_rule(line) for line in lines):
        return True
    wide = [found.count("\n") > 2 for found in _breaks.findall(text.strip())]
    return len(wide) > sum(wide) >= max(1, len(wide) / _FEW)


def stanzas(text: Iterable[str]) -> Iterator[Poem]:
    r"""The poems of a text in stanzas; a title may stand above one as a line of its own.

    >>> text = "Rain\n\nOn the roof\nall night.\n\nAnd then\nno more.\n\n\nA lamp.\n"
    >>> [(poem.title, poem.text) for poem in stanzas([text])]
    [('Rain', 'On the roof\nall night.\n\nAnd then\nno more.'), ('', 'A lamp.')]
    """
    above: Poem | None = None  # a line that may be the title of the poem after it
    for poem in _separated(text):
        if above and not poem.title and "\n" in poem.text:
            poem, above = Poem(poem.text, above.text, poem.author), None
        elif above:
            yield above
            above = None
        if not poem.title and _is_title([poem.text]):
            above = poem
        else:
            yield poem
    if above:
        yield above


def _separated(text: Iterable[str]) -> Iterator[Poem]:
    """The poems of a text; one that is only a title is one of them."""
    has_headings = False
    heading = ""
    poem: list[list[str]] = [[]]  # the lines of each stanza; the last one may have none yet
    size = blank = 0
    for line in split_lines(text):
        if not line.strip():
            blank += 1
            if poem[-1]:
                poem.append([])
            continue
        is_heading = not poem[-1] and line.startswith(HEADING)
        has_headings |= is_heading
        is_border = not has_headings and (blank > 1 or is_rule(line))
        if size and (is_heading or is_border or size + len(line) > MAX_LINE):
            yield _made(heading, poem)
            poem, size, heading = [[]], 0, ""
        blank = 0
        if is_heading:
            heading = line.removeprefix(HEADING)
        elif is_rule(line):
            poem.append([])
        else:
            poem[-1].append(line)
            size += len(line) + 1
    if size:
        yield _made(heading, poem)


def _made(heading: str, poem: list[list[str]]) -> Poem:
    poem = [stanza for stanza in poem if stanza]
    title, _, author = heading.partition(" / ")
    if not heading and len(poem) > 1 and len(poem[1]) > 1 and _is_title(poem[0]):
        title, author = "".join(poem[0][:1]), "".join(poem[0][1:])
        poem = poem[1:]
    text = textwrap.dedent("\n\n".join(map("\n".join, poem)))
    return Poem(text, title.strip(), author.strip())


def _is_title(stanza: list[str]) -> bool:
    """Whether a stanza is a title, perhaps with an author, further in, below it."""
    title = stanza[0].strip()
    if len(title) > MAX_TITLE or not (
        title.isupper() or title[-1].isalnum() or title[-1] in _CLOSING
    ):
        return False
    return len(stanza) == 1 or (len(stanza) == 2 and _indent(stanza[1]) > _indent(stanza[0]))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
