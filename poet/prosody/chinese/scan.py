"""Scanning: which form a poem has, and where it keeps or breaks the rules of that form.

A scan is printed as lines of text (`sentences`, then `summary`) or as plain values (`to_json`,
which `poet scan --json` prints for each poem):

    form, kind, order    names; kind is 古絕 or 古詩 where the form's rules were not meant
    asked                whether the form was asked for
    lines                text, tones and asked (平 仄 中 either ？ unknown), rhymes
    rhymes               name, lines, characters
    faults, doubts       name, line, places, characters, found, needed, because, sentence;
                         doubts are faults only where every reading has to fit
    warnings, remarks    name, lines, sentence
    ambiguous, unknown   line, place, character
    fits, of             characters whose tone fits, out of those whose tone is known
    keeps                lenient and strict: whether all rules of the form are kept
    verdict              the summary, one line

Lenient means that a character with two tones fits where one of them does, strict that both must.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

from poet.prosody.base import VerseRequest
from poet.prosody.chinese.check import Findings, check
from poet.prosody.chinese.faults import Fault, Remark
from poet.prosody.chinese.forms import FORMS, CiForm, Form, form_of
from poet.prosody.chinese.readings import TONE_SYMBOLS, Tone, Tones
from poet.prosody.chinese.request import FormRequest
from poet.prosody.chinese.rhyme import Rhyme, unregulated_rhyme
from poet.prosody.chinese.rhyme_books import PINGSHUI, RhymeBook
from poet.prosody.chinese.tune_matching import nearest_tune, tunes_of_shape
from poet.prosody.chinese.verse import Verse


class Spot(NamedTuple):
    """A character and where it stands; lines and places count from 1."""

    line: int
    place: int
    character: str


@dataclass(frozen=True)
class Scan:
    """What is known of the prosody of a poem, held against the rules of `form`.

    The faults in `findings` are those of a lenient reading; `findings.doubts` are what a strict
    one adds. `is_requested` says that the form was asked for, and not found by the poem's shape.
    """

    verse: Verse
    form: Form | None
    is_requested: bool
    findings: Findings

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of verse, without punctuation."""
        return self.verse.lines

    @property
    def tones(self) -> tuple[Tones, ...]:
        """The tones of the characters of each line."""
        return self.verse.tones

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What breaks the rules of the form. Of an old-style poem: what makes it one."""
        return self.findings.faults

    @property
    def rhyme(self) -> Rhyme | None:
        """The rhyme; of a tune with several, the first."""
        return next(iter(self.findings.rhymes), None)

    @property
    def order(self) -> str:
        """平起 or 仄起, and whether line 1 rhymes; empty where this does not apply."""
        return "" if self.is_old else self.findings.order

    @property
    def kind(self) -> str:
        """What the poem is: the name of its form, 古絕, 古詩, or empty."""
        if self.form is not None:
            if not self.is_old:
                return self.form.name
            return "古絕" if len(self.lines) == 4 else "古詩"
        lengths = {len(line) for line in self.lines}
        if lengths == {6} and len(self.lines) == 4 and self.rhyme:
            return "六言絕句"
        return "古詩" if len(self.lines) >= 4 and len(lengths) == 1 and lengths <= {5, 7} else ""

    @cached_property
    def is_old(self) -> bool:
        """Whether the poem is in the old style (古絕, 古詩), which breaks no rule by being so.

        It is where the form was not asked for and the poem either does not rhyme in a level
        tone, or keeps neither rhyme nor tones, with more wrong places than lines; a quatrain
        also where 對 or 粘 is broken in half of its lines.
        """
        if self.is_requested or self.form is None or not self.form.is_regulated:
            return False
        broken = {fault.line for fault in self.faults if fault.name in ("失對", "失粘")}
        if len(self.lines) == 4 and len(broken) >= 2:
            return True
        unrhymed = sum(fault.name == "不押韻" for fault in self.faults)
        if not unrhymed and not any(fault.name == "出韻" for fault in self.faults):
            return False
        return 2 * unrhymed >= len(self.lines) - 1 or len(self.misfits) > len(self.lines)

    @property
    def _rhymes_level(self) -> bool:
        return not any(fault.name == "不押韻" for fault in self.faults)

    def keeps(self, strict: bool = False) -> bool:
        """Whether the poem keeps all rules of its form.

        >>> scan("夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。").keeps()
        True
        """
        return self.form is not None and not self._faults(strict)

    def _faults(self, strict: bool) -> tuple[Fault, ...]:
        return (*self.faults, *self.findings.doubts) if strict else self.faults

    def fault_counts(self, strict: bool = False) -> dict[str, int]:
        """How often each fault occurs."""
        return dict(Counter(fault.name for fault in self._faults(strict)))

    @cached_property
    def misfits(self) -> frozenset[tuple[int, int]]:
        """The lines and places whose tone does not fit; an unknown tone is never wrong."""
        spots = _places(fault for fault in self.faults if fault.is_of_tone)
        return frozenset((line, place) for line, place in spots if self.tones[line - 1][place - 1])

    @property
    def known(self) -> int:
        """How many characters have a known tone."""
        return sum(tone != Tone.UNKNOWN for line in self.tones for tone in line)

    def fits(self, strict: bool = False) -> int:
        """How many of the characters with a known tone fit."""
        doubtful = _places(self.findings.doubts) if strict else frozenset()
        return self.known - len(self.misfits | doubtful)

    @property
    def ambiguous(self) -> tuple[Spot, ...]:
        """The characters with two tones."""
        return self._spots(Tone.EITHER)

    @property
    def unknown(self) -> tuple[Spot, ...]:
        """The characters in no dictionary, which count neither as right nor as wrong."""
        return self._spots(Tone.UNKNOWN)

    def _spots(self, wanted: Tone) -> tuple[Spot, ...]:
        return tuple(
            Spot(i, place, character)
            for i, (line, tones) in enumerate(zip(self.lines, self.tones, strict=True), 1)
            for place, (character, tone) in enumerate(zip(line, tones, strict=True), 1)
            if tone == wanted
        )

    def summary(self, strict: bool = False) -> str:
        """One line: form, order, rhyme, how many tones fit, and the faults by name.

        >>> scan("夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。").summary()
        '五絕 仄起首句不入韻 · 韻 下平八庚 (輕 聲) · 格律 20/20'
        """
        count, form = len(self.lines), self.form
        if not count:
            return "no verse"
        if form and self.is_requested and count != len(form.lengths):
            needed = len(form.lengths)
            number = f"{count} of {needed}" if count < needed else f"{count}"
            return f"{number} lines; {form.name} needs {needed}."
        parts = [f"{self.kind} {self.order}".strip() or self._shape]
        parts += [f"韻 {r.name} ({' '.join(r.characters)})" for r in self.findings.rhymes]
        if form and not self.is_old:
            if form.binds_tones:
                parts.append(f"格律 {self.fits(strict)}/{self.known}")
            parts += [f"{name} {n}" for name, n in self.fault_counts(strict).items()]
        return " · ".join(parts)

    @property
    def _shape(self) -> str:
        """The lengths of lines that have no form."""
        count, lengths = len(self.lines), sorted({len(line) for line in self.lines})
        lines = "1 line" if count == 1 else f"{count} lines"
        characters = "character" if lengths == [1] else "characters"
        return f"no form: {lines} of {' '.join(map(str, lengths))} {characters}"

    def sentences(self, strict: bool = False) -> list[str]:
        """All there is to say beside the summary; of an old-style poem only what is unknown."""
        if self.is_old or self.form is None:
            sentences = []
            if self.is_old and self.form and self._rhymes_level:
                counts = self.fault_counts(strict).items()
                named = ", ".join(f"{name} {count}" for name, count in counts)
                sentences.append(
                    f"not held to the rules of {self.form.name}, of which it would break: {named} "
                    f"(--form {self.form.name} shows where)"
                )
            if self.form is None:
                sentences += [remark.sentence for remark in self.findings.remarks]
            if self.unknown:
                sentences.append(_list("in no dictionary of rhymes", self.unknown))
            return sentences
        sentences = [fault.sentence for fault in self._faults(strict) if fault.name != "句數"]
        sentences += [
            f"{w.sentence} ({w.name}: allowed, but avoided)" for w in self.findings.warnings
        ]
        sentences += [remark.sentence for remark in self.findings.remarks]
        doubts = self.findings.doubts
        if doubts and not strict:
            spots = [Spot(fault.line, fault.places[0], fault.characters) for fault in doubts]
            sentences.append(_list("can be 平 and 仄, taken for what is needed", spots))
        if self.unknown:
            sentences.append(
                _list("in no dictionary of rhymes, neither right nor wrong", self.unknown)
            )
        return sentences

    def as_asked(self, request: VerseRequest[Any]) -> Scan:
        """The scan without doubts about characters of prompt and acrostic."""
        given = FormRequest.from_any(request).places
        doubts = tuple(doubt for doubt in self.findings.doubts if not _are_given(doubt, given))
        return replace(self, findings=replace(self.findings, doubts=doubts))

    def left_open(self, request: VerseRequest[Any]) -> list[str]:
        """The user's characters that can be 平 and 仄."""
        given = FormRequest.from_any(request).places
        found: dict[str, dict[str, None]] = {}
        for doubt in self.findings.doubts if request.is_strict else ():
            if _are_given(doubt, given):
                by = given[doubt.line, doubt.places[0]]
                found.setdefault(by, {})[doubt.characters] = None
        return [f"兩讀 in the {by}: {' '.join(characters)}" for by, characters in found.items()]

    def to_json(self) -> dict[str, Any]:
        """The scan as plain values, described at the head of this module."""
        findings = self.findings
        rhyming = {line for rhyme in findings.rhymes for line in rhyme.lines}
        patterns = [*(() if self.is_old else findings.patterns), *("" for _ in self.lines)]
        return {
            "form": self.form.name if self.form else "",
            "kind": self.kind,
            "order": self.order,
            "asked": self.is_requested,
            "lines": [
                {
                    "text": line,
                    "tones": "".join(TONE_SYMBOLS[tone] for tone in tones),
                    "asked": patterns[i],
                    "rhymes": i + 1 in rhyming,
                }
                for i, (line, tones) in enumerate(zip(self.lines, self.tones, strict=True))
            ],
            "rhymes": [asdict(rhyme) for rhyme in findings.rhymes],
            "faults": [_fault_json(fault) for fault in self.faults],
            "doubts": [_fault_json(fault) for fault in findings.doubts],
            "warnings": [asdict(warning) for warning in findings.warnings],
            "remarks": [asdict(remark) for remark in findings.remarks],
            "ambiguous": [spot._asdict() for spot in self.ambiguous],
            "unknown": [spot._asdict() for spot in self.unknown],
            "fits": self.fits(),
            "of": self.known,
            "keeps": {"lenient": self.keeps(), "strict": self.keeps(strict=True)},
            "verdict": self.summary(),
        }


