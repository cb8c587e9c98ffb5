"""poet eval: the honest numbers of a model, on stdout as tables or as JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from poet.cli.options import CommaSeparated, model_option
from poet.evaluation.config import EvalConfig

if TYPE_CHECKING:
    from poet.evaluation.report import Report

WIDTH_OF_A_PIPE = 140  # room for every column
T = TypeVar("T")


@click.command(
    "eval",
    epilog="Examples: poet eval tang · poet eval tang --no-samples --held-out 500 · "
    "poet eval runs/2026-11-23-mine-7f3a --poems 50 -o mine.html · "
    "poet eval tang --json -o tang.svg",
)
@click.argument("name", required=False, metavar="[MODEL]")
@model_option("The same as the argument: a model's name, its folder, or that of a run.")
@click.option(
    "--text",
    "texts",
    multiple=True,
    metavar="NAME|FILE",
    help="What to read instead of the model's own text; may be given more than once.",
)
@click.option(
    "--held-out",
    type=click.IntRange(1),
    default=EvalConfig.held_out,
    show_default=True,
    help="Held-out poems of each text that are read, at most.",
)
@click.option(
    "--poems",
    type=click.IntRange(1),
    default=EvalConfig.poems,
    show_default=True,
    help="Poems of each form that are written, steered and free; at most 100 of all are judged.",
)
@click.option(
    "--forms",
    type=CommaSeparated(click.STRING, "forms"),
    metavar="五絕,七律,…",
    help="The forms that are written. [default: those that model and text have]",
)
@click.option(
    "-t",
    "--temperature",
    type=float,
    default=EvalConfig.temperature,
    show_default=True,
    help="Of the free samples; steered ones are written as poet write does.",
)
@click.option("--no-samples", is_flag=True, help="Only read, write nothing.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--device", default="auto", show_default=True, metavar="auto|cpu|cuda|mps")
@click.option("--threads", type=click.IntRange(1), help="Processor threads of the reading.")
@click.option("--json", "as_json", is_flag=True, help="One object instead of tables.")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A page or a picture besides: .html, .svg; may be given more than once.",
)
def evaluate(name: str | None, model: str, **options: Any) -> None:
    """Tell what MODEL makes of text it never read, and how its verse stands beside people's.

    The text has to be here, for instance by poet corpus fetch. Takes minutes; Ctrl-C leaves.
    """
    from poet.evaluation.report import to_json
    from poet.render.report_page import check_place, save
    from poet.render.report_tables import format_report
    from poet.render.terminal import Terminal, print_text

    for path in options["outputs"]:
        check_place(path)
    report = _report(_one_model(name, model), options)
    for path in options["outputs"]:
        save(path, report)
    out = Terminal.of(sys.stdout, os.environ)
    width = out.width if out.tty else WIDTH_OF_A_PIPE
    print_text(to_json(report) if options["as_json"] else format_report(report, width), out)


def _report(model: str, options: dict[str, Any]) -> Report:
    from poet.generation.sampling import Sampling
    from poet.registry import find_model

    folder, forms = find_model(model), _forms(options)
    Sampling(options["temperature"])  # raises out of range, before anything is read
    import torch

    from poet.evaluation.examine import examine
    from poet.training.device import select_device

    if options["threads"]:
        torch.set_num_threads(options["threads"])
    return examine(
        folder,
        EvalConfig(**{key: options[key] for key in ("poems", "temperature", "seed", "held_out")}),
        select_device(options["device"], "fp32"),
        texts=options["texts"],
        forms=forms,
        say=partial(click.echo, err=True),
        watch=_watch,
    )


def _one_model(argument: str | None, option: str) -> str:
    from poet.errors import UsageError

    source = click.get_current_context().get_parameter_source("model")
    if argument and source is ParameterSource.COMMANDLINE:
        raise UsageError("the model was given twice", "give it as an argument or with --model")
    return argument or option


def _forms(options: dict[str, Any]) -> list[str] | None:
    """The forms asked for by their names; none without samples; None where the model decides."""
    from poet.errors import UsageError
    from poet.evaluation.metrics import FORMS
    from poet.prosody.find import find_form

    asked = options["forms"]
    if options["no_samples"]:
        if asked:
            raise UsageError(
                "--forms says what to write, --no-samples to write nothing", "give one of them"
            )
        return []
    if asked is None:
        return None
    found = [find_form(name) for name in asked]
    names = [form.name if form else "" for form in found]
    if not names or not set(names) <= set(FORMS):
        raise UsageError(
            "--forms takes forms whose human poems can be counted", f"they are {' '.join(FORMS)}"
        )
    return list(dict.fromkeys(names))


def _watch(things: Iterable[T], what: str, total: int | None) -> Iterable[T]:
    """A bar on a terminal; in a pipe a line that says what begins."""
    from tqdm import tqdm

    if not sys.stderr.isatty():
        click.echo(what if total is None else f"{what}: {total:,}", err=True)
    return tqdm(things, desc=what, total=total, disable=None, leave=False)
