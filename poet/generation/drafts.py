"""What is being written, for those who watch, before the best of several poems is chosen."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from weakref import ref

from poet.generation.smc import Particles

EVERY = 0.08  # seconds between drafts: twelve a second look like writing


class Drafts:
    """Shows what one candidate has written so far, and another where that one is dropped.

    Several threads write candidates side by side. Those that were seen first are followed until
    they are whole.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show, self._lock = show, Lock()
        self._followed: ref[Particles] | None = None  # they are freed once they are whole
        self._next = 0.0
        self._draft = ""

    def watch(self, particles: Particles) -> None:
        """See particles after each token."""
        if time.monotonic() < self._next:
            return
        with self._lock:
            followed = self._followed() if self._followed else None
            if followed is None:
                self._followed, self._draft = ref(particles), ""
            elif followed is not particles:
                return
            self._next = time.monotonic() + EVERY
            self._draft = particles.draft(self._draft)
            self._show(self._draft)
