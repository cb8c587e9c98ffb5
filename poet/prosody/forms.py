"""The forms of classical verse: how many lines, how many characters in each, which rules.

The shape says what a poem could be; whether it keeps the rules of tone and rhyme is the
verdict's to say (`poet.prosody.scan`), and the steering's to see to.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..errors import UsageError

Rule = Literal["regulated", "ci", "lengths"]
MOST_LINES = 60
MOST_CHARACTERS = 30  # in a line


@dataclass(frozen=True, slots=True)
class Form:
    """A form: the characters of each line, and the kind of rules that bind them.

    `regulated` verse keeps the tones and the rhyme of 近體詩, a `ci` those of its tune, which
    `pattern` gives line by line (see tunes.toml); of `lengths` nothing else is asked.
    """

    name: str
    lengths: tuple[int, ...]
    rule: Rule = "regulated"
    pattern: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    mark: str = ""  # the form that a model was trained with, where it is not the name itself

    @property
    def stops(self) -> tuple[str, ...]:
        """What closes each line.

        >>> find_form("五絕").stops
        ('，', '。', '，', '。')
        """
        if self.pattern:
            return tuple(line[-1] for line in self.pattern)
        last = len(self.lengths) - 1
        return tuple("，。"[i % 2 or i == last] for i in range(len(self.lengths)))

    @property
    def known_as(self) -> str:
        """The name of the form's mark in the alphabet of a model."""
        return self.mark or self.name


_LONG = {"五排": 5, "七排": 7}  # of any even number of lines above eight
LONG_LINES = 12  # of a 排律 where the number was left open
_ALIASES = {
    "五排": ("五言排律", "排律", "wupai", "5pai"),
    "七排": ("七言排律", "qipai", "7pai"),
}
FORMS = (
    Form("五絕", (5,) * 4, aliases=("五绝", "五言絕句", "五言绝句", "wujue", "5jue")),
    Form("七絕", (7,) * 4, aliases=("七绝", "七言絕句", "七言绝句", "qijue", "7jue")),
    Form("五律", (5,) * 8, aliases=("五言律詩", "五言律诗", "wulv", "wulu", "5lv")),
    Form("七律", (7,) * 8, aliases=("七言律詩", "七言律诗", "qilv", "qilu", "7lv")),
    Form("五排", (5,) * LONG_LINES, aliases=_ALIASES["五排"]),
    Form("七排", (7,) * LONG_LINES, aliases=_ALIASES["七排"]),
)
OLD = (
    Form("古絕", (5,) * 4, "lengths", aliases=("五古絕", "古绝", "gujue"), mark="五絕"),
    Form("七古絕", (7,) * 4, "lengths", aliases=("七古绝", "7gujue"), mark="七絕"),
)
FREE = "free"  # no form asked for: the model chooses its own
_long = re.compile(r"(\D+?)\s*(\d{1,3})")
_times = re.compile(r"(\d{1,3})\s*[x×*]\s*(\d{1,3})")
_listed = re.compile(r"\d{1,3}(?:\s*[,，]\s*\d{1,3})*")
_endless = re.compile(r"\d{4}")  # no form has such a number, and a longer one costs time to read
_SHOWN = 40  # characters of a name that is not known


def form_of(lengths: tuple[int, ...]) -> Form | None:
    """The form of regulated verse whose shape lines of these lengths have, or None.

    >>> form_of((7, 7, 7, 7)).name, form_of((5,) * 20).name
    ('七絕', '五排')
    >>> form_of((3, 7)) is None
    True
    """
    for form in FORMS:
        if form.lengths == lengths and form.name not in _LONG:
            return form
    if len(lengths) > 8 and len(lengths) % 2 == 0 and len(set(lengths)) == 1:
        names = (name for name, length in _LONG.items() if length == lengths[0])
        return next((_long_form(name, len(lengths)) for name in names), None)
    return None


def long_form(name: str, lines: int) -> Form:
    """A 排律 of so many lines. Raises `UsageError` for a number that it cannot have.

    >>> len(long_form("五排", 16).lengths)
    16
    """
    if lines <= 8 or lines % 2 or lines > MOST_LINES:
        raise UsageError(
            f"{name} has no {lines} lines",
            f"it has an even number of them, 10 to {MOST_LINES}, for example {name}16",
        )
    return _long_form(name, lines)


def _long_form(name: str, lines: int) -> Form:
    return Form(name, (_LONG[name],) * lines, aliases=_ALIASES[name])


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
        if form and form.name in _LONG:
            return long_form(form.name, int(found[2]))
    if _times.fullmatch(wanted) or _listed.fullmatch(wanted):
        return _of_lengths(wanted)
    from .tunes import tunes  # a file of a thousand lines: read where nothing else has the name

    by_name |= _by_name(tunes())
    if wanted in by_name:
        return by_name[wanted]
    # Two characters of Chinese that share one are near; of letters any two words share some
    cutoff = 0.6 if wanted.isascii() else 0.3
    near = difflib.get_close_matches(wanted, [*by_name, FREE], n=1, cutoff=cutoff)
    guess = (
        f"did you mean {by_name[near[0]].name if near[0] in by_name else FREE}? " if near else ""
    )
    raise UsageError(
        f"there is no form called {_short(name)!r}",
        f"{guess}the forms are {' '.join(form.name for form in (*FORMS, *OLD))}, "
        f"lengths such as 7x4, and {len(tunes())} tunes of ci; or {FREE}",
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
