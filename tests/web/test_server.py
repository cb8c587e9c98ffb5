"""The server on a socket: visitors who break off, are slow, or stay when it stops."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import poet.web.app as module
from poet.web.app import Service, create_app
from poet.web.desk import Job
from poet.web.limits import Limits
from poet.web.server import Server, listen
from tests.web.conftest import MODEL

pytestmark = pytest.mark.filterwarnings("ignore::poet.errors.NoDigest")  # of the golden model
POEM = json.dumps({"form": "五絕", "seed": 1}).encode()


class Running:
    """A server in a thread of its own."""

    def __init__(self, limits: Limits) -> None:
        app = create_app([MODEL], limits, warm=False)
        self.service: Service = app.state.service
        listener = listen("127.0.0.1", 0)
        self.port: int = listener.getsockname()[1]
        begun = threading.Event()
        self.server = Server(app, begun.set)
        self.thread = threading.Thread(target=self.server.run, args=([listener],))
        self.thread.start()
        assert begun.wait(30)

    def ask(self, accept: str = "text/event-stream", body: bytes = POEM) -> socket.socket:
        """A connection over which a poem was asked for; the request may end before its end."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.sendall(
            f"POST /api/write HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(POEM)}\r\n\r\n".encode()
            + body
        )
        return connection

    def poem(self) -> int:
        """The status of one more request for a poem."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
        connection.request("POST", "/api/write", POEM, {"Content-Type": "application/json"})
        status = connection.getresponse().status
        connection.close()
        return status

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(30)
        assert not self.thread.is_alive()


@contextmanager
def server(limits: Limits | None = None) -> Iterator[Running]:
    running = Running(limits or Limits())
    yield running
    running.stop()


def until(is_so: Callable[[], object]) -> None:
    """Wait for something to become true."""
    for _ in range(3000):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to that")


def endless(job: Job, **_: object) -> None:
    """Work that ends only when it is stopped."""
    while True:
        job.check()
        job.send("draft", text="月" * 1000)
        time.sleep(0.001)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_the_work_for_a_visitor_who_breaks_off_is_stopped(
    accept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server() as running:
        monkeypatch.setattr(module, "write_poems", endless)
        connection = running.ask(accept)
        until(lambda: running.service.writing.running)
        connection.close()
        until(lambda: not running.service.writing.running)
        monkeypatch.undo()
        assert running.poem() == 200


def test_a_visitor_who_does_not_read_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(Limits(seconds=0.3)) as running:
        monkeypatch.setattr(module, "write_poems", endless)
        connection = running.ask()
        until(lambda: running.service.writing.running)
        until(lambda: not running.service.writing.running)
        monkeypatch.undo()
        running.service.writing.seconds = 30
        assert running.poem() == 200
        connection.close()


def test_a_request_that_does_not_come_to_its_end_is_answered_in_the_end() -> None:
    with server(Limits(patience=0.05)) as running:
        connection = running.ask(body=POEM[:5])
        answer = connection.recv(65536).decode()
        assert answer.startswith("HTTP/1.1 408")
        assert not running.service.writing.running
        connection.close()


@pytest.mark.parametrize(
    "sent", [b"", b"GET", b"\x16\x03\x01\x02\x00", b"\x00" * 4096, b"POST / HTTP/9.9\r\n\r\n"]
)
def test_what_is_no_request_leaves_the_server_as_it_was(sent: bytes) -> None:
    with server() as running:
        with socket.create_connection(("127.0.0.1", running.port)) as connection:
            connection.sendall(sent)
        with running.ask(body=POEM[:5]):
            pass
        assert running.poem() == 200


def test_a_server_that_stops_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "write_poems", endless)
    with server() as running:
        working, waiting = running.ask(), running.ask()
        until(lambda: running.service.writing.running and running.service.writing.waiting)
        running.stop()
        assert not running.service.writing.running
        answer = b"".join(iter(lambda: waiting.recv(65536), b"")).decode()
        assert "the server is being stopped" in answer
        for connection in (working, waiting):
            connection.close()
