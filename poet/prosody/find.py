"""The languages whose verse has rules here, and finding a form of any of them by its name."""

from __future__ import annotations

from typing import Any

from poet.characters import is_chinese
from poet.errors import UsageError, did_you_mean
from poet.prosody.base import Form, Prosody
from poet.prosody.chinese.forms import FREE
from poet.prosody.chinese.prosody import ChineseProsody
from poet.prosody.english.prosody import EnglishProsody, is_english
from poet.prosody.syllabic.prosody import SyllabicProsody

PROSODIES: tuple[Prosody[Any], ...] = (ChineseProsody(), EnglishProsody())
SYLLABIC = SyllabicProsody()  # for languages without a prosody of their own


def prosody_of(form: Form) -> Prosody[Any]:
    """The prosody of the language of a form."""
    own = (prosody for prosody in PROSODIES if prosody.language == form.language)
    return next(own, SYLLABIC)


def prosody_of_text(text: str) -> Prosody[Any] | None:
    """The prosody of the language of a text; None where it has no rules here.

    >>> prosody_of_text("春水連天碧").language, prosody_of_text("The moon is up.").language
    ('zh', 'en')
    """
    chinese, english = PROSODIES
    if is_chinese(text):
        return chinese
    return english if is_english(text) else None


def find_form(name: str) -> Any:
    """The form of this name or alias in any language; None for `free`.

    Raises `UsageError`, naming the nearest, when there is no such form.

    >>> find_form("wujue").name, find_form("free")
    ('五絕', None)
    """
    wanted = name.strip().lower()
    if wanted in FREE:
        return None
    for prosody in (*PROSODIES, SYLLABIC):
        found: Form | None = prosody.find_form(wanted)
        if found:
            return found
    forms: list[Form] = [form for prosody in PROSODIES for form in prosody.forms]
    names = {alias.lower(): form.name for form in forms for alias in (form.name, *form.aliases)}
    names |= {FREE[0]: FREE[0]}
    # Two Chinese names that share one character are near; any two words share some letters
    cutoff = 0.6 if wanted.isascii() else 0.3
    guess = did_you_mean(wanted, names, cutoff)
    shown = name if len(name) <= 40 else name[:40] + "…"
    in_brief = "; ".join(prosody.forms_in_brief for prosody in (*PROSODIES, SYLLABIC))
    raise UsageError(
        f"there is no form called {shown!r}",
        f"{guess} the forms are {in_brief}; or {FREE[0]}".strip(),
    )
