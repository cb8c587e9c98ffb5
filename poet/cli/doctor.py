"""poet doctor: facts about this installation, for a bug report or a first look."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata

import click

from poet.cli.options import examples
from poet.cli.streams import echo

PACKAGES = ("poet", "torch", "numpy", "safetensors", "click", "rich", "tqdm", "opencc", "pypinyin")


@click.command(epilog=examples("poet doctor"))
def doctor() -> None:
    """Show versions, devices, the terminal, and where files are kept."""
    from poet import paths
    from poet.registry import model_folders
    from poet.render.terminal import Terminal

    out = Terminal.of(sys.stdout, os.environ)
    echo(f"python       {platform.python_version()} on {platform.platform()}")
    for name in PACKAGES:
        echo(f"{name:<13}{_version(name)}")
    echo(f"training     {_engine()}")
    echo(
        f"terminal     {'yes' if out.tty else 'no'}, {out.width} columns, "
        f"colour {'on' if out.colour else 'off'}, {sys.stdout.encoding}"
    )
    echo(f"models       {' '.join(model_folders()) or 'none'}")
    for name, place in (
        ("corpora", paths.fetched()),
        ("own models", paths.models()),
        ("texts", paths.texts()),
        ("own tunes", paths.tunes()),
        ("settings", paths.settings()),
    ):
        echo(f"{name:<13}{place}")
    echo("telemetry    none: poet sends nothing about you anywhere")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


def _engine() -> str:
    try:
        from poet.training.device import select_device
    except ImportError as error:
        return f"not possible: {error}"
    return str(select_device())
