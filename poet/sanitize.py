"""Text and data that are safe to print: nothing that commands a terminal or that JSON lacks."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from poet.characters import replace_surrogates

_unprintable = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f"  # control characters: an escape sequence begins with one
    "\u2028\u2029\u202a-\u202e\u2066-\u2069"  # other line ends, and changes of direction
    "\ufeff\ufffe\uffff\ud800-\udfff]"  # the byte order mark, no characters, lone surrogates
)
_unsafe_in_json = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_replacements = {"\t": "    ", "\r": "", "\ufeff": ""}


def sanitize(text: str) -> str:
    r"""The text with nothing in it that does more to a terminal than show a character.

    A poem may come from anywhere. Control characters, lone surrogates and marks that
    change the reading direction become U+FFFD, so that an escape sequence is harmless and
    visible. Tabs become four spaces; carriage returns and byte order marks are removed.

    >>> sanitize("夜\x1b[31m雨\r\n")
    '夜�[31m雨\n'
    """
    return _unprintable.sub(lambda match: _replacements.get(match[0], "\ufffd"), text)


def single_line(text: str) -> str:
    r"""The text, sanitized, with each run of spaces and line ends made one space.

    >>> single_line("Night\n  Rain ")
    'Night Rain'
    """
    return " ".join(sanitize(text).split())


def jsonable(value: Any) -> Any:
    """The value in types that JSON has; numbers that are not finite become None.

    >>> jsonable({"temperature": float("nan"), "seeds": (1, 2)})
    {'temperature': None, 'seeds': [1, 2]}
    """
    if isinstance(value, str):
        return replace_surrogates(value)
    if isinstance(value, Mapping):
        return {jsonable(str(key)): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    if hasattr(value, "item"):  # a number of numpy or torch
        return jsonable(value.item())
    return jsonable(str(value))


def dump_json(value: Any, indent: int | None = None) -> str:
    """JSON of plain values in which no character can harm a terminal or end a line."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return _unsafe_in_json.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def json_document(facts: Mapping[str, Any], version: str = "", indent: int = 2) -> str:
    """The facts as one JSON object that begins with the version of poet, as `--json` prints."""
    return dump_json({"poet": version or installed_version(), **jsonable(facts)}, indent)


def installed_version() -> str:
    """The version of poet; empty where it runs without being installed."""
    from importlib import metadata

    try:
        return metadata.version("poet")
    except metadata.PackageNotFoundError:
        return ""
