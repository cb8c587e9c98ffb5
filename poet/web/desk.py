"""The desk where requests wait: a bounded queue before a few threads that do the work.

A `Job` is work for one visitor. It runs in a thread and tells what happens as events, which the
visitor's connection reads. When the visitor leaves, or the time is over, the work is stopped at its
next `check`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from math import ceil, inf
from typing import Any, TypeAlias

from poet.errors import PoetError
from poet.web.errors import Busy, Left, TooLong
from poet.web.memory import release_memory

Event: TypeAlias = tuple[str, dict[str, Any]]
MOST_RETRY = 120  # seconds after which a visitor is asked to come back, at most


class Job:
    """Work for one visitor. Iterate over its events; an error of the work is raised there."""

    def __init__(self, work: Callable[[Job], None], seconds: float) -> None:
        self._work, self._seconds = work, seconds
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._error: BaseException | None = None
        self._left = threading.Event()
        self._until = inf
        self.took = 0.0  # seconds of work

    async def __aiter__(self) -> AsyncIterator[Event]:
        while (event := await self._events.get()) is not None:
            yield event
        if self._error:
            raise self._error

    def send(self, name: str, /, **data: Any) -> None:
        """Tell the visitor something; from any thread."""
        self._put((name, data))

    def check(self) -> None:
        """Stop the work, by an error, if nobody waits for it or its time is over."""
        if self._left.is_set():
            raise Left
        if time.monotonic() > self._until:
            raise TooLong(
                f"this took longer than {self._seconds:g} seconds, and was stopped",
                "ask for less: a shorter form, fewer poems or particles",
            )

    def leave(self) -> None:
        """The visitor has gone: the work stops at its next check."""
        self._left.set()

    def run(self) -> None:
        """Do the work, in a thread."""
        begun = time.monotonic()
        self._until = begun + self._seconds
        try:
            self.check()
            self._work(self)
        except BaseException as error:
            self._error = error
        self.took = time.monotonic() - begun
        self._put(None)
        release_memory()

    def end(self, error: BaseException) -> None:
        """End a job that has not begun."""
        self._error = error
        self._put(None)

    def _put(self, event: Event | None) -> None:
        self._loop.call_soon_threadsafe(self._events.put_nowait, event)


class Desk:
    """At most `workers` jobs at work, at most `queue` waiting, first come, first served.

    All methods are called in the thread of the event loop.
    """

    def __init__(self, workers: int, queue: int, seconds: float) -> None:
        self.workers, self.queue, self.seconds = workers, queue, seconds
        self.waiting: deque[Job] = deque()
        self.running: set[Job] = set()
        self._pool = ThreadPoolExecutor(workers)
        self._mean = 1.0  # seconds that a job takes
        self._is_closed = False

    def submit(self, work: Callable[[Job], None]) -> Job:
        """Begin a job, or let it wait. Raises `Busy` where too many wait."""
        is_full = len(self.running) >= self.workers and len(self.waiting) >= self.queue
        if is_full or self._is_closed:
            seconds = ceil(self._mean * (len(self.waiting) + 1) / self.workers)
            raise Busy(len(self.waiting), min(seconds, MOST_RETRY))
        job = Job(work, self.seconds)
        self.waiting.append(job)
        if len(self.running) < self.workers:
            self._next()
        else:
            job.send("queued", ahead=len(self.waiting) - 1 + len(self.running))
        return job

    def leave(self, job: Job) -> None:
        """Stop a job that nobody waits for; its place goes to the next."""
        job.leave()
        if job in self.waiting:
            self.waiting.remove(job)
            job.end(Left())
            self._tell()

    def leave_all(self) -> None:
        """Stop every job, and take no new ones."""
        self._is_closed = True
        stopping = PoetError("the server is being stopped", "try again later")
        while self.waiting:
            self.waiting.pop().end(stopping)
        for job in self.running:
            job.leave()

    def close(self) -> None:
        """Stop every job and wait for the threads."""
        self.leave_all()
        self._pool.shutdown()

    def _next(self) -> None:
        job = self.waiting.popleft()
        self.running.add(job)
        future = asyncio.get_running_loop().run_in_executor(self._pool, job.run)
        future.add_done_callback(lambda _: self._finished(job))

    def _finished(self, job: Job) -> None:
        self.running.discard(job)
        self._mean += (job.took - self._mean) / 8
        if self.waiting:
            self._next()
            self._tell()

    def _tell(self) -> None:
        """Tell those who wait how many are before them."""
        for place, job in enumerate(self.waiting):
            job.send("queued", ahead=place + len(self.running))
