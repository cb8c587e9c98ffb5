"""What is asked of a poem in a form: prompt, acrostic, tones, rhyme, all put in their places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from ..errors import UsageError
from ..poem import STOPS, is_han
from ..prosody.forms import FORMS, Form
from ..prosody.readings import GROUPS, Tone, department, find_group, readings, tone
from ..prosody.rules import Keys, Rules
from ..prosody.schemes import schemes

Tones = Literal["strict", "lenient", "off"]
NAMES = {Tone.LEVEL: "平", Tone.OBLIQUE: "仄", Tone.EITHER: "平 or 仄"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a poem in a form must keep.

    `tones`: strict takes characters all of whose readings fit, lenient those of which one does,
    off asks for lengths and rhyme alone. `rhyme`: auto, off, or a group such as 東. `acrostic`:
    the characters that the lines begin with.
    """

    form: Form
    prompt: str = ""
    acrostic: str = ""
    tones: Tones = "strict"
    rhyme: str = "auto"

    @property
    def fixed(self) -> dict[int, str]:
        """The characters that stand where: a place from 0 on -> a character.

        Raises `UsageError` where they do not fit into the form.
        """
        return self._prompted | self._heads

    @property
    def given(self) -> int:
        """How many places the prompt fills."""
        return len(self._prompted)

    @property
    def stops(self) -> tuple[str, ...]:
        """What closes each line: the prompt's own stops where it has them."""
        stops = list(self.form.stops)
        ends = list(accumulate(self.form.lengths))
        place = 0
        for character in self.prompt:
            if character in STOPS:
                stops[ends.index(place)] = character
            else:
                place += 1
        return tuple(stops)

    @property
    def _prompted(self) -> dict[int, str]:
        found: dict[int, str] = {}
        ends = set(accumulate(self.form.lengths))
        for character in self.prompt:
            if character in STOPS:
                if len(found) not in ends:
                    raise UsageError(
                        f"the prompt's {character} stands inside a line of {self.form.name}",
                        f"the lines of {self.form.name} have {self._lengths()} characters; "
                        "without its stops the prompt is laid out by itself",
                    )
            elif not is_han(character):
                raise UsageError(
                    f"{character!r} in the prompt has no place in {self.form.name}",
                    "a form takes Chinese characters; --form free takes any text",
                )
            else:
                found[len(found)] = character
        if len(found) > sum(self.form.lengths):
            raise UsageError(
                f"the prompt has {len(found)} characters, {self.form.name} has "
                f"{sum(self.form.lengths)}",
                "shorten it, or ask for a longer --form",
            )
        return found

    @property
    def _heads(self) -> dict[int, str]:
        lines = len(self.form.lengths)
        if len(self.acrostic) > lines:
            fitting = [f.name for f in FORMS if len(f.lengths) >= len(self.acrostic)]
            raise UsageError(
                f"the acrostic has {len(self.acrostic)} characters, {self.form.name} has "
                f"{lines} lines",
                f"{' '.join(fitting)} would take it" if fitting else "give fewer characters",
            )
        starts = [0, *accumulate(self.form.lengths)]
        found = {}
        for start, head in zip(starts, self.acrostic, strict=False):
            if not is_han(head):
                raise UsageError(
                    f"{head!r} in the acrostic has no place in {self.form.name}",
                    "a form takes Chinese characters",
                )
            if self._prompted.get(start, head) != head:
                raise UsageError(
                    f"the prompt begins a line with {self._prompted[start]}, "
                    f"the acrostic asks for {head}",
                    "give one of them",
                )
            found[start] = head
        return found

    def _lengths(self) -> str:
        lengths = dict.fromkeys(self.form.lengths)
        return str(*lengths) if len(lengths) == 1 else ", ".join(map(str, self.form.lengths))

    @property
    def most_rhymes(self) -> int:
        """How many lines of the form may have to rhyme with each other."""
        return max(
            (max(Counter(filter(None, s.rhymes)).values(), default=0) for s in schemes(self.form)),
            default=0,
        )

    def rules(self, keys: Keys) -> Rules:
        """The rules of these terms, `keys` being the rhymes that a model can choose from.

        Raises `UsageError` where prompt or acrostic break them: which character, which rule.
        """
        if self.rhyme not in ("auto", "off"):
            keys = self._asked_keys(keys)
        whole = self._of(self.fixed, keys)
        if whole.start is None:
            self._blame(keys)
        return whole

    def _of(self, fixed: Mapping[int, str], keys: Keys) -> Rules:
        return Rules.of(
            self.form, tones=self.tones, rhyme=self.rhyme != "off", fixed=fixed, keys=keys
        )

    def _asked_keys(self, known: Keys) -> Keys:
        group = find_group(self.rhyme)
        if self.form.rule == "ci":
            keys = frozenset(department(group))
        elif not group.is_level:
            raise UsageError(
                f"{group} is no level rhyme, which {self.form.name} asks for",
                f"the level groups are {' '.join(str(g) for g in GROUPS if g.is_level)}",
            )
        else:
            keys = frozenset({group.index})
        if not keys & known:
            raise UsageError(
                f"the model knows too few characters that rhyme in {group}",
                "--rhyme auto takes a group that has enough",
            )
        return keys

    def _blame(self, keys: Keys) -> None:
        """Name the first fixed character that breaks the rules, and what is needed there."""
        if self._of({}, keys).start is None:
            raise UsageError(
                f"the model knows too few characters that rhyme for {self.form.name}",
                "--rhyme off leaves the line ends free",
            )
        fixed = sorted(self.fixed.items())
        for count in range(1, len(fixed) + 1):
            if self._of(dict(fixed[:count]), keys).start is None:
                break
        place, character = fixed[count - 1]
        before = self._of(dict(fixed[: count - 1]), keys)
        line = next(line for end, line in before.ends.items() if place <= end)
        where = f"line {line + 1}, character {place - sum(self.form.lengths[:line]) + 1}"
        hint = f"--tones off binds only the lengths of {self.form.name}"
        hint += " and its rhyme" if self.rhyme != "off" else ""
        if place in before.echoes:
            raise UsageError(
                f"{where}: {character} is not what stands in line {line}, "
                f"which {self.form.name} repeats here",
                "give the line twice, or end the prompt before it",
            )
        asked = self._asked(before, place)
        own = tone(character)
        if own and not own & asked:
            is_end = place in before.ends
            raise UsageError(
                f"{where}: {character} is {NAMES[own]}, {NAMES[asked]} is needed there"
                + (f" ({_named(place, line, self.form, is_end)})" if self._is_regulated else ""),
                "--tones off --rhyme off binds only the lengths" if self.tones == "off" else hint,
            )
        if place in before.ends:
            rhymes = ", ".join(str(group) for group in readings(character)) or "no known group"
            raise UsageError(
                f"{where}: {character} ({rhymes}) does not rhyme as {self.form.name} needs it",
                "--rhyme off leaves the line ends free",
            )
        raise UsageError(
            f"{where}: {character} fits no way of keeping the tones of {self.form.name}, "
            "together with what stands before it",
            hint,
        )

    @property
    def _is_regulated(self) -> bool:
        return self.form.rule == "regulated" and self.tones != "off"

    def _asked(self, rules: Rules, place: int) -> Tone:
        """The tones that the schemes still open ask for at a place."""
        found = Tone.UNKNOWN
        for candidate, wanted in ((Tone.LEVEL, "平"), (Tone.OBLIQUE, "仄")):
            if rules.takes(place, wanted):
                found |= candidate
        return found


def _named(place: int, line: int, form: Form, is_end: bool) -> str:
    """The rule that asks for the tone of a place, by its name in the handbooks."""
    at = place - sum(form.lengths[:line])
    if is_end:
        return "韻腳" if line % 2 else "the line's end"
    if at % 2 and line:
        return "失對: it must answer the line above" if line % 2 else "失粘: it must follow it"
    return "平仄 of the line"
