"""Rolling a run back to its last checkpoint when the loss is not finite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from poet.errors import TrainingStopped
from poet.runs.config import TrainConfig
from poet.training.state import TrainerState

MAX_ROLLBACKS = 3  # times the loss may be not finite before training stops


class Rollback:
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

    def __call__(self) -> None:
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
