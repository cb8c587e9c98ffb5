"""Store the weights of a model that ships in 8 bits: python -m tools.quantize checkpoints/tang

`poet models quantize` does the same for a model of one's own.
"""

from __future__ import annotations

from pathlib import Path

import click

from poet.collection.manage import quantize


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Rewrite the model in FOLDER."""
    before, after = quantize(folder)
    click.echo(f"{folder}: {after:,} bytes of weights, {before:,} before")


if __name__ == "__main__":
    main()
