"""The standard streams of a command: what leaves through them, and what if they are closed."""

from __future__ import annotations

import os
import sys
from typing import Any, TextIO

import click

from poet.sanitize import sanitize


def echo(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a text on stdout or stderr, with nothing in it that commands a terminal.

    Names, error messages of other programs and the contents of files are printed through here.
    Tabs stay, for they part the columns of lists.
    """
    click.echo("\t".join(map(sanitize, str(text).split("\t"))), err=err, nl=nl)


def open_missing_streams() -> None:
    """Put the null device where a standard stream was closed (`>&-`).

    Without this, Python has None for the stream, and the next file that is opened takes its place.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
        if getattr(sys, name) is None:
            mode = "r" if number == 0 else "w"
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


class Remarks:
    """A stream for remarks, stderr, that may break without a consequence.

    `poet train … 2>&1 | tee log` must save what it has learnt when tee is gone, and say nothing.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.is_broken = False

    def write(self, text: str) -> int:
        """Write where that is possible; the number of characters."""
        self._try(lambda: self.stream.write(text))
        return len(text)

    def flush(self) -> None:
        """Flush where that is possible."""
        self._try(self.stream.flush)

    def _try(self, action: Any) -> None:
        if self.is_broken:
            return
        try:
            action()
        except (OSError, ValueError):  # the reader has gone, or the file is closed
            self.is_broken = True
            try:  # so that nothing is raised by the flush at exit
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self.stream.fileno())
                os.close(nowhere)
            except (OSError, ValueError):
                pass

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)
