"""A poem written by two, line by line: poet proposes lines, somebody takes one or writes their own.

    duet = Duet.start(poet.load("tang"), WriteRequest(form="七絕", title="夜雨", seed=5))
    first, *others = duet.propose()
    duet = duet.take(first)
    duet = duet.take("明月照大江")  # which may break the form: duet.broken says how
    print(duet.finish().poem.text)

A duet is a value: each step gives a new one. The same request with the same steps gives the same
poem.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from poet.characters import STOPS, is_chinese
from poet.errors import FormNotReached, UsageError
from poet.generation.assessment import SEEDS
from poet.generation.conditioning import Condition
from poet.generation.decoder import RecentLines
from poet.generation.engine import Floats, LSTMState
from poet.generation.free import LINE_ENDS, FreeDecoder
from poet.generation.next_line import NextLine
from poet.generation.prompt import Prepared, prepare, repair
from poet.generation.request import BEST_OF, GUIDANCE, PARTICLES, WriteRequest
from poet.generation.result import Token
from poet.generation.smc import Prefix, Watch
from poet.generation.writer import Writer
from poet.novelty.index import Novelty
from poet.poem import Poem, in_script
from poet.prosody.base import VerseRequest
from poet.prosody.constraint import FormConstraint
from poet.prosody.find import prosody_of
from poet.scripts import Script, convert

PROPOSALS = 3
ATTEMPTS = 3  # a line that was proposed already is written anew this many times


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was taken, as the model reads it."""

    text: str  # with its stop; in free verse a line break before it begins a stanza
    is_own: bool = False  # whether the user wrote it
    roll: int = 0  # after how many refusals it was taken


@dataclass(frozen=True, slots=True)
class Proposal:
    """A line that poet proposes, as it is shown and as the model reads it."""

    line: str
    text: str
    score: float  # by which proposals are ordered: higher is better


