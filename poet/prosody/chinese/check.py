"""A poem held against the rules of one form: regulated verse, a tune, or lengths alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from poet.prosody.chinese import alignment, diagnosis, rhyme
from poet.prosody.chinese.alignment import Line, Tones
from poet.prosody.chinese.couplet_patterns import OPPOSITE, Order, orders
from poet.prosody.chinese.faults import Fault, Remark
from poet.prosody.chinese.forms import Form
from poet.prosody.chinese.patterns import Scheme, schemes
from poet.prosody.chinese.readings import Tone, neighbours
from poet.prosody.chinese.rhyme import End, Rhyme

# Read as 平 only where nothing else will do. It tells 拗救 from a chance: 向晚意不適 is all 仄
_USUAL = {"不": Tone.OBLIQUE}
_SAID = {Tone.LEVEL: "平", Tone.OBLIQUE: "仄"}


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found about a poem under one form."""

    order: str = ""
    asked: tuple[str, ...] = ()  # of each line: what its places ask for
    rhymes: tuple[Rhyme, ...] = ()
    faults: tuple[Fault, ...] = ()
    doubts: tuple[Fault, ...] = ()  # faults only where every reading has to fit
    warnings: tuple[Remark, ...] = ()
    remarks: tuple[Remark, ...] = ()


def check(form: Form, lines: Sequence[str], old: Sequence[str], tones: Sequence[Tones]) -> Findings:
    """Hold lines against a form; `old` are the same lines in traditional characters."""
    ends = rhyme.ends_of(lines, old)
    if form.rule == "regulated":
        found = _regulated(form, lines, tones, _usual(old, tones), ends)
    elif form.rule == "ci":
        found = _tune(form, lines, old, tones, ends)
    else:
        found = Findings(asked=tuple("中" * len(line) for line in lines))
    faults = sorted(found.faults, key=lambda fault: (fault.line, fault.places))
    return replace(found, faults=(*_shape(form, lines), *faults))


def _shape(form: Form, lines: Sequence[str]) -> list[Fault]:
    """Lines too long, too short, too many or too few."""
    count, needed = len(lines), len(form.lengths)
    found = [
        Fault("字數", i, (), line, str(len(line)), str(length), f"the lines of {form.name}")
        for i, (line, length) in enumerate(zip(lines, form.lengths, strict=False), 1)
        if len(line) != length
    ]
    if count != needed:
        because = f"{form.name} has {needed}"
        found.append(Fault("句數", 0, (), "", str(count), str(needed), because))
    return found


def _regulated(
    form: Form,
    lines: Sequence[str],
    tones: Sequence[Tones],
    usual: Sequence[Tones],
    ends: Sequence[End],
) -> Findings:
    even = [end for end in ends if end.line % 2 == 0]
    group = rhyme.shared_group(even, ends[0] if ends else None)
    could = not group or any(
        own == group or own in neighbours(group) for own in ends[0].groups("平")
    )
    could = could or not tones[0][-1]
    fit = _fit(form.lengths[0], tones, usual, could)
    order = _order(fit[0].kind, form.lengths[0])
    found, off, near = rhyme.regulated(ends, group, first_rhymes=order.rhymes_at_once)
    mended, warned = diagnosis.unusual(tones, fit)
    parallels = diagnosis.parallels(lines, tones) if len(form.lengths) >= 8 else []
    return Findings(
        order.name,
        tuple(line.tones for line in fit),
        (found,) if found else (),
        (*diagnosis.tone_faults(lines, tones, fit), *off),
        tuple(_doubts(lines, tones, [line.tones for line in fit])),
        tuple(warned),
        (*mended, *near, *parallels),
    )


@cache
def _order(kind: str, length: int) -> Order:
    """The order that begins with a line of this kind."""
    begun = alignment.plain(kind, length)
    return next(order for order in orders(length, 2) if order.couplets[0][0].first == begun)


