"""Forms of verse in English, for those who choose one."""

from __future__ import annotations

from poet.prosody.base import Form
from poet.prosody.chinese.forms import CiForm
from poet.prosody.chinese.forms import Form as ChineseForm
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


def explained(form: Form) -> str:
    """What a form is called in pinyin and in English, and what it asks for, in a line.

    >>> from poet.prosody.find import find_form
    >>> explained(find_form("七絕")), explained(find_form("浪淘沙"))[:33]
    ('Qijue: regulated quatrain, seven characters a line', 'Lang Tao Sha, Waves Sift the Sand')
    """
    name = english_name(form)
    if not isinstance(form, CiForm):  # what it is in English is told by what it asks for
        name = name.partition(",")[0]
    return ": ".join(filter(None, (name, described(form))))


def english_name(form: Form) -> str:
    """The name of a Chinese form in pinyin and in English; empty where it has none.

    >>> from poet.prosody.find import find_form
    >>> english_name(find_form("七絕"))
    'Qijue, seven-character quatrain'
    """
    return form.english if isinstance(form, ChineseForm) else ""
