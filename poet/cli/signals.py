"""Ctrl-C and SIGTERM while training: finish the step, save, then stop."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_signals(
    notify: Callable[[str], None], is_alone: bool = True
) -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM ask to stop after this step; a second Ctrl-C quits at once.

    Yields a function that says whether to stop. torchrun, which starts several processes, passes
    the first signal on and waits for half a minute.
    """
    is_stopping = False
    hint = " (Ctrl-C again to quit without saving)" if is_alone else ""

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal is_stopping
        if is_stopping and number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            raise KeyboardInterrupt
        is_stopping = True
        notify(f"stopping after this step, saving…{hint}")

    before = {s: signal.signal(s, handle) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: is_stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
