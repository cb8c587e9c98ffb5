"""The standard streams of a command: what leaves through them, and what if they are closed."""

from __future__ import annotations

import errno
import os
import re
import sys
from typing import Any, NoReturn, TextIO

import click

from poet.errors import OutputClosed
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


def leave_out_odd_width() -> None:
    """Leave out a `COLUMNS` that is no width of a terminal; every library would take it for one."""
    if not re.fullmatch("0*[1-9][0-9]{0,3}", os.environ.get("COLUMNS", "1"), re.ASCII):
        del os.environ["COLUMNS"]


class _Guarded:
    """A stream that may break: its file becomes the null device, so that no flush fails at exit."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.is_broken = False

    def write(self, text: str) -> int:
        """Write where that is possible; the number of characters."""
        return self.put(self.stream, text)

    def put(self, file: Any, data: str | bytes) -> int:
        """Write to the stream, or to the bytes below it; the number of characters or bytes."""
        self._try(lambda: file.write(data))
        return len(data)

    def flush(self) -> None:
        """Flush where that is possible."""
        self._try(self.stream.flush)

    @property
    def buffer(self) -> _GuardedBytes:
        """The bytes below."""
        return _GuardedBytes(self)

    def _try(self, action: Any) -> None:
        if self.is_broken:
            return
        try:
            action()
        except (OSError, ValueError) as error:  # the reader has gone, or the file is closed
            self.is_broken = True
            try:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self.stream.fileno())
                os.close(nowhere)
            except (OSError, ValueError):
                pass
            self._report(error)

    def _report(self, error: Exception) -> None:
        """What is to follow when the stream breaks."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class _GuardedBytes:
    """The bytes below a guarded stream: click writes to them where the encoding is ASCII."""

    def __init__(self, above: _Guarded) -> None:
        self.above = above

    def write(self, data: bytes) -> int:
        """Write where that is possible; the number of bytes."""
        return self.above.put(self.above.stream.buffer, data)

    def flush(self) -> None:
        """Flush where that is possible."""
        self.above.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.above.stream.buffer, name)


class Remarks(_Guarded):
    """A stream for remarks, stderr, that may break without a consequence.

    `poet train … 2>&1 | tee log` must save what it has learnt when tee is gone, and say nothing.
    """


class Results(_Guarded):
    """A stream for what a command prints, stdout, which ends the command when it breaks.

    A reader who leaves, as `head` does, ends it quietly; a full disk is an error.
    """

    error: Exception | None = None

    def put(self, file: Any, data: str | bytes) -> int:
        """Write. Raises `OutputClosed` where the reader has left, `OSError` for a full disk."""
        if self.error:  # a library has caught it
            raise self.error
        return super().put(file, data)

    def _report(self, error: Exception) -> NoReturn:
        gone = errno.EINVAL if os.name == "nt" else errno.EPIPE
        self.error = OutputClosed() if getattr(error, "errno", None) == gone else error
        raise self.error from None
