"""A poem in layers: for each character or word its tone or stress, its rhyme, pinyin and gloss.

Whoever shows a poem, such as a page, chooses which of the layers are seen. `layers` gives lines;
a line has units. In Chinese a unit is a character, in other languages a word, or what stands
between two words.

    line    text; indent, the columns by which it is set in; rhyme, of the group or the letter;
            units, none for the blank line between stanzas
    unit    text; tone (平 仄 中 either ？ unknown); rhyme, at the character or word that rhymes;
            pinyin; gloss, in English, and span, over how many units it goes; stress (a mark for
            each syllable: / on the beat, x off it, \\ a word of weight off it, + one too many)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from poet.characters import is_chinese, is_han, normalise
from poet.poem import Poem
from poet.prosody.base import ScanResult
from poet.prosody.chinese.gloss import glosses
from poet.prosody.chinese.pinyin import pinyin
from poet.prosody.chinese.readings import TONE_SYMBOLS
from poet.prosody.chinese.scan import Scan
from poet.prosody.english.alignment import MISSING
from poet.prosody.english.scan import EnglishScan
from poet.prosody.english.syllables import words_of
from poet.sanitize import sanitize
from poet.scripts import convert
from poet.typography import typeset

_letter = re.compile("[A-Za-z]")
_word = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class Unit(TypedDict):
    """A character or word with its marks; a mark is empty where there is none."""

    text: str
    tone: str
    rhyme: str
    pinyin: str
    gloss: str
    span: int
    stress: str


class Line(TypedDict):
    """A line of a poem."""

    text: str
    indent: int
    rhyme: str
    units: list[Unit]


class Place(TypedDict):
    """Units of a line; both count from 0, and blank lines count too."""

    line: int
    character: int
    length: int


class FaultAt(TypedDict):
    """Something that breaks a rule, and where; the places are empty for one of the whole poem."""

    name: str
    message: str
    places: list[Place]


@dataclass(frozen=True)
class Layers:
    """The lines of a poem with their layers, and where the scan's characters or words stand."""

    lines: list[Line]
    scan: ScanResult | None
    # (line, character or word) of the scan, from 1 on -> (line, unit) here, from 0 on
    places: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    def faults(self, strict: bool = False) -> list[FaultAt]:
        """What breaks the rules of the form, where it stands; strict as `ScanResult.keeps`."""
        return [
            {"name": name, "message": message, "places": self._found(line, numbers)}
            for name, message, line, numbers in _faults(self.scan, strict)
        ]

    def _found(self, line: int, numbers: Sequence[int]) -> list[Place]:
        """The units of some characters or words of a line of the scan; all of it for none."""
        if numbers and (line, numbers[0]) not in self.places:
            numbers = ()  # after its last word
        wanted = [(line, number) for number in numbers]
        spots = [self.places[spot] for spot in wanted if spot in self.places]
        if spots:
            return [{"line": i, "character": j, "length": 1} for i, j in spots]
        of_line = sorted(spot for (number, _), spot in self.places.items() if number == line)
        if not of_line:
            return []
        (i, first), (_, last) = of_line[0], of_line[-1]
        return [{"line": i, "character": first, "length": last - first + 1}]


def layers(poem: Poem, scan: ScanResult | None) -> Layers:
    """The layers of a poem; `scan` is that of its text, in either script.

    >>> from poet.prosody.chinese.scan import scan
    >>> poem = Poem("夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。")
    >>> found = layers(poem, scan(poem.text)).lines
    >>> [unit["tone"] for unit in found[1]["units"]], found[1]["rhyme"]
    (['平', '平', '仄', '仄', '平', ''], '下平八庚')
    """
    chinese = is_chinese(poem.text)
    text = sanitize(normalise(poem.text) if chinese else poem.text)
    indents = iter(poem.indents)
    lines: list[Line] = []
    for line in _rows(text, chinese) if text.strip() else ():
        shown = line.strip() if chinese else typeset(line.strip())
        indent = next(indents, len(line.rstrip()) - len(shown)) if shown else 0
        units = [_unit(piece) for piece in (shown if chinese else _pieces(shown))]
        lines.append({"text": shown, "indent": indent, "rhyme": "", "units": units})
    made = Layers(lines, scan)
    if chinese:
        for each in lines:
            _mark_pinyin(each["units"])
            for gloss in glosses(each["text"]):
                each["units"][gloss.start] |= {"gloss": gloss.english, "span": gloss.length}
        if isinstance(scan, Scan):
            _mark_tones(made, scan)
    elif isinstance(scan, EnglishScan):
        _mark_stress(made, scan)
    return made


