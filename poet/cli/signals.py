"""Ctrl-C and SIGTERM while training: finish the step, save, then stop."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_signals(
    say: Callable[[str], None], is_alone: bool = True
) -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM ask to stop after this step; a second Ctrl-C quits at once.

    Yields a function that says whether to stop. torchrun, which starts several processes, passes
    the first signal on and waits for half a minute.
    """
    asked: list[float] = []
    again = " (Ctrl-C again to quit without saving)" if is_alone else ""

    def ask(number: int, frame: FrameType | None) -> None:
        if asked and number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            raise KeyboardInterrupt
        asked.append(time.monotonic())
        say(f"stopping after this step, saving…{again}")

    before = {s: signal.signal(s, ask) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
