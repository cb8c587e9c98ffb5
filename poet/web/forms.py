"""The forms of verse, as data."""

from __future__ import annotations

from functools import cache
from typing import TypedDict

from poet.prosody.base import Form
from poet.prosody.chinese.forms import CiForm, RegulatedForm
from poet.prosody.described import described, english_name
from poet.prosody.find import PROSODIES


class FormFacts(TypedDict):
    """A form: its name goes into requests; its group is regulated, old, ci, english or other."""

    name: str
    language: str
    group: str
    english: str
    description: str
    lines: int
    aliases: list[str]


@cache
def forms() -> list[FormFacts]:
    """Every form that has a name."""
    return [
        {
            "name": form.name,
            "language": form.language,
            "group": _group(form),
            "english": english_name(form),
            "description": described(form),
            "lines": len(form.lengths),
            "aliases": list(form.aliases),
        }
        for prosody in PROSODIES
        for form in prosody.forms
    ]


def _group(form: Form) -> str:
    """The kind of a form, by which lists are divided."""
    if isinstance(form, CiForm):
        return "ci"
    if form.language == "zh":
        return "regulated" if isinstance(form, RegulatedForm) else "old"
    return "english" if form.language == "en" else "other"
