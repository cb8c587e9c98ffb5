"""Several processes that train one model, each its share of the lanes.

torchrun starts them and tells each its place; what travels between them is torch's own
(torch.distributed): gradients by DistributedDataParallel, on GPUs by NCCL; numbers and the
carried state by gloo. The first process alone speaks and writes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, cast

import torch
from torch import Tensor, nn
from torch import distributed as dist

from ..errors import UsageError
from ..model import Share

T = TypeVar("T")
PLACE = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR")  # what torchrun tells each process
PATIENCE = timedelta(hours=6)  # one reads a text of many gigabytes, the others wait


@dataclass(frozen=True)
class Processes:
    """One of `count` processes, the one with the number `rank`; alone, all of this is nothing.

    What all of them do together is marked *together*: every process must come there.
    """

    rank: int = 0
    count: int = 1
    local: int = 0  # its number among those of one machine

    @property
    def is_first(self) -> bool:
        """Whether this is the one that speaks and writes."""
        return self.rank == 0

    def share(self, lanes: int) -> Share:
        """The lanes of this process. Raises `UsageError` where they cannot be shared equally."""
        if lanes % self.count:
            fitting = self.count * max(1, lanes // self.count)
            raise UsageError(
                f"{lanes} lanes cannot be shared equally by {self.count} processes",
                f"--batch-size {fitting} can",
            )
        own = lanes // self.count
        return Share(self.rank * own, own, lanes)

    def device(self, asked: str) -> str:
        """Its own GPU for each process of a machine; what was asked for where none is meant.

        Raises `UsageError` where there are more processes than GPUs.
        """
        gpus = torch.cuda.device_count()
        if self.count == 1 or not (asked == "cuda" or (asked == "auto" and gpus)):
            return asked
        if self.local >= gpus > 0:
            raise UsageError(
                f"there are {gpus} GPUs here for more processes than that",
                "start as many processes as there are GPUs, or say --device cpu",
            )
        return f"cuda:{self.local}"

    def wrap(self, module: nn.Module) -> nn.Module:
        """The module, its gradient the mean over all processes. *Together.*"""
        if self.count == 1:
            return module
        return nn.parallel.DistributedDataParallel(module, gradient_as_bucket_view=True)

    def table(self, *numbers: float) -> list[list[float]]:
        """The numbers of every process, a row each. *Together.*"""
        if self.count == 1:
            return [list(numbers)]
        own = torch.tensor(numbers, dtype=torch.float64)
        rows = [torch.empty_like(own) for _ in range(self.count)]
        dist.all_gather(rows, own)
        return [row.tolist() for row in rows]

    def any(self, here: bool) -> bool:
        """Whether it is so in any process. *Together.*"""
        return any(row[0] for row in self.table(here))

    def mean(self, number: float) -> float:
        """The mean over the processes. *Together.*"""
        return sum(row[0] for row in self.table(number)) / self.count

    def gather(self, lanes: Tensor) -> Tensor:
        """The state (1, B, H) of all lanes, of those of every process (1, b, H). *Together.*"""
        if self.count == 1:
            return lanes
        own = lanes.cpu()
        parts = [torch.empty_like(own) for _ in range(self.count)]
        dist.all_gather(parts, own)
        return torch.cat(parts, 1)

    def of_first(self, make: Callable[[], T]) -> T:
        """What the first process makes, for all; the others make nothing. *Together.*"""
        if self.count == 1:
            return make()
        found = [make() if self.is_first else None]
        dist.broadcast_object_list(found, device=torch.device("cpu"))
        return cast(T, found[0])

    def wait(self) -> None:
        """Until all are here. *Together.*"""
        self.table(0)

    @contextmanager
    def first_alone(self) -> Iterator[None]:
        """Before the others do the same, and find it done. *Together.*"""
        if not self.is_first:
            self.wait()
        yield
        if self.is_first:
            self.wait()


ALONE = Processes()


@contextmanager
def joined() -> Iterator[Processes]:
    """The processes that torchrun started, this one among them; else this one alone."""
    if any(name not in os.environ for name in PLACE) or os.environ["WORLD_SIZE"] == "1":
        yield ALONE
        return
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, timeout=PATIENCE)
    try:
        local = int(os.environ["LOCAL_RANK"])
        yield Processes(dist.get_rank(), dist.get_world_size(), local)
    finally:
        dist.destroy_process_group()
