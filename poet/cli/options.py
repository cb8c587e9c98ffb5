"""Options and tables that several commands share."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, Any, Literal

import click

from poet.cli.completing import complete_models
from poet.registry import DEFAULT

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SHOWN = ("tones", "rhyme", "pinyin", "gloss", "novelty", "ranking")  # beside a poem
WIDTH_OF_A_PIPE = 200  # wide enough for any row of a table
ABOUT_THE_POEM = ("novelty", "ranking")  # printed below it, not marked beside its characters


class GroupedOption(click.Option):
    """An option that the help lists under a heading, without its `aliases`."""

    def __init__(
        self, *names: Any, group: str = "", aliases: tuple[str, ...] = (), **attributes: Any
    ) -> None:
        super().__init__(*names, **attributes)
        self.group = group
        self.aliases = aliases

    @property
    def shown_names(self) -> list[str]:
        """The names that the help shows."""
        return [name for name in self.opts if name not in self.aliases]

    def get_help_extra(self, ctx: click.Context) -> click.types.OptionHelpExtra:
        """The extra facts of the help, without the range: the error message names it."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        if not record:
            return None
        names, text = record
        for alias in self.aliases:
            names = names.replace(f", {alias}", "")
        return names, text


class GroupedCommand(click.Command):
    """A command whose help lists its options by group, in the order of their declaration."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record and isinstance(parameter, click.Option):
                groups.setdefault(getattr(parameter, "group", "Other options"), []).append(record)
        for group, records in groups.items():
            with formatter.section(group):
                formatter.write_dl(records)


def group_of(name: str) -> Callable[..., Callable[[Any], Any]]:
    """`click.option` for the options under one heading of a `GroupedCommand`."""
    return partial(click.option, cls=GroupedOption, group=name)


def examples(*lines: str) -> str:
    """An epilog of example commands, one to a line."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


class CommaSeparated(click.ParamType[tuple[Any, ...]]):
    """One or more values of a type, separated by commas: `0.3,0.8`."""

    def __init__(self, item_type: click.ParamType[Any], name: str) -> None:
        self.item_type, self.name = item_type, name

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Any, ...]:
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).replace("，", ",").split(",")]
        if not any(parts):
            self.fail(f"there are no {self.name} in it", param, ctx)
        return tuple(self.item_type.convert(part, param, ctx) for part in parts if part)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """What the last of the values can be, after those before it."""
        before, comma, last = incomplete.rpartition(",")
        items = self.item_type.shell_complete(ctx, param, last)
        for item in items:
            item.value = f"{before}{comma}{item.value}"
        return items


def model_option(use: str, group: str = "", default: str = DEFAULT) -> Callable[[Any], Any]:
    """The --model option; `use` says what the model is for."""
    return click.option(
        "-m",
        "--model",
        cls=GroupedOption,
        group=group,
        default=default,
        show_default=bool(default),
        envvar="POET_MODEL",
        metavar="NAME|FOLDER",
        shell_complete=complete_models,
        help=use,
    )


def plain_table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Collection[str],
    breaks: Collection[str],
) -> str:
    """A table as text; columns in `numbers` are right-aligned, those in `breaks` may wrap.

    In a terminal that is too narrow for it, its rows stand one below the other.
    """
    from rich.console import Console
    from rich.table import Table

    from poet.render.tables import fit

    table = Table(box=None, pad_edge=False, header_style="")
    for head in heads:
        side: Literal["left", "right"] = "right" if head in numbers else "left"
        table.add_column(head, justify=side, no_wrap=head not in breaks, overflow="fold")
    for row in rows:
        table.add_row(*row)
    page = StringIO()
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH_OF_A_PIPE
    console = Console(file=page, width=width, markup=False, highlight=False, color_system=None)
    console.print(fit(table, width))
    return "".join(line.rstrip() + "\n" for line in page.getvalue().splitlines())
