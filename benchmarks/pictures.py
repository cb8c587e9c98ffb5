"""The picture of a comparison: loss against processor time and against characters read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from poet.files import write_atomically

from .search import best_of, by_length

COLOURS = {"poet": "#b5322a", "gpt": "#2459a6", "gpt_asked": "#6fa3d8", "reference": "#6b6b6b"}
MARKERS = {"poet": "o", "gpt": "s", "gpt_asked": "D", "reference": "^"}
LABELS = {
    "poet": "poet (LSTM)",
    "gpt": "GPT",
    "gpt_asked": "GPT, asked poet's questions",
    "reference": "the best-known PyTorch poem LSTM",
}
INK, PAPER = "#222222", "#ffffff"  # a ground of its own: legible on a dark page too
STYLE: dict[Any, Any] = {
    "font.size": 11,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.hashsalt": "poet",  # the same figures make the same file
}
Points = Sequence[tuple[float, float]]


def draw_peers(figures: dict[str, Any], output: Path) -> None:
    """Draw the runs in the results of `benchmarks.peers` into `output` (.svg, .png, …)."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10, 4.6), facecolor=PAPER, layout="constrained")
        axes = figure.subplots(1, 2, sharey=True)
        panels = (
            ("cpu_seconds", 60.0, "minutes of processor time, one core"),
            ("characters", 1e6, "million characters read"),
        )
        for one, (what, unit, label) in zip(axes, panels, strict=True):
            for side in COLOURS:
                _side(one, side, _chosen(figures["runs"], side), what, unit)
            one.set(xscale="log", xlabel=label, facecolor=PAPER)
            one.xaxis.set_major_formatter("{x:g}")
            one.grid(color="#dddddd", linewidth=0.6)
            one.spines[["top", "right"]].set_visible(False)
        axes[0].set_ylabel("nats a character, held out")
        ends = sorted({run["minutes"] for run in figures["runs"] if run["minutes"]})
        if ends:
            axes[0].set_xticks([*(t for t in (0.1, 1) if t < ends[0]), *ends])
        handles, names = axes[0].get_legend_handles_labels()
        figure.legend(handles, names, frameon=False, loc="outside lower center", ncols=2)
        facts = f"{figures['text']}, one thread of {figures['machine']}, {figures['date'][:10]}"
        note = "marks: runs that end there; lines: on their way"
        figure.suptitle(f"{facts}\n{note}", fontsize=10, color=INK)
        kind = output.suffix.removeprefix(".") or "svg"
        still = {"Date": None} if kind == "svg" else None
        write_atomically(
            output, lambda path: figure.savefig(path, format=kind, dpi=130, metadata=still)
        )


def _chosen(runs: Sequence[dict[str, Any]], side: str) -> list[dict[str, Any]]:
    """The best runs of a side, one for each time it was given."""
    own = [run for run in runs if run["side"] == side and run["minutes"]]
    best: dict[float, list[dict[str, Any]]] = {}
    for (_, minutes, _, _), tried in by_length(own).items():
        best.setdefault(minutes or 0.0, []).extend(tried)
    return [best_of(tried) for _, tried in sorted(best.items())]


def _side(axes: Any, side: str, runs: Sequence[dict[str, Any]], what: str, unit: float) -> None:
    """One side's runs: a thin line each, with a mark where it ends, the ends joined."""
    colour = COLOURS[side]
    for run in runs:
        way = [(p[what] / unit, p["loss"]) for p in run["points"] if p["loss"] is not None]
        axes.plot(*_columns(way), color=colour, linewidth=0.9, alpha=0.55)
    ends = sorted((run[what] / unit, run["held_out"]["loss"]) for run in runs)
    if ends:
        axes.plot(
            *_columns(ends), color=colour, marker=MARKERS[side], linewidth=1.8, markersize=6,
            label=LABELS[side],
        )  # fmt: skip


def _columns(points: Points) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]
