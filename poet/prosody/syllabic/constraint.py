"""Counted syllables as a constraint on writing: letter by letter, with no list of words.

The rule is one number: how many syllables a line has room for. A letter may follow while the word
that it makes still has room, a space while room is left after the word, a line break when none is.
So wherever a word can be left, the poem can go on, and no line ever comes out too long or short.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poet.errors import UsageError
from poet.prosody.base import KnownLines, VerseRequest
from poet.prosody.constraint import Bools, Probs
from poet.prosody.syllabic.syllables import VOWELS, count_syllables, line_syllables
from poet.prosody.syllabic.verse import SyllabicForm
from poet.tokenizer import EOS, CharTokenizer, Ids

MARKS = ".,;:!?…–—"  # that end a word
JOINERS = "-'’"  # after which the next word follows at once
MOST_LETTERS, MOST_CONSONANTS = 24, 5  # of a word; before its first vowel
STEP = 4  # syllables after which particles are compared
MOST_ROWS = 50_000  # remembered: some 20 MB


class State(NamedTuple):
    """How far a poem has come."""

    line: int = 0
    done: int = 0  # syllables before the word under way
    word: str = ""  # the letters of the word under way
    last: str = ""  # the character before, none at the beginning of a line
    bare: bool = False  # whether the word before has no syllable: в, or l in l'eau
    text: str = ""  # of the line so far
    closed: str = ""  # the line before, where it was written here
    ended: bool = False


class SyllabicConstraints:
    """Makes the constraints of requests, for one model."""

    def __init__(self, tokenizer: CharTokenizer, known: KnownLines | None = None) -> None:
        self.tokenizer, self.known = tokenizer, known

    def of(self, request: VerseRequest[SyllabicForm]) -> SyllabicConstraint:
        """The constraint of a request. Raises `UsageError` where no poem can satisfy it."""
        form, characters = request.form, set(self.tokenizer.characters)
        if not {" ", "\n"} <= characters or not VOWELS & characters:
            raise UsageError(
                f"this model writes no lines of letters, as a {form.name} has",
                "train a model on verse of that language, and name it with -m",
            )
        if request.rhyme not in ("auto", "off"):
            raise UsageError(f"a {form.name} does not rhyme", "leave --rhyme out")
        if len(request.acrostic) > len(form.lengths):
            raise UsageError(
                f"the acrostic has {len(request.acrostic)} letters, "
                f"a {form.name} has {len(form.lengths)} lines",
                "give fewer letters",
            )
        for letter in request.acrostic:
            if letter not in characters or not letter.isalpha():
                raise UsageError(f"no word begins with {letter!r}, which is in the acrostic")
        return SyllabicConstraint(self.tokenizer, form, request, self.known)


class SyllabicConstraint:
    """Lines of so many syllables each."""

    def __init__(
        self,
        tokenizer: CharTokenizer,
        form: SyllabicForm,
        request: VerseRequest[SyllabicForm],
        known: KnownLines | None = None,
    ) -> None:
        self.tokenizer, self.form, self.known = tokenizer, form, known
        self.acrostic = request.acrostic
        self.vocab_size = len(tokenizer)
        ids = range(tokenizer.first_character, len(tokenizer))
        self._ids = dict(zip(tokenizer.characters, ids, strict=True))
        self._letters = [c for c in tokenizer.characters if c.isalpha()]
        self._rows: dict[State, NDArray[np.float32]] = {}
        self._given = request.prompt
        self.broken: list[str] = []
        self.start = self._read_prompt(request.forgives)

    @property
    def prompt(self) -> Ids:
        """The tokens of the prompt."""
        return self.tokenizer.encode(self._given)

    def _read_prompt(self, forgives: bool) -> State:
        """The state after the prompt. Raises `UsageError` where it does not fit the form."""
        *before, last = self._given.split("\n")
        whole, open_ = [line.strip() for line in before if line.strip()], last.strip()
        count = len(self.form.lengths)
        if len(whole) + bool(open_) > count:
            raise UsageError(
                f"the prompt has {len(whole) + bool(open_)} lines, a {self.form.name} has {count}",
                "give fewer lines",
            )
        for number, line in enumerate([*whole, open_]):
            words = line_syllables(line, self.form.language)
            has, wanted = sum(n for _, n in words), self.form.lengths[min(number, count - 1)]
            if has > wanted or (number < len(whole) and has != wanted):
                wrong = f"line {number + 1} of the prompt has {has} syllables, not {wanted}: "
                wrong += ", ".join(f"{word} {n}" for word, n in words)
                if not forgives or number == len(whole):
                    lengths = " ".join(map(str, self.form.lengths))
                    raise UsageError(wrong, f"a {self.form.name} has {lengths}")
                self.broken.append(wrong)
            letter = self.acrostic[number : number + 1]
            if line and letter and line[0] != letter:
                raise UsageError(
                    f"line {number + 1} of the prompt does not begin with {letter!r}, "
                    "as the acrostic does",
                    "leave prompt or acrostic out",
                )
        self._given = "\n".join(whole if len(whole) == count else [*whole, open_])
        state = State()
        for character in self._given:
            state = self._after(state, character)
        if open_ and last[-1] == " " and self._room(state):
            self._given += " "
            state = self._after(state, " ")
        return state._replace(closed="")

    # What may follow

    def forced(self, states: Sequence[State], written: Ids) -> Ids | None:
        """None: there is a choice nearly always."""
        return None

    def mask(self, states: Sequence[State], written: Ids, probs: Probs) -> None:
        """Set to 0 what may not follow."""
        for row, state in enumerate(states):
            probs[row] *= self.row(state)

    def row(self, state: State) -> NDArray[np.float32]:
        """What may follow one state (V,)."""
        key = state._replace(text="", closed="")
        if (row := self._rows.get(key)) is None:
            row = np.zeros(self.vocab_size, np.float32)
            row[[self._ids[c] for c in self._following(state) if c in self._ids]] = 1
            row[EOS] = state.ended or (self._may_close(state) and self._is_last(state))
            if len(self._rows) >= MOST_ROWS:
                self._rows.clear()
            self._rows[key] = row
        return row

    def _following(self, state: State) -> str:
        """The characters that may follow."""
        if state.ended:
            return ""
        found = ""
        if self._takes_letter(state):
            found += "".join(c for c in self._letters if self._fits(state, c))
        if state.word and self._is_word(state):
            found += MARKS + (" " + JOINERS if self._room(state) else "")
        elif self._is_closed_word(state) and self._room(state):
            found += " "
        if self._may_close(state) and not self._is_last(state):
            found += "\n"
        return found

    def _takes_letter(self, state: State) -> bool:
        """Whether a word is under way or begins."""
        begins = state.last in ("", " ") or state.last in JOINERS
        return len(state.word) < MOST_LETTERS and bool(state.word or (begins and self._room(state)))

    def _fits(self, state: State, letter: str) -> bool:
        """Whether a letter may follow in the word under way."""
        if not state.word:
            initial = self.acrostic[state.line : state.line + 1] if not state.last else ""
            if initial and letter != initial:
                return False
        elif not letter.islower():
            return False
        word = state.word + letter
        vowels = sum(c in VOWELS for c in word.lower())
        if not vowels:
            return len(word) <= MOST_CONSONANTS
        room = self.form.lengths[state.line] - state.done
        # There are never more syllables than vowels, and counting vowels is quick
        return vowels <= room or count_syllables(word, self.form.language) <= room

    def _is_word(self, state: State) -> bool:
        """Whether the word under way can be left: it has a syllable, or is one letter between."""
        if count_syllables(state.word, self.form.language):
            return True
        return not state.bare and len(state.word) == 1

    def _is_closed_word(self, state: State) -> bool:
        """Whether a mark has closed the word before."""
        return not state.word and state.last not in ("", " ")

    def _room(self, state: State) -> int:
        """For how many syllables the line has room."""
        syllables = count_syllables(state.word, self.form.language) if state.word else 0
        return self.form.lengths[state.line] - state.done - syllables

    def _may_close(self, state: State) -> bool:
        return not self._room(state) and bool(state.word or state.last)

    def _is_last(self, state: State) -> bool:
        return state.line == len(self.form.lengths) - 1

    # States

    def advance(self, state: State, token: int) -> State:
        """The state after one more token."""
        if token == EOS:
            return state._replace(ended=True, closed=state.text, text="", word="", last="")
        return self._after(state._replace(closed=""), self.tokenizer.decode([token]))

    def _after(self, state: State, character: str) -> State:
        """The state after one more character."""
        if character == "\n":
            return State(state.line + 1, closed=state.text)
        text = state.text + character
        if character.isalpha():
            return state._replace(word=state.word + character, text=text)
        state = state._replace(last=character, text=text)
        if not state.word:
            return state
        syllables = count_syllables(state.word, self.form.language)
        return state._replace(done=state.done + syllables, word="", bare=not syllables)

    def repeats(self, written: Ids, ids: Ids) -> Bools | None:
        """None: words may come again."""
        return None

    def rejects(self, states: Sequence[State], written: Ids) -> Bools | None:
        """Which poems have just closed a line that stands in the training text."""
        known = self.known
        if known is None or not any(state.closed for state in states):
            return None
        return np.array([bool(s.closed) and known.contains_line(s.closed) for s in states])

    def progress(self, state: State) -> int:
        """Poems are compared every few syllables."""
        lengths = self.form.lengths
        return (sum(lengths[: state.line]) + (lengths[-1] if state.ended else state.done)) // STEP

    def is_final(self, state: State) -> bool:
        """Whether the end mark is written."""
        return state.ended

    def lines_done(self, state: State) -> int:
        """How many lines are whole."""
        return state.line + state.ended

    def asks(self, state: State) -> str:
        """What the next line has to keep."""
        lengths, letter = self.form.lengths, self.acrostic[state.line : state.line + 1]
        begins = f", begins with {letter}" if letter else ""
        where = f"line {state.line + 1} of {len(lengths)}"
        return f"{where}: {lengths[state.line]} syllables{begins}"

    # Finished poems

    def pieces(self, tokens: Ids) -> list[str]:
        """The text of each token; the prompt as the user wrote it."""
        rest = tokens[len(self._given) :]
        return [*self._given, *(self.tokenizer.decode([token]) for token in rest)]

    def own_lines(self, tokens: Ids) -> frozenset[str]:
        """The lines that the user did not write."""
        given = self._given.split("\n")
        return frozenset("".join(self.pieces(tokens)).split("\n")) - frozenset(given)

    def line_ends(self, tokens: Ids) -> list[int]:
        """The positions of line breaks and of the end mark."""
        ends = (self._ids["\n"], EOS)
        return [at for at, token in enumerate(tokens.tolist()) if token in ends]

    def rhymes(self, tokens: Ids) -> list[int]:
        """None: these forms do not rhyme."""
        return []
