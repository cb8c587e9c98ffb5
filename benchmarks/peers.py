"""poet against its peers on one text: a GPT, and the best-known PyTorch poem LSTM.

On verse the GPT runs twice: as such, and asked in training what poet is asked besides, which tells
the network from what it was taught.

The same text, split and processor time, one thread and one core each, side by side where there
are cores. Every stated time is a run of its own whose schedule ends there. With --search each
side first gets the same number of trials, and its best settings are used for the long runs;
without it, its defaults are, or what --set says. What is done is kept: call again to go on. Of all
runs of one length that were made so, the best counts, and how many there were is said. `draw` makes
the picture.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from statistics import mean
from typing import Any

import click

from poet.dataset.prepare import prepare

from .common import ROOT, launch, results_option, say, show
from .runs import Book, all_cores, work_off
from .search import Plan, best_of, by_length
from .sides import SIDES, Job, defaults, settings_in_short

SPEED = 3_000  # characters a second on one core, guessed where no run has told yet
READING = 1.5  # minutes that the evaluations of a run take, about


def numbers(context: click.Context, option: click.Parameter, value: str) -> tuple[float, ...]:
    """`5,15,45` as numbers."""
    try:
        found = tuple(dict.fromkeys(float(part) for part in value.split(",") if part.strip()))
    except ValueError:
        raise click.BadParameter("numbers with commas between, for example 5,15,45") from None
    if any(not 0 <= number < math.inf for number in found):
        raise click.BadParameter("no number may be below 0")
    return found


def lengths(context: click.Context, option: click.Parameter, value: str) -> tuple[float, ...]:
    """`5,15,45` as lengths of runs."""
    found = numbers(context, option, value)
    if 0 in found:
        raise click.BadParameter("a run must be longer than 0")
    return found


def whole(context: click.Context, option: click.Parameter, value: str) -> tuple[int, ...]:
    """`0,1` as whole numbers."""
    return tuple(map(int, numbers(context, option, value)))


def counts(context: click.Context, option: click.Parameter, value: str) -> tuple[int, ...]:
    """`1000000` as lengths of runs in characters."""
    found = whole(context, option, value)
    if 0 in found:
        raise click.BadParameter("a run must be longer than 0")
    return found


def changes(
    context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> dict[str, float]:
    """`lr=0.003` as a name and a number."""
    found = {}
    for value in values:
        name, _, number = value.partition("=")
        try:
            found[name] = float(number)
        except ValueError:
            raise click.BadParameter("a name and a number, for example lr=0.003") from None
    return found


def changed(settings: dict[str, Any], by: dict[str, float]) -> dict[str, Any]:
    """The settings of a side with some changed, each in its own type."""
    if unknown := [name for name in by if name not in settings]:
        raise click.BadParameter(
            f"there is no setting {unknown[0]}; there are {', '.join(settings)}"
        )
    return settings | {name: type(settings[name])(number) for name, number in by.items()}


def names(context: click.Context, option: click.Parameter, value: str) -> tuple[str, ...]:
    """`poet,gpt` as names of sides."""
    found = tuple(dict.fromkeys(part.strip() for part in value.split(",")))
    if unknown := [side for side in found if side not in SIDES]:
        raise click.BadParameter(f"there is no side {unknown[0]}; there are {', '.join(SIDES)}")
    return found


@click.group(help=__doc__, invoke_without_command=True)
@click.option("--text", default="tang", show_default=True, help="Of the catalogue, or a file.")
@click.option("--name", help="What the results are called; by default as the text is.")
@click.option(
    "--minutes",
    default="5,15,45",
    show_default=True,
    callback=lengths,
    help="Processor time of each run.",
)
@click.option(
    "--characters",
    "reads",
    default="1000000",
    show_default=True,
    callback=counts,
    help="Runs that end after so many characters, at one number of parameters.",
)
@click.option("--sides", default=",".join(SIDES), show_default=True, callback=names)
@click.option("--search", is_flag=True, help="Tune every side first, with equal means.")
@click.option(
    "--trials",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="Trials of each side; its defaults are the first.",
)
@click.option(
    "--trial-minutes",
    type=click.FloatRange(0, min_open=True),
    default=5.0,
    show_default=True,
    help="Of a trial; where --minutes has it too, the best trial is that run.",
)
@click.option(
    "--set", "set_to", multiple=True, callback=changes, help="As lr=0.003, for all sides."
)
@click.option("--seeds", default="1", show_default=True, callback=whole)
@click.option("--cores", default="", callback=whole, help="As 0,1; by default all there are.")
@click.option("--plan", "only_plan", is_flag=True, help="Say what would be run, and stop.")
@results_option
@click.pass_context  # fmt: skip
def main(
    context: click.Context, text: str, name: str | None, minutes: tuple[float, ...],
    reads: tuple[int, ...], sides: tuple[str, ...], search: bool, trials: int,
    trial_minutes: float, set_to: dict[str, float], seeds: tuple[int, ...],
    cores: tuple[int, ...], only_plan: bool, results: Path,
) -> None:  # fmt: skip
    if context.invoked_subcommand:
        return
    dataset = prepare([text], say=say)
    facts = {
        "text": Path(text).name,
        "fingerprint": dataset.fingerprint,
        "kind": dataset.facts["kind"],
        "characters_of_text": int(dataset.facts["counts"]["characters"]),
    }
    book = Book.open("peers", name or Path(text).stem, results, facts)
    asked = [side for side in sides if side != "gpt_asked" or not dataset.is_stream]
    start = {side: changed(defaults(side, dataset), set_to) for side in asked}
    plan = Plan(start, minutes, reads, trials if search else 0, trial_minutes, seeds)
    places = cores or all_cores()
    if only_plan:
        show_plan(plan, book, len(places))
        return
    failed = work_off(book, dataset.folder, lambda busy: plan.coming(book, busy), places)
    report(book)
    say(f"the runs are in {book.path}")
    sys.exit(1 if failed else 0)


@main.command()
@click.argument("name", default="tang")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="docs/peers-NAME.svg by default; the ending says which kind of picture.",
)
@results_option  # fmt: skip
def draw(name: str, output: Path | None, results: Path) -> None:
    """Draw the curves of a text that was measured."""
    from .pictures import draw_peers

    source = results / f"peers_{name}.json"
    if not source.exists():
        raise click.ClickException(f"{source} is not there: measure first, with --name {name}")
    output = output or ROOT / "docs" / f"peers-{name}.svg"
    draw_peers(json.loads(source.read_text("utf-8")), output)
    say(f"drawn: {output}")


def show_plan(plan: Plan, book: Book, cores: int) -> None:
    """What there is to do, what of it is done, and how long the rest takes."""
    rows, left = [], 0.0
    for side in plan.start:
        done, _ = plan.search(side, book)
        jobs = plan.long_runs(side, book)
        own = [job for job in jobs if not plan.trials or job.minutes != plan.trial_minutes]
        own += [job for job in jobs if job not in own and job.seed != plan.seeds[0]]
        missing = [job for job in own if not book.find(job)]
        trials = plan.trials - len(done)
        minutes = trials * plan.trial_minutes + sum(_minutes(job, book) for job in missing)
        minutes += READING * (trials + len(missing))
        left += minutes
        rows.append((side, plan.trials, len(done), len(own), len(own) - len(missing), minutes))
    header = ("", "trials", "done", "long runs", "done", "core minutes left")
    show(f"{book.facts['text']}: what would be run", header, rows)
    for side in plan.start:
        click.echo(f"{side}: {settings_in_short(plan.settings(side, book))}")
    click.echo(
        f"about {left:.0f} core minutes, {left / 60:.1f} core hours, evaluations included; "
        f"on {cores} cores {left / 60 / cores:.1f} hours"
    )


def _minutes(job: Job, book: Book) -> float:
    """How long a job takes, by the speed of what the side has run before."""
    if job.minutes is not None:
        return job.minutes
    runs = [run for run in book.runs if run["side"] == job.side and run["cpu_seconds"]]
    speed = mean(run["characters"] / run["cpu_seconds"] for run in runs) if runs else SPEED
    return (job.reads or 0) / speed / 60


def report(book: Book) -> None:
    """Print the best runs of each length, and all that was tried."""
    header = ("", "nats", "perplexity", "right, %", "CPU s", "wall s", "characters", "parameters",
              "settings", "of")  # fmt: skip
    found = by_length(book.runs)
    order = sorted(found, key=lambda one: (one[1] or math.inf, one[2] or 0, [*SIDES].index(one[0])))
    if order:
        held = best_of(found[order[0]])["held_out"]
        title = f"{book.facts['text']}: {held['characters']:,} held-out characters"
        show(title, header, [_row(found[length]) for length in order])
    rows = [
        (run["side"], _length(run), settings_in_short(run["settings"]), run["sample_loss"])
        for length in order
        if len(found[length]) > 1
        for run in found[length]
    ]
    if rows:
        title = "where more was tried, on a sample of the held-out text"
        show(title, ("", "length", "settings", "nats"), rows)


def _length(run: dict[str, Any]) -> str:
    return Job(run["side"], minutes=run["minutes"], reads=run["reads"]).length


def _row(tried: list[dict[str, Any]]) -> tuple[object, ...]:
    run = best_of(tried)
    held = run["held_out"]
    seed = f", seed {run['seed']}" if run["seed"] != 1 else ""
    return (
        f"{_length(run)}, {run['side']}{seed}",
        held["loss"],
        held["perplexity"],
        100 * held["accuracy"],
        run["cpu_seconds"],
        run["wall_seconds"],
        run["characters"],
        run["parameters"],
        settings_in_short(run["settings"]),
        len(tried),
    )


if __name__ == "__main__":
    launch(main)
