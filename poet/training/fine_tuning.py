"""Fine-tuning: the weights of a model that has read other text, extended to a new vocabulary."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from poet.checkpoint import Checkpoint
from poet.errors import InputError
from poet.model import ModelConfig, PoetLSTM
from poet.runs.config import TrainConfig
from poet.tokenizer import UNK, CharTokenizer

NOISE = 0.1  # by which new characters differ at first, relative to the spread of the weights


def extended_weights(
    base: Checkpoint, tokenizer: CharTokenizer, counts: NDArray[np.int64], settings: TrainConfig
) -> dict[str, Tensor]:
    """The weights of `base` for a larger vocabulary (V,) with counts (V,) in the new text.

    New characters start like the unknown mark, which stood for them so far, with their frequency
    in the new text. If the settings ask for more hidden units, or for title attention that the base
    lacks, these have no effect at first: the model still computes what the base did.

    Raises `InputError` for settings that the base cannot be extended to.
    """
    _refuse_other_sizes(base, settings)
    weights = {name: np.asarray(w, np.float32) for name, w in base.weights.items()}
    rows = base.tokenizer.id_map(tokenizer)
    is_new = rows < 0
    rows = np.where(is_new, UNK, rows)
    embedding, bias = weights["embedding.weight"][rows], weights["bias"][rows]
    spread = embedding.std()
    noise = np.random.default_rng(0).standard_normal((int(is_new.sum()), embedding.shape[1]))
    embedding[is_new] += NOISE * spread * noise
    bias[is_new] = np.log((counts[is_new] + 1.0) / (counts + 1.0).sum())
    weights |= {"embedding.weight": embedding, "bias": bias}
    if "title.embedding.weight" in weights:
        weights["title.embedding.weight"] = weights["title.embedding.weight"][rows]
    config = ModelConfig(len(tokenizer), base.embedding, settings.hidden, settings.title)
    if (base.hidden, base.title) != (settings.hidden, settings.title):
        torch.manual_seed(settings.seed)
        weights = _widened(weights, base.hidden, config)
    return {name: torch.from_numpy(np.ascontiguousarray(w)) for name, w in weights.items()}


def _refuse_other_sizes(base: Checkpoint, settings: TrainConfig) -> None:
    if settings.hidden < base.hidden:
        raise InputError(
            f"the model has {base.hidden} hidden units, more than {settings.hidden}",
            "hidden can be made larger, not smaller: leave it out, or give a larger number",
        )
    for name in ("embedding", "title"):
        ours, theirs = getattr(settings, name), getattr(base, name)
        if ours != theirs and not (name == "title" and not theirs):
            raise InputError(
                f"the model has {name}={theirs}, and {name}={ours} was asked for",
                f"leave {name} out: of a base model only hidden can be made larger, and title "
                "attention added",
            )


def _widened(
    weights: dict[str, NDArray[np.float32]], hidden: int, config: ModelConfig
) -> dict[str, NDArray[np.float32]]:
    """The weights of a wider model that computes what one of `hidden` units did.

    As in Net2Net (Chen et al. 2016), but the new units start as they would in a new model, with
    zero weights from them to the old units and to the output.
    """
    fresh = {k: v.numpy() for k, v in PoetLSTM(config).state_dict().items()}
    h, H = hidden, config.hidden
    for name, new in fresh.items():
        if name not in weights:
            continue  # title attention that the base lacks
        old = weights[name]
        if name.startswith(("lower", "upper")):  # gates (4H, …), in torch's order
            gates = new.reshape(4, H, *new.shape[1:])
            was = old.reshape(4, h, *old.shape[1:])
            if new.ndim == 2:
                gates[:, :h] = 0
                gates[:, :h, : old.shape[1]] = was
            else:
                gates[:, :h] = was
        elif name in ("projection.weight", "title.query.weight"):  # of the lower, of the upper
            new[:] = 0
            new[:, :h], new[:, H : H + h] = old[:, :h], old[:, h:]
        else:
            new[:] = old
    if "title.embedding.weight" in fresh and "title.embedding.weight" not in weights:
        fresh["title.embedding.weight"][:] = weights["embedding.weight"]
    return fresh
