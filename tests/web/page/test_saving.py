"""Poems that leave the page: copied, as pictures, as files of text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.web.page.conftest import BALLAD, QUATRAIN, Open, finished, until

pytestmark = pytest.mark.slow


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
    until(page, "document.querySelector('#saved').textContent")
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
