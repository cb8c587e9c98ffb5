"""What every test stands on: a home of its own, one thread, and a tiny model."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
import torch
from hypothesis import settings

from poet import paths
from poet.characters import STOPS, is_han
from poet.checkpoint import Checkpoint, ModelInfo, weight_shapes
from poet.cli import main
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.generation.writer import Writer
from poet.model import ModelConfig, PoetLSTM
from poet.novelty.fuse_filter import FuseFilter
from poet.novelty.index import NoveltyIndex
from poet.novelty.ngrams import hash_ngrams, hash_units
from poet.tokenizer import CharTokenizer

ByChance: TypeAlias = Callable[..., Writer]
torch.set_num_threads(1)  # toy matrices are slower on two
settings.register_profile("poet", deadline=None, max_examples=50)  # nothing here is timed
settings.load_profile("poet")


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's folders, or hears the user's environment."""
    settings = [name for name in os.environ if name.startswith("POET_")]
    for name in (*settings, "COLUMNS", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("POET_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture(scope="session")
def sample() -> Path:
    """The folder of the verse that ships."""
    return paths.shipped() / "corpus" / "sample"


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> TokenDataset:
    """The sample corpus, encoded."""
    folder = tmp_path_factory.mktemp("encoded") / "sample"
    return prepare([str(sample)], notify=lambda remark: None, folder=folder)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Path:
    """A model folder: the quatrains' alphabet and unigrams, and otherwise random weights."""
    texts, encoded = [str(sample / "quatrains.txt")], tmp_path_factory.mktemp("tiny") / "store"
    dataset = prepare(texts, notify=lambda remark: None, folder=encoded)
    torch.manual_seed(3)
    model = PoetLSTM(ModelConfig(len(dataset.tokenizer), 12, 20))
    model.init_output_bias(np.bincount(dataset.ids, minlength=len(dataset.tokenizer)))
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    facts = {"name": "tiny", "parameters": model.config.parameters, "text": {"name": "sample"}}
    folder = tmp_path_factory.mktemp("models") / "tiny"
    Checkpoint(dataset.tokenizer, weights, ModelInfo.from_json(facts)).write(folder)
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


@pytest.fixture(scope="session")
def tokenizer(sample: Path) -> CharTokenizer:
    """The Chinese characters of the sample corpus, about a thousand, and the stops."""
    text = (sample / "quatrains.txt").read_text("utf-8")
    return CharTokenizer("".join(sorted(filter(is_han, set(text)))) + STOPS)


@pytest.fixture(scope="session")
def by_chance() -> ByChance:
    """A model of random weights: the more `bold`, the more it hangs on what it has read."""

    def made(tokenizer: CharTokenizer, *, bold: float = 1.0, seed: int = 0) -> Writer:
        rng = np.random.default_rng(seed)
        shapes = weight_shapes(len(tokenizer), 8, 12)
        weights = {name: rng.normal(0, bold, shape) for name, shape in shapes.items()}
        return Writer(Checkpoint(tokenizer, weights))

    return made


@pytest.fixture(scope="session")
def parrot() -> Callable[..., Writer]:
    """A model that hopes for some characters, whatever it has read: each with its logit."""

    def made(tokenizer: CharTokenizer, **liked: float) -> Writer:
        shapes = weight_shapes(len(tokenizer), 2, 3)
        weights = {name: np.zeros(shape) for name, shape in shapes.items()}
        for character, logit in liked.items():
            weights["bias"][tokenizer.encode(character)] = logit
        return Writer(Checkpoint(tokenizer, weights))

    return made


@pytest.fixture(scope="session")
def index_of() -> Callable[[Iterable[str]], NoveltyIndex]:
    """The index of a training text of these lines."""

    def made(lines: Iterable[str]) -> NoveltyIndex:
        return NoveltyIndex(
            FuseFilter.from_keys(
                np.unique(np.concatenate([hash_ngrams(hash_units(x)) for x in lines]))
            )
        )

    return made


CHANGES = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod")


@pytest.fixture
def killed_at() -> Callable[[int, Callable[[], object]], bool]:
    """Do some work in a process that dies at its n-th change of a file; whether it died."""
    if not hasattr(os, "fork"):
        pytest.skip("there is no fork on Windows")

    def run(moment: int, work: Callable[[], object]) -> bool:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which it does without
            child = os.fork()
        if child == 0:
            changes = count()

            def hook(event: str, arguments: tuple[object, ...]) -> None:
                if event in CHANGES and next(changes) == moment:
                    os._exit(9)

            sys.addaudithook(hook)
            work()
            os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9

    return run
