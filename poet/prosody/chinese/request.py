"""A request for a poem in a form: prompt, acrostic, tones and rhyme, put in their places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import accumulate

from poet.characters import STOPS, is_han
from poet.errors import UsageError
from poet.prosody.base import VerseRequest
from poet.prosody.chinese.automaton import FormAutomaton, Keys
from poet.prosody.chinese.forms import FORMS, Form
from poet.prosody.chinese.patterns import schemes


@dataclass(frozen=True, slots=True)
class FormRequest(VerseRequest[Form]):
    """What a poem in a form has to satisfy.

    `strictness`: strict (all readings of a character must fit), lenient (one must) or off (only
    lengths and rhyme count). `rhyme`: auto, off, or a group such as 東. `acrostic`: the characters
    that the lines begin with.
    """

    @classmethod
    def from_any(cls, request: VerseRequest[Form]) -> FormRequest:
        """The request with what Chinese makes of it."""
        return cls(*(getattr(request, field.name) for field in fields(VerseRequest)))

    @property
    def fixed(self) -> dict[int, str]:
        """Place, from 0 on -> the character that stands there.

        Raises `UsageError` where they do not fit into the form.
        """
        return self._prompted | self._heads

    @property
    def given(self) -> int:
        """How many places the prompt fills."""
        return len(self._prompted)

    @property
    def places(self) -> dict[tuple[int, int], str]:
        """Line and place, from 1 on -> "prompt" or "acrostic", for each that the user filled."""
        fixed, prompted = self.fixed, self.given
        starts = [0, *accumulate(self.form.lengths)]
        return {
            (line + 1, place + 1): "prompt" if starts[line] + place < prompted else "acrostic"
            for line, length in enumerate(self.form.lengths)
            for place in range(length)
            if starts[line] + place in fixed
        }

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
        placed: dict[int, str] = {}
        ends = set(accumulate(self.form.lengths))
        for character in self.prompt:
            if character in STOPS:
                if len(placed) not in ends:
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
                placed[len(placed)] = character
        if len(placed) > sum(self.form.lengths):
            raise UsageError(
                f"the prompt has {len(placed)} characters, {self.form.name} has "
                f"{sum(self.form.lengths)}",
                "shorten it, or ask for a longer --form",
            )
        return placed

    @property
    def _heads(self) -> dict[int, str]:
        lines = len(self.form.lengths)
        if len(self.acrostic) > lines:
            longer = [f.name for f in FORMS if len(f.lengths) >= len(self.acrostic)]
            raise UsageError(
                f"the acrostic has {len(self.acrostic)} characters, {self.form.name} has "
                f"{lines} lines",
                f"{' '.join(longer)} would take it" if longer else "give fewer characters",
            )
        starts = [0, *accumulate(self.form.lengths)]
        placed = {}
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
            placed[start] = head
        return placed

    def _lengths(self) -> str:
        lengths = dict.fromkeys(self.form.lengths)
        return str(*lengths) if len(lengths) == 1 else ", ".join(map(str, self.form.lengths))

    @property
    def most_rhymes(self) -> int:
        """The largest number of lines that have to rhyme with each other."""
        return max(
            (max(Counter(filter(None, s.rhymes)).values(), default=0) for s in schemes(self.form)),
            default=0,
        )

    def automaton(self, keys: Keys) -> FormAutomaton:
        """The rules of the form with all that is fixed, and the rhymes a model can choose from.

        Its `start` is None where prompt or acrostic break the rules; which character breaks which
        rule is told by `poet.prosody.chinese.conflicts`. Raises `UsageError` for a rhyme that the
        form or the model does not have.
        """
        return self.automaton_with(self.fixed, self.rhyme_keys(keys))

    def rhyme_keys(self, keys: Keys) -> Keys:
        """Of the rhymes that a model can choose from, those that were asked for."""
        if self.rhyme in ("auto", "off"):
            return keys
        if not self.most_rhymes:
            raise UsageError(f"{self.form.name} does not rhyme", "leave --rhyme out")
        return self._asked_keys(keys)

    def automaton_with(self, fixed: Mapping[int, str], keys: Keys) -> FormAutomaton:
        """The rules with these characters in their places, whether they can be kept or not."""
        return FormAutomaton.of(
            self.form, tones=self.strictness, rhyme=self.rhyme != "off", fixed=fixed, keys=keys
        )

    def _asked_keys(self, known: Keys) -> Keys:
        book = self.form.book
        group = book.find_group(self.rhyme)
        if self.form.uses_ci_rhyme:
            keys = frozenset(book.ci_classes(group))
        elif not group.is_level:
            raise UsageError(
                f"{self.form.name} needs a level-tone rhyme; {group} is oblique",
                f"the level groups are {' '.join(str(g) for g in book.groups if g.is_level)}",
            )
        else:
            keys = frozenset({group.index})
        if not keys & known:
            raise UsageError(
                f"the model knows too few characters that rhyme in {group}",
                "--rhyme auto takes a group that has enough",
            )
        return keys
