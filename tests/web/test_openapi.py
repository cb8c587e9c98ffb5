"""The description of the interface: valid, complete, and true of what is answered."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from starlette.routing import Route
from starlette.testclient import TestClient

from poet.generation.request import WriteRequest

pytestmark = pytest.mark.filterwarnings("ignore::poet.errors.NoDigest")  # of the golden model


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    return dict(client.get("/openapi.json").json())


def test_it_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_each_route_for_programs_is_described_with_its_method(
    client: TestClient, document: dict[str, Any]
) -> None:
    routes = [route for route in client.app.routes if isinstance(route, Route)]  # type: ignore[attr-defined]
    served = {
        (route.path, method.lower())
        for route in routes
        for method in (route.methods or set()) - {"HEAD"}
        if route.path.startswith("/api/") or route.path == "/openapi.json"
    }
    described = {(path, method) for path, each in document["paths"].items() for method in each}
    assert served == described


def test_each_field_of_a_request_for_poems_says_what_it_means(document: dict[str, Any]) -> None:
    properties = document["components"]["schemas"]["WriteRequest"]["properties"]
    assert set(properties) == {field.name for field in fields(WriteRequest)}
    for name, schema in properties.items():
        assert re.search(r"[.]$", schema["description"]), name


def check(document: dict[str, Any], name: str, value: Any) -> None:
    """Raise unless a value is as its schema says."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    OAS31Validator(schema).validate(value)


def test_answers_are_as_described(client: TestClient, document: dict[str, Any]) -> None:
    check(document, "Models", client.get("/api/models").json())
    check(document, "Forms", client.get("/api/forms").json())
    check(document, "Record", client.post("/api/write", json={"form": "五絕", "seed": 1}).json())
    check(document, "Record", client.post("/api/write", json={"prompt": "明月", "seed": 1}).json())
    check(document, "Turn", client.post("/api/duet", json={"form": "五絕", "seed": 1}).json())
    scan = {"text": "春水連天碧，明月照大江。", "form": "五絕"}
    check(document, "Scanned", client.post("/api/scan", json=scan).json())
    check(document, "Error", client.post("/api/scan", json={}).json())


def test_no_answer_has_a_key_that_is_not_described(
    client: TestClient, document: dict[str, Any]
) -> None:
    poem = client.post("/api/write", json={"form": "五絕", "seed": 1}).json()
    assert poem.keys() <= document["components"]["schemas"]["Record"]["properties"].keys()
