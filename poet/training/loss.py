"""The loss of a window: cross entropy of the next character, and of the auxiliary targets.

The softmax is what makes a character model expensive: N rows of V logits in fp32, and three such
arrays in the backward pass, take 460 MB each for 16,000 rows of 7,000. Here only `rows` of them are
alive at a time, and their gradient is made in the forward pass along with the loss. Memory does not
grow with the window, nothing is computed twice, and the matrix products run in bf16 if asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from poet.dataset.held_out import IGNORE
from poet.model import LSTMState, PoetLSTM, Shard, TitleBatch
from poet.training.device import Compute

TINY = 1e-37
ROWS = 512  # rows of logits alive at a time: 8 MB in bf16 at 8,000 characters
# A GPU has the memory, and is held up by the dozen kernel launches per chunk; the best number of
# rows has not been measured on one
GPU_ROWS = 8192


class _ChunkedCrossEntropy(torch.autograd.Function):
    """Mean cross entropy of softmax(features @ weight.T + bias), its gradient made in forward."""

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, rows: int
    ) -> Tensor:
        dtype = features.dtype
        cast_weight, cast_bias = weight.to(dtype), bias.to(dtype)
        total = torch.zeros((), dtype=torch.float32, device=features.device)
        grad_features = torch.empty_like(features)
        grad_weight = torch.zeros_like(weight, dtype=torch.float32)
        grad_bias = torch.zeros_like(bias, dtype=torch.float32)
        ones = features.new_ones(1, rows)
        for start in range(0, len(features), rows):
            x = features[start : start + rows]  # (R, E)
            at_target = (torch.arange(len(x), device=x.device), targets[start : start + rows])
            logits = torch.addmm(cast_bias, x, cast_weight.T)  # (R, V)
            # In the dtype of the products: bf16 has the exponents of fp32, the gradient is rounded
            # to it anyway, and memory moves twice as many numbers in the same time
            p = torch.softmax(logits, 1)
            p_target = p[at_target].float()
            # A probability too small for its dtype is a large loss, not an infinite one
            total -= p_target.clamp_min(TINY).log().sum()
            # d loss / d logits, in place: scatter_add_ would copy all of it three times
            p.index_put_(at_target, (p_target - 1).to(dtype))
            grad_features[start : start + rows] = p @ cast_weight
            grad_weight += p.T @ x
            grad_bias += (ones[:, : len(x)] @ p)[0]  # a product is faster than a sum here
        ctx.save_for_backward(grad_features, grad_weight, grad_bias)
        return total / len(features)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        grad_features, grad_weight, grad_bias = ctx.saved_tensors
        scale = grads[0] / len(grad_features)
        return (
            grad_features * scale.to(grad_features.dtype),
            grad_weight * scale,
            grad_bias * scale,
            None,
            None,
        )


def chunked_cross_entropy(
    features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, rows: int | None = None
) -> Tensor:
    """Mean nats per character: features (N, E), weight (V, E), bias (V,), targets (N,) -> ().

    Products run in the dtype of `features`, sums in fp32. `rows` of logits are alive at a time;
    the default depends on the device.
    """
    rows = rows or (GPU_ROWS if features.is_cuda else ROWS)
    loss: Tensor = _ChunkedCrossEntropy.apply(features, weight, bias, targets, rows)
    return loss


class AuxiliaryBatch(NamedTuple):
    """The auxiliary targets of a window."""

    labels: Tensor  # (K, B, T) for K targets; IGNORE where one is unknown
    # (K,) known labels; with several processes the mean over them, as their gradient is a mean
    known: Tensor


def auxiliary_loss(
    logits: Tensor,
    labels: Tensor,
    num_classes: tuple[int, ...],
    weights: Iterable[float],
    known: Tensor | None = None,
) -> Tensor:
    """The weighted sum of K losses: logits (B, T, sum of num_classes), labels (K, B, T) -> ().

    Each loss is the mean of its nats over the known labels, or 0 if there are none. `known` (K,) is
    their number, if it is not to be counted here.
    """
    if known is None:
        known = (labels != IGNORE).sum((1, 2))
    total = logits.new_zeros((), dtype=torch.float32)
    parts = logits.float().flatten(0, 1).split(num_classes, -1)
    for part, wanted, n, weight in zip(parts, labels.flatten(1), known, weights, strict=True):
        nats = F.cross_entropy(part, wanted, ignore_index=IGNORE, reduction="sum")
        total = total + weight * nats / n.clamp_min(1 / len(wanted))
    return total


class LossModule(nn.Module):
    """Model, auxiliary head and loss as one module, so that processes can share its gradient."""

    def __init__(
        self,
        model: PoetLSTM,
        head: nn.Module,
        compute: Compute,
        shard: Shard,
        dropout: float,
        num_classes: tuple[int, ...],
        aux_weights: tuple[float, ...],
    ) -> None:
        """`head` maps the lower layer's output (B, T, H) to logits (B, T, sum of num_classes)."""
        super().__init__()
        self.model, self.head = model, head
        self.compute, self.shard, self.dropout = compute, shard, dropout
        self.num_classes, self.aux_weights = num_classes, aux_weights

    def forward(
        self,
        inputs: Tensor,
        targets: Tensor,
        state: LSTMState,
        auxiliary: AuxiliaryBatch | None = None,
        titles: TitleBatch | None = None,
    ) -> tuple[Tensor, Tensor | float, LSTMState]:
        """The loss (), the weighted auxiliary loss (), and the state after the window.

        Inputs and targets are (B, T).
        """
        with self.compute.autocast():
            lower_out, features, state = self.model.layers(
                inputs, state, self.dropout, self.shard, titles
            )
        loss = chunked_cross_entropy(
            features.flatten(0, 1).to(self.compute.dtype),
            self.model.embedding.weight,
            self.model.bias,
            targets.flatten(),
        )
        if auxiliary is None:
            return loss, 0.0, state
        with self.compute.autocast():
            logits = self.head(lower_out)
        labels, known = auxiliary
        aux_loss = auxiliary_loss(logits, labels, self.num_classes, self.aux_weights, known)
        return loss, aux_loss, state
