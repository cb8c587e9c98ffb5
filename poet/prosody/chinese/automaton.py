"""A form as an automaton over characters: what each place takes, given what stands before it.

All schemes of the form, and all patterns of each section, are followed side by side; those that a
character contradicts are dropped. What is known to stand later in the poem (a prompt, the heads of
an acrostic) is taken into account before the first character, so that there are no dead ends: at
every place that is reached some tone is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from poet.prosody.chinese.forms import Form
from poet.prosody.chinese.patterns import Scheme, Section, schemes
from poet.prosody.chinese.readings import SYMBOL_TONES, Group, Tone

Keys = frozenset[int]  # rhymes: the numbers of 平水韻 groups, in a ci of 詞林正韻 classes


class Allowed(NamedTuple):
    """A tone that a place takes, and the rhymes where it must rhyme."""

    tone: Tone
    rhyme: Keys | None = None


class Hypothesis(NamedTuple):
    """A way on that is open: a scheme, a pattern of its current section, the rhymes so far."""

    scheme: int
    pattern: int
    rhymes: tuple[tuple[str, Keys], ...] = ()  # letter of the rhyme scheme -> open rhymes


class State(NamedTuple):
    """How far a poem has come: its next place, and the hypotheses that are open."""

    place: int
    hypotheses: frozenset[Hypothesis]


@dataclass(frozen=True, eq=False)
class FormAutomaton:
    """The rules for the characters of one poem. Immutable: states go in and come out.

    `fixed` maps places to the characters that stand there (prompt, acrostic). A character with a
    level and an oblique reading, or whose readings the sources dispute, fits a place that needs
    a tone only if `strict` is off or it is fixed: the user knows how it is read. `keys` are the
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
        all_schemes = schemes(form, tones=tones != "off", rhyme=rhyme)
        return cls(form, all_schemes, tones == "strict", fixed or {}, keys)

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
        """A place that repeats another one -> that one."""
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
        hypotheses = self._open(0, {(scheme, ()) for scheme in range(len(self.schemes))})
        return State(0, hypotheses) if hypotheses else None

    def options(self, state: State) -> tuple[Allowed, ...]:
        """What the next place takes: one of these."""
        options: dict[Allowed, None] = {}
        for hypothesis in state.hypotheses:
            needed, name = self._needed(hypothesis, state.place)
            wanted = SYMBOL_TONES[needed]
            options[Allowed(wanted, self._keys(hypothesis, name) if name else None)] = None
        return tuple(options)

    def step(self, state: State, character: str) -> State | None:
        """The state after the next character; None where it contradicts all hypotheses."""
        strict = self.strict and state.place not in self.fixed
        is_sure = not strict or self.form.book.is_certain(character)
        sound = self._tone(state.place, character) if is_sure else Tone.UNKNOWN  # for free places
        hypotheses = set()
        for hypothesis in state.hypotheses:
            needed, name = self._needed(hypothesis, state.place)
            if not fits(needed, sound, strict=strict):
                continue
            if name:
                left = self._rhyming(hypothesis, name, character, needed, state.place)
                if not left:
                    continue
                rhymes = {**dict(hypothesis.rhymes), name: left}
                hypothesis = hypothesis._replace(rhymes=tuple(sorted(rhymes.items())))
            hypotheses.add(hypothesis)
        return self._after(state.place + 1, hypotheses)

    def _after(self, place: int, hypotheses: Iterable[Hypothesis]) -> State | None:
        """The state at a place; at the head of a section in any of its patterns."""
        if place < self.places and self._where[place][1] == 0:
            following = self._open(
                place, {(hypothesis.scheme, hypothesis.rhymes) for hypothesis in hypotheses}
            )
        else:
            following = frozenset(hypotheses)
        return State(place, following) if following else None

    def skip(self, state: State) -> State | None:
        """The state after a place whose character binds nothing."""
        return self._after(state.place + 1, state.hypotheses)

    def line_of(self, hypothesis: Hypothesis, line: int) -> tuple[str, str]:
        """The tones that a hypothesis needs in a line of its section, and the letter of its rhyme.

        The letter is empty where the line does not rhyme.
        """
        start = sum(self.form.lengths[:line])
        places = range(start, start + self.form.lengths[line])
        needed = [self._needed(hypothesis, place) for place in places]
        return "".join(tone for tone, _ in needed), needed[-1][1]

    def _tone(self, place: int, character: str) -> Tone:
        """The usual tone of a character; any tone where the user's own line ends in it."""
        is_given_end = place in self.ends and place in self.fixed
        book = self.form.book
        return book.tone(character) if is_given_end else book.usual_tone(character)

    def _rhyming(
        self, hypothesis: Hypothesis, name: str, character: str, needed: str, place: int
    ) -> Keys:
        """What a rhyme can still be once the character at a place rhymes in it."""
        keys, rhymes = self._keys(hypothesis, name), self.keys_of(character, needed)
        if place in self.fixed:
            return keys & rhymes or keys & self._near(rhymes, place)
        return keys & rhymes

    def _needed(self, hypothesis: Hypothesis, place: int) -> tuple[str, str]:
        """The tone that a hypothesis needs at a place, and the letter it rhymes on, if any."""
        number, at = self._where[place]
        scheme = self.schemes[hypothesis.scheme]
        line = self.ends.get(place)
        rhyme = "" if line is None else scheme.rhymes[line]
        return scheme.sections[number].patterns[hypothesis.pattern].tones[at], rhyme

    def ends_pair(self, place: int) -> bool:
        """Whether a place and the one before it form a foot of the line.

        Feet have two characters, 春水|連天|碧; the last has one or three.
        """
        line = next(line for end, line in self.ends.items() if place <= end)
        at = place - sum(self.form.lengths[:line])
        return at > 0 and (at % 2 == 1 or place in self.ends)

    def takes(self, place: int, needed: str) -> bool:
        """Whether some hypothesis that is open from the start takes 平 or 仄 at a place."""
        number, at = self._where[place]
        return any(
            scheme.sections[number].patterns[pattern].tones[at] in (needed, "中")
            for i, scheme in enumerate(self.schemes)
            if self._can_end[i][0]
            for pattern in self._patterns[i][number]
        )

    def keys_of(self, character: str, needed: str) -> Keys:
        """The rhymes of a character where its place needs 平 or 仄."""
        return self._of_groups(self.form.book.readings(character), needed)

    def _of_groups(self, groups: Iterable[Group], needed: str) -> Keys:
        in_tone = [g for g in groups if needed == "中" or g.is_level == (needed == "平")]
        if self.form.uses_ci_rhyme:
            return frozenset(d for group in in_tone for d in self.form.book.ci_classes(group))
        return frozenset(group.index for group in in_tone)

    @cached_property
    def _where(self) -> tuple[tuple[int, int], ...]:
        return tuple(
            (number, at)
            for number, section in enumerate(self.schemes[0].sections)
            for at in range(sum(section.lengths))
        )

    def _keys(self, hypothesis: Hypothesis, name: str) -> Keys:
        before = dict(hypothesis.rhymes).get(name)
        allowed = self._possible[hypothesis.scheme].get(name, frozenset())
        return allowed if before is None else before & allowed

    @cached_property
    def _possible(self) -> tuple[dict[str, Keys], ...]:
        """For each scheme: the rhymes of each letter that are open, given what is fixed."""
        return tuple(self._possible_in(scheme) for scheme in range(len(self.schemes)))

    def _possible_in(self, scheme: int) -> dict[str, Keys]:
        most = self.keys
        if most is None:
            most = frozenset(
                range(len(self.form.book.groups))
            )  # no rhyme class has a greater number
        possible: dict[str, Keys] = {}
        seen: set[str] = set()
        for place, line in reversed(
            list(self.ends.items())
        ):  # line 1 may rhyme in a neighbouring group
            name = self.schemes[scheme].rhymes[line]
            if not name:
                continue
            needed, _ = self._needed(
                Hypothesis(scheme, 0), place
            )  # the ends are alike in all patterns
            keys = possible.get(name, most) & self._sounding(needed)
            character = self.fixed.get(place)
            if character in seen and self.form.is_regulated:
                keys = frozenset()  # no character rhymes with itself
            elif character:
                seen.add(character)
                rhymes = self.keys_of(character, needed)
                keys = keys & rhymes or keys & self._near(rhymes, place)
            possible[name] = keys
        return possible

    def _sounding(self, needed: str) -> Keys:
        """The rhymes that exist in a tone: none of the entering tone is level."""
        return self._of_groups(self.form.book.groups, needed)

    def _near(self, keys: Keys, place: int) -> Keys:
        """The neighbouring rhymes of `keys`, which the first line may use instead."""
        if self.ends[place] or not self.form.is_regulated:
            return frozenset()
        book = self.form.book
        return frozenset(n.index for key in keys for n in book.neighbours(book.groups[key]))

    def _open(
        self, place: int, among: set[tuple[int, tuple[tuple[str, Keys], ...]]]
    ) -> frozenset[Hypothesis]:
        """The hypotheses at the beginning of the section at `place`, for those schemes."""
        number = self._where[place][0]
        return frozenset(
            Hypothesis(scheme, pattern, rhymes)
            for scheme, rhymes in among
            if self._can_end[scheme][number]
            for pattern in self._patterns[scheme][number]
        )

    @cached_property
    def _patterns(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """For each scheme and section: the patterns that agree with what is fixed in it."""
        return tuple(
            tuple(
                tuple(i for i in range(len(p.patterns)) if self._agrees(p, i, number))
                for number, p in enumerate(scheme.sections)
            )
            for scheme in self.schemes
        )

    def _agrees(self, section: Section, pattern: int, number: int) -> bool:
        first = self._where.index((number, 0))
        tones, is_discouraged = section.patterns[pattern]
        if is_discouraged and any(first + at not in self.fixed for at in range(section.lengths[0])):
            return False  # only allowed where the user gives the whole line
        return all(
            fits(needed, self._tone(first + at, character), strict=False)
            for at, needed in enumerate(tones)
            if (character := self.fixed.get(first + at))
        )

    @cached_property
    def _can_end(self) -> tuple[tuple[bool, ...], ...]:
        """For each scheme: whether the poem can be completed from the beginning of each section."""
        can_end = []
        for number in range(len(self.schemes)):
            rhymes = all(self._possible[number].values())
            open_ = [bool(patterns) for patterns in self._patterns[number]]
            can_end.append(tuple(rhymes and all(open_[i:]) for i in range(len(open_))))
        return tuple(can_end)


def fits(needed: str, tone: Tone, *, strict: bool) -> bool:
    """Whether a tone fits what a place needs; an unknown one fits where not strict.

    >>> fits("平", Tone.EITHER, strict=True), fits("平", Tone.EITHER, strict=False)
    (False, True)
    """
    if needed == "中" or (tone == Tone.UNKNOWN and not strict):
        return True
    wanted = Tone.LEVEL if needed == "平" else Tone.OBLIQUE
    return tone == wanted if strict else bool(tone & wanted)
