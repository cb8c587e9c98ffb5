"""poet models: the poets there are, and where they lie."""

from __future__ import annotations

import click


@click.group(epilog="Example: poet models show tang")
def models() -> None:
    """The models there are: those that ship and those you trained with --name."""


@models.command("list")
def list_() -> None:
    """List the models by name."""
    from ..checkpoint import Checkpoint
    from ..library import model_folders

    for name, folder in model_folders().items():
        facts = Checkpoint.describe(folder)
        click.echo(f"{name}\t{facts['parameters']:,} parameters\t{facts['text']['name']}\t{folder}")


@models.command()
@click.argument("name", default="tang")
def show(name: str) -> None:
    """Show a model's card."""
    from ..card import model_card
    from ..checkpoint import Checkpoint
    from ..library import find_model

    click.echo(model_card(Checkpoint.describe(find_model(name))), nl=False)


@models.command()
@click.argument("name", default="tang")
def path(name: str) -> None:
    """Print the folder of a model."""
    from ..library import find_model

    click.echo(find_model(name))
