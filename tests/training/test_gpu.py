"""What must hold on a GPU as on the CPU; skipped where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from poet.corpus.read import read
from poet.dataset.build import build
from poet.model import ModelConfig, PoetLSTM
from poet.runs.config import STATE_FILE, Budget, TrainConfig
from poet.training.device import select_device
from poet.training.loss import chunked_cross_entropy
from poet.training.trainer import Progress, Trainer, new_model
from poet.training.update import CapturedUpdate, Update

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")


def test_the_model_reads_alike_on_both() -> None:
    torch.manual_seed(1)
    model, ids = PoetLSTM(ModelConfig(50, 16, 32)), torch.randint(50, (3, 7))
    here = model.logits(model(ids)[0])
    model.cuda()
    there = model.logits(model(ids.cuda())[0])
    assert torch.allclose(here, there.cpu(), atol=1e-4)


def test_the_loss_and_its_gradient_are_alike_on_both() -> None:
    torch.manual_seed(1)
    parts = torch.randn(11, 8), torch.randn(40, 8), torch.randn(40)
    targets = torch.randint(40, (11,))
    gradients: list[Sequence[torch.Tensor]] = []
    for device in ("cpu", "cuda"):
        on = [part.detach().to(device).requires_grad_() for part in parts]
        chunked_cross_entropy(on[0], on[1], on[2], targets.to(device), rows=4).backward()
        gradients.append([part.grad.cpu() for part in on if part.grad is not None])
    for here, there in zip(*gradients, strict=True):
        assert torch.allclose(here, there, atol=1e-5)


def test_a_run_on_the_gpu_learns_and_goes_on(tmp_path: Path, sample: Path) -> None:
    source = read([sample / "quatrains.txt"], notify=lambda remark: None)
    dataset = build(tmp_path / "text", {"verse": source.pieces})
    settings = TrainConfig(embedding=32, hidden=64, batch_size=8, window=24, eval_every=50)
    compute = select_device("cuda")
    losses = []
    for steps in (30, 60):
        model = new_model(dataset, settings)
        trainer = Trainer(model, dataset, settings, Budget(steps), compute, tmp_path)
        losses += [progress.loss for progress in _go_on(trainer)]
    assert len(losses) == 60
    assert sum(losses[-10:]) < sum(losses[:10])


def test_a_captured_update_is_the_same_update(tmp_path: Path, sample: Path) -> None:
    source = read([sample / "quatrains.txt"], notify=lambda remark: None)
    dataset = build(tmp_path / "text", {"verse": source.pieces})
    settings = TrainConfig(embedding=32, hidden=64, batch_size=8, window=24, eval_every=10**9)
    compute = select_device("cuda", "fp32")
    losses: list[list[float]] = []
    for name, is_captured in (("captured", True), ("eager", False)):
        folder = tmp_path / name
        folder.mkdir()
        model = new_model(dataset, settings)
        trainer = Trainer(model, dataset, settings, Budget(20), compute, folder)
        assert isinstance(trainer.update, CapturedUpdate)
        if not is_captured:
            trainer.update = Update(trainer.state, trainer.update.loss_module, settings.clip)
        losses.append([progress.loss for progress in trainer.steps()])
    captured, eager = losses
    assert captured == pytest.approx(eager, rel=1e-3)
    assert captured[-1] < captured[0]


@pytest.mark.filterwarnings("ignore:Synchronization debug mode is a prototype")
def test_the_host_waits_for_no_step(tmp_path: Path, sample: Path) -> None:
    source = read([sample / "quatrains.txt"], notify=lambda remark: None)
    dataset = build(tmp_path / "text", {"verse": source.pieces})
    settings = TrainConfig(embedding=32, hidden=64, batch_size=8, window=24, eval_every=10**9)
    model, compute = new_model(dataset, settings), select_device("cuda")
    steps = Trainer(model, dataset, settings, Budget(40), compute, tmp_path).steps()
    for _ in range(10):  # the first fill caches and wait for their own figures
        next(steps)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(20):
            next(steps)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def _go_on(trainer: Trainer) -> list[Progress]:
    if (trainer.folder / STATE_FILE).exists():
        trainer.resume()
    return list(trainer.steps())
