"""Scans, cards and files of poems that visitors send."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

pytestmark = pytest.mark.filterwarnings("ignore::poet.errors.NoDigest")  # of the golden model
QUATRAIN = "夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。"
POEM = {"text": QUATRAIN, "title": "夜雨", "author": "poet", "model": "tang", "seed": 8841}


def test_a_scan_says_verdict_and_layers(client: TestClient) -> None:
    found = client.post("/api/scan", json={"text": QUATRAIN}).json()
    assert found["verdict"].startswith("五絕")
    assert found["verdict_english"].startswith("Wujue")
    assert found["keeps_the_rules"]
    assert found["faults"] == []
    assert found["layers"][1]["rhyme"] == "下平八庚"


def test_a_fault_stands_at_its_character(client: TestClient) -> None:
    text = "春水連天碧，\n明月照大江。"
    found = client.post("/api/scan", json={"text": text, "form": "五絕"}).json()
    assert not found["keeps_the_rules"]
    whole, tone = found["faults"][:2]
    assert whole["line"] is None
    assert (tone["line"], tone["character"], tone["length"]) == (1, 1, 1)
    assert found["layers"][1]["units"][1]["text"] == "月"


def test_an_english_poem_is_scanned_by_its_stresses(client: TestClient) -> None:
    text = "The moon is high tonight,\nThe sea is full of light."
    found = client.post("/api/scan", json={"text": text}).json()
    assert found["language"] == "en"
    assert [unit["stress"] for unit in found["layers"][0]["units"]][-2] == "x/"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "  \n"}, "text"),
        ({"text": "123"}, "text"),
        ({"text": "月" * 10_001}, "text"),
        ({"text": QUATRAIN, "form": "七决"}, "form"),
        ({"text": QUATRAIN, "lines": 4}, "lines"),
        ({"text": ["月"]}, "text"),
    ],
)
def test_a_scan_without_verse_says_what_is_wrong(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/scan", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field


def test_a_poem_is_saved_as_text_markdown_and_json(client: TestClient) -> None:
    for kind, media in (("txt", "text/plain"), ("md", "text/markdown"), ("json", "application")):
        answer = client.post("/api/export", json={"poem": POEM, "format": kind})
        assert answer.headers["content-type"].startswith(media)
        assert answer.headers["content-disposition"] == f'attachment; filename="poem.{kind}"'
        assert "夜雨歸舟靜" in answer.text
    assert answer.json()["poems"][0]["seed"] == 8841


def test_a_card_is_a_picture_that_runs_nothing(client: TestClient) -> None:
    pytest.importorskip("uharfbuzz")
    pytest.importorskip("resvg_py")
    svg = client.post("/api/card", json={"poem": POEM})
    assert svg.headers["content-type"] == "image/svg+xml"
    assert svg.text.startswith("<svg")
    assert "<script" not in svg.text
    png = client.post("/api/card", json={"poem": POEM, "format": "png", "layout": "lines"})
    assert png.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": ""}, "there is no poem"),
        ({"text": "月" * 2001}, "2,001 characters"),
        ({"indents": [10**9]}, "indents are 0 to 40"),
        ({"seed": "1"}, "poem.seed is text"),
        ({"title": "月" * 2001}, "2,005 characters"),
    ],
)
def test_a_poem_that_cannot_be_drawn_is_refused(
    client: TestClient, change: dict[str, Any], message: str
) -> None:
    answer = client.post("/api/card", json={"poem": POEM | change})
    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]


def test_a_card_takes_no_font_and_no_other_format(client: TestClient) -> None:
    for change in ({"font": "/etc/passwd"}, {"format": "pdf"}, {"layout": "circle"}):
        answer = client.post("/api/card", json={"poem": POEM} | change)
        assert answer.status_code == 400
        assert answer.json()["error"]["field"] == next(iter(change))
