"""poet write: a poem on stdout, one line about it on stderr."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click


@click.command(
    epilog="Examples: poet write 明月 · poet write 夜雨 -f 五絕 --layout vertical · "
    "echo 春水 | poet write - -n 3 --jsonl"
)
@click.argument("prompt", required=False)
@click.option("-p", "--prompt", "prompt_option", help="The same as the argument; - is stdin.")
@click.option(
    "-m",
    "--model",
    default="tang",
    show_default=True,
    envvar="POET_MODEL",
    metavar="NAME|PATH",
    help="Which poet writes.",
)
@click.option(
    "-f",
    "--form",
    default="free",
    show_default=True,
    metavar="五絕|七絕|五律|七律|…|free",
    help="The form asked for.",
)
@click.option("--title", default="", help="A title, as a theme.")
@click.option("--author", default="", help="An author, as a style.")
@click.option(
    "-t",
    "--temperature",
    type=float,
    default=0.8,
    show_default=True,
    help="0 takes the likeliest character, 1 the model's own odds.",
)
@click.option("--top-k", type=int, default=0, help="Only the k likeliest; 0 takes all.")
@click.option("--top-p", type=float, default=1.0, help="Only the likeliest that share p.")
@click.option("--min-p", type=float, default=0.0, help="None less than so likely as the first.")
@click.option("--seed", type=click.IntRange(0), help="The same seed gives the same poem.")
@click.option("-n", "count", type=click.IntRange(1), default=1, help="How many poems.")
@click.option(
    "--max-chars",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    help="A poem that has not ended by then is cut.",
)
@click.option(
    "--layout",
    type=click.Choice(["lines", "couplets", "vertical"]),
    default="lines",
    show_default=True,
)
@click.option(
    "--script",
    type=click.Choice(["auto", "hans", "hant"]),
    default="auto",
    help="Simplified or traditional; auto is the prompt's own, or the locale's.",
)
@click.option(
    "--unknown",
    type=click.Choice(["error", "skip"]),
    default="error",
    help="What to do with characters of the prompt that the model has never seen.",
)
@click.option("--json", "as_json", is_flag=True, help="One object with all poems.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="One poem a line.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Into a file: .txt .md .html .json .jsonl.",
)
@click.option("--no-stream", is_flag=True, help="Print the poem when it is whole.")
def write(prompt: str | None, prompt_option: str | None, **options: Any) -> None:
    """Write a poem that begins with PROMPT, or with nothing."""
    from ..errors import UsageError
    from ..library import open
    from ..prosody.forms import find_form
    from ..writing.choosing import Sampling
    from .showing import Session

    if options["as_json"] and options["as_jsonl"]:
        raise UsageError("--json and --jsonl are two ways to print", "give one of them")
    if options["output"] and (options["as_json"] or options["as_jsonl"]):
        raise UsageError("the name of the file says how it is written", "leave --json out")
    text = _one_prompt(prompt, prompt_option)
    form = find_form(options["form"])
    sampling = Sampling(*(options[name] for name in ("temperature", "top_k", "top_p", "min_p")))
    if options["output"]:
        from ..pages.save import check_place

        check_place(options["output"])
    writer = open(options["model"])
    Session(writer, form.name if form else "", sampling, options).run(text)


def _one_prompt(argument: str | None, option: str | None) -> str:
    from ..errors import UsageError

    if argument is not None and option is not None:
        raise UsageError("the prompt was given twice", "give it as an argument or with --prompt")
    text = option if argument is None else argument
    if text == "-":  # and only then: a pipe that nobody closes would be waited for without end
        # bytes that are no text become lone surrogates, and are left out aloud like others
        return sys.stdin.buffer.read().decode("utf-8", "surrogateescape").strip("\r\n")
    return text or ""