def _fault_json(fault: Fault) -> dict[str, Any]:
    return asdict(fault) | {"sentence": fault.sentence}


def _are_given(fault: Fault, given: Mapping[tuple[int, int], str]) -> bool:
    return all((fault.line, place) in given for place in fault.places)


def _places(faults: Iterable[Fault]) -> frozenset[tuple[int, int]]:
    return frozenset((fault.line, place) for fault in faults for place in fault.places)


def _list(text: str, spots: Iterable[Spot]) -> str:
    return f"{text}: " + ", ".join(f"{c} (line {line}, {place})" for line, place, c in spots)


def scan(text: str, form: Form | None = None, title: str = "", book: RhymeBook = PINGSHUI) -> Scan:
    """Scan the text of a poem under the form asked for, or under the one whose shape it has.

    A ci may divide its lines otherwise than its tune does, between two rhymes: it is scanned in the
    lines of the tune. Where no form has its shape, the tune that is named in the title, or whose
    lines are nearest, is named. Tones and rhymes are those of the form's rhyme book, or of `book`.

    >>> found = scan("春水連天碧，明月照大江。")
    >>> found.form is None, found.lines
    (True, ('春水連天碧', '明月照大江'))
    """
    if form is not None:
        book = form.book
    verse = Verse.of(text, book)
    if not verse.lines:
        return Scan(verse, form, form is not None, Findings())
    lengths = tuple(map(len, verse.lines))
    if form is not None:
        shapes: Sequence[Form] = [form]
        if form.uses_ci_rhyme and form.lengths != lengths:
            shapes = tunes_of_shape(lengths, form.name) or shapes
    else:
        shapes = _forms_of_shape(lengths)
    shapes = [replace(shape, book=book) for shape in shapes]
    scans = [_scan_as(shape, verse, is_requested=form is not None) for shape in shapes]
    best = min(scans, key=lambda candidate: len(candidate.faults), default=None)
    if best and (form is not None or not best.is_old):
        return best
    rhyme = unregulated_rhyme(verse.lines, verse.traditional, book)
    rhymes = (rhyme,) if rhyme else ()
    if best:
        return replace(best, findings=replace(best.findings, rhymes=rhymes))
    near = nearest_tune(lengths, title)
    remarks = (Remark("詞牌", (), near),) if near else ()
    return Scan(verse, None, False, Findings(rhymes=rhymes, remarks=remarks))


def _scan_as(form: Form, verse: Verse, *, is_requested: bool) -> Scan:
    """The scan of a verse as a form, a ci in the lines of its tune."""
    ends = set(accumulate(map(len, verse.lines)))
    if isinstance(form, CiForm) and sum(form.lengths) == max(ends) and form.rhyme_ends <= ends:
        verse = verse.divided(form.lengths)
    return Scan(verse, form, is_requested, check(form, verse))


def _forms_of_shape(lengths: tuple[int, ...]) -> Sequence[Form]:
    """The forms that lines of these lengths have, or were meant to have."""
    if form := form_of(lengths):
        return (form,)
    if of_shape := tunes_of_shape(lengths):
        return of_shape
    (length, count), *_ = Counter(lengths).most_common(1)
    if 4 * (len(lengths) - count) <= len(lengths):  # one line of four is ragged, or two of eight
        return [form for form in FORMS if form.lengths == (length,) * len(lengths)]
    return ()
