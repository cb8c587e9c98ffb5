"""The ways to keep the rules of a form, all in one shape, whatever the form.

A scheme is one order of a regulated poem, or the one pattern of a tune: passages in turn, each
with the ways to set it. A way says for each place which tone it asks for.
"""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from poet.prosody.chinese.couplet_patterns import orders
from poet.prosody.chinese.forms import Form
from poet.prosody.chinese.tunes import LINE, SAME


class Pattern(NamedTuple):
    """One way to set a passage: the tones of its places, line after line.

    One that is warned of (三仄尾) is allowed, but not chosen.
    """

    tones: str
    is_warned: bool = False


class Section(NamedTuple):
    """A couplet, or a line of a ci: how it may be set, and where its lines end and rhyme."""

    lengths: tuple[int, ...]
    rhymes: tuple[str, ...]  # of each line: the class it rhymes in, or nothing
    settings: tuple[Pattern, ...]


class Scheme(NamedTuple):
    """One way through the whole poem."""

    name: str
    passages: tuple[Section, ...]
    echoes: tuple[int, ...] = ()  # lines that repeat the one before them

    @property
    def rhymes(self) -> tuple[str, ...]:
        """The class that each line rhymes in, or nothing."""
        return tuple(rhyme for passage in self.passages for rhyme in passage.rhymes)


def schemes(form: Form, *, tones: bool = True, rhyme: bool = True) -> tuple[Scheme, ...]:
    """The schemes of a form; without `tones` only the ends of lines that rhyme are bound.

    >>> from poet.prosody.find import find_form
    >>> [scheme.name for scheme in schemes(find_form("五絕"))][0]
    '仄起首句不入韻'
    """
    if form.rule == "lengths":
        found: tuple[Scheme, ...] = (_free(form),)
    elif form.rule == "ci":
        found = (_tune(form),)
    else:
        found = _regulated(form)
    if not rhyme:
        found = tuple(_without_rhyme(scheme) for scheme in found)
    if not tones:
        found = tuple(_without_tones(scheme) for scheme in found)
    return tuple(dict.fromkeys(found))


def _free(form: Form) -> Scheme:
    passages = (Section((n,), ("",), (Pattern("中" * n),)) for n in form.lengths)
    return Scheme("", tuple(passages))


def _tune(form: Form) -> Scheme:
    passages, echoes = [], []
    for i, (line, length) in enumerate(zip(form.pattern, form.lengths, strict=True)):
        found = LINE.fullmatch(line)
        assert found
        if found[1] == SAME:
            echoes.append(i)
        ways = ["中" * length] if found[1] == SAME else found[1].split("|")
        passages.append(Section((length,), (found[2],), tuple(map(Pattern, ways))))
    return Scheme(form.name, tuple(passages), tuple(echoes))


def _regulated(form: Form) -> tuple[Scheme, ...]:
    length = form.lengths[0]
    found = []
    for order in orders(length, len(form.lengths)):
        passages = []
        for i, couplet in enumerate(order.couplets):
            settings = [Pattern(w.first + w.second, w.is_warned) for w in couplet]
            first = "A" if order.rhymes_at_once and i == 0 else ""
            passages.append(Section((length, length), (first, "A"), tuple(settings)))
        found.append(Scheme(order.name, tuple(passages)))
    return tuple(found)


def _without_tones(scheme: Scheme) -> Scheme:
    """Only the ends of lines that rhyme keep their tone."""
    passages = []
    for passage in scheme.passages:
        ends = accumulate(passage.lengths)
        bound = {end - 1 for end, name in zip(ends, passage.rhymes, strict=True) if name}
        settings = {
            "".join(t if i in bound else "中" for i, t in enumerate(setting.tones))
            for setting in passage.settings
        }
        passages.append(passage._replace(settings=tuple(map(Pattern, sorted(settings)))))
    return Scheme("", tuple(passages), scheme.echoes)


def _without_rhyme(scheme: Scheme) -> Scheme:
    return scheme._replace(
        passages=tuple(p._replace(rhymes=("",) * len(p.rhymes)) for p in scheme.passages)
    )
