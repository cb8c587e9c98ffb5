"""poet write: a poem on stdout, one line about it on stderr."""

from __future__ import annotations

import secrets
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..poem import Poem
    from ..writing.prompt import Prompt
    from ..writing.writer import Writer, Writing


@click.command(
    epilog="Examples: poet write 明月 · poet write 夜雨 -f 五絕 --layout vertical · "
    "echo 春水 | poet write - -n 3 --jsonl"
)
@click.argument("prompt", required=False)
@click.option("-p", "--prompt", "prompt_option", help="The same as the argument; - is stdin.")
@click.option("-m", "--model", default="tang", show_default=True, envvar="POET_MODEL",
              metavar="NAME|PATH", help="Which poet writes.")
@click.option("-f", "--form", default="free", show_default=True,
              metavar="五絕|七絕|五律|七律|…|free", help="The form asked for.")
@click.option("--title", default="", help="A title, as a theme.")
@click.option("--author", default="", help="An author, as a style.")
@click.option("-t", "--temperature", type=float, default=0.8, show_default=True,
              help="0 takes the likeliest character, 1 the model's own odds.")
@click.option("--top-k", type=int, default=0, help="Only the k likeliest; 0 takes all.")
@click.option("--top-p", type=float, default=1.0, help="Only the likeliest that share p.")
@click.option("--min-p", type=float, default=0.0, help="None less than so likely as the first.")
@click.option("--seed", type=click.IntRange(0), help="The same seed gives the same poem.")
@click.option("-n", "count", type=click.IntRange(1), default=1, help="How many poems.")
@click.option("--max-chars", type=click.IntRange(1), default=200, show_default=True,
              help="A poem that has not ended by then is cut.")
@click.option("--layout", type=click.Choice(["lines", "couplets", "vertical"]), default="lines",
              show_default=True)
@click.option("--script", type=click.Choice(["auto", "hans", "hant"]), default="auto",
              help="Simplified or traditional; auto is the prompt's own, or the locale's.")
@click.option("--unknown", type=click.Choice(["error", "skip"]), default="error",
              help="What to do with characters of the prompt that the model has never seen.")
