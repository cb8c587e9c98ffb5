"""The words that English verse is written with: their written forms, sounds and rhymes, in arrays.

Forms are sorted, so that those that begin alike stand side by side. A beginning of a word is
then a node, which needs no tree:

    node        the forms that begin so: first, last + 1, and how many letters are read
    children    for each next letter the node that it leads to

There are two lists: the forms that stand within a line (moon, God, o'er), and behind them those
with a capital, which begin lines and sentences (Moon, O'er).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.prosody.english.pronunciation import Readings, WordTable, common_words
from poet.prosody.english.syllables import (
    ARTICLES,
    FUNCTION_WORDS,
    reading_of,
    syllable_classes,
)
from poet.prosody.english.words import HANGING, SHORT_WORDS

Bools: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float64]
Rhyme: TypeAlias = int  # the number of a class of words that rhyme with each other

DOUBLING = 12  # steps of frequency from a word to one that is twice as frequent
COMMON = 64  # frequency from which a word may be a rhyme: rarer ones look forced
LEAST_ONSETS = 4  # different sounds before the rhyme that a class needs to be chosen
_VOWELS = frozenset(
    ["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"]
)


class Node(NamedTuple):
    """The beginning of a word: the forms from `first` to `last` - 1, `depth` letters of each."""

    first: int
    last: int
    depth: int


class Children(NamedTuple):
    """Where the next letters lead: their codes (C,), and the bounds of the nodes (C,) each."""

    codes: NDArray[np.uint8]
    first: Ints
    last: Ints


@dataclass(frozen=True, eq=False)
class Lexicon:
    """F written forms. Its nodes, rhymes and readings are numbers that mean something here only."""

    letters: NDArray[np.uint8]  # (F, L) ASCII, 0 behind the end
    inner: int  # how many of them stand within a line; the others begin lines and sentences
    word: Ints  # (F,) the word in lower case, by number
    words: tuple[str, ...]  # these words
    reading: NDArray[np.uint16]  # (F,) how the metre reads the form, by number
    readings: tuple[tuple[str, ...], ...]  # the ways to read: `syllables.syllable_classes`
    frequency: NDArray[np.uint8]  # (F,) a logarithm: + 12 is twice as often
    is_function: Bools  # (F,) words of one syllable that carry no meaning of their own
    hangs: Bools  # (F,) words that a clause cannot end with
    rhymes: tuple[Ints, Ints]  # (F,) each: the masculine and the feminine rhyme, -1 for none
    onsets: tuple[Ints, Ints]  # (F,) each: the consonants before it, by number
    rhyme_names: tuple[tuple[str, str], ...]  # kind and phonemes, as `rhyme.rhyme_parts` names them
    onset_names: tuple[str, ...]  # phonemes
    _children: dict[Node, Children] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.letters)

    @property
    def within(self) -> Node:
        """Where a word within a line begins."""
        return Node(0, self.inner, 0)

    @property
    def head(self) -> Node:
        """Where a word with a capital begins."""
        return Node(self.inner, len(self), 0)

    @cached_property
    def is_content(self) -> Bools:
        """Words that carry meaning (F,), the only ones that stand behind a hyphen."""
        return ~self.is_function & ~self.hangs

    @cached_property
    def lengths(self) -> Ints:
        """The number of letters of each form (F,)."""
        return np.count_nonzero(self.letters, axis=1).astype(np.int32)

    def children(self, node: Node) -> Children:
        """Where the next letters lead from a node."""
        found = self._children.get(node)
        if found is None:
            column = self.letters[node.first : node.last, node.depth]
            codes, first = np.unique(column, return_index=True)
            last = np.append(first[1:], len(column))
            keep = codes > 0
            found = Children(
                codes[keep],
                (first[keep] + node.first).astype(np.int32),
                (last[keep] + node.first).astype(np.int32),
            )
            self._children[node] = found
        return found

    def child(self, node: Node, code: int) -> Node | None:
        """The node that a letter leads to, None where no word goes on so."""
        children = self.children(node)
        at = int(np.searchsorted(children.codes, code))
        if at == len(children.codes) or children.codes[at] != code:
            return None
        return Node(int(children.first[at]), int(children.last[at]), node.depth + 1)

    def find(self, root: Node, text: str) -> Node | None:
        """The node of a beginning of a word, None where no word begins so."""
        node: Node | None = root
        for letter in text:
            node = node and self.child(node, ord(letter)) if ord(letter) < 128 else None
        return node

    def ending_at(self, node: Node) -> int | None:
        """The form that is whole at a node, None where none is."""
        return node.first if node.depth and self.lengths[node.first] == node.depth else None

    def text(self, form: int) -> str:
        """A form as it is written."""
        return self.letters[form].tobytes().rstrip(b"\0").decode("ascii")

    @cached_property
    def rate(self) -> Floats:
        """How often each form is written (F,), beside the rarest."""
        return np.exp2((self.frequency.astype(float) - self.frequency.min()) / DOUBLING)

    @cached_property
    def mass(self) -> Floats:
        """Running sums (F + 1,) of the rates of all forms."""
        return running(self.rate)

    @cached_property
    def by_word(self) -> dict[int, tuple[int, ...]]:
        """The number of a word -> its forms, ascending."""
        forms: dict[int, list[int]] = {}
        for form, word in enumerate(self.word.tolist()):
            forms.setdefault(word, []).append(form)
        return {word: tuple(found) for word, found in forms.items()}

    @cached_property
    def number_of(self) -> dict[str, int]:
        """A word in lower case -> its number."""
        return {word: number for number, word in enumerate(self.words)}

    @cached_property
    def rhyming(self) -> tuple[Bools, Bools]:
        """The forms (F,) that may end a line that rhymes, masculine and feminine."""
        can = (self.frequency >= COMMON) & ~self.hangs
        return can & (self.rhymes[0] >= 0), can & (self.rhymes[1] >= 0)


@lru_cache(maxsize=4)
def lexicon(characters: str, strict: bool) -> Lexicon:
    """The lexicon of the words that can be written with these characters.

    `strict` leaves out words whose stresses are not the same in all their readings.
    """
    table = common_words()
    forms = np.array(table.forms, dtype=bytes)
    letters = forms[:, None].view(np.uint8)  # (N, L)
    known = np.zeros(256, bool)
    known[[0, *(ord(c) for c in characters if ord(c) < 128)]] = True
    lower = _lower(letters)
    words, word = np.unique(_strings(lower), return_inverse=True)
    reading, readings = _readings(table, words, word, strict)
    kept = known[letters].all(1) & np.array([all(way) for way in readings])[reading]
    kept &= _is_word(letters)
    if strict:
        kept &= _is_certain(table)
    capital = _capitalised(letters)
    # the commonest of several forms (god, God) speaks for the form with a capital
    order = np.argsort(-table.frequency.astype(np.int16), kind="stable")
    order = order[(kept & known[capital].all(1))[order]]
    _, first = np.unique(_strings(capital)[order], return_index=True)
    inner = np.flatnonzero(kept)
    inner = inner[np.argsort(forms[inner], kind="stable")]
    source = np.concatenate([inner, order[first]])  # of each form, which of the table it is
    rhymes, onsets, rhyme_names, onset_names = _rhymes(table)
    names_of = [text.decode("ascii") for text in words.tolist()]
    function, hanging = _marked(names_of, ARTICLES | FUNCTION_WORDS), _marked(names_of, HANGING)
    return Lexicon(
        letters=np.concatenate([letters[inner], capital[order[first]]]),
        inner=len(inner),
        word=word[source].astype(np.int32),
        words=tuple(names_of),
        reading=reading[source],
        readings=readings,
        frequency=table.frequency[source],
        is_function=function[word[source]],
        hangs=hanging[word[source]],
        rhymes=(rhymes[0][source], rhymes[1][source]),
        onsets=(onsets[0][source], onsets[1][source]),
        rhyme_names=rhyme_names,
        onset_names=onset_names,
    )


def running(values: Floats) -> Floats:
    """Running sums (F + 1,) of values (F,), so that that of a range is a difference."""
    return np.concatenate([[0.0], np.cumsum(values)])


def _strings(letters: NDArray[np.uint8]) -> NDArray[np.bytes_]:
    """Rows of letters (N, L) as strings (N,)."""
    return np.ascontiguousarray(letters).view(f"S{letters.shape[1]}")[:, 0]


def _lower(letters: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.where((letters >= ord("A")) & (letters <= ord("Z")), letters | 32, letters)


def _capitalised(letters: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The forms with a capital: moon -> Moon, 'tis -> 'Tis."""
    first = (letters[:, 0] == ord("'")).astype(int)
    rows, capital = np.arange(len(letters)), letters.copy()
    initial = letters[rows, first]
    capital[rows, first] = np.where(initial >= ord("a"), initial & ~np.uint8(32), initial)
    return capital


