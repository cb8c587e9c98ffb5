"""The page in Chromium, written by the models that ship. `pytest -m slow tests/web` runs it.

No page may log an error, break its own Content-Security-Policy or ask another host for anything:
`open_page` holds every test to that.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), "")
QUATRAIN = "/?title=夜雨&form=七絕&seed=7"
BALLAD = "/?prompt=The moon&title=The Sea at Night&form=ballad&seed=11"
PHONE = {"width": 360, "height": 740}
Open = Callable[..., "Page"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a server of its own, on a free port."""
    command = [sys.executable, "-m", "poet", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield server.stdout.readline().strip().rstrip("/")
        server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Open a path in a browser without a past; at the end no page may have complained."""
    complaints: list[str] = []
    contexts = []

    def open_(path: str, **options: Any) -> Page:
        options.setdefault("locale", "en-GB")
        context = browser.new_context(**options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else 0)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda asked: (
                complaints.append(asked.url)
                if not asked.url.startswith((address, "blob:"))
                else None
            ),
        )
        page.goto(address + path)
        page.wait_for_function("document.querySelectorAll('#form optgroup, .prose').length")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints


def finished(page: Page) -> list[str]:
    """The lines of the poem, once it is finished."""
    page.wait_for_selector("#after:not([hidden])")
    return lines(page)


def lines(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        "#poem .line",
        """lines => lines.map(line => {
            const copy = line.cloneNode(true);
            copy.querySelectorAll("rt, .gloss, .group").forEach(mark => mark.remove());
            return copy.textContent;
        })""",
    )
    return found


def style(page: Page, selector: str, name: str) -> str:
    found: str = page.eval_on_selector(selector, f"e => getComputedStyle(e)['{name}']")
    return found


def test_a_poem_is_seen_while_it_grows_and_then_finished(open_page: Open) -> None:
    page = open_page("/")
    page.evaluate(
        """() => {
            window.seen = [];
            const look = () => seen.push([
                document.querySelector("#poem .stanza")?.textContent.length ?? 0,
                document.querySelector("#finished").textContent,
            ]);
            const poem = document.querySelector("#poem");
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
    assert {said for _, said in page.evaluate("window.seen")} == {""}
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


def test_what_is_copied_by_hand_has_no_marks(open_page: Open) -> None:
    page = open_page(QUATRAIN, permissions=["clipboard-read", "clipboard-write"])
    verse = finished(page)
    for name in ("tones", "pinyin", "rhyme", "gloss"):
        page.check(f"input[name={name}]")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#poem'))")
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines() == ["夜雨", *verse]
    page.click("[data-save=copy]")
    page.wait_for_function("document.querySelector('#saved').textContent")
    assert page.evaluate("navigator.clipboard.readText()").split() == ["夜雨", *verse]


@pytest.mark.parametrize(
    ("kind", "begins"), [("png", b"\x89PNG"), ("svg", b"<svg"), ("md", "## 夜雨".encode())]
)
def test_a_poem_is_saved(open_page: Open, tmp_path: Path, kind: str, begins: bytes) -> None:
    page = open_page(QUATRAIN)
    finished(page)
    with page.expect_download() as found:
        page.click(f"[data-save={kind}]")
    assert found.value.suggested_filename == f"夜雨.{kind}"
    found.value.save_as(tmp_path / "poem")
    assert begins in (tmp_path / "poem").read_bytes()[:200]


def test_a_poem_is_saved_as_json(open_page: Open, tmp_path: Path) -> None:
    page = open_page(BALLAD)
    verse = finished(page)
    with page.expect_download() as found:
        page.click("[data-save=json]")
    found.value.save_as(tmp_path / "poem.json")
    (poem,) = json.loads((tmp_path / "poem.json").read_text("utf-8"))["poems"]
    assert [line.strip().replace("'", "’") for line in poem["lines"]] == verse
    assert poem["seed"] == 11


def test_a_fault_is_marked_in_place_and_explained(open_page: Open) -> None:
    page = open_page("/scan")
    page.fill("#text", "春水連天碧，明月照大江。")
    page.select_option("#form", "五絕")
    page.click("button[type=submit]")
    page.wait_for_selector("#poem .fault")
    assert page.inner_text("#poem .fault") == "月"
    assert page.is_hidden(".tip")
    page.click("#fault-list button")
    assert page.evaluate("document.activeElement.className") == "fault"
    assert "平 is needed" in page.inner_text(".tip")
    described = page.get_attribute(".fault", "aria-describedby")
    assert "平 is needed" in page.inner_text(f"#{described}")
    page.keyboard.press("Escape")
    assert page.is_hidden(".tip")
    page.hover(".fault")
    assert page.is_visible(".tip")
    assert "2 lines" in page.inner_text("#fault-list")


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
    second.wait_for_function(
        "document.querySelector('#waiting').textContent == 'In the queue: 1 before you.'"
    )
    first.click("#stop")
    assert len(finished(second)) == 4


def test_an_error_stands_beside_its_field(open_page: Open) -> None:
    page = open_page("/")
    page.click("#more summary")
    page.fill("#guidance", "3")
    page.click("#more summary")
    page.route("**/api/write", lambda route: _quiet(route))
    page.click("#write")
    error = page.wait_for_selector("#guidance-error")
    assert error
    assert error.inner_text().startswith("guidance has no effect alone: add a title")
    assert page.get_attribute("#guidance", "aria-invalid") == "true"
    assert "guidance-error" in (page.get_attribute("#guidance", "aria-describedby") or "")
    assert page.evaluate("document.activeElement.id") == "guidance"
    page.unroute("**/api/write")
    page.fill("#title", "Autumn")
    page.keyboard.press("Control+Enter")
    finished(page)
    assert not page.query_selector("#guidance-error")
    assert page.get_attribute("#guidance", "aria-describedby") == "guidance-note"


def _quiet(route: Any) -> None:
    """Let an error through with status 200 as an event: Chromium logs every other status."""
    answer = route.fetch()
    assert answer.status == 400
    body = f"event: error\ndata: {answer.text()}\n\n"
    route.fulfill(status=200, content_type="text/event-stream", body=body)


def test_the_page_speaks_chinese(open_page: Open) -> None:
    page = open_page("/", locale="zh-TW")
    assert page.get_attribute("html", "lang") == "zh-Hant"
    assert page.inner_text("#write") == "作詩"
    assert page.title() == "poet：作詩"
    page.click("#write")
    assert len(finished(page)) == 4
    page.select_option("#language", "zh-Hans")
    assert page.inner_text("#write") == "作诗"
    page.click("#another")
    page.wait_for_selector("#after", state="hidden")
    finished(page)
    assert "script=hans" in page.url
    page.select_option("#language", "en")
    page.reload()
    page.wait_for_function("document.documentElement.lang == 'en'")
    assert page.inner_text("#write") == "Write"


def test_a_duet_is_written_to_its_end(open_page: Open) -> None:
    page = open_page("/duet")
    page.select_option("#form", "五絕")
    page.fill("#title", "春江")
    page.fill("#first", "春水連天碧")
    page.click("#ask button[type=submit]")
    page.wait_for_selector("#proposals button")
    assert len(page.query_selector_all("#proposals button")) == 3
    before = page.inner_text("#proposals")
    page.click("#reroll")
    page.wait_for_function(
        "text => document.querySelector('#proposals').innerText != text", arg=before
    )
    assert len(lines(page)) == 1
    page.keyboard.press("2")
    page.wait_for_function("document.querySelectorAll('#poem .line').length == 2")
    assert page.inner_text("#remark")
    page.click("#undo")
    page.wait_for_function("document.querySelectorAll('#poem .line').length == 1")
    page.reload()
    page.wait_for_selector("#proposals button")
    assert lines(page)[0].startswith("春水連天碧")
    page.click("#finish")
    verse = finished(page)
    assert len(verse) == 4
    assert "五絕" in page.inner_text("#verdict")
    with page.expect_download() as found:
        page.click("[data-save=md]")
    assert found.value.suggested_filename == "春江.md"


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
    assert page.evaluate("document.querySelectorAll('main, header, nav').length") == 3


@pytest.mark.parametrize("path", ["/", "/?title=中秋&form=水調歌頭&seed=1", "/scan", "/about"])
def test_a_phone_scrolls_only_the_poem_sideways(open_page: Open, path: str) -> None:
    page = open_page(path, viewport=PHONE, is_mobile=True, has_touch=True)
    if "form" in path:
        assert len(finished(page)) == 19
        page.check("input[name=pinyin]")
        begin = page.eval_on_selector("#poem .line", "e => e.getBoundingClientRect().right")
        assert 0 < begin <= PHONE["width"]  # the first column is the one that is seen
        assert page.get_attribute(".poem", "tabindex") == "0"
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]


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
