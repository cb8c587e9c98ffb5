"""The tunes of ci (詞牌), read from a file of facts that users can add to.

A tune is a TOML table with its lines. A line is the tones of its places, a letter if it rhymes
(lines with the same letter rhyme with each other), and the stop that closes it; its
English name and aliases may be left out:

    [[tune]]
    name = "憶江南"
    english = "Yi Jiangnan, Remembering the South"
    aliases = ["望江南", "yijiangnan"]
    lines = ["平中仄，", "中仄仄平平A。", "中仄中平平仄仄，", …]

A table with `variant_of` instead of `name` is another shape of that tune: poems are scanned by it,
and none is written by it.

`同` instead of tones says that a line repeats the one before it, word for word; `|` separates
alternative patterns of a line: "平平中仄平|中平平仄平，".
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from poet import paths
from poet.errors import InputError
from poet.prosody.chinese.forms import FORMS, FREE, MOST_CHARACTERS, OLD_STYLE, CiForm

SAME = "同"
LINE = re.compile(f"([平仄中]+(?:\\|[平仄中]+)*|{SAME})([A-Z]?)([，。、；！？])")
_EXAMPLE = 'name = "…" and lines = ["平中仄，", "中仄仄平平A。", …]'


def tunes() -> tuple[CiForm, ...]:
    """The tunes that ship, and the user's own, which replace those of the same name.

    Raises `InputError` where the user's file cannot be read.
    """
    return tunes_and_variants()[0]


@cache
def tunes_and_variants() -> tuple[tuple[CiForm, ...], tuple[CiForm, ...]]:
    """The tunes, and other shapes of them, which have their names. Raises as `tunes` does."""
    users = paths.tunes()
    main, variants = _read(Path(__file__).with_name("tunes.toml"))
    by_name = {form.name: form for form in main}
    if users.is_file():
        main, more = _read(users)
        by_name |= {form.name: form for form in main}
        variants += more
    return tuple(by_name.values()), tuple(variants)


def _read(path: Path) -> tuple[list[CiForm], list[CiForm]]:
    """The tunes of a file, and its variants of tunes."""
    import tomllib  # other modules need only the notation of lines

    try:
        tables = tomllib.loads(path.read_text("utf-8")).get("tune", [])
        if not isinstance(tables, list):
            raise ValueError("[tune] should be [[tune]]")
        forms = [_tune(table, number) for number, table in enumerate(tables, 1)]
        is_variant = ["variant_of" in table for table in tables]
        main = [form for form, other in zip(forms, is_variant, strict=True) if not other]
        return main, [form for form, other in zip(forms, is_variant, strict=True) if other]
    except (OSError, ValueError) as error:
        raise InputError(
            f"the tunes in {path} cannot be read: {error}", f"a tune is [[tune]] with {_EXAMPLE}"
        ) from error


def _tune(table: dict[str, Any], number: int) -> CiForm:
    name = table.get("name", table.get("variant_of"))
    if not name or not isinstance(name, str):
        raise ValueError(f"tune {number} has no name")
    lines, aliases = (_strings(name, table, key) for key in ("lines", "aliases"))
    if not lines:
        raise ValueError(f"{name} has no lines")
    for alias in (name, *aliases):
        if other := _reserved_names().get(alias.strip().lower()):
            raise ValueError(f"{name} cannot be called {alias}, which is the name of {other}")
    english = table.get("english", "")
    if not isinstance(english, str):
        raise ValueError(f'english of {name} must be a string: english = "…"')
    lengths: list[int] = []
    for line in lines:
        lengths.append(_length(name, line, lengths))
    return CiForm(name, tuple(lengths), aliases, english=english, pattern=lines)


@cache
def _reserved_names() -> dict[str, str]:
    """Names that no tune can have -> the form that has them."""
    forms = (*FORMS, *OLD_STYLE)
    names = {alias.lower(): form.name for form in forms for alias in (form.name, *form.aliases)}
    return names | dict.fromkeys(FREE, "verse without a form")


def _strings(name: str, table: dict[str, Any], key: str) -> tuple[str, ...]:
    strings = table.get(key, [])
    if not isinstance(strings, list) or not all(isinstance(part, str) for part in strings):
        raise ValueError(f'{key} of {name} must be a list of strings: {key} = ["…", "…"]')
    return tuple(strings)


def _length(name: str, line: str, before: list[int]) -> int:
    """How many characters a line has; all its patterns must agree in that."""
    parsed = LINE.fullmatch(line)
    if not parsed or (parsed[1] == SAME and not before):
        raise ValueError(f"{name} has a line that cannot be read, {line!r}")
    patterns = parsed[1].split("|")
    if len({len(pattern) for pattern in patterns}) > 1:
        raise ValueError(f"{name} has a line of two lengths, {line!r}")
    if parsed[2] and len({pattern[-1] for pattern in patterns}) > 1:
        raise ValueError(f"{name} has a line that rhymes in two tones, {line!r}")
    length = len(patterns[0])
    if length > MOST_CHARACTERS:
        raise ValueError(f"{name} has a line of {length} characters, at most {MOST_CHARACTERS}")
    return before[-1] if parsed[1] == SAME else length