def _is_word(letters: NDArray[np.uint8]) -> Bools:
    """Which forms are more than a letter or two, or one of the few words that are as short."""
    short = np.array(sorted(SHORT_WORDS), dtype=letters.view(f"S{letters.shape[1]}").dtype)
    return (letters[:, 2] > 0) | np.isin(_strings(letters), short)


def _marked(words: list[str], marked: frozenset[str]) -> Bools:
    return np.fromiter((word in marked for word in words), bool, len(words))


def _is_certain(table: WordTable) -> Bools:
    """Which forms (N,) the metre reads in one way only, however they are said."""
    patterns = table.readings.stress_patterns
    numbers = {way: number for number, way in enumerate({reading_of("", p) for p in patterns})}
    of_pattern = np.array([numbers[reading_of("", stresses)] for stresses in patterns])
    ways = of_pattern[table.readings.stresses]
    first = np.repeat(ways[table.starts[:-1]], np.diff(table.starts))
    # the first reading is never one that only verse has
    agrees: Bools = np.logical_and.reduceat(
        (ways == first) | table.readings.poetic, table.starts[:-1]
    )
    return agrees


def _readings(
    table: WordTable, words: NDArray[np.bytes_], word: NDArray[np.intp], strict: bool
) -> tuple[NDArray[np.uint16], tuple[tuple[str, ...], ...]]:
    """How the metre reads each form (N,), by number, and what the numbers stand for."""
    patterns = table.readings.stress_patterns
    ways: list[tuple[str, ...]] = [(reading_of("", stresses),) for stresses in patterns]
    numbers = {way: number for number, way in enumerate(dict.fromkeys(ways))}
    of_pattern = np.array([numbers[way] for way in ways], np.uint16)
    reading = of_pattern[table.readings.stresses[table.starts[:-1]]]
    several = set() if strict else set(np.flatnonzero(np.diff(table.starts) > 1).tolist())
    for name in FUNCTION_WORDS | ARTICLES:
        at = int(np.searchsorted(words, name.encode("ascii")))
        if at < len(words) and words[at] == name.encode("ascii"):
            several.update(np.flatnonzero(word == at).tolist())
    for form in several:
        way = syllable_classes(table.forms[form].lower(), strict)
        reading[form] = numbers.setdefault(way, len(numbers))
    return reading, tuple(numbers)


