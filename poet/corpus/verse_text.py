"""Plain text of Chinese verse: where each poem begins and ends, and which line is its title."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from poet.characters import STOPS, is_han
from poet.poem import Poem
from poet.prosody.chinese.forms import form_of
from poet.prosody.chinese.verse import character_runs

_blank = re.compile(r"\n[ \t\u3000]*(?:\n[ \t\u3000]*)+")
_stop = re.compile(f"[{STOPS},.!?;:]")
_TITLE_ROWS = 2  # of title and author, at most


def poems_in(text: str) -> Iterator[Poem]:
    """The poems of a text, separated by blank lines, or one per line if each line is a whole poem.

    A poem may have `# Title / Author` above it, or its title as a line without punctuation.

    >>> [(p.title, p.text) for p in poems_in("夜雨\\n\\n春水連天碧，明月照大江。\\n")]
    [('夜雨', '春水連天碧，明月照大江。')]
    """
    pending = ""  # a title in a block of its own
    for block in _blank.split("\n".join(unicodedata.normalize("NFC", text).splitlines())):
        rows = [row.strip(" \t\u3000\ufeff") for row in block.split("\n")]
        rows = [row for row in rows if row]
        title = pending
        if rows and rows[0].startswith("#"):
            title = rows.pop(0).lstrip("# ")
        if not any(map(is_han, "".join(rows))):
            pending = title
            continue
        if len(rows) == 1 and not _stop.search(rows[0]) and len(rows[0].split()) == 1:
            if pending:
                yield Poem(pending)
            pending = rows[0]
            continue
        pending = ""
        if len(rows) > 1 and all(form_of(_lengths(row)) for row in rows):
            yield from (Poem(row, title) for row in rows)
            continue
        above = _title_rows(rows)
        yield Poem("\n".join(rows[above:]), title or " ".join(rows[:above]))
    if pending and any(map(is_han, pending)):
        yield Poem(pending)


def _lengths(row: str) -> tuple[int, ...]:
    """The lengths of the lines of verse in a row of text; none where it has no stop."""
    return tuple(map(len, character_runs(row))) if _stop.search(row) else ()


def _title_rows(rows: list[str]) -> int:
    """How many rows at the top are title and author, not verse."""
    for above in range(min(_TITLE_ROWS, len(rows) - 1), 0, -1):
        head, rest = rows[:above], rows[above:]
        if any(_stop.search(row) for row in head):
            continue
        stopped = all(_stop.search(row[-1]) for row in rest)
        if stopped or (_has_form(rest) and not _has_form(rows)):
            return above
    return 0


def _has_form(rows: list[str]) -> bool:
    return form_of(tuple(len(run) for row in rows for run in character_runs(row))) is not None
