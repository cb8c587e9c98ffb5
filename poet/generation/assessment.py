"""Written poems with an assessment of each: prosody, novelty, likelihood.

`compose` is how poems are asked for:

    writer = poet.load("tang")
    for written in compose(writer, WriteRequest(form="五絕", title="夜雨", count=3)):
        for character in written:  # as they come
            print(character, end="")
        print(written.summary)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

from poet.characters import is_chinese
from poet.generation.prompt import Prepared, prepare
from poet.generation.request import MAX_CHARACTERS, WriteRequest
from poet.generation.result import Generation
from poet.generation.sampling import Sampling
from poet.generation.writer import Writer
from poet.novelty.index import Novelty
from poet.poem import Poem, in_script
from poet.prosody.chinese.forms import Form
from poet.prosody.chinese.request import FormRequest
from poet.prosody.chinese.scan import Scan, scan
from poet.scripts import Script

SEEDS = 10_000  # one below it is taken where none is asked for: short enough to be typed again
Given = Mapping[tuple[int, int], str]  # line and place, from 1 on -> "prompt" or "acrostic"


def compose(
    writer: Writer,
    request: WriteRequest,
    *,
    say: Callable[[str], None] = lambda remark: None,
    script: Script = "hant",
) -> Iterator[WrittenPoem]:
    """Write the poems of a request, one after another; each can be read while it is written.

    `say` receives remarks on what had to be changed for the model; `script` is the script of the
    poems where neither the request nor its prompt decides. Raises `InputError` for characters that
    the model does not know, `UsageError` where prompt and form exclude each other, and, while
    poems are written, `FormNotReached`.
    """
    asked = prepare(request, writer.tokenizer, writer.reads_stream)
    for remark in asked.remarks:
        say(remark)
    seed = secrets.randbelow(SEEDS) if request.seed is None else request.seed
    given = given_places(request.verse_form, asked.prompt, asked.acrostic)
    likely = asked.script or script
    return (
        WrittenPoem(
            writer=writer,
            request=request,
            asked=asked,
            generation=generation,
            sampling=sampling,
            seed=seed,
            number=number,
            script=likely if request.script == "auto" else request.script,
            given=given,
        )
        for number, (sampling, generation) in enumerate(_generate(writer, request, asked, seed))
    )


@dataclass(frozen=True, kw_only=True)
class WrittenPoem:
    """A poem of a request. Iterate for its characters; everything else finishes the poem."""

    writer: Writer
    request: WriteRequest
    asked: Prepared  # the request in the model's characters
    generation: Generation
    sampling: Sampling
    seed: int  # of the request
    number: int = 0  # which of its poems this is
    script: Script = "hant"
    given: Given  # the places that the user filled

    def __iter__(self) -> Iterator[str]:
        """Its characters as they come, in the script of the model."""
        return iter(self.generation)

    @cached_property
    def poem(self) -> Poem:
        """The whole poem, in the script asked for."""
        return in_script(self.generation.poem, self.script)

    @cached_property
    def scan(self) -> Scan:
        """The scan of the poem, with all doubts."""
        return scan(self.generation.poem.text, self.request.verse_form)

    @cached_property
    def novelty(self) -> Novelty | None:
        """How new the poem is, where the model has an index of its training text."""
        index = self.writer.index
        return index.novelty(self.generation.poem) if index else None

    @cached_property
    def judged(self) -> Scan | None:
        """The scan of verse in a form, without doubts about what the user wrote.

        How the prompt's own characters are to be read is the user's choice, and no fault.
        """
        poem = self.generation.poem
        if not poem.text or not is_chinese(poem.text) or not (self.request.verse_form or poem.form):
            return None
        if not self.scan.form:
            return None
        findings = self.scan.findings
        doubts = tuple(d for d in findings.doubts if not self._is_given(d.line, d.places))
        return replace(self.scan, findings=replace(findings, doubts=doubts))

    @property
    def verdict(self) -> str:
        """Form, rhyme and faults in a line, and which of the user's characters have two tones."""
        if not self.judged:
            return ""
        parts = [self.judged.summary(self.request.is_strict)]
        two_tones: dict[str, dict[str, None]] = {}
        for doubt in self.scan.findings.doubts if self.request.is_strict else ():
            if self._is_given(doubt.line, doubt.places):
                by = self.given[doubt.line, doubt.places[0]]
                two_tones.setdefault(by, {})[doubt.characters] = None
        parts += [f"兩讀 in the {by}: {' '.join(found)}" for by, found in two_tones.items()]
        return " · ".join(parts)

    @property
    def summary(self) -> str:
        """One line about the poem: verdict, novelty, likelihood."""
        parts = [self.verdict] if self.verdict else []
        if not self.generation.ended and not self.writer.reads_stream:
            parts.append(f"cut after {self.request.max_characters or MAX_CHARACTERS} characters")
        if self.novelty and is_chinese(self.generation.poem.text):
            copied, lines = self.novelty.copied_lines, self.novelty.lines
            parts.append(f"{len(copied)} of {lines} lines are in the training text")
            if own := sum(map(self._is_line_given, copied)):
                parts[-1] += f" ({'all' if own == len(copied) else own} from the prompt)"
        parts.append(f"{self.generation.nats_per_character:.2f} nats/character")
        return " · ".join(parts)

    @property
    def novelty_summary(self) -> str:
        """Which lines are in the training text, and the longest run shared with it."""
        if not self.novelty:
            return "novelty: this model has no index of its training text"
        copied, run = self.novelty.copied_lines, self.novelty.longest_run
        lines = f"line{'s' * (len(copied) > 1)} {', '.join(map(str, copied))}"
        where = f"{lines} {'are' if len(copied) > 1 else 'is'}" if copied else "no line is"
        shared = f"{run} characters" if run else "under five characters"
        return f"novelty: {where} in the training text; longest run shared with it: {shared}"

    @property
    def ranking_summary(self) -> str:
        """What the score of verse in a form is made of; see `poet.generation.ranking`."""
        parts = [f"{name} {value:+.2f}" for name, value in self.generation.reasons.items()]
        return f"ranking: score {self.generation.score:+.2f} from {', '.join(parts)}"

    @property
    def facts(self) -> dict[str, Any]:
        """All facts about the poem besides its text; `poet.render.record` explains each."""
        form = self.request.verse_form
        facts: dict[str, Any] = {
            "model": self.request.model or self.writer.checkpoint.info.name,
            "seed": self.seed,
            "number": self.number,
            "temperature": self.sampling.temperature,
            "asked_form": form.name if form else "",
            "nats_per_character": round(self.generation.nats_per_character, 4),
        }
        if self.judged:
            facts["verdict"] = self.verdict
            facts["keeps_the_rules"] = self.judged.keeps(self.request.is_strict)
        if self.novelty:
            facts["lines_in_training_text"] = len(self.novelty.copied_lines)
            facts["longest_shared_run"] = self.novelty.longest_run
        if self.generation.reasons:
            facts["score"] = round(self.generation.score, 4)
            reasons = self.generation.reasons.items()
            facts["ranking"] = {name: round(value, 4) for name, value in reasons}
        return facts

    def _is_given(self, line: int, places: tuple[int, ...]) -> bool:
        return all((line, place) in self.given for place in places)

    def _is_line_given(self, line: int) -> bool:
        """Whether the user wrote all of a line."""
        form = self.request.verse_form
        length = form.lengths[line - 1] if form else 0
        return length > 0 and self._is_given(line, tuple(range(1, length + 1)))


