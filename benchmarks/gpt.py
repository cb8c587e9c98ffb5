"""A GPT of the nanoGPT kind, written plainly, to be compared with.

Pre-norm blocks of causal attention and a GELU layer four times as wide, learned positions, no
biases, AdamW with betas .9 and .99, decay on matrices, a warm-up, gradients clipped.
Dropout falls on the embedding and on what each half-block adds. Attention is spelled out: with
windows this short torch's fused one takes three to four times as long on a processor in bf16.

What poet does in training is done here too: the same sequences (`poet.training.batches`), tied
embeddings, an output bias that starts at the log frequencies, bf16 where the processor has it, the
chunked loss, memory that the C library keeps, and a moving average of the weights to be read with.
The dropout is its own. It may also have the auxiliary targets of `poet.training.aux_targets`, put
to what the middle block says as they are put to poet's lower layer: whether it has is told apart
(`sides`).
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.reference import Moment
from poet.dataset.dataset import TokenDataset
from poet.errors import InputError
from poet.runs.config import TrainConfig
from poet.tokenizer import Ids
from poet.training.aux_targets import AuxiliaryTargets
from poet.training.batches import EpochBatches
from poet.training.device import Compute
from poet.training.loss import auxiliary_loss, chunked_cross_entropy

HEAD = 64  # features of a head; of 32, attention takes half as long again


@dataclass(frozen=True, slots=True)
class GPTSettings:
    """How a GPT is shaped and trained."""

    layers: int = 5
    embedding: int = 256
    batch_size: int = 16  # blocks of a step; with the window as many characters as poet's
    window: int = 128  # characters that attention reaches over: nanoGPT's block
    lr: float = 2e-3
    warmup: int = 100
    weight_decay: float = 0.1
    clip: float = 1.0
    dropout: float = 0.0
    average: float = 0.98  # as poet's
    rhyme: float = 0.1  # weights of the auxiliary losses, as poet's
    lines: float = 0.05

    @property
    def aux_weights(self) -> tuple[float, float]:
        """The weights of the auxiliary losses."""
        return self.rhyme, self.lines

    def rate_at(self, step: int, spent: float) -> float:
        """The learning rate: a linear rise, then a straight fall to nothing, as poet's.

        nanoGPT's cosine to a tenth leaves more noise at the end of a short run.
        """
        rise = min(1.0, (step + 1) / max(1, self.warmup))
        return self.lr * rise * max(0.0, 1.0 - spent)


def attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Causal attention (N, T, HEAD) of N heads, each character to itself and those before it."""
    T = queries.shape[1]
    future = torch.full((T, T), -math.inf, dtype=queries.dtype, device=queries.device).triu(1)
    scores = torch.baddbmm(future, queries / math.sqrt(HEAD), keys.transpose(1, 2))
    return scores.softmax(-1).to(values.dtype) @ values


