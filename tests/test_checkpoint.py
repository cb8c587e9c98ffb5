"""A model is a folder that is enough by itself; of a damaged one it is said what is wrong."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from poet.checkpoint import COUNTED, Checkpoint, ModelInfo, quantize, weight_shapes
from poet.errors import InputError, PoetError
from poet.generation import cliches, title_lifts
from poet.generation.cliches import Cliches
from poet.model_card import model_card
from poet.novelty import index
from poet.tokenizer import CharTokenizer

ALPHABET = CharTokenizer("，。春水連", ("五絕",), ("*", "某"))
V, E, H = len(ALPHABET), 3, 5
FACTS = {
    "name": "drop",
    "parameters": 431,
    "command": "poet train drops.txt",
    "settings": {"lr": 0.004, "window": 64},
    "text": {
        "name": "drops", "kind": "poems", "fingerprint": "abc123", "counts": {"exact copies": 7},
    },
    "training": {"steps": 1234, "minutes": 5.0, "engine": "cpu, 1 threads, fp32"},
    "figures": {
        "drops": {"loss": 4.5678, "accuracy": 0.2134, "characters": 98765, "poems": 432,
                  "perplexity": 96.3},
    },
}  # fmt: skip
INFO = ModelInfo.from_json(FACTS)


@pytest.fixture
def checkpoint() -> Checkpoint:
    rng = np.random.default_rng(1)
    shapes = weight_shapes(V, E, H).items()
    return Checkpoint(ALPHABET, {name: rng.normal(size=shape) for name, shape in shapes}, INFO)


@pytest.fixture
def folder(checkpoint: Checkpoint, tmp_path: Path) -> Path:
    checkpoint.write(tmp_path / "drop")
    return tmp_path / "drop"


def test_a_model_comes_back_as_it_was_but_for_the_rounding(
    checkpoint: Checkpoint, folder: Path
) -> None:
    found = Checkpoint.read(folder)
    assert found.tokenizer == ALPHABET
    assert (found.embedding, found.hidden) == (E, H)
    assert found.parameters == sum(w.size for w in checkpoint.weights.values())
    assert found.info == INFO
    assert found.info.to_json() == FACTS
    for name, weight in checkpoint.weights.items():
        np.testing.assert_array_equal(found.weights[name], weight.astype(np.float16))


def test_a_model_read_and_written_again_is_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    Checkpoint.read(folder).write(tmp_path / "again")
    for file in folder.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_in_8_bits_each_value_is_within_half_a_step_of_its_row(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    checkpoint.write(tmp_path / "small", bits=8)
    checkpoint.write(tmp_path / "large")
    found = Checkpoint.read(tmp_path / "small")
    assert found.info == INFO
    for name, weight in checkpoint.weights.items():
        if weight.ndim == 1:
            np.testing.assert_array_equal(found.weights[name], weight.astype(np.float16))
        else:
            step = np.abs(weight).max(1, keepdims=True) / 63
            assert (np.abs(found.weights[name] - weight) <= 0.501 * step).all()
    stored = load_file(tmp_path / "small" / "model.safetensors")
    assert {str(stored[name].dtype) for name in checkpoint.weights if "weight" in name} == {"int8"}
    assert "stored in 8 bits" in (tmp_path / "small" / "README.md").read_text("utf-8")
    assert "stored in 16 bits" in (tmp_path / "large" / "README.md").read_text("utf-8")


def test_a_row_of_zeros_stays_one_in_8_bits() -> None:
    values, scale = quantize(np.array([[0, 0], [1e-9, 5.0]]))
    np.testing.assert_array_equal(values * scale[:, None], np.array([[0, 0], [0, 5]], np.float32))


def test_8_bits_without_their_scales_are_refused(checkpoint: Checkpoint, tmp_path: Path) -> None:
    checkpoint.write(tmp_path / "small", bits=8)
    weighing("projection.weight.scale", None)(tmp_path / "small")
    with pytest.raises(InputError, match=r"projection\.weight has 8 bits and no scale"):
        Checkpoint.read(tmp_path / "small")


def test_weights_lie_on_the_disk_as_16_bit_floats(folder: Path) -> None:
    assert {str(w.dtype) for w in load_file(folder / "model.safetensors").values()} == {"float16"}


def test_a_folder_holds_three_files_and_no_pickle(folder: Path) -> None:
    assert sorted(file.name for file in folder.iterdir()) == [
        "README.md", "model.json", "model.safetensors",
    ]  # fmt: skip
    for file in folder.iterdir():
        assert not file.read_bytes().startswith((b"\x80", b"PK"))


def test_no_pickle_is_ever_opened(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.pt").write_bytes(b"\x80\x04N.")
    with pytest.raises(InputError, match=r"model.safetensors is missing"):
        Checkpoint.read(folder)


def test_the_description_can_be_read_by_people_and_without_the_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert Checkpoint.describe(folder)["shape"] == {
        "characters": V, "embedding": E, "hidden": H, "layers": 2, "title": 0,
    }  # fmt: skip
    assert "春水連" in (folder / "model.json").read_text("utf-8")


def describing(**changes: Any) -> Callable[[Path], None]:
    """Damage: other values in a `model.json` without digests; None takes one away."""

    def damage(folder: Path) -> None:
        path = folder / "model.json"
        changes.update(digests=None, sha256=None)
        facts = json.loads(path.read_text("utf-8")) | changes
        facts = {name: value for name, value in facts.items() if value is not None}
        path.write_text(json.dumps(facts), "utf-8")

    return damage


def weighing(name: str, weight: Any) -> Callable[[Path], None]:
    """Damage: another weight of this name, and no digests; None takes it away."""

    def damage(folder: Path) -> None:
        describing()(folder)
        path = folder / "model.safetensors"
        weights = load_file(path) | {name: weight}
        save_file({name: w for name, w in weights.items() if w is not None}, path)

    return damage


def cut_short(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-9])


def no_json(folder: Path) -> None:
    (folder / "model.json").write_text("{'format': 1}", "utf-8")


def no_text(folder: Path) -> None:
    (folder / "model.json").write_bytes(b"\xff\xfe\x00")


def a_list(folder: Path) -> None:
    (folder / "model.json").write_text("[1]", "utf-8")


SHAPE = {"characters": V, "embedding": E, "hidden": H, "layers": 2}
NAN = np.full((E, 2 * H), np.nan, np.float16)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "model.json").unlink(), "model.json is missing"),
        (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors is missing"),
        (cut_short, "model.safetensors cannot be read"),
        (no_json, "model.json cannot be read"),
        (no_text, "model.json cannot be read"),
        (a_list, "model.json cannot be read"),
        (describing(format=None), "its format is missing, this poet reads 2 to 4"),
        (describing(format=9), "its format is 9, this poet reads 2 to 4"),
        (describing(alphabet=None), "model.json lacks alphabet"),
        (describing(alphabet=None, shape=None), "model.json lacks alphabet and shape"),
        (describing(alphabet={"characters": "春"}), "its alphabet cannot be read"),
        (describing(alphabet=[]), "in model.json alphabet is a list, not an object"),
        (describing(alphabet=CharTokenizer("春").to_json()),
         f"its alphabet has 5 entries, its shape says {V}"),
        (describing(shape={"characters": V}),
         "in model.json shape lacks embedding and hidden and layers"),
        (describing(shape=7), "in model.json shape is 7, not an object"),
        (describing(shape=SHAPE | {"hidden": 1 << 40}), "its shape has a size out of range"),
        (describing(parameters="x"), "in model.json parameters is text, not a whole number"),
        (describing(figures={"tang": {"loss": 4.5}}),
         "in model.json figures.tang lacks accuracy and characters and perplexity and poems"),
        (describing(alphabet=CharTokenizer("春春").to_json()),
         "its alphabet cannot be read .one of its characters stands in it twice"),
        (describing(shape=SHAPE | {"layers": 3}), "it has 3 layers, this poet reads 2"),
        (describing(shape=SHAPE | {"hidden": 6}),
         r"weight lower.weight_ih_l0 is \(20, 3\), should be \(24, 3\)"),
        (weighing("bias", np.zeros(V + 1, np.float16)),
         rf"weight bias is \({V + 1},\), should be \({V},\)"),
        (weighing("bias", np.zeros(V, np.int16)), "weight bias is int16, not a float"),
        (weighing("upper.bias_hh_l0", None), "weight upper.bias_hh_l0 is missing"),
        (weighing("projection.weight", NAN),
         "weight projection.weight holds values that are not finite"),
    ],
)  # fmt: skip
def test_of_a_damaged_model_the_check_that_failed_is_named(
    folder: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(folder)
    with pytest.raises(InputError, match=message) as error:
        Checkpoint.read(folder)
    assert re.search(r"drop", error.value.message)
    assert error.value.hint


def test_where_there_is_no_folder_the_hint_says_what_ships(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no model in .*nowhere") as error:
        Checkpoint.read(tmp_path / "nowhere")
    assert error.value.hint.endswith("or the name of one that ships: tang")


def test_weights_beyond_16_bits_are_refused_and_the_old_model_stays(
    checkpoint: Checkpoint, folder: Path
) -> None:
    before = (folder / "model.safetensors").read_bytes()
    weights = {**checkpoint.weights, "bias": np.full(V, 1e6)}
    with pytest.raises(PoetError, match="weight bias does not fit 16 bits"):
        Checkpoint(ALPHABET, weights).write(folder)
    assert (folder / "model.safetensors").read_bytes() == before


def test_the_card_holds_the_figures_and_how_they_were_counted(folder: Path) -> None:
    card = (folder / "README.md").read_text("utf-8")
    assert card.startswith("---\nmodel_name: 'drop'\n")
    assert "\n# drop\n" in card
    assert "    poet train drops.txt\n" in card
    row = next(line for line in card.splitlines() if line.startswith("| drops |"))
    for figure in ("4.5678", "96.3", "21.34", "98,765", "432"):
        assert figure in row
    assert "| exact copies | 7 |" in card
    assert "| window | 64 |" in card
    assert "1,234 steps" in card
    assert "Mean nats per character of verse, with stops and the end mark" in card
    sections = ["Use", "Limits", "Data", "Training", "Evaluation"]
    assert [line[3:] for line in card.splitlines() if line.startswith("## ")] == sections
    assert "\n\n\n" not in card


def test_the_card_is_made_from_the_description_alone(folder: Path) -> None:
    card = model_card(Checkpoint.describe(folder))
    assert card == (folder / "README.md").read_text("utf-8")


def test_a_model_of_which_nothing_is_known_has_a_card_too(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    Checkpoint(ALPHABET, checkpoint.weights).write(tmp_path / "bare")
    card = (tmp_path / "bare" / "README.md").read_text("utf-8")
    assert "\n# a poet\n" in card
    assert "\n\n\n" not in card


def test_what_was_counted_for_another_model_goes(folder: Path) -> None:
    assert COUNTED == (title_lifts.FILE, cliches.FILE, index.FILE)
    for name in COUNTED:
        (folder / name).write_bytes(b"of the model before")
    Checkpoint.read(folder).write(folder)
    assert not any((folder / name).exists() for name in COUNTED)


def test_a_model_is_old_or_new_whenever_the_process_that_replaces_it_is_killed(
    checkpoint: Checkpoint, folder: Path, tmp_path: Path, killed_at: Callable[..., bool]
) -> None:
    """With the alphabet, the weights and what was counted of one of them, whatever the moment."""
    alphabet = CharTokenizer("。，山月夜雨秋", ("七絕",), ("*", "他"))
    rng = np.random.default_rng(2)
    shapes = weight_shapes(len(alphabet), E + 1, H).items()
    new = Checkpoint(alphabet, {name: rng.normal(size=shape) for name, shape in shapes})
    Cliches(V, np.array([1], np.uint32), np.array([1], np.float32)).write(folder)
    seen = set()
    for moment in count():
        place = tmp_path / str(moment)
        shutil.copytree(folder, place)
        died = killed_at(moment, partial(new.write, place))
        found, counted = Checkpoint.read(place), Cliches.read(place)
        is_new = found.tokenizer == alphabet
        assert is_new or found.tokenizer == ALPHABET
        source = new if is_new else checkpoint
        for name, weight in source.weights.items():
            np.testing.assert_array_equal(found.weights[name], weight.astype(np.float16))
        assert (counted is None) == is_new
        new.write(place)
        assert not list(place.glob(".poet*"))
        seen.add(is_new)
        if not died:
            break
    assert seen == {True, False}
    assert moment > 20
