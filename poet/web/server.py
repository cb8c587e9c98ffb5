"""Runs the application with uvicorn: the socket, the address, stopping."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from ipaddress import ip_address

import uvicorn
from starlette.applications import Starlette

from poet.errors import PoetError, UsageError

CONNECTIONS = 512  # more are answered with 503; a process may usually open 1,024 files
PATIENCE = 3  # seconds that open connections have to end when the server stops


class Server(uvicorn.Server):
    """A server that tells when it has started, and lets no visitor hold up its end."""

    def __init__(self, app: Starlette, started: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            log_config=None,  # no log of requests: what visitors write is their own
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=PATIENCE,
        )
        super().__init__(config)
        self._service, self._has_started = app.state.service, started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._has_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.leave_all()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is a free one.

    Raises `UsageError` for a host that this computer does not have, `PoetError` for a port that
    is taken.
    """
    try:
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError):
        raise UsageError(
            f"there is no host called {host}", "leave --host out to serve this computer alone"
        ) from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise _refused(error, host, port) from error
    return listener


def _refused(error: OSError, host: str, port: int) -> PoetError:
    """Why nothing can listen there, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return PoetError(
            f"port {port} is taken, perhaps by another poet serve",
            f"choose another: --port {port + 1}, or --port 0 for any that is free",
        )
    if error.errno == errno.EACCES:
        return PoetError(
            f"port {port} is not open to programs of this user", "choose one above 1023"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return UsageError(
            f"this computer does not have the address {host}",
            "leave --host out to serve this computer alone",
        )
    return PoetError(f"{host} port {port}: {error.strerror}")


def address(listener: socket.socket) -> str:
    """The address to type into a browser on this computer."""
    host, port = listener.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def is_local(listener: socket.socket) -> bool:
    """Whether only this computer reaches a socket."""
    return ip_address(listener.getsockname()[0]).is_loopback


def serve(app: Starlette, listener: socket.socket, started: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM, which raise KeyboardInterrupt once all is closed."""
    Server(app, started).run(sockets=[listener])
