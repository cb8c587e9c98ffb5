"""Poems over HTTP: streams, seeds, limits and errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

Asked = Callable[..., list[tuple[str, dict[str, Any]]]]
pytestmark = pytest.mark.filterwarnings("ignore::poet.errors.NoDigest")  # of the golden model


def error(answer: Any, status: int = 400) -> dict[str, str]:
    """The error in an answer, which has the agreed shape and nothing else."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert list(body) == ["error"]
    assert set(body["error"]) == {"message", "hint", "field"}
    assert body["error"]["message"]
    return dict(body["error"])


def test_a_poem_streams_in_order_and_drafts_come_before_it(events: Asked) -> None:
    found = events(form="五絕", seed=1)
    names = [name for name, _ in found]
    assert names[0] == "started"
    assert found[0][1]["seed"] == 1
    assert names[-1] == "poem"
    first_text = names.index("text")
    assert set(names[1:first_text]) == {"draft"}
    assert set(names[first_text:-1]) == {"text"}
    text = "".join(data["text"] for name, data in found if name == "text")
    assert text == found[-1][1]["text"]


def test_a_draft_is_the_beginning_of_a_poem_in_the_form(events: Asked) -> None:
    draft = next(data["text"] for name, data in events(form="五絕", seed=1) if name == "draft")
    assert 1 <= len(draft) <= 24


def test_free_verse_streams_too(events: Asked) -> None:
    found = events(prompt="明月", seed=3, max_characters=20)
    assert "".join(data["text"] for name, data in found if name == "text").startswith("明月")


def test_the_same_seed_writes_the_same_poem_in_a_stream_and_alone(
    client: TestClient, events: Asked
) -> None:
    body = {"form": "五絕", "seed": 7}
    first, second = (client.post("/api/write", json=body).json() for _ in range(2))
    assert first == second == events(**body)[-1][1]
    assert client.post("/api/write", json=body | {"seed": 8}).json()["text"] != first["text"]


def test_without_a_seed_one_is_chosen_that_writes_the_poem_again(client: TestClient) -> None:
    first = client.post("/api/write", json={"form": "五絕"}).json()
    again = client.post("/api/write", json={"form": "五絕", "seed": first["seed"]}).json()
    assert again["text"] == first["text"]


def test_a_poem_has_its_layers_verdict_and_language(client: TestClient) -> None:
    poem = client.post("/api/write", json={"form": "五絕", "seed": 7}).json()
    assert [line["text"] for line in poem["layers"]] == poem["lines"]
    assert poem["verdict"].startswith("五絕")
    assert poem["language"] == "zh-Hant"
    simplified = client.post(
        "/api/write", json={"form": "五絕", "seed": 7}, headers={"Accept-Language": "zh-CN,en;q=.5"}
    ).json()
    assert simplified["language"] in ("zh-Hans", "zh-Hant")  # some poems are the same in both
    assert simplified["seed"] == poem["seed"]


def test_several_poems_come_as_a_stream_only(client: TestClient, events: Asked) -> None:
    found = events(form="五絕", seed=1, count=2)
    assert [data["number"] for name, data in found if name == "poem"] == [0, 1]
    assert error(client.post("/api/write", json={"count": 2}))["field"] == "count"


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"fomr": "五絕"}, "fomr", "there is no key 'fomr'"),
        ({"form": "五言决句"}, "form", "there is no form called"),
        ({"form": 5}, "form", "form is 5, not text"),
        ({"count": "2"}, "count", "count is text, not a whole number"),
        ({"count": True}, "count", "count is true or false, not a whole number"),
        ({"count": 100}, "count", "this server allows 8 at most"),
        ({"form": "五絕", "particles": 1024}, "particles", "this server allows 48 at most"),
        ({"form": "五絕", "best_of": 1024}, "best_of", "this server allows 8 at most"),
        ({"max_characters": 10**6}, "max_characters", "this server allows 1000 at most"),
        ({"temperature": [0.5] * 9}, "temperature", "8 poems a request at most"),
        ({"temperature": "hot"}, "temperature", "temperature is text, not a number"),
        ({"title": "月" * 2001}, "title", "title has 2,001 characters"),
        ({"about": ["月" * 1001, "月" * 1001]}, "about", "about has 2,002 characters"),
        ({"rhyme": "東"}, "rhyme", "no effect without a form"),
        ({"seed": -1}, "seed", "at least 0"),
        ({"seed": 1 << 70}, "seed", "a number out of range"),
        ({"model": "tong"}, "model", "no model called 'tong'"),
        ({"model": "../golden/model"}, "model", "no model called"),
        ({"model": "/etc"}, "model", "no model called"),
        ({"unknown": "whatever"}, "unknown", "error"),
    ],
)
def test_a_request_that_asks_for_the_wrong_thing_is_told_which(
    client: TestClient, body: dict[str, Any], field: str, message: str
) -> None:
    found = error(client.post("/api/write", json=body))
    assert found["field"] == field
    assert message in found["message"] + found["hint"]


def test_a_model_that_lies_on_the_disk_is_no_name(client: TestClient, tiny: Any) -> None:
    assert error(client.post("/api/write", json={"model": str(tiny)}))["field"] == "model"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"a":' * 9999, b"nul"])
def test_what_is_no_json_object_is_refused_with_a_sentence(client: TestClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    error(client.post("/api/write", content=body, headers=headers))


def test_a_body_has_to_be_sent_as_json(client: TestClient) -> None:
    found = error(client.post("/api/write", data={"form": "五絕"}), 415)
    assert "Content-Type: application/json" in found["hint"]
    error(client.post("/api/write", content=b"{}"), 415)


def test_ten_megabytes_of_prompt_are_refused(client: TestClient) -> None:
    found = error(client.post("/api/write", json={"prompt": "月" * 3_500_000}), 413)
    assert "longer than 65,536 bytes" in found["message"]


def test_a_long_prompt_is_refused_though_it_fits_into_the_body(client: TestClient) -> None:
    assert error(client.post("/api/write", json={"prompt": "月" * 2001}))["field"] == "prompt"


def test_what_the_model_cannot_write_is_an_error_in_the_stream_too(
    client: TestClient, events: Asked
) -> None:
    body = {"prompt": "龘", "form": "五絕"}
    told = error(client.post("/api/write", json=body))
    assert "龘" in told["message"]
    assert events(**body)[-1] == ("error", {"error": told})
