"""Shapes of SVG, as text, in light and dark colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from poet.fonts import SANS, SERIF, font_family
from poet.render.theme import COLOURS

WIDTH = 1080  # of every panel
MARGIN = 56


@dataclass(frozen=True, slots=True)
class Panel:
    """A picture of the common width; `body` is SVG, its origin at the top left."""

    label: str
    height: float
    body: str


def style() -> str:
    """The CSS of the pictures, without variables, which some viewers of SVG lack."""
    light, dark = (_fills(theme) for theme in (0, 1))
    sans, serif = font_family(SANS, "system-ui", "sans-serif"), font_family(SERIF, "serif")
    return f"""\
text {{ font-family: {sans}; font-size: 12px; fill: {COLOURS["ink"][0]}; }}
.verse {{ font-family: {serif}; font-size: 18px; }}
.head {{ font-family: {serif}; font-size: 21px; }}
.name {{ font-family: {serif}; font-size: 44px; }}
.figure {{ font-family: {serif}; font-size: 34px; }}
.small {{ font-size: 10.5px; }}
{light}
@media (prefers-color-scheme: dark) {{
text {{ fill: {COLOURS["ink"][1]}; }}
{dark}
}}"""


def _fills(theme: int) -> str:
    """CSS classes that fill, and, with `-line`, classes that draw a line; 0 is light, 1 dark."""
    return "\n".join(
        f".{name}, text.{name} {{ fill: {colours[theme]}; }} "
        f".{name}-line {{ fill: none; stroke: {colours[theme]}; }}"
        for name, colours in COLOURS.items()
    )


def text(x: float, y: float, content: str, look: str = "", anchor: str = "start") -> str:
    """A line of text; `anchor` says which part of it is at x: start, middle or end."""
    align = "" if anchor == "start" else f' text-anchor="{anchor}"'
    kind = f' class="{look}"' if look else ""
    return f'<text x="{x:g}" y="{y:g}"{kind}{align}>{escape(content)}</text>'


def rect(x: float, y: float, wide: float, high: float, look: str, round_: float = 0) -> str:
    corner = f' rx="{round_:g}"' if round_ else ""
    return (
        f'<rect class="{look}" x="{x:.1f}" y="{y:.1f}" width="{max(0, wide):.1f}" '
        f'height="{high:.1f}"{corner}/>'
    )


def polyline(points: Sequence[tuple[float, float]], look: str, width: float = 1) -> str:
    """A line through points."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<polyline class="{look}-line" points="{path}" stroke-width="{width:g}" '
        'stroke-linejoin="round" stroke-linecap="round"/>'
    )


def circle(x: float, y: float, radius: float, look: str, tooltip: str = "") -> str:
    """A dot; its tooltip shows when a pointer rests on it."""
    title = f"<title>{escape(tooltip)}</title>" if tooltip else ""
    return f'<circle class="{look}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}">{title}</circle>'


def group(body: str, x: float, y: float) -> str:
    return f'<g transform="translate({x:g} {y:g})">\n{body}\n</g>'


def legend(right: float, y: float, looks: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The colours with their meanings, aligned to the right edge."""
    x = right
    for look, meaning in reversed(looks):
        x -= 6.2 * len(meaning)
        yield text(x, y, meaning, "soft")
        yield circle(x - 10, y - 4, 4, look)
        x -= 32
