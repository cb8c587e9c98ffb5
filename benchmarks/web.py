"""The server: the wait for the first line, a hundred requests at once, memory over many poems.

Each part starts `poet serve` as it is, with both models, and asks over HTTP. Memory is read from
/proc, so that part needs Linux.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from benchmarks.common import ROOT, environment, launch, record, results_option, say, show
from benchmarks.workloads import MB

CASES: dict[str, dict[str, Any]] = {
    "七絕": {"form": "七絕"},
    "七律": {"form": "七律"},
    "Chinese free verse": {"prompt": "明月"},
    "English quatrain": {"form": "quatrain"},
    "sonnet": {"form": "sonnet"},
    "English free verse": {"prompt": "The moon"},
}
BAR = 0.5  # seconds to the first line
CROWD = 100  # requests at once
MARKS = (100, 500, 1000, 2000)  # poems after which memory is read
MOST_GROWTH = 1.1  # between the last two marks
# Poems of the memory test: of twenty one is a sonnet, which takes as long as ten of the others
MIXED = ["七絕"] * 6 + ["七律"] * 3 + ["Chinese free verse"] * 4 + ["English quatrain"] * 4
MIXED += ["English free verse"] * 2 + ["sonnet"]
FEW = {"particles": 8, "best_of": 1}  # so that it takes half an hour


@click.group(help=__doc__)
def main() -> None:
    pass


@dataclass
class Heard:
    """What came back for a request: its status, seconds to each stage, and the poem's length."""

    status: int
    seconds: dict[str, float]
    retry_after: int = 0


@dataclass
class Served:
    """A server at work in a process of its own."""

    host: str
    port: int
    process: subprocess.Popen[str]

    def ask(self, body: dict[str, Any]) -> Heard:
        """Ask for a poem as events, and hear it to its end."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=600)
        with contextlib.closing(connection):
            begun = time.perf_counter()
            headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
            connection.request("POST", "/api/write", json.dumps(body), headers)
            answer = connection.getresponse()
            if answer.status != 200:
                answer.read()
                return Heard(answer.status, {}, int(answer.headers.get("Retry-After", 0)))
            seconds: dict[str, float] = {}
            for stage in _stages(answer):
                seconds.setdefault(stage, time.perf_counter() - begun)
            return Heard(200, seconds)

    def megabytes(self) -> dict[str, float]:
        """Its resident memory, and the part that is not of files."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        values = dict(line.split(":", 1) for line in status.splitlines())
        kinds = {"resident": "VmRSS", "anonymous": "RssAnon"}
        return {name: int(values[kind].split()[0]) * 1024 / MB for name, kind in kinds.items()}


def _stages(answer: http.client.HTTPResponse) -> Iterator[str]:
    """What an answer has reached, after each event: text, line (a whole one), poem, or error."""
    name, text = "", ""
    for row in answer:
        key, _, value = row.decode().rstrip("\n").partition(": ")
        if key == "event":
            name = value
        elif key == "data" and name in ("draft", "text"):
            piece = json.loads(value)["text"]
            text = piece if name == "draft" else text + piece
            if text.strip():
                yield "text"
            if any(stop in text.strip() for stop in "，。？！\n"):
                yield "line"
        elif key == "data" and name in ("poem", "error"):
            yield name


@contextlib.contextmanager
def server(*words: str) -> Iterator[Served]:
    """A server that has written in each form once, so that it is warm."""
    command = [sys.executable, "-m", "poet", "serve", "--port", "0", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment()
    ) as process:
        try:
            assert process.stdout
            address = urlsplit(process.stdout.readline().strip())
            assert address.hostname
            assert address.port
            served = Served(address.hostname, address.port, process)
            for body in CASES.values():
                served.ask(body | {"seed": 0})
            yield served
        finally:
            process.terminate()


