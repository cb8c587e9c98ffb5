"""The title lifts for a model that has none: counted on the texts that it was trained on.

python -m tools.lifts checkpoints/tang tang song
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from poet.errors import InputError, PoetError
from poet.generation.title_lifts import FILE, TitleLifts
from tools.texts import training_text


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
    """Write the lifts, and tell their figures. Raises `InputError` where there are none."""
    dataset = training_text(model, texts)
    began = time.perf_counter()
    lifts = TitleLifts.from_dataset(dataset)
    if not len(lifts.characters):
        raise InputError(f"no poem of {' '.join(texts)} has a Chinese title", "there is no need")
    lifts.write(model)
    made = time.perf_counter()
    click.echo(
        f"{model / FILE}: {(lifts.weights > 0).sum():,} title characters, "
        f"{len(lifts.characters):,} lifts, {(model / FILE).stat().st_size:,} bytes, "
        f"{made - began:.1f} s"
    )


if __name__ == "__main__":
    main()
