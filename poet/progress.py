"""How long work reports its progress to whoever started it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


class ProgressCallback(Protocol):
    """What long work calls: `note` for a remark, `track` around what it iterates over."""

    def note(self, message: str) -> None:
        """Take a remark."""

    def track(self, items: Iterable[T], label: str, total: int | None = None) -> Iterable[T]:
        """Pass the items on and show how many of `total` have passed; None if it is unknown."""
        ...


class SilentProgress:
    """Shows nothing."""

    def note(self, message: str) -> None:
        """Ignore the remark."""

    def track(self, items: Iterable[T], label: str, total: int | None = None) -> Iterable[T]:
        """Pass the items on."""
        return items
