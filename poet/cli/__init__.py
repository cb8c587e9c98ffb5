"""The command line. One thin file per command group, loaded when it is called."""

from __future__ import annotations

import difflib
import importlib
import sys
from typing import NoReturn

import click

from poet.errors import PoetError

# group -> command -> (module and what it calls the command, what it does)
COMMANDS = {
    "Writing": {
        "write": ("write", "Write a poem, from a prompt or from nothing."),
        "scan": ("scan", "The prosody of any poem: tones, rhyme, and what breaks the form."),
    },
    "Training": {
        "train": ("train", "Train a poet of your own."),
        "corpus": ("corpus", "Texts to learn from: list, fetch, show, check."),
        "runs": ("runs", "The runs of training: list, show, plot."),
    },
    "Models": {
        "models": ("models", "The models there are: list, show, path."),
        "eval": ("evaluate", "The honest numbers of a model, human poems beside."),
        "explain": ("explain", "What the gates do, and how far back the gradient reaches."),
    },
    "Setup": {
        "doctor": ("doctor", "Versions, devices, terminal, and where things lie."),
    },
}
EXAMPLES = """\
  poet write 明月                      a poem that begins with 明月
  poet write 夜雨 --form 五絕          a quatrain of five characters a line
  poet train sample --minutes 2        a poet of your own, without a network
"""


class Poet(click.Group):
    """Commands by group; a module is imported when its command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for group in COMMANDS.values() for name in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for group in COMMANDS.values():
            if cmd_name in group:
                name = group[cmd_name][0]
                command = getattr(importlib.import_module(f".{name}", __name__), name)
                assert isinstance(command, click.Command)
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A mistyped command is met with the nearest one, never run."""
        name = args[0]
        if not name.startswith("-") and name not in (names := self.list_commands(ctx)):
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"The commands are {', '.join(names)}."
            raise click.UsageError(f"There is no command {name!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Three examples first, then the commands by group; nothing is imported for it."""
        formatter.write("poet writes verse, and learns to from poems.\n\n" + EXAMPLES)
        for name, commands in COMMANDS.items():
            with formatter.section(name):
                formatter.write_dl([(command, what) for command, (_, what) in commands.items()])
        with formatter.section("Options"):
            formatter.write_dl(
                [record for p in self.get_params(ctx) if (record := p.get_help_record(ctx))]
            )


@click.command(
    cls=Poet,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)
@click.version_option(None, "-V", "--version", package_name="poet", message="poet %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> None:
    """The `poet` command."""
    try:
        run(cli, "poet")
    except OSError as error:  # the disk, a folder, a name: nothing that we could mend
        place = f"{error.filename}: " if error.filename else ""
        tell(PoetError(f"{place}{error.strerror or error}", "what was saved before is whole"))
        sys.exit(1)


def run(command: click.Command, name: str | None = None) -> NoReturn:
    """Run a command, and turn the one family of errors into a sentence and a code."""
    for stream in (sys.stdout, sys.stderr):
        # Help and tables hold Chinese too; what the stream lacks shows as escapes, not as a crash
        if stream.errors == "strict" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        command(prog_name=name, standalone_mode=False)
        code = 0
    except PoetError as error:
        tell(error)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = 130
    sys.exit(code)


def tell(error: PoetError) -> None:
    """One sentence what happened, one line what to do, on stderr."""
    click.echo(_printable(f"poet: {error.message}"), err=True)
    if error.hint:
        click.echo(_printable(f"      {error.hint}"), err=True)


def _printable(text: str) -> str:
    """Text that any stream can carry: bytes that were no text show as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
