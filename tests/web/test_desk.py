"""The queue: bounded, in order, left by whoever goes away, stopped when time is over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from poet.errors import PoetError
from poet.web.desk import Desk, Job
from poet.web.errors import Busy, TooLong


@contextmanager
def desk(workers: int = 1, queue: int = 2, seconds: float = 60) -> Iterator[Desk]:
    made = Desk(workers, queue, seconds)
    yield made
    made.close()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await test()

    asyncio.run(bounded())


async def told(job: Job) -> list[tuple[str, dict[str, Any]]]:
    return [event async for event in job]


async def begun(job: Job) -> None:
    """Wait for the first event."""
    async for _ in job:
        return


class Waiting:
    """Work that is at it until it may go on."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()

    def __call__(self, job: Job) -> None:
        job.send("begun")
        while not self.may_go_on.wait(0.005):
            job.check()


def test_the_events_of_a_job_come_in_order() -> None:
    def work(job: Job) -> None:
        for i in range(100):
            job.send("n", i=i)

    async def test() -> None:
        with desk() as made:
            assert await told(made.submit(work)) == [("n", {"i": i}) for i in range(100)]

    run(test)


def test_who_waits_is_told_how_many_are_before_them_and_one_too_many_is_sent_away() -> None:
    async def test() -> None:
        with desk(queue=2) as made:
            work = Waiting()
            first, second, third = (made.submit(work) for _ in range(3))
            await begun(first)
            with pytest.raises(Busy) as busy:
                made.submit(work)
            assert busy.value.seconds >= 1
            work.may_go_on.set()
            assert await told(second) == [("queued", {"ahead": 1}), ("begun", {})]
            assert await told(third) == [
                ("queued", {"ahead": 2}), ("queued", {"ahead": 1}), ("begun", {}),
            ]  # fmt: skip

    run(test)


def test_without_a_queue_a_free_worker_still_takes_work() -> None:
    async def test() -> None:
        with desk(queue=0) as made:
            work = Waiting()
            job = made.submit(work)
            await begun(job)
            with pytest.raises(Busy):
                made.submit(work)
            work.may_go_on.set()
            await told(job)

    run(test)


def test_who_leaves_while_waiting_frees_a_place() -> None:
    async def test() -> None:
        with desk(queue=1) as made:
            work = Waiting()
            first, second = made.submit(work), made.submit(work)
            await begun(first)
            made.leave(second)
            third = made.submit(work)
            work.may_go_on.set()
            assert ("begun", {}) in await told(third)

    run(test)


def test_who_leaves_while_being_served_stops_the_work() -> None:
    async def test() -> None:
        with desk(queue=1) as made:
            first, other = made.submit(Waiting()), Waiting()
            await begun(first)
            second = made.submit(other)
            made.leave(first)  # whose work would go on for ever
            other.may_go_on.set()
            assert ("begun", {}) in await told(second)
            assert first not in made.running

    run(test)


def test_work_that_takes_too_long_is_stopped_and_the_visitor_is_told() -> None:
    async def test() -> None:
        with desk(seconds=0.02) as made:
            with pytest.raises(TooLong, match=r"longer than 0\.02 seconds"):
                await told(made.submit(Waiting()))
            assert (await told(made.submit(lambda job: job.send("next"))))[-1] == ("next", {})

    run(test)


def test_an_error_of_the_work_is_raised_where_its_events_are_read() -> None:
    def work(job: Job) -> None:
        job.send("begun")
        raise ValueError("a bug")

    async def test() -> None:
        with desk() as made:
            job = made.submit(work)
            with pytest.raises(ValueError, match="a bug"):
                await told(job)

    run(test)


def test_when_the_server_stops_all_who_wait_are_told_and_no_more_are_taken() -> None:
    async def test() -> None:
        with desk(queue=5) as made:
            work = Waiting()
            first, second = made.submit(work), made.submit(work)
            await begun(first)
            made.leave_all()
            with pytest.raises(PoetError, match="being stopped"):
                await told(second)
            with pytest.raises(Busy):
                made.submit(work)

    run(test)


def test_a_hundred_jobs_at_once_are_all_done_by_a_few_workers() -> None:
    def work(i: int, job: Job) -> None:
        job.send("done", i=i)

    async def test() -> None:
        with desk(workers=3, queue=100) as made:
            jobs = [made.submit(partial(work, i)) for i in range(100)]
            events = [(await told(job))[-1] for job in jobs]
            assert [data["i"] for _, data in events] == list(range(100))

    run(test)