def _fit(
    length: int, tones: Sequence[Tones], usual: Sequence[Tones], could: bool
) -> tuple[Line, ...]:
    """The best way that no reading breaks, or that the usual ones keep, or that some do."""
    sure = alignment.fit(tones, length, rhymes_at_once=could, strict=True)
    if not any(map(_is_wrong, sure, tones, (True,) * len(sure))):
        return sure
    if usual != tones:
        found = alignment.fit(usual, length, rhymes_at_once=could)
        if not any(
            line.remark == "三仄尾" or _is_wrong(line, own)
            for line, own in zip(found, usual, strict=True)
        ):
            return found
    return alignment.fit(tones, length, rhymes_at_once=could)


def _is_wrong(line: Line, tones: Tones, strict: bool = False) -> bool:
    doubts = strict and alignment.doubts(line.tones, tones)
    return bool(line.broken or alignment.misfits(line.tones, tones) or doubts)


def _usual(old: Sequence[str], tones: Sequence[Tones]) -> tuple[Tones, ...]:
    """The tones, those of a character that is hardly ever read otherwise as if it never were."""
    return tuple(
        tuple(_USUAL.get(c, t) for c, t in zip(line, own, strict=True))
        if any(c in line for c in _USUAL)
        else own
        for line, own in zip(old, tones, strict=True)
    )


def _tune(
    form: Form,
    lines: Sequence[str],
    old: Sequence[str],
    tones: Sequence[Tones],
    ends: Sequence[End],
) -> Findings:
    found = [_scheme(scheme, form, lines, old, tones, ends) for scheme in schemes(form)]
    return min(found, key=lambda findings: (len(findings.faults), len(findings.doubts)))


def _scheme(
    scheme: Scheme,
    form: Form,
    lines: Sequence[str],
    old: Sequence[str],
    tones: Sequence[Tones],
    ends: Sequence[End],
) -> Findings:
    asked: list[str] = []
    for passage in scheme.passages:
        here = tones[len(asked) : len(asked) + len(passage.lengths)]
        ways = [_cut(setting.tones, passage.lengths) for setting in passage.settings]
        asked += min(ways, key=lambda way: _cost(way, here))
    echoes = {i for i in scheme.echoes if i < len(lines)}
    classes = {
        i + 1: (letter, asked[i][-1])
        for i, letter in enumerate(scheme.rhymes)
        if letter and i not in echoes
    }
    rhymes, faults = rhyme.of_tune(ends, classes)
    for i, line in enumerate(tones[: len(asked)]):
        for place in alignment.misfits(asked[i], line):
            if place + 1 == len(line) and i + 1 in classes:
                continue  # the rhyme says so
            own = _SAID[line[place]]
            because = f"the line is {asked[i]}"
            spot = (i + 1, (place + 1,), lines[i][place])
            faults.append(Fault("失律", *spot, own, OPPOSITE[own], because))
    for i in echoes:
        if old[i] != old[i - 1]:
            because = f"{form.name} repeats {lines[i - 1]}"
            everywhere = tuple(range(1, len(lines[i]) + 1))
            faults.append(Fault("失疊", i + 1, everywhere, lines[i], "new", lines[i - 1], because))
    doubts = _doubts(lines, tones, asked)
    return Findings("", tuple(asked), tuple(rhymes), tuple(faults), tuple(doubts))


def _doubts(lines: Sequence[str], tones: Sequence[Tones], asked: Sequence[str]) -> list[Fault]:
    because = "it has to be read so"
    return [
        Fault("兩讀", i + 1, (p + 1,), lines[i][p], "平 and 仄", asked[i][p], because)
        for i in range(min(len(lines), len(asked)))
        for p in alignment.doubts(asked[i], tones[i])
    ]


def _cut(tones: str, lengths: Sequence[int]) -> list[str]:
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    return [tones[at : at + n] for at, n in zip(starts, lengths, strict=True)]


def _cost(way: Iterable[str], tones: Sequence[Tones]) -> tuple[int, int]:
    pairs = list(zip(way, tones, strict=False))
    return (
        sum(len(alignment.misfits(*pair)) for pair in pairs),
        sum(len(alignment.doubts(*pair)) for pair in pairs),
    )
