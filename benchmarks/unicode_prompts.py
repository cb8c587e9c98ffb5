"""A thousand prompts from all of Unicode, and from outside of it, through `poet write`.

Whatever is asked, the answer has to be a poem (exit code 0) or one sentence on stderr that
begins with `poet: `, with one line of advice at most (exit code 2 or 3): never a traceback.
Most prompts run in this process through the same `main()`, with the same kinds of streams
and bytes that a shell would give it; some run as real subprocesses, which proves the rest.
"""

from __future__ import annotations

import io
import os
import random
import shlex
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import click

from .common import ROOT, environment, launch, record, results_option, say, show

LONG = 10_000  # characters of a long prompt
HAN = "春水江月夜雨明山花風人不一無天來日何上有中時白雲千生行長見"
GREETING = "πόε 詩 стих شعر कविता 시 詩歌 thơ poësie 🌕"
REAL_SECONDS = 120  # that a subprocess may take

Bytes = Callable[[random.Random], bytes]


def _text(draw: Callable[[random.Random], str]) -> Bytes:
    """A text as the bytes that a shell would hand over; surrogates as the bytes they would be."""
    return lambda rng: draw(rng).encode("utf-8", "surrogatepass")


def _from(ranges: tuple[tuple[int, int], ...], most: int = 12) -> Bytes:
    """Up to `most` characters of ranges of codepoints, unassigned ones too."""
    return _text(
        lambda rng: "".join(
            chr(rng.randint(*rng.choice(ranges))) for _ in range(rng.randint(1, most))
        )
    )


def _plane(number: int) -> Bytes:
    return _from(((number << 16, (number << 16) + 0xFFFF),))


def _han(rng: random.Random) -> str:
    return "".join(rng.choices(HAN + "，。", k=rng.randint(1, 12)))


def _combining(rng: random.Random) -> str:
    marks = [chr(rng.randint(0x300, 0x36F)) for _ in range(rng.randint(1, 60))]
    return rng.choice(HAN + "aeiou") + "".join(marks) + rng.choice("\u3099\u20e3\ufe0f ")


def _emoji(rng: random.Random) -> str:
    people = "👨👩👧👦🧑"
    parts = ["\u200d".join(rng.choices(people, k=3)), "👍" + chr(rng.randint(0x1F3FB, 0x1F3FF))]
    parts += ["🇨🇳", "❤\ufe0f", chr(rng.randint(0x1F300, 0x1FAFF)), "#\ufe0f\u20e3"]
    return "".join(rng.sample(parts, 3))


def _spaces(rng: random.Random) -> str:
    return "".join(
        rng.choices(" \t\n\r\v\f\u00a0\u2003\u2028\u3000\u200b\ufeff", k=rng.randint(1, 9))
    )


def _mixed(rng: random.Random) -> str:
    return "".join(rng.choices(GREETING + HAN, k=rng.randint(2, 30)))


def _long(rng: random.Random) -> str:
    return "".join(rng.choices(rng.choice((HAN, HAN + "，。\n", GREETING, "a")), k=LONG))


def _lines(rng: random.Random) -> str:
    return rng.choice(("\n", "\r\n", "，\n", "\n\n")).join(_han(rng) for _ in range(4))


def _like_options(rng: random.Random) -> str:
    return rng.choice(("-", "--", "---", "-n", "--seed", "--help", "[red]月[/red]", "%s{0}$(x)`x`"))


def _other_encoding(rng: random.Random) -> bytes:
    return _mixed(rng).encode(rng.choice(("utf-16", "utf-32", "gb18030", "utf-7")))


