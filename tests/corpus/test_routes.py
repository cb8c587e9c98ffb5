"""Servers that misbehave, and what is told of an address."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from poet.corpus import routes
from poet.corpus.catalogue import Origin
from poet.corpus.routes import BrokeOff, GitHub, RouteFailed
from poet.errors import UsageError

Answer = Callable[[socket.socket, bytes], None]
ORIGIN = Origin("tiny", "https://127.0.0.1:9/tiny", "", "http://127.0.0.1:9/raw/c0ffee")


@contextmanager
def server(*answers: Answer) -> Iterator[str]:
    """A server that gives each connection the next of the answers; yields its host and port."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[socket.socket] = []

    def serve() -> None:
        for answer in answers:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(connection)
            with connection, suppress(OSError):
                answer(connection, connection.recv(1 << 16))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        for connection in connections:
            connection.close()
        thread.join(5)


def sends(text: bytes) -> Answer:
    return lambda connection, asked: connection.sendall(text)


WHOLE = sends(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nrain")
HALF = sends(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nrain")


def drips(connection: socket.socket, asked: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b"r")
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def test_a_connection_that_breaks_off_is_said_to_and_tried_again() -> None:
    with server(HALF) as host, pytest.raises(BrokeOff, match="broke off: 4 of 9 bytes came"):
        routes._download(f"http://{host}/x", 1, 5)
    with server(HALF, HALF, WHOLE) as host:
        assert GitHub(pause=0)._download_first(f"http://{host}/x") == b"rain"
    with server(HALF, HALF, HALF, HALF) as host, pytest.raises(BrokeOff):
        GitHub(pause=0)._download_first(f"http://{host}/x")


@pytest.mark.parametrize("answer", [sends(b""), sends(b"nonsense\r\n\r\n")])
def test_a_server_that_hangs_up_or_speaks_nonsense_is_tried_again(answer: Answer) -> None:
    with server(answer, WHOLE) as host:
        assert GitHub(pause=0)._download_first(f"http://{host}/x") == b"rain"


def test_a_server_that_drips_is_given_up() -> None:
    with server(drips) as host, pytest.raises(BrokeOff, match="is too slow"):
        routes._download(f"http://{host}/x", timeout=1, longest=0.1)


def test_a_server_that_stops_sending_is_given_up() -> None:
    def stops(connection: socket.socket, asked: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nra")
        time.sleep(1)

    with server(stops) as host, pytest.raises(BrokeOff, match="has stopped sending"):
        routes._download(f"http://{host}/x", timeout=0.1, longest=5)


@pytest.mark.parametrize("place", ["http://[", "file:///etc/passwd", "://", "http://a b:x/"])
def test_a_bad_redirect_is_the_servers_fault(place: str) -> None:
    answer = sends(f"HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode())
    with server(answer) as host, pytest.raises(RouteFailed, match=r"127\.0\.0\.1"):
        routes._download(f"http://{host}/x", 1, 5)


def test_name_and_password_of_a_mirror_are_sent_and_never_shown() -> None:
    heard: list[bytes] = []

    def answer(connection: socket.socket, asked: bytes) -> None:
        heard.append(asked)
        connection.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")

    with server(answer) as host:
        mirror = GitHub(f"http://me:s%3Acret@{host}")
        assert mirror.describe(ORIGIN) == f"raw files, {host}"
        with pytest.raises(RouteFailed) as error:
            routes._download(f"{mirror.base}/x", 1, 5)
    assert b"Basic " + base64.b64encode(b"me:s:cret") in heard[0]
    assert "cret" not in str(error.value)


@pytest.mark.parametrize(
    "address",
    [
        "mirror",
        "ftp://host/x",
        "http://me:secret@",
        "http://host:99999/x",
        "http://a b",
        "http://[x",
    ],
)
def test_a_mirror_that_is_no_address_is_refused_without_quoting_it(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POET_CORPUS_URL", address)
    with pytest.raises(UsageError) as error:
        GitHub().describe(ORIGIN)
    assert "secret" not in f"{error.value.message} {error.value.hint}"
