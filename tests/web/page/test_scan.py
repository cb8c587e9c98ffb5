"""The page that scans a poem."""

from __future__ import annotations

import pytest

from tests.web.page.conftest import Open

pytestmark = pytest.mark.slow


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


def test_an_empty_poem_is_not_scanned(open_page: Open) -> None:
    page = open_page("/scan")
    page.click("button[type=submit]")
    error = page.wait_for_selector("#text-error")
    assert error
    assert error.inner_text() == "there is no poem in the request: give its text"
    assert page.evaluate("document.activeElement.id") == "text"
