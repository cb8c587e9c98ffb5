"""Memory that poems no longer need, given back to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def release_memory() -> None:
    """Give freed memory back, where the C library is glibc; elsewhere nothing happens.

    glibc keeps what a poem has freed in an arena for each thread, and the arenas of a server that
    runs for days would grow to what its largest poems took (malloc_trim(3)).
    """
    with suppress(AttributeError, OSError, TypeError):  # musl, macOS, Windows
        ctypes.CDLL(None).malloc_trim(0)
