"""How good do readers find poet's quatrains when they do not know who wrote them?

In four steps: `titles` chooses everyday titles and those of held-out Tang poems. `write` has a
model write a poem on each. `sheet` puts such poems, of one or more origins, and human ones in
random order on a sheet, and records in a key who wrote which. `score` averages the marks that
readers gave (`benchmarks.blind_marks` describes the format).

Only the verse tells poems apart: all have the same script and the stops ，。，。. Counting the
poems on a title tells nothing either, since each origin keeps a random three quarters of its titles
and some human poems are alone on theirs. Titles and sheet hold human poems; do not commit them.

For an older version, `sheet` reads what `poet write --jsonl` prints in a checkout of it.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import click

import poet
from benchmarks.blind_marks import (
    HUMAN,
    MARKS,
    agreement,
    averages,
    read_key,
    read_readers,
    read_titled,
    without_nan,
)
from benchmarks.blind_poems import (
    everyday,
    format_sheet,
    in_random_order,
    jsonl,
    kept,
    machine_poems,
    unread,
)
from benchmarks.common import ROOT, launch, record, results_option, say, show
from poet.dataset.prepare import prepare
from poet.files import write_text

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)


def setting(given: str) -> tuple[str, int | float | str]:
    """A name and its value: a number where it is one.

    >>> setting("particles=8"), setting("min_p=.05"), setting("strictness=lenient")
    (('particles', 8), ('min_p', 0.05), ('strictness', 'lenient'))
    """
    name, sign, value = given.partition("=")
    if not name or not sign:
        raise click.BadParameter(f"{given}: write NAME=VALUE")
    kinds: tuple[Callable[[str], int | float], ...] = (int, float)
    for kind in kinds:
        try:
            return name, kind(value)
        except ValueError:
            pass
    return name, value


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command("titles")
@click.argument("out", type=OUT)
@click.option("--everyday", "ordinary", type=click.IntRange(0), default=25, show_default=True)
@click.option("--unread", "held", type=click.IntRange(0), default=25, show_default=True)
@click.option(
    "--humans",
    type=click.IntRange(0),
    default=15,
    show_default=True,
    help="Titles besides that only the human poem has.",
)
@click.option("--seed", type=int, default=1, show_default=True)
def titles_(out: Path, ordinary: int, held: int, humans: int, seed: int) -> None:
    """Choose titles, with the human poems that there are, into the JSON lines OUT."""
    dataset, rng = prepare(["tang", "song"], notify=say), random.Random(seed)
    common = everyday(dataset, rng, ordinary)
    others = unread(dataset, rng, {"unread": held, "human": humans})
    names = {one.title for one in common}
    chosen = [*common, *(one for one in others if one.title not in names)]
    write_text(out, jsonl(chosen))
    counts = Counter(one.kind for one in chosen)
    say(f"written: {out}, {', '.join(f'{n} {kind}' for kind, n in counts.items())}")


@main.command()
@click.argument("titles", type=FILE)
@click.argument("out", type=OUT)
@click.option("--model", default="tang", show_default=True, help="Name or folder.")
@click.option("--origin", help="What the sheet's key calls these. [default: the model's name]")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of Writer.poems other than its default, e.g. temperature=0.8.",
)
def write(
    titles: Path, out: Path, model: str, origin: str | None, seed: int, settings: tuple[str, ...]
) -> None:
    """Write a poem on each of TITLES into the JSON lines OUT, at default settings."""
    asked = [one for one in read_titled(titles) if one.kind != "human"]
    writer = poet.load(model)
    name = origin or Path(model).name
    made = list(machine_poems(writer, asked, name, seed, dict(map(setting, settings))))
    write_text(out, jsonl(made))
    say(f"written: {out}, {len(made)} poems by {name}")


@main.command()
@click.argument("titles", type=FILE)
@click.option(
    "--origin",
    "origins",
    multiple=True,
    metavar="NAME=FILE",
    help="Poems in JSON lines with a title and a text each, such as poet write --jsonl prints.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / "runs" / "blind-reading",
    help="runs/blind-reading by default.",
)
@click.option(
    "--keep",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.75,
    show_default=True,
    help="The share of its titles that each origin keeps.",
)
@click.option("--parts", type=click.IntRange(1), default=1, show_default=True, help="Files.")
@click.option("--seed", type=int, default=1, show_default=True)
def sheet(
    titles: Path, origins: tuple[str, ...], folder: Path, keep: float, parts: int, seed: int
) -> None:
    """Make a sheet to be marked of human poems on TITLES and those of the origins; and its key."""
    if (folder / "key.json").exists():  # a sheet of it may be marked
        raise click.ClickException(f"{folder} holds a sheet already: name another --folder")
    chosen, rng = read_titled(titles), random.Random(seed)
    kinds = {one.title: one.kind for one in chosen}
    poems = [replace(one, origin=HUMAN) for one in chosen if one.text]
    for given in origins:
        name, _, file = given.partition("=")
        if not name or name == HUMAN or not Path(file).is_file():
            raise click.BadParameter(
                f"{given}: write NAME=FILE, a file that is here", param_hint="--origin"
            )
        for one in read_titled(Path(file)):
            if not one.text:
                raise click.ClickException(f"{file}: the poem on {one.title} has no text")
            poems.append(replace(one, origin=name, kind=kinds.get(one.title, one.kind)))
    order = in_random_order(kept(poems, keep, rng), rng)
    numbered = dict(enumerate(order, 1))
    folder.mkdir(parents=True, exist_ok=True)
    for part in range(parts):
        first, last = (round(k * len(order) / parts) for k in (part, part + 1))
        own = {number: numbered[number] for number in range(first + 1, last + 1)}
        name = "sheet.md" if parts == 1 else f"sheet-{part + 1}.md"
        write_text(folder / name, format_sheet(own))
    key = {"seed": seed, "keep": keep, "poems": [asdict(one) for one in order]}
    write_text(folder / "key.json", json.dumps(key, ensure_ascii=False, indent=1) + "\n")
    counts = Counter(one.origin for one in order)
    say(f"written to {folder}: {', '.join(f'{n} {name}' for name, n in sorted(counts.items()))}")


@main.command()
@click.argument("key", type=FILE)
@click.argument("marks", nargs=-1, required=True, type=FILE)
@click.option("--variant", default="", help="Ending of the name of the JSON file.")
@results_option
def score(key: Path, marks: tuple[Path, ...], variant: str, results: Path) -> None:
    """Mean marks of each origin, and how often it was taken for human; a file of MARKS a reader."""
    poems, facts = read_key(key)
    readers = read_readers(marks, len(poems))
    everyone = list(readers.values())
    rows = averages([poem.origin for poem in poems], everyone)
    header = ("", *MARKS, "taken for human", "poems")
    show(
        f"{len(poems)} poems, marks of {len(everyone)} readers from 1 to 5, ± standard error",
        header,
        [
            (
                row.origin,
                *(
                    f"{mean:.2f} ±{error:.2f}"
                    for mean, error in zip(row.marks, row.errors, strict=True)
                ),
                f"{row.believed} of {row.readings}",
                row.poems,
            )
            for row in rows
        ],
    )
    alike_ = agreement(everyone)
    if alike_:
        show("How far readers agree", ("", *alike_), [("correlation", *alike_.values())])
    figures = {
        **facts,
        "readers": list(readers),
        "poems": len(poems),
        "origins": {
            row.origin: {
                "poems": row.poems,
                "marks": without_nan(dict(zip(MARKS, row.marks, strict=True))),
                "standard_errors": without_nan(dict(zip(MARKS, row.errors, strict=True))),
                "taken_for_human": row.believed / row.readings,
                "readings": row.readings,
            }
            for row in rows
        },
        "by_reader": {
            name: {
                row.origin: without_nan(dict(zip(MARKS, row.marks, strict=True)))
                for row in averages([poem.origin for poem in poems], [one])
            }
            for name, one in readers.items()
        },
        "agreement": without_nan(alike_),
    }
    say(f"written: {record('blind_reading', figures, results, variant).name}")


if __name__ == "__main__":
    launch(main)
