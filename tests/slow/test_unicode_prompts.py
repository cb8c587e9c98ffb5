"""A thousand prompts from all of Unicode, and from outside of it, through `poet write`.

The answer has to be a poem (exit code 0), or one sentence on stderr that begins with `poet: ` with
at most one line of advice (exit code 2 or 3), but never a traceback. Half of the prompts are
arguments, half come on stdin. 40 run as subprocesses, the others through `main()` in this process,
with the same kinds of streams and bytes that a shell would give it.
"""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from poet.cli import main

ROOT = Path(__file__).parents[2]
PROMPTS = 1000
APART = 25  # one in so many runs as a subprocess
LONG = 10_000  # characters of a long prompt
HAN = "春水江月夜雨明山花風人不一無天來日何上有中時白雲千生行長見"
GREETING = "πόε 詩 стих شعر कविता 시 詩歌 thơ poësie 🌕"
pytestmark = pytest.mark.slow

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


def draw_cases() -> list[Case]:
    """The same cases every time, in an order that mixes the kinds."""
    rng = random.Random(1)
    kinds = [kind for kind, (_, weight) in KINDS.items() for _ in range(weight)]
    rng.shuffle(kinds)
    cases = []
    for number in range(PROMPTS):
        kind = kinds[number % len(kinds)]
        prompt = KINDS[kind][0](rng)
        # no argument can hold a NUL; and - as argument is stdin, which is the other case
        piped = rng.random() < 0.5 or b"\0" in prompt or prompt == b"-"
        options = ["--seed", str(number), "--max-chars", str(rng.randint(1, 24))]
        options += rng.choice(([], ["--no-stream"]))
        options += rng.choice(([], ["--unknown", "error"], ["--unknown", "skip"]))
        cases.append(Case(kind, prompt, piped, tuple(options)))
    return cases


def run_here(case: Case, monkeypatch: pytest.MonkeyPatch) -> tuple[int | str, bytes, bytes]:
    """Exit code, stdout and stderr of `main()` between streams of bytes such as a shell gives."""
    given, out, err = io.BytesIO(case.prompt if case.piped else b""), io.BytesIO(), io.BytesIO()
    stdout = io.TextIOWrapper(out, "utf-8", errors="strict")
    stderr = io.TextIOWrapper(err, "utf-8", errors="backslashreplace")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(given, "utf-8"))
        patch.setattr(sys, "stdout", stdout)
        patch.setattr(sys, "stderr", stderr)
        patch.setattr(sys, "argv", ["poet", *case.words])
        try:
            main()
            code: int | str | None = "no exit"
        except SystemExit as leaving:
            code = leaving.code
        except Exception as error:
            code = f"raised {error!r}"
        stdout.flush()
        stderr.flush()
    return code or 0, out.getvalue(), err.getvalue()


def run_apart(case: Case) -> tuple[int, bytes, bytes]:
    """The same of `python -m poet` in a process of its own."""
    env = os.environ | {"PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}
    given = case.prompt if case.piped else b""
    words = [sys.executable, "-m", "poet", *case.words]
    done = subprocess.run(words, input=given, capture_output=True, env=env, timeout=120)
    return done.returncode, done.stdout, done.stderr


def fault(code: int | str, stdout: bytes, stderr: bytes) -> str:
    """What is wrong with an answer; empty when nothing is."""
    if code not in (0, 2, 3):
        return f"exit code {code}"
    try:
        out, err = stdout.decode("utf-8"), stderr.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"output that is not UTF-8: {error}"
    if "Traceback" in err:
        return "a traceback"
    if code == 0:
        return "" if out.strip() else "no poem and no error"
    said = [line for line in err.split("\n") if line.strip()]
    if said and said[0].startswith("the prompt is not UTF-8, read as "):
        said = said[1:]  # a remark before the error
    if out:
        return "an error, and something on stdout"
    if not said or not said[0].startswith("poet: "):
        return "an error that does not begin with `poet: `"
    return f"{len(said)} lines of error" if len(said) > 2 else ""


def test_any_prompt_gets_a_poem_or_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = []
    for number, case in enumerate(draw_cases()):
        answer = run_here(case, monkeypatch) if number % APART else run_apart(case)
        if what := fault(*answer):
            wrong.append((number, case.kind, what, case.prompt[:200], answer[2][-500:]))
    assert not wrong, f"{len(wrong)} of {PROMPTS}: {wrong[:5]}"


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ((1, b"", b""), "exit code 1"),
        ((0, b"", b""), "no poem and no error"),
        ((0, b"\xff", b""), "output that is not UTF-8"),
        ((2, b"", b"Traceback (most recent call last):"), "a traceback"),
        ((3, b"poem", b"poet: no"), "an error, and something on stdout"),
        ((2, b"", b"a\nb"), "an error that does not begin with"),
        ((2, b"", b"poet: a\nb\nc"), "3 lines of error"),
    ],
)
def test_a_wrong_answer_is_found(answer: tuple[int, bytes, bytes], what: str) -> None:
    assert fault(*answer).startswith(what)
