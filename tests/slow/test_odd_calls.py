"""Commands called at random: options that are odd, in odd places, on odd terminals.

    pytest -m slow -s tests/slow/test_odd_calls.py             5,000 calls, with counts
    pytest tests/slow/test_odd_calls.py                        a short draw,
    which the suite has too
    python tests/slow/test_odd_calls.py [CALLS [SEED [COMMAND]]]     as many as wanted

The calls are made from click's own tree of commands, so that a new command is called as well. Each
runs in a process of its own, forked from one that has everything loaded, and a few in one that
begins from nothing. What must hold: an exit code that is documented, no traceback, an end in time,
nothing that commands a terminal, a sentence with every failure, what was asked for with every
success, and no file that was not asked for.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import re
import select
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
import pytest

from poet.cli import cli, main
from poet.cli.options import CommaSeparated
from poet.collection import archive

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="needs Linux's fork and pidfd"
)

CALLS = 5_000
SECONDS = 60  # after which a call counts as hanging
PATIENCE = 2.0  # after which a call that asked for very much is interrupted
NOBODY = 65534  # root may read everything, nobody may not
CODES = {0, 1, 2, 3, 4, 5, 130}  # those that CONTRIBUTING.md lists
TOP = Path(__file__).parents[2]
GOLDEN = TOP / "tests" / "golden"
HAN = "夜雨歸舟靜，燈寒客夢輕。\n西風吹落葉，片片作秋聲。\n"
ENGLISH = "The moon is down upon the hill,\nAnd all the little birds are still.\n"


# What is put into a call

TEXTS = (
    "", " ", "\t", "\n", "x", "-", "--", "0", "春水", "明月 / 江樓", "The moon", "🌙", "👩‍👩‍👧",
    "שלום",
    "مرحبا", "\u202e春水", "春\u200b水", "a\x1b[31mb", "\x1b]0;X\x07", "\x9b31m", "\x00",
    "春\x00水",
    "\udcff\udc80", "\ud800", "\ufeff春", "\ufffe", "\u2028", "a\nb", "a\rb", "../..", "a/b", "~",
    "%s",
    "{}", "[red]x[/red]", "$(id)", "'", '"', "*", "春" * 3000, "x" * 5000, "e\u0301", "\u0301",
    "ﬁ", "İ",
    "ß", "隠", "\u2f49", "９", "²", "１２３", "Ⅳ", "—", "“”", "春水，春水。", "1" * 5000,
    "@poems.txt",
)  # fmt: skip
NUMBERS = (
    "1", "2", "3", "0", "-1", "", "x", "1.5", "1e3", "nan", "inf", "-inf", "1e308", "-0.0",
    "1e-320",
    "9" * 30, "9" * 5000, "2147483648", "9223372036854775808", "１", "²", "0x10", "1_0", " 1",
    "+1",
    "٣", "1,2", "true",
)  # fmt: skip
HUGE = {"9" * 30, "9" * 5000, "2147483648", "9223372036854775808", "1e308", "inf", "1e3"}
FILES = (
    "poems.txt", "english.txt", "poems.csv", "poems.json", "poems.jsonl", "empty.txt", "noise.bin",
    "big5.txt", "名 字 😀.txt", "folder", "nothing.txt", "pipe", "loop", "dangling", "link.txt",
    "closed.txt", "closed", "closed/x.txt", "folder/new.txt", "socket", "/dev/null", "/dev/zero",
    "/dev/full", "/dev/stdin", "/dev/tty", "/proc/self/mem", ".", "..", "/", "-", "", "x" * 300,
    "a\nb.txt",
    "\udcff.txt", "\x1b[31m.txt", "nowhere/x.txt", "poems.txt/x", "out.txt", "out.json",
    "out.jsonl",
    "out.md", "out.html", "out.svg", "out.png", "out.zip", "out.tar.gz", "out", "model", "damaged",
    "home/models/mine", "runs/half", "runs", "half", "mine", "tang",
)  # fmt: skip

# What often makes sense for an option, or an argument, of this name
USUAL: dict[str, tuple[str, ...]] = {
    "model": ("model", "mine", "runs/half", "tang", "damaged", "nobody"),
    "form": ("五絕", "七絕", "wujue", "free", "憶江南", "7x4", "5x2", "五絕", "五絕", "haiku",
    "sonnet"),
    "forms": ("五絕", "七絕", "五絕,七律"),
    "prompt": ("春水", "明月", "江", "-", "春水 / 明月", "The moon", ""),
    "prompt_option": ("春水", "-春"),
    "acrostic": ("春風", "月", "春夏秋冬", "LOVE"),
    "couplet": ("春水連天碧", "春水", "a"),
    "rhyme": ("auto", "off", "東", "下平八庚", "庚", "day"),
    "rhymes": ("平水", "新韻", "通韻"),
    "author": ("李白", "Keats", "張三"),
    "title": ("江樓夜雨", "Night"),
    "about": ("月", "月,雨"),
    "context": ("夜雨", "秋"),
    "temps": ("0.5,1", "1"),
    "show": ("tones", "rhyme,pinyin", "novelty", "ranking", "tones,novelty"),
    "encoding": ("auto", "utf-8", "gb18030", "big5", "utf-16", "rot13", "x"),
    "layout": ("auto", "poems", "lines", "stanzas", "json", "table", "stream", "couplets",
    "vertical"),
    "text_field": ("text", "content", "0"),
    "title_field": ("title",),
    "author_field": ("author",),
    "units": ("lower:3", "upper:0,lower:1", "lower:99999", "x"),
    "more": ("weight_decay=0.1", "embedding=8", "hidden=0", "x=1", "seed=x", "hidden", "=",
    "lr=1e400"),
    "device": ("cpu", "auto", "cuda", "mps", "x"),
    "minutes": ("0.001",),
    "epochs": ("0.001", "0.5"),
    "steps": ("1", "2"),
    "poems": ("1", "2", "40"),
    "places": ("1", "4"),
    "held_out": ("1", "9"),
    "count": ("1", "2", "3"),
    "seed": ("1", "7"),
    "particles": ("1", "3"),
    "best_of": ("1", "2"),
    "max_characters": ("1", "9", "40"),
    "temperature": ("0", "0.5", "1"),
    "top_k": ("1", "9"),
    "top_p": ("0.5", "1"),
    "min_p": ("0.05", "0"),
    "guidance": ("0", "1", "2"),
    "batch_size": ("1", "4"),
    "window": ("1", "12"),
    "base": ("model", "mine", "tang", "damaged"),
    "resume": ("half", "runs/half", "latest"),
    "corpus": ("poems.txt", "english.txt", "poems.csv", "poems.json", "folder", "-", "sample",
    "tang"),
    "texts": ("poems.txt", "sample"),
    "file": ("poems.txt", "english.txt", "poems.json", "-"),
    "files": ("poems.txt", "english.txt", "poems.csv", "poems.json", "folder", "-"),
    "names": ("tang", "song", "half", "done"),
    "run": ("half", "done", "runs/half"),
    "from_archive": ("poems.txt", "noise.bin", "pipe", "closed.txt"),
    "folder": ("runs", "folder", "nothing"),
    "runs": ("runs", "runs", "new runs", "poems.txt"),
    "output": ("out.txt", "out.md", "out.html", "out.json", "out.jsonl", "out.svg", "out.png"),
    "outputs": ("out.html", "out.svg"),
    "port": ("x", "-1", "70000", ""),
    "host": ("256.1.1.1",),
    "new": ("autumn", "other", "mine"),
    "repository": ("li/autumn", "autumn", "li/../x"),
    "revision": ("main", "0" * 40),
}  # fmt: skip
OWN = {  # of one command where the same name means something else
    ("eval", "name"): ("model", "mine"),
    ("forms", "name"): ("五絕", "sonnet", "憶江南", "7x4"),
    ("scan", "name"): ("五絕", "free", "sonnet", "七絕", "7x4"),
    ("corpus show", "name"): ("tang", "sample", "poems.txt", "poems.csv", "folder"),
    ("train", "name"): ("new", "mine", "tang"),
    ("config", "name"): ("write", "train", "corpus", "card"),
    ("card", "file"): ("poems.txt", "名 字 😀.txt", "poems.json", "english.txt", "-"),
    ("card", "output"): ("out.svg", "out.png"),
    ("card", "width"): ("100", "1200"),
    ("explain", "text"): ("春水連天碧", "-", "夜雨。", "The moon"),
    ("runs plot", "output"): ("out.svg", "out.png"),
    ("models show", "name"): ("mine", "tang", "model"),
    ("models path", "name"): ("mine", "tang", "model"),
    ("models default", "name"): ("mine", "tang", "model"),
    ("models rename", "name"): ("mine", "other"),
    ("models rm", "names"): ("mine", "other"),
    ("models export", "name"): ("mine", "model", "runs/half"),
    ("models export", "output"): ("out.poet",),
    ("models import", "file"): ("packed.poet", "packed.poet", "noise.bin"),
    ("models import", "name"): ("new", "mine"),
    ("models push", "name"): ("mine", "model"),
    ("models pull", "name"): ("new", "mine"),
    ("explain", "output"): ("out.svg", "out.html"),
}
# What most calls of a command have, so that many succeed and all are quick
ALWAYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "write": (("--model", "model"), ("--form", "五絕", "--particles", "2", "--best-of", "1")),
    "duet": (("--model", "model"),),
    "train": (
        ("--steps", "1"), ("--preset", "tiny"), ("--set", "hidden=8"), ("--set", "embedding=4"),
        ("--set", "window=8"), ("--threads", "1"), ("--batch-size", "2"), ("poems.txt",),
    ),
    "eval": (
        ("--text", "poems.txt"), ("--poems", "1"), ("--held-out", "9"),
        ("--forms", "五絕"), ("--threads", "1"), ("--device", "cpu"),
    ),
    "explain": (("--model", "model"), ("--poems", "40")),
    "card": (("--output", "out.svg"),),
    "serve": (("--port", "70000"),),
    "models rm": (("--yes",),),
    "runs rm": (("--yes",),),
}  # fmt: skip
# Options with which a call takes as long as it is told to
LENGTHS = {
    "--count", "-n", "--max-chars", "--best-of", "--particles", "--steps", "--minutes", "--epochs",
    "--poems",
    "--held-out", "--places", "--batch-size", "--window", "--eval-every", "--set", "--threads",
}  # fmt: skip
# Options that exclude most others
RARE = {"couplet", "prompt_option", "temps", "output", "as_json", "as_jsonl", "resume", "base",
    "minutes", "epochs", "steps", "encoding", "layout", "text_field", "title_field",
    "author_field", "model", "forms"}  # fmt: skip
HEAVY = ("eval", "explain", "train")  # of which fewer are called


# Calls


@dataclass(frozen=True)
class Call:
    """A command as it is called, and what surrounds it."""

    command: str
    words: tuple[str, ...]
    env: dict[str, str]
    encoding: str = "utf-8"
    stdin: str = "null"  # null, text, empty, noise, zeros, closed
    stdout: str = "file"  # file, terminal, pipe, gone (its reader), closed, full
    stderr: str = "file"
    columns: int = 80  # of a terminal
    is_fresh: bool = False  # begins from nothing, without fork

    def __str__(self) -> str:
        odd = {k: v for k, v in self.env.items() if v != PLAIN.get(k)}
        return (
            f"{shlex.join(('poet', *self.words))[:1500]!a}  env {odd} {self.encoding} "
            f"in {self.stdin} out {self.stdout} err {self.stderr} {self.columns} columns"
            f"{' fresh' * self.is_fresh}"
        )

    @property
    def is_long(self) -> bool:
        """Whether it asks for so much that it may take any time."""
        if self.command == "eval" and "--poems" not in self.words:
            return True
        pairs = [*zip(self.words, (*self.words[1:], ""), strict=False), *self.settings]
        return any(
            (
                word.partition("=")[0] in LENGTHS
                and any(len(n) > 2 for n in re.findall(r"\d+", word + " " + value))
            )
            or (word.startswith("--") and value in HUGE)
            for word, value in pairs
        )

    @property
    def settings(self) -> list[tuple[str, str]]:
        """Options that are set in the environment."""
        start = re.sub("[ -]", "_", f"POET_{self.command}_").upper()
        return [
            ("--" + key.removeprefix(start).lower().replace("_", "-"), value)
            for key, value in self.env.items()
            if key.startswith(start)
        ]


def _can_be_typed(word: str) -> bool:
    """Whether a command line can hold a word: no NUL, and no half of a character."""
    with suppress(UnicodeEncodeError):
        return b"\0" not in os.fsencode(word)
    return False


def commands() -> dict[str, click.Command]:
    """Every command of the tree, by its words; the groups too."""
    found: dict[str, click.Command] = {}

    def walk(command: click.Command, words: tuple[str, ...]) -> None:
        found[" ".join(words)] = command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner
                walk(inner, (*words, name))

    walk(cli, ())
    return found


PLAIN: dict[str, str] = {
    "PATH": "/nowhere", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "HOME": "/nowhere",
    "POET_HOME": "home", "POET_CORPUS_URL": "http://127.0.0.1:9/",
    "HF_ENDPOINT": "http://127.0.0.1:9",
    "HF_HUB_OFFLINE": "1", "LC_ALL": "C.UTF-8", "TERM": "xterm",
    "MPLCONFIGDIR": "cache/matplotlib",
    "XDG_CACHE_HOME": "cache",
}  # fmt: skip


class Calls:
    """Calls drawn at random, each from a seed of its own."""

    def __init__(self, only: str = "") -> None:
        self.tree = commands()
        wanted = [name for name in self.tree if not only or name == only]
        self.names = [n for n in wanted for _ in range(self._weight(n))]

    def _weight(self, name: str) -> int:
        command = self.tree[name]
        if isinstance(command, click.Group):
            return 1
        return 3 if name in HEAVY else 4 + min(len(command.params), 12)

    def draw(self, seed: object) -> Call:
        chance = random.Random(f"{seed}")
        name = chance.choice(self.names)
        words = self._words(chance, name)
        return self._surrounded(chance, name, words)

    def _words(self, chance: random.Random, name: str) -> tuple[str, ...]:
        command = self.tree[name]
        groups: list[tuple[str, ...]] = [
            group for group in ALWAYS.get(name, ()) if chance.random() < 0.93
        ]
        if name == "serve":
            groups = [("--port", "70000")]  # one that listens would wait for ever
        oddness = chance.choice((0.03, 0.03, 0.2, 0.6))  # of a call, so that many are not odd
        often = chance.choice((0.06, 0.15, 0.4))
        for parameter in command.params:
            if not isinstance(parameter, click.Option):
                groups += self._arguments(chance, name, parameter, oddness)
            elif chance.random() < often / (1 + 2 * (parameter.name in RARE)) and not (
                name == "serve" and parameter.name == "port"
            ):
                for _ in range(1 + (chance.random() < 0.1)):
                    groups.append(self._option(chance, name, parameter, oddness))
        if chance.random() < oddness / 3:
            groups.append(
                (chance.choice(("--help", "-h", "--nonsense", "--seeds", "-x", "-", "--")),)
            )
        if chance.random() < oddness / 3:
            groups.append((chance.choice(TEXTS),))
        chance.shuffle(groups)
        if isinstance(command, click.Group) and chance.random() < 0.5:
            groups.append((chance.choice((*TEXTS, "lst", "shwo", "writ", "-V")),))
        words = [word for group in groups for word in group if _can_be_typed(word)]
        if chance.random() < oddness / 6 and words:
            words.pop()  # an option without its value
        return (*name.split(), *words)

    def _arguments(
        self, chance: random.Random, name: str, parameter: click.Parameter, oddness: float
    ) -> Iterator[tuple[str, ...]]:
        most = 1 if parameter.nargs == 1 else 3
        least = 1 if parameter.required and chance.random() > oddness / 3 else 0
        for _ in range(chance.randint(least, most)):
            value = self._value(chance, name, parameter, oddness)
            if not value.startswith("-") or value == "-" or chance.random() < oddness:
                yield (value,)

    def _option(
        self, chance: random.Random, name: str, option: click.Option, oddness: float
    ) -> tuple[str, ...]:
        word = chance.choice([*option.opts, *option.secondary_opts])
        if option.is_flag or option.count:
            return (word,)
        value = self._value(chance, name, option, oddness)
        return (
            (f"{word}={value}",)
            if word.startswith("--") and chance.random() < 0.2
            else (word, value)
        )

    def _value(
        self, chance: random.Random, name: str, parameter: click.Parameter, oddness: float
    ) -> str:
        kind: Any = parameter.type
        own = str(parameter.name)
        usual = OWN.get((name, own)) or USUAL.get(own, ())
        if isinstance(kind, CommaSeparated):
            kind = kind.item_type
        if isinstance(kind, click.Choice):
            choices = tuple(map(str, kind.choices))
            usual = tuple(value for value in usual if value in choices) or choices
        odd: tuple[str, ...] = TEXTS
        if isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
            odd = NUMBERS
        elif isinstance(kind, click.Path) or own in ("model", "corpus", "base", "resume", "name"):
            odd = FILES
        if usual and chance.random() >= oddness:
            return chance.choice(usual)
        return chance.choice(odd if chance.random() < 0.85 else TEXTS + NUMBERS + FILES)

    def _surrounded(self, chance: random.Random, name: str, words: tuple[str, ...]) -> Call:
        env = dict(PLAIN)
        options = [p for p in self.tree[name].params if isinstance(p, click.Option)]
        if options and chance.random() < 0.1:  # as a setting
            option = chance.choice(options)
            variable = f"POET_{name} {max(option.opts, key=len).strip('-')}"
            value = self._value(chance, name, option, 0.5)
            if _can_be_typed(value):
                env[re.sub("[ -]", "_", variable).upper()] = value
        if chance.random() < 0.3:
            odd = (
                (
                    "COLUMNS",
                    ("1", "2", "7", "20", "28", "40", "79", "200", "0", "-5", "x", "9" * 20, "²"),
                ),
                ("TERM", ("dumb", "", "vt52", "xterm-256color")),
                ("NO_COLOR", ("1",)),
                ("FORCE_COLOR", ("1", "0", "x")),
                ("LC_ALL", ("C", "zh_CN.GBK", "zh_TW.UTF-8", "en_US.UTF-8", "xx", "")),
                ("POET_CONFIG", ("some.toml", "odd.toml", "pipe", "nothing", "poems.txt", "")),
                ("POET_MODEL", ("model", "nobody", "", "\udcff", "pipe", "damaged")),
                ("POET_HOME", ("nothing", "poems.txt", "closed", "", "pipe", "loop", "/dev/null")),
                (
                    "POET_CORPUS_URL",
                    ("", "x", "http://", "file:///etc", "http://u:secret@127.0.0.1:9/"),
                ),
            )
            for key, values in chance.sample(odd, chance.randint(1, 3)):
                env[key] = chance.choice(values)
        encoding = chance.choice(
            ("utf-8",) * 8 + ("ascii", "gbk", "big5", "latin-1", "cp1252", "koi8-r")
        )
        outs = ("file",) * 12 + ("terminal",) * 4 + ("pipe", "gone", "closed", "full")
        stdin = ("null", "text", "text", "text", "empty", "noise", "zeros", "closed")
        return Call(
            name, words, env, encoding, chance.choice(stdin), chance.choice(outs),
            chance.choice(outs),
            chance.choice((1, 8, 20, 28, 40, 80, 80, 200)), chance.random() < 0.02,
        )  # fmt: skip


# The folder in which a call is made


def build(place: Path) -> None:
    """Files of every kind, a model, runs, and a home with a model of the user's own."""
    shutil.copy(TOP / "corpus" / "sample" / "quatrains.txt", place / "poems.txt")
    (place / "english.txt").write_text("\n\n\n".join([ENGLISH * 2] * 2), "utf-8")
    (place / "名 字 😀.txt").write_text(HAN, "utf-8")
    (place / "big5.txt").write_bytes(HAN.encode("big5"))
    (place / "empty.txt").touch()
    (place / "noise.bin").write_bytes(random.Random(1).randbytes(3000))
    records = [
        {"title": f"題{n}", "author": "張三", "text": t} for n, t in enumerate(_quatrains(9))
    ]
    (place / "poems.json").write_text(json.dumps(records), "utf-8")
    (place / "poems.jsonl").write_text("\n".join(map(json.dumps, records)), "utf-8")
    rows = (f'{r["title"]},{r["author"]},"{r["text"]}"' for r in records)
    (place / "poems.csv").write_text("title,author,text\n" + "\n".join(rows), "utf-8")
    (place / "some.toml").write_text('[write]\nform = "五絕"\ntemperature = 0.5\n', "utf-8")
    (place / "odd.toml").write_text('[write]\noutput = "\\u0000"\n[x]\ny = 1\n', "utf-8")
    (place / "folder").mkdir()
    shutil.copy(place / "poems.txt", place / "folder" / "a.txt")
    os.mkfifo(place / "pipe")
    (place / "loop").symlink_to("loop")
    (place / "dangling").symlink_to("gone")
    (place / "link.txt").symlink_to("poems.txt")
    (place / "closed.txt").write_text(HAN, "utf-8")
    (place / "closed.txt").chmod(0)
    os.mknod(place / "socket", stat.S_IFSOCK | 0o600)
    for model in ("model", "home/models/mine"):
        shutil.copytree(GOLDEN / "model", place / model)
    shutil.copytree(GOLDEN / "model", place / "damaged")
    (place / "damaged" / "model.json").write_text('{"format": 3, "name": "\\u001b[31m"', "utf-8")
    shutil.copytree(GOLDEN / "model", place / "home" / "models" / "other")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # this model is so old that it has no digests
        archive.export(place / "model", "packed", place / "packed.poet")
    for run in ("half", "done"):
        shutil.copytree(GOLDEN / "half-run", place / "runs" / run)
    (place / "cache").mkdir()
    (place / "closed").mkdir(mode=0)


