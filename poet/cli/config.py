"""poet config: which settings are in force, and where each of them comes from."""

from __future__ import annotations

from collections.abc import Iterator

import click

from poet.cli import settings
from poet.cli.options import examples, plain_table
from poet.cli.streams import echo

Row = tuple[str, str, str, str]


@click.command(epilog=examples("poet config", "POET_WRITE_FORM=sonnet poet config write"))
@click.argument("name", required=False, metavar="[COMMAND]")
@click.pass_context
def config(ctx: click.Context, name: str | None) -> None:
    """Show the settings in force, and the file or variable that each comes from.

    Defaults of options can be kept in your own poet.toml, in a poet.toml in the working folder,
    which weighs more, and in the environment, which weighs still more. An option that is typed
    weighs most. With COMMAND only what concerns it. docs/habits.md describes the file.
    """
    from poet import paths

    root = ctx.find_root()
    assert isinstance(root.command, click.Group)
    names = [name] if name else root.command.list_commands(root)
    rows: list[Row] = []
    for one in names:
        _, command, _ = root.command.resolve_command(root, [one])
        assert command  # or else it has raised
        rows += _rows(click.Context(command, root, one))
    if rows:
        echo(plain_table(("command", "option", "value", "from"), rows, (), ("value",)), nl=False)
    else:
        echo("no settings are in force", err=True)
    files = [str(file.path) for file in settings.read_files()]
    echo(f"read: {', '.join(files) or 'no file'}; yours is {paths.settings()}", err=True)


def _rows(ctx: click.Context) -> Iterator[Row]:
    """The settings of a command and of its subcommands. Raises `click.BadParameter`."""
    command = ctx.command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _rows(click.Context(inner, ctx, name))
        return
    for option in settings.options_of(command).values():
        value, source = option.consume_value(ctx, {})
        ctx.set_parameter_source(str(option.name), source)
        if found := settings.origin(ctx, option):
            shown = option.process_value(ctx, value)
            text = ", ".join(map(str, shown)) if isinstance(shown, tuple) else str(shown)
            yield ctx.command_path, max(option.opts, key=len), text, found
