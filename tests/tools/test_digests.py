"""A model of an older version is given digests, and its other files stay as they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from poet.checkpoint import Checkpoint
from poet.errors import InputError
from poet.generation.title_lifts import TitleLifts
from poet.objects import read_description
from tools.digests import add_digests

GOLDEN = Path(__file__).parents[1] / "golden" / "model"


def test_a_model_is_given_the_digests_of_all_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(GOLDEN, folder)
    add_digests(folder)
    facts, is_sealed = read_description(folder)
    assert is_sealed
    assert facts["digests"].keys() == {path.name for path in folder.glob("*.safetensors")}
    for path in GOLDEN.iterdir():
        if path.name != "model.json":
            assert (folder / path.name).read_bytes() == path.read_bytes()
    Checkpoint.read(folder)  # without a warning
    (folder / "lifts.safetensors").unlink()
    with pytest.raises(InputError, match="it is missing, though it belongs to the model"):
        TitleLifts.read(folder)
    add_digests(folder)  # it is a model without lifts now
    assert TitleLifts.read(folder) is None
