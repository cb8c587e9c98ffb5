"""From text to verse: the poems of a text, and the characters of their lines."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from poet.characters import HAN, HOLE, STOPS, is_han
from poet.poem import Poem
from poet.prosody.chinese.clean import HOLES, Rejected, clean_verse
from poet.prosody.chinese.forms import form_of
from poet.prosody.chinese.readings import Tone, Tones, tone
from poet.scripts import script_of, to_traditional

_holes = re.compile(f"\\{{[^{{}}\n]*\\}}|｛[^｛｝\n]*｝|[{HOLES}]")
_blank = re.compile(r"\n[ \t\u3000]*(?:\n[ \t\u3000]*)+")
_run = re.compile(f"[{HAN}{HOLE}]+")
_note = re.compile("[（(〔\\[〖][^（(〔\\[〖〗\\]〕)）]*[〗\\]〕)）]")
_inner = re.compile("[ \t\u3000\xa0「」『』“”‘’《》〈〉﹁﹂﹃﹄\"']+")
_stop = re.compile(f"[{STOPS},.!?;:]")
_TITLE_ROWS = 2  # of title and author, at most


def poems_in(text: str) -> Iterator[Poem]:
    """The poems of a text, separated by blank lines; or one a line where each line is a whole poem.

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


@lru_cache(maxsize=64)
def verse_lines(text: str) -> tuple[str, ...]:
    """The Chinese characters of each line of a poem, unchanged. □ is a missing character.

    >>> verse_lines("春水（一作「草」）連天碧，\\n明月□大江。")
    ('春水連天碧', '明月□大江')
    """
    text = unicodedata.normalize("NFC", text)
    filled = _holes.sub(HOLE, text)
    try:  # a poem that the cleaning of a corpus rejects is scanned all the same
        cleaned = clean_verse(text, Counter()) if filled == text else filled
    except Rejected:
        cleaned = filled
    while (shorter := _note.sub("", cleaned)) != cleaned:
        cleaned = shorter
    lines = tuple(_run.findall(_inner.sub("", cleaned)))
    return lines if any(map(is_han, "".join(lines))) else ()


@dataclass(frozen=True, slots=True)
class Verse:
    """The lines of a poem as they stand and in traditional characters, and their tones."""

    lines: tuple[str, ...]
    traditional: tuple[str, ...]
    tones: tuple[Tones, ...]

    @classmethod
    def of(cls, text: str) -> Verse:
        """The verse of a text in either script.

        >>> Verse.of("云归山路远。").traditional
        ('雲歸山路遠',)
        """
        lines = verse_lines(text)
        characters = "".join(lines)
        is_simplified = script_of(characters) == "hans"
        traditional = lines
        if is_simplified or not all(map(_tone, characters.replace(HOLE, ""))):
            traditional = tuple(_converted("\n".join(lines), whole=is_simplified).split("\n"))
        tones = tuple(tuple(map(_tone, line)) for line in traditional)
        return cls(lines, traditional, tones)


@lru_cache(maxsize=1 << 14)
def _tone(character: str) -> Tone:
    return tone(character)


def _converted(text: str, *, whole: bool) -> str:
    """The text in traditional characters: all of it, or only characters of unknown tone."""
    traditional = to_traditional(text)
    if len(traditional) != len(text):  # phrases may change their length; characters do not
        traditional = "".join(to_traditional(c)[:1] or c for c in text)
    if whole:
        return traditional
    return "".join(c if _tone(c) else new for c, new in zip(text, traditional, strict=True))


def _lengths(row: str) -> tuple[int, ...]:
    """The lengths of the lines of verse in a row of text; none where it has no stop."""
    return tuple(map(len, _run.findall(row))) if _stop.search(row) else ()


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
    return form_of(tuple(len(run) for row in rows for run in _run.findall(row))) is not None
