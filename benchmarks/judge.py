"""The automatic judge (`poet.evaluation.judge`): what it finds in poems, and do readers agree?

`found` counts how often a poem's own title, and its own second half, suit it best among five, in
files of poems with titles and in held-out Tang quatrains. `calibrate` holds its scores of single
poems against the marks of blind readers (`benchmarks.blind_reading`).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.blind_marks import (
    HUMAN,
    MARKS,
    Titled,
    correlation,
    read_key,
    read_readers,
    read_titled,
    without_nan,
)
from benchmarks.blind_poems import FORMS, alike
from benchmarks.blind_reading import FILE
from benchmarks.common import launch, record, results_option, say, show
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.evaluation.judge import CANDIDATES, Judge
from poet.evaluation.references import titled_poems
from poet.poem import Poem


def poem_of(one: Titled) -> Poem:
    """The poem in the script and the forms of characters that the judge counted."""
    return Poem(alike(one.text), alike(one.title))


def human_poems(dataset: TokenDataset) -> list[Poem]:
    """All held-out Tang quatrains with usable titles."""
    return [poem for form in FORMS for poem in titled_poems(dataset, form, len(dataset), 0)]


def scores(judge: Judge, poems: list[Poem]) -> dict[str, NDArray[np.float64]]:
    """Three scores (N,) of single poems, by name.

    `title lead` is how much better its title suits a poem than other titles of these poems do:
    `title` alone hangs on how well known the title's characters are.
    """
    titles = {poem.title: judge.columns(poem.title) for poem in poems}
    verses = [judge.columns(poem.text) for poem in poems]
    table = judge.titles.scores(list(titles.values()), verses)  # titles, poems
    place = {title: row for row, title in enumerate(titles)}
    own = table[[place[poem.title] for poem in poems], np.arange(len(poems))]
    rest = (table.sum(axis=0) - own) / max(1, len(titles) - 1)
    coherence = np.array([judge.coherence_score(poem.text) for poem in poems])
    return {"title": own, "title lead": own - rest, "coherence": coherence}


text_option = click.option(
    "--text", "texts", multiple=True, default=("tang", "song"), show_default=True,
    help="What the judge counts on: of the catalogue, or a file.",
)  # fmt: skip


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
@click.argument("files", nargs=-1, type=FILE)
@click.option("--variant", default="", help="Ending of the name of the JSON file.")
@text_option
@results_option
def found(files: tuple[Path, ...], variant: str, texts: tuple[str, ...], results: Path) -> None:
    """The shares of FILES of poems, JSON lines with title and text, beside those of Tang poets."""
    poems = {path.stem: [poem_of(p) for p in read_titled(path) if p.text] for path in files}
    dataset = prepare(texts, notify=say)
    poems["Tang, held out"] = human_poems(dataset)
    judge = Judge.from_dataset(dataset)
    figures = {
        name: {
            "titles": asdict(judge.title_retrieval(own)),
            "second_halves": asdict(judge.half_retrieval(own)),
        }
        for name, own in poems.items()
    }
    rows = [
        (
            name,
            len(poems[name]),
            *(f"{one['share']:.3f} ±{one['error']:.3f}" for one in of.values()),
        )
        for name, of in figures.items()
    ]
    title = f"found among {CANDIDATES}, {1 / CANDIDATES:.2f} by guessing, ± standard error"
    show(title, ("", "poems", "own title", "own second half"), rows)
    everything = {"counted": judge.poems, "found": figures}
    say(f"written: {record('judge', everything, results, variant).name}")


@main.command()
@click.argument("key", type=FILE)
@click.argument("marks", nargs=-1, required=True, type=FILE)
@click.option("--variant", default="calibrated", show_default=True, help="Ending of the file.")
@text_option
@results_option
def calibrate(
    key: Path, marks: tuple[Path, ...], variant: str, texts: tuple[str, ...], results: Path
) -> None:
    """Correlations of the judge's scores with the mean marks of a sheet's readers."""
    sheet, _ = read_key(key)
    readers = read_readers(marks, len(sheet))
    judge = Judge.from_dataset(prepare(texts, notify=say))
    mean = np.mean([one.marks for one in readers.values()], axis=0)  # (N, 5)
    by_score = scores(judge, [poem_of(one) for one in sheet])
    machine = np.array([one.origin != HUMAN for one in sheet])
    figures: dict[str, Any] = {"poems": len(sheet), "readers": len(readers), "counted": judge.poems}
    for whose, chosen in (("all poems", machine | True), ("machines' poems", machine)):
        table = {
            name: {mark: correlation(own[chosen], mean[chosen, i]) for i, mark in enumerate(MARKS)}
            for name, own in by_score.items()
        }
        rows = [(name, *(f"{one:.2f}" for one in of.values())) for name, of in table.items()]
        show(f"correlation of scores and marks, {whose} ({chosen.sum()})", ("", *MARKS), rows)
        figures[whose] = {name: without_nan(of) for name, of in table.items()}
    say(f"written: {record('judge', figures, results, variant).name}")


if __name__ == "__main__":
    launch(main)
