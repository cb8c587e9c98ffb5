"""What is said of a poem that was written: its prosody, its novelty, its likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..poem import Poem, is_chinese
from ..prosody.forms import Form
from ..prosody.scan import Scan, scan
from ..writing.writer import Writer
from ..writing.writing import Writing


def verdict(writer: Writer, writing: Writing, form: Form | None, options: Mapping[str, Any]) -> str:
    """The one line about a poem; with --show novelty a second one."""
    poem = writing.poem
    parts = []
    scanned = _scan(poem, form)
    if scanned and scanned.form:
        parts.append(scanned.summary(strict=form is not None and options["tones"] == "strict"))
    if not writing.ended and not writer.reads_stream:
        parts.append("cut at --max-chars")
    novelty = writer.index.of(poem) if writer.index else None
    if novelty and is_chinese(poem.text):
        parts.append(f"{len(novelty.standing)} of {novelty.lines} lines stand in the training text")
    parts.append(f"{writing.nats_per_character:.2f} nats/character")
    lines = [" · ".join(parts)]
    if "novelty" in options["show"]:
        lines.append(_novelty(writer, poem))
    return "\n".join(lines)


def facts_of(
    writer: Writer, poem: Poem, form: Form | None, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The same as data, for JSON."""
    facts: dict[str, Any] = {}
    scanned = _scan(poem, form)
    if scanned and scanned.form:
        strict = form is not None and options["tones"] == "strict"
        facts["verdict"] = scanned.summary(strict)
        facts["keeps_the_rules"] = scanned.keeps(strict)
    if writer.index:
        novelty = writer.index.of(poem)
        facts["lines_in_training_text"] = len(novelty.standing)
        facts["longest_shared_run"] = novelty.longest_run
    return facts


def _scan(poem: Poem, form: Form | None) -> Scan | None:
    if not poem.text or not is_chinese(poem.text) or not (form or poem.form):
        return None
    return scan(poem, form)


def _novelty(writer: Writer, poem: Poem) -> str:
    """Which lines stand in the training text, and the longest run shared with it."""
    if not writer.index:
        return "novelty: this model has no index of its training text"
    found = writer.index.of(poem)
    standing = ", ".join(str(number) for number in found.standing)
    run = found.longest_run
    shared = f"at most {run} in a row" if run else "never five in a row"
    return (
        f"novelty: {f'lines {standing} stand' if standing else 'no line stands'} in the training "
        f"text; characters shared with it: {shared}"
    )
