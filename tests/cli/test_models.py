"""The models there are, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from poet import paths
from poet.checkpoint import Checkpoint, weight_shapes
from poet.tokenizer import CharTokenizer

Poet = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _three_models(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ships, one of the user's, one of which nothing is known."""
    monkeypatch.setattr(paths, "shipped", lambda: tmp_path / "shipped")
    model = Checkpoint.read(tiny)
    model.write(tmp_path / "shipped" / "checkpoints" / "tang")
    model.write(paths.models() / "mine")
    tokenizer = CharTokenizer("月")
    weights = {k: np.zeros(shape) for k, shape in weight_shapes(len(tokenizer), 2, 3).items()}
    Checkpoint(tokenizer, weights).write(paths.models() / "bare")


def test_list_names_the_models_that_ship_and_the_users_own(poet: Poet, tiny: Path) -> None:
    code, out, _ = poet("models", "list")
    assert code == 0
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in out.splitlines()}
    assert set(rows) == {"tang", "mine", "bare"}
    count = Checkpoint.read(tiny).parameters
    assert rows["mine"] == [f"{count:,} parameters", "sample", str(paths.models() / "mine")]


def test_a_damaged_model_is_named_and_the_others_are_listed(poet: Poet) -> None:
    (paths.models() / "mine" / "model.json").write_text("{", "utf-8")
    code, out, _ = poet("models", "list")
    assert code == 0
    assert "tang\t" in out
    assert "mine\t" in out
    assert "model.json cannot be read" in out


def test_show_gives_the_card(poet: Poet, tiny: Path) -> None:
    assert poet("models", "show", "mine")[1] == (tiny / "README.md").read_text("utf-8")


def test_path_prints_where_a_model_lies(poet: Poet) -> None:
    assert poet("models", "path", "mine")[:2] == (0, f"{paths.models() / 'mine'}\n")


def test_a_model_that_is_not_there_names_the_nearest(poet: Poet) -> None:
    code, out, err = poet("models", "show", "mien")
    assert (code, out) == (3, "")
    assert err.startswith("poet: there is no model called mien\n      did you mean mine?")


def test_a_model_of_the_users_comes_before_one_that_ships(poet: Poet, tiny: Path) -> None:
    Checkpoint.read(tiny).write(paths.models() / "tang")
    assert poet("models", "path")[1] == f"{paths.models() / 'tang'}\n"
