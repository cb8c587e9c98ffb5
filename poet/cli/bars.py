"""Progress bars on stderr, for commands that take long."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from poet.cli.streams import echo

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProgressBars:
    """A `poet.progress.ProgressCallback`: a bar on a terminal, none in a pipe.

    With `announces` a pipe gets a line when something begins.
    """

    announces: bool = False

    def note(self, message: str) -> None:
        """Print a remark."""
        from poet.render.terminal import note

        note(message)

    def track(self, items: Iterable[T], label: str, total: int | None = None) -> Iterable[T]:
        """Pass the items on, with a bar."""
        from tqdm import tqdm

        if self.announces and not sys.stderr.isatty():
            echo(label if total is None else f"{label}: {total:,}", err=True)
        return tqdm(items, desc=label, total=total, disable=None, leave=False)
