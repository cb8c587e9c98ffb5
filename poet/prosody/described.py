"""Forms of verse in English, for those who choose one."""

from __future__ import annotations

from poet.prosody.base import Form
from poet.prosody.chinese.forms import CiForm
from poet.prosody.chinese.terms import GLOSSES
from poet.prosody.english.forms import EnglishForm


def described(form: Form) -> str:
    """What a form asks for, in a line of English."""
    lengths = form.lengths
    if isinstance(form, EnglishForm):
        metres = " and ".join(dict.fromkeys(metre.name for metre in form.metres))
        rhyme = form.scheme if set(form.scheme) != {"."} else "unrhymed"
        return f"{len(lengths)} lines of {metres}, {rhyme}"
    if isinstance(form, CiForm):
        return f"tune of ci, {sum(lengths)} characters in {len(lengths)} lines"
    known = GLOSSES.get(form.name, "")
    return known or f"{len(lengths)} lines of {lengths[0]} characters"
