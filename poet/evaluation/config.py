"""What is asked of an evaluation, and how it tells how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

T = TypeVar("T")
Say: TypeAlias = Callable[[str], None]


class Watch(Protocol):
    """Passes things on and shows how far it has come; the total may be unknown."""

    def __call__(self, things: Iterable[T], what: str, total: int | None) -> Iterable[T]: ...


@dataclass(frozen=True)
class EvalConfig:
    """What is to be measured."""

    poems: int = 200  # of each form and kind
    temperature: float = 0.7  # of the free samples: cool enough to be at its best
    seed: int = 0
    held_out: int = 20_000  # poems of a text, or windows of a stream, at most: as for the card
