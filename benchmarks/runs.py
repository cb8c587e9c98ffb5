"""Many runs of hours in all, which can be broken off: what is done lies in the results at once,
and a second call makes what is missing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from .common import ROOT, environment, record, say
from .sides import Job, to_json

Core = int | None  # None where a process cannot be pinned


@dataclass
class Book:
    """The runs of one benchmark on one text, and the file that holds them."""

    name: str
    variant: str
    folder: Path
    facts: dict[str, Any]  # of the text
    runs: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def open(cls, name: str, variant: str, folder: Path, facts: dict[str, Any]) -> Book:
        """With what is already done. Refuses a file whose runs were made on other text."""
        book = cls(name, variant, folder, facts)
        if book.path.exists():
            found = json.loads(book.path.read_text("utf-8"))
            if found["fingerprint"] != facts["fingerprint"]:
                raise click.ClickException(
                    f"{book.path} holds runs on another text: give another --name or --results"
                )
            book.runs = found["runs"]
        return book

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}_{self.variant}.json"

    def find(self, job: Job) -> dict[str, Any] | None:
        """The run that the job asks for, where it has been made."""
        wanted = to_json(job)
        return next((r for r in self.runs if all(r[k] == v for k, v in wanted.items())), None)

    def add(self, run: dict[str, Any]) -> None:
        """One more run, written at once; the file is always a whole one."""
        self.runs.append(run)
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".") as beside:
            figures = {**self.facts, "runs": self.runs}
            record(self.name, figures, Path(beside), self.variant).replace(self.path)


def all_cores() -> list[Core]:
    """The cores that this process may use; none that can be named on some systems."""
    if not hasattr(os, "sched_getaffinity"):
        return [None]
    return [*sorted(os.sched_getaffinity(0))]


@dataclass
class Worker:
    """A run in a process of its own."""

    job: Job
    core: Core
    output: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, job: Job, core: Core, dataset: Path, folder: Path) -> Worker:
        output = folder / f"{time.monotonic_ns()}.json"
        words = [sys.executable, "-m", "benchmarks.sides", "--job", json.dumps(to_json(job))]
        words += ["--store", str(dataset.resolve()), "--output", str(output)]
        words += ["--core", str(core)] if core is not None else []
        say(f"{job}: begins on core {core}")
        env = environment(threads=1)
        return cls(job, core, output, subprocess.Popen(words, cwd=ROOT, env=env))


def work_off(
    book: Book, dataset: Path, coming: Callable[[Sequence[Job]], list[Job]], cores: Sequence[Core]
) -> list[Job]:
    """Make the runs that `coming` names, one a core, until it names no more.

    `coming` is told which runs are on their way, and gives those that may begin now. Returns the
    jobs that failed; what was done before a Ctrl-C is in the book.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the runs too
    working: list[Worker] = []
    failed: list[Job] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            while True:
                free = [core for core in cores if core not in [w.core for w in working]]
                jobs = coming([*(worker.job for worker in working), *failed])
                for core, job in zip(free, jobs, strict=False):
                    working.append(Worker.start(job, core, dataset, Path(folder)))
                if not working:
                    return failed
                time.sleep(0.2)
                for worker in [w for w in working if w.process.poll() is not None]:
                    working.remove(worker)
                    if worker.process.returncode:
                        failed.append(worker.job)
                        say(f"{worker.job}: failed, see above")
                    else:
                        book.add(json.loads(worker.output.read_text("utf-8")))
        finally:
            for worker in working:
                worker.process.kill()
                worker.process.wait()
            signal.signal(signal.SIGTERM, before)
