"""Write poems to a file, in the format that its suffix names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from poet import files
from poet.poem import Poem
from poet.prosody.base import ScanResult
from poet.render.card.fonts import check_installed
from poet.render.card.saving import SUFFIXES as CARDS
from poet.render.card.saving import Look, save_cards
from poet.render.html import format_markdown, format_text, html_page, title_of
from poet.render.record import poem_record, to_json, to_jsonl

Facts = Mapping[str, object]


def save(
    path: Path,
    poems: Sequence[Poem],
    facts: Sequence[Facts] = (),
    look: Look | None = None,
    *,
    marks: Sequence[str] = (),
    scans: Sequence[ScanResult | None] = (),
) -> list[Path]:
    """Write the poems to a file; `facts` about each go with them in JSON.

    Text, Markdown and HTML of Chinese verse can have `marks`, some of
    `poet.render.annotated.MARKS`; this takes the scan of each poem.

    The file is written whole or not at all: an older one of this name is replaced only when
    the new one is on the disk. A card holds one poem: several make several files, all of them or
    none. Gives the files written. Raises `UsageError` for an unknown suffix, `InputError` for a
    folder that does not exist, `PoetError` if the disk refuses, and for cards, which may have a
    `look`, as `card_svg` does.
    """
    check_path(path)
    if is_card(path):
        return save_cards(path, poems, facts, look or Look())
    suffix = path.suffix.lower()
    if marks:
        from poet.render.marked import marked_file, marked_poem

        marked = [marked_poem(*pair, marks, suffix) for pair in zip(poems, scans, strict=True)]
        text = marked_file(marked, suffix, title_of(poems), "".join(_colophon(facts)))
    else:
        text = formatted(suffix, poems, facts)
    files.write_text(path, text)
    return [path]


def formatted(suffix: str, poems: Sequence[Poem], facts: Sequence[Facts] = ()) -> str:
    """The poems as the text of a file with this suffix: .txt .md .html .json .jsonl."""
    return _formats[suffix](poems, facts)


def check_path(path: Path) -> None:
    """Raise, before anything is written, if the suffix is unknown or the folder does not exist."""
    files.check_place(path, [*_formats, *CARDS], "poems are not written as")
    if is_card(path):
        check_installed(path.suffix)


def is_card(path: Path) -> bool:
    """Whether poems become pictures in a file of this name."""
    return path.suffix.lower() in CARDS


def _colophon(facts: Sequence[Facts]) -> list[str]:
    """A line that says what wrote the poems, where it is known: they pass for no one's own."""
    by = dict.fromkeys(
        (Path(str(each["model"])).name, each["seed"])
        for each in facts
        if "model" in each and "seed" in each
    )
    return ["written by poet: " + ", ".join(f"model {m}, seed {s}" for m, s in by)] if by else []


def _text(poems: Sequence[Poem], facts: Sequence[Facts]) -> str:
    """The poems with a blank line between them, or with two where one is a stanza break."""
    has_stanzas = any("\n\n" in poem.text for poem in poems)
    between = "\n\n\n" if has_stanzas else "\n\n"
    return between.join([*map(format_text, poems), *_colophon(facts)]) + "\n"


def _markdown(poems: Sequence[Poem], facts: Sequence[Facts]) -> str:
    return "\n\n---\n\n".join([*map(format_markdown, poems), *_colophon(facts)]) + "\n"


def _html(poems: Sequence[Poem], facts: Sequence[Facts]) -> str:
    return html_page(poems, *_colophon(facts))


def _records(poems: Sequence[Poem], facts: Sequence[Facts]) -> list[dict[str, Any]]:
    padded = [*facts, *({} for _ in poems[len(facts) :])]
    return [poem_record(poem, **extra) for poem, extra in zip(poems, padded, strict=True)]


def _json(poems: Sequence[Poem], facts: Sequence[Facts]) -> str:
    return to_json(_records(poems, facts)) + "\n"


def _jsonl(poems: Sequence[Poem], facts: Sequence[Facts]) -> str:
    return "".join(to_jsonl(record) + "\n" for record in _records(poems, facts))


_formats: dict[str, Callable[[Sequence[Poem], Sequence[Facts]], str]] = {
    ".txt": _text,
    ".md": _markdown,
    ".html": _html,
    ".json": _json,
    ".jsonl": _jsonl,
}
