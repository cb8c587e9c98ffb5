"""A prompt in a form: its words read by the metre, its rhymes held against each other.

How the user's words are read is the user's choice: a line that breaks the strict rules is read by
the lenient ones. The last word may be the beginning of one (The mo…): it is then gone on with.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from poet.errors import UsageError
from poet.prosody.english.constraint import (
    BEGIN,
    COPY,
    END,
    SPACE,
    STOP,
    WORD,
    EnglishConstraint,
    Given,
    State,
)
from poet.prosody.english.forms import UNRHYMED
from poet.prosody.english.lexicon import Node
from poet.prosody.english.metre import States, endings, start, step
from poet.prosody.english.plan import Rhymed
from poet.prosody.english.pronunciation import guess, pronunciations
from poet.prosody.english.rhyme import rhyme_parts, rhymes
from poet.prosody.english.syllables import FUNCTION_WORDS, classes_of, words_of
from poet.prosody.english.vocabulary import FULL_STOPS, STOPS
from poet.prosody.english.words import HANGING

_STRESSED = {"1": "´", "2": "`", "0": "˘"}
_word = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*'?|'[^\W\d_]+(?:'[^\W\d_]+)*")
_fragment = re.compile(r"[A-Za-z']+$")


class _Read(NamedTuple):
    """A word of the prompt."""

    text: str
    ways: tuple[str, ...]  # how the metre may read it
    after_pause: bool


class Prompt:
    """The beginning of a poem. `read` puts it into a constraint: its text, and the state after.

    If it `forgives`, whole lines may break the rules: they bind nothing but by their rhyme.
    """

    def __init__(
        self, text: str, constraint: EnglishConstraint, form: str, forgives: bool = False
    ) -> None:
        self.constraint, self.plan, self.form = constraint, constraint.plan, form
        self.forgives = forgives
        self.lines = [" ".join(line.split()) for line in text.split("\n")]
        self.goes_on = bool(text) and not text[-1].isspace()  # its last word may be part of one
        self.is_closed = text.rstrip(" \t\r").endswith("\n")  # whether the last line has ended
        self.lines = [line for line in self.lines if line]
        self.last_words: dict[int, str] = {}  # of each line

    def read(self) -> None:
        """Read the lines, one after the other. Raises `UsageError`, naming what does not fit."""
        constraint, lines = self.constraint, self.plan.lines
        if len(self.lines) > len(lines):
            raise UsageError(
                f"the prompt has {len(self.lines)} lines, a {self.form} has {len(lines)}",
                "shorten it, or ask for a longer --form",
            )
        state, parts = constraint.start, []
        for number, text in enumerate(self.lines):
            is_last = number == len(self.lines) - 1
            closes = not is_last or self.is_closed
            try:
                state = self._line(state, number, text, closes)
            except UsageError as error:
                if not (self.forgives and closes):
                    raise
                constraint.broken.append(error.message)
                state = self._forgiven(state, number, text)
            parts.append(text)
            if closes and number != len(lines) - 1:
                parts.append("\n\n" if lines[number].ends_stanza else "\n")
            elif is_last and not self.goes_on and state.next == SPACE:
                parts.append(" ")
        constraint.given, constraint.start = "".join(parts), state

    def _line(self, state: State, number: int, text: str, closes: bool) -> State:
        """The state after a line of the prompt, or after a part of one."""
        line = self.plan.lines[number]
        tokens = tuple(self.constraint.vocabulary.tokenizer.encode(text).tolist())
        if line.copy_of is not None:
            return self._copy(state, number, text, tokens, closes)
        found = re.search(r"[^\W\d_]", text)
        if line.initial and found and found[0].upper() != line.initial:
            raise UsageError(
                f"the prompt begins line {number + 1} with {found[0]}, the acrostic asks for "
                f"{line.initial}",
                "give one of them",
            )
        words = self._words(number, text)
        tail = text[-1:]
        is_open = not closes and self.goes_on and (tail.isalpha() or tail == "'")
        states = self._states(number, words[:-1] if is_open else words)
        state = state._replace(
            at=self.plan.table(number).bits(states),
            text=tokens,
            capital=0 if words else state.capital,
            used=(*state.used, *self._content(words[:-1] if is_open else words)),
        )
        if is_open:
            return self._open_word(state, states, number, text, words)
        if closes or (number == len(self.plan.lines) - 1 and self._is_full(state, tail)):
            return self._close(state, number, words)
        last = words[-1] if words else None
        return self._after(state, number, last, tail)

    def _is_full(self, state: State, tail: str) -> bool:
        """Whether the poem is whole with this line, which nothing can follow."""
        table = self.plan.table(state.line)
        can_go_on = state.at & self.constraint.choices.open(state.line, state.need)
        return (
            tail in FULL_STOPS
            and not can_go_on
            and bool(endings(table.metre, table.set_of(state.at)))
        )

    def _words(self, number: int, text: str) -> list[_Read]:
        found = []
        readable = text.replace("’", "'")
        for word in words_of(_ascii(readable)):
            sounds = pronunciations(word.text.lower()) or guess(word.text.lower())
            ways = classes_of(word.text.lower(), sounds, False, word.runs_on)
            found.append(_Read(word.text, ways, word.after_pause))
        if digit := re.search(r"\d", text):
            raise UsageError(
                f"line {number + 1}: poet cannot say how {digit[0]} is read",
                "write numbers as words",
            )
        return found

    def _states(self, number: int, words: list[_Read]) -> States:
        """The states after some words. Raises `UsageError` for one that has no place in the line.

        They are those of a strict reading, if there is one, and of a lenient one otherwise.
        """
        metre = self.plan.lines[number].metre
        for strict in (True, False) if self.plan.strict else (False,):
            states = start(metre)
            for i, word in enumerate(words):
                after = step(metre, states, word.ways, strict=strict, after_pause=word.after_pause)
                if not after and not strict:
                    raise self._misfit(number, i, word, states)
                states = after
            if states:
                break
        return states

    def _content(self, words: list[_Read]) -> list[int]:
        """The words that carry meaning, by number, as far as the lexicon has them."""
        numbers = self.plan.lexicon.number_of
        names = (word.text.lower() for word in words)
        return [numbers[n] for n in names if n in numbers and n not in FUNCTION_WORDS | HANGING]

    def _misfit(self, number: int, i: int, word: _Read, states: States) -> UsageError:
        metre = self.plan.lines[number].metre
        where = f"line {number + 1}, word {i + 1}: {word.text}"
        hint = "--strictness off counts syllables only"
        light = {"0" * len(way) for way in word.ways} | {"x" * len(way) for way in word.ways}
        left = step(metre, states, tuple(light), strict=False)
        if not left:
            room = f"has no room: the line is {metre.name}"
            return UsageError(f"{where} {room}", hint if not metre.is_syllabic else "shorten it")
        stress = "".join(_STRESSED.get(mark, "´") for mark in word.ways[0])
        return UsageError(f"{where} ({stress}) breaks the metre, which is {metre.name}", hint)

    def _after(self, state: State, number: int, word: _Read | None, tail: str) -> State:
        """The state after a whole word, or a stop, that the prompt ends with."""
        if word is None:
            return state._replace(next=BEGIN)
        state = self._given(state, number, word)
        if not state.more and not state.ends:
            raise self._no_end(number, word)
        following = tail if tail in STOPS else "" if tail in "—-" else " "
        if following == " " and not state.more:  # a space at the end of a full line
            following = ""
        if not following:
            return state._replace(next=STOP, stop=tail)
        state = self.constraint.after_word(state, following)
        if following in STOPS and not self.goes_on and state.next == STOP and state.more:
            return state._replace(next=SPACE, stop="")
        return state

    def _given(self, state: State, number: int, word: _Read) -> State:
        """The state with what may follow the last word."""
        choices = self.constraint.choices
        more = bool(state.at & choices.open(number, state.need))
        ends, rhymed = self._ends(state, number, word)
        return state._replace(more=more, ends=ends, form=-1, given_rhyme=rhymed, node=None)

    def _ends(self, state: State, number: int, word: _Read) -> tuple[int, Rhymed | None]:
        """How the line may end with a word of the user, and its rhyme then."""
        table = self.plan.table(number)
        kinds = endings(table.metre, table.set_of(state.at))
        letter = self.plan.lines[number].letter
        if not kinds:
            return 0, None
        if letter == UNRHYMED:
            return 1, None
        rhymed = self._rhymed(state, number, word.text.lower())
        return (1, rhymed) if rhymed else (0, None)

    def _rhymed(self, state: State, number: int, word: str) -> Rhymed | None:
        """The rhyme of a line that ends with a word; None where it is wrong or has no answer."""
        plan, lexicon = self.plan, self.plan.lexicon
        letter = plan.lines[number].letter
        before = state.rhymed[plan.letters.index(letter)]
        names = {name: at for at, name in enumerate(lexicon.rhyme_names)}
        onset_at = {name: at for at, name in enumerate(lexicon.onset_names)}
        later = plan.answering(letter, after=number)
        own = lexicon.number_of.get(word, -1)
        if before is not None:
            first = next(self.last_words[n] for n in plan.answering(letter) if n in self.last_words)
            if not rhymes(first, word, strict=False):
                return None
            onsets = frozenset(
                onset_at[onset]
                for part, found in rhyme_parts(word).items()
                if names.get(part) == before.rhyme
                for onset in found
                if onset in onset_at
            )
            return Rhymed(before.rhyme, before.words | {own}, before.onsets | onsets)
        best: tuple[int, Rhymed | None] = (-1, None)
        taken = {group.rhyme for group in state.rhymed if group}
        parts = rhyme_parts(word)
        for part, found in parts.items():
            rhyme = names.get(part)
            if rhyme is None or (rhyme in taken and later):
                continue
            onsets = frozenset(onset_at[onset] for onset in found if onset in onset_at)
            rhymed = Rhymed(rhyme, frozenset([own]), onsets)
            count = min((self._count(line, rhymed) for line in later), default=1)
            if count >= max(1, len(later)):
                best = max(best, (count, rhymed), key=lambda pair: pair[0])
        if best[1] is None and not later:
            return Rhymed(-1, frozenset([own]), frozenset())
        return best[1]

    def _count(self, line: int, rhymed: Rhymed) -> int:
        return sum(int(ends.sum()) for ends in self.plan.answering_ends(line, rhymed))

    def _open_word(
        self, state: State, states: States, number: int, text: str, words: list[_Read]
    ) -> State:
        """The state within the last word, which may be whole or the beginning of one."""
        found = _fragment.search(text)
        word = words[-1]
        try:
            after = self._states(number, words)
        except UsageError:
            after = frozenset()
        node = self._node(state, found[0] if found else "", is_first=len(words) == 1)
        given = None
        if after and (pronunciations(word.text.lower()) or node is None):
            whole = state._replace(at=self.plan.table(number).bits(after))
            whole = self._given(whole, number, word)
            if whole.more or whole.ends:
                place = node or Node(0, 0, len(word.text))
                hangs = word.text.lower() in HANGING and whole.more
                given = Given(place, whole.at, whole.more, whole.ends, whole.given_rhyme, hangs)
        state = state._replace(next=WORD, node=node or Node(0, 0, len(word.text)), given=given)
        if not self.constraint.row(state).any():
            if not after:
                raise self._misfit(number, len(words) - 1, word, states)
            raise self._no_end(number, word)
        return state

    def _node(self, state: State, fragment: str, is_first: bool) -> Node | None:
        """Where a fragment stands among the words, None where no word begins so."""
        lexicon = self.plan.lexicon
        if not fragment:
            return None
        roots = [lexicon.within, lexicon.head]
        if is_first and fragment[:1].isupper():
            roots.reverse()
        nodes = (lexicon.find(root, fragment) for root in roots)
        words = self.constraint.choices.words(state.line, state.at, state.need)
        for node in nodes:
            if node and words.counts[node.last] > words.counts[node.first]:
                return node
        return None

    def _no_end(self, number: int, word: _Read) -> UsageError:
        metre, letter = self.plan.lines[number].metre, self.plan.lines[number].letter
        where = f"line {number + 1} ends in {word.text}"
        if letter != UNRHYMED:
            first = [
                self.last_words[n] for n in self.plan.answering(letter) if n in self.last_words
            ]
            if first and not rhymes(first[0], word.text, strict=False):
                return UsageError(
                    f"{where}, which does not rhyme with {first[0]}",
                    "--rhyme off leaves the line ends free",
                )
            return UsageError(
                f"{where}, which too few words rhyme with",
                "end the line with another word, or leave its end to poet",
            )
        return UsageError(
            f"line {number + 1}: after {word.text} the line cannot be ended in {metre.name}",
            "end the prompt before it",
        )

    def _close(self, state: State, number: int, words: list[_Read]) -> State:
        """The state after a line that the prompt gives whole."""
        table = self.plan.table(number)
        kinds = endings(table.metre, table.set_of(state.at))
        if not words or not kinds:
            feet = "ends too early" if words else "has no words"
            raise UsageError(
                f"line {number + 1} {feet} for {table.metre.name}",
                "leave its line break out and poet writes on, or ask for another --form",
            )
        ends, rhymed = self._ends(state, number, words[-1])
        if not ends:
            raise self._no_end(number, words[-1])
        self.last_words[number] = words[-1].text.lower()
        state = state._replace(form=-1, ends=ends, given_rhyme=rhymed, node=None)
        return self._begin(self.constraint.end_line(state))

    def _begin(self, state: State) -> State:
        """The state at the head of the next line: the empty one is written with the prompt."""
        if state.next == BEGIN or state.next == COPY or state.next == END:
            return state
        return self.constraint.begin_line(state)

    def _forgiven(self, state: State, number: int, text: str) -> State:
        """The state after a whole line that breaks the rules: its rhyme counts if it is one."""
        line = self.plan.lines[number]
        if line.is_copied:
            tokens = tuple(self.constraint.vocabulary.tokenizer.encode(text).tolist())
            state = state._replace(copies=(*state.copies, (number, tokens)))
        words = [word.text.lower() for word in words_of(_ascii(text.replace("’", "'")))]
        if words and line.letter != UNRHYMED and line.copy_of is None:
            at = self.plan.letters.index(line.letter)
            if rhymed := self._rhymed(state, number, words[-1]):
                self.last_words[number] = words[-1]
                groups = (*state.rhymed[:at], rhymed, *state.rhymed[at + 1 :])
                state = state._replace(rhymed=groups)
        return self._begin(self.constraint.next_line(state))

    def _copy(
        self, state: State, number: int, text: str, tokens: tuple[int, ...], closes: bool
    ) -> State:
        """The state in a line that repeats another."""
        source = dict(state.copies)[self.plan.lines[number].copy_of or 0]
        if tokens != source[: len(tokens)] or (closes and len(tokens) < len(source)):
            given = self.constraint.vocabulary.tokenizer.decode(source)
            raise UsageError(
                f"line {number + 1} of a {self.form} is the same as line "
                f"{(self.plan.lines[number].copy_of or 0) + 1}: {given}",
                "write it the same, or end the prompt before it",
            )
        state = state._replace(offset=len(tokens))
        is_last = number == len(self.plan.lines) - 1
        if is_last and len(tokens) == len(source):
            return state._replace(next=END)
        if not closes:
            return state
        state = self.constraint.advance(state, self.constraint.vocabulary.newline)
        return state if state.next in (BEGIN, COPY) else self.constraint.begin_line(state)


def _ascii(text: str) -> str:
    """The text with its letters as far as they are known without accents: é -> e."""
    import unicodedata

    return unicodedata.normalize("NFD", text).encode("ascii", "ignore").decode("ascii")
