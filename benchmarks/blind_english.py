"""How good do readers find poet's English stanzas when they do not know who wrote them?

`sheet` puts quatrains and sonnets of four origins in random order on a sheet, and records in a key
who wrote which; `score` averages the marks that readers gave.

- human: stanzas of held-out poems, cleaned as all training text is
- poet: poems of a file that `python -m benchmarks.english write` wrote, at default settings
- unsteered: what the model writes without rules, cut to as many lines
- shuffled: lines of different human stanzas of the form, each in its own place

All end with a full stop or its like, and none has a title. Sheet and key hold human verse; do not
commit them. A reader's file has a line for each poem: number,fluency,coherence,meaning,guess.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

import poet
from benchmarks.blind_marks import Titled, agreement, averages, read_key, read_readers, without_nan
from benchmarks.common import ROOT, launch, record, results_option, say, show
from benchmarks.english import model_option, read_rows
from benchmarks.stanzas import closed, free_stanzas, human_stanzas
from poet.dataset.for_model import with_tokenizer
from poet.dataset.prepare import prepare
from poet.files import write_text
from poet.generation.sampling import Sampling
from poet.prosody.english.forms import find_form

MARKS = ("fluency", "coherence", "meaning")
HUMAN = "human"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
INTRODUCTION = """\
# English stanzas to be marked

Some of these were written by people, some by machines, and some are lines by people that do not
belong together; how many of each is not known. Quatrains by people may be of longer poems. Judge
each by itself, as it stands before you, and do not go back to compare. Rhyme and metre tell you
nothing.

Give each three marks from 1 (bad) to 5 (as good as a good poem by a practised poet):

- **fluency**: each line reads as English verse, its words go together, its grammar holds;
- **coherence**: the lines belong together, each leads on from the one before;
- **meaning**: it says something that can be told in other words;

and a guess: **h** (a human wrote it) or **m** (a machine). Write a line for every poem and nothing
else:

    number,fluency,coherence,meaning,guess
    1,3,4,3,h
