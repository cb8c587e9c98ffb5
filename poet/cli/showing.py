"""One call of `poet write` seen through: the poems to stdout, what is said of them to stderr."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import sys
from dataclasses import dataclass
from typing import Any, TextIO

from ..pages import record
from ..pages.save import save
from ..pages.terminal import Terminal, note, print_poem, print_text, stream_poem
from ..poem import Poem
from ..scripts import Script, in_script, script_of_locale
from ..writing.choosing import Sampling
from ..writing.prompt import Prompt, check_known, repair
from ..writing.writer import Writer, Writing


@dataclass
class Session:
    """One call of `poet write`: the poems, one after another, and what is said beside them."""

    writer: Writer
    form: str
    sampling: Sampling
    options: dict[str, Any]

    def run(self, text: str) -> None:
        """Write all the poems that were asked for."""
        seed = self.options["seed"]
        self.seed = secrets.randbelow(10_000) if seed is None else seed
        prompt = repair(text, self.writer.alphabet)
        if self.options["unknown"] == "error":
            check_known(prompt.text, self.writer.alphabet)
        self.read_conditions()
        for what in prompt.repairs:
            self.note(f"the prompt was brought into the model's characters: {what}")
        records, poems = [], []
        for number in range(self.options["count"]):
            poem, facts = self.one(prompt, number)
            if self.options["as_jsonl"]:
                self.out(record.to_jsonl(record.poem_record(poem, **facts)))
            if self.options["as_json"] or self.options["output"]:
                records.append(facts)
                poems.append(poem)
        if self.options["output"]:
            save(self.options["output"], poems, records)
        elif self.options["as_json"]:
            made = [record.poem_record(p, **f) for p, f in zip(poems, records, strict=True)]
            self.out(record.to_json(made))
        if not self.silent:
            self.note(f"again: {self.again(text)}")

    def read_conditions(self) -> None:
        """Bring title and author into the model's characters, and say what it does not know."""
        alphabet = self.writer.alphabet
        self.title, self.author = (
            repair(self.options[name], alphabet).text for name in ("title", "author")
        )
        if self.author and self.author not in alphabet.authors:
            self.note(
                f"the model does not know {self.author}; it writes as one of the many"
                if alphabet.authors
                else "the model was trained without authors; it writes as it always does"
            )

    @property
    def silent(self) -> bool:
        """Whether stdout holds data, so that nobody reads remarks about single poems."""
        return bool(self.options["as_json"] or self.options["as_jsonl"])

    def one(self, prompt: Prompt, number: int) -> tuple[Poem, dict[str, object]]:
        """Write one poem, show it where it is to be shown; the poem and the facts about it."""
        writing = self.writer.write(
            prompt.text,
            form=self.form,
            title=self.title,
            author=self.author,
            sampling=self.sampling,
            seed=self.seed if number == 0 else (self.seed, number),
            max_characters=self.options["max_chars"],
        )
        script = self.script(prompt)
        if not self.silent and not self.options["output"]:
            if number:
                self.out("")
            self.show(writing, script)
        poem = in_script(writing.poem, script)
        if not self.silent:
            self.note(self.verdict(writing))
        facts = {
            "model": self.options["model"],
            "seed": self.seed,
            "number": number,
            "temperature": self.sampling.temperature,
            "asked_form": self.form,
            "nats_per_character": round(writing.nats_per_character, 4),
        }
        return poem, facts

    def show(self, writing: Writing, script: Script) -> None:
        """Print a poem as it comes, where that can be done; else when it is whole."""
        out = _terminal(sys.stdout)
        streams = out.tty and not self.options["no_stream"] and script == "hant"
        if streams and self.options["layout"] == "lines":
            stream_poem(
                writing,
                out,
                chinese=writing.is_chinese,
                title=self.title,
                author=self.author,
            )
        else:
            print_poem(in_script(writing.poem, script), out, self.options["layout"])

    def script(self, prompt: Prompt) -> Script:
        """The script that the poem is shown in."""
        asked = self.options["script"]
        return (prompt.script or script_of_locale(os.environ)) if asked == "auto" else asked

    def verdict(self, writing: Writing) -> str:
        """The one line about a poem."""
        poem = writing.poem
        parts = [poem.form] if poem.form else []
        if self.form and poem.form != self.form:
            parts.append(f"{self.form} was asked for")
        if not writing.ended and not self.writer.reads_stream:
            parts.append("cut at --max-chars")
        return " · ".join([*parts, f"{writing.nats_per_character:.2f} nats/character"])

    def again(self, text: str) -> str:
        """The line that repeats this."""
        given = ["--prompt", text] if text.startswith("-") else [text]  # else an option
        words = ["poet", "write", *(given if text else [])]
        words += ["-m", str(self.options["model"])]
        words += ["-f", self.form] if self.form else []
        for name in ("title", "author"):
            words += [f"--{name}", self.options[name]] if self.options[name] else []
        words += ["-t", _number(self.sampling.temperature)]
        defaults = type(self.sampling)()
        for name in ("top_k", "top_p", "min_p"):
            value = getattr(self.sampling, name)
            if value != getattr(defaults, name):
                words += [f"--{name.replace('_', '-')}", _number(value)]
        words += ["-n", str(self.options["count"])] if self.options["count"] > 1 else []
        words += ["--max-chars", str(n)] if (n := self.options["max_chars"]) != 200 else []
        for name, default in (("layout", "lines"), ("script", "auto")):
            words += [f"--{name}", self.options[name]] if self.options[name] != default else []
        words += ["--unknown", "skip"] if self.options["unknown"] == "skip" else []
        return " ".join(map(_quoted, [*words, "--seed", str(self.seed)]))

    def out(self, text: str) -> None:
        print_text(text, _terminal(sys.stdout))

    def note(self, text: str) -> None:
        note(text, _terminal(sys.stderr))


def _quoted(word: str) -> str:
    """A word as a shell takes it; letters of any script need no quotes, unlike shlex thinks."""
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else shlex.quote(word)


def _terminal(stream: TextIO) -> Terminal:
    return Terminal.of(stream, os.environ)


def _number(value: float) -> str:
    """The number in full, as it can be typed."""
    return str(value).removesuffix(".0")
