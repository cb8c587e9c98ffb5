"""Windows read ahead by other processes are those that are read in place."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from poet.corpus.read import read
from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.runs.config import TrainConfig
from poet.training.aux_targets import AuxiliaryTargets
from poet.training.batches import EpochBatches
from poet.training.loader import Window, WindowLoader, workers_for

SETTINGS = TrainConfig(batch_size=4, window=16, title=8)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> TokenDataset:
    source = read([sample / "quatrains.txt"], notify=lambda remark: None)
    return build(tmp_path_factory.mktemp("text") / "text", {"verse": source.pieces})


def test_windows_read_ahead_are_those_read_in_place(dataset: TokenDataset) -> None:
    targets = AuxiliaryTargets.for_dataset(dataset, (1, 1), min_known=1)
    here, ahead = (WindowLoader(targets, titles=True, workers=n) for n in (0, 2))
    for epoch in (0, 1):
        batches = EpochBatches(dataset, SETTINGS, epoch)
        for index in range(batches.num_windows):
            _assert_equal(here.read(batches, index), ahead.read(batches, index))


def test_reading_may_go_back_or_leave_windows_out(dataset: TokenDataset) -> None:
    here, ahead = (WindowLoader(None, titles=False, workers=n) for n in (0, 1))
    batches = EpochBatches(dataset, SETTINGS, 0)
    for index in (0, 1, 3, 2, 3):
        _assert_equal(here.read(batches, index), ahead.read(batches, index))


def test_the_random_numbers_of_training_are_not_drawn_from(dataset: TokenDataset) -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    WindowLoader(None, titles=False, workers=1).read(EpochBatches(dataset, SETTINGS, 0), 0)
    assert torch.equal(torch.get_rng_state(), before)


def test_nothing_is_read_ahead_for_a_cpu() -> None:
    assert workers_for(torch.device("cpu")) == 0


def _assert_equal(one: Window, other: Window) -> None:
    assert torch.equal(one.inputs, other.inputs)
    assert torch.equal(one.targets, other.targets)
    assert (one.labels is None) == (other.labels is None)
    if one.labels is not None and other.labels is not None:
        assert torch.equal(one.labels, other.labels)
    assert (one.titles is None) == (other.titles is None)
    for mine, theirs in zip(one.titles or (), other.titles or (), strict=True):
        assert torch.equal(mine, theirs)
