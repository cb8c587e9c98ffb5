"""How the loss falls with the size of the model and with the amount of text.

poet's presets tiny, small and base, each on a sixteenth, a quarter and all of the training poems
of Tang (chosen by hash), with the same processor time on one core, and read on the same held-out
poems at the best point of each. Equal time, since nothing but the smallest would come to its best
in a day of one core; the best point, since little text is overfitted long before. What is done is
kept: call again to go on.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from poet.dataset.prepare import prepare

from .common import launch, results_option, say, show
from .peers import READING, whole
from .runs import Book, all_cores, work_off
from .sides import Job, Part, poet_settings, settings_in_short

SIZES = ("tiny", "small", "base")
PARTS = (16, 4, 1)


@click.command(help=__doc__)
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    default=20.0,
    show_default=True,
    help="Processor time of each of the nine runs.",
)
@click.option("--text", default="tang", show_default=True, help="Of the catalogue, or a file.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--cores", default="", callback=whole, help="As 0,1; by default all there are.")
@click.option("--plan", "only_plan", is_flag=True, help="Say what would be run, and stop.")
@results_option  # fmt: skip
def main(
    minutes: float, text: str, seed: int, cores: tuple[int, ...], only_plan: bool, results: Path
) -> None:
    dataset = prepare([text], say=say)
    if dataset.is_stream:
        raise click.ClickException(f"{text} is one long text: only poems can be told apart by hash")
    parts = {one: Part(dataset.folder, dataset.tokenizer, dataset.facts, one) for one in PARTS}
    characters = {one: int(part.token_counts().sum()) for one, part in parts.items()}
    facts = {
        "text": Path(text).name,
        "fingerprint": dataset.fingerprint,
        "training_characters": {str(one): count for one, count in characters.items()},
    }
    book = Book.open("scaling", Path(text).stem, results, facts)
    jobs = {
        (size, one): Job("poet", poet_settings(size, count), minutes, seed=seed, part=one)
        for size in SIZES
        for one, count in characters.items()
    }
    places = cores or all_cores()
    if only_plan:
        _show_plan(jobs, book, len(places))
        return
    failed = work_off(book, dataset.folder, lambda busy: _missing(jobs, book, busy), places)
    report(jobs, book, characters)
    say(f"the runs are in {book.path}")
    sys.exit(1 if failed else 0)


def _missing(jobs: dict[tuple[str, int], Job], book: Book, busy: Sequence[Job] = ()) -> list[Job]:
    return [job for job in jobs.values() if job not in busy and not book.find(job)]


def _show_plan(jobs: dict[tuple[str, int], Job], book: Book, cores: int) -> None:
    left = _missing(jobs, book)
    minutes = sum((job.minutes or 0) + READING for job in left)
    for (size, one), job in jobs.items():
        done = "" if job in left else ", done"
        click.echo(f"{size}, 1/{one} of the text: {settings_in_short(job.settings)}{done}")
    click.echo(
        f"{len(left)} of {len(jobs)} runs to be made: about {minutes:.0f} core minutes, "
        f"on {cores} cores {minutes / 60 / cores:.1f} hours"
    )


def report(jobs: dict[tuple[str, int], Job], book: Book, characters: dict[int, int]) -> None:
    """Print a row a size, a column an amount of text, with how often the text was read."""
    header = ["", "parameters"]
    for one, count in characters.items():
        header += [f"1/{one}: {count:,}", "epochs"]
    rows = []
    for size in SIZES:
        runs = {one: book.find(jobs[size, one]) for one in characters}
        known = next(filter(None, runs.values()), None)
        row: list[object] = [size, known["parameters"] if known else "–"]
        for one, run in runs.items():
            row += _cells(run, characters[one])
        rows.append(row)
    minutes = next(iter(jobs.values())).length
    show(f"{book.facts['text']}, {minutes} each: nats a character, held out", header, rows)


def _cells(run: dict[str, Any] | None, characters: int) -> tuple[object, object]:
    if run is None or not run["held_out"]:
        return "–", "–"
    return run["held_out"]["loss"], run["characters"] / characters


if __name__ == "__main__":
    launch(main)
