"""Write the help page of every command into docs/usage.md.

python -m tools.usage
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from poet.cli import cli

PAGE = Path(__file__).parents[1] / "docs" / "usage.md"
WIDTH = 100
_commands = re.compile(r"(?<=<!-- commands -->\n).*(?=<!-- end -->)", re.DOTALL)


def filled(page: str) -> str:
    """The page with the help pages between its marks `<!-- commands -->` and `<!-- end -->`."""
    if not _commands.search(page):
        sys.exit(f"{PAGE} has no place for the commands")
    sections = (f"\n## {path}\n\n```\n{text}\n```\n" for path, text in help_pages(cli, "poet"))
    found = "".join(sections)
    return _commands.sub(lambda _: f"{found}\n", page)


def help_pages(
    command: click.Command, path: str, parent: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    """A command line and its help, for a command and each of its subcommands."""
    context = click.Context(
        command, parent, path.split()[-1], terminal_width=WIDTH, help_option_names=["-h", "--help"]
    )
    yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            if subcommand and not subcommand.hidden:
                yield from help_pages(subcommand, f"{path} {name}", context)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8")), encoding="utf-8", newline="\n")
