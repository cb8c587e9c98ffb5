"""The page that writes a poem."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web.page.conftest import BALLAD, QUATRAIN, Open, finished, lines, serving, style, until

pytestmark = pytest.mark.slow


def test_a_poem_is_seen_while_it_grows_and_then_finished(open_page: Open) -> None:
    page = open_page("/")
    page.evaluate(
        """() => {
            window.seen = [];
            const poem = document.querySelector("#poem");
            const finished = document.querySelector("#finished");
            const look = () => seen.push([
                poem.querySelector(".stanza")?.textContent.length ?? 0,
                poem.querySelector(".growing") && finished.textContent,
            ]);
            new MutationObserver(look).observe(poem, {childList: true, subtree: true});
        }"""
    )
    page.fill("#title", "夜雨")
    page.select_option("#form", "七律")
    page.click("#write")
    verse = finished(page)
    assert [len(re.findall(r"\w", line)) for line in verse] == [7] * 8
    lengths = [length for length, _ in page.evaluate("window.seen")]
    assert len({length for length in lengths if 0 < length < 64}) >= 3
    # A screen reader hears the poem once, when it is there
    assert {said for _, said in page.evaluate("window.seen") if said is not None} == {""}
    assert "".join(verse) in page.inner_text("#finished").replace(" ", "")
    assert "七律" in page.inner_text("#verdict")
    page.click("#why summary")
    assert "fluency" in page.inner_text("#reasons")


def test_the_address_writes_the_same_poem_again_and_another_differs(open_page: Open) -> None:
    page = open_page("/")
    page.fill("#prompt", "The rain")
    page.select_option("#form", "haiku")
    page.click("#write")
    verse = finished(page)
    assert verse[0].startswith("The rain")
    query = parse_qs(urlsplit(page.url).query)
    assert query["prompt"] == ["The rain"]
    assert query["form"] == ["haiku"]
    assert query["model"] == ["english"]
    path = page.url[page.url.index("/", 8) :]
    assert page.get_attribute("#again", "href") == path.replace("%20", "+")
    again = open_page(path)
    assert finished(again) == verse
    assert again.input_value("#prompt") == "The rain"
    again.click("#another")
    again.wait_for_selector("#after", state="hidden")
    assert finished(again) != verse


def test_layers_and_layout_are_switched_and_remembered(open_page: Open) -> None:
    page = open_page(QUATRAIN)
    verse = finished(page)
    assert style(page, ".poem", "writingMode") == "vertical-rl"
    assert style(page, ".poem", "fontFamily").startswith('"Songti TC"')
    assert page.get_attribute(".poem", "lang") == "zh-Hant"
    assert not page.query_selector("#poem rt")
    for name in ("tones", "pinyin", "rhyme", "gloss"):
        page.check(f"input[name={name}]")
    assert len(page.query_selector_all("#poem .tone.level, #poem .tone.oblique")) >= 26
    assert page.inner_text(".pinyin >> nth=0").strip()
    assert len(page.query_selector_all("#poem .unit.rhyme")) in (2, 3)
    assert lines(page) == verse
    page.check("input[value=lines]")
    assert style(page, ".poem", "writingMode") == "horizontal-tb"
    page.uncheck("input[name=tones]")
    assert not page.query_selector("#poem .tone")
    page.reload()
    finished(page)
    assert style(page, ".poem", "writingMode") == "horizontal-tb"
    assert page.query_selector("#poem .pinyin")
    assert not page.query_selector("#poem .tone")


def test_english_verse_is_set_in_with_stresses_and_apostrophes(open_page: Open) -> None:
    page = open_page(BALLAD)
    finished(page)
    assert page.is_hidden("#layout")
    assert page.is_hidden("input[name=pinyin]")
    page.check("input[name=stress]")
    page.check("input[name=rhyme]")
    assert page.inner_text(".stress >> nth=1") == "´"
    indents = page.eval_on_selector_all(
        "#poem .line", "lines => lines.map(line => line.style.getPropertyValue('--indent'))"
    )
    assert indents[0] == indents[2] == ""
    assert indents[1] == indents[3] != ""
    assert "'" not in page.inner_text("#poem")


def test_escape_stops_a_poem(open_page: Open) -> None:
    page = open_page("/")
    page.fill("#title", "Autumn")
    page.select_option("#form", "villanelle")
    page.click("#write")
    page.wait_for_selector("#poem .line")
    assert page.is_visible("#stop")
    page.keyboard.press("Escape")
    page.wait_for_selector("#stop", state="hidden")
    assert page.inner_text("#waiting") == "Stopped."
    assert page.is_hidden("#after")


def test_the_place_in_the_queue_is_shown(open_page: Open) -> None:
    first, second = open_page("/"), open_page("/")
    first.select_option("#form", "villanelle")
    first.fill("#title", "Autumn")
    first.click("#write")
    first.wait_for_selector("#poem .line")
    second.select_option("#form", "五絕")
    second.click("#write")
    until(second, "document.querySelector('#waiting').textContent == 'In the queue: 1 before you.'")
    first.click("#stop")
    assert len(finished(second)) == 4


def test_an_error_stands_beside_its_field(open_page: Open) -> None:
    page = open_page("/")
    page.click("#more summary")
    page.fill("#guidance", "3")
    page.click("#more summary")
    page.click("#write")
    error = page.wait_for_selector("#guidance-error")
    assert error
    assert error.inner_text().startswith("guidance has no effect alone: add a title")
    assert page.get_attribute("#guidance", "aria-invalid") == "true"
    assert "guidance-error" in (page.get_attribute("#guidance", "aria-describedby") or "")
    assert page.evaluate("document.activeElement.id") == "guidance"
    page.fill("#title", "Autumn")
    page.keyboard.press("Control+Enter")
    finished(page)
    assert not page.query_selector("#guidance-error")
    assert page.get_attribute("#guidance", "aria-describedby") == "guidance-note"


@pytest.mark.parametrize(
    ("path", "field", "sentence"),
    [
        ("/?form=nonesuch&seed=1", "form", "there is no form called 'nonesuch'"),
        ("/?form=七絕&temperature=-1&seed=1", "temperature", "temperature"),
    ],
)
def test_a_link_that_cannot_be_kept_says_why(
    open_page: Open, path: str, field: str, sentence: str
) -> None:
    page = open_page(path)
    error = page.wait_for_selector(f"#{field}-error")
    assert error
    assert error.inner_text().startswith(sentence)
    assert page.is_visible(f"#{field}")
    assert page.is_hidden("#stop")


def test_a_visitor_before_a_full_queue_is_told_to_wait(open_page: Open) -> None:
    with serving("--queue", "0") as busy:
        first, second = open_page("/", of=busy), open_page("/", of=busy)
        first.select_option("#form", "villanelle")
        first.fill("#title", "Autumn")
        first.click("#write")
        first.wait_for_selector("#poem .line")
        second.click("#write")
        second.wait_for_selector("#trouble:not([hidden])")
        assert "try again" in second.inner_text("#trouble")
        assert second.inner_text("#waiting") == ""
        first.click("#stop")
        first.wait_for_selector("#stop", state="hidden")

        def writes() -> bool:
            second.click("#write")
            second.wait_for_selector("#poem .line, #trouble:not([hidden])")
            return second.is_hidden("#trouble")

        assert any(writes() for _ in range(50))  # once the server has seen that the first left
        assert len(finished(second)) == 4
        assert second.is_hidden("#trouble")
