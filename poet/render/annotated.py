"""Verse with its sounds: pinyin above the characters, tones below, rhymes beside the lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from poet.characters import STOPS, is_chinese, is_han
from poet.errors import UsageError
from poet.poem import Poem
from poet.prosody.chinese.readings import TONE_SYMBOLS
from poet.prosody.chinese.scan import Scan
from poet.render.layout import heading
from poet.render.vertical import SPACE
from poet.render.wrapping import SPACES, cell_width, clean
from poet.scripts import convert

MARKS = ("tones", "rhyme", "pinyin")


def format_annotated(poem: Poem, scan: Scan, marks: Sequence[str], width: int) -> str:
    """The poem, a row for each kind of mark with each line, without a last line end.

    `poem` may be in either script, `scan` knows its tones. Raises `UsageError` for a poem that
    is not Chinese.

    >>> from poet.prosody.chinese.scan import scan
    >>> poem = Poem("西風吹落葉，片片作秋聲。")
    >>> print(format_annotated(poem, scan(poem.text), ["tones"], 80))
    西　風　吹　落　葉，
    平　平　中　仄　仄
    <BLANKLINE>
    片　片　作　秋　聲。
    仄　仄　仄　平　平
    """
    if not is_chinese(poem.text):
        raise UsageError(
            "tones, rhyme and pinyin are shown of Chinese verse", "leave --show out here"
        )
    rhymes = {line for rhyme in scan.findings.rhymes for line in rhyme.lines}
    blocks = []
    for line, number in _numbered(poem, scan):
        if not number:
            blocks.append(clean(line).rstrip())
            continue
        body, stop = _parted(line)
        han = [is_han(character) for character in body]
        above = _spread(_pinyin([c for c in body if is_han(c)]), han) if "pinyin" in marks else []
        cells = [4 if own else cell_width(c) for c, own in zip(body, han, strict=True)]
        if above:
            cells = [
                max(cell, cell_width(sound) + 2) if own else cell
                for cell, sound, own in zip(cells, above, han, strict=True)
            ]
        rows = [_row(above, cells).rstrip()] if above else []
        beside = f"{SPACE}韻" if "rhyme" in marks and number in rhymes else ""
        rows.append(_row(body, cells).rstrip() + stop + beside)
        if "tones" in marks:
            tones = [TONE_SYMBOLS[tone] for tone in scan.tones[number - 1]]
            rows.append(_row(_spread(tones, han), cells).rstrip())
        blocks.append("\n".join(rows))
    verse = ("\n" if list(marks) == ["rhyme"] else "\n\n").join(blocks)
    return "\n\n".join(filter(None, [heading(poem.title, poem.author, True, width), verse]))


def _numbered(poem: Poem, scan: Scan) -> Iterator[tuple[str, int]]:
    """The lines of a poem, each with its number in the scan, from 1 on.

    0 is the number of what is no verse, or verse with notes in it: it is shown without marks.
    Blank lines are left out, and stops that close nothing.
    """
    at = 0
    for line in poem.lines:
        body = "".join(filter(is_han, line))
        same = (i for i in range(at, len(scan.lines)) if body and _is_same(body, scan.lines[i]))
        number = next(same, -1) + 1
        at = number or at
        if line.strip(STOPS + SPACES):
            yield line, number


def _is_same(line: str, other: str) -> bool:
    """Whether two lines are the same, in either script."""
    if line == other or len(line) != len(other):
        return line == other
    return convert(line, "t2s") == convert(other, "t2s")


def _parted(line: str) -> tuple[str, str]:
    """A line up to its last Chinese character, and what closes it."""
    end = max(place for place, character in enumerate(line) if is_han(character)) + 1
    return clean(line[:end]).strip(), clean(line[end:]).rstrip()


def _spread(sounds: Sequence[str], han: Sequence[bool]) -> list[str]:
    """The marks of Chinese characters, and nothing at what stands between these."""
    coming = iter(sounds)
    return [next(coming) if own else "" for own in han]


def _row(texts: Sequence[str], cells: Sequence[int]) -> str:
    """Texts in cells of so many columns; between Chinese characters stands their own space."""
    found = ""
    for text, cell in zip(texts, cells, strict=True):
        room = cell - cell_width(text)
        wide = cell_width(text) == 2 and room % 2 == 0
        found += text + (SPACE * (room // 2) if wide else " " * room)
    return found


def _pinyin(characters: Sequence[str]) -> list[str]:
    """How the characters are read today, one sound each, told by the line they stand in."""
    from pypinyin import pinyin  # half a second: only when it is asked for

    sounds = pinyin("".join(characters))
    if len(sounds) != len(characters):  # what it does not know comes back in one piece
        sounds = [pinyin(character)[0] for character in characters]
    return [sound[0] for sound in sounds]
