"""Poems into a file, in the format that its name asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from poet import files
from poet.poem import Poem
from poet.render.html import format_markdown, format_text, html_page
from poet.render.record import poem_record, to_json, to_jsonl

Facts = Mapping[str, object]


def save(path: Path, poems: Sequence[Poem], facts: Sequence[Facts] = ()) -> None:
    """Write the poems to the file; its suffix says how. `facts` go with the poems in JSON.

    The file is there whole or not at all: an older one of this name is replaced only
    when the new one lies on the disk.
    """
    check_place(path)
    text = _writers[path.suffix.lower()](poems, facts)
    files.write_text(path, text)


def check_place(path: Path) -> None:
    """Raise, before anything is written, where the suffix is unknown or the folder missing."""
    files.check_place(path, _writers, "poems are not written as")


def _text(poems: Sequence[Poem], facts: Sequence[Facts]) -> str:
    return "\n\n".join(map(format_text, poems)) + "\n"


def _markdown(poems: Sequence[Poem], facts: Sequence[Facts]) -> str:
    return "\n\n---\n\n".join(map(format_markdown, poems)) + "\n"


def _html(poems: Sequence[Poem], facts: Sequence[Facts]) -> str:
    return html_page(poems)


def _records(poems: Sequence[Poem], facts: Sequence[Facts]) -> list[dict[str, Any]]:
    known = [*facts, *({} for _ in poems[len(facts) :])]  # of a poem nothing may be known
    return [poem_record(poem, **its) for poem, its in zip(poems, known, strict=True)]


def _json(poems: Sequence[Poem], facts: Sequence[Facts]) -> str:
    return to_json(_records(poems, facts)) + "\n"


def _jsonl(poems: Sequence[Poem], facts: Sequence[Facts]) -> str:
    return "".join(to_jsonl(record) + "\n" for record in _records(poems, facts))


_writers: dict[str, Callable[[Sequence[Poem], Sequence[Facts]], str]] = {
    ".txt": _text,
    ".md": _markdown,
    ".html": _html,
    ".json": _json,
    ".jsonl": _jsonl,
}
