"""Plain values from disk, checked against types: the one reader of every JSON that poet wrote.

    read_json(path)             the object in a JSON file: a plain file, not too large, not too deep
    typed(value, kind, name)    the value, if it is of this type; `Malformed` says what is not
    construct(cls, value)       a dataclass from an object

A type is one of Python's: str, int, float, bool, unions, literals, lists, tuples, dicts, a
TypedDict. Keys of a TypedDict that it does not name are kept, since other versions may know them.
"""

from __future__ import annotations

import json
import math
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar, is_typeddict

from poet.files import open_plain

T = TypeVar("T")
MAX_BYTES = 1 << 24  # of a JSON file; an alphabet of every character there is takes 5 MB
MAX_DEPTH = 16  # of values inside values
NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


class Malformed(ValueError):
    """Data that is not what it should be; the message says what is wrong with it."""


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises `InputError` where it is no plain file or cannot be opened, `Malformed` for its contents.
    """
    with open_plain(path) as file:
        data = file.read(MAX_BYTES + 1)
    return parse(data)


def parse(data: bytes | str) -> dict[str, Any]:
    """The object that JSON describes. Raises `Malformed`."""
    if len(data) > MAX_BYTES:
        raise Malformed(f"it is longer than {MAX_BYTES:,} bytes")
    try:
        value = json.loads(data if isinstance(data, str) else data.decode("utf-8"))
    except ValueError as error:  # not UTF-8, not JSON, or a number of thousands of digits
        raise Malformed(str(error)) from error
    except RecursionError as error:
        raise Malformed("it is nested too deeply") from error
    _refuse_deep(value)
    if not isinstance(value, dict):
        raise Malformed(f"it is {_described(value)}, not an object")
    return value


def _refuse_deep(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise Malformed("it is nested too deeply")


def typed(value: Any, kind: Any, name: str) -> Any:
    """The value as a `kind`: lists become tuples where it says so. Raises `Malformed`.

    >>> typed([1, 2], tuple[int, ...], "seeds")
    (1, 2)
    >>> typed({"a": "x"}, dict[str, float], "counts")
    Traceback (most recent call last):
    ...
    poet.typed.Malformed: counts.a is text, not a number
    """
    if kind is Any:
        return value
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Required, typing.NotRequired):
        return typed(value, arguments[0], name)
    if origin in (types.UnionType, typing.Union):
        return _one_of(value, arguments, name)
    if origin is typing.Literal:
        if value not in arguments:
            choices = " or ".join(map(repr, arguments))
            raise Malformed(f"{name} is {_described(value)}, not {choices}")
        return value
    if is_typeddict(kind):
        return _object(value, kind, name)
    if origin in (dict, Mapping) or (origin and issubclass(origin, Mapping)):
        given = _as(dict, value, "an object", name)
        return {key: typed(item, arguments[1], _of(name, key)) for key, item in given.items()}
    if origin and issubclass(origin, Sequence):
        items = _as(list, value, "a list", name)
        made = [typed(item, arguments[0], f"{name}[{i}]") for i, item in enumerate(items)]
        return tuple(made) if origin is tuple else made
    if not _is(value, kind):
        raise Malformed(f"{name} is {_described(value)}, not {NAMES.get(kind, 'null')}")
    return value


def construct(cls: type[T], data: Any, name: str = "", *, strict: bool = False) -> T:
    """A dataclass from an object with its fields; others are ignored unless `strict`.

    Raises `Malformed`, and what the class itself raises for values out of range.
    """
    given, kinds = _as(dict, data, "an object", name), typing.get_type_hints(cls)
    known = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
    if strict and (others := [key for key in given if key not in known]):
        raise Malformed(f"{name or 'it'} has {others[0]!r}, which this version does not know")
    for field in known.values():
        has_default = field.default is not MISSING or field.default_factory is not MISSING
        if field.name not in given and not has_default:
            raise Malformed(f"{name or 'it'} lacks {field.name}")
    return cls(
        **{key: typed(given[key], kinds[key], _of(name, key)) for key in known if key in given}
    )


def _object(value: Any, kind: Any, name: str) -> dict[str, Any]:
    given = dict(_as(dict, value, "an object", name))
    if missing := sorted(kind.__required_keys__ - given.keys()):
        raise Malformed(f"{name or 'it'} lacks {' and '.join(missing)}")
    for key, inner in typing.get_type_hints(kind).items():
        if key in given:
            given[key] = typed(given[key], inner, _of(name, key))
    return given


def _one_of(value: Any, kinds: Sequence[Any], name: str) -> Any:
    problems = []
    for kind in kinds:
        try:
            return typed(value, kind, name)
        except Malformed as error:
            problems.append(error)
    raise problems[0]


def _as(kind: type[T], value: Any, called: str, name: str) -> T:
    if not isinstance(value, kind):
        raise Malformed(f"{name or 'it'} is {_described(value)}, not {called}")
    return value


def _of(name: str, key: str) -> str:
    return f"{name}.{key}" if name else key


def _is(value: Any, kind: Any) -> bool:
    if kind is None or kind is types.NoneType:
        return value is None
    if kind is int:
        return type(value) is int and abs(value) < 1 << 63
    if kind is float:  # other languages write 1.0 as 1
        return _is(value, int) or (type(value) is float and math.isfinite(value))
    return type(value) is kind


def _described(value: Any) -> str:
    if value is None:
        return "null"
    if type(value) is float:
        return str(value)
    if type(value) is int:
        return str(value) if _is(value, int) else "a number out of range"
    if isinstance(value, dict):
        return "an object"
    return NAMES.get(type(value), "a list")
