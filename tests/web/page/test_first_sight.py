"""A short look at the page in Chromium; the rest of this folder looks longer, marked slow."""

from __future__ import annotations

from tests.web.page.conftest import Open, finished


def test_a_poem_is_written_and_set_in_columns(open_page: Open) -> None:
    page = open_page("/?title=夜雨&form=五絕&seed=7")
    assert len(finished(page)) == 4
    assert page.inner_text("#poem .title") == "夜雨"
    assert "五絕" in page.inner_text("#verdict")
    page.check("input[name=tones]")
    assert page.query_selector("#poem .tone.level")
