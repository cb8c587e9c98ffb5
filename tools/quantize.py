"""Store the weights of a model in 8 bits instead of 16: python -m tools.quantize MODEL

The files that were counted for it (index of lines, lifts, clichés) stay as they are.
"""

from __future__ import annotations

from pathlib import Path

import click

from poet.checkpoint import COUNTED, WEIGHTS_FILE, Checkpoint
from poet.files import Write
from poet.registry import find_model


@click.command(help=__doc__)
@click.argument("model")
def main(model: str) -> None:
    """Rewrite MODEL, a name or a folder."""
    folder = find_model(model)
    before = (folder / WEIGHTS_FILE).stat().st_size
    quantize_model(folder)
    click.echo(
        f"{folder / WEIGHTS_FILE}: {(folder / WEIGHTS_FILE).stat().st_size:,} bytes, "
        f"{before:,} before"
    )


def quantize_model(folder: Path) -> None:
    """Rewrite the model in a folder. Raises `InputError` where there is none."""
    counted: dict[str, Write] = {
        name: _copy_of(folder / name) for name in COUNTED if (folder / name).exists()
    }
    Checkpoint.read(folder).write(folder, counted, bits=8)


def _copy_of(file: Path) -> Write:
    data = file.read_bytes()
    return lambda path: path.write_bytes(data)


if __name__ == "__main__":
    main()
