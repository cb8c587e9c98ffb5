"""The tunes of ci, as facts in a file that a user can add to.

A tune is a table of TOML with its lines, each the tones of its places, a letter where it
rhymes (lines of one letter rhyme with each other) and the stop that closes it:

    [[tune]]
    name = "憶江南"
    aliases = ["望江南", "yijiangnan"]
    lines = ["平中仄，", "中仄仄平平A。", "中仄中平平仄仄，", …]

`同` in place of tones says that a line repeats the one before it, word for word; `|` stands
between the ways to set a line that has more than one: "平平中仄平|中平平仄平，".
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from poet import paths
from poet.errors import InputError
from poet.prosody.chinese.forms import FORMS, FREE, MOST_CHARACTERS, OLD, Form

SAME = "同"
LINE = re.compile(f"([平仄中]+(?:\\|[平仄中]+)*|{SAME})([A-Z]?)([，。、；！？])")
_EXAMPLE = 'name = "…" and lines = ["平中仄，", "中仄仄平平A。", …]'


@cache
def tunes() -> tuple[Form, ...]:
    """The tunes that ship, then the user's own, which come before them by name.

    Raises `InputError` where the user's file cannot be read.
    """
    found = {form.name: form for form in _read(Path(__file__).with_name("tunes.toml"))}
    own = paths.tunes()
    if own.is_file():
        found |= {form.name: form for form in _read(own)}
    return tuple(found.values())


def _read(path: Path) -> list[Form]:
    import tomllib  # the patterns of lines are wanted without it too

    try:
        tables = tomllib.loads(path.read_text("utf-8")).get("tune", [])
        if not isinstance(tables, list):
            raise ValueError("[tune] stands for [[tune]]")
        return [_tune(table, number) for number, table in enumerate(tables, 1)]
    except (OSError, ValueError) as error:
        raise InputError(
            f"the tunes in {path} cannot be read: {error}", f"a tune is [[tune]] with {_EXAMPLE}"
        ) from error


def _tune(table: dict[str, Any], number: int) -> Form:
    name = table.get("name")
    if not name or not isinstance(name, str):
        raise ValueError(f"the tune at place {number} has no name")
    lines, aliases = (_strings(name, table, key) for key in ("lines", "aliases"))
    if not lines:
        raise ValueError(f"{name} has no lines")
    for own in (name, *aliases):
        if other := _taken().get(own.strip().lower()):
            raise ValueError(f"{name} cannot be called {own}, which is the name of {other}")
    lengths: list[int] = []
    for line in lines:
        lengths.append(_length(name, line, lengths))
    return Form(name, tuple(lengths), "ci", lines, aliases)


@cache
def _taken() -> dict[str, str]:
    """Names that no tune can have -> the form that has them."""
    forms = {alias.lower(): f.name for f in (*FORMS, *OLD) for alias in (f.name, *f.aliases)}
    return forms | {FREE: "verse without a form", "自由": "verse without a form"}


def _strings(name: str, table: dict[str, Any], key: str) -> tuple[str, ...]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(part, str) for part in found):
        raise ValueError(f'{key} of {name} has to be a list: {key} = ["…", "…"]')
    return tuple(found)


def _length(name: str, line: str, before: list[int]) -> int:
    """How many characters a line has, which all ways to set it must agree on."""
    found = LINE.fullmatch(line)
    if not found or (found[1] == SAME and not before):
        raise ValueError(f"{name} has a line {line!r}")
    ways = found[1].split("|")
    if len({len(way) for way in ways}) > 1:
        raise ValueError(f"{name} has a line of two lengths, {line!r}")
    if found[2] and len({way[-1] for way in ways}) > 1:
        raise ValueError(f"{name} has a line that rhymes in two tones, {line!r}")
    if len(ways[0]) > MOST_CHARACTERS:
        raise ValueError(
            f"{name} has a line of {len(ways[0])} characters, {MOST_CHARACTERS} is most"
        )
    return before[-1] if found[1] == SAME else len(ways[0])
