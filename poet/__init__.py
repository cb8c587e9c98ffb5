"""poet: a small LSTM that learns verse from poems, and writes it.

    >>> import poet
    >>> tang = poet.open("tang")                             # doctest: +SKIP
    >>> tang.write("明月", form="五絕", seed=1).poem          # doctest: +SKIP

torch is imported only where something is trained.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checkpoint import Checkpoint
    from .errors import InputError, PoetError, TrainingStopped, UsageError
    from .library import open, train
    from .poem import Poem
    from .writing.choosing import Sampling
    from .writing.writer import Writer
    from .writing.writing import Score, Writing

__all__ = [
    "Checkpoint",
    "InputError",
    "Poem",
    "PoetError",
    "Sampling",
    "Score",
    "TrainingStopped",
    "UsageError",
    "Writer",
    "Writing",
    "open",
    "train",
]

_WHERE = {
    "Checkpoint": "checkpoint",
    "InputError": "errors",
    "Poem": "poem",
    "PoetError": "errors",
    "Score": "writing.writer",
    "Sampling": "writing.choosing",
    "TrainingStopped": "errors",
    "UsageError": "errors",
    "Writer": "writing.writer",
    "Writing": "writing.writer",
    "open": "library",
    "train": "library",
}


def __getattr__(name: str) -> Any:
    # Names are imported when they are first used, so that `poet -h` need not load numpy
    if name in _WHERE:
        return getattr(importlib.import_module(f".{_WHERE[name]}", __name__), name)
    raise AttributeError(f"module 'poet' has no attribute {name!r}")
