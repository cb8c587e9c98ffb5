"""Who may ask, and what every response says to the browser."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

pytestmark = pytest.mark.filterwarnings("ignore::poet.errors.NoDigest")  # of the golden model
ROUTES = [
    ("GET", "/api/models", 200),
    ("GET", "/api/forms", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/nowhere", 404),
    ("GET", "/static/nowhere.js", 404),
    ("GET", "/api/write", 405),
    ("POST", "/api/models", 405),
    ("POST", "/api/write", 415),
    ("POST", "/api/scan", 415),
    ("POST", "/api/card", 415),
    ("POST", "/api/export", 415),
]


@pytest.mark.parametrize(("method", "path", "status"), ROUTES)
def test_every_response_has_the_headers_that_guard_it(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:99", "http://localhost.evil.example"],
)
@pytest.mark.parametrize("path", ["/api/write", "/api/scan"])
def test_a_page_from_elsewhere_is_refused(client: TestClient, origin: str, path: str) -> None:
    answer = client.post(path, json={}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "may not use this server" in answer.json()["error"]["message"]
    assert "content-security-policy" in answer.headers


def test_a_browser_that_says_cross_site_is_refused_and_may_still_follow_links(
    client: TestClient,
) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/api/scan", json={"text": "月"}, headers=headers).status_code == 403
    assert client.get("/api/forms", headers=headers).status_code == 200


def test_its_own_page_may_ask(client: TestClient) -> None:
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    body = {"text": "春水連天碧，明月照大江。"}
    assert client.post("/api/scan", json=body, headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "[", "evil:80"])
def test_a_name_that_only_points_here_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/api/models", headers={"Host": host})
    assert answer.status_code == 403


@pytest.mark.parametrize("host", ["localhost:8600", "127.0.0.1:8600", "[::1]:8600", "LOCALHOST"])
def test_addresses_and_the_name_of_this_computer_are_answered(
    client: TestClient, host: str
) -> None:
    assert client.get("/api/models", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/%2fetc/passwd",
        "/static/",
        "/static",
    ],
)
def test_nothing_beside_the_static_files_can_be_read(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"]
