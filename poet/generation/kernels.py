"""By which kernels OpenBLAS multiplies matrices for NumPy here, as far as can be told cheaply."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

# OpenBLAS's names of its kernels in 512 bits, and what they ask of a processor
WIDE = frozenset({"SKYLAKEX", "COOPERLAKE", "SAPPHIRERAPIDS"})
NEEDED = frozenset({"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"})


@cache
def are_wide() -> bool:
    """Whether they are those in 512 bits: by OPENBLAS_CORETYPE, else by the processor (Linux)."""
    if chosen := os.environ.get("OPENBLAS_CORETYPE"):
        return chosen.upper() in WIDE
    return processor_flags() >= NEEDED


def processor_flags(path: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """What the processor can do, as Linux lists it; nothing elsewhere."""
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                key, _, value = line.partition(":")
                if key.strip() == "flags":
                    return frozenset(value.split())
    except OSError:
        pass
    return frozenset()
