"""From the words that may follow to the tokens that may follow, for one model."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from threading import Lock
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from poet.prosody.english.lexicon import Bools, Floats, Ints, Lexicon, Node, running
from poet.prosody.english.metre_table import Bits, MetreTable
from poet.prosody.english.plan import Ends, Plan, Rhymed
from poet.tokenizer import UNK, CharTokenizer

T = TypeVar("T")
Row: TypeAlias = NDArray[np.float32]  # (V,): 1 where the token may stand, 0 elsewhere

STOPS, FULL_STOPS = ",;:.!?", ".!?"
RECENT = 14  # content words: one of the last so many is not written again
TWICE = 2  # times that a content word may stand in a poem
MANY = 150  # words of a reading: where there are fewer, none is left out for having been used
MOST_KEPT = 128  # states whose words are remembered, a quarter of a megabyte each
MOST_NEEDS = 512  # rhymes asked for that are remembered, fifty kilobytes each


@dataclass(frozen=True, eq=False, slots=True)
class Need:
    """Who may end a line. Each is equal to itself alone, so that it is quick to look up."""

    forms: Ends  # (F,) each
    readings: tuple[Bools, Bools]  # (G,) each: how these forms are read


_none: Bools = np.zeros(0, bool)
NOBODY = Need((_none, _none), (_none, _none))  # before a line has begun


class Words:
    """Which forms (F,) may follow in one state of a line, counted up so that ranges are quick."""

    def __init__(self, lexicon: Lexicon, table: MetreTable, at: Bits, need: Need) -> None:
        self.lexicon, self.need = lexicon, need
        self.rows: dict[Hashable, Row] = {}
        self._rare: dict[bool, list[tuple[int, Node, int]]] = {}
        after, reading = table.after(at), lexicon.reading
        self._states, self._ends = after.states, (after.masculine, after.feminine)
        # readings after which the line goes on, since it can be ended from there
        self._more: Bools = (after.states & np.uint64(table.open(*need.readings))) > 0
        can = self._more[reading]
        for ends, forms in zip(self._ends, need.forms, strict=True):
            if ends.any():
                can |= ends[reading] & forms
        self._can = can
        self.counts = np.zeros(len(lexicon) + 1, np.int32)
        np.cumsum(can, out=self.counts[1:])

    @cached_property
    def mass(self) -> Floats:
        """Running sums (F + 1,) of how frequent the forms are that may follow."""
        return running(self.lexicon.rate * self._can)

    def share(self, first: Ints, last: Ints) -> Floats:
        """How much of what people write with these beginnings is words that may follow.

        `first` and `last` are bounds of nodes, of any shape. This looks ahead: of two letters
        that the model finds as likely, the one that leads to more of such words is better.
        """
        total = self.lexicon.mass[last] - self.lexicon.mass[first]
        share: Floats = (self.mass[last] - self.mass[first]) / np.where(total > 0, total, 1)
        return share

    @cached_property
    def content_counts(self) -> NDArray[np.int32]:
        """The same of words that carry meaning, the only ones that stand behind a hyphen."""
        counts = np.zeros_like(self.counts)
        np.cumsum(self._can & self.lexicon.is_content, out=counts[1:])
        return counts

    @cached_property
    def has_compound(self) -> bool:
        """Whether there are many words that could stand behind a hyphen."""
        inner = slice(self.lexicon.inner)
        return int(np.count_nonzero(self._can[inner] & self.lexicon.is_content[inner])) > MANY

    def allows(self, form: int, compound: bool) -> bool:
        """Whether a form may follow, behind a hyphen or elsewhere."""
        counts = self.content_counts if compound else self.counts
        return bool(counts[form + 1] > counts[form])

    def rare_letters(self, compound: bool) -> list[tuple[int, Node, int]]:
        """The letters that begin few words: code, node, and how many."""
        if compound not in self._rare:
            self._rare[compound] = self._find_rare(compound)
        return self._rare[compound]

    def _find_rare(self, compound: bool) -> list[tuple[int, Node, int]]:
        counts, found = self.content_counts if compound else self.counts, []
        for root in (self.lexicon.within, self.lexicon.head):
            codes, first, last = self.lexicon.children(root)
            left = counts[last] - counts[first]
            for i in np.flatnonzero((left > 0) & (left <= MANY)).tolist():
                found.append((int(codes[i]), Node(int(first[i]), int(last[i]), 1), int(left[i])))
        return found

    def after(self, form: int) -> tuple[Bits, bool, int]:
        """The states after a form, whether a word may follow it, and how the line can end with it.

        1 is masculine, 2 feminine, 3 both, 0 not at all.
        """
        reading = self.lexicon.reading[form]
        ends = sum(
            bool(can[reading] and forms[form]) << kind
            for kind, (can, forms) in enumerate(zip(self._ends, self.need.forms, strict=True))
        )
        return int(self._states[reading]), bool(self._more[reading]), ends

    def is_spared(self, form: int) -> bool:
        """Whether a form that has been used can be left out: it does not end the line."""
        return not self.after(form)[2]


class Choices:
    """The words that may follow, by state, and who may end a line; the latest are kept."""

    def __init__(self, plan: Plan, vocabulary: Vocabulary) -> None:
        self.plan, self.vocabulary = plan, vocabulary
        self._needs: dict[Hashable, Need] = {}
        self._words: dict[Hashable, Words] = {}
        self._lock = Lock()  # the decoder's threads share one constraint

    def words(self, line: int, at: Bits, need: Need) -> Words:
        """The words that may follow in a line, after these states."""
        table = self.plan.table(line)
        key = id(table), at, need
        with self._lock:
            found = self._words.get(key)
            if found is None:
                found = Words(self.plan.lexicon, table, at, need)
                _keep(self._words, key, found, MOST_KEPT)
        return found

    def unrhymed(self) -> Need:
        """Who may end a line that does not rhyme."""
        return self._of("unrhymed", lambda: self.plan.unrhymed)

    def first(self, line: int, taken: frozenset[int]) -> Need:
        """Who may end the first line of a rhyme."""
        each = self.plan.lines[line]
        key = each.metre, each.initial, each.letter, taken
        return self._of(key, lambda: self.plan.first_ends(line, taken))

    def answering(self, line: int, rhymed: Rhymed) -> Need:
        """Who may end a line that answers others."""
        each = self.plan.lines[line]
        key = each.metre, each.initial, rhymed
        return self._of(key, lambda: self.plan.answering_ends(line, rhymed))

    def open(self, line: int, need: Need) -> Bits:
        """The states from which a line can be ended."""
        return self.plan.table(line).open(*need.readings)

    def _of(self, key: Hashable, ends: Callable[[], Ends]) -> Need:
        with self._lock:
            found = self._needs.get(key)
            if found is None:
                found = self._need(ends())
                _keep(self._needs, key, found, MOST_NEEDS)
        return found

    def _need(self, forms: Ends) -> Need:
        lexicon = self.plan.lexicon
        flags = []
        for each in forms:
            row = np.zeros(len(lexicon.readings), bool)
            row[lexicon.reading[each]] = True
            flags.append(row)
        return Need(forms, (flags[0], flags[1]))


def _keep(kept: dict[Hashable, T], key: Hashable, value: T, most: int) -> None:
    """Remember a value, and forget the oldest that are too many."""
    while len(kept) >= most:
        kept.pop(next(iter(kept)))
    kept[key] = value


class Vocabulary:
    """The tokens of a model that stand for letters, stops and line breaks."""

    def __init__(self, tokenizer: CharTokenizer, lexicon: Lexicon) -> None:
        self.tokenizer, self.lexicon, self.size = tokenizer, lexicon, len(tokenizer)
        self._characters = ["" for _ in range(tokenizer.first_character)]
        self._characters += tokenizer.characters
        self.token_of = np.full(128, -1)  # (128,) of each character of ASCII
        for token, character in enumerate(self._characters):
            if character and ord(character) < 128:
                self.token_of[ord(character)] = token
        self.space, self.newline, self.hyphen, self.dash = map(self._token, " \n-—")
        self.stops = self._known(STOPS)
        self.full_stops = self._known(FULL_STOPS)
        self.has_capitals = all(self._token(c) >= 0 for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        counts = np.bincount(lexicon.reading[: lexicon.inner], minlength=len(lexicon.readings))
        self._is_many = counts >= MANY
        self.barred = lru_cache(maxsize=512)(self._barred)

    def _token(self, character: str) -> int:
        token = int(self.tokenizer.encode(character)[0])
        return -1 if token == UNK else token

    def _known(self, characters: str) -> list[int]:
        return [token for token in map(self._token, characters) if token >= 0]

    def character(self, token: int) -> str:
        """The text of a token; empty for a special one."""
        return self._characters[token]

    def takes_hyphen(self, form: int) -> bool:
        """Whether a form may be the first half of a compound."""
        is_small = self.lexicon.is_function[form] or self.lexicon.hangs[form]
        return self.hyphen >= 0 and not is_small

    def row(self, tokens: Sequence[int]) -> Row:
        """The row (V,) of these tokens."""
        row = np.zeros(self.size, np.float32)
        row[[token for token in tokens if token >= 0]] = 1
        return row

    def allow(
        self, row: Row, words: Words, node: Node, compound: bool, barred: tuple[int, ...]
    ) -> None:
        """Set the letters that lead from a node to words that may follow, by `Words.share`."""
        children = self.lexicon.children(node)
        counts = words.content_counts if compound else words.counts
        left = counts[children.last] - counts[children.first]
        for form in barred:
            if words.allows(form, compound):
                at = int(np.searchsorted(children.first, form, side="right")) - 1
                if at >= 0:  # else the form ends at the node
                    left[at] -= 1
        tokens, is_left = self.token_of[children.codes], left > 0
        share = 1 if compound else words.share(children.first, children.last)[is_left]
        row[tokens[is_left]] = share

    def used_up(
        self, words: Words, roots: Sequence[Node], compound: bool, barred: tuple[int, ...]
    ) -> list[int]:
        """The letters that begin no other words than those that are barred."""
        tokens = []
        for token, node, left in words.rare_letters(compound) if barred else ():
            if any(root.first <= node.first < root.last for root in roots):
                gone = [
                    form
                    for form in self.between(barred, node)
                    if words.allows(form, compound) and words.is_spared(form)
                ]
                if len(gone) == left:
                    tokens.append(int(self.token_of[token]))
        return tokens

    def _barred(self, used: tuple[int, ...]) -> tuple[int, ...]:
        """The forms, ascending, that are not written again after these content words."""
        words = set(used[-RECENT:])
        words |= {word for word, count in Counter(used).items() if count >= TWICE}
        forms = (form for word in words for form in self.lexicon.by_word.get(word, ()))
        return tuple(sorted(form for form in forms if self._is_many[self.lexicon.reading[form]]))

    def between(self, forms: tuple[int, ...], node: Node) -> tuple[int, ...]:
        """Those of some ascending forms that begin as a node does."""
        return forms[bisect_left(forms, node.first) : bisect_left(forms, node.last)]
