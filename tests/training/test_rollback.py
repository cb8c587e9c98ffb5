"""A rollback goes back to the checkpoint and halves the learning rate."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from poet.errors import TrainingStopped
from poet.runs.config import Counters, TrainConfig
from poet.training.rollback import Rollback


def test_a_rollback_keeps_the_time_and_gives_up_the_third_time() -> None:
    on_disk = Counters(step=40, seconds=5.0)
    state = SimpleNamespace(counters=Counters(step=47, seconds=9.0))

    def load() -> None:
        state.counters = Counters(**vars(on_disk))

    def save() -> None:
        vars(on_disk).update(vars(state.counters))

    roll_back = Rollback(cast(Any, state), load, save, TrainConfig(lr=0.08), Path("run"))
    for rollbacks, lr_scale in ((1, 0.5), (2, 0.25)):
        roll_back()
        counters = state.counters
        assert (counters.step, counters.seconds) == (40, 9.0)
        assert (counters.rollbacks, counters.lr_scale) == (rollbacks, lr_scale)
    with pytest.raises(TrainingStopped, match="3 times") as error:
        roll_back()
    assert "step, 40, is kept in run; try --lr 0.02 or" in error.value.hint
    assert on_disk.rollbacks == 3
