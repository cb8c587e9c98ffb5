"""Forms of verse in English, for those who choose one."""

from __future__ import annotations

from poet.characters import is_han
from poet.prosody.base import Form
from poet.prosody.chinese.forms import CiForm
from poet.prosody.chinese.forms import Form as ChineseForm
from poet.prosody.chinese.pinyin import pinyin
from poet.prosody.chinese.prosody import ChineseProsody
from poet.prosody.chinese.terms import GLOSSES
from poet.prosody.english.forms import EnglishForm

_ORDERS = {
    "仄起首句不入韻": "oblique start, first line does not rhyme",
    "仄起首句入韻": "oblique start, first line rhymes",
    "平起首句不入韻": "level start, first line does not rhyme",
    "平起首句入韻": "level start, first line rhymes",
}


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


def verdict_in_english(verdict: str) -> str:
    """The verdict on Chinese verse with its terms in English, rhymes and forms in pinyin.

    >>> verdict_in_english("浪淘沙 · 韻 下平十一尤 (樓 頭) · 格律 54/54")
    'Lang Tao Sha, Waves Sift the Sand · rhyme yóu (lóu tóu) · tones 54/54'
    """
    return " · ".join(_in_english(part) for part in verdict.split(" · "))


def _in_english(part: str) -> str:
    """One of the parts of a verdict; as it is where it has nothing to translate."""
    term, _, rest = part.partition(" ")
    if term == "韻":
        group, _, characters = rest.partition(" ")
        name = " ".join(pinyin(group[-1])) if group[1:2] in ("平", "聲") else ""
        shown = "".join(" ".join(pinyin(c)) if is_han(c) else c for c in characters)
        return " ".join(filter(None, ("rhyme", name, shown)))
    if term == "格律":
        return f"tones {rest}"
    forms = {form.name: form for form in ChineseProsody().forms}
    name = english_name(forms[term]) if term in forms else GLOSSES.get(term, "").split(" (")[0]
    if not name or rest.isdigit():
        return f"{name}: {rest}" if name else part  # a fault, and how often it occurs
    return "; ".join(filter(None, (name, _ORDERS.get(rest, rest))))


def english_name(form: Form) -> str:
    """The name of a Chinese form in pinyin and in English; empty where it has none.

    >>> from poet.prosody.find import find_form
    >>> english_name(find_form("七絕"))
    'Qijue, seven-character quatrain'
    """
    return form.english if isinstance(form, ChineseForm) else ""
