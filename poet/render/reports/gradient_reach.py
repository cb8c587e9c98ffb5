"""How far back the gradient reaches: as a table, in the terminal and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from poet.interpret.reach_curve import FIT, MIN_NORM, ReachCurve
from poet.render.reports.export import save_figure
from poet.render.theme import GRID, INK, SERIES, SOFT
from poet.render.wrapping import format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHART = (60, 18)  # columns and rows of the curves in the terminal, without the axes
ROW_FACTOR = 2.6  # the height of a line of text on the log scale


def format_reach(curves: Sequence[ReachCurve]) -> str:
    """For each curve where it falls below half, its half-life, and its last value."""
    reach = len(curves[0].norms) - 1
    head = ("network", "half of k = 1 at", f"half-life, k = {FIT[0]} to {min(FIT[1], reach)}",
            f"left at k = {reach}")  # fmt: skip
    rows = [
        (c.name, str(c.half or f"> {reach}"), f"{c.half_life:.1f}", f"{c.norms[-1]:.1e}")
        for c in curves
    ]
    return format_table([head, *rows])


def chart_reach(curves: Sequence[ReachCurve], coloured: bool) -> str:
    """The curves in the terminal, by plotille: powers of ten over characters back."""
    import plotille

    figure = plotille.Figure()
    figure.width, figure.height = CHART
    figure.with_colors = coloured
    figure.x_label, figure.y_label = "back", "log10"
    figure.set_x_limits(0, len(curves[0].norms) - 1)
    figure.set_y_limits(float(np.log10(MIN_NORM)), 1)
    figure.register_label_formatter(float, _tick)
    for letter, colour, curve in zip("abc", ("red", "cyan", "yellow"), curves, strict=False):
        logs = np.log10([norm for norm in curve.norms if norm > MIN_NORM])
        figure.plot(list(range(len(logs))), logs.tolist(), lc=colour)
        middle = 2 * len(logs) // 3
        figure.text([middle], [logs[middle] + 0.5], [letter], lc=colour)
    names = (f"{letter}  {curve.name}" for letter, curve in zip("abc", curves, strict=False))
    return "\n".join([figure.show(), "", *names])


def _tick(value: float, chars: int, **_: object) -> str:
    """A whole number, else blank: rows are half a power of ten apart."""
    return f"{value:{chars}.0f}" if abs(value - round(value)) < 0.01 else " " * chars


def draw_reach(path: Path, curves: Sequence[ReachCurve], source: str) -> None:
    """Write the curves, on a log scale, as the picture that the suffix names."""
    powers = {"text.parse_math": True}  # the ticks of the logarithmic axis are set as math
    save_figure(path, lambda: _reach(curves, source), needs_chinese=True, style=powers)


def _reach(curves: Sequence[ReachCurve], source: str) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.6), layout="constrained")
    axes = figure.add_subplot()
    for curve, colour, end in zip(curves, SERIES, _labels(curves), strict=False):
        axes.semilogy(curve.norms, color=colour, linewidth=2)
        axes.annotate(
            curve.name, end, xytext=(5, 0), textcoords="offset points", color=colour, fontsize=10,
            va="center",
        )  # fmt: skip
    axes.set_ylim(MIN_NORM, 5)
    axes.set_xlim(0, len(curves[0].norms) - 1)
    axes.set_xlabel("characters back", color=INK)
    axes.set_ylabel("gradient norm, 1 at the last character", color=INK)
    axes.set_title(source, loc="left", fontsize=9.5, color=SOFT)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
    return figure


def _labels(curves: Sequence[ReachCurve]) -> list[tuple[int, float]]:
    """Where the names of the curves are written: at their ends, none over another."""
    ends = [max(k for k, norm in enumerate(c.norms) if norm > MIN_NORM) for c in curves]
    heights = [curve.norms[end] for curve, end in zip(curves, ends, strict=True)]
    lowest: dict[int, float] = {}  # of the names at an end
    for i in sorted(range(len(curves)), key=lambda i: -heights[i]):
        heights[i] = max(
            min(heights[i], lowest.get(ends[i], 1e9) / ROW_FACTOR), MIN_NORM * ROW_FACTOR
        )
        lowest[ends[i]] = heights[i]
    return list(zip(ends, heights, strict=True))
