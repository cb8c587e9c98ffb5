"""Two halves of the poems: one is counted by the judge alone, the other by whatever is judged."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def of_the_judge(poems: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Which poems, by their indices (N,) in a store, `poet.evaluation.judge` counts: about half.

    What chooses or ranks verse by counts of its own takes the others: else the judge would find
    what was put there by the same counts. The answer hangs on the index alone.

    >>> of_the_judge(np.arange(12)).astype(int).tolist()
    [0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]
    """
    mixed = np.asarray(poems).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return ((mixed ^ (mixed >> np.uint64(32))) & np.uint64(1)).astype(bool)