"""


@click.group(help=__doc__)
def main() -> None:
    pass


def shuffled(stanzas: Sequence[str], count: int) -> list[str]:
    """Stanzas of lines that stand in different ones, each in its own place.

    >>> shuffled(["a\\nb", "c\\nd"], 2)
    ['a\\nd', 'c\\nb']
    """
    lines = [[line for line in text.split("\n") if line] for text in stanzas]
    return [
        "\n".join(lines[(k + i) % len(lines)][i] for i in range(len(lines[k])))
        for k in range(min(count, len(lines)))
    ]


def some(rows: Sequence[Mapping[str, Any]], form: str, count: int, rng: random.Random) -> list[str]:
    """At most `count` of the poems in a form, at random."""
    texts = [row["text"] for row in rows if row["form"] == form and row["text"]]
    return rng.sample(texts, min(count, len(texts)))


def format_sheet(poems: Sequence[Titled]) -> str:
    """The sheet in Markdown; nothing in it hangs on the origin of a poem."""
    parts = [INTRODUCTION]
    for number, poem in enumerate(poems, 1):
        lines = "  \n".join(line for line in poem.text.split("\n") if line)
        parts.append(f"## {number}\n\n{lines}\n")
    return "\n".join(parts)


@main.command()
@click.argument("poems", type=FILE)
@model_option
@click.option(
    "--origin",
    "others",
    multiple=True,
    metavar="NAME=FILE",
    help="More poems, such as other settings or an earlier version wrote.",
)
@click.option("--quatrains", type=click.IntRange(0), default=15, show_default=True)
@click.option("--sonnets", type=click.IntRange(0), default=10, show_default=True)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / "runs" / "blind-english",
    help="runs/blind-english by default.",
)
@click.option("--seed", type=int, default=1, show_default=True)
def sheet(
    poems: Path,
    model: str,
    others: tuple[str, ...],
    quatrains: int,
    sonnets: int,
    folder: Path,
    seed: int,
) -> None:
    """Make a sheet and its key, with so many quatrains and sonnets of each origin."""
    if (folder / "key.json").exists():  # a sheet of it may be marked
        raise click.ClickException(f"{folder} holds a sheet already: name another --folder")
    rng, writer = random.Random(seed), poet.load(model)
    dataset = with_tokenizer(prepare(["english"], notify=say), writer.tokenizer)
    written = {"poet": read_rows(poems)}
    for given in others:
        name, _, file = given.partition("=")
        if not Path(file).is_file():
            raise click.BadParameter(f"{given}: write NAME=FILE", param_hint="--origin")
        written[name] = read_rows(Path(file))
    chosen = list[Titled]()
    for name, count in (("quatrain", quatrains), ("sonnet", sonnets)):
        form = find_form(name)
        assert form
        human = human_stanzas(dataset, form, seed)
        sampling = Sampling.default(form)
        origins = {
            HUMAN: human[:count],
            **{origin: some(rows, name, count, rng) for origin, rows in written.items()},
            "unsteered": list(free_stanzas(writer, form, count, sampling, seed)),
            "shuffled": shuffled(human[count : 2 * count], count),
        }
        for origin, texts in origins.items():
            if len(texts) < count:
                raise click.ClickException(
                    f"{len(texts)} of {count} {name}s, origin {origin}: ask for fewer, or write "
                    "more with python -m benchmarks.english write"
                )
            chosen += [Titled("", name, closed(text), origin) for text in texts]
    rng.shuffle(chosen)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "sheet.md", format_sheet(chosen))
    key = {"seed": seed, "model": writer.checkpoint.info.name, "poems": [*map(asdict, chosen)]}
    write_text(folder / "key.json", json.dumps(key, ensure_ascii=False, indent=1) + "\n")
    counts = Counter(one.origin for one in chosen)
    say(f"written to {folder}: {', '.join(f'{n} {name}' for name, n in sorted(counts.items()))}")


@main.command()
@click.argument("key", type=FILE)
@click.argument("marks", nargs=-1, required=True, type=FILE)
@click.option("--variant", default="", help="Ending of the name of the JSON file.")
@results_option
def score(key: Path, marks: tuple[Path, ...], variant: str, results: Path) -> None:
    """Mean marks of each origin with their 95 % intervals; a file of MARKS a reader."""
    poems, facts = read_key(key)
    readers = read_readers(marks, len(poems), MARKS)
    everyone = list(readers.values())
    figures, table = {}, []
    for form in ("", *dict.fromkeys(poem.form for poem in poems)):
        own = [i for i, poem in enumerate(poems) if form in ("", poem.form)]
        names = [poems[i].origin for i in own]
        for row in averages(names, [one.of(own) for one in everyone], HUMAN):
            name = f"{row.origin}, {form}s" if form else row.origin
            means = dict(zip(MARKS, row.marks, strict=True))
            widths = {m: 1.96 * error for m, error in zip(MARKS, row.errors, strict=True)}
            figures[name] = {
                "poems": row.poems,
                "marks": without_nan(means),
                "half_widths": without_nan(widths),
                "taken_for_human": row.believed / row.readings,
                "readings": row.readings,
            }
            table.append(
                (name, *(f"{means[m]:.2f} ±{widths[m]:.2f}" for m in MARKS),
                 f"{row.believed} of {row.readings}", row.poems)
            )  # fmt: skip
    title = f"{len(poems)} poems, marks of {len(everyone)} readers from 1 to 5, ± 95 % interval"
    show(title, ("", *MARKS, "taken for human", "poems"), table)
    alike = agreement(everyone, MARKS)
    if alike:
        show("How far readers agree", ("", *alike), [("correlation", *alike.values())])
    facts |= {
        "readers": list(readers),
        "poems": len(poems),
        "origins": figures,
        "agreement": without_nan(alike),
    }
    say(f"written: {record('blind_english', facts, results, variant).name}")


if __name__ == "__main__":
    launch(main)
