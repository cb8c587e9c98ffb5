"""From a text to verse: which poems stand in it, and the characters of their lines."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from poet.characters import STOPS, is_han
from poet.corpus.chinese import HOLES, Rejected, clean_verse
from poet.poem import Poem
from poet.prosody.chinese.forms import form_of
from poet.prosody.chinese.readings import Tone, tone
from poet.scripts import script_of, to_traditional

HOLE = "□"
_holes = re.compile(f"\\{{[^{{}}\n]*\\}}|｛[^｛｝\n]*｝|[{HOLES}]")
_blank = re.compile(r"\n[ \t\u3000]*(?:\n[ \t\u3000]*)+")
_run = re.compile(f"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff{HOLE}]+")
_note = re.compile("[（(〔\\[〖][^（(〔\\[〖〗\\]〕)）]*[〗\\]〕)）]")
_inner = re.compile("[ \t\u3000\xa0「」『』“”‘’《》〈〉﹁﹂﹃﹄\"']+")
_stop = re.compile(f"[{STOPS},.!?;:]")
_TITLES = 2  # lines of title and author that may stand above a poem


def poems_in(text: str) -> Iterator[Poem]:
    """The poems of a text: between blank lines, or one a line where each line is a whole poem.

    `# Title / Author` may stand above a poem, or its title as a line without a stop.

    >>> [(p.title, p.text) for p in poems_in("夜雨\\n\\n春水連天碧，明月照大江。\\n")]
    [('夜雨', '春水連天碧，明月照大江。')]
    """
    waiting = ""  # a title that stands by itself
    for block in _blank.split("\n".join(unicodedata.normalize("NFC", text).splitlines())):
        rows = [row.strip(" \t\u3000\ufeff") for row in block.split("\n")]
        rows = [row for row in rows if row]
        title = waiting
        if rows and rows[0].startswith("#"):
            title = rows.pop(0).lstrip("# ")
        if not any(map(is_han, "".join(rows))):
            waiting = title
            continue
        if len(rows) == 1 and not _stop.search(rows[0]) and len(rows[0].split()) == 1:
            if waiting:
                yield Poem(waiting)
            waiting = rows[0]
            continue
        waiting = ""
        if len(rows) > 1 and all(form_of(_shape(row)) for row in rows):
            yield from (Poem(row, title) for row in rows)
            continue
        above = _title_rows(rows)
        yield Poem("\n".join(rows[above:]), title or " ".join(rows[:above]))
    if waiting and any(map(is_han, waiting)):
        yield Poem(waiting)


@lru_cache(maxsize=64)
def verse_lines(text: str) -> tuple[str, ...]:
    """The lines of a poem, only their characters, as they stand. □ is a missing character.

    >>> verse_lines("春水（一作「草」）連天碧，\\n明月□大江。")
    ('春水連天碧', '明月□大江')
    """
    text = unicodedata.normalize("NFC", text)
    filled = _holes.sub(HOLE, text)
    try:  # what the cleaning of a corpus would leave out is scanned all the same
        cleaned = clean_verse(text, Counter()) if filled == text else filled
    except Rejected:
        cleaned = filled
    while (shorter := _note.sub("", cleaned)) != cleaned:
        cleaned = shorter
    lines = tuple(_run.findall(_inner.sub("", cleaned)))
    return lines if any(map(is_han, "".join(lines))) else ()


def tones_of(lines: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[tuple[Tone, ...], ...]]:
    """The lines in traditional characters, and the tones of those.

    >>> tones_of(("云归山路远",))[0]
    ('雲歸山路遠',)
    """
    text = "".join(lines)
    if script_of(text) == "hans" or not all(map(_tone, text.replace(HOLE, ""))):
        traditional = _converted("\n".join(lines), whole=script_of(text) == "hans").split("\n")
    else:
        traditional = list(lines)
    return tuple(traditional), tuple(tuple(map(_tone, line)) for line in traditional)


@lru_cache(maxsize=1 << 14)
def _tone(character: str) -> Tone:
    return tone(character)


def _converted(text: str, *, whole: bool) -> str:
    """In traditional characters: all of it, or only what the table does not know as it is."""
    found = to_traditional(text)
    if len(found) != len(text):  # phrases may change their length; characters do not
        found = "".join(to_traditional(c)[:1] or c for c in text)
    if whole:
        return found
    return "".join(new if not _tone(old) else old for old, new in zip(text, found, strict=True))


def _shape(row: str) -> tuple[int, ...]:
    return tuple(map(len, _run.findall(row))) if _stop.search(row) else ()


def _title_rows(rows: list[str]) -> int:
    """How many rows at the top are no verse, but title and author."""
    for above in range(min(_TITLES, len(rows) - 1), 0, -1):
        head, rest = rows[:above], rows[above:]
        if any(_stop.search(row) for row in head):
            continue
        stopped = all(_stop.search(row[-1]) for row in rest)
        if stopped or (_form(rest) and not _form(rows)):
            return above
    return 0


def _form(rows: list[str]) -> bool:
    return form_of(tuple(len(run) for row in rows for run in _run.findall(row))) is not None
