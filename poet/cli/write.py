"""poet write: a poem on stdout, facts about it on stderr."""

from __future__ import annotations

import os
import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from click.core import ParameterSource

from poet.cli.completing import complete_authors, complete_forms, complete_rhyme_books
from poet.cli.options import (
    SHOWN,
    CommaSeparated,
    GroupedCommand,
    GroupedOption,
    examples,
    group_of,
    model_option,
)
from poet.cli.settings import place, settle
from poet.errors import InputError, NoEffect, UsageError
from poet.generation.request import (
    BEST_OF,
    GUIDANCE,
    MAX_CHARACTERS,
    MOST_CANDIDATES,
    PARTICLES,
    AskedScript,
    Unknown,
    WriteRequest,
)
from poet.prosody.base import Strictness

if TYPE_CHECKING:
    from poet.cli.output import Output
    from poet.language import Choice

subject = group_of("What to write")
rules = group_of("Rules of the form")
sampling = group_of("Model and sampling")
page = group_of("Output")


def _not_empty(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if (
        not value.strip()
        and ctx.get_parameter_source(str(param.name)) is not ParameterSource.DEFAULT
    ):
        raise click.BadParameter("there are no characters in it", ctx, param)
    return value


@click.command(
    cls=GroupedCommand,
    epilog=examples(
        'poet write "The moon" --form sonnet',
        'poet write --form ballad --title "The Sea at Night" --author Coleridge',
        "poet write --form quatrain --acrostic LOVE",
        "poet write 明月 --form 七絕",
        "poet write --form 五律 --title 夜雨 --show tones,pinyin",
        "poet write --form 七絕 --acrostic 春夏秋冬 --rhyme 東",
        "poet write --couplet 春水連天碧",
        "echo 春水 | poet write - -n 3 --jsonl",
    ),
)
@click.argument("prompt", required=False)
@subject("-p", "--prompt", "prompt_option", hidden=True)  # for one that begins with a dash
@subject(
    "-f",
    "--form",
    default="free",
    show_default=True,
    metavar="FORM",
    shell_complete=complete_forms,
    help="Verse form to keep. English: sonnet, ballad, limerick, haiku …; Chinese: 五絕 七絕 五律 "
    "七律 …, a tune of ci (詞牌) such as 憶江南, or line lengths such as 7x4; or free.",
)
@subject(
    "--title", default="", metavar="TEXT", help="Title of the poem, which also sets its theme."
)
@subject(
    "--about",
    type=CommaSeparated(click.STRING, "words"),
    default=(),
    metavar="WORD,…",
    help="Theme of the poem, without giving it a title.",
)
@subject(
    "--author",
    default="",
    metavar="NAME",
    shell_complete=complete_authors,
    help="Write in the style of this poet; of an English one the surname will do.",
)
@subject(
    "-a",
    "--acrostic",
    default="",
    callback=_not_empty,
    metavar="TEXT",
    help="Begin the lines with these letters or characters (藏頭).",
)
@subject(
    "--couplet",
    default="",
    callback=_not_empty,
    metavar="LINE",
    help="Answer a line of Chinese with the second line of a couplet (對聯).",
)
@subject(
    "-n",
    "--count",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Number of poems.",
)
@rules(
    "--rhyme",
    default="auto",
    show_default=True,
    metavar="GROUP",
    help="Rhyme group of 平水韻, the traditional rhyme table, such as 東 or 下平八庚, or an "
    "English word to rhyme with; off: no rhyme; auto: any rhyme.",
)
@rules(
    "--rhymes",
    default="平水",
    show_default=True,
    metavar="BOOK",
    shell_complete=complete_rhyme_books,
    help="Rhyme book of a Chinese form: 平水, the traditional one; or 新韻 or 通韻, by the sounds "
    "of Mandarin.",
)
@rules(
    "--strictness",
    "--tones",
    "strictness",
    aliases=("--tones",),
    type=click.Choice(get_args(Strictness)),
    default="strict",
    show_default=True,
    metavar="MODE",
    help="strict: every reading of a word must have the tone or stress that the form asks for; "
    "lenient: one must; off: ignore tones and metre.",
)
@rules(
    "--best-of",
    type=click.IntRange(1, MOST_CANDIDATES),
    metavar="N",
    help=f"Write N poems for each one printed, and print the best. [default: {BEST_OF}; in long "
    "English forms fewer]",
)
@rules(
    "--particles",
    type=click.IntRange(1, MOST_CANDIDATES),
    default=PARTICLES,
    show_default=True,
    metavar="N",
    help="Candidates that are steered side by side for each poem.",
)
@model_option(
    "Model that writes. [default: that of poet models default; without one, tang for Chinese, "
    "english for English, as the letters of the texts and the form say, or else the locale]",
    group="Model and sampling",
    default="",
)
@sampling(
    "-t",
    "--temperature",
    type=float,
    metavar="T",
    help="Sampling temperature: below 1 is safer, above 1 bolder than the model itself; 0 always "
    "takes the likeliest character. [default: 0.7; in a form 1, in an English one or on a title or "
    "theme 0.5]",
)
@sampling(
    "--temps",
    type=CommaSeparated(click.FLOAT, "numbers"),
    default=(),
    hidden=True,  # poems at each of several temperatures
)
@sampling(
    "--top-k",
    type=int,
    default=0,
    show_default=True,
    metavar="K",
    help="Sample from the K likeliest characters only; 0: from all.",
)
@sampling(
    "--top-p",
    type=float,
    default=1.0,
    show_default=True,
    metavar="P",
    help="Nucleus sampling: keep the likeliest characters up to total probability P.",
)
@sampling(
    "--min-p",
    type=float,
    metavar="P",
    help="Drop characters less than P times as likely as the likeliest. [default: 0.05]",
)
@sampling(
    "--guidance",
    type=click.FloatRange(0, 10),
    default=GUIDANCE,
    show_default=True,
    metavar="W",
    help="Weight of title, theme and author (classifier-free guidance); 1 adds no weight.",
)
@sampling(
    "--context",
    "--mood",
    "context",
    aliases=("--mood",),
    default="",
    metavar="TEXT",
    help="Text read before the poem and not printed.",
)
@sampling(
    "--max-chars",
    "max_characters",
    type=click.IntRange(1),
    default=MAX_CHARACTERS,
    show_default=True,
    metavar="N",
    help="Cut a poem without a form after N characters.",
)
@sampling(
    "--seed",
    type=click.IntRange(0),
    metavar="N",
    help="Random seed: the same seed gives the same poem. [default: a random one]",
)
@sampling(
    "--unknown",
    type=click.Choice(get_args(Unknown)),
    default="error",
    show_default=True,
    metavar="ACTION",
    help="How to treat characters of the prompt that the model has never seen. error: stop; skip: "
    "keep them in the poem and let the model pass over them.",
)
@page(
    "--script",
    type=click.Choice(get_args(AskedScript)),
    default="auto",
    show_default=True,
    metavar="SCRIPT",
    help="hans: simplified characters; hant: traditional; auto: as in the prompt, else as in the "
    "locale.",
)
@page(
    "--layout",
    type=click.Choice(["lines", "couplets", "vertical"]),
    default="lines",
    show_default=True,
    metavar="LAYOUT",
    help="lines: one line a row; couplets: two; vertical: columns from right to left.",
)
@page(
    "--show",
    type=CommaSeparated(click.Choice(SHOWN), "marks"),
    default=(),
    metavar="MARK,…",
    help="tones, rhyme, pinyin, gloss (a word or two of English): beside the characters; novelty: "
    "lines that are in the training text; ranking: why this poem was chosen.",
)
@page(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write to a file: .txt .md .html .json .jsonl; or as a card, a picture: .svg .png.",
)
@page(
    "--font",
    metavar="FILE",
    help="Font of a card, .ttf .otf or .ttc; #1 behind it is the second one in a collection.",
)
@page("--json", "as_json", is_flag=True, help="Print one JSON object with all poems.")
@page("--jsonl", "as_jsonl", is_flag=True, help="Print one JSON object a line for each poem.")
@page("--no-stream", is_flag=True, hidden=True)  # print a poem when it is whole, as in a pipe
def write(
    prompt: str | None,
    prompt_option: str | None,
    **options: Any,
) -> None:
    """Write a poem that begins with PROMPT, which may be left out; - reads it from stdin.

    A prompt in Latin letters gets an English poem, one in Chinese characters a Chinese one. Lines
    of a prompt can be parted by " / ". The poem goes to stdout, everything about it to stderr.

    五絕 and 七絕 are poems of four lines of five or seven characters each, 五律 and 七律 of eight
    such lines.
    """
    # Poems are written in parallel by threads of poet.generation.decoder; those of BLAS would
    # compete with them and triple the CPU time. This must be set before numpy is loaded
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from poet.api import load
    from poet.characters import is_chinese
    from poet.generation.assessment import compose
    from poet.scripts import script_of_locale

    text = _one_prompt(prompt, prompt_option)
    request, choice = settle(lambda: request_of(text, given(options)))
    printer = settle(lambda: _output(request, given(options)))
    if choice:
        printer.note_choice(str(choice))
    writer, script = load(request.model), script_of_locale(os.environ)
    chinese = is_chinese(writer.tokenizer.characters)
    printer = settle(lambda: _output(request, given(options), chinese=chinese))
    display = printer.draft_display()
    show_draft = display.show if display else None
    poems = compose(writer, request, say=printer.note, script=script, show_draft=show_draft)
    printer.print_all(poems, lambda seed: rerun_command(request, seed), display)


def given(options: dict[str, Any]) -> dict[str, Any]:
    """The options on the command line and in settings; the others have the library's defaults."""
    source = click.get_current_context().get_parameter_source
    return {
        name: value
        for name, value in options.items()
        if source(name) is not ParameterSource.DEFAULT
    }


def request_of(prompt: str, values: dict[str, Any]) -> tuple[WriteRequest, Choice | None]:
    """What is asked for, and, if it does not name a model, why which one was chosen."""
    context = click.get_current_context()
    fields = {name: value for name, value in values.items() if name not in _OF_OUTPUT}
    if temps := fields.pop("temps", None):
        if "temperature" in fields:
            raise NoEffect(
                "--temperature and --temps exclude each other",
                "give one of them",
                "temperature",
                "temps",
            )
        fields["temperature"] = temps
    try:
        request = WriteRequest(prompt=prompt, **fields)
    except UsageError as error:  # the message names a field: name the option instead
        for option in context.command.params:
            if error.field and option.name == error.field:
                field = error.field.replace("_", "-")
                name = place(context, option) or max(option.opts, key=len)
                error.message = error.message.replace(field, name, 1)
        raise
    if request.model:
        return request, None
    choice = request.chosen_model(os.environ)
    return replace(request, model=choice.model), choice


def _output(
    request: WriteRequest, values: dict[str, Any], *, chinese: bool | None = None
) -> Output:
    """Where poems go, once it is known for verse in which characters."""
    from poet.cli.output import Output

    if "ranking" in values.get("show", ()) and request.verse_form is None:
        raise NoEffect(
            "--show ranking has no effect without a form",
            "add --form, such as 七絕 or sonnet",
            "show",
        )
    shared = ("layout", "show", "font", "as_json", "as_jsonl")
    printer = Output(
        **{name: values[name] for name in shared if name in values},
        file=values.get("output"),
        streams=not values.get("no_stream"),
    )
    if chinese is not None:
        printer.check_writes(chinese=chinese)
    return printer


_OF_OUTPUT = ("layout", "show", "font", "as_json", "as_jsonl", "output", "no_stream")


def _one_prompt(argument: str | None, option: str | None) -> str:
    if argument is not None and option is not None:
        raise UsageError("the prompt was given twice", "give it as an argument or with --prompt")
    text = option if argument is None else argument
    if text == "-":  # only on request: a pipe that is never closed would block forever
        return _piped_prompt(sys.stdin.buffer.read())
    return text or ""


def _piped_prompt(data: bytes) -> str:
    """The prompt in bytes from a pipe. Raises `InputError` where there is none in them."""
    from poet.corpus.encodings import decode, find_encoding

    if not data.strip():
        raise InputError(
            "nothing came through the pipe",
            "send a prompt, for example: echo 明月 | poet write -; or leave out -",
        )
    try:
        return data.decode("utf-8").strip("\ufeff\r\n")
    except UnicodeDecodeError:
        pass
    try:
        encoding = find_encoding(data, "the prompt", whole=True)
    except InputError:
        # Undecodable bytes become lone surrogates, which are left out with a note
        text = data.decode("utf-8", "surrogateescape").strip("\r\n")
        if not text.encode("utf-8", "ignore").strip():
            raise
        return text
    text = "".join(decode([data], encoding, "the prompt")).strip("\r\n")
    click.echo(f"the prompt is not UTF-8, read as {encoding.name}", err=True)
    return text


def rerun_command(request: WriteRequest, seed: int) -> str:
    """The command that writes the same poems again, with the options given and the seed.

    It always names model, temperature and min-p, since their defaults may change.
    """
    context = click.get_current_context()
    values = context.params | {
        "model": request.model,
        "acrostic": request.acrostic,
        "couplet": request.couplet,
        "temperature": request.samplings[0].temperature,
        "min_p": request.samplings[0].min_p,
    }
    always = {"model", "min_p", "" if values["temps"] else "temperature"}
    prompt = ["--prompt", request.prompt] if request.prompt.startswith("-") else [request.prompt]
    words = ["poet", "write", *(prompt if request.prompt else [])]
    for option in context.command.params:
        name = str(option.name)
        if not isinstance(option, GroupedOption) or name in _NOT_REPEATED:
            continue
        if name in always or context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            words += [min(option.shown_names, key=len), _typed(values[name])]
    return " ".join(map(_quoted, [*words, "--seed", str(seed)]))


_NOT_REPEATED = ("prompt_option", "seed", "as_json", "as_jsonl", "output", "font", "no_stream")


def _typed(value: Any) -> str:
    """A value as it is typed on a command line."""
    if isinstance(value, tuple):
        return ",".join(map(_typed, value))
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _quoted(word: str) -> str:
    """A word quoted for a shell, but, unlike shlex, only where its characters need it."""
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else shlex.quote(word)
