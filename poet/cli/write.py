"""poet write: a poem on stdout, one line about it on stderr."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from poet.cli.options import SHOWN, CommaSeparated, model_option

if TYPE_CHECKING:
    from poet.generation.sampling import Sampling
    from poet.prosody.chinese.forms import Form

# One source: poet.generation.writer, with which a test holds them equal
PARTICLES, BEST_OF, GUIDANCE = 12, 4, 2.0


@click.command(
    epilog="Examples: poet write 明月 -f 七絕 · "
    "poet write -f 五律 --rhyme 東 --show tones,pinyin · "
    "poet write -f 七絕 --acrostic 春夏秋冬 · poet write --couplet 春水連天碧 · "
    "echo 春水 | poet write - -n 3 --jsonl"
)
@click.argument("prompt", required=False)
@click.option("-p", "--prompt", "prompt_option", help="The same as the argument; - is stdin.")
@model_option("Which poet writes.")
@click.option(
    "-f",
    "--form",
    default="free",
    show_default=True,
    metavar="五絕|七絕|五律|七律|…|free",
    help="A form whose rules are kept: regulated verse, a tune of ci, or lengths such as 7x4.",
)
@click.option(
    "--tones",
    type=click.Choice(["strict", "lenient", "off"]),
    default="strict",
    show_default=True,
    help="Where a tone is asked for: characters all of whose readings fit, or one of them.",
)
@click.option(
    "--rhyme",
    default="auto",
    show_default=True,
    metavar="GROUP|auto|off",
    help="The rhyme group of a form, such as 東 or 下平八庚.",
)
@click.option(
    "--best-of",
    type=click.IntRange(1, 1024),
    default=BEST_OF,
    show_default=True,
    help="Write so many poems for each that is printed, and print the best.",
)
@click.option(
    "--particles",
    type=click.IntRange(1, 1024),
    default=PARTICLES,
    show_default=True,
    help="Candidates of a poem in a form that are steered side by side.",
)
@click.option("-a", "--acrostic", default="", help="A character for every line (藏頭).")
@click.option(
    "--couplet", default="", metavar="LINE", help="A line of Chinese to answer with its couplet."
)
@click.option("--mood", default="", help="Lines that are read before and not printed.")
@click.option("--title", default="", help="The title of the poem, which it is to be about.")
@click.option(
    "--about",
    type=CommaSeparated(click.STRING, "words"),
    default=(),
    metavar="WORD,WORD,…",
    help="A theme in a few words, without giving the poem a title.",
)
@click.option("--author", default="", help="The poet whose manner it is to have.")
@click.option(
    "--guidance",
    type=click.FloatRange(0, 10),
    default=GUIDANCE,
    show_default=True,
    help="How much title, theme and author count; 1 is as much as the model itself makes of them.",
)
@click.option(
    "-t",
    "--temperature",
    type=float,
    help="0 takes the likeliest character, 1 the model's own odds. [default: 0.8; 1 in a form]",
)
@click.option(
    "--temps",
    type=CommaSeparated(click.FLOAT, "numbers"),
    default=(),
    metavar="T,T,…",
    help="A ladder of temperatures, the poems of each in turn.",
)
@click.option("--top-k", type=int, default=0, help="Only the k likeliest; 0 takes all.")
@click.option("--top-p", type=float, default=1.0, help="Only the likeliest that share p.")
@click.option(
    "--min-p",
    type=float,
    help="None less than so likely as the first. [default: 0; 0.05 in a form]",
)
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
    "--show",
    type=CommaSeparated(click.Choice(SHOWN), "marks"),
    default=(),
    metavar=",".join(SHOWN),
    help="Marks beside the characters; how new the poem is; why it was chosen.",
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
    # Poems are written side by side in threads of our own (poet.generation.smc). Those of BLAS
    # would get in their way and take three times the processor time. Set before numpy loads
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from poet.api import load
    from poet.characters import STOPS
    from poet.cli.conflicts import check_use
    from poet.cli.showing import Session
    from poet.prosody.find import find_form

    text = _one_prompt(prompt, prompt_option)
    options["couplet"] = _closed_up(options["couplet"], r"[^\S\r\n]").rstrip(STOPS + ",.!?;:")
    options["acrostic"] = _closed_up(options["acrostic"], r"\s")
    form = _couplet(text, options) if options["couplet"] else find_form(options["form"])
    check_use(form, options)
    if options["output"]:
        from poet.render.export import check_place

        check_place(options["output"])
    session = Session(load(options["model"]), form, _samplings(form, options), options)
    session.run(options["couplet"] or text)


def _closed_up(text: str, spaces: str) -> str:
    return re.sub(spaces, "", text.strip())


def _couplet(text: str, options: dict[str, Any]) -> Form:
    from poet.errors import UsageError
    from poet.prosody.chinese.couplets import answering
    from poet.scripts import to_traditional

    if text or options["form"] != "free" or options["acrostic"]:
        raise UsageError(
            "--couplet answers one line, and nothing else", "leave prompt, form and acrostic out"
        )
    return answering(to_traditional(options["couplet"]))


def _samplings(form: Form | None, options: dict[str, Any]) -> tuple[Sampling, ...]:
    from poet.generation.sampling import Sampling

    default = Sampling.default(in_form=form is not None)
    for name in ("temperature", "min_p"):
        if options[name] is None:
            options[name] = getattr(default, name)
    temperatures = options["temps"] or (options["temperature"],)
    cuts = (options[name] for name in ("top_k", "top_p", "min_p"))
    first = Sampling(temperatures[0], *cuts)
    return tuple(replace(first, temperature=t) for t in temperatures)


def _one_prompt(argument: str | None, option: str | None) -> str:
    from poet.errors import UsageError

    if argument is not None and option is not None:
        raise UsageError("the prompt was given twice", "give it as an argument or with --prompt")
    text = option if argument is None else argument
    if text == "-":  # and only then: a pipe that nobody closes would be waited for without end
        # bytes that are no text become lone surrogates, and are left out aloud like others
        return sys.stdin.buffer.read().decode("utf-8", "surrogateescape").strip("\r\n")
    return text or ""
