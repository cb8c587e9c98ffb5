"""File formats of poems: one per line, between blank lines, in stanzas, JSON, or one long text.

Every reader takes a text in pieces and yields poems, so that a file of any size is read with a
few megabytes of memory.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from poet.characters import replace_surrogates
from poet.corpus.stanzas import stanzas
from poet.corpus.tei import tei_poems
from poet.corpus.text_lines import MAX_LINE, split_lines
from poet.errors import InputError
from poet.poem import Poem

FORMATS = {
    "poems": "poems between blank lines",
    "stanzas": "poems in stanzas, with headings or two blank lines between poems",
    "lines": "one poem a line",
    "json": "poems as JSON",
    "jsonl": "poems as JSON lines",
    "tei": "poems in TEI, an XML format",
    "stream": "one long text without separate poems",
}
PIECE = 1_000_000  # characters in a piece of a stream, about
_MAX_JSON_ITEM = 8_000_000  # characters that one item of a JSON array may take
_TEXT_KEYS = ("paragraphs", "text", "lines", "content", "para")
_TITLE_KEYS = ("title", "rhythmic")
_separator = re.compile(r"[\s,]*")


def read_poems(
    text: Iterable[str], file_format: str, name: str, notify: Callable[[str], None] = print
) -> Iterator[Poem]:
    """The poems, or the pieces of a stream, in a text of this format.

    `name` is that of the file, for error messages. Raises `InputError` if JSON or XML is damaged.
    """
    if file_format == "json":
        return _json_poems(_json_items(_unwrapped(text), name), name)
    if file_format == "jsonl":
        return _json_poems(_json_line_values(text, name), name)
    if file_format == "tei":
        return tei_poems(text, name, notify)
    readers = {"poems": poems, "stanzas": stanzas, "lines": lines, "stream": stream}
    return readers[file_format](text)


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
    """One poem a line."""
    for line in split_lines(text):
        if line.strip():
            yield Poem(line)


def poems(text: Iterable[str]) -> Iterator[Poem]:
    """The poems between blank lines; `# Title / Author` may stand above one.

    >>> [(poem.title, poem.text) for poem in poems(["# Rain\\nOn the roof.\\n\\n", "A lamp.\\n"])]
    [('Rain', 'On the roof.'), ('', 'A lamp.')]
    """
    block: list[str] = []
    size = 0
    heading = ""
    for line in split_lines(text):
        is_blank = not line.strip()
        if block and (is_blank or size + len(line) > MAX_LINE):
            yield _with_heading(heading, block)
            block, size, heading = [], 0, ""
        if is_blank:
            continue
        if not block and line.startswith("# "):
            heading = line[2:]
        else:
            block.append(line)
            size += len(line) + 1
    if block:
        yield _with_heading(heading, block)


def _with_heading(heading: str, block: list[str]) -> Poem:
    title, _, author = heading.partition(" / ")
    return Poem("\n".join(block), title.strip(), author.strip())


# JSON


_member = r'"(?:[^"\\]|\\.)*"\s*:\s*'
_wrapper = re.compile(
    rf'\A\s*\{{\s*(?:{_member}(?:"(?:[^"\\]|\\.)*"|[\w.+-]+)\s*,\s*)*"poems"\s*:\s*(?=\[)'
)


def _unwrapped(text: Iterable[str]) -> Iterator[str]:
    """JSON without an object around its `poems`; `poet write` writes such an object.

    >>> "".join(_unwrapped(['{"poet": "1", "poems": [{"text": "夜雨。"}]}']))
    '[{"text": "夜雨。"}]}'
    """
    pieces = iter(text)
    yield _wrapper.sub("", next(pieces, ""), count=1)
    yield from pieces


def _json_line_values(text: Iterable[str], name: str) -> Iterator[Any]:
    """The JSON values of a file that has one on each line."""
    for number, line in enumerate(split_lines(text, _MAX_JSON_ITEM), 1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            raise InputError(
                f"{name} is damaged: line {number:,} is not a JSON value",
                "mend the line, or read the file another way: --layout lines",
            ) from None


def _json_items(pieces: Iterator[str], name: str) -> Iterator[Any]:
    """The items of a JSON array, or a single value, without holding the whole array."""
    decode = json.JSONDecoder().raw_decode
    buffer, position, dropped = "", 0, 0  # `dropped`: characters no longer in the buffer
    is_array = more = True
    for piece in pieces:  # up to the first character that is not space
        buffer += piece
        if buffer.strip():
            is_array = buffer.lstrip().startswith("[")
            position = buffer.index("[") + 1 if is_array else 0
            break
    while True:
        position = _skip_separator(buffer, position)
        if is_array and buffer[position : position + 1] == "]":
            return
        try:
            item, end = decode(buffer, position)
        except (json.JSONDecodeError, RecursionError):
            end = len(buffer) + 1
        # A value that ends with the buffer may go on in the next piece, as a number does
        if end < len(buffer) or (end == len(buffer) and not more):
            yield item
            position = end
            if not is_array:
                return
            continue
        if not more or len(buffer) - position > _MAX_JSON_ITEM:
            raise InputError(
                f"{name} is damaged: no whole JSON value at character {dropped + position:,}",
                "mend the file, or fetch it again",
            )
        piece = next(pieces, "")
        dropped += position
        buffer, position, more = buffer[position:] + piece, 0, bool(piece)


def _skip_separator(text: str, position: int) -> int:
    """The position of the next character that is neither space nor comma."""
    match = _separator.match(text, position)
    return match.end() if match else position


def _json_poems(items: Iterable[Any], name: str) -> Iterator[Poem]:
    """The poems in JSON values. Raises `InputError` if there is none."""
    has_poems, keys = False, ""
    for item in items:
        if isinstance(item, dict) and not keys:
            keys = " ".join(map(str, item))[:80]
        if poem := _json_poem(item):
            has_poems = True
            yield poem
    if not has_poems:
        raise InputError(
            f"{name} has no verse" + (f": its objects have the keys {keys}" if keys else ""),
            f"the verse is expected under one of {' '.join(_TEXT_KEYS)}",
        )


def _json_poem(item: Any) -> Poem | None:
    """The poem in one JSON value, possibly empty; None when the value has no key for verse."""
    if isinstance(item, str):
        return Poem(replace_surrogates(item))
    if not isinstance(item, dict) or not any(key in item for key in _TEXT_KEYS):
        return None
    text, title, author = (
        next((_joined(item[key]) for key in keys if item.get(key)), "")
        for keys in (_TEXT_KEYS, _TITLE_KEYS, ("author",))
    )
    return Poem(
        replace_surrogates(text),  # only a JSON escape can bring them in
        replace_surrogates(title).strip(),
        replace_surrogates(author).strip(),
    )


def _joined(value: Any) -> str:
    r"""A string, a list of lines, or a list of stanzas; empty for any other JSON value.

    An empty line stands between stanzas too.

    >>> _joined([["Rain.", "A lamp."], ["Snow."]]) == _joined(["Rain.", "A lamp.", "", "Snow."])
    True
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return ""
    if any(isinstance(part, list) for part in value):
        return "\n\n".join(filter(None, map(_joined, value)))
    return "\n".join(part for part in value if isinstance(part, str))
