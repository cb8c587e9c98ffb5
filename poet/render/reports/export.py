"""Write figures to files: SVG whose text stays text, PNG, and HTML without external files."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poet import files
from poet.errors import InputError
from poet.fonts import SANS, font_family

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE_SUFFIXES = (".svg", ".png", ".html")
LATIN = "DejaVu Sans"  # comes with matplotlib
_font_family = re.compile(r" font-family: [^;\"]+;")
_no_rotation = re.compile(r' transform="rotate\(-0 [^"]*"')
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>poet</title>
<style>body {{ margin: 2em; background: #fff }} svg {{ max-width: 100%; height: auto }}</style>
</head>
<body>
{svg}
</body>
</html>
"""


def check_figure_path(path: Path, *, html: bool = True) -> None:
    """Raise, before anything is measured, if the suffix is unknown or the folder missing."""
    suffixes = FIGURE_SUFFIXES if html else FIGURE_SUFFIXES[:2]
    files.check_place(path, suffixes, "pictures are not drawn as")


def save_figure(
    path: Path,
    make: Callable[[], Figure],
    *,
    needs_chinese: bool = False,
    dpi: int = 160,
    style: dict[str, Any] | None = None,
    **options: Any,
) -> None:
    """Write a figure of matplotlib, whole or not at all, in the format that the suffix names.

    The same figure gives the same file. `style` is added to matplotlib's settings, `options` go to
    `savefig`. Raises `InputError` for a PNG that `needs_chinese` if there is no font for it.
    """
    import matplotlib as mpl

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # one of SANS is enough
    settings: Any = {
        "font.family": [LATIN, *SANS],
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": "poet",
        "text.parse_math": False,  # a name may have dollar signs
    } | (style or {})
    suffix = path.suffix.lower()
    with mpl.rc_context(settings), warnings.catch_warnings():
        # In an SVG the fonts of the reader draw the text, not those that are missing here
        is_error = needs_chinese and suffix == ".png"
        warnings.filterwarnings("error" if is_error else "ignore", message="Glyph .* missing")
        try:
            figure = make()
            files.write_atomically(path, lambda part: _fill(part, suffix, figure, dpi, options))
        except UserWarning as error:
            raise InputError(
                "matplotlib finds no Chinese font here to draw a .png with", "draw a .svg, or .html"
            ) from error


def _fill(part: Path, suffix: str, figure: Figure, dpi: int, options: dict[str, Any]) -> None:
    if suffix == ".png":
        figure.savefig(part, format="png", dpi=dpi, metadata={"Software": None}, **options)
        return
    figure.savefig(part, format="svg", metadata={"Date": None, "Creator": None}, **options)
    svg = _with_fonts_once(part.read_text("utf-8"))
    files.fill(part, _PAGE.format(svg=svg[svg.index("<svg") :]) if suffix == ".html" else svg)


def _with_fonts_once(svg: str) -> str:
    """The picture with its fonts named once instead of at each text."""
    fonts = font_family([LATIN, *SANS], "sans-serif")
    svg = _font_family.sub("", _no_rotation.sub("", svg))
    svg = svg.replace("</style>", f"text {{font-family: {fonts}}}</style>", 1)
    return "\n".join(map(str.strip, svg.splitlines())) + "\n"
