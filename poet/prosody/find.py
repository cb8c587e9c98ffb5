"""The languages whose verse has rules here, and finding a form of any of them by its name."""

from __future__ import annotations

from poet.errors import UsageError, did_you_mean
from poet.prosody.base import Prosody
from poet.prosody.chinese.forms import FREE, Form
from poet.prosody.chinese.prosody import ChineseProsody

PROSODIES: tuple[Prosody[Form], ...] = (ChineseProsody(),)


def find_form(name: str) -> Form | None:
    """The form of this name or alias in any language; None for `free`.

    Raises `UsageError`, naming the nearest, when there is no such form.

    >>> find_form("wujue").name, find_form("free")
    ('五絕', None)
    """
    wanted = name.strip().lower()
    if wanted in FREE:
        return None
    for prosody in PROSODIES:
        if form := prosody.find_form(wanted):
            return form
    forms = [form for prosody in PROSODIES for form in prosody.forms]
    names = {alias.lower(): form.name for form in forms for alias in (form.name, *form.aliases)}
    names |= {FREE[0]: FREE[0]}
    # Two Chinese names that share one character are near; any two words share some letters
    cutoff = 0.6 if wanted.isascii() else 0.3
    guess = did_you_mean(wanted, names, cutoff)
    shown = name if len(name) <= 40 else name[:40] + "…"
    in_brief = "; ".join(prosody.forms_in_brief for prosody in PROSODIES)
    raise UsageError(
        f"there is no form called {shown!r}",
        f"{guess} the forms are {in_brief}; or {FREE[0]}".strip(),
    )
