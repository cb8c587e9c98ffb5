"""The clichés of a model: what it writes more often than people do, on the same titles.

python -m tools.cliches checkpoints/tang tang song

The model writes a quatrain on the title of each of some training poems, in its form; its pairs of
characters are counted beside those of the poems themselves.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
from tqdm import tqdm

from poet.checkpoint import Checkpoint
from poet.dataset.dataset import TokenDataset, in_judge_half
from poet.errors import FormNotReached, PoetError
from poet.evaluation.references import usable_title
from poet.generation.cliches import FILE, Cliches
from poet.generation.title_lifts import TitleLifts
from poet.generation.writer import Writer
from poet.novelty.index import NoveltyIndex
from poet.poem import Poem
from poet.tokenizer import UNK
from tools.texts import training_text

FORMS = ("五絕", "七絕")


@click.command(help=__doc__)
@click.argument("model", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("texts", nargs=-1, required=True)
@click.option("--poems", type=click.IntRange(10), default=2000, show_default=True)
@click.option("--seed", type=int, default=11, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="The poems, as JSON lines.")
def main(model: Path, texts: tuple[str, ...], poems: int, seed: int, keep: Path | None) -> None:
    try:
        make(model, training_text(model, texts), poems, seed, keep)
    except PoetError as error:
        click.echo(f"{error.message}\n{error.hint}".rstrip(), err=True)
        sys.exit(error.exit_code)


def make(model: Path, dataset: TokenDataset, count: int, seed: int, keep: Path | None) -> None:
    """Write the clichés beside the model, and tell the commonest."""
    # Without the clichés that it may have: they would have a say in what is written
    writer = Writer(Checkpoint.read(model), NoveltyIndex.read(model), TitleLifts.read(model))
    human, written = [], []
    for number, (form, own) in enumerate(tqdm(list(titled(dataset, count, seed)), unit="poem")):
        asked = {"form": form, "title": own.title, "seeds": [(seed, number)], "best_of": 1}
        with suppress(FormNotReached):
            written.append(next(writer.poems(**asked)).poem.text)
            human.append(own.text)
    if keep:
        lines = (json.dumps({"text": text}, ensure_ascii=False) for text in written)
        keep.write_text("".join(line + "\n" for line in lines), "utf-8")
    cliches = Cliches.from_texts(dataset.tokenizer, written, human)
    cliches.write(model)
    size = (model / FILE).stat().st_size
    click.echo(f"{model / FILE}: {len(cliches.pairs):,} pairs, {size:,} bytes")


def titled(dataset: TokenDataset, count: int, seed: int) -> Iterator[tuple[str, Poem]]:
    """Training quatrains of different usable titles with their forms, drawn with a seed."""
    tokenizer, seen = dataset.tokenizer, set[str]()
    marks = {tokenizer.form_id(form): form for form in FORMS}
    training = dataset.poems(held_out=False)
    training = training[~in_judge_half(training)]  # who judges verse has counted the others
    poems = [int(i) for i in training if int(dataset.table["form"][i]) in marks]
    random.Random(seed).shuffle(poems)
    for poem in poems:
        title, verse = dataset.title(poem), dataset.verse(poem)
        name = usable_title(tokenizer.decode(title))
        if not name or name in seen or UNK in title or UNK in verse:
            continue
        seen.add(name)
        yield marks[int(dataset.table["form"][poem])], Poem(tokenizer.decode(verse), name)
        if len(seen) == count:
            return


if __name__ == "__main__":
    main()
