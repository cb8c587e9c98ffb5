"""Everything that a run needs to go on bit for bit, in one file that is written whole.

Weights, their moving average, the optimizer, the carried state of the lanes, the random
states, and where in which epoch training stands. One safetensors file; the numbers that are
not tensors stand in its header as JSON.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from poet.errors import InputError
from poet.files import write_atomically
from poet.model import LSTMState, PoetLSTM
from poet.runs.config import Counters
from poet.training.distributed import ALONE, Distributed

FILE = "state.safetensors"


@dataclass
class TrainerState:
    """A training run in memory: what changes from step to step.

    Of several processes each has all of it, but of the carried state its own lanes alone.
    """

    model: PoetLSTM
    head: nn.Module  # of the auxiliary losses, which no model keeps; may have no weights
    average: PoetLSTM
    optimizer: torch.optim.Optimizer
    memory: LSTMState
    position: Counters
    processes: Distributed = ALONE

    def parameters(self) -> list[nn.Parameter]:
        """What is learnt: the model's weights and those of the head."""
        return [*self.model.parameters(), *self.head.parameters()]

    def save(self, folder: Path) -> None:
        """Write `state.safetensors`, whole or not at all: all lanes, for any number of processes.

        Every process comes here, the first one writes.
        """
        memory = [self.processes.gather(part) for part in _flat(self.memory)]
        if self.processes.is_first:
            self._write(folder, memory)
        self.processes.wait()

    def _write(self, folder: Path, memory: list[Tensor]) -> None:
        import safetensors.torch

        tensors = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"head.{k}": v for k, v in self.head.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        for i, slots in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{i}.{name}": value for name, value in slots.items()}
        tensors |= {f"memory.{i}": value for i, value in enumerate(memory)}
        tensors["random.torch"] = torch.get_rng_state()
        if self.memory[0][0].is_cuda:
            tensors["random.cuda"] = torch.cuda.get_rng_state(self.memory[0][0].device)
        tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
        header = {"position": json.dumps(asdict(self.position))}
        write_atomically(
            folder / FILE, lambda path: safetensors.torch.save_file(tensors, path, header)
        )

    def load(self, folder: Path) -> None:
        """Become the state that `save` wrote.

        Raises `InputError` where it cannot be read, or is that of a run on other text.
        """
        import safetensors
        import safetensors.torch

        path = folder / FILE
        device = self.memory[0][0].device
        try:
            tensors = safetensors.torch.load_file(path, device=str(device))
            with safetensors.safe_open(path, "pt") as file:
                position = Counters(**json.loads(file.metadata()["position"]))
            self._refuse_other_text(position, folder)
            self.model.load_state_dict(_under("model.", tensors))
            self.head.load_state_dict(_under("head.", tensors))
            self.average.load_state_dict(_under("average.", tensors))
            slots: dict[int, dict[str, Tensor]] = {}
            for name, value in _under("optimizer.", tensors).items():
                index, _, slot = name.partition(".")
                slots.setdefault(int(index), {})[slot] = value
            groups = self.optimizer.state_dict()["param_groups"]
            self.optimizer.load_state_dict({"state": slots, "param_groups": groups})
            lanes = self.processes.share(tensors["memory.0"].shape[1]).slice
            a, b, c, d = (tensors[f"memory.{i}"][:, lanes].contiguous() for i in range(4))
        except (
            OSError,
            safetensors.SafetensorError,
            LookupError,
            RuntimeError,
            TypeError,
            ValueError,
        ) as error:
            raise InputError(
                f"{path} cannot be resumed: {error}", "start again with another --name"
            ) from error
        self.memory = (a, b), (c, d)
        torch.set_rng_state(tensors["random.torch"].cpu())
        if "random.cuda" in tensors and device.type == "cuda":
            torch.cuda.set_rng_state(tensors["random.cuda"].cpu(), device)
        self.position = position

    def _refuse_other_text(self, position: Counters, folder: Path) -> None:
        if position.fingerprint != self.position.fingerprint:
            raise InputError(
                f"{folder} was trained on other text than this",
                "resume with the text it started with, or start another run with --name",
            )


def _flat(memory: LSTMState) -> tuple[Tensor, ...]:
    (a, b), (c, d) = memory
    return a, b, c, d


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
