"""Memory and time on much text: a gigabyte in training, and how each part of poet grows.

The text is random verse, made on the spot. Memory is read from /proc, so this needs Linux.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click

from benchmarks.common import ROOT, environment, launch, record, results_option, say, show
from benchmarks.workloads import MB, write_verse
from poet.corpus import catalogue

LIMIT = 600  # MB above torch's own
STEPS = 20
KINDS = {"VmHWM": "resident", "RssAnon": "anonymous", "RssFile": "of files"}
# What `poet train` prints where a phase begins
PHASES = {'"note": "run ': "training", '"note": "reading the held-out': "last evaluation"}
TIMES = (1, 10, 100)
STEEPEST = 1.3  # the greatest exponent that counts as linear
CORPORA = {"tang": 57_607, "song": 254_248}  # poems


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
@click.option("--gigabytes", type=float, default=1.0, show_default=True)
@click.option("--layout", type=click.Choice(["poems", "stream"]), default="poems")
@click.option("--preset", default="small", show_default=True)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
@click.option(
    "--patience",
    type=float,
    default=120.0,
    show_default=True,
    help="Seconds of training, and of the last evaluation, before an interrupt.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="For the text and what is made of it, about five times its size.",
)
@results_option
def memory(
    gigabytes: float, layout: str, preset: str, threads: int, patience: float,
    folder: Path | None, results: Path,
) -> None:  # fmt: skip
    """Memory of `poet train` on a gigabyte of text, above what torch takes by itself.

    Beside it a process that only imports torch and takes one step of the same model. The exit code
    is 1 where the difference is 600 MB or more.
    """
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        home = Path(temporary)
        text, runs = home / "text.txt", home / "runs"
        write_verse(text, int(gigabytes * 1e9), layout)
        words = [sys.executable, "-m", "poet", "train", text, "--steps", STEPS, "--preset", preset]
        words += ["--runs", runs, "--progress", "json", "--device", "cpu", "--threads", threads]
        words += ["--layout", "stream"] if layout == "stream" else []
        code, poet, seconds = watch([*map(str, words)], home, patience)
        metrics = [json.loads(x) for path in runs.glob("*/metrics.jsonl") for x in path.open()]
        if max((line["step"] for line in metrics), default=0) < STEPS:
            raise click.ClickException(f"poet train ended with code {code}: more --patience?")
        dataset = next(home.glob("home/cache/texts/*/store.json"))
        facts = json.loads(dataset.read_text("utf-8"))
        size = text.stat().st_size / MB
        encoded = sum(path.stat().st_size for path in dataset.parent.iterdir()) / MB
    V = 4 + sum(len(facts["alphabet"][kind]) for kind in ("characters", "forms", "authors"))
    step = [sys.executable, "-m", "benchmarks.workloads", "torch_step", str(V), preset]
    _, torch, _ = watch(step, ROOT, patience)
    peaks = {kind: max(phase[kind] for phase in poet.values()) for kind in KINDS.values()}
    more = {kind: peaks[kind] - torch["start"][kind] for kind in peaks}
    show(
        f"{size:,.0f} MB as {layout}, {STEPS} steps; MB",
        ("", *KINDS.values(), "seconds"),
        [*((phase, *poet[phase].values(), seconds[phase]) for phase in poet),
         ("torch's own", *torch["start"].values(), ""),
         ("more than torch's own", *more.values(), "")],
    )  # fmt: skip
    figures = {
        "megabytes": size, "layout": layout, "preset": preset, "alphabet": V,
        "characters": facts["counts"]["characters"], "encoded_megabytes": encoded,
        "exit_code": code, "poet": poet, "seconds": seconds, "torch_alone": torch,
        "more": more, "limit_megabytes": LIMIT,
        "build_seconds_per_gigabyte": seconds["start"] / size * 1000,
    }  # fmt: skip
    click.echo(f"reading: {figures['build_seconds_per_gigabyte']:,.0f} seconds per gigabyte")
    say(f"written: {record('resources', figures, results, f'memory_{layout}').name}")
    sys.exit(0 if more["resident"] < LIMIT else 1)


def watch(
    words: list[str], home: Path, patience: float
) -> tuple[int, dict[str, dict[str, float]], dict[str, float]]:
    """Run a process and read its memory 50 times a second.

    Returns its exit code and by phase (`start` and those of `PHASES`) the peaks of each kind in MB
    and the seconds. A phase after the first that takes longer than `patience` is interrupted.
    """
    env = environment(POET_HOME=str(home / "home"))
    process = subprocess.Popen(
        words, env=env, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    since = {"start": time.perf_counter()}

    def listen() -> None:
        assert process.stderr
        for line in process.stderr:
            for beginning, phase in PHASES.items():
                if beginning in line:
                    since.setdefault(phase, time.perf_counter())

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    peaks: dict[str, dict[str, float]] = {}
    interrupted = False
    while process.poll() is None:
        phase = [*since][-1]
        with contextlib.suppress(OSError):
            own = peaks.setdefault(phase, dict.fromkeys(KINDS.values(), 0.0))
            for line in Path(f"/proc/{process.pid}/status").read_text("utf-8").splitlines():
                name, _, value = line.partition(":")
                if kind := KINDS.get(name):
                    own[kind] = max(own[kind], int(value.split()[0]) * 1024 / MB)
        if phase != "start" and not interrupted:
            interrupted = time.perf_counter() - since[phase] > patience
            if interrupted:
                process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    listener.join(timeout=5)
    marks = [*since.items(), ("end", time.perf_counter())]
    seconds = {phase: stop - start for (phase, start), (_, stop) in pairwise(marks)}
    return process.returncode, peaks, seconds


def measured(home: Path, threads: int, *words: str) -> dict[str, float]:
    """Seconds of a piece of work, and the peak resident memory of its process in MB."""
    env = environment(threads, POET_HOME=str(home))
    command = [sys.executable, "-m", "benchmarks.workloads", *words]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    answer = process.stdout.read().strip().rpartition("\n")[2]
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise click.ClickException(f"{words[0]} ended with code {process.returncode}")
    return {"seconds": float(answer), "megabytes": used.ru_maxrss * 1024 / MB}


@contextlib.contextmanager
def mirror(folder: Path) -> Iterator[str]:
    """Serve the fetched corpora from this machine; the address."""
    for name in CORPORA:
        place = folder / catalogue.find(name).raw_folder
        place.mkdir(parents=True, exist_ok=True)
        for file in catalogue.folder(name).glob("poet.*.json"):
            (place / file.name).symlink_to(file.resolve())
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@main.command()
@click.option("--megabytes", type=float, default=1.0, show_default=True, help="Of text, at 1×.")
@click.option("--poems", type=click.IntRange(1), default=10, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
@results_option
def growth(megabytes: float, poems: int, threads: int, results: Path) -> None:
    """Time and memory of each part of poet with 1, 10 and 100 times as much to do.

    Each measurement is a process of its own. The exponents are those of the last step: 0 is
    constant, 1 linear, 2 quadratic. The exit code is 1 where one is above 1.3.
    """
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
            text, few, data = (str(home / f"{name}-{times}") for name in ("text", "few", "data"))
            write_verse(Path(text), int(times * megabytes * MB))
            write_verse(Path(few), times * 10_000)
            note(f"encode a text ({megabytes:g} MB)", times, "encode", text, data)
            note("order an epoch of it", times, "epoch", data)
            note("a training step on it", times, "train_step", data)
            note("index its lines", times, "index", data)
            note(f"write {poems} poems of 8 candidates", times, "write", str(times * poems), "8")
            note("write a poem of 8 candidates", times, "write", "1", str(8 * times))
            note("scan 10 kB of poems", times, "scan", few)
        with mirror(home / "mirror") as address:
            for name, amount in CORPORA.items():
                share = amount / CORPORA["tang"]
                note("fetch and verify 57,607 poems (1×, 4.4×)", share, "fetch", name, address)
    steep = report(rows)
    figures = {"megabytes": megabytes, "poems": poems, "threads": threads, "rows": rows}
    say(f"written: {record('resources', figures, results, 'growth').name}")
    sys.exit(1 if steep else 0)


def exponent(smaller: float, greater: float, times: float) -> float:
    """The power with which a quantity grows.

    >>> exponent(2.0, 20.0, 10), exponent(3.0, 3.0, 10)
    (1.0, 0.0)
    """
    return math.log(greater / smaller) / math.log(times) if smaller > 0 and greater > 0 else 0.0


def report(rows: dict[str, list[dict[str, float]]]) -> list[str]:
    """Print the table; return what grows faster than linearly."""
    table, steep = [], []
    for what, found in rows.items():
        before, last = found[-2:]
        cells: list[object] = [what]
        for kind in ("seconds", "megabytes"):
            power = exponent(before[kind], last[kind], last["times"] / before["times"])
            cells += [f"{one[kind]:,.3g}" for one in found] + [""] * (len(TIMES) - len(found))
            cells.append(f"{power:.2f}")
            if power > STEEPEST:
                steep.append(f"{what}: {kind}")
        table.append(cells)
    header = ["", *(f"{n}×" for n in TIMES), "s^", *(f"{n}× " for n in TIMES), "MB^"]
    show("seconds, then resident MB; s^ and MB^ are exponents of growth", header, table)
    if steep:
        click.echo(f"faster than linear: {', '.join(steep)}")
    return steep


if __name__ == "__main__":
    launch(main)
