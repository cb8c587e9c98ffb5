"""What several commands share: types of options, and tables."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from io import StringIO
from typing import Any, Literal

import click

SHOWN = ("tones", "rhyme", "pinyin", "novelty", "ranking")  # what can be shown beside a poem
WIDTH_OF_A_PIPE = 200  # wide enough for any row of a table
SAID = {"novelty", "ranking"}  # those that are said of it, not marked on the page


class GroupedOption(click.Option):
    """An option that is listed under a heading of its own in the help."""

    def __init__(self, *names: Any, group: str = "", **attributes: Any) -> None:
        super().__init__(*names, **attributes)
        self.group = group


class GroupedCommand(click.Command):
    """A command whose help lists its options by group, in the order of their declaration."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            if record := parameter.get_help_record(ctx):
                group = getattr(parameter, "group", "") or "Other"
                groups.setdefault(group, []).append(record)
        for group, records in groups.items():
            with formatter.section(group):
                formatter.write_dl(records, col_max=26)


def group_of(name: str) -> Callable[..., Callable[[Any], Any]]:
    """`click.option` for the options under one heading of a `GroupedCommand`."""
    return partial(click.option, cls=GroupedOption, group=name)


class CommaSeparated(click.ParamType[tuple[Any, ...]]):
    """One or more values of a type, separated by commas: `0.3,0.8`."""

    def __init__(self, each: click.ParamType[Any], name: str) -> None:
        self.each, self.name = each, name

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Any, ...]:
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).replace("，", ",").split(",")]
        if not any(parts):
            self.fail(f"there are no {self.name} in it", param, ctx)
        return tuple(self.each.convert(part, param, ctx) for part in parts if part)


def model_option(use: str) -> Callable[[Any], Any]:
    """Which model a command takes; `use` says what for."""
    return click.option(
        "-m",
        "--model",
        default="tang",
        show_default=True,
        envvar="POET_MODEL",
        metavar="NAME|PATH",
        help=use,
    )


def plain_table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Collection[str],
    breaks: Collection[str],
) -> str:
    """Rows under their heads; columns of `numbers` stand to the right, `breaks` may be folded."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="")
    for head in heads:
        side: Literal["left", "right"] = "right" if head in numbers else "left"
        table.add_column(head, justify=side, no_wrap=head not in breaks)
    for row in rows:
        table.add_row(*row)
    page = StringIO()
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH_OF_A_PIPE
    Console(file=page, width=width, markup=False, highlight=False, color_system=None).print(table)
    return "".join(line.rstrip() + "\n" for line in page.getvalue().splitlines())
