"""Verse with its sounds and senses: pinyin above, tones and English below, rhymes marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from poet.characters import STOPS, is_chinese, is_han
from poet.errors import UsageError
from poet.poem import Poem
from poet.prosody.base import ScanResult
from poet.prosody.chinese.gloss import Gloss, glosses
from poet.prosody.chinese.pinyin import pinyin
from poet.prosody.chinese.readings import TONE_SYMBOLS
from poet.prosody.chinese.scan import Scan
from poet.prosody.chinese.terms import glossary
from poet.render.layout import heading
from poet.render.vertical import IDEOGRAPHIC_SPACE
from poet.render.wrapping import NO_WRAP, SPACES, cell_width, wrap
from poet.sanitize import sanitize
from poet.scripts import convert

MARKS = ("tones", "rhyme", "pinyin", "gloss")
RHYME = "韻"


def format_scan(scan: Scan, strict: bool = False) -> str:
    """A scanned poem: its lines, the sentences about it, its verdict; no final line end.

    >>> from poet.prosody.chinese.scan import scan
    >>> print(format_scan(scan("西風吹落葉，片片作秋聲。")))
    西 風 吹 落 葉   平平中仄仄
    片 片 作 秋 聲   仄仄仄平平
    no form: 2 lines of 5 characters
    """
    return "\n".join([*_scanned_lines(scan), *scan.sentences(strict), scan.summary(strict)])


def format_glossary(texts: Iterable[str]) -> str:
    """The Chinese terms that occur in scans as text, each with its meaning, one on each line.

    >>> print(format_glossary(["五絕 · 孤平 1"]))
    五絕  regulated quatrain, five characters a line
    孤平  lone level tone: the line has a single 平 apart from its rhyme
    """
    return "\n".join(f"{term}  {meaning}" for term, meaning in glossary(texts).items())


def _scanned_lines(scan: Scan) -> list[str]:
    """Each line of verse, its tones (中 may be either, ？ is unknown), and whether it rhymes."""
    rhyming = _rhyming_lines(scan)
    longest = max(map(len, scan.lines), default=0)
    rows = []
    for number, (line, tones) in enumerate(zip(scan.lines, scan.tones, strict=True), 1):
        padding = IDEOGRAPHIC_SPACE * (longest - len(line))
        verse = " ".join([*line, *padding])
        signs = "".join(TONE_SYMBOLS[tone] for tone in tones) + padding
        rows.append(f"{verse}   {signs}  {RHYME if number in rhyming else ''}".rstrip())
    return rows


def format_annotated(
    poem: Poem, scan: ScanResult | None, marks: Sequence[str], width: int = NO_WRAP
) -> str:
    """The poem with a row for each kind of mark around every line; no final line end.

    `poem` may be in either script; `scan` has its tones. `marks` are some of `MARKS`. Raises
    `UsageError` for a poem that is not Chinese.

    >>> from poet.prosody.chinese.scan import scan
    >>> poem = Poem("西風吹落葉，片片作秋聲。")
    >>> print(format_annotated(poem, scan(poem.text), ["tones", "gloss"], 80))
    西　風　　吹　　落　葉，
    平　平　　中　　仄　仄
    west wind blow  falling leaves
    <BLANKLINE>
    片　片　　　　　作　　秋　聲。
    仄　仄　　　　　仄　　平　平
    piece by piece  make  autumn sounds
    """
    if not is_chinese(poem.text) or not isinstance(scan, Scan):
        raise UsageError(
            "tones, rhyme, pinyin and gloss can be shown for Chinese verse only",
            "leave out --show",
        )
    rhyming = _rhyming_lines(scan)
    blocks = []
    for line, number in _numbered_lines(poem, scan):
        if not number:
            blocks.append(sanitize(line).rstrip())
            continue
        body, stop = _split_stop(line)
        han = [is_han(character) for character in body]
        sounds = pinyin([c for c in body if is_han(c)]) if "pinyin" in marks else []
        above = _align(sounds, han) if sounds else [""] * len(body)
        cells = [
            max(4, cell_width(sound) + 2 if sound else 0) if is_character else cell_width(c)
            for c, sound, is_character in zip(body, above, han, strict=True)
        ]
        english: list[str] = []
        if "gloss" in marks:
            cells, english = _with_english(body, cells, width)
        rows = [_row(above, cells).rstrip()] if sounds else []
        rhyme = f"{IDEOGRAPHIC_SPACE}{RHYME}" if "rhyme" in marks and number in rhyming else ""
        rows.append(_row(body, cells).rstrip() + stop + rhyme)
        if "tones" in marks:
            tones = [TONE_SYMBOLS[tone] for tone in scan.tones[number - 1]]
            rows.append(_row(_align(tones, han), cells).rstrip())
        blocks.append("\n".join([*rows, *english]))
    verse = ("\n" if list(marks) == ["rhyme"] else "\n\n").join(blocks)
    return "\n\n".join(filter(None, [heading(poem.title, poem.author, True, width), verse]))


def _with_english(body: str, cells: Sequence[int], width: int) -> tuple[list[int], list[str]]:
    """The cells of a line, as wide as the English below them needs them, and its rows.

    Each gloss stands under its word, in one row if the width allows it, else with its words one
    below the other; where even that is too wide, the words and their glosses follow as a text.
    """
    found = glosses(body)
    for stacked in (False, True):
        parts = [gloss.english.split(" ") if stacked else [gloss.english] for gloss in found]
        wide = _widened(cells, found, [max(map(len, part)) for part in parts])
        rows = [
            _english_row(found, [part[i] if i < len(part) else "" for part in parts], wide)
            for i in range(max(map(len, parts), default=0))
        ]
        if max([sum(wide), *map(len, rows)]) <= width:
            return wide, rows
    text = "; ".join(f"{body[g.start : g.start + g.length]} {g.english}" for g in found)
    return [*cells], wrap(text, width, "  ").split("\n") if text else []


def _widened(cells: Sequence[int], found: Sequence[Gloss], widths: Sequence[int]) -> list[int]:
    """Cells in which glosses of these widths have room, a blank behind each."""
    wide = [*cells]
    for gloss, width in zip(found, widths, strict=True):
        end = gloss.start + gloss.length
        missing = width + 1 - sum(wide[gloss.start : end])
        if missing > 0 and end < len(cells):
            wide[end - 1] += missing + missing % 2
    return wide


def _english_row(found: Sequence[Gloss], texts: Sequence[str], cells: Sequence[int]) -> str:
    """Each text at the cell in which its gloss begins."""
    row = ""
    for gloss, text in zip(found, texts, strict=True):
        row = row.ljust(sum(cells[: gloss.start])) + text
    return row.rstrip()


def _rhyming_lines(scan: Scan) -> set[int]:
    return {line for rhyme in scan.findings.rhymes for line in rhyme.lines}


def _numbered_lines(poem: Poem, scan: Scan) -> Iterator[tuple[str, int]]:
    """The lines of a poem, each with its number in the scan, counted from 1.

    The number is 0 for lines that are not verse or have notes in them: they are shown without
    marks. Blank lines, and lines of stops alone, are left out.
    """
    last = 0
    for line in poem.lines:
        body = "".join(filter(is_han, line))
        matches = (
            i for i in range(last, len(scan.lines)) if body and _is_same(body, scan.lines[i])
        )
        number = next(matches, -1) + 1
        last = number or last
        if line.strip(STOPS + SPACES):
            yield line, number


def _is_same(first: str, second: str) -> bool:
    """Whether two lines are the same, whichever script each is in."""
    if first == second or len(first) != len(second):
        return first == second
    return convert(first, "t2s") == convert(second, "t2s")


def _split_stop(line: str) -> tuple[str, str]:
    """A line up to its last Chinese character, and the rest, such as its stop."""
    end = max(i for i, character in enumerate(line) if is_han(character)) + 1
    return sanitize(line[:end]).strip(), sanitize(line[end:]).rstrip()


def _align(marks: Sequence[str], han: Sequence[bool]) -> list[str]:
    """The marks of the Chinese characters, and an empty string for every other one."""
    remaining = iter(marks)
    return [next(remaining) if is_character else "" for is_character in han]


def _row(texts: Sequence[str], cells: Sequence[int]) -> str:
    """Texts in cells of these widths, padded with ideographic spaces after Chinese characters."""
    row = ""
    for text, cell in zip(texts, cells, strict=True):
        room = cell - cell_width(text)
        is_wide = cell_width(text) == 2 and room % 2 == 0
        row += text + (IDEOGRAPHIC_SPACE * (room // 2) if is_wide else " " * room)
    return row
