"""Metres as values, and the automaton that reads a line in one of them.

A metre is a row of feet; a foot is a string of places, of which there may be alternatives:

    w    weak: off the beat
    s    strong: on the beat
    x    a syllable of any kind, where syllables are only counted

The automaton goes from word to word. Its states say which foot is next or under way; a line keeps
the metre if it is in a final state when its words are over (`endings`). Checking and writing use
the same automaton: verse is written by its strict rules and judged by either.

Strict, the rules are those on which handbooks agree: the primary stress of a longer word never
stands in a weak place, except at the head of a line whose first foot is turned (trochee for
iamb); an article never stands in a strong one; nor does a function word after a content word in
a weak place. Lenient, only longer words are held to their stress, and a foot may also be turned
after a pause.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

Feet = tuple[tuple[str, ...], ...]  # the alternatives of each foot
State = tuple[int, str, int]  # foot, places left of it, memory; after the last foot: its last place
States = frozenset[State]

PLAIN, HEAVY, TURNED = range(3)  # memory: what stood in the weak place just before
_NUMBERS = ("mono", "di", "tri", "tetra", "penta", "hexa", "hepta", "octa")
LENGTHS = {f"{number}meter": feet for feet, number in enumerate(_NUMBERS, 1)}
MOST_SYLLABLES = 30
_name = re.compile(r"(iambic|trochaic|anapa?estic|dactylic) (\w+)( catalectic)?")
_syllables = re.compile(r"(\d{1,2})(?: syllables?)?")


@dataclass(frozen=True, slots=True)
class Metre:
    """A metre of lines.

    `loose_feet` are the feet of a lenient reading. `can_turn` allows a turned first foot,
    `can_promote` an unstressed syllable of a longer word on the beat (*mem*-o-*ry*), `feminine` an
    unstressed syllable after the last beat.
    """

    name: str
    feet: Feet
    loose_feet: Feet
    can_turn: bool = False
    can_promote: bool = True
    feminine: bool = False

    def __hash__(self) -> int:
        return hash(self.name)  # metres of one name are equal, and tables by metre need it quick

    @property
    def templates(self) -> tuple[str, ...]:
        """The places of the line, a string for each way to choose its feet.

        >>> metre("iambic trimeter").templates, metre("anapaestic dimeter").templates
        (('wswsws',), ('wwswws', 'wswws'))
        """
        return tuple("".join(feet) for feet in product(*self.feet))

    @property
    def syllables(self) -> int:
        """How many syllables a line has that uses the first alternative of each foot."""
        return sum(len(foot[0]) for foot in self.feet)

    @property
    def is_syllabic(self) -> bool:
        """Whether only syllables are counted."""
        return self.feet[0] == ("x",)

    @property
    def kind(self) -> str:
        """iambic, trochaic, anapaestic, dactylic, or syllabic."""
        return "syllabic" if self.is_syllabic else self.name.split()[0]


@lru_cache(maxsize=256)
def metre(name: str) -> Metre:
    """The metre of this name: `iambic pentameter`, `7 syllables`. `ValueError` for others.

    >>> metre("trochaic tetrameter catalectic").feet
    (('sw',), ('sw',), ('sw',), ('s',))
    """
    wanted = " ".join(name.lower().split())
    if count := _syllables.fullmatch(wanted):
        number = int(count[1])
        if not 1 <= number <= MOST_SYLLABLES:
            raise ValueError(f"a line has 1 to {MOST_SYLLABLES} syllables, not {number}")
        feet: Feet = (("x",),) * number
        return Metre(f"{number} syllable{'s' * (number > 1)}", feet, feet)
    parsed = _name.fullmatch(wanted)
    if not parsed or parsed[2] not in LENGTHS:
        raise ValueError(f"{name!r} is no metre; such are iambic pentameter, or 7 syllables")
    kind, number = parsed[1].replace("anapest", "anapaest"), LENGTHS[parsed[2]]
    wanted = f"{kind} {parsed[2]}{parsed[3] or ''}"
    if kind == "iambic" and not parsed[3]:
        feet = (("ws",),) * number
        return Metre(wanted, feet, feet, can_turn=True, feminine=True)
    if kind == "anapaestic" and not parsed[3]:
        rest = number - 1
        return Metre(
            wanted,
            (("wws", "ws"), *(("wws",),) * rest),
            (("wws", "ws"),) * number,
            can_promote=False,
            feminine=True,
        )
    last: tuple[str, ...]
    if kind == "trochaic":
        last = ("s",) if parsed[3] else ("sw", "s")
        feet = (*(("sw",),) * (number - 1), last)
        return Metre(wanted, feet, feet)
    if kind == "dactylic":
        last = ("sw", "s") if parsed[3] else ("sww", "sw", "s")
        return Metre(
            wanted,
            (*(("sww",),) * (number - 1), last),
            (*(("sww", "sw"),) * (number - 1), last),
            can_promote=False,
        )
    raise ValueError(f"{name!r} is no metre: only trochees and dactyls are catalectic")


def start(metre: Metre) -> States:
    """The states before the first word of a line."""
    return frozenset([(0, "", PLAIN)])


def step(
    metre: Metre,
    states: States,
    readings: tuple[str, ...],
    *,
    strict: bool = True,
    after_pause: bool = False,
) -> States:
    """The states after a word with these readings (see `poet.prosody.english.syllables`).

    They are the union over the readings; none are left if the word cannot stand here.

    >>> iambs = metre("iambic dimeter")
    >>> states = step(iambs, step(iambs, start(iambs), ("A",)), ("10",))  # the morning
    >>> endings(iambs, states), endings(iambs, step(iambs, states, ("C",)))
    (frozenset(), frozenset({'masculine'}))
    """
    after_pause = after_pause and not strict  # only lenient readers turn a foot there
    return frozenset(
        after
        for state in states
        for reading in readings
        for after in _word(metre, state, reading, strict, after_pause)
    )


def endings(metre: Metre, states: States) -> frozenset[str]:
    """How a line can end that is over now: `masculine`, `feminine`; empty if it cannot.

    Where syllables are only counted both are possible.
    """
    return frozenset(
        kind
        for foot, last, _ in states
        if foot >= len(metre.feet)
        for kind, place in (("masculine", "s"), ("feminine", "w"))
        if last in (place, "x")
    )


@lru_cache(maxsize=1 << 17)
def _word(
    metre: Metre, state: State, reading: str, strict: bool, after_pause: bool
) -> frozenset[State]:
    states = [state]
    for i, syllable in enumerate(reading):
        turns = i == 0 and (after_pause or state[:2] == (0, ""))
        states = [
            after for each in states for after in advance(metre, each, syllable, strict, turns)
        ]
    return frozenset(states)


def advance(metre: Metre, state: State, syllable: str, strict: bool, turns: bool) -> list[State]:
    """The states after a syllable; `turns` where it stands at the head of a line or clause."""
    foot, left, memory = state
    feet = metre.feet if strict else metre.loose_feet
    if foot >= len(feet):
        may_end = metre.feminine and foot == len(feet) and syllable in "0FA"
        return [(foot + 1, "w", PLAIN)] if may_end else []
    after: list[State] = []
    for places in (left,) if left else feet[foot]:
        found = _place(metre, foot, places, memory, syllable, strict, turns and not left)
        if found is None:
            continue
        rest = places[1:]
        if rest:
            after.append((foot, rest, found))
        else:
            after.append((foot + 1, places if foot + 1 == len(feet) else "", found))
    return after


def _place(
    metre: Metre, foot: int, places: str, memory: int, syllable: str, strict: bool, turns: bool
) -> int | None:
    """What is remembered after a syllable in the first of these places; None if it is wrong."""
    place = places[0]
    if place == "x":
        return PLAIN
    if place == "w":
        if syllable == "1":
            return TURNED if turns and metre.can_turn else None
        return HEAVY if syllable == "C" else PLAIN
    if memory == TURNED:
        return PLAIN if syllable in "0A" or (syllable in "F2" and not strict) else None
    if syllable == "0":
        return PLAIN if metre.can_promote else None
    if strict:
        if syllable == "A":
            return None
        is_first = foot == 0 and metre.can_turn
        if syllable == "F" and memory == HEAVY and not is_first:
            return None
    return PLAIN
