"""poet models: the models on this computer."""

from __future__ import annotations

from pathlib import Path

import click

from poet.cli.options import examples
from poet.cli.streams import echo
from poet.registry import DEFAULT


@click.group(epilog=examples("poet models list", "poet models show tang"))
def models() -> None:
    """List and show models: those shipped with poet and those you trained with --name."""


@models.command("list")
def list_() -> None:
    """List the models: name, size, text, folder."""
    from poet.registry import model_folders

    for name, folder in model_folders().items():
        echo(f"{name}\t{_about(folder)}\t{folder}")


@models.command()
@click.argument("name", default=DEFAULT)
def show(name: str) -> None:
    """Show a model card."""
    from poet.checkpoint import Checkpoint
    from poet.model_card import model_card
    from poet.registry import find_model

    echo(model_card(Checkpoint.describe(find_model(name))), nl=False)


@models.command()
@click.argument("name", default=DEFAULT)
def path(name: str) -> None:
    """Print the folder of a model."""
    from poet.registry import find_model

    echo(find_model(name))


def _about(folder: Path) -> str:
    """A model's size and text; for a damaged one, what is wrong with it."""
    from poet.checkpoint import Checkpoint
    from poet.errors import InputError

    try:
        facts = Checkpoint.describe(folder)
    except InputError as error:
        return f"damaged\t{error.message}"
    return f"{facts.get('parameters', 0):,} parameters\t{facts.get('text', {}).get('name', '')}"
