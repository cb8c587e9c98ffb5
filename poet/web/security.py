"""Who may ask: this server's own pages and programs, not pages of other sites.

A page elsewhere could let a visitor's browser send requests to a server on the visitor's own
computer. Its browser says where the page is from (`Origin`, `Sec-Fetch-Site`). A page whose name
is made to point to this computer (DNS rebinding) is known by the name in `Host`; addresses in
digits cannot be rebound.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from poet.web.errors import Foreign
from poet.web.responses import error_response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def own_names(names: Iterable[str] = ()) -> frozenset[str]:
    """The names by which this server may be asked for, besides addresses in digits."""
    return frozenset({"localhost", socket.gethostname().lower(), *(n.lower() for n in names)})


class Guard:
    """Middleware: refuses foreign requests, and gives every response the headers."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self.app, self.names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        app = self.app
        if error := self.refused(scope["method"], Headers(scope=scope)):
            app = error_response(error)
        await app(scope, receive, send_with_headers)

    def refused(self, method: str, headers: Headers) -> Foreign | None:
        """Why a request is refused; None where it is not."""
        host = headers.get("host", "")
        if not self._is_own(host):
            return Foreign(
                f"this server is not {host[:80]!r}",
                "open it by the address that it printed, or start it with --domain NAME",
            )
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return Foreign(f"pages of {origin[:80]!r} may not use this server")
        if method not in ("GET", "HEAD") and headers.get("sec-fetch-site", "") in (
            "cross-site",
            "same-site",
        ):
            return Foreign("pages of other sites may not use this server")
        return None

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name.rstrip(".") in self.names:
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True
