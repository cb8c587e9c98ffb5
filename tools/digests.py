"""Add digests to models of older versions, which lack them: python -m tools.digests MODEL …

Their other files stay as they are, byte for byte.
"""

from __future__ import annotations

from pathlib import Path

import click

from poet.checkpoint import COUNTED, WEIGHTS_FILE, Checkpoint
from poet.objects import DIGESTS, MODEL_FILE, SEAL, digest, write_model
from poet.registry import find_model


@click.command()
@click.argument("models", nargs=-1, required=True)
def main(models: tuple[str, ...]) -> None:
    """Add digests to MODELS, names or folders."""
    for name in models:
        folder = find_model(name)
        add_digests(folder)
        click.echo(f"{folder / MODEL_FILE} holds the digests of the files beside it")


def add_digests(folder: Path) -> None:
    """Give the model in a folder the digests of the files there. Raises `InputError` as `read`."""
    facts = Checkpoint.describe(folder)
    members = [name for name in (WEIGHTS_FILE, *COUNTED) if (folder / name).exists()]
    facts[DIGESTS] = {name: digest(folder / name) for name in sorted(members)}
    facts.pop(SEAL, None)
    write_model(folder, facts, {})


if __name__ == "__main__":
    main()
