"""What each route takes, besides `WriteRequest` for poems; read by `poet.web.bodies`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

from poet.errors import UsageError
from poet.generation.request import WriteRequest
from poet.poem import Poem
from poet.render.card import CardLayout, Theme

WIDEST_INDENT = 40  # columns


class _Text(TypedDict):
    text: str


class PoemGiven(_Text, total=False):
    """A poem as `/api/write` gave it, or one of the visitor's own; its other keys are ignored."""

    title: str
    author: str
    form: str
    model: str
    seed: int
    indents: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class DuetRequest(WriteRequest):
    """A turn of a duet: a request for one poem, the lines so far, and what is to follow."""

    lines: tuple[str, ...] | None = None  # none: those of the prompt
    refused: tuple[str, ...] = ()  # proposals for the next line that are not to come again
    roll: int = 0  # how often others were asked for: with another number others come
    finish: bool = False  # all lines that are left, in place of proposals

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.roll < 0:
            raise UsageError(f"roll is {self.roll}", "it must be at least 0", "roll")


@dataclass(frozen=True, kw_only=True)
class ScanRequest:
    """A poem to scan."""

    text: str
    title: str = ""  # it may name the tune of a ci
    form: str = "free"  # the form that it should keep; free: the one that it seems to have
    rhymes: str | None = None  # 平水, the rhyme book of Chinese verse; or 新韻 or 通韻
    strict: bool = False  # whether every usual reading of a word must fit


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """A poem as a file of text."""

    poem: PoemGiven
    format: Literal["md", "txt", "json"] = "txt"


@dataclass(frozen=True, kw_only=True)
class CardRequest:
    """A poem as a picture."""

    poem: PoemGiven
    format: Literal["svg", "png"] = "svg"
    layout: CardLayout = "auto"  # Chinese vertical, all else in lines
    theme: Theme = "paper"


def poem_of(given: PoemGiven, most: int) -> Poem:
    """The poem that was given. Raises `UsageError` where it is empty or has too many characters."""
    text = given["text"].strip("\n")
    check_length(text, most)
    indents = given.get("indents", ())
    if any(not 0 <= indent <= WIDEST_INDENT for indent in indents):
        raise UsageError(f"indents are 0 to {WIDEST_INDENT} columns", "leave them out", "poem")
    title, author = given.get("title", ""), given.get("author", "")
    check_length(title + author, most, empty=True)
    return Poem(text, title, author, indents=indents)


def check_length(text: str, most: int, field: str = "poem", *, empty: bool = False) -> None:
    """Raise `UsageError` for a text that is too long, or has nothing in it where it must."""
    if len(text) > most:
        raise UsageError(
            f"the poem has {len(text):,} characters, and this server reads {most:,} at most",
            "give a part of it",
            field,
        )
    if not empty and not text.strip():
        raise UsageError("there is no poem in the request", "give its text", field)