def _quatrains(count: int) -> list[str]:
    chance = random.Random(count)
    lines = HAN.replace("\n", "").replace("。", "，").split("，")[:4]
    return [
        "，\n".join("".join(chance.sample(line, 5)) for line in lines) + "。" for _ in range(count)
    ]


def contents(place: Path) -> dict[str, object]:
    """What lies in a folder: of each file its kind,
    its mode and its bytes. Caches do not count."""
    found: dict[str, object] = {}
    for folder, folders, files in os.walk(place):
        for name in (*folders, *files):
            path = Path(folder, name)
            facts = path.lstat()
            data = path.read_bytes() if stat.S_ISREG(facts.st_mode) else b""
            found[str(path.relative_to(place))] = (facts.st_mode, data)
    caches = ("cache", "home/cache")
    return {name: fact for name, fact in found.items() if not name.startswith(caches)}


def _may_change(call: Call, code: int, name: str) -> bool:
    """Whether a call may make or change the file of this name in its folder."""
    if re.search(r"(^|/)(\.poet-|\.npm-)|\.part$", name):
        return code == -signal.SIGKILL  # only what is killed may leave anything half made
    words = [re.sub("^--?[a-z-]+=", "", word) for word in call.words]
    words += [value for _, value in call.settings]
    plain = re.sub(r"-[0-9]+(\.\w+)$", r"\1", name)  # of several cards: out-1.svg, out-2.svg
    asked = any(word in (name, plain) or name.startswith(f"{word}/") for word in words if word)
    first = call.command.split()[0] if call.command else ""
    if code >= 0 and name.startswith(call.env["POET_HOME"] or "\0"):  # for a cache
        return True
    if first == "train":
        made = ("runs/", "new runs/", "home/models/", "home/cache", "home", "runs", "new runs")
        return code in (0, 1, 3, 5, 130) and (asked or name.startswith(made))
    if first == "models":
        return code == 0 and (asked or name.startswith(("home/", "out")) or name.endswith(".poet"))
    if first == "runs":
        return code == 0 and (asked or name.startswith("runs/"))
    return asked and code in (0, 1, 4, 130)


