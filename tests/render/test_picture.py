"""The README's picture of a terminal."""

from __future__ import annotations

import runpy
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest.importorskip("rich")
draw = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "picture.py"))["draw"]


def test_every_chinese_character_stands_on_two_cells() -> None:
    svg = draw(["poet", "write", "夜雨"], "夜雨a\x1b[2m韻 <b>[sic]\x1b[0m\n", 80)
    runs = {
        run.text: (run.get("x"), run.get("textLength"))
        for run in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    }
    assert runs["a"] == ("48", "12")
    assert runs["韻"] == ("60", "24")
    assert "\xa0<b>[sic]" in runs


def test_the_picture_fetches_nothing() -> None:
    svg = draw(["poet"], "夜雨\n", 80)
    assert "url(" not in svg
    assert svg.count("http") == 1  # the name of SVG itself
