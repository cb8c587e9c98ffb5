"""Cards in files: one for each poem, all of them written or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from poet import files
from poet.poem import Poem
from poet.render.card import CardLayout, Theme, card_svg, colophon_of, png_of

SUFFIXES = (".svg", ".png")


@dataclass(frozen=True, kw_only=True)
class Look:
    """How cards look, as `card_svg` takes it; `width` is that of a PNG, in pixels."""

    layout: CardLayout = "auto"
    font: str | None = None
    theme: Theme = "paper"
    width: int | None = None


def save_cards(
    path: Path, poems: Sequence[Poem], facts: Sequence[Mapping[str, object]], look: Look
) -> list[Path]:
    """Make a card of each poem; the files written, which are numbered if there are several.

    `facts` are those about each poem; a card whose model and seed are known says that a machine
    wrote its verse. Raises as `card_svg` does, `InputError` for a folder that does not exist and
    `PoetError` if the disk refuses.
    """
    paths = [path]
    if len(poems) > 1:
        paths = [path.with_stem(f"{path.stem}-{number + 1}") for number in range(len(poems))]
    for each in paths:
        files.check_place(each, SUFFIXES, "cards are not drawn as")
    known = [*facts, *({} for _ in poems[len(facts) :])]
    drawn = [svg_of(poem, about, look) for poem, about in zip(poems, known, strict=True)]
    is_png = path.suffix.lower() == ".png"
    cards = [png_of(card, look.width) if is_png else card.encode() for card in drawn]
    if len(paths) == 1:
        files.write_atomically(path, _writer(cards[0]))
    else:
        writers = {each.name: _writer(card) for each, card in zip(paths, cards, strict=True)}
        files.replace_together(path.parent, writers)
    return paths


def svg_of(poem: Poem, facts: Mapping[str, object], look: Look) -> str:
    """The card of a poem as SVG, which says that a machine wrote it where the facts do."""
    colophon = ""
    if "model" in facts and "seed" in facts:
        colophon = colophon_of(poem, Path(str(facts["model"])).name, str(facts["seed"]))
    return card_svg(poem, layout=look.layout, font=look.font, theme=look.theme, colophon=colophon)


def _writer(card: bytes) -> files.Write:
    return lambda part: part.write_bytes(card)
