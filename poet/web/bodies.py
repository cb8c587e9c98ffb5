"""What requests hold: JSON, not too long, of the right types, checked before anything is done."""

from __future__ import annotations

import asyncio
from dataclasses import MISSING, fields
from typing import Any, TypeVar, get_type_hints

from starlette.requests import Request

from poet.errors import UsageError, did_you_mean
from poet.prosody.find import find_form
from poet.typed import Malformed, construct, parse, typed
from poet.web.errors import NotJson, TooLarge, TooSlow
from poet.web.limits import Limits

T = TypeVar("T")


async def read_json(request: Request, limits: Limits) -> dict[str, Any]:
    """The object in the body of a request, which is read no further or longer than may be.

    Raises `NotJson`, `TooLarge`, `TooSlow`, and `UsageError` for what is no JSON object.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise NotJson(
            f"the body is {kind[:60]!r}, not application/json"
            if kind
            else "the request does not say that its body is JSON",
            "send the header Content-Type: application/json",
        )
    try:
        async with asyncio.timeout(limits.patience):
            data = await _body(request, limits.body)
    except TimeoutError:
        raise TooSlow(f"the request was not all here after {limits.patience:g} seconds") from None
    try:
        return parse(data)
    except Malformed as error:
        raise UsageError(f"the body is not the JSON of a request: {error}") from error


async def _body(request: Request, most: int) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise TooLarge(
                f"the request is longer than {most:,} bytes", "send a shorter text or prompt"
            )
    return bytes(data)


def build(kind: type[T], given: dict[str, Any]) -> T:
    """A dataclass from the object in a request.

    Raises `UsageError`, its `field` naming the key, for unknown keys, keys that lack and values of
    the wrong type, and what the class itself raises.
    """
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    kinds = get_type_hints(kind)
    for key, value in given.items():
        if key not in known:
            shown = key if len(key) <= 40 else key[:40] + "…"
            hint = f"{did_you_mean(shown, list(known))} the keys are {', '.join(known)}".strip()
            raise UsageError(f"there is no key {shown!r}", hint, shown)
        try:
            typed(value, kinds[key], key)
        except Malformed as error:
            raise UsageError(str(error), "", key) from error
    if isinstance(name := given.get("form"), str):
        _check_form(name)
    for name, field in known.items():
        if field.default is MISSING and field.default_factory is MISSING and name not in given:
            raise UsageError(f"{name} is missing", "", name)
    return construct(kind, given)


def _check_form(name: str) -> None:
    """Raise the `UsageError` of an unknown form with the key that names it."""
    try:
        find_form(name)
    except UsageError as error:
        error.field = "form"
        raise
