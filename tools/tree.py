"""The commands of poet, for the pages that describe them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from poet.cli import cli

WIDTH = 100


def commands_of(
    path: str, command: click.Command = cli, parent: click.Context | None = None
) -> Iterator[tuple[str, click.Command, click.Context]]:
    """A command by its path, such as `poet corpus list`, with all below it."""
    context = click.Context(
        command, parent, path.split()[-1], terminal_width=WIDTH, help_option_names=["-h", "--help"]
    )
    yield path, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            if subcommand and not subcommand.hidden:
                yield from commands_of(f"{path} {name}", subcommand, context)
