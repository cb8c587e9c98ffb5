"""Novelty: which lines of a poem stand in the training text, told by an index beside the model.

novelty.safetensors   the grams of the training side (`corpus.grams`), about nine bits each

A line stands in the training text when all its grams do. One that does is never missed; of
lines of five characters that do not, one in 256 is suspected, of longer ones fewer. Lines of
fewer than five units have no gram and are never suspected: they are words more than lines.
Neither is found what holds a character that the alphabet lacks; only a prompt can bring one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.characters import STOPS
from poet.dataset.dataset import TokenDataset
from poet.errors import InputError
from poet.files import write_atomically
from poet.novelty.fuse_filter import FuseFilter
from poet.novelty.ngrams import GRAM, Hashes, hash_han, hash_units, slide, training_ngrams
from poet.poem import Poem

FILE = "novelty.safetensors"
FORMAT = 1
# A text with more grams than fit these (Chinese verse beyond some twenty million characters)
# gets no index, and that is said: one of a part of it would call lines new that are not
MOST_BYTES = 6_000_000
MOST = 5_250_000  # grams, at nine bits each and some room
_line_end = re.compile(f"[{STOPS}\n]")


@dataclass(frozen=True, slots=True)
class Novelty:
    """How new a poem is."""

    lines: int  # that are not blank
    standing: tuple[int, ...]  # which of them, from 1, stand in the training text
    longest_run: int  # units shared with it in a row; 0: fewer than five


@dataclass(frozen=True)
class NoveltyIndex:
    """The grams of a training text."""

    grams: FuseFilter
    earlier: tuple[FuseFilter, ...] = ()  # of what the models had read that this one went on from

    @classmethod
    def from_dataset(cls, dataset: TokenDataset, most: int = MOST) -> NoveltyIndex | None:
        """The index of a store's training side; None where it has more than `most` grams."""
        grams = training_ngrams(dataset, most)
        return None if grams is None else cls(FuseFilter.from_keys(grams))

    @classmethod
    def read(cls, folder: Path) -> NoveltyIndex | None:
        """The index of a model; None where it has none. Raises `InputError` for a damaged one."""
        import safetensors

        path = folder / FILE
        if not path.is_file():
            return None
        try:
            with safetensors.safe_open(path, framework="numpy") as file:
                facts = json.loads(file.metadata()["index"])
                if facts["format"] != FORMAT:
                    raise ValueError(f"its format is {facts['format']}, not {FORMAT}")
                every = [facts, *facts.get("earlier", [])]
                first, *rest = (
                    FuseFilter(file.get_tensor(f"table{i or ''}"), **_numbers(one)).checked()
                    for i, one in enumerate(every)
                )
                return cls(first, tuple(rest))
        except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError) as error:
            raise InputError(
                f"{path} is not an index of lines that this poet can read: {error}",
                "delete it: the model writes without it, but lines it has read will not be known",
            ) from error

    def write(self, folder: Path) -> None:
        """Write the index beside a model, whole or not at all."""
        from safetensors.numpy import save_file

        facts: dict[str, Any] = {
            "format": FORMAT,
            **_facts(self.grams),
            "unit": f"{GRAM} Chinese characters or words",
        }
        if self.earlier:
            facts["earlier"] = [_facts(grams) for grams in self.earlier]
        metadata = {"index": json.dumps(facts)}  # one entry: safetensors shuffles several
        filters = (self.grams, *self.earlier)
        tensors = {f"table{i or ''}": grams.table for i, grams in enumerate(filters)}
        write_atomically(folder / FILE, lambda path: save_file(tensors, path, metadata))

    def contains(self, grams: Hashes) -> NDArray[np.bool_]:
        """Which of grams (any shape) stand in the training text."""
        found = self.grams.contains(grams)
        for earlier in self.earlier:
            found |= earlier.contains(grams)
        return found

    def with_base(self, base: NoveltyIndex) -> NoveltyIndex:
        """The index of a model that went on from another, which had the index `base`."""
        return NoveltyIndex(self.grams, (*self.earlier, base.grams, *base.earlier))

    def contains_line(self, line: str) -> bool:
        """Whether a line stands in the training text: alone, or within a longer one."""
        found = [found for found in self._found([line]) if len(found)]
        return bool(found) and all(part.all() for part in found)

    def contains_lines(self, codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """`stands` of lines of equal length, codepoints (N, T) of Chinese characters: (N,)."""
        found = self.contains(slide(hash_han(codes)))
        return found.all(axis=1) & (found.shape[1] > 0)

    def longest_run(self, lines: Iterable[str]) -> int:
        """The longest stretch of units whose grams are all known; 0 for fewer than five.

        A stretch goes on over a line's end where the grams on both sides are known. It may come
        from several poems, so that no single one shares more; but what reaches fewer than five
        units into a line is not seen.
        """
        longest = run = 0
        for found in self._found(lines):
            before = run if len(found) else 0
            run = 0
            for i, known in enumerate(found):
                run = 0 if not known else run + 1 if run else GRAM + (0 if i else before)
                longest = max(longest, run)
        return longest

    def novelty(self, poem: Poem) -> Novelty:
        """How new a poem is, as the model wrote it: before it is shown in another script."""
        lines = [line for line in poem.lines if line.strip()]
        standing = tuple(n for n, line in enumerate(lines, 1) if self.contains_line(line))
        return Novelty(len(lines), standing, self.longest_run(lines))

    def _found(self, lines: Iterable[str]) -> Iterable[NDArray[np.bool_]]:
        """Of each line with any units, which of its grams are known."""
        for line in lines:
            for part in _line_end.split(line):
                units = hash_units(part)
                if len(units):
                    yield self.contains(slide(units))


def _facts(grams: FuseFilter) -> dict[str, int]:
    return {"segment": grams.segment, "seed": grams.seed, "count": grams.count}


def _numbers(facts: dict[str, Any]) -> dict[str, int]:
    return {name: int(facts[name]) for name in ("segment", "seed", "count")}


def save_index(index: NoveltyIndex | None, folder: Path) -> None:
    """Make `index` that of the model in a folder; None takes away one that stands for another."""
    if index:
        index.write(folder)
    else:
        (folder / FILE).unlink(missing_ok=True)