@dataclass(frozen=True, kw_only=True)
class Duet:
    """A poem under way."""

    writer: Writer
    request: WriteRequest
    asked: Prepared  # the request in the model's characters
    seed: int
    script: Script
    lines: tuple[Line, ...] = ()
    beginning: tuple[int, str] = (0, "")  # of a line, by its number: the end of the prompt
    roll: int = 0  # how often the proposals for the next line were refused
    refused: tuple[str, ...] = ()
    # Features and states of the model by what it has read: steps of one duet share them
    _readings: dict[str, tuple[Floats, LSTMState]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def start(
        cls,
        writer: Writer,
        request: WriteRequest,
        lines: Iterable[str | Line] | None = None,
        script: Script = "hant",
    ) -> Duet:
        """A duet that begins with the prompt of the request, or goes on from `lines`.

        `lines` are all lines so far, those of the prompt among them; they may break the form.
        `script` is that of the poem where neither the request nor its prompt decides. Raises
        `UsageError` and `InputError` for a request that cannot be met.
        """
        asked = prepare(request, writer.tokenizer, writer.reads_stream)
        likely = asked.script or script
        duet = cls(
            writer=writer,
            request=request,
            asked=asked,
            seed=secrets.randbelow(SEEDS) if request.seed is None else request.seed,
            script=likely if request.script == "auto" else request.script,
        )
        own, rest = duet._prompted()
        duet = replace(duet, beginning=(len(own), rest))
        if lines is None:
            return replace(duet, lines=tuple(Line(text, is_own=True) for text in own))
        for line in lines:
            taken = (line,) if isinstance(line, Line) else duet._read(line, is_own=False)
            duet = duet._with(taken)
        return duet

    def propose(self, count: int = PROPOSALS, watch: Watch | None = None) -> list[Proposal]:
        """Lines that may follow, the best first: they keep the form, and it can be completed.

        There may be fewer than `count`: where the form leaves no choice, and in free verse where
        the model would end the poem. `watch` sees candidates while they are written, and may
        raise to stop. Raises `FormNotReached` where none is found.
        """
        if self.is_finished:
            return []
        seeds = [(self.seed, len(self.lines) + 1, self.roll, i) for i in range(1, count + 1)]
        found = self._in_form(seeds, watch) if self.terms else self._free(seeds)
        shown = [Proposal(self._shown(text), text, score) for text, score in found]
        return sorted(shown, key=lambda proposal: -proposal.score)

    def take(self, line: str | Proposal) -> Duet:
        """The duet with one more line: a proposal, or the user's own, which may break the form.

        Several lines may be given at once, with line breaks between them. Raises `UsageError`
        where the poem is whole, or there is no line.
        """
        if isinstance(line, Proposal):
            return self._with((Line(line.text, roll=self.roll),))
        return self._with(self._read(line, is_own=True))

    def refuse(self, proposals: Iterable[Proposal]) -> Duet:
        """The duet that proposes others for the same line."""
        lines = (proposal.text for proposal in proposals)
        return replace(self, roll=self.roll + 1, refused=(*self.refused, *lines))

    def undo(self) -> Duet:
        """The duet before its last line; itself where there is none."""
        if not self.lines:
            return self
        return replace(self, lines=self.lines[:-1], roll=self.lines[-1].roll, refused=())

    def finish(self, watch: Watch | None = None) -> Duet:
        """The duet with all lines that are left, by poet. Raises as `propose` does."""
        if self.is_finished:
            return self
        seed = (self.seed, len(self.lines) + 1, self.roll)
        rest = self._rest_in_form(seed, watch) if self.terms else self._rest_free(seed)
        return self._with(tuple(Line(text) for text in rest))

    @cached_property
    def poem(self) -> Poem:
        """The poem so far, in the script asked for, with its title as it was typed."""
        poem = Poem(
            self.text.rstrip("\n"),
            self.asked.shown_title,
            f"poet, after {self.asked.author}" if self.asked.author else "",
            indents=getattr(self.request.verse_form, "indents", ()),
        )
        return in_script(poem, self.script)

    @property
    def is_finished(self) -> bool:
        """Whether the form is whole; free verse, whether it is as long as it may become."""
        if self.request.verse_form:
            return len(self.lines) >= len(self.request.verse_form.lengths)
        return len(self.text) >= (self.request.max_characters or self.writer.max_characters)

    @property
    def remark(self) -> str:
        """What the next line has to keep, in words."""
        if self.is_finished:
            return "the poem is whole"
        if not self.constraint:
            return f"line {len(self.lines) + 1}: free verse"
        asks = self.constraint.asks(self.constraint.start)
        return convert(asks, "t2s") if self.script == "hans" else asks

    @property
    def broken(self) -> tuple[str, ...]:
        """How lines break the form, a sentence each. What follows keeps it as far as it can."""
        return tuple(self.constraint.broken) if self.constraint else ()

    @property
    def own_lines(self) -> tuple[int, ...]:
        """The lines that the user wrote, from 1 on."""
        return tuple(number for number, line in enumerate(self.lines, 1) if line.is_own)

    @property
    def verdict(self) -> str:
        """Form, rhyme and faults in a line; empty for free verse.

        How the user's own words are to be read is the user's choice.
        """
        form = self.request.verse_form
        if not form or not self.lines:
            return ""
        return prosody_of(form).scan(self.text, form).summary(self._is_strict)

    @property
    def _is_strict(self) -> bool:
        return self.request.is_strict and not self.own_lines

    @property
    def facts(self) -> dict[str, Any]:
        """All facts about the poem besides its text; `poet.render.record` explains each."""
        form = self.request.verse_form
        facts: dict[str, Any] = {
            "model": self.request.model or self.writer.checkpoint.info.name,
            "seed": self.seed,
            "temperature": self.request.samplings[0].temperature,
            "asked_form": form.name if form else "",
            "own_lines": self.own_lines,
        }
        if form:
            facts["verdict"] = self.verdict
            facts["keeps_the_rules"] = prosody_of(form).scan(self.text, form).keeps(self._is_strict)
        if novelty := self.novelty:
            facts["lines_in_training_text"] = len(novelty.copied_lines)
            facts["longest_shared_run"] = novelty.longest_run
        return facts

    @property
    def novelty(self) -> Novelty | None:
        """How new the poem is, where the model has an index of its training text."""
        index = self.writer.index
        return index.novelty(Poem(self.text.rstrip("\n"))) if index else None

    # The text and what it asks for

    @cached_property
    def text(self) -> str:
        """The lines so far as the model reads them, the last one closed."""
        if self._is_chinese:
            return "".join(line.text for line in self.lines)
        stanzas = set(np.cumsum(getattr(self.request.verse_form, "stanzas", ())).tolist())
        return "".join(
            f"{line.text}\n\n" if number in stanzas else f"{line.text}\n"
            for number, line in enumerate(self.lines, 1)
        )

    @cached_property
    def terms(self) -> VerseRequest[Any] | None:
        """What is asked of the form, with the lines so far; None without one."""
        return self._terms(self._prompt, forgives=True)

    def _terms(self, prompt: str, forgives: bool) -> VerseRequest[Any] | None:
        request = self.request
        if request.verse_form is None:
            return None
        return VerseRequest(
            request.verse_form,
            prompt,
            self.asked.acrostic,
            request.strictness or "strict",
            request.rhyme or "auto",
            forgives,
        )

    @cached_property
    def constraint(self) -> FormConstraint | None:
        """What the rest of the poem has to satisfy; None without a form."""
        return self.writer.constraint(self.terms) if self.terms else None

    @property
    def _prompt(self) -> str:
        """The lines so far, and what the next one begins with."""
        number, beginning = self.beginning
        return self.text + (beginning if number == len(self.lines) else "")

    @cached_property
    def _is_chinese(self) -> bool:
        if form := self.request.verse_form:
            return not prosody_of(form).breaks_lines
        return is_chinese(self.writer.tokenizer.characters)

    def _shown(self, text: str) -> str:
        return convert(text, "t2s") if self.script == "hans" else text

    # Lines that come in

    def _with(self, taken: Sequence[Line]) -> Duet:
        form = self.request.verse_form
        if form and len(self.lines) + len(taken) > len(form.lengths):
            has, left = len(form.lengths), len(form.lengths) - len(self.lines)
            what = f"which has {has} lines, {'is whole' if not left else f'has {left} left'}"
            raise UsageError(f"the {form.name}, {what}", "take lines back to change them")
        return replace(self, lines=(*self.lines, *taken), roll=0, refused=())

    def _prompted(self) -> tuple[list[str], str]:
        """The whole lines of the prompt, and what it leaves unfinished.

        Raises `UsageError` where it breaks the form.
        """
        terms = self._terms(self.asked.prompt, forgives=False)
        if not terms:
            lines = _split(self.asked.prompt, self._is_chinese)
            is_open = bool(lines) and self.asked.prompt[-1] not in LINE_ENDS
            return (lines[:-1], lines[-1]) if is_open else (lines, "")
        given = prosody_of(terms.form).lines_given(terms)
        constraint = self.writer.constraint(terms)
        lines = [
            line
            for line in _split("".join(constraint.pieces(constraint.prompt)), self._is_chinese)
            if line.strip()
        ]
        whole = sum(number in given for number in range(1, len(lines) + 1))
        closed = [self._closed(line, number) for number, line in enumerate(lines[:whole])]
        return closed, "".join(lines[whole:])

    def _closed(self, line: str, number: int) -> str:
        """A whole line with its stop, where it is Chinese; its number counts from 0."""
        if not self._is_chinese or line[-1:] in STOPS:
            return line
        stops = getattr(self.request.verse_form, "stops", "，。" * (number + 1))
        return line + (stops[number] if number < len(stops) else "")

    def _read(self, text: str, *, is_own: bool) -> tuple[Line, ...]:
        """The lines in a text that was typed, in the characters of the model."""
        tokenizer = self.writer.tokenizer
        rows: list[str] = []
        for typed in text.splitlines():
            known = repair(typed, tokenizer).text
            for row in known.split("\n"):
                rows += self._divided(row.strip(), len(self.lines) + len(rows))
        number = len(self.lines)
        rows = [row for row in rows if row.strip(STOPS + " ")]
        if not rows:
            raise UsageError("there is no line in it", "write one, or take a proposal")
        starts = "\n" if not self.request.verse_form and text.startswith("\n") else ""
        closed = [self._closed(row, number + i) for i, row in enumerate(rows)]
        closed[0] = starts + closed[0]
        return tuple(Line(line, is_own, self.roll) for line in closed)

    def _divided(self, row: str, number: int) -> list[str]:
        """A row of Chinese at its stops, where that makes lines as long as the form has them.

        Otherwise it is one line, and stops within it are left out.
        """
        form = self.request.verse_form
        if not form or not self._is_chinese:
            return [row]
        parts = _split(row, is_chinese=True)
        lengths = [len(part.rstrip(STOPS)) for part in parts]
        if tuple(lengths) == tuple(form.lengths[number : number + len(parts)]):
            return parts
        bare = "".join(character for character in row if character not in STOPS)
        return [bare + (row[-1] if row[-1:] in STOPS else "")]

    # Lines that go out

    @cached_property
    def _condition(self) -> Condition:
        form, asked, request = self.request.verse_form, self.asked, self.request
        guidance = GUIDANCE if request.guidance is None else request.guidance
        subject = self.writer.subject(asked.title, asked.about)
        return self.writer.condition(form.token if form else "", subject, asked.author, guidance)

    def _read_so_far(self, text: str) -> tuple[Floats, LSTMState]:
        """Features and state of the model after the lines so far, as it goes on from them.

        The model has read most of them for an earlier line.
        """
        engine, condition = self.writer.engine, self._condition
        known = max((old for old in self._readings if text.startswith(old)), key=len, default=None)
        if known is None:
            nothing = self.writer.tokenizer.encode("")
            context = self.writer.read_context(self.asked.context)
            self._readings[known := ""] = condition.read(engine, nothing, context)
        features, state = self._readings[known]
        for token in self.writer.tokenizer.encode(text[len(known) :]):
            features, state = condition.step(engine, np.array([token]), state)
        self._readings[text] = features, state
        return features, state

    def _written(
        self, seeds: Sequence[tuple[int, ...]], line: int | None, watch: Watch | None
    ) -> Iterator[tuple[list[str], float]]:
        """Lines of the form for each seed that finds some: the one with a number, or all left."""
        assert self.terms
        assert self.constraint
        request, writer = self.request, self.writer
        form = self.terms.form
        decoder = writer.decoder(
            self.terms,
            request.samplings[0],
            request.particles or PARTICLES,
            request.best_of or (BEST_OF if form.language == "zh" else 1),
        )
        constraint = NextLine(self.constraint, len(form.lengths) - 1 if line is None else line)
        prefix = Prefix(
            writer.engine,
            constraint,
            self._condition,
            writer.read_context(self.asked.context),
            *self._read_so_far("".join(constraint.pieces(constraint.prompt))),
        )
        recent = RecentLines()
        recent.add(self.refused)
        decoder = replace(decoder, constraint=constraint, attempts=ATTEMPTS)
        found = decoder.decode_from(prefix, seeds, recent, watch)
        for each in filter(None, found):
            yield constraint.lines(each.tokens)[len(self.lines) :], each.score

    def _in_form(
        self, seeds: Sequence[tuple[int, ...]], watch: Watch | None
    ) -> list[tuple[str, float]]:
        found = [(line, score) for (line,), score in self._written(seeds, len(self.lines), watch)]
        return found or self._not_found()

    def _rest_in_form(self, seed: tuple[int, ...], watch: Watch | None) -> list[str]:
        for rest, _ in self._written([seed], None, watch):
            return rest
        return self._not_found()

    def _not_found(self) -> Any:
        raise FormNotReached(
            f"no line was found that keeps all that is asked for ({self.remark})",
            "write your own, take the last line back, or ask for less, as by --strictness lenient",
        )

    def _free(self, seeds: Sequence[tuple[int, ...]]) -> list[tuple[str, float]]:
        """Lines of free verse, each once; none for a seed with which the poem would end here."""
        found: dict[str, float] = {}
        _, beginning = self.beginning
        for seed in seeds:
            text, nats = "", list[float]()
            for token in self._free_tokens(seed):
                text += token.text
                nats.append(token.nats or 0.0)
                if text.strip() and token.text in LINE_ENDS:
                    break
            line = text.rstrip("\n")
            if line.strip() and line not in self.refused:
                begins = beginning if self._prompt != self.text else ""
                found[begins + line] = -sum(nats) / len(nats)
        return list(found.items())

    def _rest_free(self, seed: tuple[int, ...]) -> list[str]:
        """The lines until the model ends the poem."""
        text = "".join(token.text for token in self._free_tokens(seed))
        whole = self._prompt[len(self.text) :] + text.rstrip("\n")
        return _split(whole, self._is_chinese)

    def _free_tokens(self, seed: tuple[int, ...]) -> Iterator[Token]:
        """What the model writes after the lines so far."""
        writer, prompt = self.writer, self._prompt
        most = (self.request.max_characters or writer.max_characters) - len(prompt)
        decoder = FreeDecoder(
            writer.engine,
            writer.tokenizer,
            self.request.samplings[0],
            lambda verse: writer.after(prompt, verse),
            writer.index,
        )
        rng, begun = np.random.default_rng(seed), self._read_so_far(prompt)
        tokens = decoder.tokens(prompt, self._condition, rng, most, begun=begun)
        return (token for token in tokens if token.nats is not None)


def _split(text: str, is_chinese: bool) -> list[str]:
    r"""The lines of a text; one that opens a stanza has a line break before it.

    >>> _split("A moon.\n\nA lamp.", is_chinese=False), _split("春水，明月。", is_chinese=True)
    (['A moon.', '\nA lamp.'], ['春水，', '明月。'])
    """
    if is_chinese and "\n" not in text:
        return list(Poem(text).lines) if text else []
    rows = text.split("\n")
    return [
        row if before.strip() or not i else f"\n{row}"
        for i, (before, row) in enumerate(pairwise(["", *rows]))
        if row.strip()
    ]
