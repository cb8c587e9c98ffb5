"""The index of lines for a model that has none: made from the texts that it was trained on.

python -m tools.novelty checkpoints/tang tang song
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
import numpy as np

from poet.errors import InputError, PoetError
from poet.novelty.index import FILE, MAX_NGRAMS, NoveltyIndex
from tools.texts import training_text

TRIED = 1_000_000  # random n-grams, for the false positives


@click.command(help=__doc__)
@click.argument("model", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("texts", nargs=-1, required=True)
def main(model: Path, texts: tuple[str, ...]) -> None:
    try:
        make(model, texts)
    except PoetError as error:
        click.echo(f"{error.message}\n{error.hint}".rstrip(), err=True)
        sys.exit(error.exit_code)


def make(model: Path, texts: tuple[str, ...]) -> None:
    """Write the index, and tell its figures. Raises `InputError` where the text is another."""
    dataset = training_text(model, texts)
    began = time.perf_counter()
    index = NoveltyIndex.from_dataset(dataset)
    if not index:
        raise InputError(
            f"{' '.join(texts)} has more than {MAX_NGRAMS:,} n-grams, too many for an index",
            "lines that stand in it will not be known",
        )
    index.write(model)
    made = time.perf_counter()
    ngrams = np.random.default_rng(1).integers(0, 1 << 64, TRIED, dtype=np.uint64)
    wrong = float(index.contains(ngrams).mean())
    size = (model / FILE).stat().st_size
    click.echo(
        f"{model / FILE}: {index.ngrams.count:,} n-grams, {size:,} bytes, {made - began:.1f} s, "
        f"{wrong:.3%} of {TRIED:,} random n-grams taken for known"
    )


if __name__ == "__main__":
    main()
