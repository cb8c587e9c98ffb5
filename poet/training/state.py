"""Everything that a run needs to continue bit for bit, in one file that is written whole.

Weights, their moving average, the optimizer, the LSTM state of every row of the batch, the random
number generators, and how far training has come. It is one safetensors file; the numbers that are
not tensors are JSON in its header, with the digest of the tensors and of themselves. Its keys:

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
from poet.objects import (
    SEAL,
    is_sealed,
    read_tensors,
    sealed,
    tensors_digest,
    warn_of_no_digest,
)
from poet.runs.config import STATE_FILE, Counters
from poet.typed import Malformed, parse

TENSORS = "tensors"  # the key of their digest, beside the counters
MOMENTS = ("exp_avg", "exp_avg_sq")  # that AdamW keeps of each parameter


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
        import safetensors.numpy

        tensors = self._weights()
        for i, slots in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{i}.{name}": value for name, value in slots.items()}
        tensors |= {f"memory.{i}": part for i, part in enumerate(_layer_by_layer(lstm))}
        tensors["random.torch"] = torch.get_rng_state()
        device = self.lstm[0].device
        if device.type == "cuda":
            tensors["random.cuda"] = torch.cuda.get_rng_state(device)
        arrays = {name: t.detach().cpu().contiguous().numpy() for name, t in tensors.items()}
        facts = {**self.counters.to_json(), TENSORS: tensors_digest(arrays)}
        header = {"position": json.dumps(sealed(facts))}
        write_atomically(
            folder / STATE_FILE, lambda path: safetensors.numpy.save_file(arrays, path, header)
        )

    def load(self, folder: Path, shard: Shard) -> None:
        """Become the state that `save` wrote, with the LSTM state of a shard of the batch.

        Warns of one without digests. Raises `InputError` if it is damaged, belongs to a run on
        other text, or is not of this model.
        """
        path = folder / STATE_FILE
        try:
            arrays, metadata = read_tensors(path)
            facts = parse(metadata.get("position", ""))
            if not is_sealed(facts):
                warn_of_no_digest(path)
            elif facts.get(TENSORS) != tensors_digest(arrays):
                raise Malformed("its tensors are not those that were written, by their digest")
            plain = {name: v for name, v in facts.items() if name not in (SEAL, TENSORS)}
            counters = Counters.from_json(plain)
            self._refuse_other_text(counters, folder)
            tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
            self._refuse_other_shapes(tensors, shard)
            self._take(tensors, shard)
        except (Malformed, RuntimeError) as error:  # torch refuses random states with the latter
            raise InputError(
                f"{path} cannot be resumed: {error}",
                f"start again with another --name; the best model so far is in {folder}",
            ) from error
        self.counters = counters

    def _weights(self) -> dict[str, Tensor]:
        """All weights and their averages, by the names that they have on disk."""
        modules = {"model": self.model, "head": self.head, "average": self.ema_model}
        return {
            f"{prefix}.{name}": weight
            for prefix, module in modules.items()
            for name, weight in module.state_dict().items()
        }

    def _take(self, tensors: dict[str, Tensor], shard: Shard) -> None:
        device = self.lstm[0].device
        torch.set_rng_state(tensors["random.torch"])
        if "random.cuda" in tensors and device.type == "cuda":
            torch.cuda.set_rng_state(tensors["random.cuda"], device)
        self.model.load_state_dict(_with_prefix("model.", tensors))
        self.head.load_state_dict(_with_prefix("head.", tensors))
        self.ema_model.load_state_dict(_with_prefix("average.", tensors))
        slots: dict[int, dict[str, Tensor]] = {}
        for name, value in _with_prefix("optimizer.", tensors).items():
            index, _, slot = name.partition(".")
            slots.setdefault(int(index), {})[slot] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": slots, "param_groups": groups})
        h, c, upper_h, upper_c = (
            tensors[f"memory.{i}"][:, shard.slice].to(device) for i in range(4)
        )
        self.lstm = torch.cat([h, upper_h]), torch.cat([c, upper_c])

    def _refuse_other_shapes(self, tensors: dict[str, Tensor], shard: Shard) -> None:
        """Raise `Malformed` unless the tensors are those that this run would save."""
        wanted = {name: weight.shape for name, weight in self._weights().items()}
        memory = torch.Size([1, shard.total, self.lstm[0].shape[2]])
        wanted |= {f"memory.{i}": memory for i in range(4)}
        if any(name.startswith("optimizer.") for name in tensors):  # it has none before step 1
            trained = [p for group in self.optimizer.param_groups for p in group["params"]]
            for i, parameter in enumerate(trained):
                wanted |= {f"optimizer.{i}.{slot}": parameter.shape for slot in MOMENTS}
                wanted[f"optimizer.{i}.step"] = torch.Size([])
        for name, shape in wanted.items():
            found = tensors.get(name)
            if found is None or found.shape != shape or found.dtype != torch.float32:
                size = "missing" if found is None else f"{tuple(found.shape)}, {found.dtype}"
                raise Malformed(f"{name} is {size}, should be {tuple(shape)}, torch.float32")
        others = tensors.keys() - wanted.keys() - {"random.cuda"}
        if others != {"random.torch"} or tensors["random.torch"].dtype != torch.uint8:
            raise Malformed(f"it holds {' '.join(sorted(others)) or 'no random state'}")

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
