"""The page for all readers: keyboard, screen reader, phone, dark, paper, Chinese."""

from __future__ import annotations

import re

import pytest

from tests.web.page.conftest import QUATRAIN, Open, finished, style, until

pytestmark = pytest.mark.slow
PHONE = {"width": 375, "height": 740}


def test_a_poem_is_written_by_keyboard_alone(open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "prompt":
            break
    page.keyboard.type("秋")
    page.keyboard.press("Control+Enter")
    assert finished(page)[0].startswith("秋")
    page.focus("input[name=tones]")
    page.keyboard.press("Space")
    assert page.query_selector("#poem .tone")
    page.focus("input[name=layout]:checked")
    page.keyboard.press("ArrowRight")
    assert style(page, ".poem", "writingMode") == "horizontal-tb"


def test_the_page_speaks_chinese(open_page: Open) -> None:
    page = open_page("/", locale="zh-TW")
    assert page.get_attribute("html", "lang") == "zh-Hant"
    assert page.inner_text("#write") == "作詩"
    assert page.title() == "poet：作詩"
    page.click("#write")
    assert len(finished(page)) == 4
    page.select_option("#language", "zh-Hans")
    until(page, "document.querySelector('#write').textContent == '作诗'")
    page.click("#another")
    page.wait_for_selector("#after", state="hidden")
    finished(page)
    assert "script=hans" in page.url
    page.select_option("#language", "en")
    page.reload()
    until(page, "document.documentElement.lang == 'en'")
    assert page.inner_text("#write") == "Write"


@pytest.mark.parametrize("path", [QUATRAIN, "/scan", "/duet", "/about"])
def test_every_control_has_a_name(open_page: Open, path: str) -> None:
    page = open_page(path)
    if path == QUATRAIN:
        finished(page)
    nameless = page.eval_on_selector_all(
        "a, button, input:not([type=hidden]), select, textarea, fieldset, summary",
        """all => all.filter(e => !(
            e.getAttribute("aria-label") || e.textContent.trim() && e.tagName != "SELECT"
            || [...e.labels ?? []].some(label => label.textContent.trim())
        )).map(e => e.outerHTML)""",
    )
    assert not nameless
    for landmark in ("main", "banner", "navigation"):
        assert page.get_by_role(landmark).count() == 1
    assert page.get_by_role("heading", level=1).count() == 1


def test_a_poem_is_written_by_roles_and_names_alone(open_page: Open) -> None:
    page = open_page("/")
    page.get_by_role("textbox", name="Title").fill("夜雨")
    page.get_by_role("combobox", name="Form").select_option("五絕")
    page.get_by_role("button", name="Write").click()
    verse = finished(page)
    said = page.locator("[aria-live=polite]")
    assert "".join(verse) in said.inner_text().replace(" ", "")
    poem = page.get_by_role("region", name="The poem").get_by_role("article")
    assert poem.get_by_role("heading", name="夜雨").count() == 1
    page.get_by_role("checkbox", name="tones").check()
    assert page.get_by_role("radio", name="columns").is_checked()
    tones = re.sub(r"[^平仄]", "", poem.inner_text())
    assert len(tones) >= 18
    assert page.get_by_role("button", name="Markdown").is_visible()


@pytest.mark.parametrize("path", ["/", "/scan", "/duet", "/about"])
def test_no_page_is_wider_than_a_phone(open_page: Open, path: str) -> None:
    page = open_page(path, viewport=PHONE, is_mobile=True, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_long_poem_goes_on_below_on_a_phone(open_page: Open) -> None:
    page = open_page(
        "/?title=中秋&form=水調歌頭&seed=1", viewport=PHONE, is_mobile=True, has_touch=True
    )
    assert len(finished(page)) == 19
    for layer in ("pinyin", "gloss", "tones", "rhyme"):
        page.check(f"input[name={layer}]")
        edges = page.eval_on_selector_all(
            "#poem .line",
            "all => all.map(e => e.getBoundingClientRect()).flatMap(r => [r.left, r.right])",
        )
        assert 0 <= min(edges) < max(edges) <= PHONE["width"]
    tops = page.eval_on_selector_all(
        "#poem .line", "all => all.map(e => e.getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    assert len(set(tops)) > 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_the_paper(open_page: Open, scheme: str) -> None:
    page = open_page(QUATRAIN, color_scheme=scheme)
    finished(page)
    paper = style(page, "body", "backgroundColor")
    for selector in ("body", "label", "#verdict", "#another", "#form-note"):
        assert contrast(style(page, selector, "color"), paper) >= 4.5, selector
    button = (style(page, "#write", name) for name in ("color", "backgroundColor"))
    assert contrast(*button) >= 4.5


def test_the_colours_are_switched_and_remembered(open_page: Open) -> None:
    page = open_page("/", color_scheme="light")
    light = style(page, "body", "backgroundColor")
    page.select_option("#theme", "dark")
    dark = style(page, "body", "backgroundColor")
    assert contrast(light, dark) > 10
    page.goto(page.url + "about")
    assert style(page, "body", "backgroundColor") == dark


def test_nothing_moves_for_those_who_ask_for_that_and_paper_gets_the_poem(open_page: Open) -> None:
    page = open_page(QUATRAIN)
    finished(page)
    page.evaluate("document.querySelector('.poem').classList.add('growing')")
    moving = "#poem .line:last-child"
    assert style(page, moving, "animationName") == "ink"
    page.emulate_media(reduced_motion="reduce")
    assert style(page, moving, "animationName") == "none"
    page.emulate_media(media="print")
    assert page.is_visible("#poem .line >> nth=0")
    for hidden in (".masthead", "#ask", "#tools", "#another"):
        assert page.is_hidden(hidden)


def contrast(one: str, other: str) -> float:
    """The ratio of contrast of two opaque colours, as WCAG 2 defines it: 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
