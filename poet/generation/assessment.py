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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from poet.generation.drafts import Drafts
from poet.generation.prompt import Prepared, prepare
from poet.generation.request import WriteRequest
from poet.generation.result import Generation
from poet.generation.sampling import Sampling
from poet.generation.smc import Particles, Watch
from poet.generation.writer import Writer
from poet.novelty.index import Novelty
from poet.poem import Poem, in_script
from poet.prosody.base import ScanResult, VerseRequest
from poet.prosody.find import prosody_of, prosody_of_text
from poet.scripts import Script

SEEDS = 10_000  # one below it is taken where none is asked for: short enough to be typed again


def compose(
    writer: Writer,
    request: WriteRequest,
    *,
    say: Callable[[str], None] = lambda remark: None,
    script: Script = "hant",
    watch: Watch | None = None,
    show_draft: Callable[[Poem], None] | None = None,
) -> Iterator[WrittenPoem]:
    """Write the poems of a request, one after another; each can be read while it is written.

    `say` receives remarks on what had to be changed for the model; `script` is the script of the
    poems where neither the request nor its prompt decides; `watch` sees the candidates of verse in
    a form while they are written, and may raise to stop; `show_draft` is given, on other threads,
    such verse as far as it has come, which is not yet what will be chosen. Raises `InputError` for
    characters that the model does not know, `UsageError` where prompt and form exclude each other,
    and, while poems are written, `FormNotReached`.
    """
    asked = prepare(request, writer.tokenizer, writer.reads_stream)
    for remark in asked.remarks:
        say(remark)
    seed = secrets.randbelow(SEEDS) if request.seed is None else request.seed
    if terms := _terms(request, asked):
        prosody_of(terms.form).lines_given(terms)  # raises before the first poem is asked for
    likely = asked.script or script
    chosen = likely if request.script == "auto" else request.script
    if show_draft:
        watch = _showing(show_draft, lambda poem: _in_full(poem, request, asked, chosen), watch)
    return (
        WrittenPoem(
            writer=writer,
            request=request,
            asked=asked,
            generation=generation,
            sampling=sampling,
            seed=seed,
            number=number,
            script=chosen,
        )
        for number, (sampling, generation) in enumerate(
            _generate(writer, request, asked, seed, watch)
        )
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

    def __str__(self) -> str:
        """The poem, one line of verse a row."""
        return "\n".join(self.poem.lines)

    def __iter__(self) -> Iterator[str]:
        """Its characters as they come, in the script of the model."""
        return iter(self.generation)

    @cached_property
    def poem(self) -> Poem:
        """The whole poem, in the script asked for, with its title as it was typed."""
        return _in_full(self.generation.poem, self.request, self.asked, self.script)

    @property
    def signature(self) -> str:
        """Who wrote it, where a poet's manner was asked for: never the name of that poet alone."""
        return _signature(self.asked)

    @property
    def indents(self) -> tuple[int, ...]:
        """The columns by which each line is set in, as its form has it in print."""
        return _indents(self.request)

    def _repr_html_(self) -> str:
        """The poem as a notebook shows it."""
        return self.poem._repr_html_()

    @cached_property
    def terms(self) -> VerseRequest[Any] | None:
        """What was asked of the form; None without one."""
        return _terms(self.request, self.asked)

    @property
    def own_lines(self) -> frozenset[int]:
        """The lines of verse in a form, from 1 on, that the user wrote whole."""
        return prosody_of(self.terms.form).lines_given(self.terms) if self.terms else frozenset()

    @cached_property
    def scan(self) -> ScanResult | None:
        """The scan of the poem, with all doubts; None in a language without rules."""
        text, form = self.generation.poem.text, self.request.verse_form
        prosody = prosody_of(form) if form else prosody_of_text(text)
        return prosody.scan(text, form) if prosody and text else None

    @cached_property
    def novelty(self) -> Novelty | None:
        """How new the poem is, where the model has an index of its training text."""
        index = self.writer.index
        return index.novelty(self.generation.poem) if index else None

    @cached_property
    def judged(self) -> ScanResult | None:
        """The scan of verse in a form, without doubts about what the user wrote."""
        if not (self.request.verse_form or self.generation.poem.form):
            return None
        if not self.scan or not self.scan.form:
            return None
        return self.scan.as_asked(self.terms) if self.terms else self.scan

    @property
    def verdict(self) -> str:
        """Form, rhyme and faults in a line, and how the user's own words may be read."""
        if not self.judged:
            return ""
        open_ = self.scan.left_open(self.terms) if self.scan and self.terms else []
        return " · ".join([self.judged.summary(self.request.is_strict), *open_])

    @property
    def summary(self) -> str:
        """One line about the poem: verdict, novelty, likelihood."""
        parts = [self.verdict] if self.verdict else []
        if not self.generation.ended and not self.writer.reads_stream:
            parts.append(
                f"cut after {self.request.max_characters or self.writer.max_characters} characters"
            )
        if self.novelty:
            copied, lines = self.novelty.copied_lines, self.novelty.lines
            parts.append(f"{len(copied)} of {lines} lines are in the training text")
            if own := len(self.own_lines.intersection(copied)):
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


def _in_full(poem: Poem, request: WriteRequest, asked: Prepared, script: Script) -> Poem:
    """A poem, or its beginning, as it is shown: in its script, with title, author and indents."""
    full = replace(
        poem, title=asked.shown_title, author=_signature(asked), indents=_indents(request)
    )
    return in_script(full, script)


def _signature(asked: Prepared) -> str:
    return f"poet, after {asked.author}" if asked.author else ""


def _indents(request: WriteRequest) -> tuple[int, ...]:
    return getattr(request.verse_form, "indents", ())


def _showing(
    show: Callable[[Poem], None], in_full: Callable[[Poem], Poem], watch: Watch | None
) -> Watch:
    """What shows drafts, besides watching."""
    drafts = Drafts(lambda text: show(in_full(Poem(text))))

    def watch_and_show(particles: Particles) -> None:
        if watch:
            watch(particles)
        drafts.watch(particles)

    return watch_and_show


def _terms(request: WriteRequest, asked: Prepared) -> VerseRequest[Any] | None:
    """What is asked of the form, in the characters of the model; None without a form."""
    if request.verse_form is None:
        return None
    return VerseRequest(
        request.verse_form,
        asked.prompt,
        asked.acrostic,
        request.strictness or "strict",
        request.rhyme or "auto",
    )


def _generate(
    writer: Writer, request: WriteRequest, asked: Prepared, seed: int, watch: Watch | None
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
            poems = writer.poems(asked.prompt, form=form, seeds=seeds, watch=watch, **options)
        else:
            options["max_characters"] = request.max_characters
            poems = (writer.write(asked.prompt, seed=own, **options) for own in seeds)
        yield from ((sampling, poem) for poem in poems)
