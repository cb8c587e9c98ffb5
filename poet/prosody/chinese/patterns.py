"""Tone patterns: those of regulated verse (近體詩), and the patterns of any form in one shape.

A pattern is a string of 平, 仄 and 中 (either), one for each place. Regulated verse has four kinds
of line, which the handbooks (王力, 《詩詞格律》) tell by their ends: a …平仄, A …平平, b …仄仄,
B …仄平. A line of seven characters is one of five with two places before it: a free one, and the
opposite of the next place but one.

Some rules span the two lines of a couplet, such as a fault in the first line that the second makes
good. They are written out as patterns of the whole couplet, so that no reader or writer of verse
has to remember anything beyond it.
"""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from poet.prosody.chinese.forms import CiForm, Form
from poet.prosody.chinese.readings import OPPOSITE
from poet.prosody.chinese.tunes import LINE, SAME


class CoupletPattern(NamedTuple):
    """A pattern of a regulated couplet: its two lines, and the name of what is unusual in it."""

    first: str
    second: str
    remark: str = ""
    is_discouraged: bool = False  # allowed, but poets avoid it


_USUAL_B = "平平中仄平"
_SAVED_B = "仄平平仄平"  # 仄平仄仄平 would be 孤平
_COUPLETS = {
    "aB": (
        CoupletPattern("中仄中平仄", _USUAL_B),
        CoupletPattern("中仄中平仄", _SAVED_B, "孤平拗救"),
        CoupletPattern("中仄中仄仄", "平平平仄平", "大拗對句救"),
        CoupletPattern("中仄中仄仄", _SAVED_B, "大拗對句救"),  # one 平 saves both lines
    ),
    "bA": (
        CoupletPattern("中平平仄仄", "中仄仄平平"),
        CoupletPattern("平平仄平仄", "中仄仄平平", "特拗"),
        CoupletPattern("中平仄仄仄", "中仄仄平平", "三仄尾", True),
    ),
    "AB": (
        CoupletPattern("中仄仄平平", _USUAL_B),
        CoupletPattern("中仄仄平平", _SAVED_B, "孤平拗救"),
    ),
    "BA": (
        CoupletPattern(_USUAL_B, "中仄仄平平"),
        CoupletPattern(_SAVED_B, "中仄仄平平", "孤平拗救"),
    ),
}
COUPLETS = tuple(_COUPLETS)
# (second character of a line of five, whether line 1 rhymes) -> the first couplet. From the
# second couplet on only aB and bA follow each other.
_FIRST_COUPLETS = {
    ("仄", False): "aB",
    ("仄", True): "AB",
    ("平", False): "bA",
    ("平", True): "BA",
}
_NEXT_COUPLET = {"aB": "bA", "bA": "aB", "AB": "bA", "BA": "aB"}


class Order(NamedTuple):
    """An order of couplets: its name, whether line 1 rhymes, and the patterns of each couplet."""

    name: str
    first_line_rhymes: bool
    couplets: tuple[tuple[CoupletPattern, ...], ...]


def couplet_patterns(couplet: str, length: int) -> tuple[CoupletPattern, ...]:
    """The patterns of a couplet (aB bA AB BA) in lines of five or seven characters.

    >>> [pattern.remark for pattern in couplet_patterns("bA", 7)]
    ['', '特拗', '三仄尾']
    >>> couplet_patterns("bA", 7)[1][:2]
    ('中仄平平仄平仄', '中平中仄仄平平')
    """
    if length == 5:
        return _COUPLETS[couplet]
    return tuple(
        pattern._replace(first=_lengthened(pattern.first), second=_lengthened(pattern.second))
        for pattern in _COUPLETS[couplet]
    )


def _lengthened(line: str) -> str:
    return "中" + OPPOSITE[line[1]] + line


def orders(length: int, lines: int) -> tuple[Order, ...]:
    """The four orders of a poem with this number of lines of five or seven characters.

    >>> [order.name for order in orders(7, 4)]
    ['平起首句不入韻', '平起首句入韻', '仄起首句不入韻', '仄起首句入韻']
    """
    result = []
    for (start, rhymes), first in _FIRST_COUPLETS.items():
        second_character = start if length == 5 else OPPOSITE[start]
        couplets = [first]
        while len(couplets) < lines // 2:
            couplets.append(_NEXT_COUPLET[couplets[-1]])
        name = f"{second_character}起首句{'' if rhymes else '不'}入韻"
        patterns = tuple(couplet_patterns(couplet, length) for couplet in couplets)
        result.append(Order(name, rhymes, patterns))
    return tuple(result)


