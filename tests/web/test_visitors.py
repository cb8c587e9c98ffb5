"""Many visitors at once, and visitors who leave."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import httpx2
import pytest

from poet.web.app import Service, create_app
from poet.web.desk import Job
from poet.web.limits import Limits
from tests.web.conftest import MODEL

pytestmark = pytest.mark.filterwarnings("ignore::poet.errors.NoDigest")  # of the golden model


def test_of_a_hundred_requests_at_once_as_many_are_served_as_there_is_room_for() -> None:
    async def test() -> None:
        app = create_app([MODEL], Limits(queue=20), warm=False)
        service: Service = app.state.service
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as visitor:
            bodies = [{"form": "五絕", "seed": i % 3} for i in range(100)]
            asked = [visitor.post("/api/write", json=body) for body in bodies]
            answers = await asyncio.gather(*asked)
            refused = [each for each in answers if each.status_code == 503]
            poems = {each.json()["text"] for each in answers if each.status_code == 200}
            assert len(poems) == 3
            assert len(refused) == 79  # one is at work
            for each in refused:
                assert int(each.headers["retry-after"]) >= 1
                assert "waiting already" in each.json()["error"]["message"]
            assert (await visitor.post("/api/write", json=bodies[0])).status_code == 200
        service.close()

    asyncio.run(test())


class Occupied:
    """Work that keeps the only worker busy until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, job: Job) -> None:
        while not self.go.wait(0.005):
            job.check()


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_visitor_who_leaves_frees_the_place_in_the_queue(accept: str) -> None:
    async def test() -> None:
        app = create_app([MODEL], Limits(queue=1), warm=False)
        service: Service = app.state.service
        work = Occupied()
        service.writing.submit(work)
        leaves = asyncio.Event()
        visit = asyncio.ensure_future(app(scope(accept), receiver(leaves), sent))
        while not service.writing.waiting:
            await asyncio.sleep(0.01)
        leaves.set()
        async with asyncio.timeout(10):
            await visit
        assert not service.writing.waiting
        work.go.set()
        service.close()

    async def sent(message: Any) -> None:
        pass

    asyncio.run(test())


def scope(accept: str) -> dict[str, Any]:
    """A request for a poem, as a server hands it over."""
    headers = {"host": "localhost", "content-type": "application/json", "accept": accept}
    return {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
        "method": "POST", "path": "/api/write", "raw_path": b"/api/write", "query_string": b"",
        "root_path": "", "scheme": "http", "server": ("localhost", 80), "client": ("here", 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip


def receiver(leaves: asyncio.Event) -> Any:
    """The body, and then that the visitor has gone, when that is so."""
    body = [{"type": "http.request", "body": json.dumps({}).encode(), "more_body": False}]

    async def receive() -> dict[str, Any]:
        if body:
            return body.pop()
        await leaves.wait()
        return {"type": "http.disconnect"}

    return receive
