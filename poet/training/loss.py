"""Cross entropy over a large alphabet, a few rows of logits at a time.

N rows of V logits in fp32, and three such arrays in the backward pass, are what makes the
softmax of a character model dear: 16,000 rows of 7,000 take 460 MB each. Here `rows` of
them live at a time, and their gradient is made on the spot, as the loss is: memory does not
grow with the window, nothing is computed twice, and the products run in bf16 where asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from poet.training.aux_targets import IGNORE, NUM_CLASSES

TINY = 1e-37
ROWS = 512  # rows of logits alive at a time: 8 MB in bf16 at 8,000 characters
# A GPU has the memory, and what it waits for are the dozen launches that each piece takes; how
# many rows are best has not been measured on one
GPU_ROWS = 8192


class _ChunkedCrossEntropy(torch.autograd.Function):
    """Mean cross entropy of softmax(features @ weight.T + bias), its gradient made in forward."""

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, rows: int
    ) -> Tensor:
        kind = features.dtype
        table, offset = weight.to(kind), bias.to(kind)
        total = torch.zeros((), dtype=torch.float32, device=features.device)
        grad_features = torch.empty_like(features)
        grad_weight = torch.zeros_like(weight, dtype=torch.float32)
        grad_bias = torch.zeros_like(bias, dtype=torch.float32)
        ones = features.new_ones(1, rows)
        for start in range(0, len(features), rows):
            x = features[start : start + rows]  # (R, E)
            right = (torch.arange(len(x), device=x.device), targets[start : start + rows])
            logits = torch.addmm(offset, x, table.T)  # (R, V)
            # In the type of the products, whose exponents reach as far as those of fp32:
            # the gradient is rounded to it anyway, and twice as much passes in the same time
            p = torch.softmax(logits, 1)
            own = p[right].float()
            # a probability too small for its type is a large loss, not an infinite one
            total -= own.clamp_min(TINY).log().sum()
            # d loss / d logits; scatter_add_ would copy all of it three times
            p.index_put_(right, (own - 1).to(kind))
            grad_features[start : start + rows] = p @ table
            grad_weight += p.T @ x
            grad_bias += (ones[:, : len(x)] @ p)[0]  # a product, which is faster than a sum
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
    """Mean nats a character: features (N, E), weight (V, E), bias (V,), targets (N,) -> ().

    Products run in the type of `features`, sums in fp32. `rows` of logits are alive at a time, by
    default as many as suit the device.
    """
    rows = rows or (GPU_ROWS if features.is_cuda else ROWS)
    result: Tensor = _ChunkedCrossEntropy.apply(features, weight, bias, targets, rows)
    return result


def auxiliary_loss(
    logits: Tensor, answers: Tensor, weights: Iterable[float], known: Tensor | None = None
) -> Tensor:
    """What the questions cost together: logits (B, T, sum of ANSWERS), answers (2, B, T) -> ().

    Each is the mean of its nats where the answer is known, 0 where none is, times its weight. The
    mean of so many as are `known` (2,), where these lanes are a share of more.
    """
    if known is None:
        known = (answers != IGNORE).sum((1, 2))
    parts = logits.float().flatten(0, 1).split(NUM_CLASSES, -1)
    total = logits.new_zeros((), dtype=torch.float32)
    for part, wanted, n, weight in zip(parts, answers.flatten(1), known, weights, strict=True):
        nats = F.cross_entropy(part, wanted, ignore_index=IGNORE, reduction="sum")
        total = total + weight * nats / n.clamp_min(1 / len(wanted))
    return total
