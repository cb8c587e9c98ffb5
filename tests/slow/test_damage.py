"""Model folders and runs, damaged at random: one sentence and exit 3, or the same verse as before.

    pytest -m slow -s tests/slow/test_damage.py      all of it, with counts
    pytest tests/slow/test_damage.py                 a short draw, which the suite has too

Whatever has digests is never read otherwise than it was written. Of older files, without digests,
it is only asked that nothing fails without a sentence, and that nothing hangs.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from poet.checkpoint import Checkpoint
from poet.generation.cliches import Cliches
from poet.generation.title_lifts import TitleLifts
from poet.novelty.index import NoveltyIndex
from poet.objects import DIGESTS, SEAL

GOLDEN = Path(__file__).parents[1] / "golden"
Poet = Callable[..., tuple[int, str, str]]
Damage = Callable[[random.Random, Path], str]  # says what it did
SECONDS = 60  # after which a command counts as hanging
pytestmark = pytest.mark.filterwarnings("ignore::poet.errors.NoDigest")


# Damage to a file of any kind


def flip(chance: random.Random, path: Path) -> str:
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 1, 1, 2, 9])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return "bits flipped"


def flip_at_the_beginning(chance: random.Random, path: Path) -> str:
    data = bytearray(path.read_bytes())
    data[chance.randrange(min(len(data), 600))] = chance.randrange(256)
    path.write_bytes(data)
    return "a byte at the beginning changed"


def cut(chance: random.Random, path: Path) -> str:
    data = path.read_bytes()
    path.write_bytes(data[: chance.choice([0, 1, 7, 8, 9, chance.randrange(len(data))])])
    return "cut short"


def lengthen(chance: random.Random, path: Path) -> str:
    with path.open("ab") as file:
        file.write(chance.randbytes(chance.choice([1, 8, 999])))
    return "lengthened"


def blank(chance: random.Random, path: Path) -> str:
    data = bytearray(path.read_bytes())
    begin = chance.randrange(len(data))
    end = min(len(data), begin + chance.choice([1, 64, 4096]))
    data[begin:end] = bytes(end - begin)
    path.write_bytes(data)
    return "zeros written over it"


def move_a_piece(chance: random.Random, path: Path) -> str:
    data = path.read_bytes()
    a, b = sorted(chance.randrange(len(data)) for _ in range(2))
    path.write_bytes(data[:a] + data[b:] + data[a:b])
    return "a piece moved"


def remove(chance: random.Random, path: Path) -> str:
    path.unlink()
    return "removed"


def replace_by_something_else(chance: random.Random, path: Path) -> str:
    path.unlink()
    kind = chance.choice(
        ["a folder", "a pipe", "a link in a circle", "a device", "a dangling link"]
    )
    if kind == "a folder":
        path.mkdir()
    elif kind == "a pipe":
        os.mkfifo(path)
    else:
        targets = {"a link in a circle": path, "a device": Path("/dev/zero")}
        path.symlink_to(targets.get(kind, path.with_name("nothing")))
    return f"replaced by {kind}"


def swap(chance: random.Random, path: Path) -> str:
    others = sorted(other for other in path.parent.iterdir() if other.is_file() and other != path)
    shutil.copy(chance.choice(others), path)
    return "replaced by another file of the folder"


# Damage to JSON, and to the JSON at the head of a file of tensors

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2, 3, 10**18, 1 << 70, -0.5, 1e308, float("nan"), float("inf"), "", "x",
    "\x1b[31m", "\ud800", "春" * 5000, [], [[]], [1, "x", None], {}, {"": {}}, {"format": 3},
)  # fmt: skip


def change_json(chance: random.Random, value: Any) -> Any:
    """The value with one thing in it changed."""
    places = list(_places(value))
    holder, key = chance.choice(places)
    how = chance.randrange(6)
    if how == 0:
        del holder[key]
    elif how == 1:
        deep: Any = 1
        for _ in range(chance.choice([20, 800])):
            deep = [deep]
        holder[key] = deep
    elif how == 2 and isinstance(holder, dict):
        holder[str(key) + chance.choice(["", "x", "\n"])] = holder.pop(key)
    elif how == 3 and isinstance(holder[key], int | float):
        holder[key] = holder[key] * chance.choice([-1, 2, 10**6, 0.5]) + chance.choice([0, 1])
    elif how == 4 and isinstance(holder[key], str) and holder[key]:
        at = chance.randrange(len(holder[key]))
        holder[key] = holder[key][:at] + chance.choice("春x9\0") + holder[key][at + 1 :]
    else:
        holder[key] = chance.choice(ODD)
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        pairs: Any = list(value.items())
    else:
        pairs = list(enumerate(value)) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)


def change_values(chance: random.Random, path: Path) -> str:
    """Change a value, in the file or in the header of its tensors."""
    data = path.read_bytes()
    if path.suffix == ".json":
        path.write_bytes(_dumped(change_json(chance, json.loads(data))))
        return "a value changed"
    if path.suffix == ".jsonl":
        lines = data.splitlines()
        at = chance.randrange(len(lines))
        lines[at] = _dumped(change_json(chance, json.loads(lines[at])))
        path.write_bytes(b"\n".join(lines) + b"\n")
        return "a value of a line changed"
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    if chance.random() < 0.3 and "__metadata__" in header:  # the JSON within the JSON
        metadata = header["__metadata__"]
        key = chance.choice(sorted(metadata))
        metadata[key] = _dumped(change_json(chance, json.loads(metadata[key]))).decode()
    elif chance.random() < 0.5:
        name = chance.choice(sorted(header.keys() - {"__metadata__"}))
        header[name]["dtype"] = chance.choice(
            ["BF16", "F16", "I16", "F8_E4M3", "C64", "F64", "BOOL"]
        )
    else:
        change_json(chance, header)
    head = _dumped(header)
    head += b" " * (-len(head) % 8)
    path.write_bytes(len(head).to_bytes(8, "little") + head + data[8 + size :])
    return "a value of the header changed"


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


ANYTHING: tuple[Damage, ...] = (
    flip, flip, flip, flip_at_the_beginning, cut, lengthen, blank, move_a_piece, remove,
    replace_by_something_else, swap, change_values, change_values, change_values,
)  # fmt: skip


# What is damaged, and what must then be seen


@contextlib.contextmanager
def not_hanging() -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def unsealed(folder: Path) -> None:
    """Make a model or a run one of an older version."""
    for name in ("model.json", "run.json"):
        if (folder / name).exists():
            facts = json.loads((folder / name).read_bytes())
            plain = {key: value for key, value in facts.items() if key not in (DIGESTS, SEAL)}
            (folder / name).write_bytes(_dumped(plain))


class Fuzzing:
    """Copies of a folder, each damaged in another way."""

    def __init__(self, whole: Path, work: Path, names: tuple[str, ...]) -> None:
        self.whole, self.work, self.names = whole, work, names
        self.counts: Counter[str] = Counter()

    def cases(self, count: int, seed: int) -> Iterator[tuple[Path, str, bool]]:
        """Each folder, what was done to it, and whether its digests were left in it."""
        for number in range(count):
            chance = random.Random(f"{seed} {number}")
            folder = self.work / "damaged"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self.whole, folder)
            has_digests = chance.random() < 0.5
            if not has_digests:
                unsealed(folder)
            name, damage = chance.choice(self.names), chance.choice(ANYTHING)
            before = (folder / name).read_bytes()
            what = damage(chance, folder / name)
            is_same = (folder / name).is_file() and _same(folder / name, before)
            yield folder, f"{number}: {name} {what}", has_digests and not is_same


def _same(path: Path, before: bytes) -> bool:
    """Whether a file still says the same: its bytes, or its values where it is JSON."""
    if path.is_symlink():
        return False
    data = path.read_bytes()
    with contextlib.suppress(ValueError, RecursionError, AttributeError, TypeError):
        return data == before or bool(_values(data, path.suffix) == _values(before, path.suffix))
    return data == before


def _values(data: bytes, suffix: str) -> Any:
    if suffix != ".safetensors":
        return json.loads(data)
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    metadata = header.pop("__metadata__", {})
    return header, {key: json.loads(text) for key, text in metadata.items()}, data[end:]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The model of the golden files, with all that can lie beside one, and with digests."""
    folder, old = tmp_path / "whole", GOLDEN / "model"
    Checkpoint.read(old).write(folder)
    for kind in (NoveltyIndex, TitleLifts, Cliches):
        found = kind.read(old)
        assert found
        found.write(folder)
    return folder


