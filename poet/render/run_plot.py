"""Curves drawn: in a terminal by plotille, as PNG or SVG by matplotlib."""

from __future__ import annotations

import math
import warnings
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poet import files
from poet.render.run_curves import Chart, Curve
from poet.sanitize import sanitize

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
INKS = ("cyan", "yellow", "magenta", "green", "red", "blue")
# After Okabe and Ito, whom the colour-blind can follow; darker, so that words can be read in them
COLOURS = ("#0072B2", "#C04F00", "#00795A", "#A8487F", "#8F6400", "#000000")
GREY = "#666666"
CHINESE = ("Noto Sans CJK TC", "Noto Sans TC", "PingFang TC", "Microsoft JhengHei", "SimHei")
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "poet",  # the same curves give the same file
    "text.parse_math": False,  # a run may be called $x$
    "font.size": 9,
    "axes.edgecolor": GREY,
    "axes.labelcolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def in_terminal(
    chart: Chart, width: int, height: int = 18, *, colour: bool = False, braille: bool = True
) -> str:
    """The chart in so many columns, with so many rows of dots; axes and legend are ASCII.

    Each run has a letter, which marks its evaluations, or its end; one alone has an o. The
    evaluation whose model was kept has a capital.
    """
    from plotille import Canvas, color

    labels = _labels(ticks(chart.low, chart.high, max(2, height // 3)))
    margin = max(map(len, labels.values()), default=0) + 1
    columns = max(10, width - margin - 1)
    beyond = chart.right * (1 + 1 / columns)  # the last dot lies inside
    canvas = Canvas(columns, height, 0, chart.low, beyond, chart.high)
    legend = []
    for number, curve in enumerate(chart.curves):
        mark = "o" if len(chart.curves) == 1 else LETTERS[number % len(LETTERS)]
        ink = INKS[number % len(INKS)] if colour else None
        _dots(canvas, chart, curve, mark, ink)
        legend.append(color(f"{mark} {sanitize(curve.name)}", fg=ink) + f"  {curve.said}")
    span = chart.high - chart.low
    rows = {int((tick - chart.low) / span * height): label for tick, label in labels.items()}
    body = [
        f"{rows.get(at, ''):>{margin}}{'+' if at in rows else '|'}{_cells(row, braille)}"
        for at, row in zip(reversed(range(height)), canvas.plot("\n").split("\n"), strict=True)
    ]
    under = [" " * margin + line for line in _under(chart, columns)]
    lines = (chart.y_unit, *body, *under, *chart.notes, *legend)
    return "\n".join(line.rstrip() for line in lines)


def _dots(canvas: Any, chart: Chart, curve: Curve, mark: str, ink: str | None) -> None:
    """Draw one curve: what was logged as a line, or the evaluations where there is none."""
    edge = 2 * chart.high - chart.low  # dots to a spike far above take long to draw, unseen
    for (x0, y0), (x1, y1) in pairwise(curve.line or curve.marks):
        canvas.line(x0, min(y0, edge), x1, min(y1, edge), color=ink)
    for x, y in curve.marks or curve.line[-1:]:
        is_best = (x, y) == curve.best
        canvas.point(x, min(y, edge), color=ink, marker=mark.upper() if is_best else mark)


def _cells(row: str, braille: bool) -> str:
    """A row of dots; without braille `'` stands for dots in the upper half of a cell, `.` `:`."""
    return "".join(_cell(c, braille) if "\u2800" <= c <= "\u28ff" else c for c in row)


def _cell(cell: str, braille: bool) -> str:
    """
    >>> [_cell(cell, braille=False) for cell in "⠀⠉⣀⡇"]
    [' ', "'", '.', ':']
    """
    dots = ord(cell) - 0x2800
    if dots and braille:
        return cell
    return " '.:"[bool(dots & 0b00011011) + 2 * bool(dots & 0b11100100)]


def _under(chart: Chart, columns: int) -> tuple[str, ...]:
    """The axis under the dots, its numbers, and what they count."""
    rule, numbers = ["+", *"-" * columns], [" "] * (columns + 1)
    for tick, label in _labels(ticks(0, chart.right, max(2, columns // 12))).items():
        place = min(columns, math.ceil(tick / chart.right * columns))
        rule[place] = "+"
        start = max(0, min(place - len(label) // 2, columns + 1 - len(label)))
        numbers[start : start + len(label)] = label
    return "".join(rule), "".join(numbers), chart.x_unit.rjust(columns + 1)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from `low` to `high`, at most so many: steps of 1, 2 or 5.

    >>> ticks(4.7, 6.1, 5)
    [5.0, 5.5, 6.0]
    """
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    steps = (n * power for n in (1, 2, 5, 10, 20))
    step = next(step for step in steps if (high - low) / step < most)
    numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return [round(n * step, 12) for n in numbers]


def _labels(numbers: list[float]) -> dict[float, str]:
    """Numbers as they are shown, all with as many places as one of them needs.

    >>> list(_labels([4.5, 5.0]).values()), list(_labels([0, 20000]).values())
    (['4.5', '5.0'], ['0', '20,000'])
    """
    places = max((len(f"{n:.10f}".rstrip("0").split(".")[1]) for n in numbers), default=0)
    return {n: f"{n:,.{places}f}" for n in numbers}


def check_place(path: Path) -> None:
    """Raise, before anything is drawn, where the suffix is unknown or the folder missing."""
    files.check_place(path, SUFFIXES, "curves are not drawn as")


def save(chart: Chart, path: Path) -> None:
    """Write the chart as PNG or SVG, as the suffix says, whole or not at all."""
    import matplotlib as mpl

    check_place(path)
    kind = path.suffix.lower().lstrip(".")
    facts = {"Date": None} if kind == "svg" else {}
    with mpl.rc_context(STYLE | {"font.family": _fonts()}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a name that no font here can show
        figure = draw(chart)
        files.write_atomically(
            path,
            lambda part: figure.savefig(
                part, format=kind, dpi=200, bbox_inches="tight", pad_inches=0.15, metadata=facts
            ),
        )


def draw(chart: Chart) -> Figure:
    """The chart as a figure of matplotlib: each run in its colour, named at its right."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.2))
    axes = figure.add_subplot()
    for number, curve in enumerate(chart.curves):
        _draw_curve(axes, curve, COLOURS[number % len(COLOURS)])
    room = 0.02 * (chart.high - chart.low)
    lowest = min((y - room for curve in chart.curves for _, y in curve.raw), default=chart.low)
    beyond = 0.015 * chart.right  # the first mark and the last whole
    begins_at_0 = any(x == 0 for curve in chart.curves for x, _ in curve.marks)
    axes.set_xlim(-beyond if begins_at_0 else 0, chart.right + beyond)
    axes.set_ylim(min(lowest, chart.low), chart.high)
    axes.grid(axis="y", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=3)
    axes.xaxis.set_major_formatter("{x:,.10g}")
    axes.set_xlabel(chart.x_unit)
    axes.set_title(chart.y_unit, loc="left", fontsize=9, color=GREY)
    _name(axes, chart)
    note = "\n".join(chart.notes)
    axes.annotate(
        note, (0, 0), (0, -38), "axes fraction", "offset points", va="top", fontsize=7, color=GREY
    )
    return figure


def _draw_curve(axes: Axes, curve: Curve, colour: str) -> None:
    if curve.raw:
        axes.plot(*zip(*curve.raw, strict=True), color=colour, linewidth=0.5, alpha=0.2)
    if curve.line:
        axes.plot(*zip(*curve.line, strict=True), color=colour, linewidth=0.9)
    if curve.marks:
        style: dict[str, Any] = {"marker": "o", "markersize": 4.5, "markeredgecolor": "white"}
        axes.plot(*zip(*curve.marks, strict=True), color=colour, linewidth=1.7, **style)
    if curve.best:
        ring: dict[str, Any] = {"markersize": 7, "markeredgewidth": 1.7, "markerfacecolor": "white"}
        axes.plot(*curve.best, "o", color=colour, **ring)


def _name(axes: Axes, chart: Chart) -> None:
    """Write each run's name in its colour at the height where it ends, none over another."""
    low, high = axes.get_ylim()
    ends = [(curve.marks or curve.line)[-1][1] for curve in chart.curves]
    heights = spread([(end - low) / (high - low) for end in ends], min(0.1, 1 / len(ends)))
    for number, (curve, height) in enumerate(zip(chart.curves, heights, strict=True)):
        axes.annotate(
            sanitize(f"{curve.name}\n{curve.said}".strip()),
            (1.02, height),
            xycoords="axes fraction",
            color=COLOURS[number % len(COLOURS)],
            va="center",
            fontsize=8,
        )


def spread(heights: list[float], gap: float) -> list[float]:
    """The heights moved apart, in their order: none above 1, none nearer than `gap` to another.

    >>> spread([0.5, 0.25, 0.5, 1.0], 0.25)
    [0.5, 0.25, 0.75, 1.0]
    """
    order = sorted(range(len(heights)), key=heights.__getitem__)
    moved = list(heights)
    for below, above in pairwise(order):
        moved[above] = max(moved[above], moved[below] + gap)
    most = 1.0
    for place in reversed(order):
        moved[place] = min(moved[place], most)
        most = moved[place] - gap
    return moved


def _fonts() -> list[str]:
    """Matplotlib's own font, after it one with Chinese where there is one; any for a browser."""
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    return ["DejaVu Sans", *[name for name in CHINESE if name in there][:1], "sans-serif"]
