"""The terms that are printed, and their glosses."""

from __future__ import annotations

from poet.prosody.chinese.forms import FORMS, OLD_STYLE
from poet.prosody.chinese.patterns import COUPLETS, couplet_patterns, orders
from poet.prosody.chinese.readings import GROUPS, TONE_SYMBOLS
from poet.prosody.chinese.terms import GLOSSES, glossary


def test_everything_that_has_a_name_has_a_gloss() -> None:
    names = {*TONE_SYMBOLS.values(), *(group.volume for group in GROUPS)}
    names |= {form.name for form in (*FORMS, *OLD_STYLE)}
    names |= {order.name for length in (5, 7) for order in orders(length, 4)}
    names |= {p.remark for couplet in COUPLETS for p in couplet_patterns(couplet, 5) if p.remark}
    assert names <= set(GLOSSES)


def test_a_gloss_is_short_and_no_two_are_alike() -> None:
    assert all(0 < len(gloss) <= 80 for gloss in GLOSSES.values())
    assert len(set(GLOSSES.values())) == len(GLOSSES)


def test_a_term_inside_another_is_no_term_of_its_own() -> None:
    assert list(glossary(["line 1: 大拗對句救"])) == ["大拗對句救"]
    assert list(glossary(["大拗對句救", "a 大拗"])) == ["大拗", "大拗對句救"]


def test_any_class_of_ci_has_one_gloss() -> None:
    assert list(glossary(["第七部", "第十四部"])) == ["第…部"]
    assert list(glossary(["nothing Chinese", ""])) == []
