"""The HTTP interface, with the tiny golden model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from poet.web.app import create_app
from poet.web.limits import Limits

MODEL = str(Path(__file__).parents[1] / "golden" / "model")
EVENTS = {"Accept": "text/event-stream"}
pytestmark = pytest.mark.filterwarnings("ignore::poet.errors.NoDigest")  # of the golden model


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = create_app([MODEL], Limits(queue=4), warm=False)
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


def events(client: TestClient, **body: Any) -> list[tuple[str, dict[str, Any]]]:
    """The events of a request for poems: name and data."""
    answer = client.post("/api/write", json=body, headers=EVENTS)
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [block for block in answer.text.split("\n\n") if block]
    parts = (block.split("\n") for block in blocks)
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in parts
    ]


def test_a_poem_streams_in_order(client: TestClient) -> None:
    found = events(client, form="五絕", seed=1)
    names = [name for name, _ in found if name != "draft"]
    assert names[0] == "started"
    assert names[-1] == "poem"
    assert set(names[1:-1]) == {"text"}
    text = "".join(data["text"] for name, data in found if name == "text")
    assert text == found[-1][1]["text"]


def test_the_same_seed_writes_the_same_poem(client: TestClient) -> None:
    body = {"form": "五絕", "seed": 7}
    first, second = (client.post("/api/write", json=body).json() for _ in range(2))
    assert first == second
    assert first["text"] == events(client, **body)[-1][1]["text"]
    assert first["seed"] == 7
