"""The application: routes, and what they share."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from poet.errors import PoetError, UsageError
from poet.generation.assessment import SEEDS
from poet.generation.request import WriteRequest
from poet.scripts import Script, script_of_locale
from poet.web.answers import card_of, file_of, scanned
from poet.web.bodies import build, read_json
from poet.web.desk import Desk
from poet.web.duets import take_turn
from poet.web.forms import forms
from poet.web.limits import Limits, check
from poet.web.openapi import description
from poet.web.poems import write_poems
from poet.web.requests import CardRequest, DuetRequest, ExportRequest, ScanRequest
from poet.web.responses import Json, last_event, on_bug, on_http_error, on_poet_error, stream
from poet.web.security import Guard, own_names
from poet.web.shelf import Shelf

Asked = TypeVar("Asked", bound=WriteRequest)
STATIC = Path(__file__).parent / "static"
PAGES = {"/": "index", "/scan": "scan", "/duet": "duet", "/about": "about"}
FILES = {
    "md": "text/markdown",
    "txt": "text/plain",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
}  # what can be saved


class Service:
    """What the routes share: the models, the desks where requests wait, the limits."""

    def __init__(self, shelf: Shelf, limits: Limits) -> None:
        self.shelf, self.limits = shelf, limits
        self.writing = Desk(limits.workers, limits.queue, limits.seconds)
        self.quick = Desk(1, limits.queue, limits.seconds)  # scans and pictures, which are short

    async def models(self, request: Request) -> Response:
        """The models that can write here."""
        return Json({"models": self.shelf.models})

    async def forms(self, request: Request) -> Response:
        """The forms of verse."""
        return Json({"forms": forms()})

    async def openapi(self, request: Request) -> Response:
        """The description of this interface."""
        return Json(description(self.limits))

    async def write(self, request: Request) -> Response:
        """Write poems."""
        asked, script = await self._asked(request, WriteRequest)
        is_stream = "text/event-stream" in request.headers.get("accept", "")
        if not is_stream and asked.count * len(asked.samplings) > 1:
            raise UsageError(
                "several poems are answered as a stream only",
                "send the header Accept: text/event-stream, or ask for one poem",
                "count",
            )
        work = partial(write_poems, shelf=self.shelf, request=asked, script=script)
        job = self.writing.submit(work)
        if is_stream:
            return stream(self.writing, job)
        return Json(await last_event(request, self.writing, job))

    async def duet(self, request: Request) -> Response:
        """Propose the next line of a poem, or all that are left."""
        asked, script = await self._asked(request, DuetRequest)
        work = partial(take_turn, shelf=self.shelf, asked=asked, script=script)
        return Json(await last_event(request, self.writing, self.writing.submit(work)))

    async def scan(self, request: Request) -> Response:
        """Scan a poem."""
        asked = build(ScanRequest, await read_json(request, self.limits))
        return Json(await self._soon(request, lambda: scanned(asked, self.limits)))

    async def export(self, request: Request) -> Response:
        """A poem as a file of text."""
        asked = build(ExportRequest, await read_json(request, self.limits))
        text = await self._soon(request, lambda: file_of(asked, self.limits))
        return _attachment(text, asked.format)

    async def card(self, request: Request) -> Response:
        """A poem as a picture."""
        asked = build(CardRequest, await read_json(request, self.limits))
        picture = await self._soon(request, lambda: card_of(asked, self.limits))
        return _attachment(picture, asked.format)

    async def _asked(self, request: Request, kind: type[Asked]) -> tuple[Asked, Script]:
        """What is asked for, with a model and a seed, and the script that the visitor reads."""
        asked = build(kind, await read_json(request, self.limits))
        check(asked, self.limits)
        environ = _locale(request)
        model = self.shelf.choose(asked, environ)
        seed = secrets.randbelow(SEEDS) if asked.seed is None else asked.seed
        return replace(asked, model=model, seed=seed), script_of_locale(environ)

    async def _soon(self, request: Request, work: Callable[[], Any]) -> Any:
        """The result of short work, once its turn has come."""
        job = self.quick.submit(lambda job: job.send("done", result=work()))
        return (await last_event(request, self.quick, job))["result"]

    def leave_all(self) -> None:
        """Stop all work: the server is stopping."""
        self.writing.leave_all()
        self.quick.leave_all()

    def close(self) -> None:
        """Stop all work, and wait for the threads."""
        self.writing.close()
        self.quick.close()


def create_app(
    models: Iterable[str] = (),
    limits: Limits | None = None,
    *,
    domains: Iterable[str] = (),
    warm: bool = True,
) -> Starlette:
    """The application for models by name or folder; without any, for those that ship.

    `domains` are the names by which visitors reach it. Where it is to be `warm`, all models are
    loaded when it starts, in the background. Raises as `Shelf`.
    """
    service = Service(Shelf(models), limits or Limits())

    @contextlib.asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        warming = asyncio.ensure_future(asyncio.to_thread(service.shelf.warm_up)) if warm else None
        try:
            yield
        finally:
            service.close()
            if warming:
                await asyncio.wait([warming])

    app = Starlette(
        routes=[
            *(Route(path, _page) for path in PAGES),
            Mount("/static", StaticFiles(directory=STATIC, check_dir=False)),
            Route("/openapi.json", service.openapi),
            Route("/api/models", service.models),
            Route("/api/forms", service.forms),
            Route("/api/write", service.write, methods=["POST"]),
            Route("/api/duet", service.duet, methods=["POST"]),
            Route("/api/scan", service.scan, methods=["POST"]),
            Route("/api/export", service.export, methods=["POST"]),
            Route("/api/card", service.card, methods=["POST"]),
        ],
        middleware=[Middleware(Guard, names=own_names(domains))],
        exception_handlers={
            PoetError: on_poet_error,
            HTTPException: on_http_error,
            Exception: on_bug,
        },
        lifespan=life,
    )
    app.state.service = service
    return app


async def _page(request: Request) -> Response:
    """A page of the site."""
    return FileResponse(
        STATIC / f"{PAGES[request.url.path]}.html", headers={"Cache-Control": "no-cache"}
    )


def _attachment(data: str | bytes, suffix: str) -> Response:
    """A poem as a file to save."""
    headers = {"Content-Disposition": f'attachment; filename="poem.{suffix}"'}
    return Response(data, media_type=FILES[suffix], headers=headers)


def _locale(request: Request) -> dict[str, str]:
    """The visitor's locale, from the languages that the browser prefers."""
    first = request.headers.get("accept-language", "").partition(",")[0].partition(";")[0]
    return {"LANG": first.strip()}
