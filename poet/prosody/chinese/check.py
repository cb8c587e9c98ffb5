"""Checking a poem against the rules of one form: regulated verse, a ci, or lengths alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from poet.prosody.chinese import faults, rhyme
from poet.prosody.chinese.alignment import AlignedLine, align, doubts, misfits, usual_pattern
from poet.prosody.chinese.faults import Fault, Remark
from poet.prosody.chinese.forms import CiForm, Form
from poet.prosody.chinese.patterns import Order, Scheme, orders, schemes
from poet.prosody.chinese.readings import OPPOSITE, TONE_SYMBOLS, Tone, Tones
from poet.prosody.chinese.rhyme import Rhyme
from poet.prosody.chinese.verse import Verse


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found about a poem under one form."""

    order: str = ""
    patterns: tuple[str, ...] = ()  # of each line: the tones its places need
    rhymes: tuple[Rhyme, ...] = ()
    faults: tuple[Fault, ...] = ()
    doubts: tuple[Fault, ...] = ()  # faults only where every reading has to fit
    warnings: tuple[Remark, ...] = ()
    remarks: tuple[Remark, ...] = ()


def check(form: Form, verse: Verse) -> Findings:
    """Hold the lines of a poem against a form."""
    if form.is_regulated:
        findings = _check_regulated(form, verse)
    elif isinstance(form, CiForm):
        findings = _check_ci(form, verse)
    else:
        findings = Findings(patterns=tuple("中" * len(line) for line in verse.lines))
    by_place = sorted(findings.faults, key=lambda fault: (fault.line, fault.places))
    return replace(findings, faults=(*_length_faults(form, verse.lines), *by_place))


def _length_faults(form: Form, lines: Sequence[str]) -> list[Fault]:
    """Lines too long, too short, too many or too few."""
    count, needed = len(lines), len(form.lengths)
    wrong = [
        Fault("字數", i, (), line, str(len(line)), str(length), f"the lines of {form.name}")
        for i, (line, length) in enumerate(zip(lines, form.lengths, strict=False), 1)
        if len(line) != length
    ]
    if count != needed:
        because = f"{form.name} has {needed}"
        wrong.append(Fault("句數", 0, (), "", str(count), str(needed), because))
    return wrong


def _check_regulated(form: Form, verse: Verse) -> Findings:
    ends = rhyme.line_ends(verse.lines, verse.traditional, form.book)
    group = rhyme.shared_group([end for end in ends if end.line % 2 == 0], ends[0])
    groups = ends[0].groups("平")
    can_rhyme_first = (
        not group
        or not verse.tones[0][-1]
        or group in groups
        or any(near in form.book.neighbours(group) for near in groups)
    )
    must_rhyme_first = group in groups and verse.tones[0][-1] == Tone.LEVEL
    aligned = _align(verse, form.lengths[0], can_rhyme_first, must_rhyme_first)
    order = _order(aligned[0].kind, form.lengths[0])
    shared, rhyme_faults, near = rhyme.regulated_rhyme(
        ends, group, first_rhymes=order.first_line_rhymes
    )
    licences, warnings = faults.licences_and_warnings(verse.tones, aligned)
    inner = len(form.lengths) >= 8
    patterns = tuple(line.pattern for line in aligned)
    wrong = faults.tone_faults(verse.lines, verse.tones, aligned)
    if len(form.lengths) == 4 and [(fault.name, fault.line) for fault in wrong] == [("失粘", 3)]:
        licences.append(faults.BROKEN_IN_THE_MIDDLE)
    parallelism = faults.parallelism(verse.lines, verse.tones, patterns) if inner else []
    return Findings(
        order=order.name,
        patterns=patterns,
        rhymes=(shared,) if shared else (),
        faults=(*wrong, *rhyme_faults),
        doubts=_doubts(verse, patterns),
        warnings=tuple(warnings),
        remarks=(*licences, *near, *parallelism),
    )


