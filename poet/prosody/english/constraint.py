"""A form of English verse as a constraint on writing: words, metre, rhyme, stops, stanzas, the end.

Only words of a lexicon are written, letter by letter. At the end of each word the metre is read
on; within a word those letters may follow that lead to a word after which the line can still be
ended. So there are no dead ends, and each poem keeps all rules of its form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from poet.prosody.base import KnownLines
from poet.prosody.constraint import Bools, Probs
from poet.prosody.english.forms import UNRHYMED
from poet.prosody.english.lexicon import Node
from poet.prosody.english.metre_table import Bits
from poet.prosody.english.next_line import next_line
from poet.prosody.english.plan import Plan, Rhymed
from poet.prosody.english.vocabulary import (
    FULL_STOPS,
    NOBODY,
    STOPS,
    Choices,
    Need,
    Row,
    Vocabulary,
)
from poet.tokenizer import EOS, Ids

# What comes next: the first word of a line; a letter of a word; what follows a stop, a space, a
# hyphen, a dash; the empty line between stanzas; the next token of a repeated line; the end mark
BEGIN, WORD, STOP, SPACE, HYPHEN, DASH, BREAK, COPY, END, DONE = range(10)
NO_CAPITAL, MAY_CAPITAL, MUST_CAPITAL = range(3)  # of the next word
SHORTEST = 5  # words of a line that no two poems of a call may share
FEET = 5  # full feet after which particles are compared


class Given(NamedTuple):
    """The last word of a prompt as it stands: what follows if it is whole."""

    node: Node  # at which it ends
    at: Bits
    more: bool
    ends: int
    rhymed: Rhymed | None  # where it ends a line that rhymes
    hangs: bool


class State(NamedTuple):
    """How far a poem has come."""

    line: int = 0
    next: int = BEGIN  # what comes next
    at: Bits = 0  # states of the metre after the last whole word
    need: Need = NOBODY  # who may end the line
    node: Node | None = None  # the beginning of the word under way
    capital: int = NO_CAPITAL
    compound: bool = False  # whether the word follows a hyphen
    more: bool = False  # whether a word may follow the last whole one
    ends: int = 0  # how the line can end with it: 1 masculine, 2 feminine
    form: int = -1  # the last whole word
    stop: str = ""  # that was the last token
    rhymed: tuple[Rhymed | None, ...] = ()  # by letter of the scheme
    used: tuple[int, ...] = ()  # the content words so far
    text: tuple[int, ...] = ()  # tokens of the line under way, where another repeats it
    copies: tuple[tuple[int, tuple[int, ...]], ...] = ()  # lines that others repeat
    offset: int = 0  # in the line that is repeated
    given: Given | None = None  # while the last word of the prompt is under way
    given_rhyme: Rhymed | None = None  # of the last whole word, where the prompt gave it


class EnglishConstraint:
    """The lines of a plan, one after the other. `EnglishConstraints` makes it.

    `prompt` is the text that is given, and `start` the state after it; by default a poem begins.
    `known` says which lines stand in the training text.
    """

    def __init__(self, plan: Plan, vocabulary: Vocabulary, known: KnownLines | None = None) -> None:
        self.plan, self.vocabulary, self.known = plan, vocabulary, known
        self.choices = Choices(plan, vocabulary)
        self.vocab_size = vocabulary.size
        self.given = ""
        self.broken: list[str] = []  # of the lines of a prompt that was forgiven
        first = State(rhymed=(None,) * len(plan.letters))
        self.start = self.begin_line(first)

    @property
    def prompt(self) -> Ids:
        """The tokens of the prompt."""
        return self.vocabulary.tokenizer.encode(self.given)

    # What may follow

    def forced(self, states: Sequence[State], written: Ids) -> Ids | None:
        """None: poems are never all at a place without a choice but by chance."""
        return None

    def mask(self, states: Sequence[State], written: Ids, probs: Probs) -> None:
        """Set to 0 what may not follow."""
        rows: dict[int, Row] = {}
        for row, state in enumerate(states):
            key = id(state)
            if key not in rows:
                rows[key] = self.row(state)
            probs[row] *= rows[key]

    def row(self, state: State) -> Row:
        """What may follow one state (V,)."""
        vocabulary = self.vocabulary
        if state.next == WORD:
            return self._within_word(state)
        if state.next in (BEGIN, SPACE, HYPHEN):
            return self._first_letters(state)
        tokens: list[int] = []
        if state.next == STOP:
            if state.more:
                tokens.append(vocabulary.space)
            if state.ends and self._may_close(state, state.stop):
                tokens.append(EOS if self._is_last(state) else vocabulary.newline)
        elif state.next == DASH:
            row = self._first_letters(state) if state.more else vocabulary.row(())
            may_end = state.ends and self._may_close(state, "—")
            return row + vocabulary.row([vocabulary.newline] if may_end else [])
        elif state.next == BREAK:
            tokens.append(vocabulary.newline)
        elif state.next == COPY:
            text = dict(state.copies)[self.plan.lines[state.line].copy_of or 0]
            tokens.append(text[state.offset] if state.offset < len(text) else vocabulary.newline)
        else:
            tokens.append(EOS)
        return vocabulary.row(tokens)

    def _first_letters(self, state: State) -> Row:
        """How the next word can begin."""
        vocabulary, lexicon = self.vocabulary, self.vocabulary.lexicon
        words = self.choices.words(state.line, state.at, state.need)
        initial = self.plan.lines[state.line].initial if state.next == BEGIN else ""
        key = ("first", state.next == HYPHEN, state.capital, initial)
        row = words.rows.get(key)
        if row is None:
            row = np.zeros(vocabulary.size, np.float32)
            if state.capital != MUST_CAPITAL:
                vocabulary.allow(row, words, lexicon.within, state.next == HYPHEN, ())
            if state.capital != NO_CAPITAL:
                vocabulary.allow(row, words, lexicon.head, False, ())
            if initial:
                other = np.ones(vocabulary.size, bool)
                other[vocabulary.token_of[ord(initial)]] = False
                row[other] = 0
            words.rows[key] = row
        barred = () if self.plan.lines[state.line].initial else vocabulary.barred(state.used)
        roots = [lexicon.within] if state.capital == NO_CAPITAL else [lexicon.within, lexicon.head]
        if used_up := vocabulary.used_up(words, roots, state.next == HYPHEN, barred):
            row = row.copy()
            row[used_up] = 0
        return row

    def _within_word(self, state: State) -> Row:
        """The letters that may follow a beginning of a word, and what may follow where it ends."""
        assert state.node
        vocabulary, line = self.vocabulary, self.plan.lines[state.line]
        words = self.choices.words(state.line, state.at, state.need)
        barred = () if line.initial else vocabulary.barred(state.used)
        barred = tuple(
            form for form in vocabulary.between(barred, state.node) if words.is_spared(form)
        )
        given = state.given if state.given and state.given.node == state.node else None
        key = (state.node, state.compound, line.full_stop, self._is_last(state))
        row = None if barred or given else words.rows.get(key)
        if row is None:
            row = np.zeros(vocabulary.size, np.float32)
            vocabulary.allow(row, words, state.node, state.compound, barred)
            # The node was worth this share when it was come to; now it is known what follows
            first, last = np.array([state.node[:2]], np.int32).T
            share = 0.0 if state.compound else float(words.share(first, last)[0])
            if share > 0:
                row /= share
            form = vocabulary.lexicon.ending_at(state.node)
            if form is not None and form not in barred and words.allows(form, state.compound):
                at, more, ends = words.after(form)
                whole = 1 / share if share > 0 else 1
                hangs = bool(vocabulary.lexicon.hangs[form])
                row[self._after_word(state, more, ends, hangs)] = whole
                if more and vocabulary.takes_hyphen(form) and not state.compound:
                    after = self.choices.words(state.line, at, state.need)
                    row[vocabulary.hyphen] = whole * after.has_compound
            if given:
                row[self._after_word(state, given.more, given.ends, given.hangs)] = 1
            if not barred and not given:
                words.rows[key] = row
        return row

    def _after_word(self, state: State, more: bool, ends: int, hangs: bool) -> list[int]:
        """The tokens that may follow a whole word, but for a hyphen."""
        vocabulary = self.vocabulary
        tokens = [vocabulary.space] if more else []
        if hangs:
            return tokens
        may_end = ends and self._may_close(state, "")
        if more or may_end:
            tokens += [*vocabulary.stops, vocabulary.dash]
        elif ends:
            tokens += vocabulary.full_stops
        if may_end:
            tokens.append(EOS if self._is_last(state) else vocabulary.newline)
        return [token for token in tokens if token >= 0]

    def _is_last(self, state: State) -> bool:
        return state.line == len(self.plan.lines) - 1

    def _may_close(self, state: State, stop: str) -> bool:
        """Whether a line that could end may end with this stop, or without one."""
        if self.plan.lines[state.line].full_stop and self.vocabulary.full_stops:
            return bool(stop) and stop in FULL_STOPS
        return True

    def repeats(self, written: Ids, ids: Ids) -> Bools | None:
        """None: words are kept from coming again by the mask."""
        return None

    # Going on

    def advance(self, state: State, token: int) -> State:
        """The state after one more token; done where it may not stand there."""
        character = self.vocabulary.character(token)
        if self.plan.lines[state.line].is_copied and character != "\n":
            state = state._replace(text=(*state.text, token))
        if state.next == WORD:
            return self._go_on(state, character)
        if state.next in (BEGIN, SPACE, HYPHEN) or (state.next == DASH and character != "\n"):
            return self._begin_word(state, character)
        if state.next == STOP and character == " ":
            return state._replace(next=SPACE, stop="")
        if state.next in (STOP, DASH) and character == "\n":
            return self.end_line(state)
        if state.next == BREAK:
            return self.begin_line(state)
        if state.next == COPY:
            return self._copy(state, character)
        return state._replace(next=DONE)

    def _begin_word(self, state: State, character: str) -> State:
        lexicon = self.vocabulary.lexicon
        from_head = state.capital == MUST_CAPITAL or (state.capital and character.isupper())
        root = lexicon.head if from_head else lexicon.within
        node = lexicon.child(root, ord(character)) if character else None
        if node is None:
            return state._replace(next=DONE)
        return state._replace(
            next=WORD, node=node, capital=NO_CAPITAL, compound=state.next == HYPHEN, stop=""
        )

    def _go_on(self, state: State, character: str) -> State:
        """One more letter of a word, or what ends it."""
        assert state.node
        lexicon = self.vocabulary.lexicon
        if character and (node := lexicon.child(state.node, ord(character))):
            return state._replace(node=node)
        form = lexicon.ending_at(state.node)
        words = self.choices.words(state.line, state.at, state.need)
        if form is not None and words.allows(form, state.compound):
            return self.after_word(self.close(state, form), character)
        if state.given and state.given.node == state.node:
            return self.after_word(self.close_given(state, state.given), character)
        return state._replace(next=DONE)

    def close(self, state: State, form: int) -> State:
        """The state after a whole word."""
        lexicon = self.vocabulary.lexicon
        at, more, ends = self.choices.words(state.line, state.at, state.need).after(form)
        used = state.used
        if not lexicon.is_function[form] and not lexicon.hangs[form]:
            used = (*used, int(lexicon.word[form]))
        return state._replace(
            at=at, more=more, ends=ends, form=form, used=used, node=None, given=None,
            given_rhyme=None,
        )  # fmt: skip

    def close_given(self, state: State, given: Given) -> State:
        """The state after the last word of the prompt, where it is whole."""
        return state._replace(
            at=given.at, more=given.more, ends=given.ends, form=-1, node=None, given=None,
            given_rhyme=given.rhymed,
        )  # fmt: skip

    def after_word(self, state: State, character: str) -> State:
        """What comes next after a whole word and the character that ends it."""
        if character == "\n":
            return self.end_line(state)
        if character == " ":
            return state._replace(next=SPACE)
        if character == "-":
            return state._replace(next=HYPHEN)
        if character == "—":
            return state._replace(next=DASH)
        if not character or character not in STOPS:
            return state._replace(next=DONE)
        if self._is_last(state) and state.ends and not state.more:
            return state._replace(next=END)
        capital = MUST_CAPITAL if character == "." else MAY_CAPITAL if character in "!?" else 0
        return state._replace(next=STOP, stop=character, capital=capital)

    def begin_line(self, state: State) -> State:
        """The state at the head of its line."""
        line = self.plan.lines[state.line]
        state = state._replace(
            at=self.plan.table(state.line).start,
            capital=MUST_CAPITAL if self.vocabulary.has_capitals else MAY_CAPITAL,
            form=-1, ends=0, more=True, stop="", text=(), offset=0, node=None, given_rhyme=None,
        )  # fmt: skip
        if line.copy_of is not None:
            return state._replace(next=COPY)
        return state._replace(next=BEGIN, need=self._need(state))

    def _need(self, state: State) -> Need:
        """Who may end the line that begins."""
        letter = self.plan.lines[state.line].letter
        if letter == UNRHYMED:
            return self.choices.unrhymed()
        rhymed = state.rhymed[self.plan.letters.index(letter)]
        if rhymed is None:
            taken = frozenset(group.rhyme for group in state.rhymed if group)
            return self.choices.first(state.line, taken)
        return self.choices.answering(state.line, rhymed)

    def end_line(self, state: State) -> State:
        """The state after the last word of a line and its stop."""
        line = self.plan.lines[state.line]
        if line.is_copied:
            state = state._replace(copies=(*state.copies, (state.line, state.text)))
        if line.letter != UNRHYMED and line.copy_of is None:
            at = self.plan.letters.index(line.letter)
            found = state.given_rhyme or self._rhymed(state, state.rhymed[at])
            groups = (*state.rhymed[:at], found, *state.rhymed[at + 1 :])
            state = state._replace(rhymed=groups)
        return self.next_line(state)

    def next_line(self, state: State) -> State:
        """The state after the line break of a line, or before the end mark after the last one."""
        ends_stanza = self.plan.lines[state.line].ends_stanza
        if self._is_last(state):
            return state._replace(next=END)
        state = state._replace(line=state.line + 1)
        return state._replace(next=BREAK) if ends_stanza else self.begin_line(state)

    def _rhymed(self, state: State, before: Rhymed | None) -> Rhymed:
        """The lines of a rhyme with the one that has just ended."""
        lexicon, kind = self.vocabulary.lexicon, 0 if state.ends & 1 else 1
        rhyme, onset = (int(part[kind][state.form]) for part in (lexicon.rhymes, lexicon.onsets))
        words, onsets = frozenset([int(lexicon.word[state.form])]), frozenset([onset])
        if before:
            words, onsets = before.words | words, before.onsets | onsets
        return Rhymed(rhyme, words, onsets)

    def _copy(self, state: State, character: str) -> State:
        """One more token of a line that is repeated."""
        if character == "\n":
            return self.next_line(state)
        offset = state.offset + 1
        text = dict(state.copies)[self.plan.lines[state.line].copy_of or 0]
        if offset == len(text) and self._is_last(state):
            return state._replace(next=END)
        return state._replace(offset=offset)

    def progress(self, state: State) -> int:
        """How many parts of lines are whole, of two feet or a little more."""
        if state.next in (END, DONE):
            return self._parts[-1]
        whole = self._parts[state.line]
        if state.next in (BEGIN, BREAK, COPY):
            return whole
        table = self.plan.table(state.line)
        feet = table.foot(state.at) // (2 * FEET if table.metre.is_syllabic else FEET)
        return min(whole + feet, self._parts[state.line + 1] - 1)

    @cached_property
    def _parts(self) -> list[int]:
        """How many parts stand before each line (n + 1)."""
        sizes = [
            max(1, len(line.metre.feet) // (2 * FEET if line.metre.is_syllabic else FEET))
            for line in self.plan.lines
        ]
        return [0, *accumulate(sizes)]

    def is_final(self, state: State) -> bool:
        """Whether the end mark is written."""
        return state.next == DONE

    def lines_done(self, state: State) -> int:
        """How many lines are whole."""
        return state.line + (state.next in (END, DONE))

    def asks(self, state: State) -> str:
        """What the next line has to keep."""
        words = [self._last_word(n) for n in range(state.line)]
        return next_line(self.plan, state.line, words)

    def _last_word(self, line: int) -> str:
        """The word that ends a line of the prompt."""
        given = [text for text in self.given.split("\n") if text]
        words = re.findall("[A-Za-z'’]+", given[line])
        return words[-1] if words else ""

    # Finished lines and poems

    def rejects(self, states: Sequence[State], written: Ids) -> Bools | None:
        """Which poems (U,) have just ended a line that stands in the training text."""
        if self.known is None:
            return None
        ended = [
            (state.next == END and token != EOS)
            or (state.next in (BEGIN, BREAK, COPY) and not state.offset
                and token == self.vocabulary.newline)
            for state, token in zip(states, written[:, -1].tolist(), strict=True)
        ]  # fmt: skip
        if not any(ended):
            return None
        given = [line.rstrip(STOPS + "— ") for line in self.given.split("\n") if line.strip()]
        rejected = np.zeros(len(states), bool)
        for row in np.flatnonzero(ended).tolist():
            lines = self._lines(written[row])
            is_given = lines[-1].rstrip(STOPS + "—") in given[len(lines) - 1 : len(lines)]
            rejected[row] = not is_given and self.known.contains_line(lines[-1])
        return rejected

    def _lines(self, tokens: Ids) -> list[str]:
        text = self.vocabulary.tokenizer.decode(tokens[tokens != EOS])
        return [line for line in text.split("\n") if line]

    def pieces(self, tokens: Ids) -> list[str]:
        """The text of each token; those of the prompt as they were given."""
        texts = [self.vocabulary.character(token) for token in tokens.tolist()]
        return [*self.given, *texts[len(self.given) :]]

    def own_lines(self, tokens: Ids) -> frozenset[str]:
        """The lines that are long enough and that the prompt has not begun."""
        text = "".join(self.pieces(tokens))
        first = len([line for line in self.given.split("\n") if line])
        lines = [line for line in text.split("\n") if line][first:]
        return frozenset(line for line in lines if line.count(" ") >= SHORTEST - 1)

    def line_ends(self, tokens: Ids) -> list[int]:
        """The positions of the first line break after each line, and of the end mark."""
        breaks = np.flatnonzero(tokens == self.vocabulary.newline).tolist()
        ends = [at for at in breaks if at - 1 not in breaks]
        return ends if breaks[-1:] == [len(tokens) - 1] else [*ends, len(tokens) - 1]

    def rhymes(self, tokens: Ids) -> list[int]:
        """The positions of the letters of the words that rhyme with an earlier line."""
        pieces, found = self.pieces(tokens), list[int]()
        seen: set[str] = set()
        for line, end in zip(self.plan.lines, self.line_ends(tokens), strict=False):
            if line.letter in seen and line.copy_of is None:
                while not pieces[end - 1].isalpha():
                    end -= 1
                start = end
                while start and (pieces[start - 1].isalpha() or pieces[start - 1] == "'"):
                    start -= 1
                found += range(start, end)
            seen |= {line.letter} - {UNRHYMED}
        return found
