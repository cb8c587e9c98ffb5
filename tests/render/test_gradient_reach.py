"""The picture of the gradient's reach is set as people read it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from poet.interpret.reach_curve import ReachCurve
from poet.render.reports.gradient_reach import draw_reach


def test_powers_of_ten_on_the_axis_are_no_tex_source(tmp_path: Path) -> None:
    norms = tuple(map(float, 10.0 ** -np.linspace(0, 6, 40)))
    draw_reach(tmp_path / "reach.svg", [ReachCurve("model", norms)], "a text")
    svg = (tmp_path / "reach.svg").read_text("utf-8")
    assert ">model" in svg
    assert ">$" not in svg
    assert ">\n$" not in svg
