"""The encoded text: ids in a memory-mapped file, and a few numbers per poem.

ids      春水…。 明月…。 …     verse, poem after poem
titles   江上 夜雨 …           title characters, likewise
table    one row per poem: where both start, form, author, which text, held out or not
"""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from poet.characters import HOLE
from poet.errors import InputError
from poet.files import open_plain
from poet.objects import is_sealed
from poet.tokenizer import BODY, BOS, EOS, CharTokenizer, Ids
from poet.typed import Malformed, read_json, typed

FORMAT = 3
STORE_FILE = "store.json"
PIECE = 1 << 22  # ids processed at a time
COLUMNS = {
    "start": "<i8",  # where a poem's verse starts; one more entry than poems
    "title": "<i8",  # where its title starts; likewise
    "form": "<i2",  # the id of its form, -1 where it has none
    "author": "<i4",  # likewise
    "source": "<i2",  # index of the text that it comes from
    "held": "?",  # held out
}


class _Store(TypedDict):
    format: int
    names: list[str]
    kind: Literal["poems", "stream"]
    dtype: Literal["<u2", "<u4"]
    fingerprint: str
    counts: dict[str, int]
    alphabet: dict[str, Any]


@dataclass(frozen=True)
class TextInfo:
    """A training text, as a model's `model.json` describes it."""

    name: str = ""  # of one text, or of several separated by spaces
    kind: str = ""  # "poems" or "stream"
    fingerprint: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)  # of every stage from file to dataset

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TextInfo:
        """The text that `to_json` described; missing keys are left empty."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name,
            "kind": self.kind,
            "fingerprint": self.fingerprint,
            "counts": dict(self.counts),
        }


@dataclass(frozen=True)
class TokenDataset:
    """An encoded corpus: N ids of verse and M ids of titles, of a vocabulary of V."""

    folder: Path
    tokenizer: CharTokenizer
    facts: Mapping[str, Any]  # counts of every stage, fingerprint, kind

    @classmethod
    def open(cls, folder: Path) -> TokenDataset:
        """The dataset in a folder, verified. Raises `InputError` where it is missing or damaged.

        A gigabyte of text takes a second or two to verify.
        """
        try:
            if not (folder / STORE_FILE).exists():
                raise Malformed(f"{STORE_FILE} is missing")
            facts = read_json(folder / STORE_FILE)
            if facts.get("format", FORMAT) != FORMAT:
                raise Malformed("it was written by another version of poet")
            is_sealed(facts)  # older ones are not, but they too have a fingerprint
            facts = typed(facts, _Store, "")
            tokenizer = CharTokenizer.from_json(facts.pop("alphabet"))
            if _fingerprint(folder, tokenizer) != facts["fingerprint"]:
                raise Malformed("it is not as it was written, by its digest")
            return cls(folder, tokenizer, facts)
        except Malformed as error:
            raise InputError(f"{folder} holds no encoded text: {error}") from error

    @property
    def is_stream(self) -> bool:
        """Whether the text is one long stream without separate poems."""
        return bool(self.facts["kind"] == "stream")

    @property
    def fingerprint(self) -> str:
        """A hash of everything encoded; equal for equal text and tokenizer."""
        return str(self.facts["fingerprint"])

    @property
    def counts(self) -> dict[str, int]:
        """What was counted at every stage from file to dataset, by name."""
        return dict(self.facts["counts"])

    @property
    def names(self) -> list[str]:
        """The names of the texts that this was built from, in order."""
        return list(self.facts["names"])

    @property
    def info(self) -> TextInfo:
        """The description of this text for a model trained on it."""
        kind = "stream" if self.is_stream else "poems"
        return TextInfo(" ".join(self.names), kind, self.fingerprint, self.counts)

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
        """The number of poems."""
        return len(self.table["held"])

    def _map(self, name: str, dtype: Any) -> Any:
        path = self.folder / name
        if path.stat().st_size == 0:
            return np.zeros(0, dtype=dtype)
        return np.memmap(path, dtype=dtype, mode="r")

    def drop_pages(self) -> None:
        """Release the pages of the memory maps that have been read.

        They stay in the system's cache and come back when they are read again. This serves texts
        of a gigabyte and more, whose pages would otherwise count as memory of this process.
        """
        for text in (self.ids, self.title_ids, *self.table.values()):
            pages = getattr(text, "_mmap", None)
            if pages is not None and hasattr(mmap, "MADV_DONTNEED"):
                pages.madvise(mmap.MADV_DONTNEED)

    def token_counts(self) -> NDArray[np.int64]:
        """How often each id occurs in the verse of the training side (V,)."""
        counts = np.zeros(len(self.tokenizer), dtype=np.int64)
        starts, held = self.table["start"], self.table["held"]
        for begin in range(0, len(self.ids), PIECE):
            ids = self.ids[begin : begin + PIECE]
            end = begin + len(ids)
            first, last = np.searchsorted(starts, [begin, end - 1], side="right") - 1
            sizes = np.diff(np.clip(starts[first : last + 2], begin, end))
            is_training = ~np.repeat(held[first : last + 1], sizes)
            counts += np.bincount(ids[is_training], minlength=len(counts))
            self.drop_pages()
        return counts

    def poems(self, *, held_out: bool, source: int | None = None) -> NDArray[np.int64]:
        """The indices of the poems of one side of the split, of one text or of all."""
        chosen = self.table["held"] == held_out
        if source is not None:
            chosen &= self.table["source"] == source
        return np.flatnonzero(chosen)

    def sequence(self, poem: int, *, form: bool, author: bool, title: bool) -> NDArray[np.int64]:
        """`<poem> form? author? title? <body> verse <end>` of one poem, with these conditions.

        A condition that the poem does not have is left out.
        """
        chosen = [name for name, wanted in (("form", form), ("author", author)) if wanted]
        conditions = [int(self.table[name][poem]) for name in chosen]
        title_ids = self.title(poem) if title else ()
        prefix = [BOS, *(i for i in conditions if i >= 0)]
        return np.concatenate([prefix, title_ids, [BODY], self.verse(poem), [EOS]]).astype(np.int64)

    def verse(self, poem: int) -> NDArray[np.integer[Any]]:
        """The ids of one poem's verse."""
        start = self.table["start"]
        return self.ids[start[poem] : start[poem + 1]]

    def title(self, poem: int) -> NDArray[np.integer[Any]]:
        """The ids of one poem's title."""
        start = self.table["title"]
        return self.title_ids[start[poem] : start[poem + 1]]

    def verses(self, poems: NDArray[np.integer[Any]]) -> tuple[Ids, NDArray[np.int64]]:
        """The verse of some poems (n,) with `<end>` after each, and where each ends (n,).

        春水，, 明月。  ->  春水，<end>明月。<end>, [4, 8]
        """
        starts = self.table["start"][poems].astype(np.int64)
        sizes = self.table["start"][poems + 1] - starts + 1
        ends = np.cumsum(sizes, dtype=np.int64)
        row = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + sizes, sizes)
        is_end = np.zeros(len(row), dtype=bool)
        is_end[ends - 1] = True
        row[~is_end] = self.ids[row[~is_end]]
        row[is_end] = EOS
        return row, ends

    def decode(self, ids: NDArray[np.integer[Any]]) -> str:
        """The text of ids, one character for each id: □ for those that are not characters."""
        codes = self.tokenizer.codes(ids.astype(np.int64))
        codes[codes == 0] = ord(HOLE)
        return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def fingerprint_of(tokenizer: CharTokenizer) -> Any:
    """A hash to be updated with the columns of a dataset and its ids, as they lie on disk."""
    return hashlib.sha256(json.dumps(tokenizer.to_json()).encode())


def shortened(fingerprint: Any) -> str:
    """The fingerprint of a dataset, from the hash of all its parts."""
    return str(fingerprint.hexdigest()[:16])


def _fingerprint(folder: Path, tokenizer: CharTokenizer) -> str:
    """The fingerprint of the files in a folder."""
    digest = fingerprint_of(tokenizer)
    for name in (*COLUMNS, "ids", "titles"):
        with open_plain(folder / f"{name}.bin") as file:
            while data := file.read(PIECE):
                digest.update(data)
    return shortened(digest)


def in_judge_half(poems: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Which poems, given by their indices (n,), are reserved for the judge: about half.

    `poet.evaluation.judge` counts these poems. What chooses or ranks verse by counts of its own
    uses the others: otherwise the judge would find what the same counts had put there. The
    answer depends on the index alone.

    >>> in_judge_half(np.arange(12)).astype(int).tolist()
    [0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]
    """
    mixed = np.asarray(poems).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return ((mixed ^ (mixed >> np.uint64(32))) & np.uint64(1)).astype(bool)
