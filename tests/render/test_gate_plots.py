"""docs/explain.md is made by docs/explain.py."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
page = runpy.run_path(str(DOCS / "explain.py"))
PAGE = (DOCS / "explain.md").read_text("utf-8")


def test_what_stands_between_marks_is_replaced_and_nothing_else() -> None:
    text = "before\n<!-- found -->\nold\nrows\n<!-- end -->\nafter\n<!-- reach -->\n<!-- end -->\n"
    assert page["filled"](text, {"found": r"new \1"}) == text.replace("old\nrows", r"new \1")


def test_a_mark_that_is_missing_is_said() -> None:
    with pytest.raises(SystemExit, match="no place for clipping"):
        page["filled"]("nothing here", {"clipping": "- none"})


def test_a_table_has_a_row_for_each_network() -> None:
    facts = {"name": "tanh", "half": None, "half_life": None, "norms": [1.0, 0.5]}
    trained = {**facts, "half": 3, "half_life": 2.14, "training": {"held_out": {"loss": 5.5}}}
    *_, bare, last = page["curves_table"]({"networks": [facts, trained]}).split("\n")
    assert bare == "| tanh | beyond | – | 5.0e-01 | – |"
    assert last == "| tanh | 3 | 2.1 | 5.0e-01 | 5.500 |"


def test_the_page_is_filled_and_its_pictures_are_there() -> None:
    for name in ("found", "reach", "clipping", "trained"):
        assert re.search(rf"<!-- {name} -->\n.+\n<!-- end -->", PAGE, re.DOTALL), name
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", PAGE)
    assert len(pictures) == 3
    assert all((DOCS / picture).is_file() for picture in pictures)
