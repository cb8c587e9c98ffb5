"""Which device and which precision, and why: said aloud."""

from __future__ import annotations

import ctypes
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from poet.errors import UsageError

DEVICES = ("cpu", "cuda", "mps")
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # from malloc.h of glibc


@dataclass(frozen=True)
class Compute:
    """Where training runs and in which type its products are made."""

    device: torch.device
    bf16: bool
    reason: str

    def autocast(self) -> AbstractContextManager[object]:
        """The context in which forward passes run."""
        if not self.bf16:
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    @property
    def type(self) -> torch.dtype:
        """The type of the products."""
        return torch.bfloat16 if self.bf16 else torch.float32

    def put(self, tensor: Tensor) -> Tensor:
        """The tensor on the device. A GPU fetches it itself; the host does not wait."""
        if self.device.type != "cuda":
            return tensor.to(self.device)
        # In one piece: a view would be copied once more, into memory that the GPU cannot fetch
        return tensor.contiguous().pin_memory().to(self.device, non_blocking=True)

    def __str__(self) -> str:
        if self.device.type == "cpu":
            where = f"cpu, {torch.get_num_threads()} threads"
        elif self.device.type == "cuda":
            where = torch.cuda.get_device_name(self.device)
        else:
            where = self.device.type
        return f"{where}, {'bf16' if self.bf16 else 'fp32'} ({self.reason})"


class DelayedScalars:
    """Numbers of each step that come from the device without the host waiting for the step.

    From a GPU come those of the step before, so that it always has a step to do; from the
    processor, and for the first step, those of the step itself.
    """

    def __init__(self, engine: Compute) -> None:
        self._lag = engine.device.type == "cuda"
        self._coming: tuple[Tensor, torch.cuda.Event] | None = None

    def read(self, *numbers: Tensor) -> list[float]:
        """The numbers () as far as they are known."""
        together = torch.stack([number.detach().float() for number in numbers])
        if not self._lag:
            return together.tolist()
        here, event = together.to("cpu", non_blocking=True), torch.cuda.Event()
        event.record()
        known, over = self._coming or (here, event)
        self._coming = here, event
        over.synchronize()
        return known.tolist()


def select_device(device: str = "auto", precision: str = "auto") -> Compute:
    """The engine for `auto|cpu|cuda|mps` and `auto|bf16|fp32`.

    Raises `UsageError` where the machine does not have what was asked for.
    """
    best = _best_device()
    if device == "auto":
        device = best
    elif device.startswith("cuda") and not torch.cuda.is_available():
        raise UsageError("there is no CUDA device here", f"--device auto would take {best}")
    elif device == "mps" and not torch.backends.mps.is_available():
        raise UsageError("there is no Metal device here", f"--device auto would take {best}")
    elif device.partition(":")[0] not in DEVICES:
        raise UsageError(
            f"there is no device {device!r}", f"the devices are auto {' '.join(DEVICES)}"
        )
    chosen = torch.device(device)
    if chosen.type == "cuda" and chosen.index is not None:
        if chosen.index >= torch.cuda.device_count():
            raise UsageError(
                f"there is no CUDA device {chosen.index} here",
                f"there are {torch.cuda.device_count()}, from 0 on",
            )
        torch.cuda.set_device(chosen)  # for what names no device of its own
    able, reason = _has_bf16(chosen)
    if precision == "fp32":
        return Compute(chosen, False, "asked for")
    if precision == "bf16" and not able:
        raise UsageError(f"bf16 is not to be had: {reason}", "--precision auto would take fp32")
    return Compute(chosen, able, reason)


def keep_memory() -> None:
    """Let the C library keep memory that was freed, for the next step asks for as much again.

    glibc gives large blocks back to the system at once; each step then waits for 23,000 empty
    pages, a tenth of its time. Elsewhere this does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    # Blocks below this come from the heap; glibc before 2.35 takes no more than 32 MB
    if mallopt(_MMAP_THRESHOLD, 1 << 30) or mallopt(_MMAP_THRESHOLD, 32 << 20):
        mallopt(_TRIM_THRESHOLD, (1 << 31) - 1)  # and the heap does not shrink


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _has_bf16(device: torch.device) -> tuple[bool, str]:
    """Whether bf16 serves training on a device, and the reason."""
    if device.type == "cuda":
        able = torch.cuda.get_device_capability(device) >= (8, 0)
        return able, "the GPU has it" if able else "the GPU has no bf16 of its own"
    if device.type == "mps":
        return False, "bf16 is not trusted on Metal"
    if not (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()):
        return False, "the processor has no bf16 products"
    try:  # once, for real: an LSTM in bf16 raises where the build lacks it
        layer = nn.LSTM(8, 8)
        with torch.autocast("cpu", torch.bfloat16):
            layer(torch.zeros(2, 1, 8))[0].sum().backward()
    except RuntimeError as error:
        return False, f"an LSTM in bf16 fails here: {error}"
    return True, "the processor has bf16 products"
