"""The few strokes that the pictures are made of: SVG as text, in a day's colours and a night's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 1080  # of every panel
MARGIN = 56

_SERIF = (
    "'Noto Serif CJK TC','Source Han Serif TC','Songti TC','PMingLiU','Noto Serif',Georgia,serif"
)
_SANS = (
    "'Noto Sans CJK TC','Source Han Sans TC','PingFang TC','Microsoft JhengHei',"
    "system-ui,sans-serif"
)
# what is drawn: by day, by night
_COLOURS = {
    "paper": ("#fbf8f1", "#191816"),
    "band": ("#f3eddf", "#23211e"),
    "rule": ("#ddd5c4", "#3b3731"),
    "soft": ("#80776a", "#a39b8d"),
    "ink": ("#2a2622", "#ece6da"),
    "steered": ("#b23a2b", "#e9735f"),
    "free": ("#e2a999", "#8f5044"),
    "titled": ("#d5b26c", "#8c713a"),
    "human": ("#4a6a80", "#8db2ca"),
}


@dataclass(frozen=True, slots=True)
class Panel:
    """A picture as wide as all others; `body` is SVG, its origin at the panel's top left."""

    what: str
    height: float
    body: str


def style() -> str:
    """The CSS of the pictures: no variables, which some readers of SVG lack."""
    day, night = (_fills(which) for which in (0, 1))
    return f"""\
text {{ font-family: {_SANS}; font-size: 12px; fill: {_COLOURS["ink"][0]}; }}
.verse {{ font-family: {_SERIF}; font-size: 18px; }}
.head {{ font-family: {_SERIF}; font-size: 21px; }}
.name {{ font-family: {_SERIF}; font-size: 44px; }}
.figure {{ font-family: {_SERIF}; font-size: 34px; }}
.small {{ font-size: 10.5px; }}
{day}
@media (prefers-color-scheme: dark) {{
text {{ fill: {_COLOURS["ink"][1]}; }}
{night}
}}"""


def _fills(which: int) -> str:
    """Classes that fill, and with `-line` those that draw a line."""
    return "\n".join(
        f".{name}, text.{name} {{ fill: {colours[which]}; }} "
        f".{name}-line {{ fill: none; stroke: {colours[which]}; }}"
        for name, colours in _COLOURS.items()
    )


def text(x: float, y: float, said: str, look: str = "", anchor: str = "start") -> str:
    """Words; `anchor` says which part of them stands at x: start, middle or end."""
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    kind = f' class="{look}"' if look else ""
    return f'<text x="{x:g}" y="{y:g}"{kind}{at}>{escape(said)}</text>'


def box(x: float, y: float, wide: float, high: float, look: str, round_: float = 0) -> str:
    corner = f' rx="{round_:g}"' if round_ else ""
    return (
        f'<rect class="{look}" x="{x:.1f}" y="{y:.1f}" width="{max(0, wide):.1f}" '
        f'height="{high:.1f}"{corner}/>'
    )


def line(points: Sequence[tuple[float, float]], look: str, width: float = 1) -> str:
    """A line through points."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<polyline class="{look}-line" points="{path}" stroke-width="{width:g}" '
        'stroke-linejoin="round" stroke-linecap="round"/>'
    )


def dot(x: float, y: float, radius: float, look: str, told: str = "") -> str:
    """A dot; what is `told` shows where a pointer rests on it."""
    title = f"<title>{escape(told)}</title>" if told else ""
    return f'<circle class="{look}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}">{title}</circle>'


def shifted(body: str, x: float, y: float) -> str:
    return f'<g transform="translate({x:g} {y:g})">\n{body}\n</g>'


def joined(strokes: Iterable[str]) -> str:
    return "\n".join(strokes)


def legend(right: float, y: float, looks: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What the colours mean, each with its words, ending at the right edge."""
    x = right
    for look, said in reversed(looks):
        x -= 6.2 * len(said)
        yield text(x, y, said, "soft")
        yield dot(x - 10, y - 4, 4, look)
        x -= 32
