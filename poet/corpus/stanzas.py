r"""Verse in stanzas: a blank line within a poem is a stanza break, and other marks end the poem.

Where a text has headings, `# Title / Author`, a poem goes on to the next heading. Where it has
none, a poem ends at two or more blank lines, or at a row of stars or dashes; and where the text
has none of these either, at a title, a short line alone or above a stanza.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

from poet.corpus.headings import attribution, author_in_label, is_latin_name, parse_heading
from poet.corpus.text_lines import MAX_LINE, beginning, split_lines
from poet.poem import Poem

MAX_TITLE = 60  # characters of a title that has no mark
HEADING = "# "
_rule = re.compile(  # a row of one mark; an ornament, perhaps between dashes; two dashes
    r"[ \t]*(?:([*\-_=~—–·•＊※＝－─━═☆★◇◆❖✦✧§⁂～+#])[ \t]*)(?:\1[ \t]*){2,}"
    r"|[ \t]*(?:[-—]+[ \t]*)?[⁂❦❧✻☙※§](?:[ \t]*[-—]+)?[ \t]*"
    r"|[ \t]*[—–]{2}[ \t]*"
)
_breaks = re.compile(r"\n(?:[ \t\u3000]*\n)+")
_MAX_WORDS = 10  # of a title
_numeral = re.compile(r"\W*(?:\d{1,4}|[IVXLC]+)\W*")
_word = re.compile(r"[^\W\d_][\w'’]*")
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
    return has_wide_gaps(text) or titles_of(text) is not None


def has_wide_gaps(text: str) -> bool:
    """Whether some poems of a text stand further apart than its stanzas."""
    wide = [found.count("\n") > 2 for found in _breaks.findall(text.strip())]
    return len(wide) > sum(wide) >= max(1, len(wide) / _FEW)


def titles_of(text: str) -> Literal["alone", "above"] | None:
    r"""Whether titles without a mark separate poems: each a line alone, or above a first stanza.

    >>> titles_of("Rain\n\nOn the roof,\nall night.\n\nLamp\n\nA lamp,\nno one.")
    'alone'
    """
    blocks = [block.strip("\n").split("\n") for block in _breaks.split(text.strip("\n"))]
    blocks = [block for block in blocks if not is_rule(block[0])]
    longer = [i for i, block in enumerate(blocks) if len(block) > 1]
    alone = [
        i
        for i, block in enumerate(blocks[:-1])
        if len(block) == 1 and is_title_line(block[0]) and len(blocks[i + 1]) > 1
    ]
    single = sum(len(block) == 1 for block in blocks)
    titles = {blocks[i][0].strip() for i in alone}
    if (
        alone
        and alone[0] < 2  # the first block is a title, or the second below that of a book
        and 2 * len(alone) >= single
        and len(titles) == len(alone)  # a refrain comes back
        and (len(alone) > 1 or single == 1)
    ):
        return "alone"
    above = [i for i in longer if has_title_above(blocks[i])]
    if not above or above[0] > longer[0]:
        return None
    if len(above) > 1 and len({blocks[i][0].strip() for i in above}) > 0.9 * len(above):
        return "above" if 4 * len(above) >= len(longer) else None
    return "above" if len(longer) == 1 and _are_closed(blocks[longer[0]][1:]) else None


def is_title_line(line: str) -> bool:
    """Whether a line alone may be a title: short, and without a comma or the like at its end."""
    line = line.strip()
    if not line or len(line) > MAX_TITLE or len(line.split()) > _MAX_WORDS:
        return False
    return line.isupper() or line[-1].isalnum() or line[-1] in _CLOSING + "?!."


def has_title_above(block: list[str]) -> bool:
    """Whether the first line of a block is set as a title and those below it are not.

    >>> has_title_above(["Night Rain", "On the roof", "and on."])
    True
    >>> has_title_above(["Rain on the roof,", "and on."])
    False
    """
    rest = block[2:] if _author_of(block[1:2]) else block[1:]
    return len(rest) > 1 and _is_set_as_title(block[0]) and not _is_set_as_title(rest[0])


def _is_set_as_title(line: str) -> bool:
    line = line.strip()
    if not is_title_line(line) or line[-1] == ".":
        return line.isupper() and len(line) < MAX_TITLE
    if _numeral.fullmatch(line) or line.isupper():
        return True
    words = [word for word in _word.findall(line) if len(word) > 3 or len(line.split()) < 3]
    return bool(words) and all(word[0].isupper() for word in words)


def _are_closed(lines: list[str]) -> bool:
    """Whether most lines of a stanza end in a stop, so that one without is none of them."""
    return len(lines) > 2 and 2 * sum(line.rstrip()[-1:] in ",.;:!?—" for line in lines) > len(
        lines
    )


def _author_of(rows: list[str]) -> str:
    """The author that a row below a title names: after by, further in, or in capitals."""
    return author_in_label(rows[0]) if rows else ""


def stanzas(text: Iterable[str], left_out: Counter[str] | None = None) -> Iterator[Poem]:
    r"""The poems of a text in stanzas; a title may stand above one as a line of its own.

    `left_out` receives the number of rows that are neither verse nor a title.

    >>> text = "Rain\n\nOn the roof\nall night.\n\nAnd then\nno more.\n\n\nA lamp.\n"
    >>> [(poem.title, poem.text) for poem in stanzas([text])]
    [('Rain', 'On the roof\nall night.\n\nAnd then\nno more.'), ('', 'A lamp.')]
    """
    left_out = Counter() if left_out is None else left_out
    start, text = beginning(text)
    has_marks = has_wide_gaps(start) or any(
        line.startswith(HEADING) or is_rule(line) for line in start.split("\n")
    )
    titles = titles_of(start)
    above: Poem | None = None  # a line that may be the title of the poem after it
    for poem in _separated(text, titles, has_marks, left_out):
        if above and not poem.title and "\n" in poem.text:
            title, author = parse_heading(above.text)
            poem, above = Poem(poem.text, title, poem.author or author or above.author), None
        elif above:
            yield above
            above = None
        if not poem.title and _is_title([poem.text]):
            above = poem
        else:
            yield poem
    if above:
        yield above


def _separated(
    text: Iterable[str],
    titles: Literal["alone", "above"] | None,
    has_marks: bool,
    left_out: Counter[str],
) -> Iterator[Poem]:
    """The poems of a text; one that is only a title is one of them.

    Where a text has other marks between its poems, `has_marks`, titles separate none.
    """
    separating = None if has_marks else titles
    has_headings = False
    heading: str | None = None
    poem: list[list[str]] = []  # the lines of each stanza
    size = 0
    for line, block, gap in _stanza_blocks(text):
        is_heading = line is not None and line.startswith(HEADING)
        has_headings |= is_heading
        is_border = line is not None and not is_heading and not has_headings
        if (
            is_heading
            or is_border
            or (block and _begins(poem, block, gap, separating, has_headings))
        ) and size:
            yield _made(heading, poem, titles)
            poem, size, heading = [], 0, None
        if line is not None:
            if is_heading:
                if heading:
                    left_out["headings without verse"] += 1
                heading = line.removeprefix(HEADING)
            else:
                left_out["rows of marks between poems"] += 1
            continue
        length = sum(map(len, block)) + len(block)
        if size and size + length > MAX_LINE:
            yield _made(heading, poem, titles)
            poem, size, heading = [], 0, None
        poem.append(block)
        size += length
    if size:
        yield _made(heading, poem, titles)
    elif heading:
        left_out["headings without verse"] += 1


def _begins(
    poem: list[list[str]],
    block: list[str],
    gap: int,
    titles: Literal["alone", "above"] | None,
    has_headings: bool,
) -> bool:
    """Whether a block begins another poem than the one above it."""
    if has_headings or not poem:
        return False
    if gap > 1:
        return True
    if titles == "alone":
        return len(block) == 1 and is_title_line(block[0]) and len(poem[-1]) > 1
    return titles == "above" and has_title_above(block)


def _stanza_blocks(text: Iterable[str]) -> Iterator[tuple[str | None, list[str], int]]:
    """Headings and rules, each as a line; and between them blocks with the blank lines above."""
    block: list[str] = []
    size = blank = 0
    for line in split_lines(text):
        is_mark = bool(line) and ((line.startswith(HEADING) and not block) or is_rule(line))
        if block and (not line.strip() or is_mark or size + len(line) > MAX_LINE):
            yield None, block, blank
            block, size, blank = [], 0, 0
        if not line.strip():
            blank += 1
        elif is_mark:
            yield line, [], blank
            blank = 0
        else:
            block.append(line)
            size += len(line) + 1
    if block:
        yield None, block, blank


def blocks_as_poems(text: Iterable[str], left_out: Counter[str]) -> Iterator[Poem]:
    r"""Each block between blank lines as a poem, with the title alone or in a line above it.

    >>> text = ["# Rain\nOn the roof.\n\n", "A lamp.\n"]
    >>> [(poem.title, poem.text) for poem in blocks_as_poems(text, Counter())]
    [('Rain', 'On the roof.'), ('', 'A lamp.')]
    """
    start, text = beginning(text)
    titles = titles_of(start)
    heading: str | None = None
    for line, block, _ in _stanza_blocks(text):
        if line is not None and line.startswith(HEADING):
            if heading:
                left_out["headings without verse"] += 1
            heading = line.removeprefix(HEADING)
        elif line is not None:
            left_out["rows of marks between poems"] += 1
        elif titles == "alone" and len(block) == 1 and is_title_line(block[0]) and not heading:
            heading = block[0].strip()
        else:
            yield _made(heading, [block], titles)
            heading = None
    if heading:
        yield Poem(heading)


def _made(
    heading: str | None, poem: list[list[str]], titles: Literal["alone", "above"] | None
) -> Poem:
    title, author = parse_heading(heading) if heading else ("", "")
    if not heading and len(poem) > 1 and len(poem[1]) > 1 and _is_title(poem[0]):
        title, author = parse_heading(poem[0][0])
        author = _author_of(poem[0][1:]) or "".join(poem[0][1:]).strip() or author
        poem = poem[1:]
    elif not heading and titles == "above" and has_title_above(poem[0]):
        (title, author), below = parse_heading(poem[0][0]), _author_of(poem[0][1:2])
        author = author or below
        poem = [poem[0][2 if below else 1 :], *poem[1:]]
    if len(poem) > 1 and len(poem[0]) == 1 and not author and _author_of(poem[0]):
        author, poem = _author_of(poem[0]), poem[1:]
    if (len(poem) > 1 or len(poem[-1]) > 2) and (found := attribution(poem[-1][-1])):
        title, author = title or found[0], author or found[1]
        poem = [*poem[:-1], poem[-1][:-1]] if len(poem[-1]) > 1 else poem[:-1]
    text = textwrap.dedent("\n\n".join(map("\n".join, poem)))
    if _numeral.fullmatch(title):
        title = ""
    return Poem(text, title.strip(), author.strip())


def _is_title(stanza: list[str]) -> bool:
    """Whether a stanza is a title, perhaps with an author, further in or after by, below it."""
    title = stanza[0].strip()
    if len(title) > MAX_TITLE or not (
        title.isupper() or title[-1].isalnum() or title[-1] in _CLOSING
    ):
        return False
    if len(stanza) == 1:
        return True
    return len(stanza) == 2 and (
        _indent(stanza[1]) > _indent(stanza[0])
        or bool(_author_of(stanza[1:]))
        or (is_latin_name(stanza[1].strip()) and _is_set_as_title(stanza[0]))
    )


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
