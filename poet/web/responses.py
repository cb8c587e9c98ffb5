"""Responses: JSON, errors in one shape, events of a job, and the waiting for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from poet.errors import FormNotReached, PoetError
from poet.sanitize import dump_json, jsonable
from poet.web.desk import Desk, Job
from poet.web.errors import Busy, WebError

ALIVE = 10.0  # seconds between signs of life on a stream: proxies close silent ones after a minute
_log = logging.getLogger(__name__)


class Json(Response):
    """Plain values as JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return dump_json(jsonable(content)).encode()


def error_response(error: PoetError, status: int = 0) -> Json:
    """An error as a response, in one shape: `{"error": {"message", "hint", "field"}}`."""
    headers = {"Retry-After": str(error.seconds)} if isinstance(error, Busy) else {}
    if not status:
        is_unreached = isinstance(error, FormNotReached)
        status = error.status if isinstance(error, WebError) else 422 if is_unreached else 400
    return Json(described(error), status, headers=headers)


def described(error: Exception) -> dict[str, Any]:
    """What the visitor is told of an error; of one that is a bug, only that there is one."""
    if not isinstance(error, PoetError):
        error = PoetError("something went wrong in the server", "its log says more")
    facts = {"message": error.message, "hint": error.hint, "field": getattr(error, "field", "")}
    return {"error": facts}


async def on_poet_error(request: Request, error: Exception) -> Response:
    """The response to an error that a visitor can mend."""
    assert isinstance(error, PoetError)
    return error_response(error)


async def on_http_error(request: Request, error: Exception) -> Response:
    """The response to an address that is not there, or to a method that it does not take."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        told = PoetError(f"{request.url.path[:80]} does not take {request.method[:20]}")
    else:
        told = PoetError(f"there is nothing at {request.url.path[:80]}", "see /openapi.json")
    response = error_response(told, error.status_code)
    response.headers.update(error.headers or {})
    return response


async def on_bug(request: Request, error: Exception) -> Response:
    """The response where the server itself is at fault; starlette raises the error once more."""
    return Json(described(error), 500)


def event(name: str, data: dict[str, Any]) -> str:
    """An event of a stream, as `text/event-stream` has it."""
    return f"event: {name}\ndata: {dump_json(jsonable(data))}\n\n"


def stream(desk: Desk, job: Job) -> StreamingResponse:
    """The events of a job as they come; an error is the last of them."""

    async def events() -> AsyncIterator[str]:
        try:
            async for name, data in job:
                yield event(name, data)
        except Exception as error:
            if not isinstance(error, PoetError):
                _log.error("a request failed", exc_info=error)
            yield event("error", described(error))
        finally:
            desk.leave(job)

    headers = {"X-Accel-Buffering": "no"}  # nginx would hold the events back
    return StreamingResponse(_kept_alive(events()), media_type="text/event-stream", headers=headers)


async def _kept_alive(events: AsyncIterator[str]) -> AsyncIterator[str]:
    """The events, and comments where there is none for a while."""
    coming = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            done, _ = await asyncio.wait([coming], timeout=ALIVE)
            if not done:
                yield ": writing\n\n"
            elif (found := coming.result()) is None:
                return
            else:
                yield found
                coming = asyncio.ensure_future(anext(events, None))
    finally:
        coming.cancel()


async def last_event(request: Request, desk: Desk, job: Job) -> dict[str, Any]:
    """The data of the last event of a job; the job is stopped when the visitor leaves."""

    async def leave() -> None:
        while not await request.is_disconnected():
            await asyncio.sleep(0.2)
        desk.leave(job)

    leaving = asyncio.ensure_future(leave())
    try:
        last: dict[str, Any] = {}
        async for _, data in job:
            last = data
        return last
    finally:
        leaving.cancel()
        desk.leave(job)