# Running a call


@dataclass(frozen=True)
class Outcome:
    """How a call ended: a negative code is that of a signal."""

    code: int
    out: bytes
    err: bytes
    is_late: bool = False
    was_interrupted: bool = False


def run(call: Call, place: Path, identity: int | None) -> Outcome:
    """Make a call in a folder, as the user `identity` if that is given."""
    with _streams(call, place) as (ends, masters, kept):
        child = os.fork()
        if child == 0:
            _become(call, place, identity, ends)
        for end in ends:
            if end is not None:
                os.close(end)
        code, terminal, is_late, was_interrupted = _await(child, masters, call)
    texts = [
        terminal[masters[n]] if n in masters else kept[n].read_bytes() if n in kept else b""
        for n in (1, 2)
    ]
    return Outcome(code, texts[0], texts[1], is_late, was_interrupted)


@contextmanager
def _streams(
    call: Call, place: Path
) -> Iterator[tuple[list[int | None], dict[int, int], dict[int, Path]]]:
    """The child's ends of its three streams, the terminals among them, and the files."""
    ends: list[int | None] = [_stdin(call, place)]
    masters: dict[int, int] = {}
    kept: dict[int, Path] = {}
    for number, kind in ((1, call.stdout), (2, call.stderr)):
        if kind == "terminal":
            import fcntl
            import pty
            import struct
            import termios

            masters[number], slave = pty.openpty()
            size = struct.pack("HHHH", 24, call.columns, 0, 0)
            fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
            ends.append(slave)
        elif kind in ("pipe", "gone"):  # what is read of a pipe does not matter, its kind does
            read, write = os.pipe()
            if kind == "gone":
                os.close(read)
            else:
                masters[number] = read
            ends.append(write)
        elif kind == "closed":
            ends.append(None)
        elif kind == "full":
            ends.append(os.open("/dev/full", os.O_WRONLY))
        else:
            kept[number] = place.with_name(f"{place.name}.{number}")
            ends.append(os.open(kept[number], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666))
    try:
        yield ends, masters, kept
    finally:
        for master in masters.values():
            os.close(master)


