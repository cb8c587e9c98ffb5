"""Several processes that train one model, each its share of the lanes.

torchrun starts them and tells each its place; what travels between them is torch's own
(torch.distributed): gradients by DistributedDataParallel, on GPUs by NCCL; numbers and the
carried state by gloo. The first process alone speaks and writes. Processes on several machines
need one folder of runs and one of encoded texts, shared.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn, TypeVar, cast

import torch
from torch import Tensor, nn
from torch import distributed as dist

from poet.errors import InputError, PoetError, TrainingStopped, UsageError
from poet.model import Shard
from poet.training.device import Compute

T = TypeVar("T")
# What torchrun tells each process
PLACE = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR")
PATIENCE = timedelta(hours=6)  # one reads a text of many gigabytes, the others wait
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Distributed:
    """One of `count` processes, the one with the number `rank`; alone, all of this is nothing.

    What all of them do together is marked *together*: every process must come there.
    """

    rank: int = 0
    count: int = 1
    local: int = 0  # its number among those of one machine
    here: int = 1  # how many those are

    @property
    def is_first(self) -> bool:
        """Whether this is the one that speaks and writes."""
        return self.rank == 0

    def share(self, lanes: int) -> Shard:
        """The lanes of this process. Raises `UsageError` where they cannot be shared equally."""
        if lanes % self.count:
            fitting = self.count * max(1, lanes // self.count)
            some = ", ".join(str(n) for n in range(1, lanes + 1) if lanes % n == 0)
            raise UsageError(
                f"{lanes} lanes cannot be shared equally by {self.count} processes",
                f"processes that can: {some}; or begin a run with --batch-size {fitting}",
            )
        own = lanes // self.count
        return Shard(self.rank * own, own, lanes)

    def device(self, asked: str) -> str:
        """Of several processes each its own GPU, or all of them the processor.

        Raises `UsageError` where that cannot be; the same in every process of a machine.
        """
        if self.count == 1:
            return asked
        gpus = torch.cuda.device_count()
        if asked == "auto":
            asked = "cuda" if gpus else "cpu"
        if asked not in ("cpu", "cuda"):
            raise UsageError(
                f"several processes cannot share {asked}",
                "say --device cuda, of which each takes its own, or cpu",
            )
        if asked == "cuda" and 0 < gpus < self.here:
            raise UsageError(
                f"{self.here} processes are too many for {gpus} GPUs",
                "start as many processes as there are GPUs, or say --device cpu",
            )
        return f"cuda:{self.local}" if asked == "cuda" else asked

    def describe(self, engine: Compute) -> str:
        """Where training runs, in a few words."""
        return str(engine) if self.count == 1 else f"{self.count} processes, each {engine}"

    def command(self, words: str) -> str:
        """`poet train …` as it was started."""
        if self.count == 1:
            return words
        nodes = f" --nnodes {self.count // self.here}" if self.count > self.here else ""
        return f"torchrun{nodes} --nproc-per-node {self.here} -m {words}"

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
        """What the first process makes, for all; the others make nothing. *Together.*

        A `PoetError` of the first is raised in all.
        """
        if self.count == 1:
            return make()
        found: list[tuple[T | None, PoetError | None] | None] = [None]
        if self.is_first:
            try:
                found = [(make(), None)]
            except PoetError as wrong:
                found = [(None, wrong)]
        dist.broadcast_object_list(found, device=CPU)
        value, error = cast(tuple[T, PoetError | None], found[0])
        if error:
            raise error
        return value

    def in_turn(self, make: Callable[[], T]) -> T:
        """What is made by the first process before the others, who find it done. *Together.*"""
        made: list[T] = []
        self.of_first(lambda: made.append(make()))
        return made[0] if self.is_first else make()

    def wait(self) -> None:
        """Until all are here. *Together.*"""
        self.table(0)

    def end(self, code: int) -> int:
        """The exit code of a process that is alone; of several, each ends here. *Together.*"""
        if self.count > 1:
            self.wait()
            _end(code)
        return code


def _end(code: int) -> NoReturn:
    """End this process without taking interpreter and process group apart.

    With them taken apart in order, a process whose training was done was aborted now and then
    ("terminate called without an active exception", torch 2.13, gloo, busy cores), and torchrun
    called all of it failed. All files are closed by now, and the system closes the rest.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


ALONE = Distributed()


@contextmanager
def joined() -> Iterator[Distributed]:
    """The processes that torchrun started, this one among them; else this one alone.

    What is wrong with what was asked, all find out alike: the first one tells, the others leave.
    """
    if any(name not in os.environ for name in PLACE) or os.environ["WORLD_SIZE"] == "1":
        yield ALONE
        return
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, timeout=PATIENCE)
    local, here = (int(os.environ[name]) for name in ("LOCAL_RANK", "LOCAL_WORLD_SIZE"))
    processes = Distributed(dist.get_rank(), dist.get_world_size(), local, here)
    try:
        yield processes
    except (UsageError, InputError, TrainingStopped) as error:
        if processes.is_first:
            raise
        _end(error.exit_code)
