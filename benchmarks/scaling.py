"""How the loss falls with the size of the model and with the amount of text.

poet's presets tiny, small and base are each trained on a sixteenth, a quarter and all of the Tang
training poems (chosen by hash) for the same processor time on one core, and evaluated on the same
held-out poems at their best point: a small text is overfitted long before the time is up. Runs
already in the results are not repeated, so the same command resumes what was broken off.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from benchmarks.common import launch, results_option, say, show
from benchmarks.runs import Book, all_cores, numbers, show_plan, work_off
from benchmarks.sides import Job, Part, poet_settings
from poet.dataset.prepare import prepare

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
@click.option("--cores", default="", callback=numbers, help="As 1,2; all cores by default.")
@click.option("--plan", "only_plan", is_flag=True, help="List the missing runs, and stop.")
@results_option  # fmt: skip
def main(
    minutes: float, text: str, seed: int, cores: tuple[float, ...], only_plan: bool, results: Path
) -> None:
    dataset = prepare([text], notify=say)
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
    places = [int(core) for core in cores] or all_cores()
    if only_plan:
        show_plan([*jobs.values()], book, len(places))
        return
    failed = work_off(book, dataset.folder, [*jobs.values()], places)
    report(jobs, book, characters)
    say(f"the runs are in {book.path}")
    sys.exit(1 if failed else 0)


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
