"""poet: a small LSTM that learns from poems, and writes new ones.

    >>> import poet
    >>> tang = poet.load("tang")                             # doctest: +SKIP
    >>> tang.write("明月", form="五絕", seed=1).poem          # doctest: +SKIP

torch is imported only to train.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poet.api import load, train, write
    from poet.checkpoint import Checkpoint
    from poet.errors import InputError, PoetError, TrainingStopped, UsageError
    from poet.generation.assessment import WrittenPoem, compose
    from poet.generation.request import WriteRequest
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
    "WriteRequest",
    "Writer",
    "WrittenPoem",
    "compose",
    "load",
    "train",
    "write",
]

# Imported when first used, so that `poet -h` need not load numpy
_NAMES = {
    "poet.api": ("load", "train", "write"),
    "poet.checkpoint": ("Checkpoint",),
    "poet.errors": ("InputError", "PoetError", "TrainingStopped", "UsageError"),
    "poet.generation.assessment": ("WrittenPoem", "compose"),
    "poet.generation.request": ("WriteRequest",),
    "poet.generation.result": ("Generation", "Score"),
    "poet.generation.sampling": ("Sampling",),
    "poet.generation.writer": ("Writer",),
    "poet.poem": ("Poem",),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    name = {"open": "load", "Writing": "Generation"}.get(
        name, name
    )  # what they were called at first
    if name in _MODULES:
        return getattr(importlib.import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'poet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
