"""What the benchmarks share: where results go, what is noted with each, how they are shown."""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from rich.console import Console
from rich.table import Table

from poet import cli
from poet.files import write_text

ROOT = Path(__file__).parent.parent  # where `python -m benchmarks.…` is run
RESULTS = Path(__file__).parent / "results"
F = TypeVar("F", bound=Callable[..., Any])


def results_option(command: F) -> F:
    """`--results FOLDER`: where the JSON file goes."""
    return click.option(
        "--results",
        type=click.Path(file_okay=False, path_type=Path),
        default=RESULTS,
        help="Folder for the JSON file; benchmarks/results by default.",
    )(command)


def record(name: str, figures: dict[str, Any], folder: Path, variant: str = "") -> Path:
    """Write `name.json`: the figures, and on which machine, when and how they were made.

    `variant` tells apart the files of a benchmark that measures more than one thing.
    """
    import torch

    from poet.training.run import machine

    facts = {
        "benchmark": name,
        "machine": machine(),
        "system": f"{platform.system()} {platform.machine()}",
        "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "command": command(name),
        **figures,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}{variant and '_' + variant}.json"
    write_text(path, json.dumps(facts, ensure_ascii=False, indent=1) + "\n")
    return path


def command(name: str) -> str:
    """How this process was started, to be started again."""
    return shlex.join(["python", "-m", f"benchmarks.{name}", *sys.argv[1:]])


def show(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; the first column is words, the others are numbers."""
    table = Table(title=title, title_justify="left")
    for i, name in enumerate(header):
        table.add_column(name, justify="right" if i else "left")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3f}"
    return str(value)


def say(text: str) -> None:
    """How it goes, on stderr."""
    click.echo(text, err=True)


def launch(benchmark: click.Command) -> NoReturn:
    """Run a benchmark; bad input gets poet's own sentence, and its exit code."""
    cli.run(benchmark)


def environment(threads: int | None = None, **more: str) -> dict[str, str]:
    """The environment of a subprocess that can import poet from this checkout."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | more
    if threads:
        env |= {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    return env
