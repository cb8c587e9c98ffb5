"""A poem that is still being written, shown on a terminal until the finished one takes its place.

Of a poem in a form several are written and the best is chosen, so that nothing of it is known
until all are whole. Meanwhile one of them can be seen growing, dim, in the rows where the poem is
going to stand.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from threading import Lock

from poet.poem import Poem
from poet.render.layout import format_poem
from poet.render.terminal import Terminal, write
from poet.render.wrapping import cell_width

FEWEST_ROWS = 24  # of a terminal, where the number is unknown


def can_be_redrawn(out: Terminal, environ: Mapping[str, str]) -> bool:
    """Whether rows of a terminal can be taken back: not on a dumb one or in a file."""
    return out.tty and environ.get("TERM", "") not in ("", "dumb")


class DraftDisplay:
    """The rows of a draft on a terminal."""

    def __init__(self, out: Terminal) -> None:
        self._out = out
        self._lock = Lock()  # poems are written on other threads than the one that prints
        self._rows = 0  # that are on the screen

    def show(self, poem: Poem) -> None:
        """Draw the poem so far in place of what was there of it."""
        height = shutil.get_terminal_size((self._out.width, FEWEST_ROWS)).lines
        lines = format_poem(poem, "lines", self._out.width - 1).split("\n")
        lines = lines[-max(1, height - 1) :]  # rows that have left the screen cannot be taken back
        dim, plain = ("\x1b[2m", "\x1b[22m") if self._out.colour else ("", "")
        with self._lock:
            write(self._erased() + dim + "\n".join(lines) + plain, self._out.stream)
            self._rows = sum(max(1, -(-cell_width(line) // self._out.width)) for line in lines)

    def clear(self) -> None:
        """Take the draft off the screen."""
        with self._lock:
            if self._rows:
                write(self._erased(), self._out.stream)
                self._rows = 0

    def _erased(self) -> str:
        """The commands that empty the rows of the draft and go back to the first of them."""
        up = f"\x1b[{self._rows - 1}A" if self._rows > 1 else ""
        return f"\r{up}\x1b[J" if self._rows else ""
