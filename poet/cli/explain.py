"""poet explain: what the gates do, which units are interpretable, how far gradients reach."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from poet.cli.bars import ProgressBars
from poet.cli.options import examples, model_option

if TYPE_CHECKING:
    from poet.interpret.gate_trace import GateTrace
    from poet.interpret.reach_curve import Reach
    from poet.render.terminal import Terminal

REACH = 100  # characters back


@click.command(
    epilog=examples(
        "poet explain",
        "poet explain 夜雨歸舟靜，燈寒客夢輕。",
        "poet explain --units lower:12,upper:40 -o gates.svg",
        "poet explain --reach",
    )
)
@click.argument("text", required=False)
@model_option("Model to explain.")
@click.option(
    "--units",
    default="",
    metavar="UNIT,…",
    help="Units to show, such as lower:12 or upper:40 (layer:unit).",
)
@click.option(
    "--poems",
    type=click.IntRange(40),
    default=500,
    show_default=True,
    metavar="N",
    help="Held-out texts searched for interpretable units.",
)
@click.option(
    "--reach", is_flag=True, help="Show how far back the gradient reaches, instead of the gates."
)
@click.option(
    "--places",
    type=click.IntRange(1),
    default=128,
    show_default=True,
    metavar="N",
    help="With --reach: characters whose loss is traced back.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object (described in docs/explain.md)."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a picture: .svg .png .html.",
)
def explain(text: str | None, model: str, units: str, reach: bool, **options: Any) -> None:
    """Show the LSTM gates of a model at each character of TEXT.

    TEXT is a poem, or - for stdin; without it the model writes one. By default the units shown
    are the most interpretable ones, found on held-out poems. --reach shows how far back the
    gradient of the loss reaches: in this model, in an untrained one, and in a plain tanh RNN.
    """
    from poet.api import load
    from poet.errors import UsageError
    from poet.registry import find_model

    if options["output"]:
        from poet.render.reports.export import check_figure_path

        check_figure_path(options["output"])
    if reach and (text is not None or units):
        raise UsageError(
            "--reach is measured on many texts and shows no gates", "leave out TEXT and --units"
        )
    folder = find_model(model)
    writer = load(folder)
    if reach:
        from poet.interpret.clipping import clipping
        from poet.interpret.gradient_reach import explain_reach

        reached = explain_reach(writer, folder, options["places"], REACH, ProgressBars())
        _show_reach(reached, clipping(writer.checkpoint, folder), model, options)
        return
    from poet.interpret.gate_trace import explain_gates
    from poet.interpret.gates import find_unit

    names = filter(str.strip, units.split(","))
    chosen = [find_unit(name, writer.engine.hidden) for name in names]
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").strip("\r\n")
    trace = explain_gates(writer, folder, text, chosen, options["poems"], ProgressBars())
    _show_gates(trace, model, options)


def _show_gates(trace: GateTrace, model: str, options: dict[str, Any]) -> None:
    """The interpretable units, and the heat maps."""
    from poet.render.reports.gates import draw_gates, format_coloured, format_plain, format_results
    from poet.render.terminal import print_text

    out, shown = _terminal(sys.stdout), trace.text.shown
    if options["output"]:
        draw_gates(options["output"], shown, trace.units)
        _note(f"written: {options['output']}")
    if options["as_json"]:
        _print_json(model, trace.to_json())
        return
    if trace.results:
        print_text(format_results(trace.results) + "\n", out)
        _note(
            f"chosen on half of {trace.source}, measured on the other half; an AUC of 0.5 is chance"
        )
    if out.colour:
        from rich.console import Console

        console = Console(file=out.stream, force_terminal=True, width=out.width, highlight=False)
        console.print(format_coloured(shown, trace.units, out.row_width), soft_wrap=True)
    else:
        print_text(format_plain(shown, trace.units, out.row_width), out)


def _show_reach(
    reach: Reach, clipping_facts: dict[str, Any], model: str, options: dict[str, Any]
) -> None:
    """The curves, their half-lives, and how often training clipped the gradient."""
    from poet.interpret.clipping import sentences
    from poet.render.reports.gradient_reach import chart_reach, draw_reach, format_reach
    from poet.render.terminal import print_text

    out = _terminal(sys.stdout)
    if options["output"]:
        draw_reach(options["output"], reach.curves, reach.source)
        _note(f"written: {options['output']}")
    if options["as_json"]:
        _print_json(model, {**reach.to_json(), "clipping": clipping_facts})
        return
    click.echo(chart_reach(reach.curves, out.colour), color=out.colour)
    lines = [format_reach(reach.curves), "", *sentences(clipping_facts)]
    print_text("\n" + "\n".join(lines).rstrip(), out)
    _note(reach.source)


def _print_json(model: str, facts: dict[str, Any]) -> None:
    from poet.render.terminal import print_text
    from poet.sanitize import json_document

    print_text(json_document({"model": model, **facts}, indent=1), _terminal(sys.stdout))


def _terminal(stream: TextIO) -> Terminal:
    from poet.render.terminal import Terminal

    return Terminal.of(stream, os.environ)


def _note(text: str) -> None:
    from poet.render.terminal import note

    note(text, _terminal(sys.stderr))
