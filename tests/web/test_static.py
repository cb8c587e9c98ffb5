"""The files of the page: every word in each language, and nothing inline or from elsewhere."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from poet.web.app import PAGES, STATIC
from tools.page_words import simplified

ROOT = Path(__file__).parents[2]
WORDS: dict[str, dict[str, str]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in (STATIC / "languages").glob("*.json")
}
SCRIPTS = {path.name: path.read_text("utf-8") for path in STATIC.glob("*.js")}
NAMED = {"data-t-label": "aria-label", "data-t-placeholder": "placeholder"}


class Page(HTMLParser):
    """What the tests look at in a page."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[tuple[str, str]] = []  # a key, and the English under it
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self._open: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        self.words += [(found[key], found[name]) for key, name in NAMED.items() if key in found]
        if tag not in self.VOID:
            self._open.append((tag, found.get("data-t")))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if not self._open:
            return
        tag, key = self._open[-1]
        if key:
            self.words.append((key, data))
        if tag in self.texts:
            self.texts[tag].append(data)

    def ids(self) -> list[str]:
        return [found["id"] for _, found in self.elements if "id" in found]


HTML = {name: Page((STATIC / f"{name}.html").read_text("utf-8")) for name in PAGES.values()}


def test_the_languages_have_the_same_words() -> None:
    assert set(WORDS) == {"en", "zh-Hant", "zh-Hans"}
    assert list(WORDS["en"]) == list(WORDS["zh-Hant"]) == list(WORDS["zh-Hans"])


def test_the_same_values_are_filled_in_in_every_language() -> None:
    for key, english in WORDS["en"].items():
        for words in WORDS.values():
            filled_in = [sorted(re.findall(r"\{\w+\}", text)) for text in (english, words[key])]
            assert filled_in[0] == filled_in[1], key


def test_the_simplified_words_are_what_their_script_writes() -> None:
    assert (STATIC / "languages" / "zh-Hans.json").read_text("utf-8") == simplified(), (
        "run: python -m tools.page_words"
    )


@pytest.mark.parametrize("name", HTML)
def test_a_page_before_its_script_runs_has_the_english_words(name: str) -> None:
    assert HTML[name].words
    for key, text in HTML[name].words:
        assert WORDS["en"][key] == text


def test_every_key_in_the_scripts_has_words_and_all_words_are_used() -> None:
    source = "\n".join(SCRIPTS.values())
    used = set(re.findall(r'\bt\("([^"]+)"', source))
    used |= set(re.findall(r'data-t": "([^"]+)"', source))
    assert used <= set(WORDS["en"])
    shown = {key for page in HTML.values() for key, _ in page.words}
    made = re.compile("|".join(re.findall(r"`(\w+\.)\$\{\w+\}`", source)))  # group.ci …
    assert not {key for key in WORDS["en"] if key not in used | shown and not made.match(key)}


@pytest.mark.parametrize("name", HTML)
def test_a_page_has_nothing_inline(name: str) -> None:
    page = HTML[name]
    assert not "".join(page.texts["script"] + page.texts["style"]).strip()
    for tag, found in page.elements:
        assert tag != "style"
        assert not [key for key in found if key == "style" or key.startswith("on")], (tag, found)


def test_nothing_comes_from_elsewhere() -> None:
    for path in STATIC.rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
            assert not re.search(r"//[a-z0-9-]+\.[a-z]|https?:|@import|url\(", text), path


@pytest.mark.parametrize("name", HTML)
def test_what_a_page_names_is_there(name: str) -> None:
    page = HTML[name]
    ids = page.ids()
    assert len(ids) == len(set(ids))
    for _, found in page.elements:
        for key in ("for", "aria-describedby", "aria-labelledby"):
            assert set(found.get(key, "").split()) <= set(ids)
        for key in ("href", "src"):
            path = found.get(key, "").partition("?")[0]
            if path.startswith("/static/"):
                assert (STATIC / path.removeprefix("/static/")).is_file(), path
            else:
                assert path in ("", "#main", "/openapi.json", *PAGES), path


def test_what_the_scripts_look_for_is_on_their_page() -> None:
    for name, page in HTML.items():
        script = next(s["src"] for t, s in page.elements if t == "script" and "type" in s)
        source = SCRIPTS[Path(script).name]
        assert set(re.findall(r'\bfind\("([^"]+)"\)', source)) <= set(page.ids()), name


def test_every_field_has_a_name_for_those_who_do_not_see_it() -> None:
    for name, page in HTML.items():
        labelled = {found.get("for") for tag, found in page.elements if tag == "label"}
        for tag, found in page.elements:
            if tag in ("input", "select", "textarea") and found.get("type") not in (
                "hidden", "checkbox", "radio",  # the last two stand inside their labels
            ):  # fmt: skip
                assert found.get("id") in labelled or "aria-label" in found, (name, found)


def test_the_head_is_the_same_on_every_page() -> None:
    heads = set()
    for name in HTML:
        text = (STATIC / f"{name}.html").read_text("utf-8")
        head = re.search(r"<header.*</header>", text, re.DOTALL)
        assert head
        assert head[0].count(' aria-current="page"') == 1
        heads.add(head[0].replace(' aria-current="page"', ""))
    assert len(heads) == 1


def test_the_files_are_in_the_wheel() -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel")
    builder = wheel.WheelBuilder(str(ROOT))
    packed = {Path(file.relative_path) for file in builder.recurse_included_files()}
    for path in STATIC.rglob("*"):
        if path.is_file():
            assert path.relative_to(ROOT) in packed
