"""An encoded text is looked at before it is trusted, made again where it is damaged, and shared."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from poet.dataset.dataset import COLUMNS, TokenDataset
from poet.dataset.prepare import prepare
from poet.errors import InputError

ENCODE = """
import sys
from pathlib import Path
from poet.dataset.prepare import prepare
print("begun", flush=True)
sys.stdin.readline()
print(prepare([sys.argv[1]], notify=lambda remark: None).fingerprint)
"""


@pytest.fixture
def text(sample: Path) -> str:
    return str(sample / "quatrains.txt")


def encoded(text: str) -> TokenDataset:
    return prepare([text], notify=lambda remark: None)


def test_a_flipped_bit_in_any_file_is_noticed_and_the_text_is_encoded_again(text: str) -> None:
    whole = encoded(text)
    chance = random.Random(1)
    for path in sorted(whole.folder.iterdir()):
        data = path.read_bytes()
        for _ in range(3):
            changed = bytearray(data)
            changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            path.write_bytes(changed)
            if path.suffix == ".json" and _values(changed) == _values(data):
                continue  # white space
            with pytest.raises(InputError, match="holds no encoded text"):
                TokenDataset.open(whole.folder)
            assert encoded(text).facts == whole.facts
            assert path.read_bytes() == data


def _values(data: bytes | bytearray) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return None


@pytest.mark.parametrize(
    "name", ["store.json", "ids.bin", "titles.bin", *map("{}.bin".format, COLUMNS)]
)
def test_a_file_that_is_cut_missing_or_no_file_is_made_again(text: str, name: str) -> None:
    whole = encoded(text)
    path = whole.folder / name
    data = path.read_bytes()
    for damage in ("cut", "missing", "folder", "fifo"):
        path.unlink(missing_ok=True)
        if damage == "cut":
            path.write_bytes(data[: len(data) // 2])
        elif damage == "folder":
            path.mkdir()
        elif damage == "fifo" and hasattr(os, "mkfifo"):
            os.mkfifo(path)
        assert encoded(text).fingerprint == whole.fingerprint
        assert path.read_bytes() == data


def test_what_belongs_to_another_text_is_not_taken(text: str, sample: Path) -> None:
    one, other = encoded(text), encoded(str(sample))
    shutil.copy(other.folder / "held.bin", one.folder)
    with pytest.raises(InputError, match="by its digest"):
        TokenDataset.open(one.folder)


def test_an_older_encoded_text_without_a_digest_of_its_description_is_read(text: str) -> None:
    path = encoded(text).folder / "store.json"
    facts = json.loads(path.read_text("utf-8"))
    del facts["sha256"]
    path.write_text(json.dumps(facts), "utf-8")
    assert TokenDataset.open(path.parent).fingerprint == facts["fingerprint"]


def test_three_processes_that_encode_a_text_at_once_get_the_same(text: str) -> None:
    command = [sys.executable, "-c", ENCODE, text]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(3)]  # type: ignore[call-overload]
    for process in processes:
        assert process.stdout.readline() == "begun\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    found = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    whole = encoded(text)
    assert found == [whole.fingerprint + "\n"] * 3
    assert [path.name for path in whole.folder.parent.iterdir() if path.is_dir()] == [
        whole.folder.name
    ]


def test_what_a_killed_process_left_half_encoded_is_swept(text: str, sample: Path) -> None:
    store = encoded(text).folder.parent
    left = store / ".poet-abc.part"
    left.mkdir()
    (left / "texts.utf8").write_bytes(b"half")
    encoded(str(sample))
    assert not left.exists()
