"""What one visitor may ask for, and how many may wait."""

from __future__ import annotations

from dataclasses import dataclass, fields

from poet.errors import UsageError
from poet.generation.request import WriteRequest

MOST: dict[str, float] = {  # of numbers in a request for poems; None there is within all of them
    "count": 8,
    "particles": 48,
    "best_of": 8,
    "max_characters": 1000,
}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on size, time and number."""

    queue: int = 64  # requests that wait; one more is answered with 503
    workers: int = 1  # poems that are written at the same time, each on all processors
    seconds: float = 30  # that one request may take once it has begun
    body: int = 64 * 1024  # bytes of a request
    patience: float = 10  # seconds in which a request has to be sent
    text: int = 2000  # characters of each text in a request for poems
    poem: int = 10_000  # characters of a poem that is scanned or saved
    card: int = 2000  # characters of a poem that is drawn


def check(request: WriteRequest, limits: Limits) -> None:
    """Raise `UsageError` where a request asks for more than a visitor may."""
    for name, most in MOST.items():
        value = getattr(request, name)
        if value is not None and value > most:
            raise UsageError(
                f"{name.replace('_', '-')} is {value}, and this server allows {most:g} at most",
                f"ask for {most:g} or fewer",
                name,
            )
    temperatures = request.temperature if isinstance(request.temperature, tuple) else ()
    if request.count * len(temperatures) > MOST["count"]:
        raise UsageError(
            f"this server writes {MOST['count']:g} poems a request at most",
            "ask for fewer poems or temperatures",
            "temperature",
        )
    for field in fields(request):
        value = getattr(request, field.name)
        texts = value if isinstance(value, tuple) else (value,)
        length = sum(len(text) for text in texts if isinstance(text, str))
        if length > limits.text:
            raise UsageError(
                f"{field.name} has {length:,} characters, and this server reads {limits.text:,} "
                "at most",
                "give a shorter one",
                field.name,
            )
