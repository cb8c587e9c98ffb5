"""Cards: everything is a path, everything of the poem is there, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from poet.errors import InputError, UsageError
from poet.poem import Poem
from poet.render.card import CardLayout, card_png, card_svg, colophon_of

RAIN = Poem("夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。", "夜雨", "poet, after 李白")
LAMP = Poem("Rain on the roof.\nA lamp that's low,\n\nAnd no one home.", "'Tis late")
SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"


def elements(svg: str, tag: str) -> Iterator[ElementTree.Element]:
    return ElementTree.fromstring(svg).iter(SVG + tag)


def said(svg: str) -> tuple[str, str]:
    """Title and description, which screen readers read out."""
    return tuple(next(elements(svg, tag)).text or "" for tag in ("title", "desc"))  # type: ignore[return-value]


def places(svg: str) -> list[tuple[float, float, float]]:
    """The place and the size of each line or column, in the order of the file."""
    found = re.findall(r'<g fill="[^"]+" transform="translate\((\S+) (\S+)\) scale\((\S+) ', svg)
    return [(float(x), float(y), float(size)) for x, y, size in found]


@pytest.mark.parametrize("poem", [RAIN, LAMP], ids=["Chinese", "English"])
def test_every_character_is_a_path_and_nothing_comes_from_elsewhere(poem: Poem) -> None:
    svg = card_svg(poem, colophon=colophon_of(poem, "tang", 3))
    tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(svg).iter()}
    assert tags == {"svg", "title", "desc", "defs", "path", "g", "use"}
    names = {element.get("id") for element in elements(svg, "path")}
    uses = [element.get(HREF, "") for element in elements(svg, "use")]
    assert all(use.startswith("#") and use[1:] in names for use in uses)
    assert not re.search(r"style=|font|url\(", svg)


def test_a_card_has_a_glyph_for_every_character() -> None:
    uses = list(elements(card_svg(RAIN), "use"))
    assert len(uses) == len(RAIN.text) + len(RAIN.title) + len("擬李白")


def test_columns_go_from_right_to_left_after_the_title() -> None:
    title, *verse, signature = places(card_svg(RAIN))
    across = [x for x, _, _ in (title, *verse, signature)]
    assert len(verse) == 4
    assert across == sorted(across, reverse=True)
    assert signature[1] > verse[0][1]


def test_stops_stand_otherwise_in_a_column_than_in_a_line() -> None:
    poem = Poem("「夜雨」（歸舟）靜。")
    drawn: dict[CardLayout, set[str | None]] = {
        layout: {element.get("d") for element in elements(card_svg(poem, layout=layout), "path")}
        for layout in ("vertical", "lines")
    }
    brackets = drawn["vertical"] - drawn["lines"]
    assert len(brackets) >= len("「」（）")


def test_lines_are_set_in_as_the_poem_has_it_and_stanzas_are_parted() -> None:
    first, second, third, fourth = places(card_svg(Poem("A.\nB.\n\nC.\nD.", indents=(0, 2))))
    assert second[0] > first[0] == third[0]
    assert fourth[1] - third[1] == pytest.approx(second[1] - first[1])
    assert third[1] - second[1] > second[1] - first[1]


def test_a_line_that_is_too_long_is_continued_further_in() -> None:
    first, second, *_ = places(card_svg(Poem("a long and winding line " * 6)))
    assert second[0] > first[0]
    assert second[1] > first[1]


@pytest.mark.parametrize(("poem", "strokes"), [(RAIN, "M5.2 3.1"), (LAMP, "M3.4 11.2")])
def test_a_card_is_sealed_within_its_edges(poem: Poem, strokes: str) -> None:
    svg = card_svg(poem)
    *_, stone, cut = elements(svg, "path")
    assert stone.get("fill") == "#b3392b"
    assert (cut.get("d") or "").startswith(strokes)
    (x, y) = map(float, re.findall(r"translate\((\S+) (\S+)\) scale\([^ ]+\)", svg)[-1])
    root = ElementTree.fromstring(svg)
    assert 0 < x < float(root.get("width", 0))
    assert 0 < y < float(root.get("height", 0))


def test_a_reader_hears_title_verse_signature_and_that_a_machine_wrote_it() -> None:
    title, text = said(card_svg(RAIN, colophon=colophon_of(RAIN, "tang", 3)))
    assert title == "夜雨"
    assert text == (
        "夜雨歸舟靜，\n燈寒客夢輕。\n西風吹落葉，\n片片作秋聲。\n擬李白\n"
        "此詩為機器所作 · poet · tang · 3"
    )
    assert said(card_svg(LAMP))[0] == "’Tis late"


def test_the_name_of_a_poet_who_did_not_write_it_never_stands_alone() -> None:
    poem = Poem("夜雨归舟静，灯寒客梦轻。", author="poet, after 李白")
    assert "拟李白" in said(card_svg(poem))[1]
    assert "poet, after Keats" in said(card_svg(Poem("Rain.", author="poet, after Keats")))[1]


def test_marks_of_xml_and_control_characters_do_no_harm() -> None:
    svg = card_svg(Poem("Rain & <b>wind</b>\x1b[0m\x00\ud800", "</title><script>", "&amp;"))
    title, text = said(svg)
    assert title == "</title><script>"
    assert text == "Rain & <b>wind</b>\ufffd[0m\ufffd\ufffd\n&amp;"
    assert "<script" not in svg


def test_the_same_poem_gives_the_same_bytes() -> None:
    assert card_svg(RAIN) == card_svg(RAIN)
    assert card_png(LAMP, width=200) == card_png(LAMP, width=200)


def test_two_cards_on_one_page_do_not_take_each_other_s_glyphs() -> None:
    names = [{path.get("id") for path in elements(card_svg(poem), "path")} for poem in (RAIN, LAMP)]
    assert names[0] & names[1] == {None}


@pytest.mark.parametrize("layout", ["vertical", "lines"])
@pytest.mark.parametrize("lines", [2, 8, 20, 400])
def test_a_card_of_any_length_has_the_shape_of_a_card(lines: int, layout: CardLayout) -> None:
    root = ElementTree.fromstring(card_svg(Poem("夜雨歸舟靜，" * lines, "夜雨"), layout=layout))
    width, height = (float(root.get(side, 0)) for side in ("width", "height"))
    assert 1 / 1.63 < width / height < 1.63


def test_a_long_english_poem_stands_in_columns() -> None:
    poem = Poem("\n".join(["The moon is down upon the hill."] * 400))
    columns = {x for x, _, _ in places(card_svg(poem))}
    assert 2 <= len(columns) <= 8
    assert len(places(card_svg(poem))) == 400


def test_a_character_that_no_font_has_is_named() -> None:
    message = "no font here has the character \U0001fae8 (U+1FAE8)"
    with pytest.raises(InputError, match=re.escape(message)):
        card_svg(Poem("A face \U0001fae8"))


@pytest.mark.parametrize("text", ["", " \n", "\u200d", "\x00\u3000"])
def test_a_poem_without_text_makes_no_card(text: str) -> None:
    with pytest.raises(UsageError, match="there is no poem to make a card of"):
        card_svg(Poem(text))


def test_what_a_card_cannot_be_is_said() -> None:
    with pytest.raises(UsageError, match="vertical setting is for Chinese text"):
        card_svg(LAMP, layout="vertical")
    with pytest.raises(UsageError, match="not set in the layout 'couplets'"):
        card_svg(LAMP, layout="couplets")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="there is no theme 'pink'"):
        card_svg(LAMP, theme="pink")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="20,001 characters is too long for a card"):
        card_svg(Poem("a" * 20_001))
