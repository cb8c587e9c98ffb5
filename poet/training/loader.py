"""The windows of an epoch as tensors, read ahead by other processes while a GPU computes.

To read a window takes the host about as long as the GPU needs for a whole step. Worker processes
(`torch.utils.data.DataLoader`) read the next ones meanwhile. On a CPU, which has nothing to wait
for, windows are read in place. The windows are the same either way.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from poet.model import TitleBatch
from poet.training.aux_targets import AuxiliaryTargets
from poet.training.batches import EpochBatches

MAX_WORKERS = 8


class Window(NamedTuple):
    """What a step reads, on the host; shapes as in `EpochBatches`."""

    inputs: Tensor  # (B, T)
    targets: Tensor  # (B, T)
    labels: Tensor | None  # (K, B, T), with auxiliary targets
    titles: TitleBatch | None  # with title attention


class WindowLoader:
    """Reads the windows of an epoch, which are asked for in order, ahead of time."""

    def __init__(self, aux_targets: AuxiliaryTargets | None, titles: bool, workers: int) -> None:
        """`titles` says whether the model has title attention; 0 workers read in place."""
        self.aux_targets, self.titles, self.workers = aux_targets, titles, workers
        self._ahead: Iterator[Window] | None = None
        self._next = (-1, -1)  # the epoch and the window that `_ahead` yields next

    def read(self, batches: EpochBatches, index: int) -> Window:
        """One window of an epoch."""
        windows = _Windows(batches, self.aux_targets, self.titles)
        if not self.workers:
            return windows[index]
        if self._ahead is None or self._next != (batches.number, index):
            loader = DataLoader(
                windows,
                batch_size=None,
                sampler=range(index, batches.num_windows),
                num_workers=self.workers,
                generator=torch.Generator(),  # the global one is training's
            )
            self._ahead = iter(loader)
        self._next = batches.number, index + 1
        return next(self._ahead)


def workers_for(device: torch.device, processes: int = 1) -> int:
    """How many processes should read ahead for one of the training processes on this machine."""
    if device.type != "cuda" or not sys.platform.startswith("linux"):
        return 0  # elsewhere workers do not start by a fork, and each would read the text anew
    return min(MAX_WORKERS, (os.cpu_count() or 1) // processes - 1)


class _Windows(Dataset[Window]):
    """The windows of an epoch by their indices."""

    def __init__(
        self, batches: EpochBatches, aux_targets: AuxiliaryTargets | None, titles: bool
    ) -> None:
        self.batches, self.aux_targets, self.titles = batches, aux_targets, titles

    def __getitem__(self, index: int) -> Window:
        inputs, targets = map(torch.from_numpy, self.batches.window(index))
        labels = titles = None
        if self.aux_targets:
            labels = torch.from_numpy(self.batches.aux_labels(index, self.aux_targets))
        if self.titles:
            titles = TitleBatch(*map(torch.from_numpy, self.batches.titles(index)))
        return Window(inputs, targets, labels, titles)
