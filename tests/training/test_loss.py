"""The loss made a few rows at a time equals the loss made at once."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from poet.training.loss import auxiliary_loss, chunked_cross_entropy

N, V, E, ROWS = 23, 31, 5, 7  # rows do not divide N
NUM_CLASSES = (9, 17)


def numbers(seed: int = 1) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(N, E, generator=generator)
    weight = torch.randn(V, E, generator=generator)
    bias = torch.randn(V, generator=generator)
    targets = torch.randint(V, (N,), generator=generator)
    for leaf in (features, weight, bias):
        leaf.requires_grad_()
    return features, weight, bias, targets


def at_once(features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    return torch.nn.functional.cross_entropy(features @ weight.T + bias, targets)


@pytest.mark.parametrize("rows", [1, ROWS, N, 100])
def test_value_and_gradients_equal_those_of_torch(rows: int) -> None:
    ours, theirs = numbers(), numbers()
    loss = chunked_cross_entropy(*ours, rows)
    wanted = at_once(*theirs)
    torch.testing.assert_close(loss, wanted)
    (loss * 3).backward()
    (wanted * 3).backward()
    for mine, other in zip(ours[:3], theirs[:3], strict=True):
        torch.testing.assert_close(mine.grad, other.grad)


def test_in_bf16_it_is_close_and_the_gradient_of_the_weights_is_kept_in_fp32() -> None:
    features, weight, bias, targets = numbers()
    wanted = at_once(features, weight, bias, targets)
    gradients = torch.autograd.grad(wanted, (features, weight, bias))
    low = features.detach().bfloat16().requires_grad_()
    loss = chunked_cross_entropy(low, weight, bias, targets, ROWS)
    loss.backward()
    assert loss.dtype == torch.float32
    assert float(loss.detach()) == pytest.approx(float(wanted.detach()), rel=0.02)
    for found, of in zip((low.grad, weight.grad, bias.grad), gradients, strict=True):
        assert found is not None
        assert (
            torch.nn.functional.cosine_similarity(found.float().flatten(), of.flatten(), 0) > 0.99
        )
    assert weight.grad is not None
    assert weight.grad.dtype == torch.float32


def test_the_embedding_gets_both_of_its_gradients() -> None:
    """It is tied: what it gives as input and what it gives as output add up."""
    ids = torch.randint(V, (N,), generator=torch.Generator().manual_seed(5))

    def gradient(loss: Any) -> Tensor:
        _, weight, bias, targets = numbers()
        loss(weight[ids], weight, bias, targets).backward()
        assert weight.grad is not None
        return weight.grad

    torch.testing.assert_close(gradient(chunked_cross_entropy), gradient(at_once))


class Sizes(TorchDispatchMode):
    """Hears of every tensor that is made."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.greatest = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for tensor in made if isinstance(made, tuple | list) else (made,):
            if isinstance(tensor, Tensor):
                self.greatest = max(self.greatest, tensor.numel())
        return made


def test_no_array_of_all_logits_is_ever_made() -> None:
    features, weight, bias, targets = numbers()
    with Sizes() as ours:
        chunked_cross_entropy(features, weight, bias, targets, ROWS).backward()
    with Sizes() as theirs:
        at_once(features, weight, bias, targets).backward()
    assert theirs.greatest == N * V
    assert ours.greatest == max(ROWS * V, N * E, V * E) < N * V


def test_what_is_kept_for_the_way_back_does_not_grow_with_the_alphabet_times_the_window() -> None:
    loss = chunked_cross_entropy(*numbers(), ROWS)
    assert loss.grad_fn is not None
    kept = sorted(tuple(t.shape) for t in loss.grad_fn.saved_tensors)  # type: ignore[attr-defined]
    assert kept == sorted([(N, E), (V, E), (V,)])


def test_a_hopeless_guess_is_a_large_loss_and_not_an_infinite_one() -> None:
    features, weight = torch.full((2, E), 1e4), torch.zeros(V, E)
    weight[0] = 1.0
    loss = chunked_cross_entropy(features, weight, torch.zeros(V), torch.tensor([1, 2]), 1)
    assert 80 < float(loss) < 1e3


def test_what_is_not_a_number_is_not_hidden() -> None:
    features, weight, bias, targets = numbers()
    with torch.no_grad():
        features[4, 2] = float("nan")
    assert chunked_cross_entropy(features, weight, bias, targets, ROWS).isnan()


def test_the_auxiliary_loss_is_the_mean_over_known_labels() -> None:
    torch.manual_seed(5)
    logits = torch.randn(2, 3, sum(NUM_CLASSES))
    rhymes, lines = torch.tensor([[3, -1, 5], [-1, 0, 1]]), torch.tensor([[1, 2, 3], [0, -1, 16]])
    found = auxiliary_loss(logits, torch.stack([rhymes, lines]), NUM_CLASSES, (0.1, 0.05))
    want = 0.0
    for part, wanted, weight in zip(
        logits.split(NUM_CLASSES, -1), (rhymes, lines), (0.1, 0.05), strict=True
    ):
        known = wanted >= 0
        right = part.log_softmax(-1)[known].gather(-1, wanted[known][:, None])
        want -= weight * float(right.mean())
    assert float(found) == pytest.approx(want, rel=1e-5)


def test_labels_that_are_all_unknown_cost_nothing() -> None:
    logits = torch.randn(2, 3, sum(NUM_CLASSES), requires_grad=True)
    loss = auxiliary_loss(logits, torch.full((2, 2, 3), -1), NUM_CLASSES, (0.1, 0.05))
    assert not loss.detach()
    loss.backward()
    assert logits.grad is not None
    assert not logits.grad.any()
