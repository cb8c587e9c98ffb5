"""The time that a run has taken, over all its processes and sessions."""

from __future__ import annotations

import time

from poet.runs.config import Counters
from poet.training.distributed import Distributed


class Clock:
    """Counts the time spent training: that of the slowest process, and the CPU time of all."""

    def __init__(self, distributed: Distributed) -> None:
        self.distributed = distributed
        self.start()

    def start(self) -> None:
        """Start counting here; time since the last lap is not counted."""
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def lap(self, counters: Counters) -> float:
        """Add the time since the last start or lap to the counters. Collective.

        Returns the seconds of this process.
        """
        wall, cpu = time.perf_counter(), time.process_time()
        seconds = wall - self._wall
        rows = self.distributed.all_gather(seconds, cpu - self._cpu)
        counters.seconds += max(row[0] for row in rows)
        counters.cpu_seconds += sum(row[1] for row in rows)
        self._wall, self._cpu = wall, cpu
        return seconds
