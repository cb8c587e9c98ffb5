"""Verse with its sounds: pinyin above the characters, tones below, rhymes beside the lines."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import UsageError
from ..poem import Poem, is_chinese, is_han
from ..prosody.scan import SIGNS, Scan
from .columns import SPACE
from .layout import heading
from .rows import clean, columns

MARKS = ("tones", "rhyme", "pinyin")


def format_annotated(poem: Poem, scan: Scan, marks: Sequence[str], width: int) -> str:
    """The poem, a row for each kind of mark with each line, without a last line end.

    `poem` may be in either script, `scan` knows its tones. Raises `UsageError` for a poem that
    is not Chinese.

    >>> from ..prosody.scan import scan
    >>> poem = Poem("西風吹落葉，片片作秋聲。")
    >>> print(format_annotated(poem, scan(poem), ["tones"], 80))
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
    rhymes = {line: rhyme for rhyme in scan.findings.rhymes for line in rhyme.lines}
    blocks = []
    for number, (body, stop) in enumerate(_lines(poem, scan), 1):
        above = _pinyin(body) if "pinyin" in marks else []
        cells = [max(2, columns(sound)) + 2 for sound in above] or [4] * len(body)
        rows = [_row(above, cells).rstrip()] if above else []
        beside = ""
        if "rhyme" in marks and number in rhymes:
            beside = f"{SPACE}韻"
        rows.append(_row(body, cells).rstrip() + stop + beside)
        if "tones" in marks:
            rows.append(_row([SIGNS[tone] for tone in scan.tones[number - 1]], cells).rstrip())
        blocks.append("\n".join(rows))
    verse = ("\n" if list(marks) == ["rhyme"] else "\n\n").join(blocks)
    return "\n\n".join(filter(None, [heading(poem.title, poem.author, True, width), verse]))


def _lines(poem: Poem, scan: Scan) -> list[tuple[str, str]]:
    """The characters of each line and the stop after them; what is not verse has no line."""
    found = []
    for line in poem.lines:
        body = "".join(filter(is_han, line))
        if body:
            found.append((body, clean(line[line.rindex(body[-1]) + 1 :])))
    if [len(body) for body, _ in found] != [len(line) for line in scan.lines]:
        return [(line, "") for line in scan.lines]  # notes, or letters between the characters
    return found


def _row(texts: Sequence[str], cells: Sequence[int]) -> str:
    """Texts in cells of so many columns; between Chinese characters stands their own space."""
    found = ""
    for text, cell in zip(texts, cells, strict=True):
        room = cell - columns(text)
        wide = columns(text) == 2 and room % 2 == 0
        found += text + (SPACE * (room // 2) if wide else " " * room)
    return found


def _pinyin(characters: Sequence[str]) -> list[str]:
    """How the characters are read today, one sound each, told by the line they stand in."""
    from pypinyin import pinyin  # half a second: only when it is asked for

    sounds = pinyin("".join(characters))
    if len(sounds) != len(characters):  # what it does not know comes back in one piece
        sounds = [pinyin(character)[0] for character in characters]
    return [sound[0] for sound in sounds]
