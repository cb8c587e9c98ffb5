"""What watches over a training run: the clock, and the way back when the loss is not finite."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from poet.errors import TrainingStopped
from poet.runs.config import Counters, TrainConfig
from poet.training.distributed import Distributed
from poet.training.state import TrainerState

MAX_ROLLBACKS = 3  # times the loss may be not finite before training stops


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


class RollbackGuard:
    """Takes a run back to its last checkpoint when the loss is not finite, at half the rate."""

    def __init__(
        self,
        state: TrainerState,
        load: Callable[[], None],
        save: Callable[[], None],
        settings: TrainConfig,
        folder: Path,
    ) -> None:
        """`load` puts the last checkpoint in `folder` into `state`, `save` writes it there."""
        self.state, self.load, self.save = state, load, save
        self.settings, self.folder = settings, folder

    def roll_back(self) -> None:
        """Return to the last checkpoint. Collective.

        Raises `TrainingStopped` at the third time, with the checkpoint kept.
        """
        before = self.state.counters
        self.load()
        counters = self.state.counters
        counters.rollbacks, counters.lr_scale = before.rollbacks + 1, before.lr_scale / 2
        counters.seconds = before.seconds
        self.save()
        if counters.rollbacks >= MAX_ROLLBACKS:
            raise TrainingStopped(
                f"the loss was not finite {counters.rollbacks} times, although the learning rate "
                "was halved each time",
                f"the last good step, {counters.step:,}, is kept in {self.folder}; "
                f"try --lr {self.settings.lr / 4:.2g} or --clip {self.settings.clip / 2:.2g}",
            )
