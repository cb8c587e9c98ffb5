"""Poems for cards from a file: as they stand in it, neither cleaned nor put into another script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from poet.characters import STOPS, is_chinese
from poet.corpus.encodings import decode, find_encoding, refuse_foreign
from poet.corpus.fields import joined
from poet.corpus.json_records import records
from poet.errors import InputError, UsageError
from poet.poem import Poem
from poet.prosody.find import find_form

MAX_BYTES = 1 << 20  # of a file of poems
_colophon = re.compile(r"\n\s*written by poet: model (.+), seed (\d+)\s*$")
_heading = re.compile(r"#+[ \t]+(.+?)[ \t#]*(?:\n|$)")


class Given(NamedTuple):
    """A poem that was read, and what is known of how it was written."""

    poem: Poem
    facts: Mapping[str, object]


def read_poems(data: bytes, name: str) -> list[Given]:
    """The poems in a file: those of JSON, such as poet prints; any other text is one poem.

    A first line `# Title` is its title, and so is the heading in a file that poet wrote. Raises
    `InputError` for a file that is not text, that is too long or that has no verse in it.
    """
    if len(data) > MAX_BYTES:
        raise InputError(f"{name} is longer than a card can hold", "give a file of one poem")
    refuse_foreign(data, name)
    encoding = find_encoding(data, name, whole=True)
    text = "".join(decode([data], encoding, name)).replace("\r\n", "\n").replace("\r", "\n")
    value = _values(text, name) if text.lstrip()[:1] in ("{", "[") else None
    poems = [_of_text(text)] if value is None else list(_of_json(value))
    if not any(given.poem.text.strip() for given in poems):
        raise InputError(f"there is no poem in {name}", "give a file that has one, or - for stdin")
    return poems


def _of_json(value: Any) -> Iterator[Given]:
    for record in records(value):
        fields: Mapping[str, Any] = record if isinstance(record, dict) else {"text": record}
        verse = joined(fields.get("text") or fields.get("lines") or "")
        title, author = (joined(fields.get(key) or "") for key in ("title", "author"))
        poem = Poem(verse.strip("\n"), title, author, indents=_indents(fields.get("asked_form")))
        if verse.strip():
            yield Given(poem, {k: fields[k] for k in ("model", "seed") if k in fields})


def _values(text: str, name: str) -> Any:
    """The value of a JSON text, or the list of those on its lines; None where it is another text.

    Raises `InputError` where the name says that it is JSON.
    """
    try:
        try:
            return json.loads(text)
        except ValueError:
            return [json.loads(line) for line in text.split("\n") if line.strip()]
    except (ValueError, RecursionError) as error:
        if name.lower().endswith((".json", ".jsonl")):
            message = f"{name} is damaged: there is no JSON in it"
            raise InputError(message, "give it as poet printed it") from error
        return None


def _indents(form: object) -> tuple[int, ...]:
    """The columns by which lines are set in; JSON has the form, and not these."""
    try:
        return getattr(find_form(form), "indents", ()) if isinstance(form, str) else ()
    except UsageError:
        return ()


def _of_text(text: str) -> Given:
    text = "\n".join(line.rstrip() for line in text.strip("\n\ufeff").split("\n")).rstrip()
    facts: dict[str, object] = {}
    if found := _colophon.search(text):
        facts = {"model": found[1], "seed": found[2]}
        text = text[: found.start()].rstrip()
    if marked := _heading.match(text):
        return Given(Poem(text[marked.end() :].strip("\n"), marked[1]), facts)
    head, _, verse = text.partition("\n\n")
    if verse and (title_and_author := _headed(head, verse, by_poet=bool(found))):
        return Given(Poem(verse.strip("\n"), *title_and_author), facts)
    return Given(Poem(text), facts)


def _headed(head: str, verse: str, *, by_poet: bool) -> list[str]:
    """Title and author, where the paragraph before the verse holds these and is no verse."""
    parts = [part.strip() for part in re.split(r"\n|\u3000\u3000+", head) if part.strip()]
    if len(parts) > 2:
        return []
    if is_chinese(verse):
        has_stops = any(stop in head for stop in STOPS)
        return [] if has_stops or not any(stop in verse for stop in STOPS) else parts
    is_signed = parts[-1].startswith("poet, after ")
    if by_poet and (is_signed or (len(parts) == 1 and parts[0][-1].isalnum())):
        return parts
    return []
