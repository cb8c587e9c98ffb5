"""Errors of the server itself, each with the status of its response."""

from __future__ import annotations

from poet.errors import PoetError


class WebError(PoetError):
    """A request that is refused, or that could not be done."""

    status = 400


class Foreign(WebError):
    """The request comes from a page of another site, or asks for another host."""

    status = 403


class TooSlow(WebError):
    """The body does not come."""

    status = 408


class TooLarge(WebError):
    """The body is longer than the server reads."""

    status = 413


class NotJson(WebError):
    """The body is not said to be JSON."""

    status = 415


class Busy(WebError):
    """Too many wait already."""

    status = 503

    def __init__(self, waiting: int, seconds: int) -> None:
        super().__init__(
            f"{waiting} requests are waiting already", f"try again in {seconds} seconds"
        )
        self.seconds = seconds


class TooLong(WebError):
    """The work took longer than one visitor may have."""

    status = 503


class Left(WebError):
    """Nobody waits for the work any more."""

    status = 499  # as nginx has it; nobody sees it

    def __init__(self) -> None:
        super().__init__("the visitor has left")
