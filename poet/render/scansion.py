"""Scanned English verse as text: marks of stress above each line, feet between bars, rhymes."""

from __future__ import annotations

from collections.abc import Iterator

from poet.prosody.english.scan import EnglishScan
from poet.render.wrapping import cell_width
from poet.sanitize import sanitize

LEGEND = "/ on the beat   x off it   \\ a word of weight off it   | between feet   + one too many"
_GAP = 3  # columns between a line and the letter of its rhyme


def format_scansion(scan: EnglishScan, strict: bool = False) -> str:
    """A scanned poem: its lines, the sentences about it, its verdict; no final line end.

    >>> from poet.prosody.english.scan import scan
    >>> print(format_scansion(scan("The moon is high tonight,\\nThe sea is full of light.")))
      x  /     x   /      x /
    The moon | is high | tonight,   A
      x  /    x   /     x   /
    The sea | is full | of light.   A
    no form · iambic trimeter · AA · 2 of 2 lines in metre
    """
    verse = list(_lines(scan))
    return "\n".join([*verse, *scan.sentences(strict), scan.summary(strict)])


def _lines(scan: EnglishScan) -> Iterator[str]:
    """The lines with the marks above them, a blank line between stanzas."""
    set_out = [scan.scansion_of(i) for i in range(len(scan.lines))]
    texts = [
        sanitize(found.text if found else line)
        for found, line in zip(set_out, scan.lines, strict=True)
    ]
    width = max(map(cell_width, texts), default=0) + _GAP
    starts = set(scan.verse.starts[1:])
    for i, (found, text) in enumerate(zip(set_out, texts, strict=True)):
        if i in starts:
            yield ""
        if found:
            yield found.above
        rhyme = scan.rhyme_of(i)
        yield text + " " * (width - cell_width(text)) + rhyme if rhyme else text
