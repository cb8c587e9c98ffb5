"""How the ends of two lines rhyme: perfectly, nearly, slantwise, by the same word, or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from poet.prosody.english.alignment import Alignment
from poet.prosody.english.faults import NEAR, NO_RHYME, REPEATED, SLANT
from poet.prosody.english.rhyme import have_same_consonants, rhymes
from poet.prosody.english.syllables import Word

PERFECT = "perfect rhyme"


class LineEnd(NamedTuple):
    """The last word of a line, and the light words after it in a rhyme of several (told it)."""

    text: str  # all of it, as it is written
    word: str  # in small letters
    tail: tuple[str, ...]
    number: int  # of the word in its line, from 1

    @classmethod
    def of(cls, words: Sequence[Word], alignment: Alignment) -> LineEnd:
        """The end of a line of words, which has at least one."""
        last = len(words)
        is_feminine = bool(alignment.syllables) and alignment.syllables[-1].place == "w"
        of_last = sum(each.word == last - 1 for each in alignment.syllables)
        if is_feminine and of_last == 1 and last > 1:
            two = words[-2:]
            tail = (two[1].text.lower(),)
            return cls(" ".join(word.text for word in two), two[0].text.lower(), tail, last - 1)
        return cls(words[-1].text, words[-1].text.lower(), (), last)


def rhyme_between(first: LineEnd, second: LineEnd) -> str:
    """The name of the rhyme between two line ends.

    >>> end = lambda word: LineEnd(word, word, (), 1)
    >>> [rhyme_between(end("moon"), end(word)) for word in ("June", "moon", "line", "star")]
    ['perfect rhyme', 'repeated rhyme word', 'slant rhyme', 'no rhyme']
    """
    if first.tail != second.tail:
        first, second = (_last_word(end) for end in (first, second))
    if first.word == second.word:
        return REPEATED
    if rhymes(first.word, second.word):
        return PERFECT
    if rhymes(first.word, second.word, strict=False):
        return NEAR
    return SLANT if have_same_consonants(first.word, second.word) else NO_RHYME


def _last_word(end: LineEnd) -> LineEnd:
    return end._replace(word=end.tail[-1], tail=()) if end.tail else end
