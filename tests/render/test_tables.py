"""Tables in terminals that are too narrow for them."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from poet.render.tables import fit

CELLS = ["月夜", "57,607", "25.59", "verse of the Tang dynasty", "2026-11-26-quatrains-of-mine"]


def shown(width: int) -> str:
    table = Table(box=None, pad_edge=False, header_style="")
    for head in ("name", "poems", "MB", "about", "folder"):
        table.add_column(head, no_wrap=head != "about", overflow="fold")
    for row in (CELLS, ["江"]):
        table.add_row(*row)
    page = StringIO()
    Console(file=page, width=width, color_system=None).print(fit(table, width))
    return page.getvalue()


@pytest.mark.parametrize("width", [20, 28, 40, 60, 80, 200])
def test_nothing_of_a_table_is_cut_and_no_row_is_too_wide(width: int) -> None:
    rows = shown(width).splitlines()
    assert max(map(cell_len, map(str.rstrip, rows))) <= width
    assert "…" not in "".join(rows)
    text = "".join("".join(rows).split())
    if width <= 40 or width == 200:  # between them the description is broken beside other cells
        assert all("".join(cell.split()) in text for cell in CELLS)


def test_rows_stand_one_below_the_other_where_they_have_to() -> None:
    assert shown(40).splitlines()[0].split() == ["name", "月夜"]
    assert shown(40).split()[-2:] == ["name", "江"]  # what is empty is left out
    assert shown(80).split()[:5] == ["name", "poems", "MB", "about", "folder"]
