"""poet train: a poet of your own."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

PRESETS = ("tiny", "small", "base", "large")  # as poet.training.settings; a test holds them equal


@click.command(
    epilog="Examples: poet train sample --minutes 2 · poet train tang --minutes 60 · "
    "poet train verses.txt --name mine · poet train mine.txt --from tang · poet train --resume"
)
@click.argument("corpus", nargs=-1, metavar="CORPUS...")
@click.option("--name", help="What the model is to be called; poet write -m NAME finds it.")
@click.option("--preset", type=click.Choice(PRESETS), default="small", show_default=True)
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="How long to train.")
@click.option(
    "--epochs", type=click.FloatRange(0, min_open=True), help="Or: how often to read all."
)
@click.option("--steps", type=click.IntRange(1), help="Or: how many steps.")
@click.option(
    "--resume",
    is_flag=False,
    flag_value="latest",
    metavar="[RUN]",
    help="Go on with a run, the latest by itself.",
)
@click.option(
    "--from", "base", metavar="MODEL", help="Go on from a model, with new text: fine-tuning."
)
@click.option("--device", default="auto", show_default=True, metavar="auto|cpu|cuda|mps")
@click.option(
    "--precision", type=click.Choice(["auto", "bf16", "fp32"]), default="auto", show_default=True
)
@click.option("--batch-size", type=int, help="Parallel lanes of text.")
@click.option("--window", type=int, help="Characters back-propagated through.")
@click.option("--lr", type=float, help="Greatest learning rate.")
@click.option("--clip", type=float, help="Greatest norm of the gradient.")
@click.option("--dropout", type=float, help="Share of features dropped, over time.")
@click.option("--seed", type=int, help="Of everything random.")
@click.option(
    "--set",
    "more",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other setting of poet.training.settings, as in --set weight_decay=0.1.",
)
@click.option(
    "--sample-every",
    "eval_every",
    type=click.IntRange(1),
    metavar="STEPS",
    help="Steps between evaluations, each with a sample.",
)
@click.option("--save-every", type=click.IntRange(1), metavar="STEPS", hidden=True)
@click.option(
    "--layout",
    default="auto",
    show_default=True,
    metavar="auto|poems|lines|stream|json|jsonl",
    help="How the files are laid out.",
)
@click.option("--encoding", default="auto", show_default=True)
@click.option(
    "--progress",
    type=click.Choice(["auto", "bar", "lines", "json", "none"]),
    default="auto",
    show_default=True,
)
@click.option("--runs", type=click.Path(path_type=Path), default=Path("runs"), show_default=True)
@click.option("--threads", type=click.IntRange(1), help="Processor threads; all by default.")
@click.option("--overwrite", is_flag=True, help="Replace a model of the same name.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and stop.")
def train(corpus: tuple[str, ...], resume: str | None, threads: int | None, **options: Any) -> None:
    """Train a poet on CORPUS: names of the catalogue, files, folders, or - for stdin.

    Without one it takes tang, and fetches it first. Ctrl-C saves and stops.
    """
    from poet.errors import UsageError
    from poet.training import session

    if threads:
        import torch

        torch.set_num_threads(threads)
    budget = [name for name in ("minutes", "epochs", "steps") if options[name]]
    if len(budget) > 1:
        raise UsageError(
            f"--{budget[0]} and --{budget[1]} both say how long to train", "give one of them"
        )
    if options["base"] and _is_given("preset"):
        raise UsageError(
            "a model that goes on from another has its sizes", "leave --preset out, or --from"
        )
    command = shlex.join(["poet", *sys.argv[1:]])
    if resume:
        _refuse_changes(resume)
        code = session.resume(resume, options)
    else:
        code = session.start(corpus, options, command)
    sys.exit(code)


def _is_given(name: str) -> bool:
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.COMMANDLINE


def _refuse_changes(resume: str) -> None:
    """A resumed run is the run that was started: what would change it is refused."""
    from poet.errors import UsageError

    context = click.get_current_context()
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name not in ("resume", "progress", "runs") and _is_given(str(parameter.name))
    ]
    if given:
        what = given[0] if given[0].startswith("-") else "the text"
        again = "" if resume == "latest" else f" {resume}"
        raise UsageError(
            f"a resumed run keeps what it was started with: leave {what} out",
            f"poet train --resume{again}",
        )
