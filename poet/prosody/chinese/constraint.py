"""A form of Chinese verse as a constraint on writing: tones, rhymes, stops, repeats, the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple, TypeAlias

import numpy as np

from poet.errors import UsageError
from poet.prosody.base import VerseRequest
from poet.prosody.chinese.automaton import FormAutomaton
from poet.prosody.chinese.automaton import State as FormState
from poet.prosody.chinese.conflicts import explain_conflict
from poet.prosody.chinese.forgiving import Given
from poet.prosody.chinese.forms import Form
from poet.prosody.chinese.masks import Masks
from poet.prosody.chinese.next_line import next_line
from poet.prosody.chinese.request import FormRequest
from poet.prosody.chinese.rhyme_books import RhymeBook
from poet.prosody.constraint import Bools, Codes, Probs
from poet.tokenizer import EOS, UNK, CharTokenizer, Ids

Slot: TypeAlias = tuple[str, int]  # "place" and its number, "stop" and its line's, or "end"
COMMON = 6_000  # ids that are chosen among, the commonest: all others together hardly ever come
SHORTEST = 5  # characters of a line that no two poems of a call may share


class State(NamedTuple):
    """The slot that is written next, and what the form still allows."""

    slot: int
    form: FormState


class VerseConstraint:
    """The characters of a form, the stops after its lines, the end: one after the other.

    All poems have the same slots, so those that are written together are always at the same one.
    `given` is the prompt, and `is_copied` says which of several lines, codepoints (U, length),
    stand in the training text.
    """

    def __init__(
        self,
        automaton: FormAutomaton,
        masks: Masks,
        tokenizer: CharTokenizer,
        given: Given,
        is_copied: Callable[[Codes], Bools] | None = None,
    ) -> None:
        self.automaton, self.masks, self.tokenizer = automaton, masks, tokenizer
        self.stops, self.given, self.is_copied = given.stops, given.count, is_copied
        self.broken, self._loose = given.broken, given.loose
        self._texts = {**given.loose, **automaton.fixed}  # of the places that are given
        # What is fixed, the heads of an acrostic too, stands where it is due and nowhere else
        self._fixed = tokenizer.encode("".join(self._texts.values()))
        self._next: dict[tuple[State, int], State] = {}

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """What is written in turn."""
        slots: list[Slot] = []
        for place in range(self.automaton.places):
            slots.append(("place", place))
            if (line := self.automaton.ends.get(place)) is not None:
                slots.append(("stop", line))
        return (*slots, ("end", 0))

    @cached_property
    def _first(self) -> int:
        """The first slot after the prompt."""
        return self.slots.index(("place", self.given - 1)) + 1 if self.given else 0

    @cached_property
    def prompt(self) -> Ids:
        """The tokens of the prompt, with the stops between its lines, (t,)."""
        text = [
            self._texts[number] if kind == "place" else self.stops[number]
            for kind, number in self.slots[: self._first]
        ]
        # One token a place, also where a line that was forgiven is too short or too long
        ids = (self.tokenizer.encode(part)[:1] if part else [UNK] for part in text)
        return np.fromiter(chain.from_iterable(ids), np.int64)

    @cached_property
    def start(self) -> State:
        """The state after the prompt."""
        state = self.automaton.start
        for place in range(self.given):
            if place in self._loose:
                state = state and self.automaton.skip(state)
            else:
                state = state and self.automaton.step(state, self.automaton.fixed[place])
        assert state, "the caller has checked that the prompt keeps the rules"
        return State(self._first, state)

    @cached_property
    def vocab_size(self) -> int:
        """The commonest ids, and as many more as all that is fixed needs."""
        fixed = self.tokenizer.encode("".join((*self._texts.values(), *self.stops)))
        return min(len(self.tokenizer), max(COMMON, 1 + int(fixed.max(initial=0))))

    def progress(self, state: State) -> int:
        """The slots that are filled: poems that are written together are always in step."""
        return state.slot

    def is_final(self, state: State) -> bool:
        """Whether the end mark is written."""
        return state.slot == len(self.slots)

    def lines_done(self, state: State) -> int:
        """How many stops are written."""
        return sum(kind == "stop" for kind, _ in self.slots[: state.slot])

    def asks(self, state: State) -> str:
        """What the next line has to keep."""
        comes_after_stop = self.slots[state.slot][0] == "stop"
        line = self.lines_done(state) + comes_after_stop
        return next_line(self.automaton, state.form, line)

    def forced(self, states: Sequence[State], written: Ids) -> Ids | None:
        """The stop, the end mark, a fixed character or an echoed one (U,); None at other places."""
        (kind, number), U = self.slots[states[0].slot], len(states)
        if kind == "end":
            return np.full(U, EOS)
        if kind == "stop":
            return np.full(U, self.tokenizer.encode(self.stops[number])[0])
        if number in self.automaton.fixed:
            return np.full(U, self.tokenizer.encode(self.automaton.fixed[number])[0])
        if number in self.automaton.echoes:
            return written[:, self.slots.index(("place", self.automaton.echoes[number]))]
        return None

    def mask(self, states: Sequence[State], written: Ids, probs: Probs) -> None:
        """Set to 0 what the form does not allow, and characters that stand in the poem already.

        But one may be doubled on the spot, once in a poem, as in 茫茫, where a line of verse has
        its pairs: at places 1 2, 3 4, … and at its end.
        """
        rows_of: dict[State, list[int]] = {}
        for row, state in enumerate(states):
            rows_of.setdefault(state, []).append(row)
        for state, rows in rows_of.items():
            allowed = self.masks.row(self.automaton.options(state.form))[: probs.shape[1]]
            if len(rows_of) == 1:
                probs *= allowed
            else:
                probs[rows] *= allowed
        every, place = np.arange(len(probs)), self.slots[states[0].slot][1]
        doubled = probs[every, written[:, -1]] if self.automaton.ends_pair(place) else None
        np.put_along_axis(probs, written, 0, axis=1)
        probs[:, self._fixed] = 0
        if doubled is not None:
            has_pair = (written[:, 1:] == written[:, :-1]).any(1)
            probs[every, written[:, -1]] = np.where(has_pair, 0, doubled)

    def repeats(self, written: Ids, ids: Ids) -> Bools | None:
        """Which ids (A,) double the last character (U, A): no 梨梨 because the title is 梨花."""
        return written[:, -1:] == ids if written.shape[1] else None

    def advance(self, state: State, token: int) -> State:
        """The state after a token; the form's part stays where the character breaks the form."""
        known = self._next.get((state, token))
        if known is None:
            form = state.form
            if self.slots[state.slot][0] == "place":
                character = self.automaton.fixed.get(form.place) or self.tokenizer.decode([token])
                form = (self.automaton.step(form, character) if character else None) or form
            known = self._next[state, token] = State(state.slot + 1, form)
        return known

    def rejects(self, states: Sequence[State], written: Ids) -> Bools | None:
        """Which poems (U,) have just closed a line that stands in the training text."""
        kind, line = self.slots[states[0].slot - 1]
        if self.is_copied is None or kind != "stop" or self._given_in(line) == self._length(line):
            return None
        start = -1 - self._length(line)
        return self.is_copied(self.tokenizer.codes(written[:, start:-1]))

    def pieces(self, tokens: Ids) -> list[str]:
        """The text of each token; a fixed character that the model does not know is itself."""
        texts = {"place": self._texts, "stop": dict(enumerate(self.stops)), "end": {0: ""}}
        return [
            texts[kind][number] if number in texts[kind] else self.tokenizer.decode([token])
            for (kind, number), token in zip(self.slots, tokens.tolist(), strict=False)
        ]

    def own_lines(self, tokens: Ids) -> frozenset[str]:
        """The lines, without stops, that are long enough and that the prompt has not begun.

        The head of an acrostic does not begin a line in this sense.
        """
        pieces, ends = self.pieces(tokens), self.line_ends(tokens)
        starts = [0, *(end + 1 for end in ends[:-1])]
        return frozenset(
            "".join(pieces[start:end])
            for line, (start, end) in enumerate(zip(starts, ends, strict=True))
            if end - start >= SHORTEST and self._given_in(line) <= 1
        )

    def line_ends(self, tokens: Ids) -> list[int]:
        """The positions of the stops."""
        return [i for i, (kind, _) in enumerate(self.slots) if kind == "stop"]

    def rhymes(self, tokens: Ids) -> list[int]:
        """The positions of the characters that rhyme with an earlier line in every scheme."""
        schemes = self.automaton.schemes
        return [
            end - 1
            for line, end in enumerate(self.line_ends(tokens))
            if line and all(scheme.rhymes[line] for scheme in schemes)
        ]

    def _length(self, line: int) -> int:
        return self.automaton.form.lengths[line]

    def _given_in(self, line: int) -> int:
        """How many characters of a line are given."""
        end = next(place for place, number in self.automaton.ends.items() if number == line)
        places = range(end + 1 - self._length(line), end + 1)
        return sum(place in self._texts for place in places)