def _stdin(call: Call, place: Path) -> int | None:
    if call.stdin == "closed":
        return None
    if call.stdin in ("null", "zeros"):
        return os.open("/dev/null", os.O_RDONLY)
    data = {"text": HAN.encode(), "empty": b"", "noise": random.Random(2).randbytes(99)}[call.stdin]
    read, write = os.pipe()
    os.write(write, data)
    os.close(write)
    return read


def _become(call: Call, place: Path, identity: int | None, ends: list[int | None]) -> None:
    """The forked process becomes the command, and never returns."""
    code = 99
    try:
        os.setsid()
        os.chdir(place)
        if identity is not None:
            os.setgroups([])
            os.setgid(identity)
            os.setuid(identity)
        for number, end in enumerate(ends):
            if end is None:
                with suppress(OSError):
                    os.close(number)
            else:
                os.dup2(end, number)
        os.closerange(3, 200)
        if call.is_fresh:
            env = {**call.env, "PYTHONIOENCODING": call.encoding, "PYTHONPATH": str(TOP)}
            words = [sys.executable, "-m", "poet", *call.words]
            os.execve(sys.executable, [os.fsencode(word) for word in words], env)
        code = _main(call, [end is not None for end in ends])
    finally:
        os._exit(code)


def _main(call: Call, is_open: list[bool]) -> int:
    """`main` with the streams, arguments and warnings that a new process has."""
    os.environ.clear()
    os.environ.update(call.env)
    warnings.resetwarnings()
    for kind in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", kind)
    for signals in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGPIPE):
        signal.signal(signals, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    for number, (name, errors) in enumerate(
        (("stdin", "strict"), ("stdout", "strict"), ("stderr", "backslashreplace"))
    ):
        stream = None
        if is_open[number]:
            mode = "r" if number == 0 else "w"
            stream = os.fdopen(number, mode, encoding=call.encoding, errors=errors, closefd=False)
        setattr(sys, name, stream)
    sys.argv = ["poet", *call.words]
    code: Any = 0
    try:
        main()
    except SystemExit as leaving:
        code = leaving.code or 0
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    try:
        sys.stdout.flush()
    except Exception:
        code = 120  # as Python does
    with suppress(Exception):
        sys.stderr.flush()
    return int(code)


def _await(
    child: int, masters: dict[int, int], call: Call
) -> tuple[int, dict[int, bytes], bool, bool]:
    """The exit code, what came through terminals, and whether it had to be ended, or asked to."""
    texts = dict.fromkeys(masters.values(), b"")
    watched = os.pidfd_open(child)
    waiting = [watched, *texts]
    began = time.monotonic()
    is_late = was_interrupted = False
    try:
        while True:
            passed = time.monotonic() - began
            if call.is_long and passed > PATIENCE and not was_interrupted:
                was_interrupted = True
                os.kill(child, signal.SIGINT)
            if passed > SECONDS:
                is_late = True
                os.kill(child, signal.SIGKILL)
            ready, _, _ = select.select(waiting, [], [], 0.2)
            for end in [end for end in ready if end != watched]:
                try:
                    data = os.read(end, 1 << 16)
                except OSError:  # a terminal whose other end is closed
                    data = b""
                texts[end] += data
                if not data:
                    waiting.remove(end)
            if ready == [watched]:
                break
    finally:
        os.close(watched)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), texts, is_late, was_interrupted


