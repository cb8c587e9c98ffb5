"""What was found, as text for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from poet.interpret.probe import Found
from poet.render.wrapping import cell_width

if TYPE_CHECKING:
    from poet.interpret.gradient_reach import Curve

CHART = (60, 18)  # columns and rows of the curves in the terminal, axes apart


def format_found(found: Sequence[Found]) -> str:
    """The units that mean something, with how well they were found to."""
    head = ("unit", "what it knows", "cell", "figure", "chosen", "measured", "shuffled")
    rows = [
        (
            *(str(one.unit), one.trait, "high" if one.rises else "low", one.figure),
            *(f"{value:.3f}" for value in (one.chosen, one.measured, one.shuffled)),
        )
        for one in found
    ]
    return _table([head, *rows])


def format_curves(curves: Sequence[Curve]) -> str:
    """Where each curve is below half, its half-life, and where it ends."""
    from poet.interpret.gradient_reach import FIT

    reach = len(curves[0].norms) - 1
    head = ("network", "half of k = 1 at", f"half-life, k = {FIT[0]} to {min(FIT[1], reach)}",
            f"left at k = {reach}")  # fmt: skip
    rows = [
        (c.name, str(c.half or f"> {reach}"), f"{c.half_life:.1f}", f"{c.norms[-1]:.1e}")
        for c in curves
    ]
    return _table([head, *rows])


def draw_curves(curves: Sequence[Curve], coloured: bool) -> str:
    """The curves in the terminal, by plotille: powers of ten over characters back."""
    import numpy as np
    import plotille

    from poet.interpret.gradient_reach import FLOOR

    figure = plotille.Figure()
    figure.width, figure.height = CHART
    figure.with_colors = coloured
    figure.x_label, figure.y_label = "back", "log10"
    figure.set_x_limits(0, len(curves[0].norms) - 1)
    figure.set_y_limits(float(np.log10(FLOOR)), 1)
    figure.register_label_formatter(float, _tick)
    for letter, colour, curve in zip("abc", ("red", "cyan", "yellow"), curves, strict=False):
        logs = np.log10([norm for norm in curve.norms if norm > FLOOR])
        figure.plot(list(range(len(logs))), logs.tolist(), lc=colour)
        at = 2 * len(logs) // 3
        figure.text([at], [logs[at] + 0.5], [letter], lc=colour)
    names = (f"{letter}  {curve.name}" for letter, curve in zip("abc", curves, strict=False))
    return "\n".join([figure.show(), "", *names])


def _tick(value: float, chars: int, **_: object) -> str:
    """A whole number, or nothing: rows lie half a power of ten apart."""
    return f"{value:{chars}.0f}" if abs(value - round(value)) < 0.01 else " " * chars


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """Columns as wide as they must be; Chinese counts two."""
    widths = [max(map(cell_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(_padded, row, widths)).rstrip() for row in rows)


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - cell_width(cell))
