"""The GPT that poet is compared with is a sound one: it sees no future, and it learns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.gpt import (
    GPT,
    GPTSettings,
    auxiliary_head,
    averaged,
    batch,
    losses,
    orders,
    parameters_of,
    sized_like,
    train,
)
from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import sample_held_out
from poet.errors import InputError
from poet.poem import Poem
from poet.runs.config import TrainConfig
from poet.training.aux_targets import AuxiliaryTargets
from poet.training.batches import EpochBatches
from poet.training.device import select_device
from poet.training.evaluate import evaluate

V = 23
SETTINGS = GPTSettings(layers=2, embedding=64, batch_size=4, window=12, warmup=5, lr=4e-3)
MANY = replace(SETTINGS, batch_size=64)  # blocks enough to hold Chinese verse


@pytest.fixture
def model() -> GPT:
    torch.manual_seed(2)
    gpt = GPT(V, SETTINGS)
    for weight in gpt.parameters():  # far from the start, where little hangs together
        weight.data.normal_(std=0.3)
    return gpt.eval()


def logits(model: GPT, ids: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model.logits(model.read(ids))


@pytest.mark.parametrize("T", [12, 31])
def test_no_character_sees_what_comes_after_it(model: GPT, T: int) -> None:
    """Neither within a window nor where a longer text is read in several."""
    ids = torch.randint(0, V, (3, T))
    before = logits(model, ids)
    for t in (0, 1, T // 2, T - 6, T - 2):
        changed = ids.clone()
        changed[:, t + 1 :] = (ids[:, t + 1 :] + 1 + torch.randint(0, V - 1, ())) % V
        after = logits(model, changed)
        torch.testing.assert_close(after[:, : t + 1], before[:, : t + 1])
        assert not torch.allclose(after[:, t + 1], before[:, t + 1])


def test_a_long_text_is_read_with_half_a_window_or_more_before_each_character(model: GPT) -> None:
    ids = torch.randint(0, V, (2, 40))
    found = logits(model, ids)
    assert found.shape == (2, 40, V)
    with torch.no_grad():
        for at in (3, 12, 17, 18, 29, 39):
            start = 0 if at < 12 else at // 6 * 6 - 6
            alone = model.logits(model(ids[:, start : at + 1]))[:, -1]
            torch.testing.assert_close(found[:, at], alone)


def test_parameters_are_counted_and_come_close_to_those_asked_for() -> None:
    settings = sized_like(5_700_000, characters=7_400, window=128)
    assert abs(parameters_of(settings, 7_400) / 5_700_000 - 1) < 0.05
    found = sum(weight.numel() for weight in GPT(V, SETTINGS).parameters())
    assert found == parameters_of(SETTINGS, V)


def test_an_epoch_is_read_once_in_blocks_that_follow_the_row(dataset: TokenDataset) -> None:
    epoch = EpochBatches(dataset, TrainConfig(batch_size=1, window=12, seed=5), 0)
    starts = epoch.offset + 12 * np.arange(epoch.num_windows)
    wanted = sorted(epoch.read(starts[:, None] + np.arange(13)).tolist())
    source = orders(dataset, replace(SETTINGS, batch_size=1), seed=5)
    found = [batch(*next(source)) for _ in starts]
    assert all((inputs[0, 1:] == targets[0, :-1]).all() for inputs, targets in found)
    blocks = [[*inputs[0].tolist(), int(targets[0, -1])] for inputs, targets in found]
    assert blocks != wanted
    assert sorted(blocks) == wanted


def test_a_tiny_gpt_learns_a_text_that_repeats(tmp_path: Path) -> None:
    stream = build(tmp_path / "s", {"abc": [Poem("abcdefg " * 500)]}, stream=True)
    torch.manual_seed(1)
    model = GPT(len(stream.tokenizer), replace(SETTINGS, dropout=0.1))
    average = averaged(model)
    engine = select_device("cpu", "fp32")
    held = sample_held_out(stream, 4)
    steps = train(model, average, stream, engine, lambda at: at.step / 80, seed=1)
    moments = list(steps)
    found = evaluate(average.read, average.logits, stream, held, engine)
    assert found
    assert found.loss < 0.3 < np.log(8)
    assert [one.step for one in moments] == list(range(1, 81))
    assert moments[-1].characters == 80 * 4 * 12


def lower_gradients(dataset: TokenDataset, settings: GPTSettings) -> list[float]:
    """The norms of what the auxiliary loss alone asks of the parameters of each block."""
    torch.manual_seed(4)
    model, engine = GPT(len(dataset.tokenizer), settings), select_device("cpu", "fp32")
    epoch, blocks = next(orders(dataset, settings, seed=1))
    targets = AuxiliaryTargets.for_dataset(dataset, settings.aux_weights)
    head = auxiliary_head(settings, targets) if targets else torch.nn.Identity()
    _, asked = losses(model, head, epoch, blocks, targets, engine)
    if isinstance(asked, float):
        assert asked == 0
        return []
    asked.backward()
    return [
        sum(float(p.grad.norm()) for p in block.parameters() if p.grad is not None)
        for block in model.blocks
    ]


def test_the_questions_are_put_to_the_blocks_up_to_the_middle(dataset: TokenDataset) -> None:
    first, middle, last = lower_gradients(dataset, replace(MANY, layers=3))
    assert first > 0
    assert middle > 0
    assert last == 0


def test_nothing_is_asked_of_other_text_or_without_weight(
    dataset: TokenDataset, tmp_path: Path
) -> None:
    assert lower_gradients(dataset, replace(MANY, rhyme=0.0, lines=0.0)) == []
    letters = np.random.default_rng(1).choice([*"abcdefg "], (99, 60))
    plain = [Poem("".join(row)) for row in letters]
    assert lower_gradients(build(tmp_path / "s", {"plain": plain}), SETTINGS) == []


def test_the_groups_asked_are_those_of_the_blocks_that_are_read(dataset: TokenDataset) -> None:
    """The first rhyme of a block whose reading is known follows in the text itself."""
    aux = AuxiliaryTargets.for_dataset(dataset, SETTINGS.aux_weights)
    assert aux
    epoch, blocks = next(orders(dataset, MANY, seed=1))
    inputs, targets = batch(epoch, blocks)
    groups, left = np.concatenate([epoch.aux_labels(int(b), aux) for b in blocks], 1)
    assert groups.shape == left.shape == inputs.shape
    stands = aux.is_rhyme_stop[targets[:, 1:]] & (groups[:, :-1] >= 0)
    assert stands.any()
    assert (aux.rhyme_groups[targets[:, :-1]][stands] == groups[:, :-1][stands]).all()


def test_a_text_without_enough_blocks_is_refused(dataset: TokenDataset) -> None:
    with pytest.raises(InputError, match="too short for 5000 blocks"):
        next(orders(dataset, replace(SETTINGS, batch_size=5000), seed=1))
