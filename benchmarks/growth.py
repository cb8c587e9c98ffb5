"""How time and memory grow: each part of poet with one, ten and a hundred times as much to do.

Every measurement is a process of its own: the seconds of the work, its greatest resident memory.
The exponents say how either grows from ten to a hundred times as much: 0 not at all, 1 in
proportion, 2 as the square, which nothing may. What a process takes to start is not in the
seconds, but it is in the memory, which is why small amounts seem to cost nothing.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from poet.corpus import catalogue

from .common import ROOT, environment, launch, record, results_option, say, show
from .memory import MB, write_text

TIMES = (1, 10, 100)
STEPS = 8  # of training that are timed; their median counts
CORPORA = {"tang": 57_607, "song": 254_248}  # poems
STEEPEST = 1.3  # an exponent above it is not "in proportion" any more


def encode(text: Path, dataset: Path) -> float:
    """Read, clean, tell copies apart, split and encode a text."""
    from poet.dataset.prepare import prepare

    began = time.perf_counter()
    prepare([str(text)], say=say, folder=dataset)
    return time.perf_counter() - began


def begin_epoch(dataset: Path) -> float:
    """Put the poems of an epoch in order."""
    from poet.dataset.dataset import TokenDataset
    from poet.runs.presets import PRESETS
    from poet.training.batches import EpochBatches

    opened = TokenDataset.open(dataset)
    began = time.perf_counter()
    EpochBatches(opened, PRESETS["small"], 1)
    return time.perf_counter() - began


def train_step(dataset: Path) -> float:
    """A step of training with the preset `small`, the 2,000 commonest characters of the text."""
    from statistics import median

    from poet.dataset.dataset import TokenDataset
    from poet.runs.config import Budget
    from poet.runs.presets import PRESETS
    from poet.training.device import select_device
    from poet.training.trainer import Trainer, new_model

    with tempfile.TemporaryDirectory() as folder:
        opened = TokenDataset.open(dataset)
        settings, engine = PRESETS["small"], select_device("cpu")
        model = new_model(opened, settings)
        trainer = Trainer(model, opened, settings, Budget(steps=1000), engine, Path(folder))
        taken, steps = [], trainer.steps()
        for _ in range(STEPS + 2):
            began = time.perf_counter()
            next(steps)
            taken.append(time.perf_counter() - began)
    return median(taken[2:])


def index(dataset: Path) -> float:
    """The index of a text's lines."""
    from poet.dataset.dataset import TokenDataset
    from poet.novelty.index import NoveltyIndex

    opened = TokenDataset.open(dataset)
    began = time.perf_counter()
    NoveltyIndex.from_dataset(opened)
    return time.perf_counter() - began


def write(poems: int, particles: int) -> float:
    """Steered poems from the shipped model, as `poet write -n` makes them."""
    import poet
    from poet.generation.writer import Writer

    writer: Writer = poet.load()
    began = time.perf_counter()
    seeds = ((1, number) for number in range(poems))
    for writing in writer.poems(form="七絕", seeds=seeds, particles=particles, best_of=1):
        assert len(writing.poem.lines) == 4
    return time.perf_counter() - began


def scan(text: Path) -> float:
    """`poet scan` of a file of poems."""
    from poet.cli.scan import scan as command

    began = time.perf_counter()
    with Path(os.devnull).open("w") as nothing, contextlib.redirect_stdout(nothing):
        command([str(text)], standalone_mode=False)
    return time.perf_counter() - began


def fetch(name: str, address: str) -> float:
    """`poet corpus fetch` from a server on this machine."""
    from poet.corpus.fetch import fetch as bring

    os.environ["POET_CORPUS_URL"] = address
    began = time.perf_counter()
    bring(catalogue.find(name), Path(os.environ["POET_HOME"]) / name)
    return time.perf_counter() - began


WORK: dict[str, Callable[..., float]] = {
    "encode": lambda a, b: encode(Path(a), Path(b)),
    "epoch": lambda a: begin_epoch(Path(a)),
    "step": lambda a: train_step(Path(a)),
    "index": lambda a: index(Path(a)),
    "write": lambda a, b: write(int(a), int(b)),
    "scan": lambda a: scan(Path(a)),
    "fetch": fetch,
}


