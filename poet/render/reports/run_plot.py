"""Charts of training runs: in a terminal by plotille, as PNG or SVG by matplotlib.

The training loss of one step says little: the line is the mean of the logged steps around each
point, a twentieth of the run's steps in all, at least three (at the ends, those that exist).
The held-out loss is shown as it was measured. The axis of losses and norms is cropped: it ends
at the highest value that a run has after its first twentieth, so that the first steps, which
guess among the whole vocabulary, do not flatten the rest; a note says where it is cut off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from poet.render.reports.export import check_figure_path, save_figure
from poet.render.theme import GRID, SERIES, SOFT, TERMINAL_SERIES
from poet.sanitize import sanitize

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from poet.runs.log import MetricsRow, RunLog

Points: TypeAlias = tuple[tuple[float, float], ...]
X: TypeAlias = Literal["characters", "steps", "minutes"]
Y: TypeAlias = Literal["loss", "held-out", "accuracy", "norm", "lr"]
FRACTION = 20  # a twentieth of a run makes one mean, and its first one may be above the axis
MIN_ROWS = 3  # logged steps of one mean
MILLION = 1e6

LETTERS = "abcdefghijklmnopqrstuvwxyz"
STYLE: dict[str, Any] = {
    "font.size": 9,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": SOFT,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
}

_x: dict[X, Callable[[MetricsRow], float]] = {
    "characters": lambda line: line.characters,
    "steps": lambda line: line.step,
    "minutes": lambda line: line.seconds / 60,
}
_logged: dict[Y, Callable[[MetricsRow], float]] = {
    "loss": lambda line: line.loss,
    "norm": lambda line: line.norm,
    "lr": lambda line: line.lr,
}
_measured: dict[Y, Callable[[MetricsRow], float | None]] = {
    "loss": lambda line: line.held_out,
    "held-out": lambda line: line.held_out,
    "accuracy": lambda line: None if line.accuracy is None else 100 * line.accuracy,
}
_units: dict[Y, str] = {
    "loss": "loss, nats/character",
    "held-out": "held-out loss, nats/character",
    "accuracy": "% of held-out characters guessed right",
    "norm": "norm of the gradient",
    "lr": "learning rate",
}


@dataclass(frozen=True, slots=True)
class RunCurve:
    """One run in a chart."""

    name: str
    line: Points = ()  # values logged every few steps; losses are smoothed
    raw: Points = ()  # losses before smoothing
    marks: Points = ()  # values measured at evaluations
    best: tuple[float, float] | None = None  # the mark whose model was kept
    caption: str = ""  # beside the name

    @property
    def points(self) -> Points:
        """The points that the axes have to show."""
        return self.line + self.marks


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves on common axes."""

    curves: tuple[RunCurve, ...]
    x_unit: str
    y_unit: str
    right: float  # x goes from 0 to here
    low: float
    high: float
    notes: tuple[str, ...]


def chart(logs: Sequence[RunLog], x: X = "characters", y: Y = "loss") -> Chart:
    """The chart of some runs; those without values of `y` are left out."""
    right = max((_x[x](line) for run in logs for line in run.lines), default=1.0) or 1.0
    scale = MILLION if right >= MILLION else 1.0
    curves = tuple(curve for run in logs if (curve := _curve(run, x, y, scale)).points)
    low, high, cut = _range(curves, y)
    notes = []
    if y == "loss":
        notes.append(
            f"line: training loss, mean of a twentieth of the run, at least {MIN_ROWS} rows"
        )
    if any(curve.marks for curve in curves):
        name = "accuracy" if y == "accuracy" else "loss"
        notes.append(f"marks: held-out {name}; the larger mark is the model that was kept")
    if cut is not None:
        notes.append(f"above the edge: the first steps, from {cut:.3g}")
    unit = f"million {x}" if scale != 1 else x
    return Chart(curves, unit, _units[y], right / scale, low, high, tuple(notes))