@click.option("--json", "as_json", is_flag=True, help="One object with all poems.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="One poem a line.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Into a file: .txt .md .html .json .jsonl.")
@click.option("--no-stream", is_flag=True, help="Print the poem when it is whole.")
def write(prompt: str | None, prompt_option: str | None, **options: Any) -> None:
    """Write a poem that begins with PROMPT, or with nothing."""
    from ..errors import UsageError
    from ..library import open
    from ..prosody.forms import find_form
    from ..writing.choosing import Taste

    if options["as_json"] and options["as_jsonl"]:
        raise UsageError("--json and --jsonl are two ways to print", "give one of them")
    text = _one_prompt(prompt, prompt_option)
    form = find_form(options["form"])
    taste = Taste(*(options[name] for name in ("temperature", "top_k", "top_p", "min_p")))
    if options["output"]:
        from ..pages.save import check_place

        check_place(options["output"])
    writer = open(options["model"])
    Session(writer, form.name if form else "", taste, options).run(text)


def _one_prompt(argument: str | None, option: str | None) -> str:
    from ..errors import UsageError

    if argument is not None and option is not None:
        raise UsageError("the prompt was given twice", "give it as an argument or with --prompt")
    text = option if argument is None else argument
    if text == "-" or (text is None and _is_piped()):
        # bytes that are no text become lone surrogates, and are left out aloud like others
        return sys.stdin.buffer.read().decode("utf-8", "surrogateescape").strip("\r\n")
    return text or ""


def _is_piped() -> bool:
    """Whether something was piped in; a closed or empty stdin is no prompt."""
    import os
    import stat

    try:
        kind = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(kind) or stat.S_ISREG(kind)


@dataclass
class Session:
    """One call of `poet write`: the poems, one after another, and what is said beside them."""

    writer: Writer
    form: str
    taste: Any
    options: dict[str, Any]

    def run(self, text: str) -> None:
        """Write all the poems that were asked for."""
        from ..pages import record
        from ..pages.save import save
        from ..writing.prompt import check_known, repair

        seed = self.options["seed"]
        self.seed = secrets.randbelow(10_000) if seed is None else seed
        prompt = repair(text, self.writer.alphabet)
        for what in prompt.repairs:
            self.note(f"the prompt was brought into the model's characters: {what}")
        if self.options["unknown"] == "error":
            check_known(prompt.text, self.writer.alphabet)
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

    @property
    def silent(self) -> bool:
        """Whether stdout holds data, so that nobody reads remarks about single poems."""
        return bool(self.options["as_json"] or self.options["as_jsonl"])

    def one(self, prompt: Prompt, number: int) -> tuple[Poem, dict[str, object]]:
        """Write one poem, show it where it is to be shown; the poem and the facts about it."""
        from ..pages.script import in_script

        writing = self.writer.write(
            prompt.text,
            form=self.form,
            title=self.options["title"],
            author=self.options["author"],
            taste=self.taste,
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
            "temperature": self.taste.temperature,
            "asked_form": self.form,
            "nats_per_character": round(writing.nats_per_character, 4),
        }
        return poem, facts

    def show(self, writing: Writing, script: str) -> None:
        """Print a poem as it comes, where that can be done; else when it is whole."""
        from ..pages.script import in_script
        from ..pages.terminal import print_poem, stream_poem

        out = self.terminal(sys.stdout)
        streams = out.tty and not self.options["no_stream"] and script == "hant"
        if streams and self.options["layout"] == "lines":
            stream_poem(
                writing,
                out,
                chinese=writing.is_chinese,
                title=self.options["title"],
                author=self.options["author"],
            )
        else:
            print_poem(in_script(writing.poem, script), out, self.options["layout"])

    def script(self, prompt: Prompt) -> Any:
        """The script that the poem is shown in."""
        import os

        from ..pages.script import script_of_locale

        asked = self.options["script"]
        return (prompt.script or script_of_locale(os.environ)) if asked == "auto" else asked

    def verdict(self, writing: Writing) -> str:
        """The one line about a poem."""
        poem = writing.poem
        parts = [poem.form] if poem.form else []
        if self.form and poem.form != self.form:
            parts.append(f"{self.form} was asked for")
        if not writing.ended:
            parts.append("cut at --max-chars")
        return " · ".join([*parts, f"{writing.nats_per_character:.2f} nats/character"])

    def again(self, text: str) -> str:
        """The line that repeats this."""
        words = ["poet", "write", *([text] if text else [])]
        words += ["-m", str(self.options["model"])]
        words += ["-f", self.form] if self.form else []
        for name in ("title", "author"):
            words += [f"--{name}", self.options[name]] if self.options[name] else []
        words += ["-t", f"{self.taste.temperature:g}"]
        defaults = type(self.taste)()
        for name in ("top_k", "top_p", "min_p"):
            value = getattr(self.taste, name)
            if value != getattr(defaults, name):
                words += [f"--{name.replace('_', '-')}", f"{value:g}"]
        words += ["-n", str(self.options["count"])] if self.options["count"] > 1 else []
        words += ["--max-chars", str(n)] if (n := self.options["max_chars"]) != 200 else []
        words += ["--unknown", "skip"] if self.options["unknown"] == "skip" else []
        return shlex.join([*words, "--seed", str(self.seed)])

    def out(self, text: str) -> None:
        from ..pages.terminal import print_text

        print_text(text, self.terminal(sys.stdout))

    def note(self, text: str) -> None:
        from ..pages.terminal import note

        note(text, self.terminal(sys.stderr))

    @staticmethod
    def terminal(stream: Any) -> Any:
        import os

        from ..pages.terminal import Terminal

        return Terminal.of(stream, os.environ)
