"""How much memory a gigabyte of text asks for, and how long it takes to be read.

A synthetic file is streamed to disk and `poet train` reads it and trains 20 steps, in a
process of its own. Beside it a process that only imports torch and does one training step of
the same model on random ids: "torch's own". The bar is on the difference.

Memory is read from /proc/PID/status many times a second: VmHWM is the greatest resident
memory, of which RssFile counts pages of files mapped into memory, which the system takes back
when it wants them, and RssAnon what is poet's to hold. Where there is no /proc, the greatest
resident memory of finished children (getrusage) is all that is told.

At the end `poet train` reads all held-out text, which takes long on so much of it; it is
watched for a while and then interrupted.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from .common import ROOT, environment, launch, record, results_option, say, show

BAR = 600  # MB above torch's own
STEPS = 20
EVERY = 0.02  # seconds between two looks
POEMS = 20_000  # made at a time
FORMS = ((4, 5), (4, 7), (8, 5), (8, 7), (20, 5))  # lines, characters a line
WATCHED = {"VmHWM": "resident", "RssAnon": "anonymous", "RssFile": "of files"}
MB = 1_000_000


def common_characters() -> NDArray[np.uint32]:
    """Characters as common as in verse: 65,536 of 8,000, the commonest of them 0.6 % of all."""
    codes = np.random.default_rng(0).permutation(np.arange(0x4E00, 0x4E00 + 8_000, dtype=np.uint32))
    odds = 1 / (np.arange(len(codes)) + 30.0)  # Zipf and Mandelbrot
    return np.random.default_rng(1).choice(codes, 1 << 16, p=odds / odds.sum())


def pieces(layout: str) -> Iterator[str]:
    """Random verse without end: poems between blank lines, or one long text in short lines."""
    characters = common_characters()
    rng = np.random.default_rng(2)
    for lines, length in cycle(FORMS):
        verse = characters[rng.integers(len(characters), size=(POEMS, lines, length))]
        stops = np.array([ord("，"), ord("。")], dtype=np.uint32)[np.arange(lines) % 2]
        ends = np.broadcast_to(stops[None, :, None], (POEMS, lines, 1))
        breaks = np.full((POEMS, lines, 1), ord("\n"), dtype=np.uint32)
        poems = np.concatenate([verse, ends, breaks], axis=2).reshape(POEMS, -1)
        if layout == "poems":
            poems = np.concatenate([poems, breaks[:, 0]], axis=1)
        yield poems.astype("<u4").tobytes().decode("utf-32-le")


def write_text(path: Path, size: int, layout: str) -> None:
    """A file of about `size` bytes, never held in memory whole."""
    with path.open("wb") as file:
        for piece in pieces(layout):
            data = piece.encode()
            if file.tell() + len(data) >= size:
                end = data.rfind(b"\n", 0, size - file.tell()) + 1
                file.write(data[:end])
                return
            file.write(data)


@dataclass
class Peaks:
    """The greatest of each kind of memory, in MB, of each phase of a process."""

    by_phase: dict[str, dict[str, float]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def look(self, pid: int, phase: str) -> None:
        """Note what a process holds now; nothing where that cannot be seen."""
        try:
            text = Path(f"/proc/{pid}/status").read_text("utf-8")
        except OSError:
            return
        now = self.by_phase.setdefault(phase, {})
        for line in text.splitlines():
            name, _, value = line.partition(":")
            if name in WATCHED:
                kind = WATCHED[name]
                now[kind] = max(now.get(kind, 0.0), int(value.split()[0]) * 1024 / MB)

    def peak(self, kind: str) -> float:
        """Of all phases."""
        return max((now.get(kind, 0.0) for now in self.by_phase.values()), default=0.0)


class Watched:
    """A `poet train` under watch; what it says tells its phase."""

    PHASES = (('"note": "run ', "training"), ('"note": "reading the held-out', "last evaluation"))

    def __init__(self, words: list[str], env: dict[str, str]) -> None:
        self.phase = "reading"
        self.began = time.perf_counter()
        self.since = {"reading": self.began}
        self.said: list[str] = []
        self.peaks = Peaks()
        self.process = subprocess.Popen(
            words, env=env, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.said.append(line.rstrip())
            for beginning, phase in self.PHASES:
                if beginning in line and phase not in self.since:
                    self.phase = phase
                    self.since[phase] = time.perf_counter()

    def see_through(self, patience: float) -> int:
        """Watch to the end, or until a phase after reading has taken longer than `patience`."""
        asked = 0.0
        while self.process.poll() is None:
            self.peaks.look(self.process.pid, self.phase)
            now = time.perf_counter()
            late = self.phase != "reading" and now - self.since[self.phase] > patience
            if late and not asked:
                say(f"{self.phase} has been watched for {patience:.0f} s: interrupting")
                self.process.send_signal(signal.SIGINT)
                asked = now
            if asked and now - asked > 120:
                self.process.kill()
            time.sleep(EVERY)
        self.listener.join(timeout=5)
        marks = [*self.since.items(), ("end", time.perf_counter())]
        for (phase, start), (_, stop) in pairwise(marks):
            self.peaks.seconds[phase] = stop - start
        return self.process.returncode


def torch_alone(characters: int, preset: str) -> Peaks:
    """What torch takes for one step of the same model, in a process of its own."""
    peaks = Peaks()
    words = [sys.executable, "-m", "benchmarks.memory", "--one-step", str(characters)]
    words += ["--preset", preset]
    process = subprocess.Popen(words, env=environment(), cwd=ROOT)
    while process.poll() is None:
        peaks.look(process.pid, "one step")
        time.sleep(EVERY)
    if process.returncode:
        raise click.ClickException("torch's own step failed; see above")
    return peaks


def one_step(characters: int, preset: str) -> None:
    """Import torch; one step of the same model on random ids, as lean as it can be done."""
    import torch

    from poet.model import ModelConfig, PoetLSTM
    from poet.runs.presets import PRESETS
    from poet.training.device import select_device
    from poet.training.loss import chunked_cross_entropy

    settings, engine = PRESETS[preset], select_device("cpu", "auto")
    model = PoetLSTM(ModelConfig(characters, settings.embedding, settings.hidden))
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    ids = torch.randint(characters, (settings.batch_size, settings.window + 1))
    with engine.autocast():
        features = model(ids[:, :-1])[0]
    features = features.flatten(0, 1).to(engine.dtype)
    loss = chunked_cross_entropy(features, model.embedding.weight, model.bias, ids[:, 1:].flatten())
    loss.backward()
    optimizer.step()
    time.sleep(3 * EVERY)  # to be seen


def steps_done(runs: Path) -> int:
    """The last step in the metrics of the run."""
    lines = [line for path in runs.glob("*/metrics.jsonl") for line in path.open()]
    return max((int(json.loads(line)["step"]) for line in lines), default=0)


def measure(
    size: int, layout: str, preset: str, threads: int | None, patience: float, home: Path
) -> dict[str, Any]:
    """Write the text, train on it, and compare with torch alone."""
    path, runs = home / "text.txt", home / "runs"
    say(f"writing {size / MB:,.0f} MB")
    write_text(path, size, layout)
    words = [sys.executable, "-m", "poet", "train", str(path), "--steps", str(STEPS)]
    words += ["--preset", preset, "--runs", str(runs), "--progress", "json", "--device", "cpu"]
    words += ["--layout", "stream"] if layout == "stream" else []
    words += ["--threads", str(threads)] if threads else []
    watched = Watched(words, environment(POET_HOME=str(home / "home")))
    code = watched.see_through(patience)
    steps = steps_done(runs)
    if steps < STEPS:
        said = "\n".join(watched.said[-12:])
        raise click.ClickException(
            f"poet train came to step {steps} of {STEPS}, code {code}; more --patience?\n{said}"
        )
    dataset = next((home / "home").glob("cache/texts/*/store.json"))
    facts = json.loads(dataset.read_text("utf-8"))
    V = 4 + sum(len(facts["alphabet"][k]) for k in ("characters", "forms", "authors"))
    alone = torch_alone(V, preset)
    peaks = watched.peaks
    gigabytes = path.stat().st_size / 1e9
    figures: dict[str, Any] = {
        "megabytes": path.stat().st_size / MB,
        "layout": layout,
        "preset": preset,
        "characters": facts["counts"]["characters"],
        "alphabet": V,
        "encoded_megabytes": sum(p.stat().st_size for p in dataset.parent.iterdir()) / MB,
        "steps": steps,
        "exit_code": code,
        "interrupted_in": watched.phase if code else None,
        "measured_by": "VmHWM, RssAnon and RssFile of /proc/PID/status",
        "poet": asdict(peaks),
        "torch_alone": asdict(alone),
        "build_seconds_per_gigabyte": peaks.seconds["reading"] / gigabytes,
        "bar_megabytes": BAR,
    }
    if not peaks.by_phase:
        scale = 1 if sys.platform == "darwin" else 1024
        figures["measured_by"] = "ru_maxrss of all children"
        greatest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * scale / MB
        return {**figures, "greatest_megabytes": greatest}
    for kind in WATCHED.values():
        figures[_more(kind)] = peaks.peak(kind) - alone.peak(kind)
    return figures


def _more(kind: str) -> str:
    return f"more_{kind.replace(' ', '_')}"


@click.command(help=__doc__)
@click.option("--gigabytes", type=float, default=1.0, show_default=True)
@click.option("--layout", type=click.Choice(["poems", "stream"]), default="poems")
@click.option("--preset", default="small", show_default=True)
@click.option("--threads", type=click.IntRange(1), help="Processor threads; all by default.")
@click.option(
    "--patience", type=float, default=120.0, show_default=True,
    help="Seconds that training, and the last evaluation, are watched for.",
)  # fmt: skip
@click.option(
    "--folder", type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Where the text is made: about five times its size is needed, not on a memory disk.",
)  # fmt: skip
@click.option("--one-step", "characters", type=int, hidden=True)
@results_option
def main(
    gigabytes: float,
    layout: str,
    preset: str,
    threads: int | None,
    patience: float,
    folder: Path | None,
    characters: int | None,
    results: Path,
) -> None:
    if characters:
        one_step(characters, preset)
        return
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        size = int(gigabytes * 1e9)
        figures = measure(size, layout, preset, threads, patience, Path(temporary))
    report(figures)
    say(f"written: {record('memory', figures, results, layout).name}")
    sys.exit(0 if figures.get("more_resident", BAR) < BAR else 1)


def report(figures: dict[str, Any]) -> None:
    """Print the peaks of each phase, and the difference."""
    kinds = list(WATCHED.values())
    phases = figures["poet"]["by_phase"]
    seconds = figures["poet"]["seconds"]
    rows: list[list[object]] = [
        [f"poet, {phase}", *(now.get(k, 0.0) for k in kinds), seconds.get(phase, "")]
        for phase, now in phases.items()
    ]
    alone = figures["torch_alone"]["by_phase"].get("one step", {})
    rows.append(["torch's own", *(alone.get(k, 0.0) for k in kinds), ""])
    title = f"{figures['megabytes']:,.0f} MB as {figures['layout']}, {figures['steps']} steps; MB"
    show(title, ("", *kinds, "seconds"), rows)
    more = ", ".join(f"{figures.get(_more(kind), 0.0):,.0f} MB {kind}" for kind in kinds)
    click.echo(f"more than torch's own: {more}; the bar is {BAR} MB resident")
    click.echo(f"reading: {figures['build_seconds_per_gigabyte']:,.0f} seconds a gigabyte")


if __name__ == "__main__":
    launch(main)