def _curve(run: RunLog, x: X, y: Y, scale: float) -> RunCurve:
    def points(lines: Sequence[MetricsRow], value: Callable[[MetricsRow], float | None]) -> Points:
        pairs = ((_x[x](line) / scale, value(line)) for line in lines)
        return tuple((position, number) for position, number in pairs if number is not None)

    raw = points(run.logged, _logged[y]) if y in _logged else ()
    marks = points(run.lines, _measured[y]) if y in _measured else ()
    best = points([run.best], _measured[y]) if run.best and marks else ()
    caption = f"held out {run.best.held_out:.3f} at best" if run.best else ""
    line, faint = (smooth(raw), raw) if y == "loss" else (raw, ())
    return RunCurve(run.name, line, faint, marks, best[0] if best else None, caption)


def smooth(points: Points) -> Points:
    """Each point as the mean of those around it: a twentieth of all, but at least three.

    At the ends it is the mean of those that exist.

    >>> smooth(((1, 5.0), (2, 2.0), (3, 2.0)))
    ((1, 3.5), (2, 3.0), (3, 2.0))
    """
    half = max(MIN_ROWS // 2, len(points) // (2 * FRACTION))
    values = [value for _, value in points]
    around = [values[max(0, i - half) : i + half + 1] for i in range(len(values))]
    return tuple((x, math.fsum(a) / len(a)) for (x, _), a in zip(points, around, strict=True))


def _range(curves: Sequence[RunCurve], y: Y) -> tuple[float, float, float | None]:
    """The lowest and the highest value shown, and the highest that is cut off, if any."""
    values = [value for curve in curves for _, value in curve.points]
    if not values:
        return 0.0, 1.0, None
    low, top = min(values), max(values)
    high = max([top, *(value for curve in curves for _, value in curve.raw)])
    if y in ("loss", "held-out", "norm"):
        late = [v for c in curves for x, v in c.points if x * FRACTION >= max(c.points)[0]]
        top = max(late)
    elif y == "lr":
        low = 0.0
    room = 0.04 * (top - low) or 0.02 * abs(top) or 1.0
    edge = top + room
    return low - room * (y != "lr"), edge, high if high > edge else None


def format_chart(
    chart: Chart, width: int, height: int = 18, *, colour: bool = False, braille: bool = True
) -> str:
    """The chart as text of a width, with `height` rows of dots; axes and legend are ASCII.

    Each run has a letter, which marks its evaluations, or its end; a single one has an o. The
    evaluation whose model was kept has a capital letter.
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
        ink = TERMINAL_SERIES[number % len(TERMINAL_SERIES)] if colour else None
        _dots(canvas, chart, curve, mark, ink)
        legend.append(color(f"{mark} {sanitize(curve.name)}", fg=ink) + f"  {curve.caption}")
    span = chart.high - chart.low
    rows = {int((tick - chart.low) / span * height): label for tick, label in labels.items()}
    body = [
        f"{rows.get(i, ''):>{margin}}{'+' if i in rows else '|'}{_cells(row, braille)}"
        for i, row in zip(reversed(range(height)), canvas.plot("\n").split("\n"), strict=True)
    ]
    under = [" " * margin + line for line in _under(chart, columns)]
    lines = (chart.y_unit, *body, *under, *chart.notes, *legend)
    return "\n".join(line.rstrip() for line in lines)


def _dots(canvas: Any, chart: Chart, curve: RunCurve, mark: str, ink: str | None) -> None:
    """Draw one curve: the logged values as a line, or else the evaluations."""
    edge = 2 * chart.high - chart.low  # a spike far above takes long to draw and is not visible
    for (x0, y0), (x1, y1) in pairwise(curve.line or curve.marks):
        canvas.line(x0, min(y0, edge), x1, min(y1, edge), color=ink)
    for x, y in curve.marks or curve.line[-1:]:
        is_best = (x, y) == curve.best
        canvas.point(x, min(y, edge), color=ink, marker=mark.upper() if is_best else mark)


def _cells(row: str, braille: bool) -> str:
    """A row of dots; without braille `'` is the upper half of a cell, `.` the lower, `:` both."""
    return "".join(_cell(c, braille) if "\u2800" <= c <= "\u28ff" else c for c in row)


def _cell(cell: str, braille: bool) -> str:
    """
    >>> [_cell(cell, braille=False) for cell in "⠀⠉⣀⡇"]
    [' ', "'", '.', ':']
    """
    dots = ord(cell) - 0x2800
    if dots and braille:
        return cell
    upper, lower = dots & 0b00011011, dots & 0b11100100
    return ":" if upper and lower else "'" if upper else "." if lower else " "


def _under(chart: Chart, columns: int) -> tuple[str, ...]:
    """The axis under the dots, its numbers, and its unit."""
    rule, numbers = ["+", *"-" * columns], [" "] * (columns + 1)
    for tick, label in _labels(ticks(0, chart.right, max(2, columns // 12))).items():
        place = min(columns, math.ceil(tick / chart.right * columns))
        rule[place] = "+"
        start = max(0, min(place - len(label) // 2, columns + 1 - len(label)))
        numbers[start : start + len(label)] = label
    return "".join(rule), "".join(numbers), chart.x_unit.rjust(columns + 1)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from `low` to `high` in steps of 1, 2 or 5 times a power of ten.

    >>> ticks(4.7, 6.1, 5)
    [5.0, 5.5, 6.0]
    """
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    steps = (n * power for n in (1, 2, 5, 10, 20))
    step = next(step for step in steps if (high - low) / step < most)
    numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return [round(n * step, 12) for n in numbers]


def _labels(numbers: list[float]) -> dict[float, str]:
    """Numbers as they are shown, all with the decimal places that one of them needs.

    >>> list(_labels([4.5, 5.0]).values()), list(_labels([0, 20000]).values())
    (['4.5', '5.0'], ['0', '20,000'])
    """
    places = max((len(f"{n:.10f}".rstrip("0").split(".")[1]) for n in numbers), default=0)
    return {n: f"{n:,.{places}f}" for n in numbers}


def check_path(path: Path) -> None:
    """Raise, before anything is drawn, if the suffix is unknown or the folder missing."""
    check_figure_path(path, html=False)


def save(chart: Chart, path: Path) -> None:
    """Write the chart as PNG or SVG, as the suffix says, whole or not at all."""
    check_path(path)
    save_figure(
        path, lambda: draw(chart), dpi=200, style=STYLE, bbox_inches="tight", pad_inches=0.15
    )


def draw(chart: Chart) -> Figure:
    """The chart as a figure of matplotlib: each run in its colour, with its name at the right."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.2))
    axes = figure.add_subplot()
    for number, curve in enumerate(chart.curves):
        _draw_curve(axes, curve, SERIES[number % len(SERIES)])
    room = 0.02 * (chart.high - chart.low)
    lowest = min((y - room for curve in chart.curves for _, y in curve.raw), default=chart.low)
    beyond = 0.015 * chart.right  # so that the first and the last mark are complete
    begins_at_0 = any(x == 0 for curve in chart.curves for x, _ in curve.marks)
    axes.set_xlim(-beyond if begins_at_0 else 0, chart.right + beyond)
    axes.set_ylim(min(lowest, chart.low), chart.high)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=3)
    axes.xaxis.set_major_formatter("{x:,.10g}")
    axes.set_xlabel(chart.x_unit)
    axes.set_title(chart.y_unit, loc="left", fontsize=9, color=SOFT)
    _name(axes, chart)
    note = "\n".join(chart.notes)
    axes.annotate(
        note, (0, 0), (0, -38), "axes fraction", "offset points", va="top", fontsize=7, color=SOFT
    )
    return figure


def _draw_curve(axes: Axes, curve: RunCurve, colour: str) -> None:
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
    """Write the name of each run in its colour at the height where it ends, none over another."""
    low, high = axes.get_ylim()
    ends = [(curve.marks or curve.line)[-1][1] for curve in chart.curves]
    heights = spread([(end - low) / (high - low) for end in ends], min(0.1, 1 / len(ends)))
    for number, (curve, height) in enumerate(zip(chart.curves, heights, strict=True)):
        axes.annotate(
            sanitize(f"{curve.name}\n{curve.caption}".strip()),
            (1.02, height),
            xycoords="axes fraction",
            color=SERIES[number % len(SERIES)],
            va="center",
            fontsize=8,
        )


def spread(heights: list[float], gap: float) -> list[float]:
    """The heights moved apart in their order: none above 1, none closer than `gap` to another.

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
