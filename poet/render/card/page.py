"""A page: texts in their places on paper. Lengths are in ems of the verse, y downwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal, TypeAlias

from poet.render.card.shaping import Text

Colour: TypeAlias = Literal["ink", "soft"]
SealName: TypeAlias = Literal["詩", "poet"]
TALLEST, WIDEST = 1.62, 1.62  # height to width of a card at most, and width to height
LEAST = 12.0  # width and height of a card
FOOT = 0.3  # size of the colophon, at least


@dataclass(frozen=True, slots=True)
class Placed:
    """A text with the place of its origin and its size."""

    text: Text
    x: float
    y: float
    size: float = 1.0
    colour: Colour = "ink"


@dataclass(frozen=True, slots=True)
class Seal:
    """The square of the seal, by its upper left corner."""

    x: float
    y: float
    side: float
    name: SealName


@dataclass(frozen=True, slots=True)
class Block:
    """What stands on a card, measured from its upper left corner."""

    texts: tuple[Placed, ...]
    seal: Seal
    width: float
    height: float

    def moved(self, x: float, y: float) -> Block:
        """The same, further to the right and further down."""
        return Block(
            tuple(replace(text, x=text.x + x, y=text.y + y) for text in self.texts),
            replace(self.seal, x=self.seal.x + x, y=self.seal.y + y),
            self.width,
            self.height,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A card: the block of the poem on its paper, with the colophon at its foot."""

    block: Block
    foot: tuple[Placed, ...]
    width: float
    height: float


def on_paper(block: Block, colophon: Text | None) -> Page:
    """The block on paper that suits it, a little above the middle; the colophon at the foot."""
    size = max(FOOT, 0.025 * sqrt(block.width * block.height))
    margin = min(max(0.2 * min(block.width, block.height), 2.2), 4.5)
    margin = max(margin, 0.05 * max(block.width, block.height))
    below = 0.8 + size if colophon else 0.0
    widest = max(block.width, colophon.length * size if colophon else 0.0)
    width = max(widest + 2 * margin, LEAST)
    height = max(block.height + 2 * margin + below, LEAST)
    width = max(width, height / TALLEST)
    height = max(height, width / WIDEST)
    placed = block.moved((width - block.width) / 2, 0.49 * (height - block.height - below))
    foot: tuple[Placed, ...] = ()
    if colophon:
        left = (width - colophon.length * size) / 2
        foot = (Placed(colophon, left, height - 0.4 * margin, size, "soft"),)
    return Page(placed, foot, width, height)
