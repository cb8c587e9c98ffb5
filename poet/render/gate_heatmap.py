"""Gates as a heat map in the terminal: two columns a character, so that Chinese stands above.

Figures stand in the cells, so that it is read without colour too: gates from 0, shut, to 9, open;
candidate and cell from -9 to +9, where 9 is 1, and the greatest that the cell became.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from poet.characters import STOPS
from poet.generation.engine import Floats
from poet.interpret.gates import GATES, Unit
from poet.render.wrapping import cell_width

if TYPE_CHECKING:
    from rich.text import Text

Colour = tuple[int, int, int]
SIGNED = ("candidate", "cell")
PALE: Colour = (247, 246, 240)
OPEN: Colour = (24, 84, 110)  # a gate at 1
ABOVE: Colour = (178, 52, 36)  # candidate or cell above zero
BELOW: Colour = (52, 92, 170)
LABEL = 12  # columns


@dataclass(frozen=True, slots=True)
class Track:
    """One unit through a text: what it means, and each of `GATES` after each character (T,)."""

    unit: Unit
    meaning: str
    gates: dict[str, Floats]

    @property
    def heading(self) -> str:
        """
        >>> Track(Unit("upper", 40), "", {}).heading
        'upper:40'
        """
        return f"{self.unit}  {self.meaning}".rstrip()

    def shares(self, gate: str) -> Floats:
        """The values as shares of the greatest that can be: of a cell, of the greatest there is."""
        values = self.gates[gate]
        return values / max(float(abs(values).max()), 1e-9) if gate == "cell" else values


def colour_of(gate: str, share: float) -> Colour:
    """The colour of a share, -1 to 1.

    >>> colour_of("forget", 0.0) == PALE, colour_of("cell", -1.0) == BELOW
    (True, True)
    """
    end = OPEN if gate not in SIGNED else ABOVE if share > 0 else BELOW
    weight = min(1.0, abs(share))
    red, green, blue = (round(a + (b - a) * weight) for a, b in zip(PALE, end, strict=True))
    return red, green, blue


def is_dark(colour: Colour) -> bool:
    """Whether writing on it should be light."""
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def figure_of(gate: str, share: float) -> str:
    """Two columns that tell a share.

    >>> figure_of("input", 0.97), figure_of("cell", -0.4), figure_of("cell", 0.01)
    (' 9', '-4', ' 0')
    """
    ninths = round(9 * share)
    return f"{ninths:+}" if ninths and gate in SIGNED else f"{ninths:2}"


def shown(character: str) -> str:
    r"""A character on two columns; a line break as \n.

    >>> shown("夜"), shown("a"), shown("\n")
    ('夜', ' a', '\\n')
    """
    if character == "\n":
        return r"\n"
    return " " * (2 - cell_width(character)) + character


def bands(text: str, width: int) -> list[slice]:
    """Where a text is broken to fit a width: behind stops, if it can be.

    >>> [(band.start, band.stop) for band in bands("春水連天碧，明月照大江。", 12 + 2 * 8)]
    [(0, 6), (6, 12)]
    """
    room = max(8, (width - LABEL) // 2)
    found, start = [], 0
    while start < len(text):
        stop = min(len(text), start + room)
        if stop < len(text):
            ends = [i + 1 for i in range(start, stop) if text[i] in STOPS + "\n"]
            stop = ends[-1] if ends else stop
        found.append(slice(start, stop))
        start = stop
    return found


def format_plain(text: str, tracks: Sequence[Track], width: int) -> str:
    """The heat map in plain text."""
    return "\n".join("".join(piece for piece, _ in row) for row in _rows(text, tracks, width))


def format_coloured(text: str, tracks: Sequence[Track], width: int) -> Text:
    """The heat map in colour, readable on dark and on light."""
    from rich.color import Color
    from rich.style import Style
    from rich.text import Text

    made = Text(no_wrap=True)
    for number, row in enumerate(_rows(text, tracks, width)):
        made.append("\n" * bool(number))
        for piece, colour in row:
            if colour is None:
                made.append(piece)
                continue
            ink = (240, 240, 240) if is_dark(colour) else (40, 40, 40)
            style = Style(color=Color.from_rgb(*ink), bgcolor=Color.from_rgb(*colour))
            made.append(piece, style)
    return made


def _rows(
    text: str, tracks: Sequence[Track], width: int
) -> Iterator[list[tuple[str, Colour | None]]]:
    """Rows of pieces, each with the colour behind it."""
    for number, track in enumerate(tracks):
        if number:
            yield []
        yield [(track.heading, None)]
        for band in bands(text, width):
            yield [(" " * LABEL + "".join(map(shown, text[band])), None)]
            for gate in GATES:
                shares = track.shares(gate)[band]
                cells = [(figure_of(gate, s), colour_of(gate, s)) for s in map(float, shares)]
                yield [(f"{_label(track, gate):<{LABEL}}", None), *cells]


def _label(track: Track, gate: str) -> str:
    if gate != "cell":
        return gate
    return f"cell ±{abs(track.gates['cell']).max():.2g}"
