"""Ctrl-C and SIGTERM: what is finished is saved, then the command stops."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM: unlike Ctrl-C, which may stop only a part of the work, it ends the command."""


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


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does: poems that are finished are written to their file.

    A second one is ignored, so as not to interrupt that.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise Terminated

    if threading.current_thread() is not threading.main_thread():  # only there can one be set
        yield
        return
    before = signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def hang_up_as_terminated() -> Iterator[None]:
    """A terminal that is closed ends a command as SIGTERM does."""
    terminated, hang_up = signal.getsignal(signal.SIGTERM), getattr(signal, "SIGHUP", None)
    if hang_up is None or not callable(terminated):
        yield
        return
    before = signal.signal(hang_up, terminated)
    try:
        yield
    finally:
        signal.signal(hang_up, before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """No signal interrupts what is done here: it is short, and would be lost."""
    numbers = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
