"""Does a model listen to title, author and form? Held-out poems with and without them.

Each held-out Tang poem is read with nothing given, with its true title, author or form, with all
three, and, as a control, with the title or author of another poem. What counts is the mean
difference of nats a character, poem by poem, with its standard error, and the same pooled over all
characters, where long poems count more: below zero, the condition makes the poem likelier.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

import poet
from benchmarks.common import launch, record, results_option, say, show
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.generation.writer import Writer
from poet.tokenizer import OTHER_AUTHOR


@dataclass(frozen=True, slots=True)
class Known:
    """A poem, and what is known of it."""

    text: str
    title: str
    author: str
    form: str


def held_out(dataset: TokenDataset, most: int) -> list[Known]:
    """Held-out Tang poems that have a title and an author of their own mark, and a form."""
    tokenizer, found = dataset.tokenizer, []
    marks = {i: name for name in tokenizer.forms if (i := tokenizer.form_id(name)) is not None}
    authors = {
        i: name for name in tokenizer.authors if (i := tokenizer.author_id(name)) is not None
    }
    for poem in map(int, dataset.poems(held_out=True, source=0)):
        form = marks.get(int(dataset.table["form"][poem]), "")
        author = authors.get(int(dataset.table["author"][poem]), OTHER_AUTHOR)
        title = tokenizer.decode(dataset.title(poem))
        if form and title and author != OTHER_AUTHOR:
            found.append(Known(tokenizer.decode(dataset.verse(poem)), title, author, form))
    random.Random(0).shuffle(found)
    return found[:most]


def another(poems: Sequence[Known], name: str) -> list[str]:
    """For each poem the title or author of another that has a different one."""
    own = [getattr(poem, name) for poem in poems]
    found = own[:]
    rng = random.Random(1)
    for i, mine in enumerate(own):
        while found[i] == mine:
            found[i] = rng.choice(own)
    return found


def measure(writer: Writer, poems: Sequence[Known]) -> dict[str, Any]:
    """The mean of each way of reading, and its difference from reading with nothing given."""
    wrong = {name: another(poems, name) for name in ("title", "author")}
    ways: dict[str, Callable[[int], dict[str, str]]] = {
        "nothing": lambda i: {},
        "title": lambda i: {"title": poems[i].title},
        "author": lambda i: {"author": poems[i].author},
        "form": lambda i: {"form": poems[i].form},
        "all three": lambda i: {
            "title": poems[i].title, "author": poems[i].author, "form": poems[i].form
        },
        "another's title": lambda i: {"title": wrong["title"][i]},
        "another's author": lambda i: {"author": wrong["author"][i]},
    }  # fmt: skip
    nats = {
        name: np.array(
            [writer.score(p.text, **given(i)).nats_per_character for i, p in enumerate(poems)]
        )
        for name, given in ways.items()
    }
    bare = nats["nothing"]
    characters = np.array([len(p.text) + 1 for p in poems])  # the end mark is one
    return {
        name: {
            "nats": float(found.mean()),
            "difference": float((found - bare).mean()),
            "standard_error": float((found - bare).std(ddof=1) / len(poems) ** 0.5),
            "pooled": float(np.average(found - bare, weights=characters)),
            "likelier": float((found < bare).mean()),
        }
        for name, found in nats.items()
    }


@click.command(help=__doc__)
@click.option("--poems", type=click.IntRange(10), default=1000, show_default=True)
@click.option("--model", default="tang", show_default=True)
@results_option
def main(poems: int, model: str, results: Path) -> None:
    writer, dataset = poet.load(model), prepare(["tang", "song"], notify=say)
    chosen = held_out(dataset, poems)
    figures = measure(writer, chosen)
    rows: list[tuple[object, ...]] = [
        (
            name,
            f["nats"],
            f["difference"],
            f["standard_error"],
            f["pooled"],
            f"{f['likelier']:.0%}",
        )
        for name, f in figures.items()
    ]
    header = ("given", "nats", "difference", "± s.e.", "pooled", "poems likelier")
    show(f"{len(chosen):,} held-out Tang poems", header, rows)
    everything = {"poems": len(chosen), "given": figures}
    say(f"written: {record('conditions', everything, results).name}")


if __name__ == "__main__":
    launch(main)