# What must hold

_COLOUR = re.compile("\x1b\\[[0-9;]*m")
_MOVES = re.compile("\r|\x1b\\[[0-9]*[AKJ]")  # of progress bars
_SENTENCE = re.compile(r"(^|\r *\r)(poet: |Error: |Usage: |interrupted|saved step|\{)", re.M)
_RAW = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)


def faults(call: Call, outcome: Outcome, changed: list[str]) -> list[str]:
    """What is wrong with the outcome of a call."""
    out, err = _decoded(outcome.out, call), _decoded(outcome.err, call)
    found = []
    if outcome.is_late:
        found.append("hang")
    elif outcome.code not in CODES:
        found.append(f"exit {outcome.code}")
    if "Traceback (most" in out + err or "Exception ignored" in err:
        found.append("traceback")
    for text, kind in ((out, call.stdout), (err, call.stderr)):
        raw = _RAW.search(_without_colour(text, kind, call))
        if raw:
            found.append(f"raw {raw[0]!a} in {text[max(0, raw.start() - 20) :][:60]!a}")
    is_silent = outcome.is_late or call.stderr in ("gone", "closed", "full")
    if outcome.code and not is_silent and not _SENTENCE.search(err):
        found.append(f"exit {outcome.code} without a sentence")
    if outcome.code == 130 and not outcome.was_interrupted:
        found.append("interrupted by nobody")
    found += [f"left or changed {name!a}" for name in changed]
    if outcome.code in (0, 4) and call.stdout in ("file", "terminal", "pipe"):
        found += _wrong_output(call, outcome.code, out)
    return found


