"""A scanned poem as text: its characters with their tones beside them, then what is to say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from poet.render.vertical import SPACE

if TYPE_CHECKING:
    from poet.prosody.chinese.scan import Scan

RHYME = "韻"


def format_scan(scan: Scan, strict: bool = False) -> str:
    """The lines, the sentences and the verdict, without a last line end.

    >>> from poet.prosody.chinese.scan import scan
    >>> print(format_scan(scan("西風吹落葉，片片作秋聲。")))
    西 風 吹 落 葉   平平中仄仄
    片 片 作 秋 聲   仄仄仄平平
    no form: 2 lines of 5 characters
    """
    said = [*scan.sentences(strict), scan.summary(strict)]
    return "\n".join([*format_lines(scan), *said])


def format_glossary(texts: Iterable[str]) -> str:
    """The Chinese terms that occur in scans as text, each with its meaning, a line each.

    >>> print(format_glossary(["五絕 · 孤平 1"]))
    五絕  regulated quatrain, five characters a line
    孤平  lone level tone: the line has a single 平 apart from its rhyme
    """
    from poet.prosody.chinese.terms import glossary

    return "\n".join(f"{term}  {gloss}" for term, gloss in glossary(texts).items())


def format_lines(scan: Scan) -> list[str]:
    """Each line of verse, its tones (中 may be either, ？ is unknown), and whether it rhymes."""
    from poet.prosody.chinese.readings import TONE_SYMBOLS

    rhyming = {line for rhyme in scan.findings.rhymes for line in rhyme.lines}
    widest = max(map(len, scan.lines), default=0)
    rows = []
    for number, (line, tones) in enumerate(zip(scan.lines, scan.tones, strict=True), 1):
        missing = widest - len(line)
        verse = " ".join([*line, *SPACE * missing])
        signs = "".join(TONE_SYMBOLS[tone] for tone in tones) + SPACE * missing
        rows.append(f"{verse}   {signs}  {RHYME if number in rhyming else ''}".rstrip())
    return rows
