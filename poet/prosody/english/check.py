"""Holding the lines of a poem against the rules of a form: metre, rhyme, refrains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from poet.prosody.english.alignment import Alignment, align
from poet.prosody.english.faults import (
    LINES,
    NEAR,
    NO_RHYME,
    REFRAIN,
    REPEATED,
    SLANT,
    Fault,
    doubts_of_metre,
    faults_of_metre,
)
from poet.prosody.english.forms import UNRHYMED, EnglishForm
from poet.prosody.english.line_ends import PERFECT, LineEnd, find_scheme, rhyme_between
from poet.prosody.english.metre import Metre
from poet.prosody.english.verse import Verse


class Findings(NamedTuple):
    """What was found about a poem: how its lines scan, how they rhyme, and what is wrong.

    `faults` are those of a lenient reader; `doubts` are what a strict one adds.
    """

    metres: tuple[Metre, ...] = ()  # of each line; none where no metre was found
    alignments: tuple[Alignment, ...] = ()
    scheme: str = ""  # a letter for each line, a dot for one that does not rhyme
    faults: tuple[Fault, ...] = ()
    doubts: tuple[Fault, ...] = ()


def check(form: EnglishForm, verse: Verse) -> Findings:
    """Hold a poem against a form with as many lines; of several rhyme schemes the best counts.

    If the numbers of lines differ, the lines that the form has are checked.
    """
    count = len(verse.lines)
    metres = form.metres[:count]
    alignments, faults, doubts = _of_metre(verse, metres)
    if count != len(form.metres):
        faults.append(_wrong_count(form, count))
    faults += _refrain_faults(form, verse)
    ends = [
        LineEnd.of(words, alignment)
        for words, alignment in zip(verse.words, alignments, strict=False)
    ]
    schemes = [(scheme, *_rhyme_faults(form, scheme, ends)) for scheme in form.schemes]
    scheme, wrong, doubtful = min(schemes, key=lambda each: (len(each[1]), len(each[2])))
    return Findings(
        metres,
        alignments,
        scheme[: len(ends)],
        tuple(sorted([*faults, *wrong], key=_place)),
        tuple(sorted([*doubts, *doubtful], key=_place)),
    )


def check_metre(metres: Sequence[Metre], verse: Verse) -> Findings:
    """Hold a poem of no form against the metre of each of its lines, if they have any."""
    alignments, faults, doubts = _of_metre(verse, metres)
    scheme = find_scheme([LineEnd.simple(words) for words in verse.words])
    return Findings(tuple(metres), alignments, scheme, tuple(faults), tuple(doubts))


def _of_metre(
    verse: Verse, metres: Sequence[Metre]
) -> tuple[tuple[Alignment, ...], list[Fault], list[Fault]]:
    """How lines are laid out on their metres, their faults, and what a strict reader adds."""
    alignments = tuple(
        align(words, metre) for words, metre in zip(verse.words, metres, strict=False)
    )
    faults: list[Fault] = []
    doubts: list[Fault] = []
    for i, (metre, alignment) in enumerate(zip(metres, alignments, strict=False)):
        faults += faults_of_metre(i + 1, verse.words[i], metre, alignment)
        doubts += doubts_of_metre(i + 1, verse.words[i], alignment)
    return alignments, faults, doubts


def _wrong_count(form: EnglishForm, count: int) -> Fault:
    needed = len(form.metres)
    are = "is 1 line" if count == 1 else f"are {count} lines"
    need = str(needed)
    if form.unit and form.of(2 * form.unit):
        need = "any number" if form.unit == 1 else f"a multiple of {form.unit}"
    return Fault(
        LINES,
        found=str(count),
        needed=str(needed),
        sentence=f"there {are}; {form.name} has {need}",
    )


def _refrain_faults(form: EnglishForm, verse: Verse) -> Iterator[Fault]:
    for first, *others in form.refrains:
        for line in others:
            if line < len(verse.lines) and not _same(verse, first, line):
                yield Fault(
                    REFRAIN,
                    line + 1,
                    found=verse.lines[line],
                    needed=verse.lines[first],
                    sentence=f"line {line + 1} should be the same as line {first + 1}",
                )


def _same(verse: Verse, first: int, second: int) -> bool:
    """Whether two lines have the same words, whatever their punctuation."""
    one, other = ([word.text.lower() for word in verse.words[i]] for i in (first, second))
    return one == other


def _rhyme_faults(
    form: EnglishForm, scheme: str, ends: Sequence[LineEnd]
) -> tuple[list[Fault], list[Fault]]:
    """What is wrong with the rhymes, and what a strict reader adds."""
    faults: list[Fault] = []
    doubts: list[Fault] = []
    copied = {line: group for group in form.refrains for line in group}
    for i, letter in enumerate(scheme[: len(ends)]):
        before = [j for j in range(i) if scheme[j] == letter]
        if letter == UNRHYMED or not before or copied.get(i, (i,))[0] != i:
            continue
        kinds = {j: rhyme_between(ends[j], ends[i]) for j in before}
        partner = min(before, key=lambda j: (_RANK[kinds[j]], -j))
        kind = kinds[partner]
        if kind == PERFECT:
            continue
        end, other = ends[i], ends[partner]
        sentence = f"line {i + 1}: {_SENTENCES[kind].format(end.text, other.text, partner + 1)}"
        fault = Fault(kind, i + 1, end.number, end.text, end.text, other.text, sentence)
        (faults if kind in (NO_RHYME, SLANT) else doubts).append(fault)
    return faults, doubts


_RANK = {kind: rank for rank, kind in enumerate((PERFECT, NEAR, REPEATED, SLANT, NO_RHYME))}
_SENTENCES = {
    NEAR: "{0} rhymes only nearly with {1} (line {2})",
    REPEATED: "{0} repeats the word that line {2} ends with",
    SLANT: "{0} has only a slant rhyme with {1} (line {2}): the same consonant, another vowel",
    NO_RHYME: "{0} does not rhyme with {1} (line {2})",
}


def _place(fault: Fault) -> tuple[int, int]:
    return fault.line, fault.word
