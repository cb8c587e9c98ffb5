"""A form as an automaton over characters: what each place asks for, given what stands before it.

All schemes of the form, and all ways to set each passage, are followed side by side; those
that a character contradicts fall away. What is known to stand later in the poem (the heads of
an acrostic, a prompt) is looked up before the first character, so that no way is followed that
could not be ended: at every place that is reached some tone is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from .forms import Form
from .readings import GROUPS, Tone, department, neighbours, readings, tone
from .schemes import Passage, Scheme, schemes

Keys = frozenset[int]  # of what rhymes: groups of 平水韻, or departments of 詞林正韻 in a ci


class Option(NamedTuple):
    """One thing that a place takes: a tone, and the rhyme where it must rhyme."""

    tone: Tone
    rhyme: Keys | None = None


class State(NamedTuple):
    """How far a poem has come: its next place, the ways still open, the rhymes so far."""

    place: int
    tracks: frozenset[tuple[int, int]]  # (scheme, setting of the present passage)
    rhymes: tuple[tuple[str, Keys], ...]


@dataclass(frozen=True, eq=False)
class Rules:
    """What binds the characters of one poem. Frozen; states go in and come out.

    `fixed` says which characters stand at which places (prompt, acrostic). A character that
    can be level and oblique fits a bound place only where `strict` is off, or it is fixed:
    of those the user is the judge. `keys` are the rhymes to choose from, by default all.
    """

    form: Form
    schemes: tuple[Scheme, ...]
    strict: bool = True
    fixed: Mapping[int, str] = field(default_factory=dict)
    keys: Keys | None = None

    @classmethod
    def of(
        cls,
        form: Form,
        *,
        tones: str = "strict",
        rhyme: bool = True,
        fixed: Mapping[int, str] | None = None,
        keys: Keys | None = None,
    ) -> Rules:
        """The rules of a form; `tones` is strict, lenient or off."""
        found = schemes(form, tones=tones != "off", rhyme=rhyme)
        return cls(form, found, tones == "strict", fixed or {}, keys)

    @cached_property
    def places(self) -> int:
        """How many characters the poem has, stops not counted."""
        return sum(self.form.lengths)

    @cached_property
    def ends(self) -> Mapping[int, int]:
        """The last place of each line -> the number of the line."""
        return {end - 1: i for i, end in enumerate(accumulate(self.form.lengths))}

    @cached_property
    def echoes(self) -> Mapping[int, int]:
        """A place that repeats another -> that other."""
        starts = [0, *accumulate(self.form.lengths)]
        return {
            starts[line] + i: starts[line - 1] + i
            for scheme in self.schemes
            for line in scheme.echoes
            for i in range(self.form.lengths[line])
        }

    @cached_property
    def start(self) -> State | None:
        """The state before the first character; None where what is fixed breaks every scheme."""
        tracks = self._open(0, range(len(self.schemes)))
        return State(0, tracks, ()) if tracks else None

    def options(self, state: State) -> tuple[Option, ...]:
        """What the next place takes. One of them must be met."""
        found: dict[Option, None] = {}
        for scheme, setting in state.tracks:
            passage, at = self._passage(scheme, state.place)
            asked = passage.settings[setting].tones[at]
            wanted = {"平": Tone.LEVEL, "仄": Tone.OBLIQUE, "中": Tone.EITHER}[asked]
            name = self._rhyme(scheme, state.place)
            keys = self._keys(state, scheme, name) if name else None
            found[Option(wanted, keys)] = None
        return tuple(found)

    def step(self, state: State, character: str) -> State | None:
        """The state after the next character; None where it breaks every rule still open."""
        fixed = state.place in self.fixed
        tracks, rhymes = set(), dict(state.rhymes)
        for scheme, setting in state.tracks:
            passage, at = self._passage(scheme, state.place)
            asked = passage.settings[setting].tones[at]
            if not fits(asked, tone(character), strict=self.strict and not fixed):
                continue
            name = self._rhyme(scheme, state.place)
            if name:
                keys, own = self._keys(state, scheme, name), self.keys_of(character, asked)
                left = keys & own
                if fixed and not left:
                    left = keys & self._near(own, state.place)
                if not left:
                    continue
                rhymes[name] = left
            tracks.add((scheme, setting))
        place = state.place + 1
        if tracks and place < self.places and self._starts[place]:
            return self._after(State(place, self._open(place, {s for s, _ in tracks}), _r(rhymes)))
        return self._after(State(place, frozenset(tracks), _r(rhymes)))

    def ends_pair(self, place: int) -> bool:
        """Whether a place and the one before it belong together in the rhythm of the line.

        Lines go by twos, 春水|連天|碧, and close with one or three.
        """
        line = next(line for end, line in self.ends.items() if place <= end)
        at = place - sum(self.form.lengths[:line])
        return at > 0 and (at % 2 == 1 or place in self.ends)

    def takes(self, place: int, asked: str) -> bool:
        """Whether some way that is open from the start takes 平 or 仄 at a place."""
        number, at = self._where[place]
        return any(
            scheme.passages[number].settings[setting].tones[at] in (asked, "中")
            for i, scheme in enumerate(self.schemes)
            if self._can_end[i][0]
            for setting in self._settings[i][number]
        )

    def _after(self, state: State) -> State | None:
        return state if state.tracks else None

    def keys_of(self, character: str, asked: str) -> Keys:
        """What a character rhymes as, where its place asks for 平 or 仄."""
        found = [g for g in readings(character) if asked == "中" or g.is_level == (asked == "平")]
        if self.form.rule == "ci":
            return frozenset(d for group in found for d in department(group))
        return frozenset(group.index for group in found)

    @cached_property
    def _starts(self) -> tuple[bool, ...]:
        """Whether a passage begins at each place; the same in all schemes of a form."""
        starts = {0, *accumulate(sum(p.lengths) for p in self.schemes[0].passages)}
        return tuple(place in starts for place in range(self.places))

    def _passage(self, scheme: int, place: int) -> tuple[Passage, int]:
        """The passage of a scheme that holds a place, and where in it the place lies."""
        number, at = self._where[place]
        return self.schemes[scheme].passages[number], at

    @cached_property
    def _where(self) -> tuple[tuple[int, int], ...]:
        return tuple(
            (number, at)
            for number, passage in enumerate(self.schemes[0].passages)
            for at in range(sum(passage.lengths))
        )

    def _rhyme(self, scheme: int, place: int) -> str:
        """The class that a place rhymes in, or nothing."""
        line = self.ends.get(place)
        return "" if line is None else self.schemes[scheme].rhymes[line]

    def _keys(self, state: State, scheme: int, name: str) -> Keys:
        before = dict(state.rhymes).get(name)
        allowed = self._possible[scheme].get(name, frozenset())
        return allowed if before is None else before & allowed

    @cached_property
    def _possible(self) -> tuple[dict[str, Keys], ...]:
        """Of each scheme: the rhymes of each class that what is fixed leaves open."""
        return tuple(self._possible_in(scheme) for scheme in range(len(self.schemes)))

    def _possible_in(self, scheme: int) -> dict[str, Keys]:
        most = self.keys
        if most is None:
            most = frozenset(range(len(GROUPS)))  # no department has a greater number
        found: dict[str, Keys] = {}
        for place, line in reversed(list(self.ends.items())):  # line 1 may rhyme with a neighbour
            name = self.schemes[scheme].rhymes[line]
            if not name:
                continue
            keys = found.get(name, most)
            character = self.fixed.get(place)
            if character:
                own = self.keys_of(character, self._asked(scheme, place))
                keys = keys & own or keys & self._near(own, place)
            found[name] = keys
        return found

    def _near(self, keys: Keys, place: int) -> Keys:
        """The rhymes that the first line may stand beside, where it rhymes in `keys`."""
        if self.ends[place] or self.form.rule != "regulated":
            return frozenset()
        return frozenset(near.index for key in keys for near in neighbours(GROUPS[key]))

    def _asked(self, scheme: int, place: int) -> str:
        passage, at = self._passage(scheme, place)
        return passage.settings[0].tones[at]  # ends are the same in all settings

    def _open(self, place: int, among: set[int] | range) -> frozenset[tuple[int, int]]:
        """The tracks of those schemes at the beginning of the passage at `place`."""
        number = self._where[place][0]
        return frozenset(
            (scheme, setting)
            for scheme in among
            if self._can_end[scheme][number]
            for setting in self._settings[scheme][number]
        )

    @cached_property
    def _settings(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """Of each scheme and passage: the settings that agree with what is fixed in it."""
        return tuple(
            tuple(
                tuple(i for i in range(len(p.settings)) if self._agrees(p, i, number))
                for number, p in enumerate(scheme.passages)
            )
            for scheme in self.schemes
        )

    def _agrees(self, passage: Passage, setting: int, number: int) -> bool:
        first = self._where.index((number, 0))
        tones = passage.settings[setting].tones
        return all(
            fits(asked, tone(character), strict=False)
            for at, asked in enumerate(tones)
            if (character := self.fixed.get(first + at))
        )

    @cached_property
    def _can_end(self) -> tuple[tuple[bool, ...], ...]:
        """Of each scheme: whether the poem can be ended from the beginning of each passage."""
        found = []
        for number in range(len(self.schemes)):
            rhymes = all(self._possible[number].values())
            open_ = [bool(settings) for settings in self._settings[number]]
            found.append(tuple(rhymes and all(open_[i:]) for i in range(len(open_))))
        return tuple(found)


def fits(asked: str, tone: Tone, *, strict: bool) -> bool:
    """Whether a tone fits what a place asks for; one that is not known fits where not strict.

    >>> fits("平", Tone.EITHER, strict=True), fits("平", Tone.EITHER, strict=False)
    (False, True)
    """
    if asked == "中" or (tone == Tone.UNKNOWN and not strict):
        return True
    wanted = Tone.LEVEL if asked == "平" else Tone.OBLIQUE
    return tone == wanted if strict else bool(tone & wanted)


def _r(rhymes: dict[str, Keys]) -> tuple[tuple[str, Keys], ...]:
    return tuple(sorted(rhymes.items()))
