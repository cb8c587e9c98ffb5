"""The clock counts what is timed and no more; the guard goes back and halves the rate."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from poet.errors import TrainingStopped
from poet.runs.config import Counters, TrainConfig
from poet.training import guards
from poet.training.distributed import ALONE, Distributed
from poet.training.guards import Clock, RollbackGuard


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time, which moves only when it is set."""
    now = SimpleNamespace(wall=100.0, cpu=50.0)
    fake = SimpleNamespace(perf_counter=lambda: now.wall, process_time=lambda: now.cpu)
    monkeypatch.setattr(guards, "time", fake)
    return now


def test_laps_add_up_and_pauses_are_left_out(now: SimpleNamespace) -> None:
    clock, counters = Clock(ALONE), Counters(seconds=7.0)
    now.wall, now.cpu = 103.0, 55.0
    assert clock.lap(counters) == 3.0
    now.wall, now.cpu = 104.0, 56.0
    assert clock.lap(counters) == 1.0
    now.wall, now.cpu = 900.0, 99.0  # the caller does something else
    clock.start()
    now.wall, now.cpu = 902.0, 102.0
    clock.lap(counters)
    assert (counters.seconds, counters.cpu_seconds) == (13.0, 9.0)


class Three(Distributed):
    """Three processes, of which the others take two and three times as long."""

    def all_gather(self, *numbers: float) -> list[list[float]]:
        return [[n * number for number in numbers] for n in (1, 2, 3)]


def test_the_slowest_process_counts_and_the_cpu_time_of_all(now: SimpleNamespace) -> None:
    clock, counters = Clock(Three()), Counters()
    now.wall, now.cpu = 102.0, 51.0
    assert clock.lap(counters) == 2.0
    assert (counters.seconds, counters.cpu_seconds) == (6.0, 6.0)


def test_the_guard_keeps_the_time_and_gives_up_the_third_time() -> None:
    on_disk = Counters(step=40, seconds=5.0)
    state = SimpleNamespace(counters=Counters(step=47, seconds=9.0))

    def load() -> None:
        state.counters = Counters(**vars(on_disk))

    def save() -> None:
        vars(on_disk).update(vars(state.counters))

    guard = RollbackGuard(cast(Any, state), load, save, TrainConfig(lr=0.08), Path("run"))
    for rollbacks, lr_scale in ((1, 0.5), (2, 0.25)):
        guard.roll_back()
        counters = state.counters
        assert (counters.step, counters.seconds) == (40, 9.0)
        assert (counters.rollbacks, counters.lr_scale) == (rollbacks, lr_scale)
    with pytest.raises(TrainingStopped, match="3 times") as error:
        guard.roll_back()
    assert "step, 40, is kept in run; try --lr 0.02 or" in error.value.hint
    assert on_disk.rollbacks == 3
