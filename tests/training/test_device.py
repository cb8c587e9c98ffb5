"""Which device is taken, and how what is not there is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from unittest.mock import patch

import pytest
import torch

from poet.errors import UsageError
from poet.training.device import Compute, DelayedScalars, select_device


@pytest.fixture
def gpus() -> Iterator[Callable[..., list[torch.device]]]:
    """Pretends that there are so many GPUs; gives the list of those that were made the current."""
    patches = []

    def made(count: int, capability: tuple[int, int] = (9, 0)) -> list[torch.device]:
        current: list[torch.device] = []
        for name, function in {
            "is_available": lambda: count > 0,
            "device_count": lambda: count,
            "get_device_capability": lambda device=None: capability,
            "set_device": current.append,
        }.items():
            patches.append(patch.object(torch.cuda, name, function))
            patches[-1].start()
        return current

    yield made
    for each in patches:
        each.stop()


def test_a_gpu_is_taken_where_there_is_one(gpus: Callable[..., list[torch.device]]) -> None:
    current = gpus(1)
    for asked in ("auto", "cuda"):
        engine = select_device(asked)
        assert engine.device == torch.device("cuda")
        assert engine.bf16
    assert not current  # which it is, is the system's to say


def test_of_several_gpus_the_one_named_is_made_the_current(
    gpus: Callable[..., list[torch.device]],
) -> None:
    current = gpus(2)
    assert select_device("cuda:1").device == torch.device("cuda:1")
    assert current == [torch.device("cuda:1")]
    with pytest.raises(UsageError, match="no CUDA device 2"):
        select_device("cuda:2")


def test_an_older_gpu_is_taken_in_fp32(gpus: Callable[..., list[torch.device]]) -> None:
    gpus(1, (7, 5))
    assert not select_device("cuda").bf16
    with pytest.raises(UsageError, match="no bf16 instructions"):
        select_device("cuda", "bf16")


@pytest.mark.parametrize("device", ["cuda", "cuda:0"])
def test_a_gpu_that_is_not_there_is_refused(
    gpus: Callable[..., list[torch.device]], device: str
) -> None:
    gpus(0)
    with pytest.raises(UsageError, match="no CUDA device here"):
        select_device(device)


def test_an_unknown_device_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="no device 'tpu'") as caught:
        select_device("tpu")
    assert "cpu cuda mps" in str(caught.value.hint)


class Event:
    """A moment on a GPU that is over at once."""

    def record(self) -> None: ...
    def synchronize(self) -> None: ...


def test_a_gpu_is_never_waited_for_but_for_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "Event", Event)
    figures = DelayedScalars(Compute(torch.device("cuda"), True, "pretended"))
    found = [figures.read(torch.tensor(n), torch.tensor(-n)) for n in (1.0, 2.0, 3.0)]
    assert found == [[1.0, -1.0], [1.0, -1.0], [2.0, -2.0]]


def test_the_processor_tells_of_the_step_itself() -> None:
    figures = DelayedScalars(select_device("cpu", "fp32"))
    assert [figures.read(torch.tensor(n)) for n in (1.0, 2.0)] == [[1.0], [2.0]]