def _unit(text: str) -> Unit:
    return {
        "text": text, "tone": "", "rhyme": "", "pinyin": "", "gloss": "", "span": 1, "stress": "",
    }  # fmt: skip


def _rows(text: str, chinese: bool) -> Iterator[str]:
    """The lines of a text; those of Chinese verse end at stops, and may share a row."""
    for row in text.split("\n"):
        yield from (Poem(row).lines if chinese else ()) or (row,)


def _pieces(line: str) -> Iterator[str]:
    """The words of a line and what stands between them."""
    if _letter.search(line):
        bounds = [(word.start, word.start + len(word.text)) for word in words_of(line)]
    else:
        bounds = [match.span() for match in _word.finditer(line)]
    end = 0
    for start, stop in bounds:
        if start > end:
            yield line[end:start]
        yield line[start:stop]
        end = stop
    if end < len(line):
        yield line[end:]


def _mark_pinyin(units: Sequence[Unit]) -> None:
    han = [unit for unit in units if is_han(unit["text"])]
    if han:
        for unit, reading in zip(han, pinyin([unit["text"] for unit in han]), strict=True):
            unit["pinyin"] = reading


def _mark_tones(made: Layers, scan: Scan) -> None:
    """Tones and rhymes of a scan, whose characters stand in the poem in the same order.

    The poem may have more of them, in notes, and may divide its lines otherwise.
    """
    spots = (
        (number, place, character, tone)
        for number, (line, tones) in enumerate(zip(scan.lines, scan.tones, strict=True), 1)
        for place, (character, tone) in enumerate(zip(line, tones, strict=True), 1)
    )
    names = {number: rhyme.name for rhyme in scan.findings.rhymes for number in rhyme.lines}
    spot = next(spots, None)
    for i, line in enumerate(made.lines):
        for j, unit in enumerate(line["units"]):
            if spot is None or not _is_same(unit["text"], spot[2]):
                continue
            number, place, _, tone = spot
            made.places[number, place] = i, j
            unit["tone"] = TONE_SYMBOLS[tone]
            if place == len(scan.lines[number - 1]) and number in names:
                unit["rhyme"] = line["rhyme"] = names[number]
            spot = next(spots, None)


def _is_same(character: str, other: str) -> bool:
    """Whether two characters are the same, whichever script each is in."""
    return character == other or convert(character, "t2s") == convert(other, "t2s")


def _mark_stress(made: Layers, scan: EnglishScan) -> None:
    """Marks of stress and letters of rhyme, of the lines in the poem that the scan has read."""
    number = 0
    for i, line in enumerate(made.lines):
        if number == len(scan.lines) or not _letter.search(line["text"]):
            continue
        words = [(j, unit) for j, unit in enumerate(line["units"]) if _letter.search(unit["text"])]
        if len(words) != len(scan.verse.words[number]):
            continue  # a line that the scan has left out
        marks = _marks_by_word(scan, number)
        for place, (j, unit) in enumerate(words):
            made.places[number + 1, place + 1] = i, j
            unit["stress"] = marks.get(place, "")
        line["rhyme"] = scan.rhyme_of(number)
        words[-1][1]["rhyme"] = line["rhyme"]
        number += 1


def _marks_by_word(scan: EnglishScan, line: int) -> dict[int, str]:
    """The marks of the syllables of each word of a line; both count from 0."""
    found = scan.scansion_of(line)
    if not found:
        return {}
    marks: dict[int, str] = {}
    spoken = (s for s in scan.findings.alignments[line].syllables if s.problem != MISSING)
    for syllable, mark in zip(spoken, found.marks, strict=True):
        marks[syllable.word] = marks.get(syllable.word, "") + mark
    return marks


def _faults(
    scan: ScanResult | None, strict: bool
) -> Iterator[tuple[str, str, int, tuple[int, ...]]]:
    """The name of each fault, its sentence, line and characters or words; 0 and none if unknown."""
    if isinstance(scan, Scan):
        if scan.form and not scan.is_old:
            for fault in (*scan.faults, *(scan.findings.doubts if strict else ())):
                yield fault.name, fault.sentence, fault.line, fault.places
    elif isinstance(scan, EnglishScan):
        for each in scan.all_faults(strict):
            yield each.name, each.sentence, each.line, (each.word,) if each.word else ()
    elif scan:
        for sentence in scan.sentences(strict):
            yield "syllables", sentence, 0, ()