class Pattern(NamedTuple):
    """One pattern of a section: the tones of its places, line after line.

    A discouraged one (三仄尾) is allowed, but not chosen in writing.
    """

    tones: str
    is_discouraged: bool = False


class Section(NamedTuple):
    """A couplet, or a line of a ci: the lengths and rhymes of its lines, and its patterns."""

    lengths: tuple[int, ...]
    rhymes: tuple[str, ...]  # of each line: the letter of its rhyme; empty where it has none
    patterns: tuple[Pattern, ...]


class Scheme(NamedTuple):
    """One way through the whole poem: an order of regulated verse, or the pattern of a tune."""

    name: str
    sections: tuple[Section, ...]
    echoes: tuple[int, ...] = ()  # lines, from 0, that repeat the one before them

    @property
    def rhymes(self) -> tuple[str, ...]:
        """The letter of each line's rhyme; empty where it has none."""
        return tuple(rhyme for section in self.sections for rhyme in section.rhymes)


def schemes(form: Form, *, tones: bool = True, rhyme: bool = True) -> tuple[Scheme, ...]:
    """The schemes of a form. Without `tones`, only the ends of rhyming lines are bound.

    >>> from poet.prosody.find import find_form
    >>> [scheme.name for scheme in schemes(find_form("五絕"))][0]
    '仄起首句不入韻'
    """
    if form.is_regulated:
        all_schemes = _regulated_schemes(form)
    elif isinstance(form, CiForm):
        all_schemes = (_ci_scheme(form),)
    else:
        all_schemes = (_free_scheme(form),)
    if not rhyme:
        all_schemes = tuple(_without_rhyme(scheme) for scheme in all_schemes)
    if not tones:
        all_schemes = tuple(_without_tones(scheme) for scheme in all_schemes)
    return tuple(dict.fromkeys(all_schemes))


def _free_scheme(form: Form) -> Scheme:
    return Scheme("", tuple(Section((n,), ("",), (Pattern("中" * n),)) for n in form.lengths))


def _ci_scheme(form: CiForm) -> Scheme:
    sections, echoes = [], []
    for i, (line, length) in enumerate(zip(form.pattern, form.lengths, strict=True)):
        parsed = LINE.fullmatch(line)
        assert parsed
        tones, letter, _ = parsed.groups()
        if tones == SAME:
            echoes.append(i)
        patterns = ["中" * length] if tones == SAME else tones.split("|")
        sections.append(Section((length,), (letter,), tuple(map(Pattern, patterns))))
    return Scheme(form.name, tuple(sections), tuple(echoes))


def _regulated_schemes(form: Form) -> tuple[Scheme, ...]:
    length = form.lengths[0]
    result = []
    for order in orders(length, len(form.lengths)):
        sections = []
        for i, couplet in enumerate(order.couplets):
            patterns = [Pattern(p.first + p.second, p.is_discouraged) for p in couplet]
            first = "A" if order.first_line_rhymes and i == 0 else ""
            sections.append(Section((length, length), (first, "A"), tuple(patterns)))
        result.append(Scheme(order.name, tuple(sections)))
    return tuple(result)


def _without_tones(scheme: Scheme) -> Scheme:
    """The scheme with every place free but the ends of rhyming lines."""
    sections = []
    for section in scheme.sections:
        ends = accumulate(section.lengths)
        bound = {end - 1 for end, letter in zip(ends, section.rhymes, strict=True) if letter}
        patterns = {
            "".join(tone if i in bound else "中" for i, tone in enumerate(pattern.tones))
            for pattern in section.patterns
        }
        sections.append(section._replace(patterns=tuple(map(Pattern, sorted(patterns)))))
    return Scheme("", tuple(sections), scheme.echoes)


def _without_rhyme(scheme: Scheme) -> Scheme:
    return scheme._replace(
        sections=tuple(s._replace(rhymes=("",) * len(s.rhymes)) for s in scheme.sections)
    )
