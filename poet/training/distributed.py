"""Several processes that train one model, each with its shard of the batch.

torchrun starts them and tells each its rank. torch.distributed carries what they exchange:
gradients through DistributedDataParallel (NCCL on GPUs), numbers and the LSTM state through gloo.
Only rank 0 prints and writes files. Processes on several machines need the folders of runs and of
encoded texts on a shared disk.
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

T = TypeVar("T")
# What torchrun tells each process
VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR")
TIMEOUT = timedelta(hours=6)  # rank 0 may read many gigabytes of text while the others wait
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Distributed:
    """One of `world_size` processes. With a single process every method is trivial.

    A method marked *collective* must be called by all processes.
    """

    rank: int = 0
    world_size: int = 1
    local_rank: int = 0  # among the processes of this machine
    local_world_size: int = 1

    @property
    def is_main(self) -> bool:
        """Whether this is the process that prints and writes files."""
        return self.rank == 0

    def shard(self, batch_size: int) -> Shard:
        """The rows of the batch that this process reads.

        Raises `UsageError` if the batch cannot be divided equally.
        """
        if batch_size % self.world_size:
            nearest = self.world_size * max(1, batch_size // self.world_size)
            divisors = ", ".join(str(n) for n in range(1, batch_size + 1) if batch_size % n == 0)
            raise UsageError(
                f"a batch of {batch_size} rows cannot be divided among {self.world_size} processes",
                f"start one of {divisors} processes, or a run with --batch-size {nearest}",
            )
        size = batch_size // self.world_size
        return Shard(self.rank * size, size, batch_size)

    def device(self, name: str) -> str:
        """The device of this process: of several, each has a GPU of its own, or all the CPU.

        Raises `UsageError` if that is impossible, in every process of a machine alike.
        """
        if self.world_size == 1:
            return name
        gpus = torch.cuda.device_count()
        if name == "auto":
            name = "cuda" if gpus else "cpu"
        if name not in ("cpu", "cuda"):
            raise UsageError(
                f"several processes cannot share {name}",
                "use --device cuda, which gives each its own GPU, or --device cpu",
            )
        if name == "cuda" and 0 < gpus < self.local_world_size:
            raise UsageError(
                f"{self.local_world_size} processes are too many for {gpus} GPUs",
                "start as many processes as there are GPUs, or use --device cpu",
            )
        return f"cuda:{self.local_rank}" if name == "cuda" else name

    def describe(self, compute: object) -> str:
        """Where training runs, in a few words."""
        return (
            str(compute) if self.world_size == 1 else f"{self.world_size} processes, each {compute}"
        )

    def wrap(self, module: nn.Module) -> nn.Module:
        """The module, its gradients averaged over all processes. Collective."""
        if self.world_size == 1:
            return module
        return nn.parallel.DistributedDataParallel(module, gradient_as_bucket_view=True)

    def all_gather(self, *numbers: float) -> list[list[float]]:
        """The numbers of every process, one row per process. Collective."""
        if self.world_size == 1:
            return [list(numbers)]
        local = torch.tensor(numbers, dtype=torch.float64)
        rows = [torch.empty_like(local) for _ in range(self.world_size)]
        dist.all_gather(rows, local)
        return [row.tolist() for row in rows]

    def any(self, condition: bool) -> bool:
        """Whether the condition holds in any process. Collective."""
        return any(row[0] for row in self.all_gather(condition))

    def mean(self, number: float) -> float:
        """The mean over the processes. Collective."""
        return sum(row[0] for row in self.all_gather(number)) / self.world_size

    def barrier(self) -> None:
        """Wait until every process is here. Collective."""
        self.all_gather(0)

    def gather_batch(self, shard: Tensor) -> Tensor:
        """The shards (2, b, H) of all processes as one batch (2, B, H). Collective."""
        if self.world_size == 1:
            return shard
        local = shard.cpu()
        parts = [torch.empty_like(local) for _ in range(self.world_size)]
        dist.all_gather(parts, local)
        return torch.cat(parts, 1)

    def on_rank0(self, make: Callable[[], T]) -> T:
        """Run `make` on rank 0 and broadcast its result. Collective.

        A `PoetError` on rank 0 is raised in every process.
        """
        if self.world_size == 1:
            return make()
        box: list[tuple[T | None, PoetError | None] | None] = [None]
        if self.is_main:
            try:
                box = [(make(), None)]
            except PoetError as error:
                box = [(None, error)]
        dist.broadcast_object_list(box, device=CPU)
        value, refusal = cast(tuple[T, PoetError | None], box[0])
        if refusal:
            raise refusal
        return value

    def rank0_first(self, make: Callable[[], T]) -> T:
        """Run `make` on rank 0, then on the others, who find its files there. Collective."""
        results: list[T] = []
        self.on_rank0(lambda: results.append(make()))
        return results[0] if self.is_main else make()


ALONE = Distributed()


@contextmanager
def process_group() -> Iterator[Distributed]:
    """Join the processes that torchrun started, if it did; otherwise `ALONE`.

    An error in what the user asked for occurs in all processes: rank 0 raises it, the others exit.
    """
    if any(name not in os.environ for name in VARIABLES) or os.environ["WORLD_SIZE"] == "1":
        yield ALONE
        return
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, timeout=TIMEOUT)
    local_rank, local_size = (int(os.environ[name]) for name in ("LOCAL_RANK", "LOCAL_WORLD_SIZE"))
    distributed = Distributed(dist.get_rank(), dist.get_world_size(), local_rank, local_size)
    try:
        yield distributed
    except (UsageError, InputError, TrainingStopped) as error:
        if distributed.is_main:
            raise
        _exit_now(error.exit_code)


def exit_together(distributed: Distributed, code: int) -> int:
    """The exit code, for a single process to return; one of several exits here. Collective."""
    if distributed.world_size > 1:
        distributed.barrier()
        _exit_now(code)
    return code


def torchrun_command(distributed: Distributed, command: str) -> str:
    """The command `poet train …` as it was typed, with torchrun before it if that started it."""
    size, local_size = distributed.world_size, distributed.local_world_size
    if size == 1:
        return command
    nodes = f" --nnodes {size // local_size}" if size > local_size else ""
    return f"torchrun{nodes} --nproc-per-node {local_size} -m {command}"


def _exit_now(code: int) -> NoReturn:
    """End this process without taking the interpreter and the process group apart.

    When they are taken apart in order, a process that had finished training was sometimes aborted
    ("terminate called without an active exception", torch 2.13, gloo, busy cores), and torchrun
    reported the whole run as failed. All files are closed by now; the system closes the rest.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
