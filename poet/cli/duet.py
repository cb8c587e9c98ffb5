"""poet duet: a poem written by two at the terminal, line by line."""

from __future__ import annotations

import os
import sys
from copy import copy
from pathlib import Path
from typing import Any

import click

from poet.cli.options import GroupedCommand, GroupedOption, examples, group_of
from poet.cli.settings import settle
from poet.cli.write import given, request_of, write
from poet.errors import UsageError

# The options of `poet write` that say how one poem is written
SHARED = (
    "form", "title", "about", "author", "acrostic", "rhyme", "rhymes", "strictness",
    "particles", "model", "temperature", "top_k", "top_p", "min_p", "guidance", "context",
    "max_characters", "seed", "unknown", "script",
)  # fmt: skip


def _shared() -> list[click.Parameter]:
    """These options, to which settings of their own can be given."""
    options: list[click.Parameter] = []
    for option in write.params:
        if isinstance(option, GroupedOption) and option.name in SHARED:
            own = copy(option)
            own.envvar = "POET_MODEL" if option.name == "model" else None
            options.append(own)
    return options


@click.command(
    cls=GroupedCommand,
    params=_shared(),
    epilog=examples(
        "poet duet --form 七絕 --title 夜雨 -o poem.md",
        'poet duet "The moon" --form sonnet',
        "poet duet > poem.txt",
    ),
)
@click.argument("prompt", required=False)
@group_of("Output")(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the poem to a file at the end: .txt .md .html .json .jsonl; or as a picture: .svg "
    ".png. [default: print it]",
)
def duet(prompt: str | None, output: Path | None, **options: Any) -> None:
    """Write a poem together with poet, line by line; PROMPT, if there is one, begins it.

    For each line poet makes three proposals that keep the form. Take one by its number, edit it,
    ask for others, or type a line of your own, which is checked; let poet finish when you like.
    At the end the poem goes to stdout or to a file, however the duet ends: with Ctrl-C too.

    It needs prompt_toolkit: pip install 'poet[duet]'.
    """
    # As in poet write: threads of BLAS would compete with those that write
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "poet duet asks line by line, and this is not a terminal",
            "use poet write, which asks nothing",
        )
    try:
        import prompt_toolkit  # noqa: F401
    except ImportError:
        raise UsageError(
            "poet duet needs prompt_toolkit, which is not installed", "pip install 'poet[duet]'"
        ) from None
    from poet.api import load
    from poet.cli.dialogue import Dialogue
    from poet.generation.duet import Duet
    from poet.render.export import check_path
    from poet.render.terminal import note
    from poet.scripts import script_of_locale

    request, choice = settle(lambda: request_of(prompt or "", given(options)))
    if output:
        check_path(output)
    if choice:
        note(str(choice))
    begun = Duet.start(load(request.model), request, script=script_of_locale(os.environ))
    Dialogue(begun, output).run()
