"""Pictures of the gates and of the reach, by matplotlib: SVG whose text stays text, PNG, HTML."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from poet import files
from poet.errors import InputError
from poet.interpret.gates import GATES
from poet.render.gate_heatmap import ABOVE, BELOW, OPEN, PALE, SIGNED, Colour, Track, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from poet.interpret.gradient_reach import Curve

SUFFIXES = (".svg", ".png", ".html")
FONTS = (
    "DejaVu Sans", "Noto Sans CJK TC", "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans TC",
    "Source Han Sans TC", "PingFang TC", "Heiti TC", "Microsoft JhengHei", "SimHei",
)  # fmt: skip
INK, FAINT = "#2b2b2b", "#8a8a86"
CURVES = ("#b23424", "#18546e", "#8a8a86", "#d29a3a", "#5d8a4a", "#7a5c99")
CELL = 0.24  # inches
ROW = 2.6  # the factor on the log scale by which a row of writing is high
DOTS = 16  # of an image's cell, each way
_fonts = re.compile(r" font-family: [^;\"]+;")
_unturned = re.compile(r' transform="rotate\(-0 [^"]*"')
_page = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>poet explain</title>
<style>body {{ margin: 2em; background: #fff }} svg {{ max-width: 100%; height: auto }}</style>
</head>
<body>
{svg}
</body>
</html>
"""


def check_place(path: Path) -> None:
    """Raise, before anything is computed, where the suffix is unknown or the folder missing."""
    files.check_place(path, SUFFIXES, "pictures are not drawn as")


def draw_gates(path: Path, text: str, tracks: Sequence[Track]) -> None:
    """The heat maps, one below another, into a file whose suffix says how."""
    _save(path, lambda: _gates(text, tracks))


def draw_reach(path: Path, curves: Sequence[Curve], source: str) -> None:
    """The curves of the reach on a log scale."""
    _save(path, lambda: _reach(curves, source))


def _gates(text: str, tracks: Sequence[Track]) -> Figure:
    from matplotlib.figure import Figure

    wide, high = len(text) * CELL + 1.5, len(tracks) * (len(GATES) + 2.6) * CELL + 0.5
    figure = Figure(figsize=(max(wide, 6.5), high))
    for number, track in enumerate(tracks):
        bottom = high - 0.1 - (number + 1) * (len(GATES) + 2.6) * CELL + 0.4 * CELL
        axes = figure.add_axes(
            (1.3 / figure.get_figwidth(), bottom / high,
             len(text) * CELL / figure.get_figwidth(), len(GATES) * CELL / high)
        )  # fmt: skip
        _heat(axes, text, track)
    _legend(figure, high)
    return figure


def _heat(axes: Any, text: str, track: Track) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    gated = LinearSegmentedColormap.from_list("gated", [_rgb(PALE), _rgb(OPEN)])
    signed = LinearSegmentedColormap.from_list("signed", [_rgb(c) for c in (BELOW, PALE, ABOVE)])
    for row, gate in enumerate(GATES):
        is_signed = gate in SIGNED
        # An image, with large dots that no viewer blurs, is a tenth of so many rectangles
        axes.imshow(
            np.kron(track.shares(gate), np.ones((DOTS, DOTS))),
            extent=(0, len(text), row + 1, row), aspect="auto", interpolation="none",
            cmap=signed if is_signed else gated, vmin=-1 if is_signed else 0, vmax=1,
        )  # fmt: skip
    axes.hlines(range(len(GATES) + 1), 0, len(text), color="white", linewidth=2)
    axes.vlines(range(len(text) + 1), 0, len(GATES), color="white", linewidth=0.6)
    axes.set_xlim(0, len(text))
    axes.set_ylim(len(GATES), 0)
    axes.xaxis.tick_top()
    axes.set_xticks(np.arange(len(text)) + 0.5, map(shown, text), fontsize=13, color=INK)
    axes.set_yticks(
        np.arange(len(GATES)) + 0.5, [_row_name(track, gate) for gate in GATES], fontsize=9
    )
    axes.tick_params(length=0, labelcolor=INK)
    axes.set_frame_on(False)
    axes.set_title(track.heading, loc="left", fontsize=10.5, color=INK, pad=9)