MODEL_FILES = (
    "model.json", "model.json", "model.safetensors", "novelty.safetensors", "lifts.safetensors",
    "cliches.safetensors",
)  # fmt: skip
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("write", "-m", "{}", "春水", "--form", "五絕", "--title", "江樓夜雨", "--seed", "5",
     "--particles", "2", "--best-of", "1", "--json"),
    ("write", "-m", "{}", "--seed", "5", "--max-chars", "12", "--json"),
    ("models", "show", "{}"),
)  # fmt: skip


def damage_models(poet: Poet, model: Path, count: int, seed: int) -> Counter[str]:
    fuzzing = Fuzzing(model, model.parent, MODEL_FILES)
    place = model.with_name("damaged")
    shutil.copytree(model, place)
    wanted = [poet(*(word.format(place) for word in words)) for words in COMMANDS]
    assert [code for code, _, _ in wanted] == [0, 0, 0], wanted
    for folder, what, must_be_seen in fuzzing.cases(count, seed):
        number = random.Random(what).randrange(len(COMMANDS))
        with not_hanging():
            code, out, err = poet(*(word.format(folder) for word in COMMANDS[number]))
        assert code in (0, 3), (what, code, err)
        if code:
            assert out == "", what
            assert err.startswith("poet: "), (what, err)
        elif must_be_seen:  # `show` reads model.json alone
            assert number == 2, what
            assert what.split()[1] != "model.json", what
        fuzzing.counts["refused" if code else "seen to be old" if "digests" in err else "same"] += 1
    return fuzzing.counts