# kind -> (how to draw one, how often in a thousand)
KINDS: dict[str, tuple[Bytes, int]] = {
    "common Chinese": (_text(_han), 120),
    "several lines": (_text(_lines), 30),
    **{f"plane {number}": (_plane(number), 30 if number < 4 else 15) for number in range(17)},
    "rare Chinese": (_from(((0x3400, 0x9FFF), (0x20000, 0x323AF), (0xF900, 0xFAFF))), 60),
    "control characters": (_from(((0, 0x1F), (0x7F, 0x9F), (0x2028, 0x202E))), 50),
    "Chinese and controls": (_from(((0, 0x1F), (0x6625, 0x6630), (0x200B, 0x200F))), 30),
    "emoji": (_text(_emoji), 50),
    "combining marks": (_text(_combining), 50),
    "surrogates": (_from(((0xD800, 0xDFFF), (0x4E00, 0x4E20))), 40),
    "private and no characters": (
        _from(((0xE000, 0xF8FF), (0xFDD0, 0xFDEF), (0xFFF0, 0xFFFF))),
        30,
    ),
    "empty": (lambda rng: b"", 10),
    "only spaces": (_text(_spaces), 30),
    "mixed scripts": (_text(_mixed), 70),
    "10,000 characters": (_text(_long), 10),
    "like options and markup": (_text(_like_options), 20),
    "random bytes": (lambda rng: rng.randbytes(rng.randint(1, 40)), 60),
    "other encodings": (_other_encoding, 25),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One call of `poet write`."""

    kind: str
    prompt: bytes
    piped: bool  # on stdin, else as the argument
    options: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """The words after `poet`. A prompt as argument follows --, as it would be typed."""
        place = ["-"] if self.piped else ["--", os.fsdecode(self.prompt)]
        return ["write", *self.options, *place]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    code: int | str
    out: bytes
    err: bytes
    seconds: float


def draw_cases(count: int, seed: int, model: str) -> list[Case]:
    """The cases, the same for the same seed, in an order that mixes the kinds."""
    rng = random.Random(seed)
    kinds = [kind for kind, (_, weight) in KINDS.items() for _ in range(weight)]
    rng.shuffle(kinds)
    cases = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        prompt = KINDS[kind][0](rng)
        # no argument can hold a NUL; and - as argument is stdin, which is the other case
        piped = rng.random() < 0.5 or b"\0" in prompt or prompt == b"-"
        options = ["-m", model, "--seed", str(number), "--max-chars", str(rng.randint(1, 24))]
        options += rng.choice(([], ["--no-stream"]))
        options += rng.choice(([], ["--unknown", "error"], ["--unknown", "skip"]))
        cases.append(Case(kind, prompt, piped, tuple(options)))
    return cases


def run_here(case: Case) -> Outcome:
    """Run `main()` in this process, between streams of bytes such as a shell gives."""
    import poet.cli

    out, err = io.BytesIO(), io.BytesIO()
    streams: dict[str, Any] = {
        "stdin": io.TextIOWrapper(io.BytesIO(case.prompt if case.piped else b""), "utf-8"),
        "stdout": io.TextIOWrapper(out, "utf-8", errors="strict"),
        "stderr": io.TextIOWrapper(err, "utf-8", errors="backslashreplace"),
        "argv": ["poet", *case.words],
    }
    began = time.perf_counter()
    code: int | str | None = "no exit"
    with mock.patch.multiple(sys, **streams):
        try:
            poet.cli.main()
        except SystemExit as leaving:
            code = leaving.code
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            traceback.print_exc()
            code = f"raised {type(error).__name__}"
        streams["stdout"].flush()
        streams["stderr"].flush()
    return Outcome(code or 0, out.getvalue(), err.getvalue(), time.perf_counter() - began)


def run_apart(case: Case) -> Outcome:
    """Run `python -m poet` as a process of its own."""
    began = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "poet", *case.words],
            input=case.prompt if case.piped else b"",
            capture_output=True,
            cwd=ROOT,
            env=environment(PYTHONUTF8="1"),
            timeout=REAL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome("timeout", b"", b"", time.perf_counter() - began)
    return Outcome(done.returncode, done.stdout, done.stderr, time.perf_counter() - began)


def fault(outcome: Outcome) -> str:
    """What is wrong with an outcome; empty when nothing is."""
    if outcome.code not in (0, 2, 3):
        return f"exit code {outcome.code}"
    try:
        out, err = outcome.out.decode("utf-8"), outcome.err.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"output that is not UTF-8: {error}"
    if "Traceback" in err:
        return "a traceback"
    if outcome.code == 0:
        return "" if out.strip() else "no poem and no error"
    said = [line for line in err.split("\n") if line.strip()]
    if out:
        return "an error, and something on stdout"
    if not said or not said[0].startswith("poet: "):
        return "an error that does not begin with `poet: `"
    return f"{len(said)} lines of error" if len(said) > 2 else ""


@click.command(help=__doc__)
@click.option("--count", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--real", type=click.IntRange(0), default=40, show_default=True,
              help="How many of them run as subprocesses.")  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("-m", "--model", default="tang", show_default=True, help="Name or folder.")
@results_option
def main(count: int, real: int, seed: int, model: str, results: Path) -> None:
    cases = draw_cases(count, seed, model)
    every = max(1, count // real) if real else count + 1
    counts: Counter[tuple[str, object]] = Counter()
    failures, seconds, apart = [], [], 0
    for number, case in enumerate(cases):
        in_process = number % every != 0 or apart >= real
        outcome = run_here(case) if in_process else run_apart(case)
        apart += not in_process
        seconds.append((outcome.seconds, case.kind))
        wrong = fault(outcome)
        counts[case.kind, "wrong" if wrong else outcome.code] += 1
        if wrong:
            failures.append(_describe(number, case, outcome, wrong))
        if (number + 1) % 100 == 0:
            say(f"{number + 1:,} prompts, {len(failures)} wrong")
    columns: tuple[object, ...] = (0, 2, 3, "wrong")
    rows = [
        (kind, *(counts[kind, column] for column in columns))
        for kind in KINDS
        if any(counts[kind, column] for column in columns)
    ]
    rows.append(("all", *(sum(n for (_, c), n in counts.items() if c == x) for x in columns)))
    show(f"{count:,} prompts, {apart} in subprocesses", ("", *map(str, columns)), rows)
    for failure in failures[:20]:
        click.echo(f"{failure['fault']}: {failure['kind']} {failure['prompt'][:100]}")
        click.echo("    " + failure["stderr"][-300:].replace("\n", "\n    "))
    figures = {
        "prompts": count,
        "subprocesses": apart,
        "seed": seed,
        "exit_codes": {str(x): n for x, n in zip(columns, rows[-1][1:], strict=True)},
        "by_kind": {row[0]: dict(zip(map(str, columns), row[1:], strict=True)) for row in rows},
        "slowest_seconds": max(seconds),
        "failures": failures,
    }
    say(f"written: {record('unicode_prompts', figures, results).name}")
    sys.exit(1 if failures else 0)


def _describe(number: int, case: Case, outcome: Outcome, wrong: str) -> dict[str, Any]:
    return {
        "number": number,
        "kind": case.kind,
        "fault": wrong,
        "prompt": repr(case.prompt if len(case.prompt) < 400 else case.prompt[:400] + b"..."),
        "piped": case.piped,
        "options": shlex.join(case.options),
        "code": outcome.code,
        "stderr": outcome.err.decode("utf-8", "backslashreplace")[-1500:],
    }


if __name__ == "__main__":
    launch(main)
