"""How poems lie in a text: one a line, between blank lines, as JSON, or not at all.

Every reader here takes a text in pieces and gives poems, so that a file of any
size is read within a few megabytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from poet.errors import InputError
from poet.poem import Poem

MEANING = {
    "poems": "poems between blank lines",
    "lines": "one poem a line",
    "json": "poems as JSON",
    "jsonl": "poems as JSON lines",
    "stream": "one long text without poem borders",
}
LAYOUTS = tuple(MEANING)
LONGEST = 100_000  # characters; a longer line or block is cut, no poem is that long
PIECE = 1_000_000  # characters a piece of a stream has, about
_BUFFER = 8_000_000  # characters one item of a JSON array may take
_TEXTS = ("paragraphs", "text", "lines", "content", "para")  # the keys that hold the verse
_TITLES = ("title", "rhythmic")
_between = re.compile(r"[\s,]*")
_surrogate = re.compile("[\ud800-\udfff]")


def stream(text: Iterable[str]) -> Iterator[Poem]:
    """The text itself in pieces of about a million characters, which together are it exactly."""
    held: list[str] = []
    size = 0
    for piece in text:
        held.append(piece)
        size += len(piece)
        if size >= PIECE:
            yield Poem("".join(held))
            held, size = [], 0
    if held:
        yield Poem("".join(held))


def lines(text: Iterable[str]) -> Iterator[Poem]:
    """One poem a line."""
    for line in _lines(text):
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
    for line in _lines(text):
        blank = not line.strip()
        if block and (blank or size + len(line) > LONGEST):
            yield _headed(heading, block)
            block, size, heading = [], 0, ""
        if blank:
            continue
        if not block and line.startswith("# "):
            heading = line[2:]
        else:
            block.append(line)
            size += len(line) + 1
    if block:
        yield _headed(heading, block)


def json_array(text: Iterable[str], name: str) -> Iterator[Poem]:
    """The poems of a JSON array of objects (chinese-poetry), or of a single object."""
    return _poems_of(_items(iter(text), name), name)


def json_lines(text: Iterable[str], name: str) -> Iterator[Poem]:
    """The poems of a file with one JSON object, or one JSON string, a line."""
    return _poems_of(_json_values(text, name), name)


def _json_values(text: Iterable[str], name: str) -> Iterator[Any]:
    for number, line in enumerate(_lines(text, _BUFFER), 1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            raise InputError(
                f"{name} is damaged: line {number:,} is no JSON value",
                "mend the line, or read the file another way: --layout lines",
            ) from None


def _lines(text: Iterable[str], longest: int = LONGEST) -> Iterator[str]:
    """Lines without their ends, of any system; one longer than `longest` comes in pieces.

    ab\\ncd | e\\r | \\nf   ->   ab  cde  f
    """
    rest = ""
    for piece in text:
        held, rest = rest + piece, ""
        if held.endswith("\r"):  # its \n may begin the next piece
            held, rest = held[:-1], "\r"
        *whole, last = held.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in whole:
            yield from _cut(line, longest)
        rest = last + rest
        while len(rest) > longest:
            yield rest[:longest]
            rest = rest[longest:]
    if rest.rstrip("\r"):
        yield rest.rstrip("\r")


def _cut(line: str, longest: int) -> Iterator[str]:
    if len(line) <= longest:
        yield line
        return
    for start in range(0, len(line), longest):
        yield line[start : start + longest]


def _headed(heading: str, block: list[str]) -> Poem:
    title, _, author = heading.partition(" / ")
    return Poem("\n".join(block), title.strip(), author.strip())


def _items(pieces: Iterator[str], name: str) -> Iterator[Any]:
    """The items of a JSON array one after another, without ever holding the array."""
    scan = json.JSONDecoder().raw_decode
    held, at, passed = "", 0, 0
    is_array = more = True
    for first in pieces:  # up to the first character that says what this is
        held += first
        if held.strip():
            is_array = held.lstrip().startswith("[")
            at = held.index("[") + 1 if is_array else 0
            break
    while True:
        at = _skip(held, at)
        if is_array and held[at : at + 1] == "]":
            return
        try:
            item, end = scan(held, at)
        except (json.JSONDecodeError, RecursionError):
            end = len(held) + 1
        if end < len(held) or (end == len(held) and not more):
            yield item
            at = end
            if not is_array:
                return
            continue
        if not more or len(held) - at > _BUFFER:  # a whole item would have been read
            raise InputError(
                f"{name} is damaged: no whole JSON value at character {passed + at:,}",
                "mend the file, or fetch it again",
            )
        piece = next(pieces, "")
        passed, held, at, more = passed + at, held[at:] + piece, 0, bool(piece)


def _skip(text: str, at: int) -> int:
    """The place of the next character that is neither space nor comma."""
    found = _between.match(text, at)
    return found.end() if found else at


def _poems_of(items: Iterable[Any], name: str) -> Iterator[Poem]:
    """The poems in JSON values; a file without a single one was not meant for this."""
    found, keys = False, ""
    for item in items:
        if isinstance(item, dict) and not keys:
            keys = " ".join(map(str, item))[:80]
        if poem := _poem_of(item):
            found = True
            yield poem
    if not found:
        raise InputError(
            f"{name} has no verse" + (f": its objects have {keys}" if keys else ""),
            f"the verse is looked for under {' '.join(_TEXTS)}",
        )


def _poem_of(item: Any) -> Poem | None:
    """The poem in one JSON value, empty as it may be; None when there is no place for verse."""
    if isinstance(item, str):
        return Poem(_sound(item))
    if not isinstance(item, dict) or not any(key in item for key in _TEXTS):
        return None
    text, title, author = (
        next((_joined(item[key]) for key in keys if item.get(key)), "")
        for keys in (_TEXTS, _TITLES, ("author",))
    )
    return Poem(_sound(text), _sound(title).strip(), _sound(author).strip())


def _joined(value: Any) -> str:
    """A text, or lines of text; None and whatever else JSON may hold is nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(part for part in value if isinstance(part, str))
    return ""


def _sound(text: str) -> str:
    """Half a surrogate pair, which only a JSON escape can bring in, as U+FFFD."""
    return _surrogate.sub("\ufffd", text)