@main.command()
@click.option("--times", type=click.IntRange(1), default=20, show_default=True)
@results_option
def waiting(times: int, results: Path) -> None:
    """Seconds from a request to the first text, the first whole line, and the finished poem.

    The exit code is 1 where the median of the first line is above half a second.
    """
    heard: dict[str, list[Heard]] = {name: [] for name in CASES}
    with server() as served:
        for seed in range(1, times + 1):
            for name, body in CASES.items():
                heard[name].append(served.ask(body | {"seed": seed}))
    stages = ("text", "line", "poem")
    figures: dict[str, dict[str, list[float]]] = {
        name: {stage: sorted(one.seconds[stage] for one in all_) for stage in stages}
        for name, all_ in heard.items()
    }
    rows = [
        (name, *itertools.chain(*((statistics.median(f), f[-1]) for f in found.values())))
        for name, found in figures.items()
    ]
    header = ("", "text", "worst", "first line", "worst ", "poem", "worst  ")
    show(f"seconds after the request, medians of {times}", header, rows)
    say(f"written: {record('web', {'seconds': figures}, results, 'waiting').name}")
    slowest = max(statistics.median(found["line"]) for found in figures.values())
    sys.exit(0 if slowest <= BAR else 1)


@main.command()
@results_option
def crowd(results: Path) -> None:
    """A hundred requests at once: how many are served, how many are sent away, and till when.

    Those that are sent away come back when Retry-After says. The exit code is 1 where one request
    ends without a poem.
    """
    with server() as served:
        begun = time.perf_counter()

        def visit(seed: int) -> tuple[list[Heard], float]:
            answers = [served.ask({"form": "七絕", "seed": seed})]
            while answers[-1].status == 503:
                time.sleep(answers[-1].retry_after)
                answers.append(served.ask({"form": "七絕", "seed": seed}))
            return answers, time.perf_counter() - begun

        with ThreadPoolExecutor(CROWD) as visitors:
            visits = list(visitors.map(visit, range(CROWD)))
        memory = served.megabytes()
    first = Counter(answers[0].status for answers, _ in visits)
    poems = sum("poem" in answers[-1].seconds for answers, _ in visits)
    figures = {
        "requests": CROWD,
        "taken at once": first[200],
        "sent away with Retry-After": sum(answers[0].retry_after > 0 for answers, _ in visits),
        "poems in the end": poems,
        "seconds to the last poem": max(end for _, end in visits),
        "megabytes": memory["resident"],
    }
    show(f"{CROWD} requests at once", ("", ""), figures.items())
    say(f"written: {record('web', figures, results, 'crowd').name}")
    sys.exit(0 if poems == CROWD else 1)


@main.command()
@results_option
def memory(results: Path) -> None:
    """Memory of the server after 100, 500, 1,000 and 2,000 poems of six kinds, by new seeds.

    Those in a form are written with 8 candidates. The exit code is 1 where memory grows by a tenth
    or more between the last two.
    """
    found: dict[int, dict[str, float]] = {}
    begun = time.perf_counter()
    with server() as served:
        for number in range(1, MARKS[-1] + 1):
            body = CASES[MIXED[number % len(MIXED)]] | {"seed": number}
            heard = served.ask(body | FEW if "form" in body else body)
            if "poem" not in heard.seconds:
                say(f"poem {number}: status {heard.status}, {heard.seconds}")
            if number in MARKS:
                found[number] = served.megabytes()
                say(f"{number} poems: {found[number]['resident']:.0f} MB")
    seconds = time.perf_counter() - begun
    header = ("poems", "resident MB", "anonymous MB")
    rows = [(f"{number:,}", *one.values()) for number, one in found.items()]
    show(f"memory of the server; {seconds:,.0f} seconds", header, rows)
    say(f"written: {record('web', {'memory': found, 'seconds': seconds}, results, 'memory').name}")
    before, after = (found[number]["resident"] for number in MARKS[-2:])
    sys.exit(0 if after < before * MOST_GROWTH else 1)


if __name__ == "__main__":
    launch(main)
