"""Output to a terminal, a pipe or a file: the poem to stdout, notes to stderr."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from poet.errors import OutputClosed, PoetError
from poet.poem import Poem, indented
from poet.render.layout import WIDE, Layout, format_poem, heading, indent
from poet.render.wrapping import NO_WRAP, LineWrapper
from poet.sanitize import sanitize
from poet.typography import as_typed

PIPE_WIDTH = 80  # columns, where the width is unknown


@dataclass(frozen=True, slots=True)
class Terminal:
    """An output stream: whether it is a terminal, how wide it is, whether it takes colour."""

    stream: TextIO
    tty: bool
    width: int
    colour: bool

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str]) -> Terminal:
        """The terminal, pipe or file behind a stream.

        >>> import io
        >>> Terminal.of(io.StringIO(), {"FORCE_COLOR": "1"}).colour
        True
        """
        tty = bool(getattr(stream, "isatty", lambda: False)())
        return cls(stream, tty, _width(tty, environ), _has_colour(tty, environ))

    @property
    def row_width(self) -> int:
        """The width at which verse is wrapped; in a pipe it is never wrapped."""
        return self.width if self.tty else NO_WRAP


def print_poem(poem: Poem, out: Terminal, layout: Layout = "lines") -> None:
    """Print the poem and nothing else; an empty one prints nothing."""
    width = out.width if layout == "vertical" else out.row_width
    text = format_poem(poem, layout, width)
    if text:
        print_text(text, out)


def print_text(text: str, out: Terminal) -> None:
    """Print the text and a line end; it is never wrapped and never read as markup."""
    write(sanitize(text) + "\n", out.stream)


def note(text: str, err: Terminal | None = None) -> None:
    """Print a remark about the poem on stderr, dim where colour is allowed."""
    err = err or Terminal.of(sys.stderr, os.environ)
    for line in sanitize(text).split("\n"):
        write(f"\x1b[2m{line}\x1b[0m\n" if err.colour and line else f"{line}\n", err.stream)


def stream_poem(
    pieces: Iterable[str],
    out: Terminal,
    *,
    chinese: bool = True,
    title: str = "",
    author: str = "",
    indents: Sequence[int] = (),
) -> str:
    """Print a poem in lines while it is being written; return its text.

    The final screen is the same as after `print_poem`. Each character appears when
    the next is known, so that a stop is never separated from its line; a word of a Western
    language appears when it is complete. `chinese` tells classical verse, whose lines end at
    stops, from text with line breaks of its own, whose lines are set in by `indents`.
    """
    width = out.row_width
    wrapper = LineWrapper(width, indent(chinese, width), at_stops=chinese)
    before = heading(title, author, chinese, width)
    printed, text = bool(before), ""
    try:
        if before:
            write(before, out.stream)
        for piece in indented(pieces, indents if width >= WIDE else ()):
            text += piece
            for character in sanitize(piece):
                if wrapped := wrapper.feed(character):
                    write("\n\n" * bool(before) + wrapped, out.stream)
                    before, printed = "", True
        if wrapped := wrapper.close():
            write("\n\n" * bool(before) + wrapped, out.stream)
            printed = True
    finally:  # even if the poem was interrupted, further output begins a new row
        if printed:
            write("\n", out.stream)
    return text


def _width(tty: bool, environ: Mapping[str, str]) -> int:
    """`COLUMNS` if it is a positive number, else the width of the terminal, else of a pipe."""
    columns = environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns) > 0:
        return int(columns)
    return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns if tty else PIPE_WIDTH


def _has_colour(tty: bool, environ: Mapping[str, str]) -> bool:
    """NO_COLOR overrides FORCE_COLOR, which overrides the kind of terminal."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return environ["FORCE_COLOR"] != "0"
    return tty and environ.get("TERM") != "dumb"


def write(text: str, stream: TextIO) -> None:
    """Write and flush. Raises `OutputClosed` if the reader has closed the pipe, as `head` does."""
    text = _encodable(text, stream)
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        _discard_buffer(stream)
        if error.errno == (errno.EINVAL if os.name == "nt" else errno.EPIPE):
            raise OutputClosed from None
        reason = error.strerror or str(error)
        raise PoetError(f"the poem could not be written: {reason}") from error


def _discard_buffer(stream: TextIO) -> None:
    """Point a closed stream at the null device, so that flushing it at exit raises nothing."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):
        pass  # there is no file behind the stream, and nothing to flush


def _encodable(text: str, stream: TextIO) -> str:
    """The text as the stream can encode it; the stream is reconfigured first if it can be.

    For one without curved apostrophes and dashes, those of a keyboard take their place.
    An encoding without Chinese (ASCII, cp1252) is replaced by UTF-8, with a note. One with
    Chinese (GB18030, Big5) is the user's choice: it stays, and `?` replaces what it lacks.
    This is decided once for each stream.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    if text.isascii() or encoding.lower().startswith("utf"):
        return text
    if getattr(stream, "errors", None) == "replace":
        return text
    if not _can_encode(text, encoding) and as_typed(text).isascii():
        return as_typed(text)
    stays = _can_encode(text, encoding) or _can_encode("月", encoding)
    if not hasattr(stream, "reconfigure"):
        return text.encode(encoding, "replace").decode(encoding)
    stream.reconfigure(encoding=encoding if stays else "utf-8", errors="replace")
    if not stays and stream is not sys.stderr:
        note(f"the output encoding was {encoding}, which has no such characters: it is now UTF-8")
    return text


def _can_encode(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
