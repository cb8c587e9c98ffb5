"""Poems in JSON of any usual shape, read value by value.

The poems may stand in arrays, in objects by their ids or titles, under any key of an object
around them, in columns, or one after another. `records` finds them in a value.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from poet.corpus.fields import (
    ANY_FIELDS,
    SAMPLE,
    Fields,
    find_fields,
    is_known_name,
    is_name_of,
    joined,
)
from poet.corpus.headings import is_name
from poet.corpus.text_lines import split_lines
from poet.errors import InputError
from poet.poem import Poem

MAX_ITEM = 8_000_000  # characters that one value, within the arrays around it, may take
_MAX_DEPTH = 12  # of arrays and objects around a poem
_OLD_TEXT_KEYS = ("paragraphs", "text", "lines", "content", "para")
_OLD_TITLE_KEYS = ("title", "rhythmic")
_separator = re.compile(r"[\s,\ufeff]*")
_verse = re.compile(r"[，。！？；,.!?;\n]")
# A number of thousands of digits is an error for int, not for float
_decoder = json.JSONDecoder(parse_int=float)


def verified_poems(text: Iterable[str], name: str) -> Iterator[Poem]:
    """The poems of a fetched corpus, an array of objects, as its digests were made of them."""
    for item, _ in _values(iter(text), name):
        if isinstance(item, str):
            yield Poem(item)
        elif isinstance(item, dict) and any(key in item for key in _OLD_TEXT_KEYS):
            yield Poem(
                *(
                    next((joined(item[key]) for key in keys if item.get(key)), "")
                    for keys in (_OLD_TEXT_KEYS, _OLD_TITLE_KEYS, ("author",))
                )
            )


def json_records(text: Iterable[str], name: str) -> Iterator[Any]:
    """The poems of a JSON file, each an object, a text, or a list of lines."""
    for value, depth in _values(iter(text), name):
        yield from records(value, depth=depth)


def json_line_records(text: Iterable[str], name: str) -> Iterator[Any]:
    """The poems of a file that has a JSON value on each line."""
    for number, line in enumerate(split_lines(text, MAX_ITEM), 1):
        if not line.strip(" \t\ufeff"):
            continue
        try:
            value = _decoder.decode(line.strip("\ufeff"))
        except (ValueError, RecursionError):
            raise InputError(
                f"{name} is damaged: line {number:,} is not a JSON value",
                "mend the line, or read the file another way: --layout lines",
            ) from None
        yield from records(value, depth=1)


def record_poems(
    found: Iterable[Any], name: str, wanted: Fields, left_out: Counter[str]
) -> tuple[Fields, Iterator[Poem]]:
    """The fields that poems are taken from, and the poems. Raises `InputError` if there is none."""
    found = iter(found)
    first = list(islice(found, SAMPLE))
    if header := _header(first):
        found = (dict(zip(header, item, strict=False)) for item in found if isinstance(item, list))
        first = [dict(zip(header, item, strict=False)) for item in first[1:]]
    elif _are_rows(first):
        found = map(_row, found)
        first = [_row(item) for item in first]
    objects = [item for item in first if isinstance(item, dict)]
    fields = find_fields(objects, wanted, name) if objects else ANY_FIELDS
    if not first or (len(objects) == len(first) and not fields.text):
        keys = " ".join(dict.fromkeys(chain.from_iterable(objects)))[:80]
        raise InputError(
            f"{name} has no verse" + (f": its objects have the keys {keys}" if keys else ""),
            "name the field that the verse stands in: --text-field NAME",
        )
    return fields, _poems(chain(first, found), fields, left_out)


def _poems(found: Iterable[Any], fields: Fields, left_out: Counter[str]) -> Iterator[Poem]:
    for item in found:
        if isinstance(item, dict):
            text = joined(item.get(fields.text)) or _other_text(item, fields)
            title, author = (joined(item.get(key)) for key in (fields.title, fields.author))
        else:
            text, title, author = joined(item), "", ""
        if text.strip():
            yield Poem(text, " ".join(title.split()), " ".join(author.split()))
        else:
            left_out["records without text"] += 1


def _other_text(item: Mapping[str, Any], fields: Fields) -> str:
    """The text of a record that has none in its field, but in another one of a usual name."""
    keys = (key for key in item if is_name_of("text", key) and key not in (fields.title, ""))
    return next(filter(None, (joined(item[key]) for key in keys)), "")


def _header(items: list[Any]) -> list[str]:
    """The names of columns, where the first of several lists holds nothing else."""
    if len(items) < 2 or not all(isinstance(item, list) for item in items):
        return []
    names = items[0]
    if not all(isinstance(name, str) for name in names):
        return []
    has_text = any(is_name_of("text", name) for name in names)
    return names if has_text and sum(map(is_known_name, names)) > 1 else []


def _are_rows(items: list[Any]) -> bool:
    """Whether lists are rows of a table, not the lines of poems: one column alone has stops."""
    if len(items) < 2 or not all(isinstance(item, list) for item in items):
        return False
    width = len(items[0])
    if not 2 <= width <= 12 or any(len(item) != width for item in items):
        return False
    stopped = [
        sum(_verse.search(joined(item[i])) is not None for item in items) / len(items)
        for i in range(width)
    ]
    return sum(share > 0.9 for share in stopped) == sum(share > 0.1 for share in stopped) == 1


def _row(item: Any) -> Any:
    if not isinstance(item, list):
        return item
    return {f"column {number}": value for number, value in enumerate(item, 1)}


# The poems in a value


def records(value: Any, above: Mapping[str, Any] | None = None, depth: int = 0) -> Iterator[Any]:
    """The poems in a JSON value: objects with the fields of a poem, texts, or lists of lines.

    `above` are fields of the objects around it, which a poem has too where it has no others.

    >>> list(records({"author": "某", "poems": [{"text": "夜雨。"}, {"text": "春水。"}]}))
    [{'author': '某', 'text': '夜雨。'}, {'author': '某', 'text': '春水。'}]
    """
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, str):
        yield {**above, "text": value} if above else value
    elif isinstance(value, list):
        yield from _in_list(value, above, depth)
    elif isinstance(value, dict):
        yield from _in_object(value, above or {}, depth)


def _in_list(value: list[Any], above: Mapping[str, Any] | None, depth: int) -> Iterator[Any]:
    if not any(isinstance(item, dict) for item in _leaves(value)):
        if joined(value).strip():
            yield {**above, "text": value} if above else value
        return
    for item in value:
        yield from records(item, above, depth + 1)


def _leaves(value: list[Any]) -> Iterator[Any]:
    for item in value:
        if isinstance(item, list):
            yield from _leaves(item)
        else:
            yield item


def _in_object(
    value: Mapping[str, Any], above: Mapping[str, Any], depth: int
) -> Iterator[Mapping[str, Any]]:
    if rows := _columns(value) or _split_rows(value):
        yield from ({**above, **row} for row in rows)
        return
    has_text = any(is_name_of("text", key) and joined(item).strip() for key, item in value.items())
    inner = {key: item for key, item in value.items() if _is_container(item)}
    if has_text or not inner:
        if not depth and not has_text and _are_titles(value):
            yield from ({"title": title, "text": text} for title, text in value.items())
        elif value:
            yield {**above, **value}
        return
    parts = {key: item for key, item in value.items() if key not in inner and _is_part(key, item)}
    are_authors = len(inner) > 1 and all(map(is_name, inner))
    for key, item in inner.items():
        around = {**above, **parts}
        if are_authors:
            around.setdefault("author", key)
        elif len(inner) > 1 and isinstance(item, dict) and not key.isdecimal():
            around.setdefault("title", key)  # poems by their titles
        if isinstance(item, list) and all(isinstance(text, str) for text in item):
            for text in item:
                yield from records(text, around, depth + 1)
        else:
            yield from records(item, around, depth + 1)


def _is_part(key: str, item: Any) -> bool:
    if not isinstance(item, str) or any(map(str.isdigit, item)):  # a number of a version
        return False
    return is_name_of("title", key) or is_name_of("author", key)


def _is_container(item: Any) -> bool:
    """Whether a value may hold poems: an object, or a list of anything but scalars."""
    if isinstance(item, dict):
        return bool(item)
    if not isinstance(item, list) or not item:
        return False
    return any(isinstance(part, dict) for part in _leaves(item)) or _are_texts(item)


def _are_texts(item: list[Any]) -> bool:
    """Whether a list holds whole poems, texts of several lines each."""
    texts = [part for part in item if isinstance(part, str)]
    return len(texts) == len(item) and 2 * sum(
        len(_verse.findall(text.strip()[:-1])) > 0 for text in texts
    ) > len(texts)


def _are_titles(value: Mapping[str, Any]) -> bool:
    """Whether an object maps titles to poems."""
    texts = [joined(item) for item in value.values()]
    if len(texts) < 2 or any(map(is_known_name, value)):
        return False
    verse = [
        _verse.search(text) is not None and len(text) > len(key)
        for key, text in zip(value, texts, strict=True)
    ]
    return all(verse)


def _columns(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of an object whose values are columns: lists, or objects by row; else none."""
    columns = list(value.values())
    if len(columns) < 2 or not any(is_name_of("text", key) for key in value):
        return []
    if all(isinstance(column, dict) and column for column in columns):
        ids = list(columns[0])
        if any(list(column) != ids for column in columns):
            return []
        return [{key: column[i] for key, column in value.items()} for i in ids]
    lists = {key: column for key, column in value.items() if isinstance(column, list)}
    titles = [key for key in lists if is_name_of("title", key) or is_name_of("author", key)]
    size = len(next(iter(lists.values()), ()))
    if not titles or not size or any(len(column) != size for column in lists.values()):
        return []
    if not any(is_name_of("text", key) for key in lists):
        return []
    return [{key: column[i] for key, column in lists.items()} for i in range(size)]


