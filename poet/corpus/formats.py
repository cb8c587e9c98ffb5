"""File formats of poems: one a line, between blank lines, in stanzas, JSON, tables, or one text.

Every reader takes a text in pieces and yields poems, so that a file of any size is read with a
few megabytes of memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from poet.characters import is_chinese
from poet.corpus.fields import ANY_FIELDS, Fields
from poet.corpus.json_records import (
    json_line_records,
    json_records,
    record_poems,
    verified_poems,
)
from poet.corpus.stanzas import blocks_as_poems, stanzas
from poet.corpus.tables import table_records
from poet.corpus.tei import tei_poems
from poet.corpus.text_lines import beginning, split_lines
from poet.corpus.verse_text import chinese_lines, chinese_poems
from poet.poem import Poem

FORMATS = {
    "poems": "poems between blank lines",
    "stanzas": "poems in stanzas, with headings or two blank lines between poems",
    "lines": "one poem a line",
    "table": "a table, one poem a row",
    "json": "poems as JSON",
    "jsonl": "poems as JSON lines",
    "tei": "poems in TEI, an XML format",
    "stream": "one long text without separate poems",
}
PIECE = 1_000_000  # characters in a piece of a stream, about


@dataclass(frozen=True, slots=True)
class TextFile:
    """What the readers of formats need to know of a file, and where they report.

    `left_out` receives the number of rows and records that are no poems, by their kind.
    `is_verified` says that the file belongs to a corpus that was fetched by name.
    """

    name: str
    fields: Fields = ANY_FIELDS
    notify: Callable[[str], None] = print
    left_out: Counter[str] = field(default_factory=Counter)
    is_verified: bool = False


def read_poems(text: Iterable[str], file_format: str, file: TextFile) -> Iterator[Poem]:
    """The poems, or the pieces of a stream, in a text of this format.

    Raises `InputError` if JSON, XML or a table is damaged or has no verse, `UsageError` where a
    field that was asked for is not there.
    """
    match file_format:
        case "json" if file.is_verified:
            return verified_poems(text, file.name)
        case "json":
            return _from_records(json_records(text, file.name), file)
        case "jsonl":
            return _from_records(json_line_records(text, file.name), file)
        case "table":
            return _from_records(table_records(text, file.name, file.left_out), file)
        case "tei":
            return tei_poems(text, file.name, file.notify)
        case "stanzas":
            return stanzas(text, file.left_out)
        case "poems":
            return poems(text, file.left_out)
        case "lines":
            return lines(text)
    return stream(text)


def stream(text: Iterable[str]) -> Iterator[Poem]:
    """The text in pieces of about a million characters, which joined give exactly the text."""
    parts: list[str] = []
    size = 0
    for part in text:
        parts.append(part)
        size += len(part)
        if size >= PIECE:
            yield Poem("".join(parts))
            parts, size = [], 0
    if parts:
        yield Poem("".join(parts))


def lines(text: Iterable[str]) -> Iterator[Poem]:
    """One poem a line; ` / ` stands between the lines of one that is not Chinese."""
    start, text = beginning(text)
    if is_chinese(start):
        yield from chinese_lines(text)
        return
    for line in split_lines(text):
        if line.strip():
            yield Poem(line.strip().replace(" / ", "\n") if " / " in line else line)


def poems(text: Iterable[str], left_out: Counter[str] | None = None) -> Iterator[Poem]:
    r"""The poems between blank lines; `# Title / Author` or a title alone may stand above one.

    >>> [(poem.title, poem.text) for poem in poems(["# Rain\nOn the roof.\n\n", "A lamp.\n"])]
    [('Rain', 'On the roof.'), ('', 'A lamp.')]
    """
    left_out = Counter() if left_out is None else left_out
    start, text = beginning(text)
    reader = chinese_poems if is_chinese(start) else blocks_as_poems
    return reader(text, left_out)


def _from_records(records: Iterable[Any], source: TextFile) -> Iterator[Poem]:
    fields, found = record_poems(records, source.name, source.fields, source.left_out)
    if not fields.are_usual:
        source.notify(f"{source.name}: {fields}" + _hint(fields, source.fields))
    yield from found


def _hint(found: Fields, wanted: Fields) -> str:
    """The options that would choose other fields, where none were asked for."""
    return "" if wanted != ANY_FIELDS else f" ({found.options})"
