"""A page as SVG in which every character is a path, so that it looks the same everywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from poet.render.card.fonts import EM, Typeface
from poet.render.card.page import Page, Placed, Seal
from poet.render.card.seal import EDGE, SIDE, STROKE_WIDTH, STROKES

PIXELS = 40  # to an em of verse, at the size that the SVG gives itself


def draw(page: Page, colours: Mapping[str, str], title: str, text: str, language: str) -> str:
    """The page as an SVG; `title` and `text` are read out by screen readers, in `language`
    if it is known.

    Colours are those of paper, ink, soft and seal.
    """
    texts = [*page.block.texts, *page.foot]
    digest = hashlib.sha256(f"{title}\0{text}".encode()).hexdigest()
    glyphs = _Glyphs(f"p{digest[:7]}-")  # several cards may stand on one page of HTML
    drawn = [_text(placed, colours[placed.colour], glyphs) for placed in texts]
    width, height = round(page.width * PIXELS), round(page.height * PIXELS)
    spoken = f'xml:lang="{language}" ' if language else ""
    identifiers = f"{glyphs.prefix}title", f"{glyphs.prefix}text"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'{spoken}role="img" aria-labelledby="{" ".join(identifiers)}">',
            f'<title id="{identifiers[0]}">{escape(title)}</title>',
            f'<desc id="{identifiers[1]}">{escape(text)}</desc>',
            "<defs>",
            *glyphs.definitions(),
            "</defs>",
            f'<path fill="{colours["paper"]}" d="M0 0H{width}V{height}H0Z"/>',
            *drawn,
            _seal(page.block.seal, colours),
            "</svg>\n",
        ]
    )


class _Glyphs:
    """The outlines in use, each drawn once."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._names: dict[tuple[Typeface, int], str] = {}

    def name(self, typeface: Typeface, number: int) -> str:
        return self._names.setdefault((typeface, number), f"{self.prefix}{len(self._names)}")

    def definitions(self) -> Iterable[str]:
        for (typeface, number), name in self._names.items():
            yield f'<path id="{name}" d="{typeface.outline(number)}"/>'


def _text(placed: Placed, colour: str, glyphs: _Glyphs) -> str:
    scale = placed.size * PIXELS / EM
    place = f"{_number(placed.x * PIXELS)} {_number(placed.y * PIXELS)}"
    uses = "".join(
        f'<use xlink:href="#{glyphs.name(glyph.typeface, glyph.number)}"'
        f"{_attribute('x', glyph.x)}{_attribute('y', glyph.y)}/>"
        for glyph in placed.text.glyphs
    )
    return (
        f'<g fill="{colour}" transform="translate({place}) scale({scale:.6g} -{scale:.6g})">'
        f"{uses}</g>"
    )


def _seal(seal: Seal, colours: Mapping[str, str]) -> str:
    scale = seal.side * PIXELS / SIDE
    place = f"{_number(seal.x * PIXELS)} {_number(seal.y * PIXELS)}"
    return (
        f'<g transform="translate({place}) scale({scale:.6g})">'
        f'<path fill="{colours["seal"]}" d="{EDGE}"/>'
        f'<path fill="none" stroke="{colours["paper"]}" stroke-width="{STROKE_WIDTH}" '
        f'stroke-linecap="round" stroke-linejoin="round" d="{STROKES[seal.name]}"/></g>'
    )


def _attribute(name: str, value: int) -> str:
    return f' {name}="{value}"' if value else ""


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
