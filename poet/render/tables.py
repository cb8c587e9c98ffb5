"""Tables of rich in a terminal that may be too narrow for them."""

from __future__ import annotations

from rich.cells import cell_len
from rich.table import Table

GAP = 2  # columns between two cells
LEAST = 12  # columns that a cell may be broken into, if its words may be parted


def fit(table: Table, width: int) -> Table:
    """The table if it is no wider than `width`, else its rows one below the other.

    rich would cut every cell, until nothing of a table can be read. A row becomes a list with a
    head and a value on each line; empty values are left out.
    """
    columns = [[str(column.header), *map(str, column.cells)] for column in table.columns]
    needed = -GAP
    for cells, column in zip(columns, table.columns, strict=True):
        widest = max(map(cell_len, cells))
        needed += GAP + (widest if column.no_wrap else min(widest, LEAST))
    if needed <= width:
        return table
    found = Table(box=None, pad_edge=False, show_header=False)
    found.add_column(max_width=width // 2, overflow="fold")
    found.add_column(overflow="fold")
    for number, row in enumerate(zip(*(cells[1:] for cells in columns), strict=True)):
        if number:
            found.add_row("", "")
        for cells, value in zip(columns, row, strict=True):
            if value:
                found.add_row(cells[0], value)
    return found
