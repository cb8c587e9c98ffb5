"""The page on which a poem is written line by line."""

from __future__ import annotations

import pytest

from tests.web.page.conftest import Open, finished, lines, until

pytestmark = pytest.mark.slow
THREE = "document.querySelectorAll('#proposals button').length == 3"


def test_a_duet_is_written_to_its_end(open_page: Open) -> None:
    page = open_page("/duet")
    page.select_option("#form", "五絕")
    page.fill("#title", "春江")
    page.fill("#first", "春水連天碧")
    page.click("#ask button[type=submit]")
    until(page, THREE)
    before = page.inner_text("#proposals")
    page.click("#reroll")
    until(
        page, f"text => {THREE} && document.querySelector('#proposals').innerText != text", before
    )
    assert len(lines(page)) == 1
    page.keyboard.press("2")
    until(page, "document.querySelectorAll('#poem .line').length == 2")
    assert "3" in page.inner_text("#remark")
    page.click("#undo")
    until(page, "document.querySelectorAll('#poem .line').length == 1")
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


def test_a_line_against_the_rules_is_refused_in_a_sentence_and_nothing_is_lost(
    open_page: Open,
) -> None:
    page = open_page("/duet?form=五絕&seed=4&lines=春水連天碧，")
    until(page, THREE)
    page.fill("#line", "明月照大江")
    page.keyboard.press("Enter")
    page.wait_for_selector("#own-trouble:not([hidden])")
    assert "月 is 仄, 平 is needed" in page.inner_text("#own-trouble")
    assert "--" not in page.inner_text("#own-trouble")
    assert page.input_value("#line") == "明月照大江"
    assert len(lines(page)) == 1
    page.fill("#line", "漁舟落日紅")
    page.keyboard.press("Enter")
    until(page, "document.querySelectorAll('#poem .line').length == 2")
    assert page.is_hidden("#own-trouble")


def test_an_english_duet_ends_with_its_last_line(open_page: Open) -> None:
    page = open_page("/duet")
    page.select_option("#form", "ballad")
    page.fill("#first", "The moon is over high, and still")
    page.click("#ask button[type=submit]")
    for number in range(1, 4):
        until(page, f"document.querySelectorAll('#poem .line').length == {number}")
        until(page, THREE)
        page.click("#proposals button >> nth=0")
    verse = finished(page)
    assert len(verse) == 4
    assert verse[0] == "The moon is over high, and still"
    assert "4 of 4 lines in metre" in page.inner_text("#verdict")
    assert page.is_hidden("#turn")