class Block(nn.Module):
    """(B, T, E) -> (B, T, E): attention to what stands before, then a layer for itself."""

    def __init__(self, settings: GPTSettings) -> None:
        super().__init__()
        E = settings.embedding
        self.before_attention = nn.LayerNorm(E, bias=False)
        self.queries_keys_values = nn.Linear(E, 3 * E, bias=False)
        self.attended = nn.Linear(E, E, bias=False)
        self.before_wide = nn.LayerNorm(E, bias=False)
        self.wide = nn.Linear(E, 4 * E, bias=False)
        self.narrow = nn.Linear(4 * E, E, bias=False)
        self.drop = nn.Dropout(settings.dropout)

    def forward(self, x: Tensor) -> Tensor:
        B, T, E = x.shape
        parts = self.queries_keys_values(self.before_attention(x)).split(E, dim=2)
        q, k, v = (part.view(B, T, E // HEAD, HEAD).transpose(1, 2).flatten(0, 1) for part in parts)
        heard = attention(q, k, v).view(B, E // HEAD, T, HEAD)
        x = x + self.drop(self.attended(heard.transpose(1, 2).reshape(B, T, E)))
        added: Tensor = self.drop(self.narrow(F.gelu(self.wide(self.before_wide(x)))))
        return x + added


class GPT(nn.Module):
    """ids (B, T) -> features (B, T, E) -> logits (…, V), the embedding tied to the output."""

    def __init__(self, characters: int, settings: GPTSettings) -> None:
        super().__init__()
        self.settings = settings
        self.embedding = nn.Embedding(characters, settings.embedding)
        self.positions = nn.Embedding(settings.window, settings.embedding)
        self.drop = nn.Dropout(settings.dropout)
        self.blocks = nn.ModuleList(Block(settings) for _ in range(settings.layers))
        self.last = nn.LayerNorm(settings.embedding, bias=False)
        self.bias = nn.Parameter(torch.zeros(characters))
        for name, weight in self.named_parameters():
            if weight.dim() > 1:  # what adds to the stream starts smaller, the deeper it is
                adds = name.endswith(("attended.weight", "narrow.weight"))
                std = 0.02 / math.sqrt(2 * settings.layers) if adds else 0.02
                nn.init.normal_(weight, std=std)

    def forward(self, ids: Tensor) -> Tensor:
        """Features (B, T, E) of at most a window of ids (B, T)."""
        return self.layers(ids)[1]

    def layers(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """What the middle block says (B, T, E), the lower of two, and what `forward` returns."""
        x = self.embedding(ids) + self.positions.weight[: ids.shape[1]]
        x = middle = self.drop(x)
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number == (len(self.blocks) - 1) // 2:
                middle = x
        return middle, self.last(x)

    def read(self, ids: Tensor) -> Tensor:
        """Features (B, T, E) of any length: past the first window each character sees half a
        window before it or more.

            abcdefgh, windows of 4  ->  abcd, (cd)ef, (ef)gh
        """
        T, half = self.settings.window, self.settings.window // 2
        parts = [self(ids[:, :T])]
        for at in range(T, ids.shape[1], half):
            parts.append(self(ids[:, at + half - T : at + half])[:, T - half :])
        return torch.cat(parts, dim=1)

    def logits(self, features: Tensor) -> Tensor:
        """Logits (…, V) of features (…, E)."""
        return F.linear(features, self.embedding.weight, self.bias)


def sized_like(parameters: int, characters: int, window: int) -> GPTSettings:
    """The layers and width, none of them odd, that come closest to so many parameters."""
    shapes = [
        GPTSettings(layers=layers, embedding=HEAD * heads, window=window)
        for layers in range(3, 9)
        for heads in range(2, 33)
    ]
    return min(shapes, key=lambda shape: abs(parameters_of(shape, characters) - parameters))


def parameters_of(settings: GPTSettings, characters: int) -> int:
    """How many numbers a GPT learns."""
    E = settings.embedding
    return (characters + settings.window) * E + characters + settings.layers * E * (12 * E + 2) + E


def orders(
    dataset: TokenDataset, settings: GPTSettings, seed: int
) -> Iterator[tuple[EpochBatches, NDArray[np.int64]]]:
    """An epoch, and which blocks (B,) of its row of poems are read next, in random order.

    Every epoch has another order of poems, other conditions and, but for the shortest texts,
    borders of its blocks elsewhere. Raises `InputError` where the text has no B blocks.
    """
    B = settings.batch_size
    row = TrainConfig(batch_size=1, window=settings.window, seed=seed)
    number = 0
    while True:
        epoch = EpochBatches(dataset, row, number)
        if epoch.num_windows < B:
            raise InputError(
                f"the text is too short for {B} blocks of {settings.window} characters",
                "give more text, or a smaller batch or window",
            )
        order = np.random.default_rng([seed, number]).permutation(epoch.num_windows)
        for at in range(0, len(order) - B + 1, B):
            yield epoch, order[at : at + B]
        number += 1


def batch(epoch: EpochBatches, blocks: NDArray[np.int64]) -> tuple[Ids, Ids]:
    """Inputs and targets (B, T) of blocks (B,)."""
    inputs, targets = zip(*(epoch.window(int(block)) for block in blocks), strict=True)
    return np.concatenate(inputs), np.concatenate(targets)


def auxiliary_head(settings: GPTSettings, targets: AuxiliaryTargets) -> nn.Module:
    """From the output of the middle block (B, T, E) to the auxiliary logits; for training only."""
    E = settings.embedding
    return nn.Sequential(nn.LayerNorm(E, bias=False), nn.Linear(E, sum(targets.num_classes)))


def losses(
    model: GPT,
    head: nn.Module,
    epoch: EpochBatches,
    blocks: NDArray[np.int64],
    aux_targets: AuxiliaryTargets | None,
    engine: Compute,
) -> tuple[Tensor, Tensor | float]:
    """Nats per character on blocks (B,), and the auxiliary loss, 0 without targets."""
    inputs, targets = (torch.from_numpy(ids) for ids in batch(epoch, blocks))
    with engine.autocast():
        middle, features = model.layers(inputs)
        logits = head(middle) if aux_targets else None
    loss = chunked_cross_entropy(
        features.flatten(0, 1).to(engine.dtype),
        model.embedding.weight,
        model.bias,
        targets.flatten(),
    )
    if aux_targets is None or logits is None:
        return loss, 0.0
    labels = np.concatenate([epoch.aux_labels(int(block), aux_targets) for block in blocks], 1)
    weights, num_classes = model.settings.aux_weights, aux_targets.num_classes
    return loss, auxiliary_loss(logits, torch.from_numpy(labels), num_classes, weights)


def train(
    model: GPT,
    average: GPT,
    dataset: TokenDataset,
    engine: Compute,
    spent: Callable[[Moment], float],
    seed: int,
) -> Iterator[Moment]:
    """Train until `spent` says 1; `average` follows the weights.

    Time between steps is free; so is laying out an epoch, as it is for poet.
    """
    settings = model.settings
    aux_targets = AuxiliaryTargets.for_dataset(dataset, settings.aux_weights)
    head = auxiliary_head(settings, aux_targets) if aux_targets else nn.Identity()
    parameters = [*model.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(_groups(parameters, settings), betas=(0.9, 0.99), fused=True)
    moment = Moment(0, 0, 0.0, 0.0)
    for epoch, blocks in orders(dataset, settings, seed):
        if spent(moment) >= 1:
            return
        cpu, wall = time.process_time(), time.perf_counter()
        loss, aux_loss = losses(model, head, epoch, blocks, aux_targets, engine)
        optimizer.zero_grad(set_to_none=True)
        (loss + aux_loss).backward()
        torch.nn.utils.clip_grad_norm_(parameters, settings.clip)
        for group in optimizer.param_groups:
            group["lr"] = settings.rate_at(moment.step, spent(moment))
        optimizer.step()
        _follow(average, model, min(settings.average, (1 + moment.step) / (10 + moment.step)))
        moment = moment.after(settings.batch_size * settings.window, cpu, wall)
        yield moment


def averaged(model: GPT) -> GPT:
    """A copy that follows the model's weights and is only read with."""
    return copy.deepcopy(model).requires_grad_(False).eval()


def _follow(average: GPT, model: GPT, decay: float) -> None:
    ours, theirs = ([p.detach() for p in one.parameters()] for one in (average, model))
    torch._foreach_lerp_(ours, theirs, 1 - decay)


def _groups(parameters: list[nn.Parameter], settings: GPTSettings) -> list[dict[str, object]]:
    """Weight decay falls on matrices alone."""
    decayed = [p for p in parameters if p.dim() > 1]
    rest = [p for p in parameters if p.dim() <= 1]
    return [
        {"params": decayed, "weight_decay": settings.weight_decay},
        {"params": rest, "weight_decay": 0.0},
    ]
