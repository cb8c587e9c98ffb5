"""Scanning: which form a poem has, and where it keeps or breaks the rules of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from poet.poem import Poem
from poet.prosody.chinese import alignment
from poet.prosody.chinese.check import Findings, check
from poet.prosody.chinese.faults import Fault, Remark
from poet.prosody.chinese.forms import FORMS, Form, form_of
from poet.prosody.chinese.readings import Tone
from poet.prosody.chinese.rhyme import Rhyme, of_no_form
from poet.prosody.chinese.verse import tones_of, verse_lines

SIGNS = {Tone.LEVEL: "平", Tone.OBLIQUE: "仄", Tone.EITHER: "中", Tone.UNKNOWN: "？"}


class Spot(NamedTuple):
    """A character and where it stands; lines and places count from 1."""

    line: int
    place: int
    character: str


@dataclass(frozen=True)
class Scan:
    """What is known of a poem's prosody. `form` is the one whose rules it was held against.

    `findings` has what each place asks for, the order, the rhymes and the faults: these hold
    where a character with two tones may be read either way (lenient); `findings.doubts` are
    what goes wrong besides where every reading has to fit (strict).
    """

    lines: tuple[str, ...]
    tones: tuple[alignment.Tones, ...]
    form: Form | None
    is_asked: bool  # whether the form was asked for, or found by the shape
    findings: Findings

    @property
    def order(self) -> str:
        """平起 or 仄起, and whether line 1 rhymes; empty where there is no such thing."""
        return "" if self.is_old else self.findings.order

    @property
    def rhyme(self) -> Rhyme | None:
        """The rhyme; of a tune with several, the first."""
        return next(iter(self.findings.rhymes), None)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What breaks the rules of the form. Of an old-style poem: what makes it one."""
        return self.findings.faults

    @property
    def warnings(self) -> tuple[Remark, ...]:
        return self.findings.warnings

    @property
    def remarks(self) -> tuple[Remark, ...]:
        return self.findings.remarks

    def keeps(self, strict: bool = False) -> bool:
        """Whether the poem keeps all rules of its form; strict: however it is read.

        >>> scan("夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。").keeps()
        True
        """
        doubts = self.findings.doubts if strict else ()
        return self.form is not None and not self.faults and not doubts

    @cached_property
    def is_old(self) -> bool:
        """Whether it is verse of the old style (古絕, 古詩), which is not called wrong.

        It was not asked to be regulated, and does not rhyme in a level tone; or neither its
        rhyme nor its tones hold, with more wrong places than lines.
        """
        if self.is_asked or self.form is None or self.form.rule != "regulated":
            return False
        unrhymed = sum(fault.name == "不押韻" for fault in self.faults)
        if not unrhymed and not any(fault.name == "出韻" for fault in self.faults):
            return False
        return 2 * unrhymed >= len(self.lines) - 1 or len(self.misfits) > len(self.lines)

    @property
    def kind(self) -> str:
        """What the poem is: the name of its form, 古絕, 古詩, or nothing that has a name."""
        if self.form is not None:
            if not self.is_old:
                return self.form.name
            return "古絕" if len(self.lines) == 4 else "古詩"
        lengths = {len(line) for line in self.lines}
        return "古詩" if len(self.lines) >= 4 and len(lengths) == 1 and lengths <= {5, 7} else ""

    @cached_property
    def misfits(self) -> frozenset[tuple[int, int]]:
        """The lines and places whose tone does not fit; one that is unknown is never wrong."""
        found = _spots(fault for fault in self.faults if fault.is_of_tone)
        return frozenset(spot for spot in found if self.tones[spot[0] - 1][spot[1] - 1])

    @property
    def known(self) -> int:
        """How many characters have a tone that is known."""
        return sum(tone != Tone.UNKNOWN for line in self.tones for tone in line)

    @property
    def ambiguous(self) -> tuple[Spot, ...]:
        """The characters that can be 平 and 仄."""
        return self._with(Tone.EITHER)

    @property
    def unknown(self) -> tuple[Spot, ...]:
        """The characters outside the table, which count neither as right nor as wrong."""
        return self._with(Tone.UNKNOWN)

    @property
    def verdict(self) -> str:
        """One line that sums the poem up, lenient.

        >>> scan("夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。").verdict
        '五絕 仄起首句不入韻 · 韻 下平八庚 (輕 聲) · 格律 20/20'
        """
        return self.summary()

    def summary(self, strict: bool = False) -> str:
        """The verdict, lenient or strict."""
        from poet.prosody.chinese.summary import summary

        return summary(self, strict)

    def to_json(self) -> dict[str, Any]:
        """The scan in plain values: see `poet.prosody.chinese.summary`."""
        from poet.prosody.chinese.summary import record

        return record(self)

    def _with(self, wanted: Tone) -> tuple[Spot, ...]:
        return tuple(
            Spot(i, p, character)
            for i, (line, tones) in enumerate(zip(self.lines, self.tones, strict=True), 1)
            for p, (character, tone) in enumerate(zip(line, tones, strict=True), 1)
            if tone == wanted
        )


def scan(poem: str | Poem, form: Form | None = None) -> Scan:
    """Scan a poem under the form asked for, or under the one whose shape it has.

    >>> found = scan("春水連天碧，明月照大江。")
    >>> found.form is None, found.lines
    (True, ('春水連天碧', '明月照大江'))
    """
    lines = verse_lines(poem if isinstance(poem, str) else poem.text)
    old, tones = tones_of(lines)
    if not lines:
        return Scan((), (), form, form is not None, Findings())
    if form is not None:
        return Scan(lines, tones, form, True, check(form, lines, old, tones))
    shapes = _shapes(tuple(map(len, lines)))
    scans = [Scan(lines, tones, shape, False, check(shape, lines, old, tones)) for shape in shapes]
    if scans:
        best = min(scans, key=lambda one: len(one.faults))
        if not best.is_old:
            return best
    rhyme = of_no_form(lines, old)
    rhymes = (rhyme,) if rhyme else ()
    if scans:
        return replace(best, findings=replace(best.findings, rhymes=rhymes))
    return Scan(lines, tones, None, False, Findings(rhymes=rhymes))


def _shapes(lengths: tuple[int, ...]) -> Sequence[Form]:
    """The forms that lines of these lengths have, or were meant to have."""
    if form := form_of(lengths):
        return (form,)
    from poet.prosody.chinese.tunes import tunes

    if found := [tune for tune in tunes() if tune.lengths == lengths]:
        return found
    (length, count), *_ = Counter(lengths).most_common(1)
    ragged = len(lengths) - count
    if 4 * ragged <= len(lengths):  # one line of four, two of eight
        return [form for form in FORMS if form.lengths == (length,) * len(lengths)]
    return ()


def _spots(faults: Iterable[Fault]) -> frozenset[tuple[int, int]]:
    return frozenset((fault.line, place) for fault in faults for place in fault.places)
