"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

SHOWN = ("tones", "rhyme", "pinyin", "novelty", "ranking")  # what can be shown beside a poem
SAID = {"novelty", "ranking"}  # those that are said of it, not marked on the page


class CommaSeparated(click.ParamType[tuple[Any, ...]]):
    """Values between commas, each of a type of its own: `0.3,0.8`."""

    def __init__(self, each: click.ParamType[Any], name: str) -> None:
        self.each, self.name = each, name

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Any, ...]:
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).replace("，", ",").split(",")]
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
