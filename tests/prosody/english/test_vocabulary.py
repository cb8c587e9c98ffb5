"""What is remembered while verse is written is one for all threads that write it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np

from poet.prosody.english.plan import Ends
from poet.prosody.english.vocabulary import Choices


def test_who_may_end_a_line_is_told_apart_by_threads_that_ask_at_once() -> None:
    lexicon = SimpleNamespace(readings=((), ()), reading=np.array([0, 1]))
    plan: Any = SimpleNamespace(lexicon=lexicon)
    choices = Choices(plan, plan)

    def ends(form: int) -> Ends:
        time.sleep(0.02)
        row = np.arange(2) == form
        return row, row

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda form: choices._of(form, lambda: ends(form)), (0, 1)))
    for form, need in enumerate(found):
        assert need.forms[0].tolist() == [form == 0, form == 1]
        assert choices._of(form, lambda: ends(2)) is need
