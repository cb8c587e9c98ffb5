"""Commands killed (SIGKILL) at any moment: what was there before is whole, or what is new.

    pytest -m slow -s tests/slow/test_kills_of_commands.py

A model that is trained anew under its name, a fetch, an encoding and a file of poems.
"""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "tests" / "golden" / "model"
KILLS = 25  # of each command
SMALL = ("--preset", "tiny", "--set", "embedding=8", "--set", "hidden=12", "--window", 20,
         "--batch-size", 6, "--threads", 1, "--progress", "none")  # fmt: skip
Run = Callable[..., "subprocess.Popen[bytes]"]
pytestmark = pytest.mark.slow


@pytest.fixture
def start(tmp_path: Path) -> Run:
    """A command of poet, or other Python, in a process of its own with its own home."""

    def run(*words: object, code: str = "", **environment: str) -> subprocess.Popen[bytes]:
        how = ["-c", code] if code else ["-m", "poet"]
        env = os.environ | {"POET_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            [sys.executable, *how, *map(str, words)],
            env=env | environment,
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    return run


def kill_at_random(
    begin: Callable[[], subprocess.Popen[bytes]], check: Callable[[], None], seed: int
) -> int:
    """Start something again and again, each time killed at another moment; how often it was.

    The moments lie closer together towards the end, where commands write.
    """
    process = begin()
    began = time.monotonic()
    assert process.wait() == 0
    seconds = time.monotonic() - began
    check()
    chance, killed, tries = random.Random(seed), 0, 0
    while killed < KILLS:
        process, began, tries = begin(), time.monotonic(), tries + 1
        try:  # each third one ends, so that those after it find something new
            process.wait(None if tries % 3 == 0 else seconds * (1 - chance.random() ** 2))
            seconds = min(seconds, time.monotonic() - began)  # it ended first
        except subprocess.TimeoutExpired:
            process.kill()
            killed += process.wait() < 0
        check()
    return killed


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".poet-*") if not path.name.endswith("new")]


def digest_of(folder: Path) -> str:
    """The weights and the alphabet of a model, as `poet` reads them."""
    from poet.checkpoint import Checkpoint

    found = Checkpoint.read(folder)
    parts = [weight.tobytes() for weight in found.weights.values()]
    return hashlib.sha256(b"".join(parts) + found.tokenizer.characters.encode()).hexdigest()


def test_a_model_trained_anew_under_its_name_is_old_or_new(start: Run, tmp_path: Path) -> None:
    texts = [tmp_path / "春.txt", tmp_path / "秋.txt"]
    verse = (ROOT / "corpus" / "sample" / "quatrains.txt").read_text("utf-8").split("\n\n")
    texts[0].write_text("\n\n".join(verse[:90]), "utf-8")
    texts[1].write_text("\n\n".join(verse[-80:]), "utf-8")
    train = ("--name", "mine", "--overwrite", "--steps", 2, *SMALL)
    folder, known = tmp_path / "home" / "models" / "mine", set()
    for text in texts:
        assert start("train", text, *train).wait() == 0
        known.add(digest_of(folder))
    assert len(known) == 2
    turn = iter(range(10**6))
    seen = []

    def check() -> None:
        seen.append(digest_of(folder))
        assert seen[-1] in known  # every run is the same to the bit
        assert start("write", "-m", "mine", "--seed", 1).wait() == 0

    killed = kill_at_random(lambda: start("train", texts[next(turn) % 2], *train), check, 1)
    assert set(seen) == known
    assert start("train", texts[0], *train).wait() == 0
    assert leftovers(folder) == []
    print(f"\n{killed} kills of train --overwrite: 0 lost, 0 mixed, {len(seen)} models read")


def test_a_file_of_poems_is_old_or_new(start: Run, tmp_path: Path) -> None:
    file, seen = tmp_path / "poems.jsonl", []
    seeds = iter(range(10**6))

    def check() -> None:
        lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        seen.append({line["seed"] for line in lines})
        assert len(lines) == 5
        assert oct(file.stat().st_mode)[-3:] == "600"

    file.touch(0o600)
    write = ("write", "-m", MODEL, "-n", 5, "-o", file, "--max-chars", 20, "--seed")
    killed = kill_at_random(lambda: start(*write, 1000 * next(seeds)), check, 2)
    assert start(*write, 7).wait() == 0
    assert leftovers(tmp_path) == []
    print(f"\n{killed} kills of write -o: 0 lost, 0 mixed")


ENCODE = """
import sys
from poet.dataset.prepare import prepare
prepare(sys.argv[1:], notify=print)
"""


def test_an_encoded_text_is_whole_or_made_again(
    start: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from poet.dataset.prepare import prepare

    monkeypatch.setenv("POET_HOME", str(tmp_path / "home"))
    sample, fingerprints = ROOT / "corpus" / "sample" / "quatrains.txt", set()
    text = tmp_path / "verse.txt"

    def begin() -> subprocess.Popen[bytes]:
        text.write_text(sample.read_text("utf-8"), "utf-8")
        os.utime(text, ns=(0, time.time_ns()))  # so that it is encoded again
        return start(text, code=ENCODE)

    def check() -> None:
        fingerprints.add(prepare([str(text)], notify=lambda said: None).fingerprint)

    killed = kill_at_random(begin, check, 3)
    assert len(fingerprints) == 1
    assert leftovers(tmp_path / "home" / "cache") == []
    print(f"\n{killed} kills of encoding: 0 lost, 0 mixed")


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """A server of twenty files of poems, a little slow."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    for number in range(20):
        poem = {"author": "某", "title": f"{number}", "paragraphs": ["春水連天碧，"] * 400}
        (folder / f"{number}.json").write_text(json.dumps([poem] * (number + 1)), "utf-8")

    class Slow(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None: ...

        def do_GET(self) -> None:
            time.sleep(0.02)
            super().do_GET()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Slow, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


FETCH = """
import sys
from pathlib import Path
from poet.corpus.catalogue import Digest, Entry, Origin, digest
from poet.corpus.fetch import fetch
from poet.corpus.routes import GitHub
mirror, url, place = sys.argv[1:]
files = sorted(Path(mirror).iterdir())
found = {f.name: digest(f.read_bytes()) for f in files}
contents = tuple(Digest(sha256, name, poems) for name, (sha256, poems) in found.items())
origin = Origin("few", "", "", url)
few = Entry("few", "", "", "hant", "", 210, 20, 0, origin, "", "", "poems", contents)
fetch(few, Path(place), routes=[GitHub(url)])
"""


def test_a_fetch_is_whole_or_goes_on(start: Run, tmp_path: Path, mirror: str) -> None:
    place, source = tmp_path / "few", tmp_path / "mirror"
    whole = {path.name: path.read_bytes() for path in source.iterdir()}
    finished = 0

    def begin() -> subprocess.Popen[bytes]:
        if (place / "fetched.json").exists():
            shutil.rmtree(place)
        return start(source, mirror, place, code=FETCH)

    def check() -> None:
        nonlocal finished
        found = {path.name: path.read_bytes() for path in place.glob("[0-9]*.json")}
        assert found.items() <= whole.items()  # what has its name is whole
        if (place / "fetched.json").exists():
            assert found == whole
            finished += 1

    killed = kill_at_random(begin, check, 4)
    assert start(source, mirror, place, code=FETCH).wait() == 0
    check()
    assert leftovers(tmp_path) == []
    assert finished > 1
    print(f"\n{killed} kills of fetch: 0 lost, 0 mixed, {finished} finished in between")
