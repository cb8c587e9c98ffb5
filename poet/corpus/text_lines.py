"""Lines of a text that comes in pieces, none of them so long that memory runs out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

MAX_LINE = 100_000  # characters; a longer line or block is cut, no poem is that long
SAMPLE = 1 << 16  # characters from which the habits of a text are told


def split_lines(text: Iterable[str], max_size: int = MAX_LINE) -> Iterator[str]:
    """Lines without their line ends, of any system; longer ones come in parts of `max_size`.

    ab\\ncd | e\\r | \\nf   ->   ab  cde  f
    """
    rest = ""
    for piece in text:
        data, rest = rest + piece, ""
        if data.endswith("\r"):  # its \n may begin the next piece
            data, rest = data[:-1], "\r"
        *whole, last = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in whole:
            yield from _cut(line, max_size)
        rest = last + rest
        while len(rest) > max_size:
            yield rest[:max_size]
            rest = rest[max_size:]
    if rest.rstrip("\r"):
        yield rest.rstrip("\r")


def _cut(line: str, max_size: int) -> Iterator[str]:
    if len(line) <= max_size:
        yield line
        return
    for start in range(0, len(line), max_size):
        yield line[start : start + max_size]


def beginning(text: Iterable[str]) -> tuple[str, Iterator[str]]:
    """The first pieces of a text, from which its habits are told, and all of its pieces."""
    pieces = iter(text)
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= SAMPLE:
            break
    return "".join(held), chain(held, pieces)
