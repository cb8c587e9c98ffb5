"""poet runs: settings and results of training, from the run folders (poet.runs.summary)."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, get_args

import click

from poet.cli.asking import check_agrees, yes_option
from poet.cli.completing import complete_runs
from poet.cli.options import examples, plain_table
from poet.cli.streams import echo
from poet.render.reports.run_plot import X, Y
from poet.sanitize import dump_json, jsonable, single_line

if TYPE_CHECKING:
    from poet.render.reports.run_plot import Chart
    from poet.runs.log import RunLog

Facts = Mapping[str, Any]
HEADS = ("run", "text", "model", "steps", "chars", "min", "held out", "state")  # 80 columns
NUMBERS = ("steps", "chars", "min", "held out")
FOLDER = click.option(
    "--runs",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("runs"),
    show_default=True,
    metavar="FOLDER",
    help="Folder that holds the runs.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")


@click.group(
    epilog=examples("poet runs list", "poet runs show", "poet runs plot 7f3a 0c21 -o both.svg")
)
def runs() -> None:
    """List, show, plot and remove training runs."""


@runs.command("list", epilog=examples("poet runs list"))
@FOLDER
@JSON
def list_(folder: Path, as_json: bool) -> None:
    """List the runs, most recent first."""
    from poet.errors import InputError
    from poet.runs.folders import all_runs
    from poet.runs.summary import summary

    summaries: list[dict[str, Any]] = []
    for place in all_runs(folder):
        try:
            log = _read(place)
        except InputError as error:  # the others are still listed
            echo(error.message, err=True)
        else:
            summaries.append(summary(log))
    echo(_json(summaries) if as_json else table(summaries), nl=as_json)


@runs.command(epilog=examples("poet runs show", "poet runs show 7f3a --json"))
@click.argument("run", required=False, shell_complete=complete_runs)
@FOLDER
@JSON
def show(run: str | None, folder: Path, as_json: bool) -> None:
    """Show a run's settings and results (default: the latest).

    RUN is a folder, its name, or any part of the name that is unique.
    """
    from poet.render.reports.run_plot import chart
    from poet.runs.summary import summary

    log = _find(folder, run)
    facts = summary(log)
    if as_json:
        echo(_json(facts))
        return
    echo(describe(facts))
    if log.lines:
        echo()
        _draw(chart([log]), height=9)


@runs.command(
    epilog=examples(
        "poet runs plot", "poet runs plot 7f3a 0c21 --y held-out", "poet runs plot -o loss.svg"
    )
)
@click.argument("names", nargs=-1, metavar="[RUN...]", shell_complete=complete_runs)
@FOLDER
@click.option(
    "--x",
    type=click.Choice(get_args(X)),
    default="characters",
    show_default=True,
    help="Horizontal axis.",
)
@click.option(
    "--y", type=click.Choice(get_args(Y)), default="loss", show_default=True, help="Vertical axis."
)
@click.option(
    "-o",
    "--output",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a picture (.png, .svg) instead of drawing in the terminal; may be repeated.",
)
def plot(names: tuple[str, ...], folder: Path, x: X, y: Y, output: tuple[Path, ...]) -> None:
    """Plot the curves of one or more RUNs (default: the latest).

    The training loss is smoothed by a moving average over a twentieth of the run. The vertical
    axis leaves out the high losses of the first twentieth, and says so.
    """
    from poet.errors import InputError
    from poet.render.reports import run_plot
    from poet.render.reports.run_plot import chart

    for path in output:
        run_plot.check_path(path)
    logs = [_find(folder, name) for name in names or (None,)]
    drawn = chart(logs, x, y)
    for log in logs:
        if log.name not in {curve.name for curve in drawn.curves}:
            raise InputError(*_missing_curve(log, y))
    for path in output:
        run_plot.save(drawn, path)
        echo(f"written: {path}", err=True)
    if not output:
        _draw(drawn)


@runs.command(epilog=examples("poet runs rm 7f3a", "poet runs rm 7f3a 0c21 --yes"))
@click.argument("names", nargs=-1, required=True, metavar="RUN...", shell_complete=complete_runs)
@FOLDER
@yes_option()
def rm(names: tuple[str, ...], folder: Path, yes: bool) -> None:
    """Remove one or more RUNs with their checkpoints, after asking.

    A run that is being trained is not removed. A model that was trained with --name is kept
    under that name, and stays.
    """
    from poet.runs.folders import find, remove

    for place in dict.fromkeys(find(folder, name) for name in names):
        check_agrees(f"Remove the run {single_line(str(place))}?", yes=yes)
        remove(place)
        echo(f"removed: {place}", err=True)


def _find(folder: Path, name: str | None) -> RunLog:
    from poet.runs.folders import all_runs, find

    return _read(find(folder, name) if name else all_runs(folder)[0])


def _read(place: Path) -> RunLog:
    """The log of a run; parts that could not be read are reported."""
    from poet.runs.log import RunLog

    log = RunLog.read(place)
    for remark in log.remarks:
        echo(remark, err=True)
    return log


def _missing_curve(log: RunLog, y: Y) -> tuple[str, str]:
    """Message and hint for a run that has no such curve."""
    if not log.logged:
        return f"{log.folder} has no metrics yet", "they are written every few steps: try later"
    return f"{log.folder} has no evaluation yet, hence no {y}", "poet runs plot --y loss"


def _draw(chart: Chart, height: int = 18) -> None:
    """Print the chart in the width, colours and characters that stdout can show."""
    from poet.render.reports.run_plot import format_chart
    from poet.render.terminal import Terminal

    out = Terminal.of(sys.stdout, os.environ)
    braille = _carries(sys.stdout, "⠿")
    text = format_chart(chart, out.width, height, colour=out.colour, braille=braille)
    click.echo(text, color=out.colour)


def _carries(stream: TextIO, text: str) -> bool:
    """Whether the stream can show the text."""
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _json(value: object) -> str:
    return dump_json(jsonable(value), indent=1)


def table(runs: Sequence[Facts]) -> str:
    """The runs as a table without boxes, fitted to the terminal."""
    return plain_table(HEADS, map(_row, runs), NUMBERS, breaks=("text", "held out"))


def _row(facts: Facts) -> tuple[str, ...]:
    best = facts["best"]
    return (
        facts["run"],
        " ".join(facts["texts"]),
        _model(facts),
        f"{facts['steps']:,}",
        f"{facts['characters'] / 1e6:.2f}M",
        f"{facts['minutes']:.1f}",
        f"{best['held_out']:.3f}" if best else "-",
        _state(facts),
    )


def describe(facts: Facts) -> str:
    """A run on a page: its settings, its results, its state."""
    page = {
        "run": [facts["folder"]],
        "command": [facts["command"] or "poet.train, from Python"],
        "from": [facts["from"]] if facts["from"] else [],
        "text": [_text(facts)],
        "model": [_sizes(facts)],
        "settings": [_settings(facts)],
        "budget": [f"{n:,g} {name}" for name, n in facts["budget"].items()],
        "machine": [part for part in (facts["machine"], facts["engine"]) if part],
        "progress": [_progress(facts)],
        "held out": _held_out(facts),
        "gradient": _gradient(facts),
        "figures": _figures(facts),
        "state": _state_lines(facts),
    }
    rows = [(name if i == 0 else "", x) for name, xs in page.items() for i, x in enumerate(xs)]
    return "\n".join(f"{name:<9} {text}" for name, text in rows)


def _text(facts: Facts) -> str:
    counts, names = facts["counts"] or {}, " ".join(facts["texts"])
    sizes = [
        f"{counts[name]:,} {name}" for name in ("characters", "kept", "held out") if name in counts
    ]
    return f"{names}: {', '.join(sizes)}" if sizes else names


def _model(facts: Facts) -> str:
    settings = facts["settings"]
    return facts["preset"] or f"{settings['embedding']}, 2 x {settings['hidden']}"


def _sizes(facts: Facts) -> str:
    settings, count = facts["settings"], facts["parameters"]
    size = f"embedding {settings['embedding']}, 2-layer LSTM {settings['hidden']}"
    return size + (f", {count / 1e6:.1f} M parameters" if count else "")


def _settings(facts: Facts) -> str:
    amount = "" if facts["amount"] == "much" else f" as for {facts['amount']} text"
    preset = f"preset {facts['preset']}{amount}" if facts["preset"] else "no preset has these sizes"
    changed = [
        f"{name} {value:g} (not {default:g})" for name, (value, default) in facts["changed"].items()
    ]
    return f"{preset}, but {', '.join(changed)}" if changed else preset


def _progress(facts: Facts) -> str:
    if not facts["steps"]:
        return "no step logged yet"
    speed = f", {facts['speed']:,} characters/s including evaluations" if facts["speed"] else ""
    return (
        f"{facts['steps']:,} steps, {facts['characters']:,} characters, "
        f"{facts['minutes']:.1f} minutes{speed}"
    )


def _held_out(facts: Facts) -> list[str]:
    """The best evaluation, whose model is kept, and the last one."""
    best, last = facts["best"], facts["last"]
    if not best:
        return ["no text is held out" if facts["state"] == "finished" else "no evaluation yet"]
    base = "" if best["step"] else " (the base model)"
    best_line = (
        f"{best['held_out']:.4f} nats/character at step {best['step']:,}{base}, the best of "
        f"{facts['evaluations']} evaluations; that model is kept"
    )
    last_line = f"{last['held_out']:.4f} at step {last['step']:,}, the last"
    return [best_line] if last == best else [best_line, last_line]


def _gradient(facts: Facts) -> list[str]:
    norm, clipped = facts["norm"], facts["clipped"]
    if not norm:
        return []
    kind = "steps" if clipped["all"] else "logged steps"
    return [
        f"norm {norm['median']:.2f} (median), {norm['greatest']:.2f} (maximum) at step "
        f"{norm['greatest_step']:,}, of the logged steps",
        f"clipped to {facts['settings']['clip']:g} in {clipped['steps']:,} of "
        f"{clipped['of']:,} {kind}",
    ]


def _figures(facts: Facts) -> list[str]:
    return [
        f"{name}: {f['loss']:.4f} nats/character, perplexity {f['perplexity']:.1f}, "
        f"accuracy {100 * f['accuracy']:.1f} %, on {f['poems']:,} held out"
        for name, f in (facts["figures"] or {}).items()
    ]


def _state(facts: Facts) -> str:
    if facts["state"] == "finished":
        return "finished early" if facts["stopped_early"] else "finished"
    if facts["state"] == "training":
        return "training"
    return "unfinished" if facts["resumable"] else "unfinished, no checkpoint"


def _state_lines(facts: Facts) -> list[str]:
    written = f"last written {facts['last_written']}"
    if facts["state"] == "finished":
        reason = ", since the held-out loss had stopped falling" if facts["stopped_early"] else ""
        return [f"{_state(facts)}{reason}; {written}"]
    if facts["state"] == "training":
        return [f"training now; {written}"]
    effect = "resumes from the last checkpoint" if facts["resumable"] else "starts over"
    command = f"poet train --resume {facts['folder']}"
    return [f"{_state(facts)}; {written}", f"{command}  {effect}"]
