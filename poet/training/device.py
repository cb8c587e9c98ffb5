"""Which device and which precision training uses, and why."""

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
    """The device that training runs on, and the dtype of its matrix products."""

    device: torch.device
    bf16: bool
    reason: str  # for this precision

    def autocast(self) -> AbstractContextManager[object]:
        """The context for forward passes."""
        if not self.bf16:
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of matrix products."""
        return torch.bfloat16 if self.bf16 else torch.float32

    def put(self, tensor: Tensor) -> Tensor:
        """The tensor on the device. A GPU copies it asynchronously; the host does not wait."""
        if self.device.type != "cuda":
            return tensor.to(self.device)
        # Contiguous first: pinning a view would copy it once more, into memory that is not pinned
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
    """Numbers of each step, read from the device without waiting for the step to end.

    A GPU returns those of the step before, so that it always has work queued. The CPU, and any
    device at the first step, returns those of the step itself.
    """

    def __init__(self, compute: Compute) -> None:
        self._is_delayed = compute.device.type == "cuda"
        self._pending: tuple[Tensor, torch.cuda.Event] | None = None

    def read(self, *scalars: Tensor) -> list[float]:
        """The latest known values of the scalars ()."""
        values = torch.stack([scalar.detach().float() for scalar in scalars])
        if not self._is_delayed:
            return values.tolist()
        copied, event = values.to("cpu", non_blocking=True), torch.cuda.Event()
        event.record()
        known, ready = self._pending or (copied, event)
        self._pending = copied, event
        ready.synchronize()
        return known.tolist()


def select_device(device: str = "auto", precision: str = "auto") -> Compute:
    """The device and precision for `auto|cpu|cuda|mps` and `auto|bf16|fp32`.

    Raises `UsageError` if this machine does not have them.
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
        torch.cuda.set_device(chosen)  # also for operations that name no device
    has_bf16, reason = _has_bf16(chosen)
    if precision == "fp32":
        return Compute(chosen, False, "as requested")
    if precision == "bf16" and not has_bf16:
        raise UsageError(f"bf16 is not available: {reason}", "--precision auto would take fp32")
    return Compute(chosen, has_bf16, reason)


def keep_memory() -> None:
    """Let the C library keep freed memory: the next step will allocate as much again.

    glibc returns large blocks to the system at once, and each step then waits for 23,000 empty
    pages, a tenth of its time. With other C libraries this does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    # Smaller blocks come from the heap; glibc before 2.35 accepts 32 MB at most
    if mallopt(_MMAP_THRESHOLD, 1 << 30) or mallopt(_MMAP_THRESHOLD, 32 << 20):
        mallopt(_TRIM_THRESHOLD, (1 << 31) - 1)  # and the heap does not shrink


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _has_bf16(device: torch.device) -> tuple[bool, str]:
    """Whether bf16 is worth using on a device, and the reason."""
    if device.type == "cuda":
        has_bf16 = torch.cuda.get_device_capability(device) >= (8, 0)
        return has_bf16, "the GPU has it" if has_bf16 else "the GPU has no bf16 instructions"
    if device.type == "mps":
        return False, "bf16 is not reliable on Metal"
    if not (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()):
        return False, "this CPU has no bf16 instructions"
    try:  # an LSTM in bf16 raises if this build of torch lacks it
        layer = nn.LSTM(8, 8)
        with torch.autocast("cpu", torch.bfloat16):
            layer(torch.zeros(2, 1, 8))[0].sum().backward()
    except RuntimeError as error:
        return False, f"an LSTM in bf16 fails here: {error}"
    return True, "this CPU has bf16 instructions"
