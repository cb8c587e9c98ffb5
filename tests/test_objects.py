"""What poet wrote is read as it was written, or not at all."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from poet import objects
from poet.checkpoint import Checkpoint
from poet.errors import InputError, NoDigest
from poet.generation.cliches import Cliches
from poet.novelty.index import NoveltyIndex
from poet.objects import MODEL_FILE, read_description, read_tensors, unchanged
from poet.typed import Malformed

Cli = Callable[..., tuple[int, str, str]]
WEIGHTS = "model.safetensors"


@pytest.fixture
def model(tiny: Path, tmp_path: Path, index_of: Callable[[list[str]], NoveltyIndex]) -> Path:
    """A model with an index of its own."""
    folder = tmp_path / "mine"
    shutil.copytree(tiny, folder)
    index_of(["春水連天碧"]).write(folder)
    return folder


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    path.write_bytes(data)


@pytest.mark.parametrize("name", [MODEL_FILE, WEIGHTS, "novelty.safetensors"])
def test_a_flipped_bit_in_any_file_of_a_model_is_noticed(poet: Cli, model: Path, name: str) -> None:
    chance, whole = random.Random(1), (model / name).read_bytes()
    for _ in range(20):
        (model / name).write_bytes(whole)
        flip(model / name, chance.randrange(8 * len(whole)))
        if name == MODEL_FILE and json_values(model / name) == json.loads(whole):
            continue  # white space
        code, out, err = poet("write", "春", "-m", model, "--seed", 1)
        assert (code, out) == (3, "")
        assert err.count("\n") == 2, err
        assert "copy" in err


def json_values(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None


def test_a_file_of_another_model_is_noticed(poet: Cli, model: Path, tiny: Path) -> None:
    weights = Checkpoint.read(tiny)
    other = {name: weight[::-1].copy() for name, weight in weights.weights.items()}
    Checkpoint(weights.tokenizer, other, weights.info).write(model.with_name("other"))
    shutil.copy(model.with_name("other") / WEIGHTS, model / WEIGHTS)
    code, _, err = poet("write", "-m", model)
    assert code == 3
    assert f"{WEIGHTS} cannot be read (it is not the file that was written" in err


def test_a_file_that_belongs_to_a_model_cannot_go_unnoticed(poet: Cli, model: Path) -> None:
    (model / "novelty.safetensors").unlink()
    code, _, err = poet("write", "-m", model)
    assert code == 3
    assert "novelty.safetensors" in err
    assert "it is missing, though it belongs to the model" in err


def test_a_file_that_does_not_belong_to_a_model_is_not_read(model: Path, tmp_path: Path) -> None:
    none = np.zeros(0)
    Cliches(9, none.astype(np.uint32), none.astype(np.float32)).write(tmp_path)
    shutil.copy(tmp_path / "cliches.safetensors", model)
    with pytest.raises(InputError, match="it does not belong to the model"):
        Cliches.read(model)


def test_a_model_of_an_older_version_is_read_with_one_sentence(poet: Cli, model: Path) -> None:
    facts = json.loads((model / MODEL_FILE).read_text("utf-8"))
    plain = {key: facts[key] for key in facts if key not in ("digests", "sha256")}
    (model / MODEL_FILE).write_text(json.dumps(plain), "utf-8")
    code, _, err = poet("write", "春", "-m", model, "--seed", 1)
    assert code == 0
    assert err.count("has no digests") == 1
    with pytest.warns(NoDigest, match="damage would not be noticed"):
        Checkpoint.read(model)


def test_what_is_counted_for_a_model_later_belongs_to_it_too(model: Path) -> None:
    none = np.zeros(0)
    cliches = Cliches(9, none.astype(np.uint32), none.astype(np.float32))
    cliches.write(model)
    digests = read_description(model)[0]["digests"]
    assert digests.keys() == {WEIGHTS, "novelty.safetensors", "cliches.safetensors"}
    found = Cliches.read(model)
    assert found
    assert found.size == 9
    assert NoveltyIndex.read(model)


def test_the_models_that_ship_have_digests() -> None:
    from poet.paths import shipped

    for folder in (shipped() / "checkpoints").glob("*/"):
        facts, is_sealed = read_description(folder)
        assert is_sealed
        assert facts["digests"].keys() == {path.name for path in folder.glob("*.safetensors")}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes on Windows")
@pytest.mark.parametrize("name", [MODEL_FILE, WEIGHTS, "novelty.safetensors"])
def test_a_pipe_in_place_of_a_file_is_refused_at_once(poet: Cli, model: Path, name: str) -> None:
    (model / name).unlink()
    os.mkfifo(model / name)
    code, _, err = poet("write", "-m", model)
    assert code == 3
    assert f"{model / name} is a pipe or a device, not a plain file" in err


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-3], "cut short"),
        (lambda data: data + b"\0", "cut short, or goes on"),
        (lambda data: data[:4], "Expecting value"),
        (lambda data: b"\xff" * 8 + data[8:], "cut short|Extra data|decode"),
        (lambda data: data.replace(b'"F32"', b'"Q32"'), "Q32|variant"),
        (lambda data: data.replace(b'"F32"', b'"C64"'), "C64|offset|invalid"),
        (lambda data: data.replace(b"[2]", b"[3]"), "."),
        (lambda data: data.replace(b"[0,8]", b"[0,{}"), "."),
        (lambda data: data.replace(b"[0,8]", b"[-8,]"), "."),
        (lambda data: data.replace(b"[0,8]", b"     "), "."),
    ],
)
def test_a_malformed_file_of_tensors_is_one_error(
    tmp_path: Path, damage: Callable[[bytes], bytes], message: str
) -> None:
    path = tmp_path / "some.safetensors"
    save_file({"a": np.array([1, 2], np.float32)}, path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(Malformed, match=message):
        read_tensors(path)


def test_a_model_that_is_replaced_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    write = (tmp_path / MODEL_FILE).write_text
    write("old")

    def read() -> str:
        found = (tmp_path / MODEL_FILE).read_text()
        if found == "old":
            write("new")
            raise InputError("the other files are new")
        return found

    assert unchanged(tmp_path, read) == "new"


def test_bf16_is_refused_by_name(tmp_path: Path) -> None:
    header = b'{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}      '
    path = tmp_path / "some.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(Malformed, match="tensor a is BF16, which poet never writes"):
        objects.read_tensors(path)
