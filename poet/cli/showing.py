"""One call of `poet write` seen through: the poems to stdout, what is said of them to stderr."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TextIO

from poet.characters import is_chinese
from poet.cli.options import SAID
from poet.cli.rerun import again
from poet.cli.verdicts import Judgement, given_by
from poet.errors import InputError
from poet.generation.prompt import Prompt, check_known, repair
from poet.generation.result import Generation
from poet.generation.sampling import Sampling
from poet.generation.writer import Writer
from poet.poem import Poem
from poet.prosody.chinese.forms import Form
from poet.render import record
from poet.render.terminal import Terminal, note, print_poem, print_text, stream_poem
from poet.scripts import Script, in_script, script_of_locale
from poet.tokenizer import CharTokenizer

CONDITIONS = ("title", "about", "author", "acrostic", "mood")


@dataclass
class Session:
    """One call of `poet write`: the poems, one after another, and what is said beside them."""

    writer: Writer
    form: Form | None
    samplings: tuple[Sampling, ...]  # a ladder of them, or one
    options: dict[str, Any]

    def run(self, text: str) -> None:
        """Write all the poems that were asked for."""
        seed = self.options["seed"]
        self.seed = secrets.randbelow(10_000) if seed is None else seed
        prompt = self.read(text)
        given = given_by(self.form, prompt.text, self.asked["acrostic"])
        is_kept = bool(self.options["output"] or self.options["as_json"])  # else memory stays flat
        poems: list[Poem] = []
        records: list[dict[str, Any]] = []
        written = 0
        try:
            for number, (sampling, writing) in enumerate(self.writings(prompt)):
                if not self.silent and len(self.samplings) > 1:
                    self.note(f"temperature {sampling.temperature:g}")
                judged = Judgement(self.writer, writing, self.form, self.options, given)
                poem = self.show(judged, prompt, number)
                facts = self.facts(judged, number, sampling)
                if self.options["as_jsonl"]:
                    self.out(record.to_jsonl(record.poem_record(poem, **facts)))
                if is_kept:
                    poems.append(poem)
                    records.append(facts)
                written += 1
        finally:  # what was written before something went wrong is not lost
            if poems:
                self.keep(poems, records)
            if written and not self.silent:
                self.note(f"again: {again(text, self.options, self.seed)}")

    def facts(self, judged: Judgement, number: int, sampling: Sampling) -> dict[str, Any]:
        """What JSON says of a poem beside its text; `poet.render.record` explains it."""
        return {
            "model": self.options["model"],
            "seed": self.seed,
            "number": number,
            "temperature": sampling.temperature,
            "asked_form": self.form.name if self.form else "",
            "nats_per_character": round(judged.writing.nats_per_character, 4),
            **judged.facts,
        }

    def keep(self, poems: list[Poem], records: list[dict[str, Any]]) -> None:
        """Put poems where they go together: into a file, or into one object."""
        if self.options["output"]:
            from poet.render.export import save

            save(self.options["output"], poems, records)
            self.note(f"written: {self.options['output']}")
        elif self.options["as_json"]:
            made = [record.poem_record(p, **f) for p, f in zip(poems, records, strict=True)]
            self.out(record.to_json(made))

    def read(self, text: str) -> Prompt:
        """Bring what was typed into the model's characters, aloud; raise where that cannot be."""
        tokenizer = self.writer.tokenizer
        prompt = repair(text, tokenizer)
        own = {
            name: repair(_words(self.options[name], tokenizer), tokenizer) for name in CONDITIONS
        }
        if self.options["unknown"] == "error":
            for asked in (prompt, own["acrostic"]):
                check_known(asked.text, tokenizer)
        self.asked = {name: condition.text for name, condition in own.items()}
        if self.asked["author"] and self.asked["author"] not in tokenizer.authors:
            self.note(
                f"the model does not know {self.asked['author']}; it writes as one of the many"
                if tokenizer.authors
                else "the model was trained without authors; it writes as it always does"
            )
        if self.writer.reads_stream and (self.asked["title"] or self.asked["about"]):
            self.note("the model was trained on text without titles; it writes as it always does")
        for name, brought in {"prompt": prompt, **own}.items():
            for what in brought.repairs:
                self.note(f"the {name} was brought into the model's characters: {what}")
        for name in ("title", "about", "mood"):
            try:
                check_known(self.asked[name], tokenizer)
            except InputError as error:  # no part of the poem: it can be written all the same
                self.note(f"{error.message}; in the {name} that is read as unknown")
        if prompt.script is None and own["acrostic"].script:
            prompt = replace(prompt, script=own["acrostic"].script)
        return prompt

    def writings(self, prompt: Prompt) -> Iterator[tuple[Sampling, Generation]]:
        """The poems to come, each with how boldly it is written."""
        count = self.options["count"]
        for sampling in self.samplings:
            seeds = ((self.seed, number) if number else (self.seed,) for number in range(count))
            guidance = self.options["guidance"]
            asked: dict[str, Any] = {**self.asked, "sampling": sampling, "guidance": guidance}
            if self.form is not None:
                names = ("tones", "rhyme", "best_of", "particles")
                keep = {name: self.options[name] for name in names}
                poems = self.writer.poems(prompt.text, form=self.form, seeds=seeds, **asked, **keep)
                yield from ((sampling, writing) for writing in poems)
            else:
                most = self.options["max_chars"]
                for seed in seeds:
                    yield (
                        sampling,
                        self.writer.write(prompt.text, seed=seed, max_characters=most, **asked),
                    )

    @property
    def silent(self) -> bool:
        """Whether stdout holds data, so that nobody reads remarks about single poems."""
        return bool(self.options["as_json"] or self.options["as_jsonl"])

    def show(self, judged: Judgement, prompt: Prompt, number: int) -> Poem:
        """Print a poem where it is to be printed, and what is to be said of it; the poem."""
        script = self.script(prompt)
        if not self.silent and not self.options["output"]:
            if number:
                self.out("")
            self.print(judged, script)
        if not self.silent:
            self.note(judged.line)
        return in_script(judged.writing.poem, script)

    def print(self, judged: Judgement, script: Script) -> None:
        """Print a poem as it comes, where that can be done; else when it is whole."""
        writing = judged.writing
        out = _terminal(sys.stdout)
        marks = [mark for mark in self.options["show"] if mark not in SAID]
        streams = out.tty and not self.options["no_stream"] and script == "hant"
        if marks:
            from poet.render.annotated import format_annotated

            poem = in_script(writing.poem, script)
            self.out(format_annotated(poem, judged.scan, marks, out.row_width))
        elif streams and self.options["layout"] == "lines":
            stream_poem(
                writing,
                out,
                chinese=writing.is_chinese,
                title=self.asked["title"],
                author=self.asked["author"],
            )
        else:
            print_poem(in_script(writing.poem, script), out, self.options["layout"])

    def script(self, prompt: Prompt) -> Script:
        """The script that the poem is shown in."""
        asked: str = self.options["script"]
        if asked == "auto":
            return prompt.script or script_of_locale(os.environ)
        return "hans" if asked == "hans" else "hant"

    def out(self, text: str) -> None:
        print_text(text, _terminal(sys.stdout))

    def note(self, text: str) -> None:
        note(text, _terminal(sys.stderr))


def _words(asked: str | tuple[str, ...], tokenizer: CharTokenizer) -> str:
    """What was asked for, as one text: Chinese words need no space between them."""
    space = "" if is_chinese(tokenizer.characters) else " "
    return asked if isinstance(asked, str) else space.join(asked)


def _terminal(stream: TextIO) -> Terminal:
    return Terminal.of(stream, os.environ)
