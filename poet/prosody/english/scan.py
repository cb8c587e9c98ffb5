"""Scanning English verse: its metre, its rhymes, its form, and where it breaks their rules.

A scan is printed as lines of text (`poet.render.scansion`) or as plain values (`to_json`, which
`poet scan --json` prints for each poem):

    form, asked          the name of the form, or empty; whether it was asked for
    metre, scheme        of the whole poem, in words and in letters (x for a line without rhyme)
    stanzas              the number of lines of each
    lines                text, metre, marks (/ x \\ +, one a syllable), feet (the text with bars),
                         rhyme (a letter, or empty)
    faults, doubts       name, line, word, text, found, needed, sentence; doubts are faults only
                         for a strict reader
    unknown              words that are in no dictionary, each with its line
    keeps                lenient and strict: whether all rules of the form are kept
    verdict              the summary, one line
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

from poet.prosody.base import VerseRequest
from poet.prosody.english.check import Findings, check, check_metre
from poet.prosody.english.faults import LINES, Fault
from poet.prosody.english.forms import LETTERS, UNRHYMED, EnglishForm, find_form
from poet.prosody.english.identify import find_form_of, find_metres
from poet.prosody.english.metre import Metre
from poet.prosody.english.scansion import Scansion, scansion
from poet.prosody.english.syllables import look_up
from poet.prosody.english.verse import Verse

_LONGEST_PART = 8  # lines of a rhyme scheme in one piece
_MOST_PARTS = 6  # of a rhyme scheme whose parts differ: more are counted, not written out


@dataclass(frozen=True)
class EnglishScan:
    """What is known of the prosody of a poem, held against the rules of `form`.

    `is_requested` says that the form was asked for, and not found by the poem's metre and rhymes.
    """

    verse: Verse
    form: EnglishForm | None
    is_requested: bool
    findings: Findings

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of verse."""
        return self.verse.lines

    def keeps(self, strict: bool = False) -> bool:
        """Whether the poem keeps all rules of its form.

        >>> from poet.prosody.english.forms import find_form
        >>> verse = "The moon is down upon the hill,\\nThe house is dark, the wind is still."
        >>> scan(verse, find_form("tetrameter couplets")).keeps()
        True
        """
        return self.form is not None and bool(self.lines) and not self.all_faults(strict)

    def all_faults(self, strict: bool = False) -> tuple[Fault, ...]:
        """The faults; with what only a strict reader faults, if asked for, in order of lines."""
        found = self.findings
        if not strict:
            return found.faults
        both = [*found.faults, *found.doubts]
        return tuple(sorted(both, key=lambda fault: (fault.line, fault.word)))

    def fault_counts(self, strict: bool = False) -> dict[str, int]:
        """How often each fault occurs."""
        return dict(Counter(fault.name for fault in self.all_faults(strict)))

    @cached_property
    def unknown(self) -> tuple[tuple[int, str], ...]:
        """The words that are in no dictionary, each with its line: they are read by spelling."""
        return tuple(
            (line, word.text)
            for line, words in enumerate(self.verse.words, 1)
            for word in words
            if not look_up(word.text.lower())
        )

    @property
    def metre(self) -> str:
        """The metre of the poem in words; empty where none was found.

        >>> from poet.prosody.english.forms import find_form
        >>> scan("A rose", find_form("ballad")).metre
        'common metre, iambic tetrameter and trimeter'
        """
        words = metre_in_words(self.form.metres if self.form else self.findings.metres)
        if self.form and self.form.token == "common metre" != self.form.name:
            return f"common metre, {words}"
        return words

    @property
    def scheme(self) -> str:
        """The rhyme scheme as handbooks write it; empty where no line rhymes."""
        form, count = self.form, len(self.findings.scheme)
        parts = self.verse.stanzas
        if form and form.unit > 1:
            parts = (form.unit,) * -(-count // form.unit)
        elif form:
            parts = form.stanzas
        return scheme_in_words(self.findings.scheme, parts)

    def summary(self, strict: bool = False) -> str:
        """One line: form, metre, rhyme scheme, how many lines keep the metre, faults by name."""
        if not self.lines:
            return "no verse"
        parts = [self.form.name if self.form else "no form"]
        parts += [part for part in (self.metre, self.scheme) if part]
        metres = self.findings.metres
        if metres:
            wrong = {fault.line for fault in self.all_faults(strict) if fault.is_of_metre}
            parts.append(f"{len(metres) - len(wrong)} of {len(metres)} lines in metre")
        counts = self.fault_counts(strict)
        if counts.pop(LINES, 0):
            parts.append(
                f"{len(self.lines)} lines, not {len(self.form.metres if self.form else ())}"
            )
        parts += [f"{name} {count}" for name, count in counts.items()]
        return " · ".join(parts)

    def sentences(self, strict: bool = False) -> list[str]:
        """The faults, a sentence each, and the words that are in no dictionary."""
        sentences = [fault.sentence for fault in self.all_faults(strict)]
        if self.unknown:
            words = ", ".join(f"{word} (line {line})" for line, word in self.unknown)
            sentences.append(f"not in poet's dictionary, read by the spelling: {words}")
        return sentences

    def as_asked(self, request: VerseRequest[Any]) -> EnglishScan:
        """The scan without doubts about lines that the user began."""
        count = _lines_begun(request)
        doubts = tuple(doubt for doubt in self.findings.doubts if doubt.line > count)
        return replace(self, findings=self.findings._replace(doubts=doubts))

    def left_open(self, request: VerseRequest[Any]) -> list[str]:
        """What only a lenient reader grants in the lines that the user began."""
        count = _lines_begun(request) if request.is_strict else 0
        names = Counter(doubt.name for doubt in self.findings.doubts if doubt.line <= count)
        return [f"{name} in the prompt" for name in names]

    def to_json(self) -> dict[str, Any]:
        """The scan as plain values, described at the head of this module."""
        found = self.findings
        return {
            "form": self.form.name if self.form else "",
            "asked": self.is_requested,
            "metre": self.metre,
            "scheme": self.scheme,
            "stanzas": list(self.verse.stanzas),
            "lines": [self._line_json(i) for i in range(len(self.lines))],
            "faults": [asdict(fault) for fault in found.faults],
            "doubts": [asdict(fault) for fault in found.doubts],
            "unknown": [{"line": line, "word": word} for line, word in self.unknown],
            "keeps": {"lenient": self.keeps(), "strict": self.keeps(strict=True)},
            "verdict": self.summary(),
        }

    def _line_json(self, i: int) -> dict[str, Any]:
        set_out = self.scansion_of(i)
        return {
            "text": self.lines[i],
            "metre": self.findings.metres[i].name if set_out else "",
            "marks": set_out.marks if set_out else "",
            "feet": set_out.text if set_out else "",
            "rhyme": self.rhyme_of(i),
        }

    def scansion_of(self, line: int) -> Scansion | None:
        """A line, numbered from 0, with its marks and feet; None where it has no metre."""
        found = self.findings
        if line >= len(found.alignments):
            return None
        words, metre = self.verse.words[line], found.metres[line]
        return scansion(self.lines[line], words, metre, found.alignments[line])

    def rhyme_of(self, line: int) -> str:
        """The letter of the rhyme of a line, numbered from 0; empty where it has none."""
        return self.findings.scheme[line : line + 1].replace(UNRHYMED, "")


def metre_in_words(metres: Sequence[Metre]) -> str:
    """The metres of lines in words, as short as can be."""
    if metres and all(metre.is_syllabic for metre in metres):
        counts = [str(metre.syllables) for metre in metres]
        return f"{'-'.join(counts if len(set(counts)) > 1 else counts[:1])} syllables"
    names = list(dict.fromkeys(metre.name for metre in metres))
    if len(names) == 2 and names[0].split()[0] == names[1].split()[0]:
        return f"{names[0]} and {names[1].split(maxsplit=1)[1]}"
    return ", ".join(names)


def scheme_in_words(scheme: str, parts: Sequence[int]) -> str:
    """A rhyme scheme as handbooks write it; empty where no line rhymes.

    `parts` are the numbers of lines between its spaces. Parts that are alike and share no rhyme
    are counted.

    >>> scheme_in_words("ABABCDCDEFEFGG", (14,)), scheme_in_words("....", (4,))
    ('ABAB CDCD EFEF GG', '')
    >>> scheme_in_words("ABABCDCD", (4, 4)), scheme_in_words(".A.A", (4,))
    ('2 × ABAB', 'xAxA')
    """
    if not scheme.strip(UNRHYMED):
        return ""
    ends = list(accumulate(parts))
    texts = [scheme[end - count : end] for end, count in zip(ends, parts, strict=True)]
    texts = [text for text in texts if text]
    if len(texts) == 1:
        return " ".join(_closed(texts[0])).replace(UNRHYMED, "x")
    shapes = Counter(map(_from_a, texts))
    (shape, count), *others = shapes.most_common()
    if not others:
        return f"{count} × {shape}".replace(UNRHYMED, "x")
    if len(texts) > _MOST_PARTS:
        most = f"mostly {shape}".replace(UNRHYMED, "x")
        return most if 2 * count > len(texts) else "irregular rhymes"
    return " ".join(texts).replace(UNRHYMED, "x")


def _closed(scheme: str) -> list[str]:
    """A long scheme cut wherever no rhyme is left open, if all of its lines rhyme."""
    if UNRHYMED in scheme or len(scheme) <= _LONGEST_PART:
        return [scheme]
    cuts = [i for i in range(len(scheme) + 1) if not set(scheme[:i]) & set(scheme[i:])]
    return [scheme[a:b] for a, b in pairwise(cuts)]


def _from_a(scheme: str) -> str:
    """A scheme with its letters from A on: CDCD as ABAB."""
    letters: dict[str, str] = {UNRHYMED: UNRHYMED}
    return "".join(letters.setdefault(each, LETTERS[len(letters) - 1]) for each in scheme)


def _lines_begun(request: VerseRequest[Any]) -> int:
    """How many lines the prompt gives or begins."""
    return sum(bool(re.search(r"\w", line)) for line in request.prompt.splitlines())


def scan(text: str, form: EnglishForm | None = None) -> EnglishScan:
    """Scan the text of a poem under the form asked for, or under the one that it seems to have.

    >>> found = scan("I wandered by the silver sea,\\nThe moon walked at the side of me.")
    >>> found.form.name, found.metre
    ('tetrameter couplets', 'iambic tetrameter')
    """
    verse = Verse.of(text)
    if not verse.lines:
        return EnglishScan(verse, form, form is not None, Findings())
    if form is None:
        found = find_form_of(verse)
        findings = check(found, verse) if found else check_metre(find_metres(verse), verse)
        return EnglishScan(verse, found, False, findings)
    if form == find_form(form.name):  # asked for without a number: it has as many lines as can be
        form = form.of(len(verse.lines)) or form
    return EnglishScan(verse, form, True, check(form, verse))