def _row_name(track: Track, gate: str) -> str:
    return f"cell, ±{abs(track.gates['cell']).max():.2g}" if gate == "cell" else gate


def _legend(figure: Figure, high: float) -> None:
    keys = ((OPEN, "gate open (1)"), (ABOVE, "above zero"), (BELOW, "below zero"), (PALE, "0"))
    left = 1.3
    for colour, name in keys:
        at = left / figure.get_figwidth()
        figure.text(at, 0.09 / high, "■", color=_rgb(colour), fontsize=11)
        figure.text(at + 0.2 / figure.get_figwidth(), 0.1 / high, name, color=FAINT, fontsize=9)
        left += 0.45 + 0.085 * len(name)


def _reach(curves: Sequence[Curve], source: str) -> Figure:
    from matplotlib.figure import Figure

    from poet.interpret.gradient_reach import FLOOR

    figure = Figure(figsize=(8, 4.6), layout="constrained")
    axes = figure.add_subplot()
    for curve, colour, at in zip(curves, CURVES, _labels(curves), strict=False):
        axes.semilogy(curve.norms, color=colour, linewidth=2)
        axes.annotate(
            curve.name, at, xytext=(5, 0), textcoords="offset points", color=colour, fontsize=10,
            va="center",
        )  # fmt: skip
    axes.set_ylim(FLOOR, 5)
    axes.set_xlim(0, len(curves[0].norms) - 1)
    axes.set_xlabel("characters back", color=INK)
    axes.set_ylabel("gradient norm, 1 at the last character", color=INK)
    axes.set_title(source, loc="left", fontsize=9.5, color=FAINT)
    axes.grid(axis="y", color="#e6e6e2", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
    return figure


def _labels(curves: Sequence[Curve]) -> list[tuple[int, float]]:
    """Where the curves' names stand: at their ends, none upon another."""
    from poet.interpret.gradient_reach import FLOOR

    ends = [max(k for k, norm in enumerate(c.norms) if norm > FLOOR) for c in curves]
    heights = [curve.norms[end] for curve, end in zip(curves, ends, strict=True)]
    lowest: dict[int, float] = {}  # of the names that stand at an end
    for i in sorted(range(len(curves)), key=lambda i: -heights[i]):
        heights[i] = max(min(heights[i], lowest.get(ends[i], 1e9) / ROW), FLOOR * ROW)
        lowest[ends[i]] = heights[i]
    return list(zip(ends, heights, strict=True))


def _rgb(colour: Colour) -> tuple[float, float, float]:
    red, green, blue = colour
    return red / 255, green / 255, blue / 255


def _save(path: Path, make: Callable[[], Figure]) -> None:
    import matplotlib

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # one of FONTS is enough
    style: Any = {"font.family": list(FONTS), "svg.fonttype": "none", "svg.hashsalt": "poet"}
    with matplotlib.rc_context(style), warnings.catch_warnings():
        # In an SVG the reader's fonts draw the text, not those that are missing here
        is_final = path.suffix.lower() == ".png"
        warnings.filterwarnings("error" if is_final else "ignore", message="Glyph .* missing")
        try:
            files.write_atomically(path, lambda part: _fill(part, path.suffix.lower(), make()))
        except UserWarning as error:
            raise InputError(
                "matplotlib finds no Chinese font here to draw a .png with", "draw a .svg, or .html"
            ) from error


def _fill(part: Path, suffix: str, figure: Figure) -> None:
    if suffix == ".png":
        figure.savefig(part, format="png", dpi=160, metadata={"Software": None})
        return
    figure.savefig(part, format="svg", metadata={"Date": None, "Creator": None})
    svg = _once(part.read_text("utf-8"))
    if suffix == ".html":
        svg = _page.format(svg=svg[svg.index("<svg") :])
    files.fill(part, svg)


def _once(svg: str) -> str:
    """The picture with its fonts named once, and not at each text."""
    fonts = ", ".join([*(f"'{name}'" for name in FONTS), "sans-serif"])
    svg = _fonts.sub("", _unturned.sub("", svg))
    svg = svg.replace("</style>", f"text {{font-family: {fonts}}}</style>", 1)
    return "\n".join(map(str.strip, svg.splitlines())) + "\n"
