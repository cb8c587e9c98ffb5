"""The dictionary behind the table: CMUdict, a list by hand, and the spellings of verse."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from poet.prosody.english.phonemes import Phonemes
from poet.prosody.english.spelling import Spelling
from tools.pronunciations.poetic import poetic_readings, usual_readings

COMMON_SHORT = 20  # times that a word of up to three letters stands in verse before it is trusted
COMMON_PART = 100  # times that a word stands in verse before it may be part of a compound
BY_HAND = ("verse_words.txt", "dialect_words.txt")
_alternative = re.compile(r"\(\d+\)$")


class Entry(NamedTuple):
    """How a word is said: as in prose, and otherwise in verse only."""

    plain: tuple[Phonemes, ...]
    poetic: tuple[Phonemes, ...] = ()


def read_cmudict(lines: Iterable[str]) -> dict[str, tuple[Phonemes, ...]]:
    """The words of `cmudict.dict`, each with its pronunciations in the order of the file.

    >>> read_cmudict(["lead L EH1 D", "lead(2) L IY1 D # to guide"])
    {'lead': (('L', 'EH1', 'D'), ('L', 'IY1', 'D'))}
    """
    words: dict[str, tuple[Phonemes, ...]] = {}
    for line in lines:
        head, *phonemes = line.split("#")[0].split() or [""]
        if phonemes:
            word = _alternative.sub("", head)
            words[word] = (*words.get(word, ()), tuple(phonemes))
    return words


def read_by_hand(name: str) -> Iterator[tuple[str, Entry]]:
    """The words of a list by hand.

    >>> dict(read_by_hand("verse_words.txt"))["seven"]
    Entry(plain=(), poetic=(('S', 'EH1', 'V', 'N'),))
    """
    for line in Path(__file__).with_name(name).read_text("ascii").splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, said = line.strip().partition(" ")
            plain, _, poetic = said.partition("~")
            yield word, Entry(_readings(plain), _readings(poetic))


def _readings(said: str) -> tuple[Phonemes, ...]:
    return tuple(tuple(reading.split()) for reading in said.split("|") if reading.strip())


def make_dictionary(
    cmudict: Mapping[str, tuple[Phonemes, ...]], counts: Counter[str]
) -> dict[str, Entry]:
    """Every word of verse or of CMUdict that can be said, with its readings."""
    by_hand = {word: entry for name in BY_HAND for word, entry in read_by_hand(name)}
    known = dict(cmudict)
    known |= {word: entry.plain for word, entry in by_hand.items() if entry.plain}

    def base(word: str) -> tuple[Phonemes, ...]:
        """A word to derive others from. Many short words of CMUdict are abbreviations."""
        if len(word) > 3 or word in by_hand or counts[word] >= COMMON_SHORT:
            return known.get(word, ())
        return ()

    spelling = Spelling(base, lambda part: counts[part] >= COMMON_PART)
    entries = {}
    for word in sorted({*counts, *known}):
        found = known.get(word) or spelling.read(word)
        plain = usual_readings(word, found)
        poetic = [verse for said in plain for verse in poetic_readings(word, said)]
        poetic += by_hand[word].poetic if word in by_hand else ()
        if plain:
            entries[word] = Entry(tuple(plain), tuple(dict.fromkeys(poetic)))
    return entries
