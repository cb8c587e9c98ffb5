"""The text of an English poem as its lines and stanzas."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from poet.prosody.english.syllables import Word, words_of

_letter = re.compile("[A-Za-z]")
_blank = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


@dataclass(frozen=True, slots=True)
class Verse:
    """The lines of a poem, and how many of them each stanza has."""

    lines: tuple[str, ...]
    words: tuple[tuple[Word, ...], ...]  # of each line
    stanzas: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Verse:
        """The verse in a text. Lines without Latin letters are left out.

        >>> Verse.of("The moon is up,\\nThe moon is down.\\n\\n* * *\\n\\nI sleep.").stanzas
        (2, 1)
        """
        normal = unicodedata.normalize("NFC", text)
        blocks = [_lines(block) for block in _blank.split("\n".join(normal.splitlines()))]
        lines = tuple(line for block in blocks for line in block)
        return cls(
            lines,
            tuple(tuple(words_of(line)) for line in lines),
            tuple(len(block) for block in blocks if block),
        )

    @property
    def starts(self) -> tuple[int, ...]:
        """The number of the first line of each stanza, from 0."""
        return tuple(sum(self.stanzas[:n]) for n in range(len(self.stanzas)))


def _lines(block: str) -> list[str]:
    rows = (" ".join(row.split()) for row in block.split("\n"))
    return [row for row in rows if _letter.search(row)]