def measured(home: Path, threads: int, *words: str) -> dict[str, float]:
    """Seconds of a piece of work, and the greatest resident memory of its process in MB."""
    env = environment(threads, POET_HOME=str(home))
    command = [sys.executable, "-m", "benchmarks.growth", "--work", json.dumps(words)]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    answer = process.stdout.read().strip().rpartition("\n")[2]
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise click.ClickException(f"{words[0]} ended with code {process.returncode}")
    scale = 1 if sys.platform == "darwin" else 1024
    return {"seconds": float(answer), "megabytes": used.ru_maxrss * scale / MB}


def exponent(smaller: float, greater: float, times: float) -> float:
    """By which power it grows.

    >>> exponent(2.0, 20.0, 10), exponent(3.0, 3.0, 10)
    (1.0, 0.0)
    """
    return math.log(greater / smaller) / math.log(times) if smaller > 0 and greater > 0 else 0.0


@contextlib.contextmanager
def mirror(names: tuple[str, ...], folder: Path) -> Iterator[str]:
    """The fetched corpora served from this machine, as their source has them; the address."""
    for name in names:
        entry = catalogue.find(name)
        place = folder / entry.raw_folder
        place.mkdir(parents=True, exist_ok=True)
        for file in catalogue.folder(name).glob("poet.*.json"):
            (place / file.name).symlink_to(file.resolve())

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@click.command(help=__doc__)
@click.option(
    "--megabytes", type=float, default=1.0, show_default=True, help="Of text, at one time as much."
)
@click.option("--poems", type=click.IntRange(1), default=10, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
@click.option("--work", hidden=True)
@results_option
def main(megabytes: float, poems: int, threads: int, work: str | None, results: Path) -> None:
    if work:
        name, *words = json.loads(work)
        click.echo(WORK[name](*words))
        return
    if missing := [name for name in CORPORA if not catalogue.is_fetched(name)]:
        raise click.ClickException(f"poet corpus fetch {missing[0]} first: it is served from here")
    rows: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)

        def note(what: str, times: float, *words: str) -> None:
            found = measured(home, threads, *words)
            rows.setdefault(what, []).append({"times": times, **found})
            say(f"{what}, {times:g}: {found['seconds']:.3f} s, {found['megabytes']:.0f} MB")

        for times in TIMES:
            text, dataset = home / f"{times}.txt", home / f"store-{times}"
            write_text(text, int(times * megabytes * MB), "poems")
            note(f"encode a text ({megabytes:g} MB)", times, "encode", str(text), str(dataset))
            note("order an epoch of it", times, "epoch", str(dataset))
            note("a training step on it", times, "step", str(dataset))
            note("index its lines", times, "index", str(dataset))
            count = times * poems
            note(f"write {poems} poems of 8 candidates", times, "write", str(count), "8")
            note("write a poem of 8 candidates", times, "write", "1", str(8 * times))
            few = home / f"scan-{times}.txt"
            write_text(few, times * 10_000, "poems")
            note("scan 10 kB of poems", times, "scan", str(few))
        with mirror(tuple(CORPORA), home / "mirror") as address:
            for name, amount in CORPORA.items():
                share = amount / CORPORA["tang"]
                note("fetch and verify 57,607 poems (1×, 4.4×)", share, "fetch", name, address)
    figures = {"megabytes": megabytes, "poems": poems, "threads": threads, "rows": rows}
    steep = report(rows)
    say(f"written: {record('growth', figures, results).name}")
    sys.exit(1 if steep else 0)


def report(rows: dict[str, list[dict[str, float]]]) -> list[str]:
    """Print the table; what grows faster than in proportion."""
    table, steep = [], []
    for what, found in rows.items():
        before, last = found[-2:]
        times = last["times"] / before["times"]
        cells: list[object] = [what]
        for kind in ("seconds", "megabytes"):
            cells += [f"{one[kind]:,.3g}" for one in found] + [""] * (len(TIMES) - len(found))
            cells.append(f"{exponent(before[kind], last[kind], times):.2f}")
            if exponent(before[kind], last[kind], times) > STEEPEST:
                steep.append(f"{what}: {kind}")
        table.append(cells)
    header = ["", *(f"{n}×" for n in TIMES), "s^", *(f"{n}× " for n in TIMES), "MB^"]
    show("seconds, then resident MB; s^ and MB^ are exponents of growth", header, table)
    if steep:
        click.echo(f"faster than in proportion: {', '.join(steep)}")
    return steep


if __name__ == "__main__":
    launch(main)
