"""The terminal: what it can do, decided once; the poem to stdout, notes to stderr."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

from poet.errors import PoetError
from poet.poem import Poem
from poet.render.layout import Layout, format_poem, heading, indent
from poet.render.wrapping import UNBROKEN, clean, set_rows, units

WIDTH_OF_A_PIPE = 80  # columns, where nothing else says how wide a page is


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where text goes: a stream, and what was decided about it."""

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
        return cls(stream, tty, _width(stream, tty, environ), _colour(tty, environ))

    @property
    def row_width(self) -> int:
        """How wide a row of running verse may be: in a pipe rows are never broken."""
        return self.width if self.tty else UNBROKEN

    @property
    def utf8(self) -> bool:
        """Whether every character can be written as it is."""
        return _encoding(self.stream).replace("-", "").replace("_", "").lower() == "utf8"


def print_poem(poem: Poem, out: Terminal, layout: Layout = "lines") -> None:
    """The poem and nothing else; an empty one prints nothing."""
    width = out.width if layout == "vertical" else out.row_width
    text = format_poem(poem, layout, width)
    if text:
        print_text(text, out)


def print_text(text: str, out: Terminal) -> None:
    """The text as it is, never wrapped, never read as markup, and a line end."""
    _write(clean(text) + "\n", out.stream)


def note(text: str, err: Terminal | None = None) -> None:
    """A remark beside the poem: on stderr, dim where colour is allowed."""
    err = err or Terminal.of(sys.stderr, os.environ)
    for line in clean(text).split("\n"):
        _write(f"\x1b[2m{line}\x1b[0m\n" if err.colour and line else f"{line}\n", err.stream)


def stream_poem(
    pieces: Iterable[str],
    out: Terminal,
    *,
    chinese: bool = True,
    title: str = "",
    author: str = "",
) -> str:
    """Print a poem while it is being written, in lines; return its text.

    At the end the screen shows what `print_poem` would have shown. Each character
    appears when the next is known, so that a stop is never parted from its line;
    each word of a Western language when it is whole. `chinese` says what is coming:
    classical verse, whose lines end at stops, or text with line breaks of its own.
    """
    taken: list[str] = []
    shown = ""
    rows = _rows_as_they_come(pieces, taken, chinese, title, author, out.row_width)
    try:
        for shown in rows:
            _write(shown, out.stream)
    finally:  # whatever stopped the writing, what comes next begins a new row
        if shown:
            _write("\n", out.stream)
    return "".join(taken)


def _rows_as_they_come(
    pieces: Iterable[str], taken: list[str], chinese: bool, title: str, author: str, width: int
) -> Iterator[str]:
    head = heading(title, author, chinese, width)
    if head:
        yield head
    between = "\n\n" if head else ""
    coming = units(_characters(pieces, taken), at_stops=chinese)
    for row in set_rows(coming, width, indent(chinese, width)):
        yield between + row
        between = ""


def _characters(pieces: Iterable[str], taken: list[str]) -> Iterator[str]:
    for piece in pieces:
        taken.append(piece)
        yield from clean(piece)


def _width(stream: TextIO, tty: bool, environ: Mapping[str, str]) -> int:
    """`COLUMNS` when it is a number, else what the terminal says, else that of a pipe."""
    said = environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and int(said) > 0:
        return int(said)
    if tty:
        try:
            return os.get_terminal_size(stream.fileno()).columns or WIDTH_OF_A_PIPE
        except (OSError, ValueError):  # a terminal that does not know its size
            pass
    return WIDTH_OF_A_PIPE


def _colour(tty: bool, environ: Mapping[str, str]) -> bool:
    """NO_COLOR over FORCE_COLOR over what the terminal is."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return environ["FORCE_COLOR"] != "0"
    return tty and environ.get("TERM") != "dumb"


def _encoding(stream: TextIO) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def _write(text: str, stream: TextIO) -> None:
    """Write and flush. A reader who has left (`| head -1`) ends the program quietly."""
    text = _writable(text, stream)
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        _silence(stream)
        if error.errno == (errno.EINVAL if os.name == "nt" else errno.EPIPE):
            raise SystemExit(0) from None
        reason = error.strerror or str(error)
        raise PoetError(f"the poem could not be written: {reason}") from error


def _silence(stream: TextIO) -> None:
    """Let what Python still holds for a dead stream go nowhere, so that the end is quiet."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):
        pass  # no real file behind it: nothing is held


def _writable(text: str, stream: TextIO) -> str:
    """The text as the stream can carry it; the stream is mended first where it can be.

    An encoding without any Chinese (ASCII, cp1252) gives way to UTF-8, said once. One
    with Chinese (GB18030, Big5) is the user's choice: it stays, and `?` stands for what
    it lacks. What was settled for the first such text holds for the stream.
    """
    encoding = _encoding(stream)
    if text.isascii() or encoding.lower().startswith("utf"):
        return text
    if getattr(stream, "errors", None) == "replace":
        return text
    kept = _encodes(text, encoding) or _encodes("月", encoding)
    if not hasattr(stream, "reconfigure"):
        return text.encode(encoding, "replace").decode(encoding)
    stream.reconfigure(encoding=encoding if kept else "utf-8", errors="replace")
    if not kept and stream is not sys.stderr:
        note(f"the output was set to {encoding}, which has no such characters: it is now UTF-8")
    return text


def _encodes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
