"""How often words stand in verse, and how they are written within a line."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from poet.poem import Poem
from tools.pronunciations.dictionary import read_by_hand

LEAST_FORM = 12  # times that a form stands within a line to be written
CAPITALISED = 0.35  # of the times that a word stands within a line: a capital is usual
_tokens = re.compile(r"[A-Za-z']*[A-Za-z][A-Za-z']*|[.!?:]")
# How older spellings, and dialects without their apostrophe, differ from usual ones
_UNUSUAL = (("e(s?)$", r"\1"), ("ie$", "y"), ("ll$", "l"), ("in$", "ing"))
_always_capital = re.compile(r"(i|i'\w+|o)$")


@dataclass
class WordCounts:
    """Counts of running verse."""

    words: Counter[str] = field(default_factory=Counter)  # in lower case, everywhere
    within: Counter[str] = field(default_factory=Counter)  # as written, but not after a stop

    def add(self, line: str) -> None:
        """Count the words of a line.

        >>> counts = WordCounts()
        >>> counts.add("The moon! Oh moon and God")
        >>> sorted(counts.within), counts.words["moon"]
        (['God', 'and', 'moon'], 2)
        """
        is_first = True
        for token in _tokens.findall(line):
            if token in ".!?:":
                is_first = True
                continue
            self.words[token.lower()] += 1
            if not is_first:
                self.within[token] += 1
            is_first = False

    def forms(self, table: Container[str], usual: Container[str]) -> dict[tuple[str, bool], int]:
        """How often each form that is to be written stands within a line.

        A form is a word of the table, and whether it has a capital. `usual` holds the words of
        modern spelling, among which the table may have others.
        """
        found = {}
        for form, number in self.within.items():
            word = form.lower()
            start = 1 if form[0] == "'" else 0
            has_capital = form[start].isupper()
            if number < LEAST_FORM or word not in table or not is_written(word):
                continue
            if form[start + 1 :] != word[start + 1 :]:  # capitals inside
                continue
            if word not in usual and any(
                re.sub(old, new, word) in table for old, new in _UNUSUAL if re.search(old, word)
            ):
                continue
            share = number / (number + self.within[word]) if has_capital else 1.0
            if share >= CAPITALISED and (has_capital or not _always_capital.match(word)):
                found[word, has_capital] = number
        return found


def count(poems: Iterable[Poem]) -> WordCounts:
    """The words of poems; a poem most of whose lines stood in others before is passed over."""
    counts, seen = WordCounts(), set[int]()
    for poem in poems:
        lines = [line for line in poem.text.split("\n") if line]
        keys = [hash(re.sub("[^a-z]", "", line.lower())) for line in lines]
        if sum(key in seen for key in keys) <= 0.3 * len(keys):
            seen.update(keys)
            for line in lines:
                counts.add(line)
    return counts


def is_written(word: str) -> bool:
    """Whether verse may be steered to a word.

    Of the words of up to three letters those that `short_words.txt` lists; of longer ones all but
    dialect, foreign words, and what would hurt, which is listed in rot13.

    >>> is_written("sea"), is_written("ent"), is_written("quand")
    (True, False, False)
    """
    if sum(map(str.isalpha, word)) <= 3:
        return word in _listed("short_words.txt")
    return word not in _listed("not_written.txt") | _dialect() | _rot13("unsuitable.rot13.txt")


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset(_words(name))


@cache
def _dialect() -> frozenset[str]:
    return frozenset(word for word, _ in read_by_hand("dialect_words.txt"))


@cache
def _rot13(name: str) -> frozenset[str]:
    stems = [codecs.decode(word, "rot13") for word in _words(name)]
    endings = ("", "s", "es", "'s", "y", "ed", "ing")
    return frozenset(stem + ending for stem in stems for ending in endings)


def _words(name: str) -> list[str]:
    lines = Path(__file__).with_name(name).read_text("ascii").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]
