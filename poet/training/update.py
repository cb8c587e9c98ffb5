"""One update of the weights: forward, backward, clip, optimizer and moving average.

What a step computes on the device, apart from what the host does for it. On a GPU the same
hundreds of kernels are launched at every step, and to launch them takes longer than to run them:
`CapturedUpdate` records them once, as a CUDA graph, and replays it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from poet.model import TitleBatch, detach, where
from poet.training.device import Compute
from poet.training.loss import AuxiliaryBatch
from poet.training.state import TrainerState

UNCAPTURED = 3  # steps before the capture, in which memory, kernels and optimizer settle down


class Batch(NamedTuple):
    """What a step reads, on the device."""

    inputs: Tensor  # (B, T)
    targets: Tensor  # (B, T)
    keep: Tensor | None  # (1, B, 1) whether a row keeps its state; None if all do
    auxiliary: AuxiliaryBatch | None
    titles: TitleBatch | None


class Update:
    """Updates a `TrainerState` by one batch at a time."""

    def __init__(self, state: TrainerState, loss_module: nn.Module, clip: float) -> None:
        """`clip` is the gradient norm allowed."""
        self.state, self.loss_module, self.clip = state, loss_module, clip

    def __call__(self, batch: Batch, lr: float, ema_weight: float) -> tuple[Tensor, Tensor]:
        """The loss and the gradient norm before clipping, each ().

        `ema_weight` is the weight of the new weights in their moving average. Weights and LSTM
        state stay as they were if the norm is not finite.
        """
        for group in self.state.optimizer.param_groups:
            group["lr"] = lr
        return self._compute(batch, ema_weight)

    def forget(self) -> None:
        """The state was loaded: keep nothing that belongs to its former tensors."""

    def _compute(self, batch: Batch, ema_weight: float | Tensor) -> tuple[Tensor, Tensor]:
        state = self.state
        h, c = state.lstm
        lstm = (h, c) if batch.keep is None else (h * batch.keep, c * batch.keep)
        state.optimizer.zero_grad(set_to_none=True)
        loss, aux_loss, lstm = self.loss_module(
            batch.inputs, batch.targets, lstm, batch.auxiliary, batch.titles
        )
        (loss + aux_loss).backward()
        norm = nn.utils.clip_grad_norm_(state.parameters(), self.clip)
        # The device itself decides whether to update (the optimizer through the attribute that
        # GradScaler sets): asking here would make the host wait for a GPU
        is_finite = norm.isfinite()
        state.optimizer.found_inf = (~is_finite).float()  # type: ignore[attr-defined]
        state.optimizer.step()
        averages: list[Tensor] = list(state.ema_model.parameters())
        weights = [p.detach() for p in state.model.parameters()]
        for average, weight in zip(averages, weights, strict=True):
            average.lerp_(weight, ema_weight)
        self._set_lstm(where(is_finite, detach(lstm), state.lstm))
        return loss.detach(), norm

    def _set_lstm(self, lstm: tuple[Tensor, Tensor]) -> None:
        self.state.lstm = lstm


class CapturedUpdate(Update):
    """An `Update` that is one CUDA graph from the fourth step on.

    All batches must have the same shapes, so there are none with titles; nothing may be gathered
    from other processes, and the optimizer must be `capturable`.
    """

    def __init__(
        self, state: TrainerState, loss_module: nn.Module, clip: float, compute: Compute
    ) -> None:
        """`compute` is the GPU."""
        super().__init__(state, loss_module, clip)
        self.compute = compute
        self.forget()

    def forget(self) -> None:
        self._steps = 0  # before the capture
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, batch: Batch, lr: float, ema_weight: float) -> tuple[Tensor, Tensor]:
        numbers = self.compute.put(torch.tensor([lr, ema_weight]))
        if not self._steps:  # a graph reads and writes the same memory at every step
            self._numbers, self._batch = numbers.clone(), _cloned(batch)
            for group in self.state.optimizer.param_groups:
                group["lr"] = self._numbers[0]
        for ours, new in zip(_tensors(self._batch), _tensors(batch), strict=True):
            ours.copy_(new)
        self._numbers.copy_(numbers)
        if self._steps < UNCAPTURED:
            self._steps += 1
            torch.cuda.synchronize()
            with torch.cuda.stream(torch.cuda.Stream()):  # on the default one nothing is captured
                result = self._compute(self._batch, self._numbers[1])
            torch.cuda.synchronize()
            return result
        if self._graph is None:
            self._graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self._graph):
                self._result = self._compute(self._batch, self._numbers[1])
        self._graph.replay()
        return self._result

    def _set_lstm(self, lstm: tuple[Tensor, Tensor]) -> None:
        for ours, new in zip(self.state.lstm, lstm, strict=True):
            ours.copy_(new)


def _tensors(batch: Batch) -> list[Tensor]:
    """The tensors of a batch without titles."""
    parts = (batch.inputs, batch.targets, batch.keep, *(batch.auxiliary or ()))
    return [part for part in parts if part is not None]


def _cloned(batch: Batch) -> Batch:
    """A copy of a batch without titles."""
    return Batch(
        batch.inputs.clone(),
        batch.targets.clone(),
        None if batch.keep is None else batch.keep.clone(),
        batch.auxiliary and AuxiliaryBatch(*(part.clone() for part in batch.auxiliary)),
        None,
    )
