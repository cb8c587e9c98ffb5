"""Going on from a model that has learnt other text: what it knows stays, its alphabet grows."""

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

NOISE = 0.1  # by which new characters differ at first, as a share of a weight's usual size


def grown_weights(
    base: Checkpoint, tokenizer: CharTokenizer, counts: NDArray[np.int64], settings: TrainConfig
) -> dict[str, Tensor]:
    """A model's weights for a larger alphabet (V,), whose counts (V,) are those of its new text.

    What is new starts as the unknown mark, which stood for it so far, and as likely as it is in
    the new text. Where the settings have more hidden units, or title attention that the base
    lacks, these are there but unheard at first: the model is still the base.
    """
    _refuse_other_shape(base, settings)
    weights = {name: np.asarray(w, np.float32) for name, w in base.weights.items()}
    rows = base.tokenizer.id_map(tokenizer)
    is_new = rows < 0
    rows = np.where(is_new, UNK, rows)
    embedding, bias = weights["embedding.weight"][rows], weights["bias"][rows]
    usual = embedding.std()
    noise = np.random.default_rng(0).standard_normal((int(is_new.sum()), embedding.shape[1]))
    embedding[is_new] += NOISE * usual * noise
    bias[is_new] = np.log((counts[is_new] + 1.0) / (counts + 1.0).sum())
    weights |= {"embedding.weight": embedding, "bias": bias}
    if "title.embedding.weight" in weights:
        weights["title.embedding.weight"] = weights["title.embedding.weight"][rows]
    shape = ModelConfig(len(tokenizer), base.embedding, settings.hidden, settings.title)
    if (base.hidden, base.title) != (settings.hidden, settings.title):
        torch.manual_seed(settings.seed)
        weights = _widened(weights, base.hidden, shape)
    return {name: torch.from_numpy(np.ascontiguousarray(w)) for name, w in weights.items()}


def _refuse_other_shape(base: Checkpoint, settings: TrainConfig) -> None:
    """Raise `InputError` for a shape that a model cannot grow into."""
    if settings.hidden < base.hidden:
        raise InputError(
            f"the model has {base.hidden} hidden units, more than {settings.hidden}",
            "a model grows, it does not shrink: leave hidden as it is, or make it larger",
        )
    for name in ("embedding", "title"):
        ours, theirs = getattr(settings, name), getattr(base, name)
        if ours != theirs and not (name == "title" and not theirs):
            raise InputError(
                f"the model has {name}={theirs}, and {name}={ours} was asked for",
                f"leave {name} as it is: of a model that goes on, hidden can be made larger, and "
                "title attention added",
            )


def _widened(
    weights: dict[str, NDArray[np.float32]], hidden: int, shape: ModelConfig
) -> dict[str, NDArray[np.float32]]:
    """The weights of a larger model that does what one of `hidden` units did (Net2Net, Chen 2016).

    New units begin as they would in a new model, and nothing hears them yet: what leads from
    them to old units and to the output is zero.
    """
    fresh = {k: v.numpy() for k, v in PoetLSTM(shape).state_dict().items()}
    h, H = hidden, shape.hidden
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