class ChineseConstraints:
    """Makes the constraints of requests, for one model."""

    def __init__(
        self,
        tokenizer: CharTokenizer,
        is_copied: Callable[[Codes], Bools] | None = None,
    ) -> None:
        self.tokenizer, self.is_copied = tokenizer, is_copied
        self._masks: dict[tuple[bool, bool, RhymeBook], Masks] = {}

    def of(self, asked: VerseRequest[Form]) -> VerseConstraint:
        """The constraint of a request. Raises `UsageError` where there is none."""
        request = FormRequest.from_any(asked)
        key = strict, by_class, book = (
            request.is_strict,
            request.form.uses_ci_rhyme,
            request.form.book,
        )
        if key not in self._masks:
            self._masks[key] = Masks(self.tokenizer, strict=strict, ci_rhyme=by_class, book=book)
        masks = self._masks[key]
        if masks.is_empty:
            raise UsageError(
                f"this model knows no Chinese characters to write {request.form.name} with",
                "leave the form out, or take another --model",
            )
        keys = masks.keys(request.most_rhymes + 2)
        given = Given.forgiven(request, keys) if request.forgives else Given.strict(request)
        automaton = request.automaton_with(given.fixed, request.rhyme_keys(keys))
        if automaton.start is None:
            raise explain_conflict(request, keys)
        return VerseConstraint(automaton, masks, self.tokenizer, given, self.is_copied)
