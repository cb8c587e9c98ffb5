"""What words do to the states of a metre, as bit sets over all readings of a lexicon at once.

The automaton of `poet.prosody.english.metre` goes from state to state with each word. Steering asks
which of all words may follow, so the answers for every reading are worked out once and kept:

    set of states    an integer, a bit for each state
    after            for each reading the set of states it leads to, and how a line ends with it
    open             the states from which a line can still be ended, given who may end it
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.prosody.english.metre import Metre, State, States, endings, start, step

Bools: TypeAlias = NDArray[np.bool_]
Bits: TypeAlias = int  # a set of states
MOST_STATES = 64


class After(NamedTuple):
    """What each of G readings does."""

    states: NDArray[np.uint64]  # (G,) the states that it leads to
    masculine: Bools  # (G,) whether a line can end with it so
    feminine: Bools


class MetreTable:
    """A metre over the readings of a lexicon (`Lexicon.readings`)."""

    def __init__(self, metre: Metre, readings: tuple[tuple[str, ...], ...], strict: bool) -> None:
        self.metre, self.readings, self.strict = metre, readings, strict
        self._after: dict[Bits, After] = {}
        self._foot: dict[Bits, int] = {}
        self.states = self._reachable()
        self._number = {state: number for number, state in enumerate(self.states)}
        S, G = len(self.states), len(readings)
        self._next = np.zeros((S, G), np.uint64)
        self._ends = np.zeros((2, S, G), bool)
        for s, state in enumerate(self.states):
            for g, ways in enumerate(readings):
                after = step(metre, frozenset([state]), ways, strict=strict)
                self._next[s, g] = self.bits(after)
                ends = endings(metre, after)
                self._ends[:, s, g] = "masculine" in ends, "feminine" in ends

    def _reachable(self) -> tuple[State, ...]:
        """Every state that a line can come to, by these readings or by others."""
        ways = tuple(sorted({way for ways in self.readings for way in ways} | set("012CFA")))
        found = dict.fromkeys(start(self.metre))
        queue = list(found)
        while queue:
            state = frozenset([queue.pop()])
            for pause in (False,) if self.strict else (False, True):
                for after in step(self.metre, state, ways, strict=self.strict, after_pause=pause):
                    if after not in found:
                        found[after] = None
                        queue.append(after)
        assert len(found) <= MOST_STATES
        return tuple(found)

    @property
    def start(self) -> Bits:
        """The states before the first word of a line."""
        return self.bits(start(self.metre))

    def bits(self, states: States) -> Bits:
        """A set of states as an integer; states that strict words never come to are left out."""
        return sum(1 << self._number[state] for state in states if state in self._number)

    def set_of(self, bits: Bits) -> States:
        """And back."""
        return frozenset(self.states[number] for number in self._numbers(bits))

    def foot(self, bits: Bits) -> int:
        """How many feet are surely full."""
        found = self._foot.get(bits)
        if found is None:
            feet = [self.states[number][0] for number in self._numbers(bits)]
            found = self._foot[bits] = min(feet, default=0)
        return found

    def _numbers(self, bits: Bits) -> list[int]:
        return [number for number in range(len(self.states)) if bits >> number & 1]

    def after(self, bits: Bits) -> After:
        """What each reading does in one of these states."""
        found = self._after.get(bits)
        if found is None:
            rows = self._numbers(bits)
            states = np.bitwise_or.reduce(self._next[rows], axis=0, initial=0, dtype=np.uint64)
            masculine, feminine = self._ends[0][rows].any(0), self._ends[1][rows].any(0)
            found = self._after[bits] = After(states, masculine, feminine)
        return found

    def open(self, masculine: Bools, feminine: Bools) -> Bits:
        """The states from which a line can still be ended.

        The arguments say which readings (G,) the words have that may be its last, masculine and
        feminine.
        """
        ends = (self._ends[0] & masculine).any(1) | (self._ends[1] & feminine).any(1)  # (S,)
        while True:
            bits = np.uint64(_packed(ends))
            more = ends | ((self._next & bits) > 0).any(1)
            if (more == ends).all():
                return int(bits)
            ends = more

    def reached(self, bits: Bits) -> Bits:
        """All states that can be come to from some of these, themselves among them."""
        while True:
            new = bits | int(np.bitwise_or.reduce(self.after(bits).states, initial=0))
            if new == bits:
                return bits
            bits = new


def _packed(flags: Bools) -> int:
    return sum(1 << number for number in np.flatnonzero(flags).tolist())
