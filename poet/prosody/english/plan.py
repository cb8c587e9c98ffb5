"""A form of English verse as it will be written: what each line keeps, and what may end it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.prosody.base import Strictness
from poet.prosody.english.forms import UNRHYMED, EnglishForm
from poet.prosody.english.lexicon import LEAST_ONSETS, Bools, Lexicon
from poet.prosody.english.metre import Metre, metre
from poet.prosody.english.metre_table import Bits, MetreTable

Ends: TypeAlias = tuple[Bools, Bools]  # (F,) each: the forms that may end a line so or so


class Rhymed(NamedTuple):
    """The lines so far that rhyme with each other."""

    rhyme: int  # the class of `Lexicon.rhyme_names`
    words: frozenset[int]  # that end them
    onsets: frozenset[int]  # that stand before the rhyme


@dataclass(frozen=True, slots=True)
class Line:
    """What one line has to keep."""

    metre: Metre
    letter: str = UNRHYMED  # of the rhyme scheme
    copy_of: int | None = None  # the line whose words it repeats
    is_copied: bool = False  # whether a later line repeats it
    ends_stanza: bool = False  # whether an empty line follows
    full_stop: bool = False  # whether a sentence has to end with it
    initial: str = ""  # the letter that it begins with


def lines_of(
    form: EnglishForm, *, acrostic: str = "", strictness: Strictness = "strict", rhyme: bool = True
) -> tuple[Line, ...]:
    """The lines of a form. Without metre (`off`) their syllables are counted all the same."""
    count = len(form.metres)
    copy_of = {later: group[0] for group in form.refrains for later in group[1:]}
    ends = set(np.cumsum(form.stanzas).tolist())
    last = copy_of.get(count - 1, count - 1)
    return tuple(
        Line(
            metre(f"{each.syllables} syllables") if strictness == "off" else each,
            letter if rhyme else UNRHYMED,
            copy_of.get(i),
            i in copy_of.values(),
            i + 1 in ends and i + 1 < count,
            i == last or i == count - 1,
            acrostic[i : i + 1].upper(),
        )
        for i, (each, letter) in enumerate(zip(form.metres, form.scheme, strict=True))
    )


class Plan:
    """The lines of a poem over a lexicon: which rhymes there are enough words for."""

    def __init__(self, lines: tuple[Line, ...], lexicon: Lexicon, strict: bool) -> None:
        self.lines, self.lexicon, self.strict = lines, lexicon, strict
        letters = dict.fromkeys(line.letter for line in lines)
        self.letters = tuple(letter for letter in letters if letter != UNRHYMED)
        self._rhyming: dict[tuple[Metre, str], Ends] = {}
        self._asked: frozenset[int] | None = None

    def table(self, line: int) -> MetreTable:
        """The automaton of a line."""
        return self._tables[line]

    @cached_property
    def _tables(self) -> list[MetreTable]:
        readings = self.lexicon.readings
        return [_table(line.metre, readings, self.strict) for line in self.lines]

    def ask_rhyme(self, rhymes: frozenset[int]) -> None:
        """Let the first letter of the scheme be one of these rhymes."""
        self._asked = rhymes
        self.choices.cache_clear()

    def answering(self, letter: str, after: int = -1) -> list[int]:
        """The lines after this one that rhyme so and are no repetition."""
        return [
            i
            for i, line in enumerate(self.lines)
            if i > after and line.letter == letter and line.copy_of is None
        ]

    @cached_property
    def unrhymed(self) -> Ends:
        """What may end a line that does not rhyme."""
        ends = ~self.lexicon.hangs
        return ends, ends

    def rhyming(self, line: int) -> Ends:
        """What may end a line and be a rhyme: words that its metre can end with."""
        key = self.lines[line].metre, self.lines[line].initial
        if key not in self._rhyming:
            after = self.table(line).after(self._reached(line))
            reading = self.lexicon.reading
            masculine, feminine = self.lexicon.rhyming
            self._rhyming[key] = (
                masculine & after.masculine[reading],
                feminine & after.feminine[reading],
            )
        return self._rhyming[key]

    def _reached(self, line: int) -> Bits:
        """The states that a line can come to, from its first word on."""
        table, initial = self.table(line), self.lines[line].initial
        first = table.start
        if initial and (node := self.lexicon.find(self.lexicon.head, initial)):
            readings = np.unique(self.lexicon.reading[node.first : node.last])
            after = table.after(first).states[readings]
            first = int(np.bitwise_or.reduce(after, initial=0))
        elif initial:
            return 0
        return table.reached(first)

    def can_fill(self, line: int) -> bool:
        """Whether some words make a line that does not rhyme."""
        after = self.table(line).after(self._reached(line))
        return bool(after.masculine.any() or after.feminine.any())

    @lru_cache(maxsize=64)  # noqa: B019 - a plan lives as long as its constraint
    def onset_counts(self, line: int) -> NDArray[np.int64]:
        """For each rhyme (R,), how many words differ in what stands before it, ending this line."""
        lexicon, R = self.lexicon, len(self.lexicon.rhyme_names)
        inner = slice(0, lexicon.inner)
        pairs = [
            lexicon.rhymes[kind][inner][can[inner]].astype(np.int64) * len(lexicon.onset_names)
            + lexicon.onsets[kind][inner][can[inner]]
            for kind, can in enumerate(self.rhyming(line))
        ]
        distinct = np.unique(np.concatenate(pairs))
        return np.bincount(distinct // max(1, len(lexicon.onset_names)), minlength=R)

    @lru_cache(maxsize=64)  # noqa: B019
    def choices(self, letter: str) -> Bools:
        """Which rhymes (R,) have words enough for all lines of a letter."""
        lines = self.answering(letter)
        least = max(LEAST_ONSETS, len(lines) + 1)
        enough = np.logical_and.reduce([self.onset_counts(line) >= least for line in lines])
        if self._asked is not None and letter == self.letters[0]:
            enough &= np.isin(np.arange(len(enough)), list(self._asked))
        return enough

    def first_ends(self, line: int, taken: Iterable[int]) -> Ends:
        """What may end the first line of a rhyme; rhymes that are taken are left out."""
        can = self.choices(self.lines[line].letter).copy()
        can[list(taken)] = False
        can = np.append(can, False)  # for those without a rhyme, -1
        masculine, feminine = self.rhyming(line)
        rhymes = self.lexicon.rhymes
        return masculine & can[rhymes[0]], feminine & can[rhymes[1]]

    def answering_ends(self, line: int, rhymed: Rhymed) -> Ends:
        """What may end a line that answers: the same rhyme, another word, another sound before."""
        lexicon = self.lexicon
        ends = []
        for kind, can in enumerate(self.rhyming(line)):
            found = np.flatnonzero(can & (lexicon.rhymes[kind] == rhymed.rhyme))
            new = ~np.isin(lexicon.onsets[kind][found], list(rhymed.onsets))
            new &= ~np.isin(lexicon.word[found], list(rhymed.words))
            row = np.zeros(len(lexicon), bool)
            row[found[new]] = True
            ends.append(row)
        return ends[0], ends[1]


@lru_cache(maxsize=32)
def _table(metre: Metre, readings: tuple[tuple[str, ...], ...], strict: bool) -> MetreTable:
    return MetreTable(metre, readings, strict)