def _decoded(data: bytes, call: Call) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(call.encoding, "replace")


def _without_colour(text: str, kind: str, call: Call) -> str:
    if kind == "terminal" or _has(call, "--progress"):
        text = _MOVES.sub("", text.replace("\r\n", "\n"))
    if kind == "terminal" or call.env.get("FORCE_COLOR"):
        text = _COLOUR.sub("", text)
    return text


def _has(call: Call, *options: str) -> bool:
    return any(word.split("=")[0] in options for word in call.words)


def _wrong_output(call: Call, code: int, out: str) -> list[str]:
    """What is wrong with what a command that succeeded has printed."""
    if _has(call, "-h", "--help") or call.stdout == "terminal":
        return []
    to_file = any(
        word.startswith(("-o", "--output"))
        for word in (*call.words, *(option for option, _ in call.settings))
    )
    silent = call.command in ("train", "corpus fetch", "duet", "config", "runs rm") or to_file
    silent |= call.command.removeprefix("models ") in (
        "default", "rename", "rm", "export", "import", "pull",
    )  # fmt: skip
    if not out.strip():
        return [] if silent or code == 4 else ["nothing printed"]
    if _has(call, "--json") and not to_file:
        try:
            facts = json.loads(out, parse_constant=lambda name: 1 / 0)
        except (ValueError, ZeroDivisionError):
            return ["not JSON"]
        return _wrong_poems(call, facts.get("poems", [])) if call.command == "write" else []
    if _has(call, "--jsonl") and not to_file:
        try:
            return _wrong_poems(call, list(map(json.loads, out.splitlines())))
        except ValueError:
            return ["not JSON lines"]
    return []


