"""Cards: everything is a path, everything of the poem is there, and nothing else."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from poet.errors import InputError, UsageError
from poet.poem import Poem
from poet.render.card import card_png, card_svg, colophon_of

RAIN = Poem("夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。", "夜雨", "poet, after 李白")
LAMP = Poem("Rain on the roof.\nA lamp that's low,\n\nAnd no one home.", "'Tis late")
SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"


def parts(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter())


@pytest.mark.parametrize("poem", [RAIN, LAMP], ids=["Chinese", "English"])
def test_every_character_is_a_path_and_nothing_comes_from_elsewhere(poem: Poem) -> None:
    elements = parts(card_svg(poem, colophon=colophon_of(poem, "tang", 3)))
    tags = {element.tag.removeprefix(SVG) for element in elements}
    assert tags == {"svg", "title", "desc", "defs", "path", "g", "use"}
    names = {element.get("id") for element in elements if element.tag == SVG + "path"}
    uses = [element.get(HREF, "") for element in elements if element.tag == SVG + "use"]
    assert all(use.startswith("#") and use[1:] in names for use in uses)


def test_a_card_has_a_glyph_for_every_character() -> None:
    uses = [element for element in parts(card_svg(RAIN)) if element.tag == SVG + "use"]
    assert len(uses) == len(RAIN.text) + len(RAIN.title) + len("擬李白")


def test_the_same_poem_gives_the_same_bytes() -> None:
    assert card_svg(RAIN) == card_svg(RAIN)
    assert card_png(LAMP, width=200) == card_png(LAMP, width=200)


def test_a_character_that_no_font_has_is_named() -> None:
    message = "no font here has the character \U0001fae8 (U+1FAE8)"
    with pytest.raises(InputError, match=re.escape(message)):
        card_svg(Poem("A face \U0001fae8"))


def test_a_poem_without_text_makes_no_card() -> None:
    with pytest.raises(UsageError, match="there is no poem to make a card of"):
        card_svg(Poem(" \n"))
