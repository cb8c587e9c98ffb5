"""Text as glyphs in their places: kerned, with ligatures, horizontal or vertical."""

from __future__ import annotations

from dataclasses import dataclass

from poet.render.card.fonts import EM, Fonts, Typeface
from poet.render.vertical import VERTICAL_FORMS

_LANGUAGES = {"hant": "zh-Hant", "hans": "zh-Hans"}
# Letters and digits stand upright in a column, as wide as a Chinese character; quotation marks
# are brackets there
_UPRIGHT = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | str.maketrans(
    " “”‘’·", "\u3000『』「」・"
)


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph and its place, in units of which an em has `EM`, y upwards."""

    typeface: Typeface
    number: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Text:
    """A row of glyphs that starts at the origin, or a column that hangs from it.

    `length` is in ems. A column is centred on the origin.
    """

    glyphs: tuple[Glyph, ...]
    length: float


def shape(text: str, fonts: Fonts, *, vertical: bool = False, tracking: float = 0.0) -> Text:
    """A line of text as glyphs, with `tracking` more ems between them.

    Raises `InputError` for a character that no font has.
    """
    import uharfbuzz as hb

    glyphs: list[Glyph] = []
    pen, space = 0, round(tracking * EM)
    for typeface, run in fonts.runs(text.translate(_UPRIGHT) if vertical else text):
        if vertical and not typeface.turns_punctuation:
            run = "".join(_turned(character, typeface) for character in run)
        buffer = hb.Buffer()
        buffer.add_str(run)
        buffer.guess_segment_properties()
        if fonts.kind in _LANGUAGES:
            buffer.language = _LANGUAGES[fonts.kind]
        if vertical:
            buffer.direction = "ttb"
        hb.shape(typeface.font, buffer, {"liga": False, "clig": False} if space else {})
        for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            x, y = position.x_offset, position.y_offset
            x, y = (x, y - pen) if vertical else (x + pen, y)
            if typeface.outline(info.codepoint):
                glyphs.append(Glyph(typeface, info.codepoint, x, y))
            advance = -position.y_advance if vertical else position.x_advance
            pen += advance + space if advance else 0
    return Text(tuple(glyphs), max(pen - space, 0) / EM)


def _turned(character: str, typeface: Typeface) -> str:
    form = chr(VERTICAL_FORMS.get(ord(character), ord(character)))
    return form if typeface.has(form) else character
