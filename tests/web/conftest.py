"""A server in this process, with the tiny golden model, and a visitor."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from starlette.testclient import TestClient

from poet.web.app import create_app
from poet.web.limits import Limits

MODEL = str(Path(__file__).parents[1] / "golden" / "model")
Events: TypeAlias = "list[tuple[str, dict[str, Any]]]"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A visitor of a server that offers one model, called model."""
    app = create_app([MODEL], Limits(queue=4), warm=False)
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def events(client: TestClient) -> Callable[..., Events]:
    """The events of a request for poems: name and data."""

    def asked(**body: Any) -> Events:
        answer = client.post("/api/write", json=body, headers={"Accept": "text/event-stream"})
        assert answer.headers["content-type"].startswith("text/event-stream")
        return parsed(answer.text)

    return asked


def parsed(text: str) -> Events:
    """The events in a stream."""
    parts = (block.split("\n") for block in text.split("\n\n") if block and block[0] != ":")
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in parts
    ]