def _split_rows(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of an object that has the names of columns apart from their rows; else none."""
    names, rows = value.get("columns"), value.get("data", value.get("rows"))
    if not isinstance(names, list) or not isinstance(rows, list):
        return []
    if not all(isinstance(name, str) for name in names):
        return []
    return [
        dict(zip(names, row, strict=False)) for row in rows if isinstance(row, list) and len(row)
    ]


# Values, one at a time


class _Buffer:
    """Pieces of text from which JSON values are taken off the front."""

    def __init__(self, pieces: Iterator[str], name: str) -> None:
        self._pieces, self._name = pieces, name
        self._text, self._position, self._dropped = "", 0, 0
        self._more = True

    def peek(self) -> str:
        """The next character that is neither space nor comma; empty at the end."""
        while True:
            match = _separator.match(self._text, self._position)
            self._position = match.end() if match else self._position
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._fill():
                return ""

    def skip(self) -> None:
        """Take one character off."""
        self._position += 1

    def value(self) -> Any:
        """Take one value off. Raises `_TooLarge`, or `InputError` where there is none."""
        tried = -1
        while True:
            size = len(self._text) - self._position
            if size >= 2 * tried or not self._more:  # so that a long value is not tried often
                tried = size
                try:
                    item, end = _decoder.raw_decode(self._text, self._position)
                except (ValueError, RecursionError):
                    end = len(self._text) + 1
                # A value that ends with the buffer may go on in the next piece, as a number does
                if end < len(self._text) or (end == len(self._text) and not self._more):
                    self._position = end
                    return item
            if size > MAX_ITEM:
                raise _TooLargeError
            if not self._fill():
                raise self.damaged()

    def damaged(self) -> InputError:
        """The error of a file that ends, or goes wrong, at this place."""
        return InputError(
            f"{self._name} is damaged: no whole JSON value at character "
            f"{self._dropped + self._position:,}",
            "mend the file, or fetch it again",
        )

    def _fill(self) -> bool:
        piece = next(self._pieces, "")
        if not piece:
            had_more, self._more = self._more, False
            return had_more
        self._dropped += self._position
        self._text, self._position = self._text[self._position :] + piece, 0
        return True


class _TooLargeError(Exception):
    """A value is larger than is held in memory."""


def _values(pieces: Iterator[str], name: str) -> Iterator[tuple[Any, int]]:
    """The items of the arrays of a file, and its other values, each with its depth."""
    buffer = _Buffer(pieces, name)
    while start := buffer.peek():
        yield from _next_values(buffer, start)


def _next_values(buffer: _Buffer, start: str) -> Iterator[tuple[Any, int]]:
    if start == "[":
        yield from _items(buffer)
        return
    try:
        yield buffer.value(), 0
    except _TooLargeError:
        if start != "{":
            raise buffer.damaged() from None
        yield from _members(buffer)


def _items(buffer: _Buffer) -> Iterator[tuple[Any, int]]:
    """The items of an array; those of an array that is an item, as one value."""
    buffer.skip()
    while (start := buffer.peek()) != "]":
        if not start:
            raise buffer.damaged()
        try:
            yield buffer.value(), 1
        except _TooLargeError:
            if start not in "[{":
                raise buffer.damaged() from None
            yield from _items(buffer) if start == "[" else _members(buffer)
    buffer.skip()


def _members(buffer: _Buffer) -> Iterator[tuple[Any, int]]:
    """The members of an object too large for memory: items of its arrays, or objects of one."""
    buffer.skip()
    while (start := buffer.peek()) != "}":
        if start != '"':
            raise buffer.damaged()
        key = buffer.value()
        if buffer.peek() != ":":
            raise buffer.damaged()
        buffer.skip()
        if buffer.peek() == "[":
            yield from _items(buffer)
            continue
        try:
            value = buffer.value()
        except _TooLargeError:
            yield from _members(buffer)
            continue
        if isinstance(value, dict | list):
            yield {key: value}, 1
        elif isinstance(value, str) and not is_known_name(key):
            yield {"title": key, "text": value}, 1
    buffer.skip()
