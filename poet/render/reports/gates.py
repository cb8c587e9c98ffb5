"""Gates as a table of meaningful units, as heat maps in the terminal and as pictures.

In the terminal every character has two columns, so that Chinese fits above its cells. These hold
digits, which can be read without colour: gates from 0, closed, to 9, open; candidate and cell from
-9 to +9, where 9 is 1 for the candidate, and the largest value in the text for the cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from poet.characters import STOPS
from poet.interpret.gates import GATES, UnitTrace
from poet.interpret.probe import ProbeResult
from poet.render.reports.export import save_figure
from poet.render.theme import INK, NEGATIVE, OPEN, POSITIVE, RGB, SOFT, ZERO
from poet.render.wrapping import cell_width, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.text import Text

SIGNED = ("candidate", "cell")
LABEL_WIDTH = 12  # columns
CELL = 0.24  # inches
PIXELS = 16  # of a cell in the image, each way


def format_results(results: Sequence[ProbeResult]) -> str:
    """The meaningful units, and how well each predicts its label."""
    head = ("unit", "what it knows", "cell", "figure", "chosen", "measured", "shuffled")
    rows = [
        (
            *(str(result.unit), result.trait, "high" if result.rises else "low", result.figure),
            *(f"{value:.3f}" for value in (result.chosen, result.measured, result.shuffled)),
        )
        for result in results
    ]
    return format_table([head, *rows])


def colour_of(gate: str, share: float) -> RGB:
    """The colour of a share, -1 to 1.

    >>> colour_of("forget", 0.0) == ZERO, colour_of("cell", -1.0) == NEGATIVE
    (True, True)
    """
    end = OPEN if gate not in SIGNED else POSITIVE if share > 0 else NEGATIVE
    weight = min(1.0, abs(share))
    red, green, blue = (round(a + (b - a) * weight) for a, b in zip(ZERO, end, strict=True))
    return red, green, blue


def is_dark(colour: RGB) -> bool:
    """Whether text on it should be light."""
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def digit_of(gate: str, share: float) -> str:
    """A share in ninths, in two columns.

    >>> digit_of("input", 0.97), digit_of("cell", -0.4), digit_of("cell", 0.01)
    (' 9', '-4', ' 0')
    """
    ninths = round(9 * share)
    return f"{ninths:+}" if ninths and gate in SIGNED else f"{ninths:2}"


def cell_text(character: str) -> str:
    r"""A character in two columns; a line break as \n.

    >>> cell_text("夜"), cell_text("a"), cell_text("\n")
    ('夜', ' a', '\\n')
    """
    if character == "\n":
        return r"\n"
    return " " * (2 - cell_width(character)) + character


def bands(text: str, width: int) -> list[slice]:
    """Where a text is broken to fit a width: after stops, if possible.

    >>> [(band.start, band.stop) for band in bands("春水連天碧，明月照大江。", 12 + 2 * 8)]
    [(0, 6), (6, 12)]
    """
    room = max(8, (width - LABEL_WIDTH) // 2)
    slices, start = [], 0
    while start < len(text):
        stop = min(len(text), start + room)
        if stop < len(text):
            ends = [i + 1 for i in range(start, stop) if text[i] in STOPS + "\n"]
            stop = ends[-1] if ends else stop
        slices.append(slice(start, stop))
        start = stop
    return slices


def format_plain(text: str, traces: Sequence[UnitTrace], width: int) -> str:
    """The heat map in plain text."""
    return "\n".join("".join(piece for piece, _ in row) for row in _rows(text, traces, width))


def format_coloured(text: str, traces: Sequence[UnitTrace], width: int) -> Text:
    """The heat map in colour, readable on dark and on light."""
    from rich.color import Color
    from rich.style import Style
    from rich.text import Text

    output = Text(no_wrap=True)
    for number, row in enumerate(_rows(text, traces, width)):
        output.append("\n" * bool(number))
        for piece, colour in row:
            if colour is None:
                output.append(piece)
                continue
            ink = (240, 240, 240) if is_dark(colour) else (40, 40, 40)
            style = Style(color=Color.from_rgb(*ink), bgcolor=Color.from_rgb(*colour))
            output.append(piece, style)
    return output


def _rows(
    text: str, traces: Sequence[UnitTrace], width: int
) -> Iterator[list[tuple[str, RGB | None]]]:
    """Rows of pieces, each with its background colour."""
    for number, trace in enumerate(traces):
        if number:
            yield []
        yield [(trace.heading, None)]
        for band in bands(text, width):
            yield [(" " * LABEL_WIDTH + "".join(map(cell_text, text[band])), None)]
            for gate in GATES:
                shares = trace.shares(gate)[band]
                cells = [(digit_of(gate, s), colour_of(gate, s)) for s in map(float, shares)]
                yield [(f"{trace.row_name(gate):<{LABEL_WIDTH}}", None), *cells]


def draw_gates(path: Path, text: str, traces: Sequence[UnitTrace]) -> None:
    """Write the heat maps, one below another, as the picture that the suffix names."""
    save_figure(path, lambda: _gates(text, traces), needs_chinese=True)


def _gates(text: str, traces: Sequence[UnitTrace]) -> Figure:
    from matplotlib.figure import Figure

    wide, high = len(text) * CELL + 1.5, len(traces) * (len(GATES) + 2.6) * CELL + 0.5
    figure = Figure(figsize=(max(wide, 6.5), high))
    for number, trace in enumerate(traces):
        bottom = high - 0.1 - (number + 1) * (len(GATES) + 2.6) * CELL + 0.4 * CELL
        axes = figure.add_axes(
            (1.3 / figure.get_figwidth(), bottom / high,
             len(text) * CELL / figure.get_figwidth(), len(GATES) * CELL / high)
        )  # fmt: skip
        _heat(axes, text, trace)
    _legend(figure, high)
    return figure


def _heat(axes: Any, text: str, trace: UnitTrace) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    gated = LinearSegmentedColormap.from_list("gated", [_rgb(ZERO), _rgb(OPEN)])
    signed = LinearSegmentedColormap.from_list(
        "signed", [_rgb(c) for c in (NEGATIVE, ZERO, POSITIVE)]
    )
    for row, gate in enumerate(GATES):
        is_signed = gate in SIGNED
        # An image with large pixels, which no viewer blurs, is a tenth of the size of rectangles
        axes.imshow(
            np.kron(trace.shares(gate), np.ones((PIXELS, PIXELS))),
            extent=(0, len(text), row + 1, row), aspect="auto", interpolation="none",
            cmap=signed if is_signed else gated, vmin=-1 if is_signed else 0, vmax=1,
        )  # fmt: skip
    axes.hlines(range(len(GATES) + 1), 0, len(text), color="white", linewidth=2)
    axes.vlines(range(len(text) + 1), 0, len(GATES), color="white", linewidth=0.6)
    axes.set_xlim(0, len(text))
    axes.set_ylim(len(GATES), 0)
    axes.xaxis.tick_top()
    axes.set_xticks(np.arange(len(text)) + 0.5, map(cell_text, text), fontsize=13, color=INK)
    axes.set_yticks(
        np.arange(len(GATES)) + 0.5, [trace.row_name(gate) for gate in GATES], fontsize=9
    )
    axes.tick_params(length=0, labelcolor=INK)
    axes.set_frame_on(False)
    axes.set_title(trace.heading, loc="left", fontsize=10.5, color=INK, pad=9)


def _legend(figure: Figure, high: float) -> None:
    keys = (
        (OPEN, "gate open (1)"),
        (POSITIVE, "above zero"),
        (NEGATIVE, "below zero"),
        (ZERO, "0"),
    )
    left = 1.3
    for colour, name in keys:
        x = left / figure.get_figwidth()
        figure.text(x, 0.09 / high, "■", color=_rgb(colour), fontsize=11)
        figure.text(x + 0.2 / figure.get_figwidth(), 0.1 / high, name, color=SOFT, fontsize=9)
        left += 0.45 + 0.085 * len(name)


def _rgb(colour: RGB) -> tuple[float, float, float]:
    red, green, blue = colour
    return red / 255, green / 255, blue / 255
