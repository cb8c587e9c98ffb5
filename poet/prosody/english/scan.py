"""Scanning English verse: its metre, its rhymes, its form, and where it breaks their rules.

A scan is printed as lines of text (`poet.render.scansion`) or as plain values (`to_json`, which
`poet scan --json` prints for each poem):

    form, asked          the name of the form; whether it was asked for
    metre, scheme        of the whole poem, in words and letters
    stanzas              the number of lines of each
    lines                text, metre, syllables, marks (/ x \\), feet, rhyme (a letter or empty)
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
from typing import Any

from poet.prosody.base import VerseRequest
from poet.prosody.english.check import Findings, check
from poet.prosody.english.faults import LINES, Fault
from poet.prosody.english.forms import UNRHYMED, EnglishForm, find_form
from poet.prosody.english.metre import Metre
from poet.prosody.english.syllables import look_up
from poet.prosody.english.verse import Verse


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
        'iambic tetrameter and trimeter'
        """
        return metre_in_words(self.form.metres if self.form else self.findings.metres)

    @property
    def scheme(self) -> str:
        """The rhyme scheme, stanzas apart; empty where no line rhymes."""
        return scheme_in_words(self.findings.scheme, self.verse.stanzas)

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
        parts += [
            f"{name} {count}" if name != LINES else self.findings.faults[0].sentence
            for name, count in self.fault_counts(strict).items()
        ]
        return " · ".join(parts)

    def sentences(self, strict: bool = False) -> list[str]:
        """The faults, a sentence each, and the words that are in no dictionary."""
        sentences = [f.sentence for f in self.all_faults(strict) if f.name != LINES]
        if self.unknown:
            words = ", ".join(f"{word} (line {line})" for line, word in self.unknown)
            sentences.append(f"in no dictionary, read by the spelling: {words}")
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
        found = self.findings
        scheme = found.scheme[i : i + 1]
        return {
            "text": self.lines[i],
            "metre": found.metres[i].name if i < len(found.metres) else "",
            "rhyme": "" if scheme == UNRHYMED else scheme,
        }


def metre_in_words(metres: Sequence[Metre]) -> str:
    """The metres of lines in words, as short as can be."""
    names = list(dict.fromkeys(metre.name for metre in metres))
    if len(names) == 2 and names[0].split()[0] == names[1].split()[0]:
        return f"{names[0]} and {names[1].split(maxsplit=1)[1]}"
    return ", ".join(names)


def scheme_in_words(scheme: str, stanzas: Sequence[int]) -> str:
    """A rhyme scheme with a space between stanzas; empty where no line rhymes.

    >>> scheme_in_words("ABABCDCD", (4, 4)), scheme_in_words("....", (4,))
    ('ABAB CDCD', '')
    """
    if not scheme.strip(UNRHYMED):
        return ""
    starts = [sum(stanzas[:n]) for n in range(len(stanzas))]
    parts = (scheme[at : at + count] for at, count in zip(starts, stanzas, strict=True))
    return " ".join(filter(None, parts))


def _lines_begun(request: VerseRequest[Any]) -> int:
    """How many lines the prompt gives or begins."""
    return sum(bool(re.search(r"\w", line)) for line in request.prompt.splitlines())


def scan(text: str, form: EnglishForm | None = None) -> EnglishScan:
    """Scan the text of a poem under the form asked for."""
    verse = Verse.of(text)
    if not verse.lines or form is None:
        return EnglishScan(verse, form, form is not None, Findings())
    if form == find_form(form.name):  # asked for without a number: it has as many lines as can be
        form = form.of(len(verse.lines)) or form
    return EnglishScan(verse, form, True, check(form, verse))
