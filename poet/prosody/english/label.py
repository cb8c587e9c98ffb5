"""Which metres a line fits, all read at once: to label poems for training, and to find a form.

The automata of all metres run side by side as one, whose transitions are kept as they are found.
So a line costs little more than a look-up for each of its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from poet.prosody.english.forms import metre_token
from poet.prosody.english.metre import States, endings, metre, start, step
from poet.prosody.english.syllables import Word, syllable_classes, words_of

_NAMES = {
    "iambic": "pentameter tetrameter trimeter dimeter hexameter heptameter",
    "trochaic": "tetrameter trimeter dimeter pentameter octameter",
    "anapaestic": "tetrameter trimeter dimeter",
    "dactylic": "tetrameter trimeter dimeter hexameter",
}
METRES = tuple(metre(f"{kind} {n}") for kind, lengths in _NAMES.items() for n in lengths.split())
_MOST_LINES = 24  # that are read of a poem: enough to know its metre
_LEAST_SCORE = 0.5  # that a line must have on average
# What a line counts for that only lenient readers hear, who hear threes in most lines
_LENIENT = {one.name: 0.6 if one.can_promote else 0.25 for one in METRES}
_DACTYLIC = 0.8  # what its lines count for: short lines of iambs are often dactyls by chance
_OF_TOKEN: dict[str, list[str]] = {}  # the names of the metres that have a form token
for _metre in METRES:
    _OF_TOKEN.setdefault(metre_token(_metre), []).append(_metre.name)
_MOST_STATES = 1 << 16

Readings = tuple[str, ...]


class Fit(NamedTuple):
    """The names of the metres that a line fits strictly, and of all that it fits."""

    strict: frozenset[str]
    lenient: frozenset[str]


class _Joint:
    """The automata of all metres, each strict and lenient, as one deterministic automaton.

    A state of it is a number; `states` has what it stands for, `fits` what a line fits that is
    over there, `after` where a word leads to.
    """

    def __init__(self) -> None:
        self.numbers: dict[tuple[States, ...], int] = {}
        self.states: list[tuple[States, ...]] = []
        self.fits: list[Fit] = []
        self.after: list[dict[int, int]] = []
        self.readings: list[tuple[Readings, Readings]] = []  # by number: strict and lenient
        # The numbers of the readings of words that stand alone, and of those that run on
        self.words: tuple[dict[str, int], dict[str, int]] = ({}, {})
        self.start = self._number(tuple(start(one) for one in METRES for _ in range(2)))
        self.dead = self._number((frozenset(),) * 2 * len(METRES))

    def fit(self, line: str) -> Fit | None:
        """The metres that a line fits; None where one of its words is unknown."""
        state = self.start
        for word in words_of(line):
            number = self.words[word.runs_on].get(word.text) or self._read(word)
            if not number:
                return None
            key = 2 * number + word.after_pause
            following = self.after[state].get(key)
            state = self._step(state, key) if following is None else following
        return self.fits[state]

    def _read(self, word: Word) -> int:
        """The number of a word's readings; 0 where it is unknown."""
        text = word.text.lower()
        readings = (syllable_classes(text), syllable_classes(text, False, word.runs_on))
        if not readings[1]:
            return 0
        if readings not in self.readings:
            self.readings.append(readings)
        number = self.words[word.runs_on][word.text] = self.readings.index(readings) + 1
        return number

    def _step(self, state: int, key: int) -> int:
        readings, after_pause = self.readings[key // 2 - 1], bool(key % 2)
        self.after[state][key] = self._number(
            tuple(
                step(
                    METRES[i // 2], at, readings[i % 2], strict=i % 2 == 0, after_pause=after_pause
                )
                for i, at in enumerate(self.states[state])
            )
        )
        return self.after[state][key]

    def _number(self, states: tuple[States, ...]) -> int:
        if states not in self.numbers:
            self.numbers[states] = len(self.states)
            self.states.append(states)
            self.after.append({})
            strict, lenient = (
                frozenset(m.name for m, at in zip(METRES, half, strict=True) if endings(m, at))
                for half in (states[::2], states[1::2])
            )
            self.fits.append(Fit(strict, strict | lenient))
        return self.numbers[states]


_joint = cache(_Joint)


def fit(line: str) -> Fit | None:
    """The metres that a line fits; None where one of its words is unknown.

    >>> sorted(fit("The curfew tolls the knell of parting day,").strict)
    ['iambic pentameter']
    """
    if len(_joint().states) > _MOST_STATES:  # a text of noise has no end of them
        _joint.cache_clear()
    return _joint().fit(line)


def metre_of(lines: Sequence[str]) -> str | None:
    """The form token of a poem by its metre; None where it has none. Blank lines do not count.

    Only the first 24 lines are read. `sonnet` is fourteen lines of iambic pentameter.

    >>> metre_of(["Tell me not, in mournful numbers,", "Life is but an empty dream!"])
    'trochaic'
    """
    verse = [line for line in lines if line.strip()]
    fits = list(map(fit, verse[:_MOST_LINES]))
    known = sum(each is not None for each in fits)
    if 2 * known < len(fits) or not known:
        return None
    scores = _scores(fits, 2)
    if len(fits) % 5 == 0:  # limericks
        scores["anapaestic"] = max(scores["anapaestic"], _scores(fits, 5)["anapaestic"])
    best = max(scores, key=scores.__getitem__)
    if scores[best] < _LEAST_SCORE * known:
        return None
    return "sonnet" if best == "iambic pentameter" and len(verse) == 14 else best or None


def _scores(fits: Sequence[Fit | None], period: int) -> dict[str, float]:
    """How well lines fit the metres of each form token, where the metre comes again so often."""
    sums: list[dict[str, float]] = [dict.fromkeys(_LENIENT, 0.0) for _ in range(period)]
    for i, each in enumerate(fits):
        for name in each.lenient if each else ():
            sums[i % period][name] += 1 if each and name in each.strict else _LENIENT[name]
    scores = {
        token: sum(max(place[name] for name in names) for place in sums)
        for token, names in _OF_TOKEN.items()
    }
    scores["dactylic"] *= _DACTYLIC
    scores[""] = max(sum(place[name] for place in sums) for name in _OF_TOKEN[""])
    scores["common metre"] = sum(
        place[("iambic tetrameter", "iambic trimeter")[i % 2]] for i, place in enumerate(sums)
    )
    return scores
