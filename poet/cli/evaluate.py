"""poet eval: an evaluation of a model, on stdout as tables or as JSON."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from poet.cli.bars import ProgressBars
from poet.cli.completing import complete_corpora, complete_models
from poet.cli.options import CommaSeparated, examples, model_option
from poet.evaluation.report import EvalConfig

if TYPE_CHECKING:
    from poet.evaluation.report import EvalReport

WIDTH_OF_A_PIPE = 140  # room for every column


@click.command(
    "eval",
    epilog=examples(
        "poet eval tang",
        "poet eval tang --no-samples --held-out 500",
        "poet eval runs/2026-11-23-mine-7f3a --poems 50 -o mine.html",
        "poet eval tang --json -o tang.svg",
    ),
)
@click.argument("name", required=False, metavar="[MODEL]", shell_complete=complete_models)
@model_option("The model, if not given as the argument: a name, a folder, or a run's folder.")
@click.option(
    "--text",
    "texts",
    multiple=True,
    metavar="NAME|FILE",
    shell_complete=complete_corpora,
    help="Evaluate on this text instead of the model's own; may be repeated.",
)
@click.option(
    "--held-out",
    type=click.IntRange(1),
    default=EvalConfig.held_out,
    show_default=True,
    metavar="N",
    help="Held-out poems read from each text, at most.",
)
@click.option(
    "--poems",
    type=click.IntRange(1),
    default=EvalConfig.poems,
    show_default=True,
    metavar="N",
    help="Poems to write in each form, steered and free; at most 100 in all are judged.",
)
@click.option(
    "--forms",
    type=CommaSeparated(click.STRING, "forms"),
    metavar="FORM,…",
    help="Forms to write, such as 五絕,七律. [default: those of the model and the text]",
)
@click.option(
    "-t",
    "--temperature",
    type=float,
    default=EvalConfig.temperature,
    show_default=True,
    metavar="T",
    help="Temperature of the free samples; steered ones use the defaults of poet write.",
)
@click.option("--no-samples", is_flag=True, help="Measure the held-out loss only; write no poems.")
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, metavar="N", help="Random seed."
)
@click.option(
    "--device",
    default="auto",
    show_default=True,
    metavar="auto|cpu|cuda|mps",
    help="Where to compute the held-out loss.",
)
@click.option("--threads", type=click.IntRange(1), metavar="N", help="CPU threads (default: all).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the report as a page or a picture (.html, .svg); may be repeated.",
)
def evaluate(name: str | None, model: str, **options: Any) -> None:
    """Evaluate MODEL on held-out text and compare its poems with human ones.

    Needs the model's corpus (poet corpus fetch). Takes a few minutes.
    """
    from poet.evaluation.report import to_json
    from poet.render.reports.evaluation_page import check_path, save
    from poet.render.reports.evaluation_tables import format_report
    from poet.render.terminal import Terminal, print_text

    for path in options["outputs"]:
        check_path(path)
    report = _report(_one_model(name, model), options)
    for path in options["outputs"]:
        save(path, report)
    out = Terminal.of(sys.stdout, os.environ)
    width = out.width if out.tty else WIDTH_OF_A_PIPE
    print_text(to_json(report) if options["as_json"] else format_report(report, width), out)


def _report(model: str, options: dict[str, Any]) -> EvalReport:
    from poet.generation.sampling import Sampling
    from poet.registry import find_model

    folder, forms = find_model(model), _forms(options)
    Sampling(
        options["temperature"]
    )  # raises for a temperature out of range, before anything is read
    import torch

    from poet.evaluation.examine import evaluate_model
    from poet.training.device import select_device

    if options["threads"]:
        torch.set_num_threads(options["threads"])
    return evaluate_model(
        folder,
        EvalConfig(**{key: options[key] for key in ("poems", "temperature", "seed", "held_out")}),
        select_device(options["device"], "fp32"),
        texts=options["texts"],
        forms=forms,
        progress=ProgressBars(announces=True),
    )


def _one_model(argument: str | None, option: str) -> str:
    from poet.errors import UsageError

    source = click.get_current_context().get_parameter_source("model")
    if argument and source is ParameterSource.COMMANDLINE:
        raise UsageError("the model was given twice", "give it as an argument or with --model")
    return argument or option


def _forms(options: dict[str, Any]) -> list[str] | None:
    """The names of the requested forms; empty without samples, None for those of the model."""
    from poet.errors import UsageError
    from poet.evaluation.metrics import FORMS
    from poet.prosody.find import find_form

    requested = options["forms"]
    if options["no_samples"]:
        if requested:
            raise UsageError("--forms and --no-samples exclude each other", "give one of them")
        return []
    if requested is None:
        return None
    forms = map(find_form, requested)
    names = [form.name if form else "" for form in forms]
    if not names or not set(names) <= set(FORMS):
        raise UsageError(
            "--forms takes regulated forms only, which have human poems to compare with",
            f"they are {' '.join(FORMS)}",
        )
    return list(dict.fromkeys(names))
