"""The encoded text: ids in a memory-mapped file, and a few numbers a poem.

ids      春水…。 明月…。 …     verse, poem after poem
titles   江上 夜雨 …           title characters, likewise
table    one row a poem: where both start, form, author, which text, held out or not
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.errors import InputError
from poet.tokenizer import BODY, BOS, EOS, CharTokenizer, Ids

FORMAT = 3
PIECE = 1 << 22  # ids worked on at a time
COLUMNS = {
    "start": "<i8",  # where a poem's verse starts; one more entry than poems
    "title": "<i8",  # where its title starts; likewise
    "form": "<i2",  # the id of its form, -1 where it has none
    "author": "<i4",  # likewise
    "source": "<i2",  # which of the texts that were named
    "held": "?",  # held out
}


@dataclass(frozen=True)
class TokenDataset:
    """An encoded corpus."""

    folder: Path
    tokenizer: CharTokenizer
    facts: Mapping[str, Any]  # counts of every stage, fingerprint, kind

    @classmethod
    def open(cls, folder: Path) -> TokenDataset:
        """The store in a folder. Raises `InputError` where there is none that is whole."""
        try:
            facts = json.loads((folder / "store.json").read_text("utf-8"))
            if facts["format"] != FORMAT:
                raise InputError(f"{folder} was written by another version of poet")
            return cls(folder, CharTokenizer.from_json(facts.pop("alphabet")), facts)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{folder} holds no encoded text: {error}") from error

    @property
    def is_stream(self) -> bool:
        """Whether the text is one long stream without poem borders."""
        return bool(self.facts["kind"] == "stream")

    @property
    def fingerprint(self) -> str:
        """A hash of everything encoded; equal for equal text and alphabet."""
        return str(self.facts["fingerprint"])

    @cached_property
    def ids(self) -> NDArray[np.integer[Any]]:
        """The verse (N,), memory-mapped."""
        return self._map("ids.bin", self.facts["dtype"])

    @cached_property
    def title_ids(self) -> NDArray[np.integer[Any]]:
        """The titles (M,), memory-mapped."""
        return self._map("titles.bin", self.facts["dtype"])

    @cached_property
    def table(self) -> dict[str, NDArray[Any]]:
        """The columns of the table, memory-mapped; see `COLUMNS`."""
        return {name: self._map(f"{name}.bin", kind) for name, kind in COLUMNS.items()}

    def __len__(self) -> int:
        """How many poems there are."""
        return len(self.table["held"])

    def _map(self, name: str, dtype: Any) -> Any:
        path = self.folder / name
        if path.stat().st_size == 0:
            return np.zeros(0, dtype=dtype)
        return np.memmap(path, dtype=dtype, mode="r")

    def drop_pages(self) -> None:
        """Let go of the pages of the text that were read, so that they do not count as ours.

        They stay in the system's cache and come back when they are read again.
        """
        for text in (self.ids, self.title_ids, *self.table.values()):
            pages = getattr(text, "_mmap", None)
            if pages is not None and hasattr(mmap, "MADV_DONTNEED"):
                pages.madvise(mmap.MADV_DONTNEED)

    def token_counts(self) -> NDArray[np.int64]:
        """How often each id occurs in the training verse (V,); the held-out side has no say."""
        counts = np.zeros(len(self.tokenizer), dtype=np.int64)
        start, held = self.table["start"], self.table["held"]
        for at in range(0, len(self.ids), PIECE):
            ids = self.ids[at : at + PIECE]
            first, last = np.searchsorted(start, [at, at + len(ids) - 1], side="right") - 1
            sizes = np.diff(np.clip(start[first : last + 2], at, at + len(ids)))
            training = ~np.repeat(held[first : last + 1], sizes)
            counts += np.bincount(ids[training], minlength=len(counts))
            self.drop_pages()
        return counts

    @property
    def names(self) -> list[str]:
        """What the texts were called that this was made of, in order."""
        return list(self.facts["names"])

    def poems(self, *, held_out: bool, source: int | None = None) -> NDArray[np.int64]:
        """The indices of the poems of one side of the split, of one text or of all."""
        chosen = self.table["held"] == held_out
        if source is not None:
            chosen &= self.table["source"] == source
        return np.flatnonzero(chosen)

    def sequence(self, poem: int, *, form: bool, author: bool, title: bool) -> NDArray[np.int64]:
        """`<poem> form? author? title? <body> verse <end>` of one poem, with the conditions asked.

        A condition that the poem does not have is left out whatever is asked.
        """
        wanted = ((form, "form"), (author, "author"))
        marks = [int(self.table[name][poem]) for asked, name in wanted if asked]
        name = self.title(poem) if title else ()
        parts = [[BOS, *(i for i in marks if i >= 0)], name, [BODY], self.verse(poem), [EOS]]
        return np.concatenate(parts).astype(np.int64)

    def verse(self, poem: int) -> NDArray[np.integer[Any]]:
        """The ids of one poem's verse."""
        start = self.table["start"]
        return self.ids[start[poem] : start[poem + 1]]

    def verses(self, poems: NDArray[np.integer[Any]]) -> tuple[Ids, NDArray[np.int64]]:
        """The verse of some poems, an end mark after each, and where each of them ends.

        春水，, 明月。  ->  春水，<end>明月。<end>, [4, 8]
        """
        start = self.table["start"][poems].astype(np.int64)
        sizes = self.table["start"][poems + 1] - start + 1
        ends = np.cumsum(sizes, dtype=np.int64)
        row = np.arange(ends[-1] if len(ends) else 0) + np.repeat(start - ends + sizes, sizes)
        is_end = np.zeros(len(row), dtype=bool)
        is_end[ends - 1] = True
        row[~is_end] = self.ids[row[~is_end]]
        row[is_end] = EOS
        return row, ends

    def title(self, poem: int) -> NDArray[np.integer[Any]]:
        """The ids of one poem's title."""
        start = self.table["title"]
        return self.title_ids[start[poem] : start[poem + 1]]


def in_judge_half(poems: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Which poems, by their indices (N,) in a store, `poet.evaluation.judge` counts: about half.

    What chooses or ranks verse by counts of its own takes the others: else the judge would find
    what was put there by the same counts. The answer hangs on the index alone.

    >>> in_judge_half(np.arange(12)).astype(int).tolist()
    [0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]
    """
    mixed = np.asarray(poems).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return ((mixed ^ (mixed >> np.uint64(32))) & np.uint64(1)).astype(bool)
