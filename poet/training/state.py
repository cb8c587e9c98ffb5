"""Everything that a run needs to continue bit for bit, in one file that is written whole.

Weights, their moving average, the optimizer, the LSTM state of every row of the batch, the random
number generators, and how far training has come. It is one safetensors file; the numbers that are
not tensors are JSON in its header. Its keys:

    model.*  head.*  average.*         weights by name; `average` is the moving average
    optimizer.0.exp_avg …              by parameter
    memory.0 … memory.3                h and c of the lower layer, h and c of the upper, (1, B, H)
    random.torch  random.cuda
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from poet.errors import InputError
from poet.files import write_atomically
from poet.model import LSTMState, PoetLSTM, Shard
from poet.runs.config import STATE_FILE, Counters


@dataclass
class TrainerState:
    """A training run in memory: everything that changes from step to step.

    With several processes each has all of it, except that `lstm` has only its shard of the batch.
    """

    model: PoetLSTM
    head: nn.Module  # of the auxiliary targets, not part of the finished model; may have no weights
    ema_model: PoetLSTM  # the exponential moving average of the weights
    optimizer: torch.optim.Optimizer
    lstm: LSTMState
    counters: Counters

    def parameters(self) -> list[nn.Parameter]:
        """What is trained: the weights of the model and of the head."""
        return [*self.model.parameters(), *self.head.parameters()]

    def save(self, folder: Path, lstm: LSTMState) -> None:
        """Write `state.safetensors`, whole or not at all.

        `lstm` is the state of the whole batch, so that any number of processes can resume.
        """
        import safetensors.torch

        tensors = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"head.{k}": v for k, v in self.head.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.ema_model.state_dict().items()}
        for i, slots in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{i}.{name}": value for name, value in slots.items()}
        tensors |= {f"memory.{i}": part for i, part in enumerate(_layer_by_layer(lstm))}
        tensors["random.torch"] = torch.get_rng_state()
        device = self.lstm[0].device
        if device.type == "cuda":
            tensors["random.cuda"] = torch.cuda.get_rng_state(device)
        tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
        header = {"position": json.dumps(self.counters.to_json())}
        write_atomically(
            folder / STATE_FILE, lambda path: safetensors.torch.save_file(tensors, path, header)
        )

    def load(self, folder: Path, shard: Shard) -> None:
        """Become the state that `save` wrote, with the LSTM state of a shard of the batch.

        Raises `InputError` if it cannot be read or belongs to a run on other text.
        """
        import safetensors
        import safetensors.torch

        path = folder / STATE_FILE
        device = self.lstm[0].device
        try:
            tensors = safetensors.torch.load_file(path, device=str(device))
            with safetensors.safe_open(path, "pt") as file:
                counters = Counters.from_json(json.loads(file.metadata()["position"]))
            self._refuse_other_text(counters, folder)
            self.model.load_state_dict(_with_prefix("model.", tensors))
            self.head.load_state_dict(_with_prefix("head.", tensors))
            self.ema_model.load_state_dict(_with_prefix("average.", tensors))
            slots: dict[int, dict[str, Tensor]] = {}
            for name, value in _with_prefix("optimizer.", tensors).items():
                index, _, slot = name.partition(".")
                slots.setdefault(int(index), {})[slot] = value
            groups = self.optimizer.state_dict()["param_groups"]
            self.optimizer.load_state_dict({"state": slots, "param_groups": groups})
            h, c, upper_h, upper_c = (tensors[f"memory.{i}"][:, shard.slice] for i in range(4))
            lstm = torch.cat([h, upper_h]), torch.cat([c, upper_c])
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
        self.lstm, self.counters = lstm, counters
        torch.set_rng_state(tensors["random.torch"].cpu())
        if "random.cuda" in tensors and device.type == "cuda":
            torch.cuda.set_rng_state(tensors["random.cuda"].cpu(), device)

    def _refuse_other_text(self, counters: Counters, folder: Path) -> None:
        if counters.fingerprint != self.counters.fingerprint:
            raise InputError(
                f"{folder} was trained on other text than this",
                "resume with the text it started with, or start another run with --name",
            )


def _layer_by_layer(state: LSTMState) -> list[Tensor]:
    """h and c of the lower layer, h and c of the upper one, each (1, B, H)."""
    return [part[layer : layer + 1] for layer in range(2) for part in state]


def _with_prefix(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