def _wrong_poems(call: Call, records: list[dict[str, Any]]) -> list[str]:
    """Poems that do not keep their form, though it is said, by the scan of the finished text."""
    from poet.prosody.chinese.rhyme_books import find_book
    from poet.prosody.find import find_form, prosody_of

    found = []
    if not records:
        found.append("no poems")
    for record in records:
        asked = record.get("asked_form", "")
        if not record["text"].strip():
            found.append("an empty poem")
        if (
            not asked
            or asked == "對聯"
            or _has(call, "--rhyme", "--tones", "--strictness", "--prompt", "-p")
        ):
            continue
        form = find_form(asked)
        if _has(call, "--rhymes"):
            words = dict(zip(call.words, call.words[1:], strict=False))
            form = replace(form, book=find_book(words.get("--rhymes", "平水")))
        keeps = prosody_of(form).scan(record["text"], form).keeps(strict=False)
        if record["keeps_the_rules"] and not keeps:
            found.append(f"{asked} said to be kept: {record['text']!r}")
    return found


# The drive


@dataclass
class Drive:
    """Counts of outcomes by command, and what was wrong."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    again: int = 0  # poems that were written again

    def __str__(self) -> str:
        total: Counter[str] = sum(self.counts.values(), Counter())
        rows = [("all", total), *sorted(self.counts.items())]
        lines = [
            f"{name or 'poet':14} {count.total():6,}  "
            + ", ".join(f"{outcome} {n:,}" for outcome, n in sorted(count.items()))
            for name, count in rows
        ]
        return "\n".join([*lines, f"written again: {self.again:,}; wrong: {len(self.wrong)}"])


def drive(
    calls: int, seed: int, only: str = "", show: Callable[[str], None] = lambda _: None
) -> Drive:
    """Make so many calls, and judge them."""
    drawn, found = Calls(only), Drive()
    _warm()
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        top.chmod(0o755)
        identity = _identity(top)
        place, before = _new(top, identity)
        for number in range(calls):
            call = drawn.draw(f"{seed} {number}")
            outcome = run(call, place, identity)
            after = contents(place)
            names = [n for n in after.keys() | before.keys() if after.get(n) != before.get(n)]
            changed = sorted(n for n in names if not _may_change(call, outcome.code, n))
            wrong = faults(call, outcome, changed)
            if _can_be_written_again(call, outcome) and random.Random(number).random() < 0.5:
                found.again += 1
                wrong += _differs_again(call, outcome, place, identity)
            if names:
                _remove(place)
                place, before = _new(top, identity)
            counts = found.counts.setdefault(call.command, Counter())
            counts["late" if outcome.is_late else f"exit {outcome.code}"] += 1
            if wrong:
                found.wrong.append(f"{number}: {'; '.join(wrong)}\n    {call}")
                show(f"{found.wrong[-1]}\n    {_decoded(outcome.err, call)[-1500:]!a}")
        _remove(place)
    return found


def _new(top: Path, identity: int | None) -> tuple[Path, dict[str, object]]:
    place = top / "place"
    place.mkdir()
    build(place)
    if identity is not None:
        for folder, folders, files in os.walk(place):
            for name in (".", *folders, *files):
                os.chown(Path(folder, name), identity, identity, follow_symlinks=False)
    return place, contents(place)


def _remove(place: Path) -> None:
    for folder in (place, *place.rglob("*")):
        if folder.is_dir() and not folder.is_symlink():
            folder.chmod(0o755)
    shutil.rmtree(place)


def _identity(top: Path) -> int | None:
    """Nobody, if this is root and nobody may come here and read poet."""
    if os.geteuid() != 0:
        return None
    script = f"import os; os.setuid({NOBODY}); os.listdir({str(top)!r}); import poet.cli.train"
    tried = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=TOP)
    return NOBODY if tried.returncode == 0 else None


def _warm() -> None:
    """Load what commands load, so that a forked one has it."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in ("api", "generation.assessment", "generation.western", "training.session"):
        importlib.import_module(f"poet.{name}")
    from poet.prosody.find import find_form, prosody_of

    for name, text in (("五絕", HAN), ("quatrain", ENGLISH)):
        form = find_form(name)
        prosody_of(form).scan(text, form)


