"""poet: a small LSTM that learns verse from poems, and writes it.

    >>> import poet
    >>> tang = poet.load("tang")                             # doctest: +SKIP
    >>> tang.write("明月", form="五絕", seed=1).poem          # doctest: +SKIP

torch is imported only where something is trained.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poet.api import load, train
    from poet.checkpoint import Checkpoint
    from poet.errors import InputError, PoetError, TrainingStopped, UsageError
    from poet.generation.result import Generation, Score
    from poet.generation.sampling import Sampling
    from poet.generation.writer import Writer
    from poet.poem import Poem

__all__ = [
    "Checkpoint",
    "Generation",
    "InputError",
    "Poem",
    "PoetError",
    "Sampling",
    "Score",
    "TrainingStopped",
    "UsageError",
    "Writer",
    "load",
    "train",
]

_MODULES = {
    "Checkpoint": "poet.checkpoint",
    "Generation": "poet.generation.result",
    "InputError": "poet.errors",
    "Poem": "poet.poem",
    "PoetError": "poet.errors",
    "Sampling": "poet.generation.sampling",
    "Score": "poet.generation.result",
    "TrainingStopped": "poet.errors",
    "UsageError": "poet.errors",
    "Writer": "poet.generation.writer",
    "load": "poet.api",
    "train": "poet.api",
}


def __getattr__(name: str) -> Any:
    # Names are imported when they are first used, so that `poet -h` need not load numpy
    if name == "open":  # as `load` was called until 2026-11-25
        name = "load"
    if name in _MODULES:
        return getattr(importlib.import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'poet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
