"""poet runs: how training went."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from poet.render.run_curves import Chart, X, Y
    from poet.runs.log import RunLog

XS = ("characters", "steps", "minutes")  # as poet.render.run_curves; a test holds them equal
YS = ("loss", "held-out", "accuracy", "norm", "lr")
FOLDER = click.option(
    "--runs",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="The folder that the runs lie in.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="As JSON, with all that is known.")


@click.group(
    epilog="Examples: poet runs list · poet runs show · poet runs plot 7f3a 0c21 -o both.svg"
)
def runs() -> None:
    """The runs of training: list, show, plot."""


@runs.command("list")
@FOLDER
@JSON
def list_(folder: Path, as_json: bool) -> None:
    """List the runs, the one worked on last first."""
    from poet.cli.run_facts import table
    from poet.errors import InputError
    from poet.runs.folders import all_runs
    from poet.runs.summary import summary

    found: list[dict[str, Any]] = []
    for place in all_runs(folder):
        try:
            journal = _read(place)
        except InputError as error:  # the others are listed all the same
            click.echo(error.message, err=True)
        else:
            found.append(summary(journal))
    click.echo(_json(found) if as_json else table(found), nl=as_json)


@runs.command(epilog="Examples: poet runs show · poet runs show 7f3a · poet runs show --json")
@click.argument("run", required=False)
@FOLDER
@JSON
def show(run: str | None, folder: Path, as_json: bool) -> None:
    """Show what was asked of a RUN and how it went; the latest by itself.

    RUN is a folder, the name of one, or a part of the name that no other has.
    """
    from poet.cli.run_facts import describe
    from poet.render.run_curves import chart
    from poet.runs.summary import summary

    journal = _find(folder, run)
    facts = summary(journal)
    if as_json:
        click.echo(_json(facts))
        return
    click.echo(describe(facts))
    if journal.lines:
        click.echo()
        _draw(chart([journal]), height=9)


@runs.command(
    epilog="Examples: poet runs plot · poet runs plot 7f3a 0c21 --y held-out · "
    "poet runs plot -o loss.svg"
)
@click.argument("names", nargs=-1, metavar="[RUN...]")
@FOLDER
@click.option("--x", type=click.Choice(XS), default="characters", show_default=True)
@click.option("--y", type=click.Choice(YS), default="loss", show_default=True)
@click.option(
    "-o",
    "--output",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A picture, .png or .svg, in place of the curves in the terminal; may be repeated.",
)
def plot(names: tuple[str, ...], folder: Path, x: X, y: Y, output: tuple[Path, ...]) -> None:
    """Draw the curves of RUNs over each other; of the latest by itself.

    The training loss is smoothed: each point is the mean of the lines around it, a twentieth of
    the run, three at least. The axis of losses and norms ends at the highest value once a
    twentieth of the run is over; what is above that is cut off, and said.
    """
    from poet.errors import InputError
    from poet.render import run_plot
    from poet.render.run_curves import chart

    for path in output:
        run_plot.check_place(path)
    journals = [_find(folder, name) for name in names or (None,)]
    drawn = chart(journals, x, y)
    for journal in journals:
        if journal.name not in {curve.name for curve in drawn.curves}:
            raise InputError(*_nothing(journal, y))
    for path in output:
        run_plot.save(drawn, path)
        click.echo(f"written: {path}", err=True)
    if not output:
        _draw(drawn)


def _find(folder: Path, name: str | None) -> RunLog:
    from poet.runs.folders import all_runs, find

    return _read(find(folder, name) if name else all_runs(folder)[0])


def _read(place: Path) -> RunLog:
    """The journal of a run; what of it could not be read is said."""
    from poet.runs.log import RunLog

    journal = RunLog.read(place)
    for remark in journal.remarks:
        click.echo(remark, err=True)
    return journal


def _nothing(journal: RunLog, y: Y) -> tuple[str, str]:
    """Why there is no curve of a run, and what to do."""
    if not journal.logged:
        return f"{journal.folder} has no metrics yet", "a line comes every few steps: try again"
    return f"{journal.folder} has no evaluation yet, so no {y}", "poet runs plot --y loss"


def _draw(chart: Chart, height: int = 18) -> None:
    """Print the chart as stdout can show it: how wide, in colour, in braille or without."""
    from poet.render.run_plot import in_terminal
    from poet.render.terminal import Terminal

    out = Terminal.of(sys.stdout, os.environ)
    braille = _carries(sys.stdout, "⠿")
    text = in_terminal(chart, out.width, height, colour=out.colour, braille=braille)
    click.echo(text, color=out.colour)


def _carries(stream: TextIO, text: str) -> bool:
    """Whether the stream can show the text."""
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
