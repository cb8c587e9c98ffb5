"""The description of the HTTP interface, as OpenAPI 3.1 has it, from the types that it reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypedDict

from poet.generation.request import RANGES, WriteRequest
from poet.sanitize import installed_version
from poet.web.answers import Record, Scanned
from poet.web.duets import Turn
from poet.web.forms import FormFacts
from poet.web.limits import MOST, Limits
from poet.web.requests import CardRequest, DuetRequest, ExportRequest, ScanRequest
from poet.web.schemas import Schema, Schemas
from poet.web.shelf import ModelFacts

_EVENTS = """\
Server-sent events, the data of each a JSON object:
`queued` {"ahead"}: how many requests are before this one;
`started` {"model", "seed", "form", "language", "indents"};
`remark` {"text"}: what had to be changed for the model;
`draft` {"text"}: all of a candidate so far, which another may replace;
`text` {"text"}: the next piece of the poem;
`poem`: the finished poem, a Record;
`error`: an Error, and the last event."""
_FIELDS = {
    "model": "Name of a model that the server offers; without it the texts and the form decide.",
    "prompt": "The beginning of the poem.",
    "form": "Verse form, by a name or alias of /api/forms, or line lengths such as 7x4; or free.",
    "couplet": "A line of Chinese to answer: the poem is the couplet of both.",
    "acrostic": "The letters or characters that the lines begin with.",
    "strictness": "Whether every reading of a word must fit, one, or none.",
    "rhyme": "A rhyme group of 平水韻, or an English word; off: no rhyme; auto: any.",
    "rhymes": "Rhyme book of Chinese forms: 平水, 新韻 or 通韻.",
    "title": "Title of the poem, which also sets its theme.",
    "about": "Theme of the poem, without giving it a title.",
    "author": "The poet in whose style it is written.",
    "guidance": "Weight of title, theme and author; 1 adds none.",
    "context": "Text that is read before the poem, and no part of it.",
    "temperature": "Below 1 is safer, above 1 bolder than the model itself; or a list of several.",
    "top_k": "Sample from so many of the likeliest characters; 0: from all.",
    "top_p": "Sample from the likeliest characters up to this probability in all.",
    "min_p": "Drop characters less than so many times as likely as the likeliest.",
    "best_of": "Poems that are written for each that is given.",
    "particles": "Candidates of a poem in a form that are written side by side.",
    "max_characters": "Cut a poem without a form after so many characters.",
    "count": "Number of poems; more than one as events only.",
    "seed": "The same seed writes the same poem; without it one is chosen by chance.",
    "script": "hans: simplified, hant: traditional characters; auto: as in the prompt.",
    "unknown": "Whether characters of the prompt that the model does not know are skipped.",
}

_DUET_NOTES: dict[str, Schema] = {
    "lines": {"description": "All lines so far, which may break the form; none: the prompt's."},
    "refused": {"description": "Lines that are not to be proposed again."},
    "roll": {"description": "How often others were asked for; another number gives others."},
    "finish": {"description": "Write all lines that are left, in place of proposals."},
}


class Models(TypedDict):
    """The models that the server offers."""

    models: list[ModelFacts]


class Forms(TypedDict):
    """The forms of verse that have names."""

    forms: list[FormFacts]


class ErrorFacts(TypedDict):
    """What went wrong, what to do, and which key of the request is at fault, where known."""

    message: str
    hint: str
    field: str


class Error(TypedDict):
    """A request that was refused or could not be done."""

    error: ErrorFacts


@dataclass(frozen=True)
class Operation:
    """What a route does, what it takes, and what it answers by media type."""

    path: str
    summary: str
    answers: dict[str, Any]  # media type -> type, or a schema
    takes: type | None = None
    more: str = ""

    @property
    def method(self) -> str:
        """GET where nothing is sent."""
        return "post" if self.takes else "get"


_TEXT, _BYTES = {"type": "string"}, {}  # type: tuple[Schema, Schema]
OPERATIONS = (
    Operation("/api/models", "The models that can write here.", {"application/json": Models}),
    Operation("/api/forms", "The forms of verse.", {"application/json": Forms}),
    Operation(
        "/api/write",
        "Write a poem.",
        {"application/json": Record, "text/event-stream": _TEXT},
        WriteRequest,
        f"The header Accept chooses between one answer and a stream. {_EVENTS}",
    ),
    Operation(
        "/api/duet",
        "Propose the next line of a poem, or write all that are left.",
        {"application/json": Turn},
        DuetRequest,
        "The server keeps nothing: send the lines of the last answer, with the one that was taken.",
    ),
    Operation("/api/scan", "Scan a poem.", {"application/json": Scanned}, ScanRequest),
    Operation(
        "/api/card",
        "A poem as a picture.",
        {"image/svg+xml": _TEXT, "image/png": _BYTES},
        CardRequest,
    ),
    Operation(
        "/api/export",
        "A poem as a file of text.",
        {"text/plain": _TEXT, "text/markdown": _TEXT, "application/json": {"type": "object"}},
        ExportRequest,
    ),
    Operation("/openapi.json", "This description.", {"application/json": {"type": "object"}}),
)
_ERRORS = {
    "400": "The request cannot be understood, or asks for what cannot be done.",
    "403": "The request comes from a page of another site, or asks for another host.",
    "408": "The body did not come in time.",
    "413": "The body is longer than the server reads.",
    "415": "The body is not sent as application/json.",
    "422": "No poem was found that keeps the form and all that was asked for.",
    "503": "Too many requests wait (Retry-After says when to come again), or it took too long.",
}


def description(limits: Limits, operations: Iterable[Operation] = OPERATIONS) -> dict[str, Any]:
    """The OpenAPI document of a server with these limits."""
    schemas = Schemas(
        {"WriteRequest": (notes := _notes(limits)), "DuetRequest": notes | _DUET_NOTES}
    )
    error = {"application/json": {"schema": schemas.of(Error)}}
    paths: dict[str, Any] = {}
    for each in operations:
        content = {
            media: {"schema": kind if isinstance(kind, dict) else schemas.of(kind)}
            for media, kind in each.answers.items()
        }
        refused = {code: {"description": text, "content": error} for code, text in _ERRORS.items()}
        operation: dict[str, Any] = {
            "operationId": each.path.removesuffix(".json").rpartition("/")[2],
            "summary": each.summary,
            "responses": {"200": {"description": each.summary, "content": content}},
        }
        if each.more:
            operation["description"] = each.more
        if each.takes:
            body = {"application/json": {"schema": schemas.of(each.takes)}}
            operation["requestBody"] = {"required": True, "content": body}
            operation["responses"] |= refused
        else:
            operation["responses"]["403"] = refused["403"]
        paths[each.path] = {each.method: operation}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "poet",
            "version": installed_version() or "0",
            "description": "Poems, scans and cards. Nothing that is sent is stored or sent on. "
            f"A request has at most {limits.body:,} bytes, and {limits.seconds:g} seconds once its "
            "turn has come.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {"schemas": schemas.components},
    }


def _notes(limits: Limits) -> dict[str, Schema]:
    """What the type of a request for poems does not say: meanings, ranges, lengths."""
    notes: dict[str, Schema] = {name: {"description": text} for name, text in _FIELDS.items()}
    for name, (low, high) in RANGES.items():
        notes[name]["minimum"] = low
        if (most := MOST.get(name, high)) is not None:
            notes[name]["maximum"] = most
    for name in ("prompt", "title", "author", "context", "acrostic", "couplet"):
        notes[name]["maxLength"] = limits.text
    return notes
