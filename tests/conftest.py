"""What every test stands on: a home of its own, one thread, and a tiny model."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings

from poet import places
from poet.checkpoint import Checkpoint
from poet.cli import main
from poet.corpus.store import Store
from poet.corpus.texts import prepare
from poet.model import PoetLSTM, Shape

torch.set_num_threads(1)  # toy matrices are slower on two
settings.register_profile("poet", deadline=None, max_examples=50)  # nothing here is timed
settings.load_profile("poet")


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's folders, or hears the user's environment."""
    monkeypatch.setenv("POET_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name in ("POET_MODEL", "POET_CORPUS_URL", "COLUMNS", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def sample() -> Path:
    """The folder of the verse that ships."""
    return places.shipped() / "corpus" / "sample"


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Store:
    """The sample corpus, encoded."""
    folder = tmp_path_factory.mktemp("encoded") / "sample"
    return prepare([str(sample)], say=lambda remark: None, folder=folder)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Path:
    """A model folder: the quatrains' alphabet and unigrams, and otherwise random weights."""
    texts, encoded = [str(sample / "quatrains.txt")], tmp_path_factory.mktemp("tiny") / "store"
    store = prepare(texts, say=lambda remark: None, folder=encoded)
    torch.manual_seed(3)
    model = PoetLSTM(Shape(len(store.alphabet), 12, 20))
    model.start_from_counts(np.bincount(store.ids, minlength=len(store.alphabet)))
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    facts = {"name": "tiny", "parameters": model.shape.parameters, "text": {"name": "sample"}}
    folder = tmp_path_factory.mktemp("models") / "tiny"
    Checkpoint(store.alphabet, weights, facts).write(folder)
    return folder


@pytest.fixture
def poet(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """The command line in this process: its exit code, stdout and stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["poet", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        out, err = capfd.readouterr()
        return int(leaving.value.code or 0), out, err

    return run