@cache
def _order(kind: str, length: int) -> Order:
    """The order that begins with a line of this kind."""
    first_line = usual_pattern(kind, length)
    return next(order for order in orders(length, 2) if order.couplets[0][0].first == first_line)


def _align(
    verse: Verse, length: int, can_rhyme_first: bool, must_rhyme_first: bool
) -> tuple[AlignedLine, ...]:
    """The alignment that holds for all readings, or else the best."""
    tones = verse.tones
    rhymes = {"can_rhyme_first": can_rhyme_first, "must_rhyme_first": must_rhyme_first}
    strict = align(tones, length, **rhymes, strict=True)
    if not any(
        line.broken or misfits(line.pattern, line_tones) or doubts(line.pattern, line_tones)
        for line, line_tones in zip(strict, tones, strict=True)
    ):
        return strict
    return align(tones, length, **rhymes)


def _check_ci(form: CiForm, verse: Verse) -> Findings:
    findings = [_check_scheme(scheme, form, verse) for scheme in schemes(form)]
    return min(findings, key=lambda each: (len(each.faults), len(each.doubts)))


def _check_scheme(scheme: Scheme, form: Form, verse: Verse) -> Findings:
    lines, tones = verse.lines, verse.tones
    patterns: list[str] = []
    for section in scheme.sections:
        section_tones = tones[len(patterns) : len(patterns) + len(section.lengths)]
        choices = [_split(pattern.tones, section.lengths) for pattern in section.patterns]
        patterns += min(choices, key=lambda choice: _mismatch(choice, section_tones))
    echoes = {i for i in scheme.echoes if i < len(lines)}
    letters = {  # of each line that rhymes: the letter of its rhyme and its tone
        i + 1: (letter, patterns[i][-1])
        for i, letter in enumerate(scheme.rhymes)
        if letter and i not in echoes
    }
    ends = rhyme.line_ends(lines, verse.traditional, form.book)
    rhymes, ci_faults = rhyme.ci_rhymes(ends, letters)
    for i, line in enumerate(tones[: len(patterns)]):
        for place in misfits(patterns[i], line):
            if place + 1 == len(line) and i + 1 in letters:
                continue  # a fault of the rhyme
            symbol = TONE_SYMBOLS[line[place]]
            because = f"the line is {patterns[i]}"
            where = (i + 1, (place + 1,), lines[i][place])
            ci_faults.append(Fault("失律", *where, symbol, OPPOSITE[symbol], because))
    for i in echoes:
        if verse.traditional[i] != verse.traditional[i - 1]:
            because = f"{form.name} repeats {lines[i - 1]}"
            places = tuple(range(1, len(lines[i]) + 1))
            ci_faults.append(Fault("失疊", i + 1, places, lines[i], "new", lines[i - 1], because))
    return Findings(
        patterns=tuple(patterns),
        rhymes=tuple(rhymes),
        faults=tuple(ci_faults),
        doubts=_doubts(verse, patterns),
    )


def _doubts(verse: Verse, patterns: Sequence[str]) -> tuple[Fault, ...]:
    because = "it has to be read so"
    return tuple(
        Fault("兩讀", i, (place + 1,), line[place], "平 and 仄", pattern[place], because)
        for i, (line, tones, pattern) in enumerate(
            zip(verse.lines, verse.tones, patterns, strict=False), 1
        )
        for place in doubts(pattern, tones)
    )


def _split(tones: str, lengths: Sequence[int]) -> list[str]:
    """The pattern of a section as those of its lines."""
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    return [tones[start : start + n] for start, n in zip(starts, lengths, strict=True)]


def _mismatch(patterns: Iterable[str], tones: Sequence[Tones]) -> tuple[int, int]:
    """How many places are wrong under these patterns, and how many doubtful."""
    pairs = list(zip(patterns, tones, strict=False))
    return sum(len(misfits(*pair)) for pair in pairs), sum(len(doubts(*pair)) for pair in pairs)
