"""A chart of training runs: what is drawn of them, before it is drawn.

The training loss of one step says little: it is drawn as the mean of the lines around each
point, a twentieth of the run's lines altogether, three at least (at the ends, those that there
are). The held-out loss stands as it was measured. The axis of losses and norms is cropped: it
ends at the highest value that a run has once a twentieth of it is over, so that the first steps,
which guess among the whole alphabet, do not press the rest flat; what is cut off is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from poet.runs.log import MetricsRow, RunLog

Points: TypeAlias = tuple[tuple[float, float], ...]
X: TypeAlias = Literal["characters", "steps", "minutes"]
Y: TypeAlias = Literal["loss", "held-out", "accuracy", "norm", "lr"]
SHARE = 20  # a twentieth: of a run that is one mean, and that may lie above the axis
LEAST = 3  # lines of one mean
MILLION = 1e6

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
class Curve:
    """One run in a chart."""

    name: str
    line: Points = ()  # what was logged every few steps; losses smoothed
    raw: Points = ()  # losses as they were
    marks: Points = ()  # what was measured at evaluations
    best: tuple[float, float] | None = None  # the one of them whose model was kept
    said: str = ""  # beside the name

    @property
    def points(self) -> Points:
        """All that is to be seen without doubt."""
        return self.line + self.marks


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves on common axes."""

    curves: tuple[Curve, ...]
    x_unit: str
    y_unit: str
    right: float  # x goes from 0 to here
    low: float
    high: float
    notes: tuple[str, ...]


def chart(journals: Sequence[RunLog], x: X = "characters", y: Y = "loss") -> Chart:
    """The chart of some runs; those without a value of `y` are left out."""
    right = max((_x[x](line) for run in journals for line in run.lines), default=1.0) or 1.0
    scale = MILLION if right >= MILLION else 1.0
    curves = tuple(curve for run in journals if (curve := _curve(run, x, y, scale)).points)
    low, high, cut = _range(curves, y)
    notes = []
    if y == "loss":
        notes.append(f"line: training loss, mean of a twentieth of the run, {LEAST} lines at least")
    if any(curve.marks for curve in curves):
        what = "guesses" if y == "accuracy" else "loss"
        notes.append(f"marks: held-out {what}; the larger mark is the model that was kept")
    if cut is not None:
        notes.append(f"above the edge: the first steps, from {cut:.3g}")
    unit = f"million {x}" if scale != 1 else x
    return Chart(curves, unit, _units[y], right / scale, low, high, tuple(notes))


def _curve(run: RunLog, x: X, y: Y, scale: float) -> Curve:
    def points(lines: Sequence[MetricsRow], value: Callable[[MetricsRow], float | None]) -> Points:
        found = ((_x[x](line) / scale, value(line)) for line in lines)
        return tuple((at, number) for at, number in found if number is not None)

    raw = points(run.logged, _logged[y]) if y in _logged else ()
    marks = points(run.lines, _measured[y]) if y in _measured else ()
    kept = points([run.best], _measured[y]) if run.best and marks else ()
    said = f"held out {run.best.held_out:.3f} at best" if run.best else ""
    line, faint = (smooth(raw), raw) if y == "loss" else (raw, ())
    return Curve(run.name, line, faint, marks, kept[0] if kept else None, said)


def smooth(points: Points) -> Points:
    """Each point as the mean of those around it, a twentieth of all but three at least.

    At the ends it is the mean of those that there are.

    >>> smooth(((1, 5.0), (2, 2.0), (3, 2.0)))
    ((1, 3.5), (2, 3.0), (3, 2.0))
    """
    half = max(LEAST // 2, len(points) // (2 * SHARE))
    values = [value for _, value in points]
    around = [values[max(0, i - half) : i + half + 1] for i in range(len(values))]
    return tuple((x, math.fsum(a) / len(a)) for (x, _), a in zip(points, around, strict=True))


def _range(curves: Sequence[Curve], y: Y) -> tuple[float, float, float | None]:
    """The lowest and the highest value shown, and the highest that is not, if any."""
    values = [value for curve in curves for _, value in curve.points]
    if not values:
        return 0.0, 1.0, None
    low, top = min(values), max(values)
    high = max([top, *(value for curve in curves for _, value in curve.raw)])
    if y in ("loss", "held-out", "norm"):
        late = [v for c in curves for at, v in c.points if at * SHARE >= max(c.points)[0]]
        top = max(late)
    elif y == "lr":
        low = 0.0
    room = 0.04 * (top - low) or 0.02 * abs(top) or 1.0
    edge = top + room
    return low - room * (y != "lr"), edge, high if high > edge else None