def given_places(form: Form | None, prompt: str, acrostic: str) -> Given:
    """The places of a form that the user filled, with the prompt or the acrostic.

    Raises `UsageError` where they do not fit into the form.
    """
    if form is None:
        return {}
    terms = FormRequest(form, prompt, acrostic)
    fixed, prompted = terms.fixed, terms.given
    starts = [0, *accumulate(form.lengths)]
    return {
        (line + 1, place + 1): "prompt" if starts[line] + place < prompted else "acrostic"
        for line, length in enumerate(form.lengths)
        for place in range(length)
        if starts[line] + place in fixed
    }


def _generate(
    writer: Writer, request: WriteRequest, asked: Prepared, seed: int
) -> Iterator[tuple[Sampling, Generation]]:
    """Write the poems at each temperature; the first one uses the seed itself."""
    for sampling in request.samplings:
        seeds = ((seed, number) if number else (seed,) for number in range(request.count))
        options: dict[str, Any] = {
            "title": asked.title,
            "about": asked.about,
            "author": asked.author,
            "acrostic": asked.acrostic,
            "context": asked.context,
            "sampling": sampling,
            **request.steering,
        }
        if form := request.verse_form:
            poems = writer.poems(asked.prompt, form=form, seeds=seeds, **options)
        else:
            options["max_characters"] = request.max_characters or MAX_CHARACTERS
            poems = (writer.write(asked.prompt, seed=own, **options) for own in seeds)
        yield from ((sampling, poem) for poem in poems)
