"""How long one waits for a poem, and how many come a second.

Whole processes, from their start to their end, each beside what it is measured against, in turn:
a poem in a form beside `import torch`; a thousand poems beside a plain torch loop that steers as
many candidates one poem at a time (`plain_steering`). On a terminal (a pseudo-terminal), also the
time to the first character.
"""

from __future__ import annotations

import json
import os
import pty
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from poet.characters import is_han

from .common import ROOT, environment, launch, record, results_option, say, show

POET = [sys.executable, "-m", "poet"]
PROMPT, FORM = "明月", "七絕"


def seconds(words: list[str], env: dict[str, str]) -> float:
    """How long a command takes, start to end."""
    began = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, cwd=ROOT, env=env)
    return time.perf_counter() - began


def until_shown(words: list[str], env: dict[str, str]) -> float:
    """How long until a command has put the first character after the prompt on a terminal."""
    ours, its = pty.openpty()
    began = time.perf_counter()
    with subprocess.Popen(
        words, stdin=its, stdout=its, stderr=subprocess.DEVNULL, cwd=ROOT, env=env
    ) as process:
        os.close(its)
        seen = b""
        while select.select([ours], [], [], 30)[0]:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # Linux says so where the other side is closed
                break
            seen += piece
            if not piece or sum(map(is_han, seen.decode("utf-8", "ignore"))) > len(PROMPT):
                break
        shown = time.perf_counter() - began
        process.wait()
    os.close(ours)
    return shown


def in_turn(measures: dict[str, Callable[[int], float]], times: int) -> dict[str, list[float]]:
    """Each measure so many times, one after another, that a busy machine slows all alike."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for turn in range(times + 1):
        for name, measure in measures.items():
            taken = measure(turn)
            if turn:  # the first brings files into memory
                found[name].append(taken)
        say(f"turn {turn} of {times}")
    return found


def waits(times: int, threads: int) -> dict[str, list[float]]:
    """Seconds of each of the commands that answer at once, and of `import torch`."""
    env = environment(threads, TERM="xterm-256color")
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed poet is compiled
    write = [*POET, "write", PROMPT, "--form", FORM, "--seed"]
    return in_turn(
        {
            "import torch": lambda turn: seconds([sys.executable, "-c", "import torch"], env),
            f"poet write {PROMPT} --form {FORM}": lambda turn: seconds([*write, str(turn)], env),
            "its first character, on a terminal": lambda t: until_shown([*write, str(t)], env),
            f"poet write {PROMPT}": lambda t: seconds([*POET, "write", PROMPT], env),
            "its first character": lambda t: until_shown([*POET, "write", PROMPT], env),
            "poet -h": lambda turn: seconds([*POET, "-h"], env),
        },
        times,
    )


def poems_a_second(
    count: int, plain_count: int, turns: int, threads: int
) -> dict[str, list[float]]:
    """Poems a second of `poet write -n`, its start counted, and of the plain loop, in turn."""
    env = environment(threads)
    ours = [*POET, "write", "--form", FORM, "-n", str(count), "--jsonl", "--seed", "1"]
    plain = [sys.executable, "-m", "benchmarks.plain_steering", "--form", FORM]
    plain += ["-n", str(plain_count), "--threads", str(threads)]
    found: dict[str, list[float]] = {"poet": [], "plain": []}
    for turn in range(turns):
        found["poet"].append(count / seconds(ours, env))
        answer = subprocess.run(plain, check=True, capture_output=True, cwd=ROOT, env=env)
        found["plain"].append(plain_count / float(json.loads(answer.stdout)["seconds"]))
        say(f"turn {turn + 1}: {found['poet'][-1]:.1f} and {found['plain'][-1]:.1f} poems/s")
    return found


@click.command(help=__doc__)
@click.option("--times", type=click.IntRange(1), default=10, show_default=True)
@click.option("--poems", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--plain-poems", type=click.IntRange(1), default=100, show_default=True)
@click.option("--turns", type=click.IntRange(1), default=3, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
@results_option
def main(times: int, poems: int, plain_poems: int, turns: int, threads: int, results: Path) -> None:
    found = waits(times, threads)
    medians = {name: statistics.median(taken) for name, taken in found.items()}
    torch = medians["import torch"]
    rows = [(name, taken, taken / torch) for name, taken in medians.items()]
    show(f"median of {times}, seconds", ("", "seconds", "of import torch"), rows)
    speeds = poems_a_second(poems, plain_poems, turns, threads)
    speed, plain = (statistics.median(speeds[name]) for name in ("poet", "plain"))
    many = [(f"poet write -n {poems} --jsonl", speed), ("plain torch loop", plain)]
    show(f"steered {FORM}, {threads} threads", ("", "poems a second"), many)
    click.echo(f"poet is {speed / plain:.2f} times as fast as the plain loop")
    figures = {
        "threads": threads,
        "seconds": found,
        "medians": medians,
        "write_to_import_torch": medians[f"poet write {PROMPT} --form {FORM}"] / torch,
        "poems_per_second": speeds,
        "poet_to_plain": speed / plain,
    }
    say(f"written: {record('writing_speed', figures, results).name}")


if __name__ == "__main__":
    launch(main)
