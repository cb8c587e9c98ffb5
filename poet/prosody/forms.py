"""The forms of classical verse, told by the shape of a poem: lines and characters a line.

The shape says what a poem could be, not that it keeps the rules of tone and rhyme.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from ..errors import UsageError


@dataclass(frozen=True, slots=True)
class Form:
    """A form: `lines` lines (0: any even number above eight) of `length` characters each."""

    name: str
    lines: int
    length: int
    aliases: tuple[str, ...] = ()

    def fits(self, lengths: tuple[int, ...]) -> bool:
        """Whether lines of these lengths have this form's shape.

        >>> FORMS[0].fits((5, 5, 5, 5))
        True
        """
        if any(n != self.length for n in lengths):
            return False
        if self.lines:
            return len(lengths) == self.lines
        return len(lengths) > 8 and len(lengths) % 2 == 0


FORMS = (
    Form("五絕", 4, 5, ("五绝", "五言絕句", "五言绝句", "wujue", "5jue")),
    Form("七絕", 4, 7, ("七绝", "七言絕句", "七言绝句", "qijue", "7jue")),
    Form("五律", 8, 5, ("五言律詩", "五言律诗", "wulv", "wulu", "5lv")),
    Form("七律", 8, 7, ("七言律詩", "七言律诗", "qilv", "qilu", "7lv")),
    Form("五排", 0, 5, ("五言排律", "wupai", "5pai")),
    Form("七排", 0, 7, ("七言排律", "qipai", "7pai")),
)
FREE = "free"  # no form asked for: the model chooses its own


def form_of(lengths: tuple[int, ...]) -> Form | None:
    """The form whose shape lines of these lengths have, or None.

    >>> form_of((7, 7, 7, 7)).name
    '七絕'
    >>> form_of((3, 7)) is None
    True
    """
    return next((form for form in FORMS if form.fits(lengths)), None)


def find_form(name: str) -> Form | None:
    """The form of this name or alias; None for `free`.

    Raises `UsageError`, naming the nearest, when there is no such form.

    >>> find_form("wujue").name, find_form("free")
    ('五絕', None)
    """
    wanted = name.strip().lower()
    if wanted in (FREE, "自由"):
        return None
    by_name = {alias: form for form in FORMS for alias in (form.name, *form.aliases)}
    if wanted in by_name:
        return by_name[wanted]
    names = [form.name for form in FORMS] + [FREE]
    near = difflib.get_close_matches(wanted, [*by_name, FREE], n=1, cutoff=0.3)
    guess = by_name[near[0]].name if near and near[0] in by_name else ""
    raise UsageError(
        f"there is no form called {name!r}",
        f"did you mean {guess}? the forms are {' '.join(names)}"
        if guess
        else f"the forms are {' '.join(names)}",
    )
