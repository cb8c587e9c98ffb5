"""Asking before something is removed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from poet.errors import PoetError, UsageError


def yes_option() -> Callable[[Any], Any]:
    """The --yes option of commands that remove something."""
    return click.option("-y", "--yes", is_flag=True, help="Remove without asking.")


def check_agrees(question: str, *, yes: bool) -> None:
    """Ask at a terminal. Raises `PoetError` for no, `UsageError` where nobody can be asked."""
    if yes:
        return
    if not is_terminal():
        raise UsageError("nobody can be asked here whether to remove it", "add --yes")
    if not click.confirm(question, err=True):
        raise PoetError("nothing was removed")


def is_terminal() -> bool:
    """Whether somebody sees a question and can answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()
