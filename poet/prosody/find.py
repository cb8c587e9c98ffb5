"""Finding a form by its name, an alias, or the lengths of its lines."""

from __future__ import annotations

import re
from collections.abc import Iterable

from poet.errors import UsageError, did_you_mean
from poet.prosody.chinese.forms import (
    FORMS,
    FREE,
    LONG,
    MOST_CHARACTERS,
    MOST_LINES,
    OLD,
    Form,
    form_of,
    long_form,
)

_long = re.compile(r"(\D+?)\s*(\d{1,3})")
_times = re.compile(r"(\d{1,3})\s*[x×*]\s*(\d{1,3})")
_listed = re.compile(r"\d{1,3}(?:\s*[,，]\s*\d{1,3})*")
_endless = re.compile(r"\d{4}")  # no form has such a number, and a longer one costs time to read
_SHOWN = 40  # characters of a name that is not known


def find_form(name: str) -> Form | None:
    """The form of this name or alias; None for `free`.

    五排16 is a 排律 of sixteen lines; 7x4, or 5,5,7, are lines of these lengths without rules;
    the tunes of ci are known by name too. Raises `UsageError`, naming the nearest, when there
    is no such form.

    >>> find_form("wujue").name, find_form("free")
    ('五絕', None)
    >>> find_form("3,3,7").lengths
    (3, 3, 7)
    """
    wanted = name.strip().lower()
    if _endless.search(wanted):
        raise _no_shape(name)
    if wanted in (FREE, "自由"):
        return None
    by_name = _by_name((*FORMS, *OLD))
    if wanted in by_name:
        return by_name[wanted]
    if found := _long.fullmatch(wanted):
        form = by_name.get(found[1])
        if form and form.name in LONG:
            return long_form(form.name, int(found[2]))
    if _times.fullmatch(wanted) or _listed.fullmatch(wanted):
        return _of_lengths(wanted)
    # a file of a thousand lines: read where nothing else has the name
    from poet.prosody.chinese.tunes import tunes

    by_name |= _by_name(tunes())
    if wanted in by_name:
        return by_name[wanted]
    # Two characters of Chinese that share one are near; of letters any two words share some
    cutoff = 0.6 if wanted.isascii() else 0.3
    names = {alias: form.name for alias, form in by_name.items()} | {FREE: FREE}
    raise UsageError(
        f"there is no form called {_short(name)!r}",
        f"{did_you_mean(wanted, names, cutoff)} "
        f"the forms are {' '.join(form.name for form in (*FORMS, *OLD))}, "
        f"lengths such as 7x4, and {len(tunes())} tunes of ci; or {FREE}".strip(),
    )


def _by_name(forms: Iterable[Form]) -> dict[str, Form]:
    return {alias.lower(): form for form in forms for alias in (form.name, *form.aliases)}


def _of_lengths(text: str) -> Form:
    """The form that `7x4` or `5,5,7` asks for: lines of these lengths and no rules."""
    if times := _times.fullmatch(text):
        length, count = int(times[1]), int(times[2])
        lengths = (length,) * min(count, MOST_LINES + 1)
    else:
        lengths = tuple(int(n) for n in re.split("[,，]", text))
    if not 1 <= len(lengths) <= MOST_LINES or not all(1 <= n <= MOST_CHARACTERS for n in lengths):
        raise _no_shape(text)
    shape = form_of(lengths)
    return Form(text, lengths, "lengths", mark=shape.name if shape else "")


def _no_shape(text: str) -> UsageError:
    return UsageError(
        f"{_short(text)} is not a poem's shape",
        f"1 to {MOST_LINES} lines of 1 to {MOST_CHARACTERS} characters, for example 7x4",
    )


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else name[:_SHOWN] + "…"
