"""A poem as a card: a picture with title, verse, signature and seal, all of it as paths.

card_svg(poem)       the picture as SVG
card_png(poem)       the same as PNG
saving.save_cards    poems in files, a card for each
reading.read_poems   poems from a file, exactly as they stand in it
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias, get_args
from unicodedata import category

from poet.characters import is_chinese
from poet.errors import UsageError
from poet.poem import Poem
from poet.render.card.fonts import Fonts, Kind, check_installed
from poet.render.card.svg import PIXELS, draw
from poet.sanitize import single_line
from poet.scripts import script_of

CardLayout: TypeAlias = Literal["auto", "vertical", "lines"]
Theme: TypeAlias = Literal["paper", "night"]
CARD_LAYOUTS: tuple[CardLayout, ...] = get_args(CardLayout)
THEMES: dict[Theme, dict[str, str]] = {
    "paper": {"paper": "#f8f4ea", "ink": "#262320", "soft": "#8b8273", "seal": "#b3392b"},
    "night": {"paper": "#1c1b1a", "ink": "#e6dfd1", "soft": "#8d8577", "seal": "#a83a2d"},
}
MOST_CHARACTERS = 20_000  # a card that holds more is none
_UNSEEN = ("Cc", "Cf")  # controls, joiners
WIDTH = 1200  # pixels of a PNG
MOST_PIXELS = 5_000  # to its width
LEGIBLE = 20  # pixels of an em: a PNG is wider, where a long poem would have less


def card_svg(
    poem: Poem,
    *,
    layout: CardLayout = "auto",
    font: str | None = None,
    colophon: str = "",
    theme: Theme = "paper",
) -> str:
    """The poem as an SVG; the same poem gives the same bytes wherever the same fonts are.

    `font` is a file, with `#1` behind it for the second font in a collection; what it lacks is
    set in other fonts. `colophon` is a line at the foot, such as that of `colophon_of`.

    Raises `UsageError` for an unknown layout or theme, for a vertical one of text that is not
    Chinese, and for a poem without text or longer than `MOST_CHARACTERS`; `InputError` for a file
    that is no font and for a character that no font has; `PoetError` without the extra `cards`.
    """
    check_installed()
    from poet.render.card.columns import set_columns
    from poet.render.card.page import on_paper
    from poet.render.card.rows import CHINESE, LATIN, set_rows
    from poet.render.card.shaping import shape
    from poet.render.layout import verse_lines

    _check(poem, layout, theme)
    kind = _kind(poem)
    is_latin = kind == "latin"
    fonts = Fonts(kind, font)
    signing = Fonts("italic", font) if is_latin else fonts
    lines, title = verse_lines(poem), _typeset(poem.title, kind)
    signature = _signature(poem.author, kind)
    if layout == "vertical" or (layout == "auto" and not is_latin):
        block = set_columns(lines, title, signature, fonts)
    else:
        block = set_rows(lines, title, signature, fonts, signing, LATIN if is_latin else CHINESE)
    colophon = _typeset(colophon, kind)
    foot = shape(colophon, fonts, tracking=0.04) if colophon else None
    page = on_paper(block, foot)
    text = "\n".join(filter(None, [*lines, "", signature, colophon]))
    language = {"hant": "zh-Hant", "hans": "zh-Hans"}.get(kind, "")
    return draw(page, THEMES[theme], title or lines[0], text, language)


def card_png(
    poem: Poem,
    *,
    layout: CardLayout = "auto",
    font: str | None = None,
    colophon: str = "",
    theme: Theme = "paper",
    width: int | None = None,
) -> bytes:
    """The picture of `card_svg` as a PNG, `width` pixels wide. Raises as it does.

    Without a width it has `WIDTH` pixels, and more where that would be too small to read.
    """
    svg = card_svg(poem, layout=layout, font=font, colophon=colophon, theme=theme)
    return png_of(svg, width)


def png_of(svg: str, width: int | None = None) -> bytes:
    """A card as PNG. Raises `PoetError` without the extra `cards`, `UsageError` for the width."""
    if width is not None and not 1 <= width <= MOST_PIXELS:
        raise UsageError(
            f"a card is not drawn {width:,} pixels wide", f"choose from 1 to {MOST_PIXELS:,}"
        )
    check_installed(".png")
    import resvg_py

    if width is None:
        ems = float(svg.partition(' width="')[2].partition('"')[0]) / PIXELS
        width = min(max(WIDTH, round(ems * LEGIBLE)), MOST_PIXELS)
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True))


def colophon_of(poem: Poem, model: str, seed: int | str) -> str:
    """The line that says that a machine wrote the poem, in the language of the poem."""
    kind = _kind(poem)
    if kind == "latin":
        return f"written by poet, a machine · model {model}, seed {seed}"
    written = "此詩為機器所作" if kind == "hant" else "此诗为机器所作"
    return f"{written} · poet · {model} · {seed}"


def _check(poem: Poem, layout: str, theme: str) -> None:
    if layout not in CARD_LAYOUTS:
        raise UsageError(
            f"a card is not set in the layout {layout!r}", f"choose {', '.join(CARD_LAYOUTS)}"
        )
    if theme not in THEMES:
        raise UsageError(f"there is no theme {theme!r}", f"choose {' or '.join(THEMES)}")
    if all(character.isspace() or category(character) in _UNSEEN for character in poem.text):
        raise UsageError("there is no poem to make a card of", "give one that has text")
    characters = len(poem.text) + len(poem.title) + len(poem.author)
    if characters > MOST_CHARACTERS:
        raise UsageError(
            f"a poem of {characters:,} characters is too long for a card",
            f"give one of at most {MOST_CHARACTERS:,}",
        )
    if layout == "vertical" and _kind(poem) == "latin":
        raise UsageError(
            "vertical setting is for Chinese text, and this poem is not in Chinese",
            "leave out --layout vertical",
        )


def _kind(poem: Poem) -> Kind:
    if not is_chinese(poem.text):
        return "latin"
    return "hans" if script_of(poem.text + poem.title) == "hans" else "hant"


def _typeset(text: str, kind: Kind) -> str:
    from poet.typography import typeset

    return typeset(single_line(text)) if kind == "latin" else single_line(text)


def _signature(author: str, kind: Kind) -> str:
    """The author as a card names it: in Chinese 擬李白, after Li Bai; the seal says poet."""
    match = re.fullmatch("poet, after (.+)", single_line(author))
    if match and kind != "latin":
        return ("擬" if kind == "hant" else "拟") + match[1]
    return _typeset(author, kind)
