"""Tables without boxes, fitted to the terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection, Iterable, Sequence
from io import StringIO
from typing import Literal

WIDTH_OF_A_PIPE = 200  # wide enough for any row


def plain_table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Collection[str],
    breaks: Collection[str],
) -> str:
    """Rows under their heads; columns of `numbers` stand to the right, `breaks` may be folded."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="")
    for head in heads:
        side: Literal["left", "right"] = "right" if head in numbers else "left"
        table.add_column(head, justify=side, no_wrap=head not in breaks)
    for row in rows:
        table.add_row(*row)
    page = StringIO()
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH_OF_A_PIPE
    Console(file=page, width=width, markup=False, highlight=False, color_system=None).print(table)
    return "".join(line.rstrip() + "\n" for line in page.getvalue().splitlines())
