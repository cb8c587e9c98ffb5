"""A form as an automaton over characters: what each place asks for, given what stands before it.

All schemes of the form, and all ways to set each passage, are followed side by side; those
that a character contradicts fall away. What is known to stand later in the poem (the heads of
an acrostic, a prompt) is looked up before the first character, so that no way is followed that
could not be ended: at every place that is reached some tone is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from poet.prosody.chinese.forms import Form
from poet.prosody.chinese.patterns import Scheme, Section, schemes
from poet.prosody.chinese.readings import (
    GROUPS,
    Group,
    Tone,
    department,
    is_certain,
    neighbours,
    readings,
    tone,
)

Keys = frozenset[int]  # of what rhymes: groups of 平水韻, or departments of 詞林正韻 in a ci


class Allowed(NamedTuple):
    """One thing that a place takes: a tone, and the rhyme where it must rhyme."""

    tone: Tone
    rhyme: Keys | None = None


class Hypothesis(NamedTuple):
    """A way that is still open: a scheme, a setting of its present passage, the rhymes so far."""

    scheme: int
    setting: int
    rhymes: tuple[tuple[str, Keys], ...] = ()  # class of rhyme -> what it can still be


class State(NamedTuple):
    """How far a poem has come: its next place, and the ways still open."""

    place: int
    tracks: frozenset[Hypothesis]


@dataclass(frozen=True, eq=False)
class FormAutomaton:
    """What binds the characters of one poem. Frozen; states go in and come out.

    `fixed` says which characters stand at which places (prompt, acrostic). A character that
    can be level and oblique, or whose readings the sources dispute, fits a bound place only
    where `strict` is off, or it is fixed: of those the user is the judge. `keys` are the
    rhymes to choose from, by default all.
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
    ) -> FormAutomaton:
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
        for place, other in self.echoes.items():
            if place in self.fixed and self.fixed[place] != self.fixed.get(other):
                return None
        tracks = self._open(0, {(scheme, ()) for scheme in range(len(self.schemes))})
        return State(0, tracks) if tracks else None

    def options(self, state: State) -> tuple[Allowed, ...]:
        """What the next place takes. One of them must be met."""
        found: dict[Allowed, None] = {}
        for track in state.tracks:
            asked, name = self._asked(track, state.place)
            wanted = {"平": Tone.LEVEL, "仄": Tone.OBLIQUE, "中": Tone.EITHER}[asked]
            found[Allowed(wanted, self._keys(track, name) if name else None)] = None
        return tuple(found)

    def step(self, state: State, character: str) -> State | None:
        """The state after the next character; None where it breaks every rule still open."""
        strict = self.strict and state.place not in self.fixed
        is_sure = not strict or is_certain(character)
        own = tone(character) if is_sure else Tone.UNKNOWN  # which only free places take
        tracks = set()
        for track in state.tracks:
            asked, name = self._asked(track, state.place)
            if not fits(asked, own, strict=strict):
                continue
            if name:
                left = self._rhyming(track, name, character, asked, state.place)
                if not left:
                    continue
                rhymes = {**dict(track.rhymes), name: left}
                track = track._replace(rhymes=tuple(sorted(rhymes.items())))
            tracks.add(track)
        place = state.place + 1
        if place < self.places and self._where[place][1] == 0:  # the next passage, set in any way
            found = self._open(place, {(track.scheme, track.rhymes) for track in tracks})
        else:
            found = frozenset(tracks)
        return State(place, found) if found else None

    def _rhyming(
        self, track: Hypothesis, name: str, character: str, asked: str, place: int
    ) -> Keys:
        """What a class can still be once the character at a place rhymes in it."""
        keys, own = self._keys(track, name), self.keys_of(character, asked)
        if place in self.fixed:
            return keys & own or keys & self._near(own, place)
        return keys & own

    def _asked(self, track: Hypothesis, place: int) -> tuple[str, str]:
        """The tone that a way asks for at a place, and the class that it rhymes in, or nothing."""
        number, at = self._where[place]
        scheme = self.schemes[track.scheme]
        line = self.ends.get(place)
        rhyme = "" if line is None else scheme.rhymes[line]
        return scheme.passages[number].settings[track.setting].tones[at], rhyme

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

    def keys_of(self, character: str, asked: str) -> Keys:
        """What a character rhymes as, where its place asks for 平 or 仄."""
        return self._of_groups(readings(character), asked)

    def _of_groups(self, groups: Iterable[Group], asked: str) -> Keys:
        found = [g for g in groups if asked == "中" or g.is_level == (asked == "平")]
        if self.form.rule == "ci":
            return frozenset(d for group in found for d in department(group))
        return frozenset(group.index for group in found)

    @cached_property
    def _where(self) -> tuple[tuple[int, int], ...]:
        return tuple(
            (number, at)
            for number, passage in enumerate(self.schemes[0].passages)
            for at in range(sum(passage.lengths))
        )

    def _keys(self, track: Hypothesis, name: str) -> Keys:
        before = dict(track.rhymes).get(name)
        allowed = self._possible[track.scheme].get(name, frozenset())
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
        seen: set[str] = set()
        for place, line in reversed(list(self.ends.items())):  # line 1 may rhyme with a neighbour
            name = self.schemes[scheme].rhymes[line]
            if not name:
                continue
            asked, _ = self._asked(Hypothesis(scheme, 0), place)  # ends are alike in all settings
            keys = found.get(name, most) & self._sounding(asked)
            character = self.fixed.get(place)
            if character in seen and self.form.rule == "regulated":
                keys = frozenset()  # no character rhymes with itself
            elif character:
                seen.add(character)
                own = self.keys_of(character, asked)
                keys = keys & own or keys & self._near(own, place)
            found[name] = keys
        return found

    def _sounding(self, asked: str) -> Keys:
        """The rhymes that there are in a tone: none of the entering ones is level."""
        return self._of_groups(GROUPS, asked)

    def _near(self, keys: Keys, place: int) -> Keys:
        """The rhymes that the first line may stand beside, where it rhymes in `keys`."""
        if self.ends[place] or self.form.rule != "regulated":
            return frozenset()
        return frozenset(near.index for key in keys for near in neighbours(GROUPS[key]))

    def _open(
        self, place: int, among: set[tuple[int, tuple[tuple[str, Keys], ...]]]
    ) -> frozenset[Hypothesis]:
        """The ways from the beginning of the passage at `place`, of those schemes."""
        number = self._where[place][0]
        return frozenset(
            Hypothesis(scheme, setting, rhymes)
            for scheme, rhymes in among
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

    def _agrees(self, passage: Section, setting: int, number: int) -> bool:
        first = self._where.index((number, 0))
        tones, is_warned = passage.settings[setting]
        if is_warned and any(first + at not in self.fixed for at in range(passage.lengths[0])):
            return False  # only who gives the whole line may set it so
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
