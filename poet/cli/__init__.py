"""The command line. One thin file per command, loaded when the command is called."""

from __future__ import annotations

import importlib
import io
import sys
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import click

from poet.cli.signals import terminated_as_interrupted
from poet.cli.streams import Remarks, Results, echo, leave_out_odd_width, open_missing_streams
from poet.errors import NoDigest, OutputClosed, PoetError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# group -> command -> (the name of its module and of the function in it, its summary)
COMMANDS = {
    "Writing": {
        "write": ("write", "Write a poem, from a prompt or from nothing."),
        "duet": ("duet", "Write a poem together with poet, line by line."),
        "scan": ("scan", "Analyse a poem: metre or tones, rhyme, and violations of its form."),
        "card": ("card", "Make a picture of a poem, to print or to send."),
        "forms": ("forms", "List the forms of verse."),
        "serve": ("serve", "Serve a page that writes poems, for the browser."),
    },
    "Training": {
        "train": ("train", "Train a model of your own."),
        "corpus": ("corpus", "List, fetch, show and check texts to train on."),
        "runs": ("runs", "List, show, plot and remove training runs."),
    },
    "Models": {
        "models": ("models", "List, name, share and remove the models on this computer."),
        "eval": ("evaluate", "Evaluate a model, and compare its poems with human ones."),
        "explain": ("explain", "See what the gates do, and how far back the gradient reaches."),
    },
    "Setup": {
        "completion": ("completion", "Print a script with which a shell completes poet's words."),
        "config": ("config", "Show the settings in force, and where each of them comes from."),
        "doctor": ("doctor", "Show versions, devices, the terminal, and where files are kept."),
    },
}
EXAMPLES = """\
  poet write "The moon" --form sonnet  a sonnet that begins with these words
  poet write 明月 --form 五絕          a Chinese quatrain that begins with 明月
  poet train sample --minutes 2        a model of your own, no network needed
"""


class Poet(click.Group):
    """Commands in groups; a module is imported when its command is called."""

    def __init__(self, **attributes: Any) -> None:
        listed = {
            name: click.Command(name, short_help=summary)
            for group in COMMANDS.values()
            for name, (_, summary) in group.items()
        }
        super().__init__(**attributes, commands=listed)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

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
        """The command that is called, its settings taken for defaults."""
        from poet.cli import settings

        name, command, rest = super().resolve_command(ctx, args)
        if name and command and not ctx.resilient_parsing:
            try:
                settings.apply(ctx, name, command, self.commands)
            except PoetError:
                # Help is there whatever the settings are
                if not {*ctx.help_option_names} & {*rest}:
                    raise
        return name, command, rest

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands by their table, options as of any command. Imports none of the commands."""
        from click.shell_completion import CompletionItem

        summaries = {n: about for group in COMMANDS.values() for n, (_, about) in group.items()}
        found = [
            CompletionItem(name, help=about)
            for name, about in summaries.items()
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Three examples, then the commands in groups. Imports none of the commands."""
        formatter.write("poet learns from poems and writes new ones.\n\n" + EXAMPLES)
        for name, commands in COMMANDS.items():
            with formatter.section(name):
                formatter.write_dl(
                    [(command, summary) for command, (_, summary) in commands.items()]
                )
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
    open_missing_streams()
    leave_out_odd_width()
    if not isinstance(sys.stdout, Results):
        sys.stdout = Results(sys.stdout)
    if not isinstance(sys.stderr, Remarks):
        sys.stderr = Remarks(sys.stderr)
    try:
        run(cli, "poet")
    except OSError as error:  # a full disk, no permission: nothing that poet could fix
        with suppress(OSError, PoetError):  # what is left to print, so that nothing fails at exit
            sys.stdout.flush()
        place = f"{error.filename}: " if error.filename else ""
        tell(PoetError(f"{place}{error.strerror or error}", "files saved before this are intact"))
        sys.exit(1)


def run(command: click.Command, name: str | None = None) -> NoReturn:
    """Run a command; turn the one family of errors into a message and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        # Help and tables hold Chinese; escape what a stream cannot encode instead of crashing
        if stream.errors == "strict" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        with warnings.catch_warnings(), terminated_as_interrupted():
            warnings.simplefilter("default", NoDigest)
            warnings.showwarning = _show_warning
            command(prog_name=name, standalone_mode=False)
        code = 0
    except OutputClosed as error:
        code = error.exit_code
    except PoetError as error:
        tell(error)
        code = error.exit_code
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        tell(PoetError("this needs torch, which is not installed", "pip install torch"))
        code = PoetError.exit_code
    except click.ClickException as error:
        if isinstance(error, click.BadParameter) and error.ctx and error.param:
            from poet.cli.settings import place

            error.param_hint = place(error.ctx, error.param) or error.param_hint
        shown = io.StringIO()
        error.show(shown)
        echo(shown.getvalue(), err=True, nl=False)
        code = error.exit_code
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except (click.Abort, KeyboardInterrupt):
        echo("interrupted", err=True)
        code = 130
    try:
        sys.stdout.flush()  # at exit it would be too late for an error
    except OutputClosed as error:
        code = code or error.exit_code
    sys.exit(code)


def tell(error: PoetError) -> None:
    """Print an error on stderr, and its hint on a second line."""
    echo(f"poet: {error.message}", err=True)
    if error.hint:
        echo(f"      {error.hint}", err=True)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: str | None = None,
) -> None:
    """A warning as one sentence; one that is not poet's own with its place in the code."""
    place = "" if category is NoDigest else f" ({category.__name__}, {filename}:{lineno})"
    echo(f"poet: {message}{place}", err=True)
