"""What is said of a poem that was written: its prosody, its novelty, its likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

from poet.characters import is_chinese
from poet.generation.result import Generation
from poet.generation.writer import Writer
from poet.novelty.index import Novelty
from poet.prosody.chinese.forms import Form
from poet.prosody.chinese.request import FormRequest
from poet.prosody.chinese.scan import Scan, scan

Given = Mapping[tuple[int, int], str]  # line and place, from 1 on -> what filled it


def given_by(form: Form | None, prompt: str, acrostic: str) -> Given:
    """The places of a poem in a form that the user filled, with the prompt or the acrostic.

    Raises `UsageError` where they do not fit into the form.
    """
    if form is None:
        return {}
    terms = FormRequest(form, prompt, acrostic)
    starts = [0, *accumulate(form.lengths)]
    spots = [(line, p) for line, length in enumerate(form.lengths) for p in range(length)]
    return {
        (line + 1, p + 1): "prompt" if starts[line] + p < terms.given else "acrostic"
        for line, p in spots
        if starts[line] + p in terms.fixed
    }


@dataclass(frozen=True)
class Judgement:
    """A poem held against its form and against the training text, each once, when it is asked."""

    writer: Writer
    writing: Generation
    form: Form | None
    options: Mapping[str, Any]
    given: Given

    @property
    def line(self) -> str:
        """The one line about a poem; with --show novelty a second one."""
        parts = [self._prosody] if self._prosody else []
        if not self.writing.ended and not self.writer.reads_stream:
            parts.append("cut at --max-chars")
        if self.novelty and is_chinese(self.writing.poem.text):
            standing, lines = len(self.novelty.standing), self.novelty.lines
            parts.append(f"{standing} of {lines} lines stand in the training text")
            if yours := sum(map(self._is_yours, self.novelty.standing)):
                parts[-1] += f" ({'all' if yours == standing else yours} the prompt's)"
        parts.append(f"{self.writing.nats_per_character:.2f} nats/character")
        said = [" · ".join(parts)]
        if "novelty" in self.options["show"]:
            said.append(self._novelty)
        if "ranking" in self.options["show"] and self.form:
            said.append(self._ranking)
        return "\n".join(said)

    @property
    def _ranking(self) -> str:
        """What the score of the poem is made of; see `poet.generation.ranking`."""
        parts = [f"{name} {found:+.2f}" for name, found in self.writing.reasons.items()]
        return f"ranking: score {self.writing.score:+.2f} from {', '.join(parts)}"

    @property
    def facts(self) -> dict[str, Any]:
        """The same as data, for JSON."""
        facts: dict[str, Any] = {}
        if self._judged:
            facts["verdict"] = self._prosody
            facts["keeps_the_rules"] = self._judged.keeps(self._strict)
        if self.novelty:
            facts["lines_in_training_text"] = len(self.novelty.standing)
            facts["longest_shared_run"] = self.novelty.longest_run
        if self.writing.reasons:
            facts["score"] = round(self.writing.score, 4)
            facts["ranking"] = {k: round(v, 4) for k, v in self.writing.reasons.items()}
        return facts

    @cached_property
    def scan(self) -> Scan:
        """The whole scan, as it stands."""
        return scan(self.writing.poem, self.form)

    @cached_property
    def novelty(self) -> Novelty | None:
        """How new the poem is, where the model has an index of its training text."""
        return self.writer.index.novelty(self.writing.poem) if self.writer.index else None

    @cached_property
    def _judged(self) -> Scan | None:
        """The scan of a poem with a form, without doubts about what the user wrote.

        How the prompt's own characters are to be read is the user's to know, and no fault.
        """
        poem = self.writing.poem
        if not poem.text or not is_chinese(poem.text) or not (self.form or poem.form):
            return None
        if not self.scan.form:
            return None
        found = self.scan.findings
        doubts = tuple(d for d in found.doubts if not self._is_given(d.line, d.places))
        return replace(self.scan, findings=replace(found, doubts=doubts))

    def _is_given(self, line: int, places: tuple[int, ...]) -> bool:
        return all((line, place) in self.given for place in places)

    def _is_yours(self, line: int) -> bool:
        """Whether all of a line was given."""
        length = self.form.lengths[line - 1] if self.form else 0
        return length > 0 and self._is_given(line, tuple(range(1, length + 1)))

    @property
    def _strict(self) -> bool:
        return self.form is not None and self.options["tones"] == "strict"

    @property
    def _prosody(self) -> str:
        """The verdict on the poem, and which of the user's own characters have two tones."""
        if not self._judged:
            return ""
        parts = [self._judged.summary(self._strict)]
        asked: dict[str, dict[str, None]] = {}
        for doubt in self.scan.findings.doubts if self._strict else ():
            if self._is_given(doubt.line, doubt.places):
                by = self.given[doubt.line, doubt.places[0]]
                asked.setdefault(by, {})[doubt.characters] = None
        parts += [f"兩讀 in the {by}: {' '.join(found)}" for by, found in asked.items()]
        return " · ".join(parts)

    @property
    def _novelty(self) -> str:
        """Which lines stand in the training text, and the longest run shared with it."""
        if not self.novelty:
            return "novelty: this model has no index of its training text"
        standing = ", ".join(str(number) for number in self.novelty.standing)
        run = self.novelty.longest_run
        shared = f"at most {run} in a row" if run else "never five in a row"
        return (
            f"novelty: {f'lines {standing} stand' if standing else 'no line stands'} in the "
            f"training text; characters shared with it: {shared}"
        )
