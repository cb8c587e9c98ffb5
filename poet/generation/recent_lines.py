"""The lines that a call has written, so that no two of its poems share one."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

REMEMBERED = 100_000  # lines: 25,000 quatrains, some 15 MB, however many poems are asked for


class RecentLines:
    """The latest lines.

    >>> printed = RecentLines(most=2)
    >>> printed.add(["春水連天碧", "明月照大江"]); printed.add(["夜雨三千樹"])
    >>> printed.knows(["春水連天碧"]), printed.knows(["夜雨三千樹", "雲山四萬家"])
    (False, True)
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        self.most = most
        self._lines: set[str] = set()
        self._in_order: deque[str] = deque()

    def knows(self, lines: Collection[str]) -> bool:
        """Whether one of the lines is among the latest."""
        return not self._lines.isdisjoint(lines)

    def add(self, lines: Collection[str]) -> None:
        """Remember lines, none of which is known; the oldest are forgotten."""
        self._lines.update(lines)
        self._in_order.extend(lines)
        while len(self._in_order) > self.most:
            self._lines.discard(self._in_order.popleft())
