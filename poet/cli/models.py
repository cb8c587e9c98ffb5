"""poet models: the poets there are, and where they lie."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(epilog="Example: poet models show tang")
def models() -> None:
    """The models there are: those that ship and those you trained with --name."""


@models.command("list")
def list_() -> None:
    """List the models by name."""
    from poet.registry import model_folders

    for name, folder in model_folders().items():
        click.echo(f"{name}\t{_about(folder)}\t{folder}")


@models.command()
@click.argument("name", default="tang")
def show(name: str) -> None:
    """Show a model's card."""
    from poet.checkpoint import Checkpoint
    from poet.model_card import model_card
    from poet.registry import find_model

    click.echo(model_card(Checkpoint.describe(find_model(name))), nl=False)


@models.command()
@click.argument("name", default="tang")
def path(name: str) -> None:
    """Print the folder of a model."""
    from poet.registry import find_model

    click.echo(find_model(name))


def _about(folder: Path) -> str:
    """Size and text of a model; of a damaged one, what is wrong with it."""
    from poet.checkpoint import Checkpoint
    from poet.errors import InputError

    try:
        facts = Checkpoint.describe(folder)
    except InputError as error:
        return f"damaged\t{error.message}"
    return f"{facts.get('parameters', 0):,} parameters\t{facts.get('text', {}).get('name', '')}"
