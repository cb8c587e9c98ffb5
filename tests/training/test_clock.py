"""The clock counts what is timed and no more."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from poet.runs.config import Counters
from poet.training import clock as module
from poet.training.clock import Clock
from poet.training.distributed import ALONE, Distributed


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time, which moves only when it is set."""
    now = SimpleNamespace(wall=100.0, cpu=50.0)
    fake = SimpleNamespace(perf_counter=lambda: now.wall, process_time=lambda: now.cpu)
    monkeypatch.setattr(module, "time", fake)
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