def test_of_damaged_models_none_fails_without_a_sentence(poet: Poet, model: Path) -> None:
    assert damage_models(poet, model, 60, 1)["refused"] > 25


@pytest.mark.slow
def test_of_two_thousand_damaged_models_none_fails_without_a_sentence(
    poet: Poet, model: Path
) -> None:
    counts = damage_models(poet, model, 2000, 2)
    print(f"\n{counts.total():,} damaged models: {dict(counts)}")
    assert counts["refused"] > 1000


@pytest.fixture
def half_run(poet: Poet, tmp_path: Path) -> Path:
    """A run of a few steps that was stopped half way, with digests."""
    folder = tmp_path / "runs" / "half"
    words = ("--preset", "tiny", "--set", "embedding=8", "--set", "hidden=12", "--window", 20)
    text = GOLDEN.parents[1] / "corpus" / "sample" / "quatrains.txt"
    code, _, err = poet(
        "train", text, *words, "--batch-size", 6, "--steps", 4, "--threads", 1, "--sample-every", 2,
        "--name", "half", "--runs", folder.parent, "--progress", "none", "--eval-every", 2,
    )  # fmt: skip
    assert code == 0, err
    (made,) = folder.parent.iterdir()
    made.rename(folder)
    (folder / ".lock").unlink()
    return folder


RUN_FILES = (
    "state.safetensors", "state.safetensors", "state.safetensors", "run.json", "run.json",
    "model.json", "metrics.jsonl",
)  # fmt: skip


def damage_runs(poet: Poet, half_run: Path, count: int, seed: int) -> Counter[str]:
    fuzzing = Fuzzing(half_run, half_run.parent, RUN_FILES)
    for folder, what, must_be_seen in fuzzing.cases(count, seed):
        chance = random.Random(what)
        if chance.random() < 0.2:
            words = chance.choice([("show",), ("show", "--json"), ("plot",), ("list",)])
            names = () if words == ("list",) else (str(folder),)
            command: tuple[object, ...] = ("runs", *words, *names, "--runs", folder.parent)
        else:
            command = ("train", "--resume", folder, "--progress", "none")
        with not_hanging():
            code, _, err = poet(*command)
        usual = (0, 3) if must_be_seen else (0, 1, 2, 3, 5)
        assert code in usual, (what, command, code, err)
        assert code == 0 or "poet: " in err, (what, err)
        is_log = "metrics.jsonl" in what or "model.json" in what
        if code == 0 and must_be_seen and command[0] == "train" and not is_log:
            raise AssertionError(f"{what}: it was not seen")
        fuzzing.counts["refused" if code else "resumed or shown"] += 1
    return fuzzing.counts


def test_of_damaged_runs_none_fails_without_a_sentence(poet: Poet, half_run: Path) -> None:
    assert damage_runs(poet, half_run, 30, 1)["refused"] > 5


@pytest.mark.slow
def test_of_six_hundred_damaged_runs_none_fails_without_a_sentence(
    poet: Poet, half_run: Path
) -> None:
    counts = damage_runs(poet, half_run, 600, 2)
    print(f"\n{counts.total():,} damaged runs: {dict(counts)}")
    assert counts["refused"] > 200
