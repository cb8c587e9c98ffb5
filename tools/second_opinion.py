"""Whether lines of English verse keep a metre and rhyme, as told by how a source says their words.

The rules are the few on which metrists agree, written without a look at poet's: the primary stress
of a longer word falls on a beat, but for a turned first foot; a word of one syllable may stand
anywhere. A stricter judge, asked for by `weighed`, lets no foot be turned by such words either: a
stressed one off the beat before a weak one on it. Nothing here knows poet's table of
pronunciations or its automaton.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tools.sounds import UNKNOWN, Sounds, Speech, contractions, rhyme, spoken, stresses

MASCULINE, FEMININE = 1, 2  # the syllables that rhyme
ANYTHING = frozenset(UNKNOWN * n for n in range(1, 6))  # what a word may be that is not held to
_after_words = re.compile(r"[^A-Za-z'-]+")


@dataclass(frozen=True, slots=True)
class Measure:
    """What a line has to be: places as in "wswsws" (x for any), an alternative each.

    `can_turn` allows a stressed syllable in the first, weak place and an unstressed one after it;
    `feminine` an unstressed syllable after the last place.
    """

    templates: tuple[str, ...]
    can_turn: bool = False
    feminine: bool = False


def words_of(line: str) -> tuple[str, ...]:
    """The words of a line, as they are said one by one.

    >>> words_of("The wine-dark sea—")
    ('the', 'wine', 'dark', 'sea')
    """
    return tuple(part for word in _after_words.sub(" ", line).split() for part in spoken(word))


def patterns(said: Iterable[Sounds], contracted: bool) -> frozenset[str]:
    """The stresses that a word can have; of two primary ones either may be the greater."""
    found = set()
    for one in said:
        for reading in contractions(one) if contracted else (one,):
            marks = stresses(reading)
            first = [i for i, mark in enumerate(marks) if mark == "1"]
            for i in first if len(first) > 1 else [-1]:
                rest = marks.replace("1", "2")
                found.add(marks if i < 0 else f"{rest[:i]}1{rest[i + 1 :]}")
    return frozenset(found)


def ends(
    words: Sequence[frozenset[str]], measure: Measure, *, weighed: bool = False
) -> frozenset[int]:
    """How a line of words with these stresses can end in a measure; empty where it does not fit."""
    found = set()
    for template in measure.templates:
        states = frozenset([(0, False)])  # place, and whether a heavy word was put off the beat
        for word in words:
            states = frozenset().union(
                *(_after(state, word, template, measure, weighed) for state in states)
            )
        n, places = len(template), {place for place, _ in states}
        if n in places:
            found |= {"s": {MASCULINE}, "w": {FEMININE}}.get(template[-1], {MASCULINE, FEMININE})
        if n + 1 in places:
            found.add(FEMININE)
    return frozenset(found)


@lru_cache(1 << 18)
def _after(
    state: tuple[int, bool], word: frozenset[str], template: str, measure: Measure, weighed: bool
) -> frozenset[tuple[int, bool]]:
    """The states after a word."""
    place, heavy = state
    here = template[place : place + 1]
    if "0" in word and here == "s" and weighed and heavy and not (measure.can_turn and place == 1):
        return frozenset()
    is_heavy = here == "w" and word == {"1"}
    return frozenset(
        (place + len(marks), is_heavy) for marks in word if _stands(marks, place, template, measure)
    )


def _stands(marks: str, place: int, template: str, measure: Measure) -> bool:
    """Whether a word with these stresses can begin at a place."""
    end = place + len(marks)
    if end > len(template) + measure.feminine:
        return False
    if end > len(template) and marks[-1:] in ("1", "2") and len(marks) > 1:
        return False
    if len(marks) < 2 or "1" not in marks:
        return True
    beat = marks.index("1")
    if template[place + beat] != "w":
        return True
    return measure.can_turn and place + beat == 0 and marks[1] == "0"


def guilty(words: Sequence[frozenset[str]], measure: Measure) -> tuple[int, ...]:
    """The words of a line that does not fit, each of which said otherwise would make it fit."""
    return tuple(
        i for i in range(len(words)) if ends([*words[:i], ANYTHING, *words[i + 1 :]], measure)
    )


def rhyming(
    first: frozenset[Sounds], second: frozenset[Sounds], kinds: Iterable[int], contracted: bool
) -> bool:
    """Whether two words end alike from the vowel on that rhymes, and begin otherwise before it.

    A word of one syllable has only that to rhyme with, however its line ends.
    """

    def parts(said: frozenset[Sounds], kind: int) -> set[tuple[str, str]]:
        every = {r for one in said for r in (contractions(one) if contracted else (one,))}
        return {part for one in every if (part := rhyme(one, kind))}

    if any(len(stresses(one)) == 1 for one in first | second):
        kinds = {*kinds, MASCULINE}
    return any(
        rest == other_rest and onset != other_onset
        for kind in kinds
        for onset, rest in parts(first, kind)
        for other_onset, other_rest in parts(second, kind)
    )


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a source says of a poem: of each line how it can end, and which pairs rhyme."""

    lines: tuple[frozenset[int], ...]
    pairs: Mapping[tuple[int, int], bool]

    @property
    def is_right(self) -> bool:
        return all(self.lines) and all(self.pairs.values())


def opinion(
    lines: Sequence[str],
    measures: Sequence[Measure],
    pairs: Iterable[tuple[int, int]],
    speeches: Sequence[Speech],
    *,
    contracted: bool,
    weighed: bool = False,
) -> Opinion:
    """What the voices of a source say of a poem. A line fits, and a pair rhymes, where they do so
    for one of them; a word that a voice does not know may have any stresses, and rhymes with all.
    """
    found: list[set[int]] = [set() for _ in lines]
    rhymed = dict.fromkeys(pairs, False)
    split = [words_of(line) for line in lines]
    for speech in speeches:
        own = [
            ends([word_patterns(speech, w, contracted) for w in words], measure, weighed=weighed)
            for words, measure in zip(split, measures, strict=True)
        ]
        for all_ends, these in zip(found, own, strict=True):
            all_ends |= these
        for i, j in rhymed:
            kinds = (own[i] & own[j]) or (own[i] | own[j]) or {MASCULINE, FEMININE}
            said = [speech.get(split[k][-1]) if split[k] else None for k in (i, j)]
            if not said[0] or not said[1]:
                rhymed[i, j] = True
            elif not rhymed[i, j]:
                rhymed[i, j] = rhyming(said[0], said[1], kinds, contracted)
    return Opinion(tuple(map(frozenset, found)), rhymed)


def word_patterns(speech: Speech, word: str, contracted: bool) -> frozenset[str]:
    """The stresses of a word; anything where the source does not know it."""
    said = speech.get(word)
    return patterns_of(said, contracted) if said else ANYTHING


@lru_cache(1 << 16)
def patterns_of(said: frozenset[Sounds], contracted: bool) -> frozenset[str]:
    return patterns(said, contracted)


def pairs_of(scheme: str) -> list[tuple[int, int]]:
    """Each line with the one before that has the same letter; `.` stands for no rhyme.

    >>> pairs_of("AABB.A")
    [(0, 1), (2, 3), (1, 5)]
    """
    last: dict[str, int] = {}
    found = []
    for line, letter in enumerate(scheme):
        if letter != "." and letter in last:
            found.append((last[letter], line))
        last[letter] = line
    return found