def _rhymes(
    table: WordTable,
) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints], tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Rhymes and onsets of all forms, (N,) each, and the names of both.

    A word whose readings end in different sounds rhymes with nothing here.
    """
    sounds, N = table.readings, len(table.forms)
    heads, rimes = sounds.heads[table.starts[:-1]], sounds.rimes[table.starts[:-1]]
    stresses = sounds.stresses[table.starts[:-1]]
    masculine, feminine = _stressed(sounds, stresses, rimes)
    certain = table.one_ending & (table.frequency >= COMMON)
    names: dict[tuple[str, str], int] = {}
    numbers: dict[str, int] = {}
    rhymes = np.full(N, -1, np.int32), np.full(N, -1, np.int32)
    onsets = np.full(N, -1, np.int32), np.full(N, -1, np.int32)
    used = np.flatnonzero(certain & (masculine | feminine))
    parts = {head: _parts(sounds.head_phonemes[head]) for head in np.unique(heads[used]).tolist()}
    rime_names = [" ".join(phonemes) for phonemes in sounds.rime_phonemes]
    for form, head, rime, is_masculine, is_feminine in zip(
        used.tolist(), heads[used].tolist(), rimes[used].tolist(),
        masculine[used].tolist(), feminine[used].tolist(), strict=True,
    ):  # fmt: skip
        before, vowel, between = parts[head]
        if is_masculine:
            name = "masculine", rime_names[rime]
            rhymes[0][form] = names.setdefault(name, len(names))
            onsets[0][form] = numbers.setdefault(between, len(numbers))
        if is_feminine and vowel:
            name = "feminine", " ".join(filter(None, (vowel, between, rime_names[rime])))
            rhymes[1][form] = names.setdefault(name, len(names))
            onsets[1][form] = numbers.setdefault(before, len(numbers))
    return rhymes, onsets, tuple(names), tuple(numbers)


def _stressed(
    sounds: Readings, stresses: NDArray[np.uint16], rimes: NDArray[np.uint16]
) -> tuple[Bools, Bools]:
    """Which pronunciations can rhyme, masculine and feminine: `rhyme.rhyme_parts` has the rule."""
    patterns = sounds.stress_patterns
    lone = np.array([len(p) == 1 for p in patterns])
    last = np.array([len(p) > 1 and p[-1] != "0" for p in patterns])
    lifted = np.array([len(p) > 1 and p[-2:] == "00" for p in patterns])
    penult = np.array([len(p) > 1 and p[-2] != "0" and p[-1] != "1" for p in patterns])
    in_y = np.array([phonemes[-1:] == ("IY",) for phonemes in sounds.rime_phonemes])
    return (lone | last)[stresses] | (lifted[stresses] & in_y[rimes]), penult[stresses]


def _parts(head: tuple[str, ...]) -> tuple[str, str, str]:
    """What stands before the last vowel but one, that vowel, and what divides the two.

    >>> _parts(("M", "EH", "M", "B"))
    ('M', 'EH', 'M B')
    >>> _parts(("M",))
    ('', '', 'M')
    """
    for i in range(len(head) - 1, -1, -1):
        if head[i] in _VOWELS:
            before = i
            while before and head[before - 1] not in _VOWELS:
                before -= 1
            return " ".join(head[before:i]), head[i], " ".join(head[i + 1 :])
    return "", "", " ".join(head)
