"""How the ends of two lines rhyme: perfectly, nearly, slantwise, by the same word, or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from poet.prosody.english.alignment import Alignment
from poet.prosody.english.faults import NEAR, NO_RHYME, REPEATED, SLANT
from poet.prosody.english.forms import LETTERS, UNRHYMED
from poet.prosody.english.rhyme import have_same_consonants, rhymes
from poet.prosody.english.syllables import Word

PERFECT = "perfect rhyme"
WINDOW = 8  # lines: so far back a rhyme is heard
_NEAR_WINDOW = 4  # a near rhyme
_MOST_ALONE = 0.3  # of the lines, where near rhymes are listened for


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
        return cls.simple(words)

    @classmethod
    def simple(cls, words: Sequence[Word]) -> LineEnd:
        """The last word of a line, which has at least one."""
        return cls(words[-1].text, words[-1].text.lower(), (), len(words))


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


def find_scheme(ends: Sequence[LineEnd]) -> str:
    """The rhyme scheme of lines, heard without knowing a form: a letter each, a dot for none.

    >>> find_scheme([LineEnd(word, word, (), 1) for word in ("moon", "star", "June", "far")])
    'ABAB'
    """
    groups = list(range(len(ends)))  # of each line the first line that it rhymes with
    for i in range(len(ends)):
        for j in range(i - 1, max(-1, i - 1 - WINDOW), -1):
            if rhyme_between(ends[j], ends[i]) in (PERFECT, REPEATED):
                groups[i] = groups[j]
                break
    _join_near(groups, ends)
    letters: dict[int, str] = {}
    scheme = ""
    for group in groups:
        if groups.count(group) == 1:
            scheme += UNRHYMED
        else:
            scheme += letters.setdefault(group, LETTERS[len(letters) % len(LETTERS)])
    return scheme


def _join_near(groups: list[int], ends: Sequence[LineEnd]) -> None:
    """Let lines that rhyme with none join the line nearest to them that they nearly rhyme with."""
    alone = [i for i in range(len(ends)) if groups.count(groups[i]) == 1]
    if len(alone) > _MOST_ALONE * len(ends):  # lines without rhyme belong to the scheme
        return
    for i in alone:
        if groups.count(groups[i]) > 1:
            continue
        near = [
            j
            for j in range(max(0, i - _NEAR_WINDOW), min(len(ends), i + _NEAR_WINDOW + 1))
            if j != i and rhyme_between(ends[i], ends[j]) == NEAR
        ]
        if near:
            first, second = sorted((groups[i], groups[min((abs(i - j), j) for j in near)[1]]))
            for j in range(len(ends)):
                if groups[j] == second:
                    groups[j] = first