def _can_be_written_again(call: Call, outcome: Outcome) -> bool:
    return (
        call.command == "write"
        and outcome.code == 0
        and call.stdout == call.stderr == "file"
        and not _has(call, "-o", "--output")
        and b"again: " in outcome.err
    )


def _differs_again(call: Call, outcome: Outcome, place: Path, identity: int | None) -> list[str]:
    err = _COLOUR.sub("", _decoded(outcome.err, call))
    line = err.rpartition("again: ")[2].rstrip("\n")
    words = shlex.split(line)
    second = run(replace(call, words=tuple(words[1:])), place, identity)
    return [] if second.out == outcome.out else [f"not the same again: {line!a}"]


# 100 calls take three seconds, and find in ten runs what 1,000 find in one
def test_a_few_odd_calls_are_answered() -> None:
    found = drive(100, 1)
    assert not found.wrong, "\n".join(found.wrong)


@pytest.mark.slow
def test_five_thousand_odd_calls_are_answered() -> None:
    found = drive(CALLS, 2, show=print)
    print(f"\n{found}")
    assert not found.wrong, "\n".join(found.wrong)


if __name__ == "__main__":
    given = sys.argv[1:]
    print(drive(int(given[0]) if given else CALLS, int(given[1]) if given[1:] else 2,
                " ".join(given[2:]), show=lambda text: print(text, flush=True)))  # fmt: skip
