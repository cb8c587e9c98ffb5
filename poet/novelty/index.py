"""Novelty: which lines of a poem occur in the training text, by an index stored with the model.

novelty.safetensors   the n-grams of the training side (`novelty.ngrams`), about nine bits each

A line counts as one of the training text when all its n-grams occur there. Such a line is never
missed. Of new lines of five characters one in 256 is reported by mistake, of longer ones fewer.
Lines of fewer than five units have no n-gram and are never reported. Neither are lines with a
character outside the vocabulary, which only a prompt can contain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from poet.characters import STOPS
from poet.dataset.dataset import TokenDataset
from poet.errors import InputError
from poet.novelty.fuse_filter import FuseFilter
from poet.novelty.ngrams import NGRAM, Hashes, hash_han, hash_ngrams, hash_units, training_ngrams
from poet.objects import DIGESTS, MODEL_FILE, SEAL, read_member, write_member
from poet.poem import Poem
from poet.typed import Malformed, parse, typed

FILE = "novelty.safetensors"
FORMAT = 1
# A text with more n-grams (over twenty million Chinese characters, or eighty million letters) gets
# none, since an index of part of it would call copied lines new. Nine bits each: 7.5 MB at most
MAX_NGRAMS = 6_500_000
_line_end = re.compile(f"[{STOPS}\n]")


@dataclass(frozen=True, slots=True)
class Novelty:
    """How new a poem is."""

    lines: int  # number of lines that are not blank
    copied_lines: tuple[int, ...]  # numbers of those in the training text, counted from 1
    longest_run: int  # units in a row shared with the training text; 0 for fewer than five


class _Header(TypedDict):
    segment: int
    seed: int
    count: int


class _Facts(_Header):
    format: int


class _AllFacts(_Facts, total=False):
    earlier: list[_Header]


@dataclass(frozen=True)
class NoveltyIndex:
    """The n-grams of a training text."""

    ngrams: FuseFilter
    earlier: tuple[FuseFilter, ...] = ()  # of the texts of the models that it was fine-tuned from

    @classmethod
    def from_dataset(
        cls, dataset: TokenDataset, max_ngrams: int = MAX_NGRAMS
    ) -> NoveltyIndex | None:
        """The index of a dataset's training side; None for more than `max_ngrams` n-grams."""
        ngrams = training_ngrams(dataset, max_ngrams)
        return None if ngrams is None else cls(FuseFilter.from_keys(ngrams))

    @classmethod
    def read(cls, folder: Path) -> NoveltyIndex | None:
        """The index in a model's folder; None without one. Raises `InputError` if it is damaged."""
        try:
            found = read_member(folder, FILE)
            return None if found is None else cls._of(*found)
        except Malformed as error:
            raise InputError(
                f"{folder / FILE} is not an index of lines that this poet can read: {error}",
                "copy the model again; or, for a model without an index, which does not recognise "
                f"copied lines, delete it and take {DIGESTS} and {SEAL} out of {MODEL_FILE}",
            ) from error

    @classmethod
    def _of(cls, tables: dict[str, NDArray[Any]], metadata: dict[str, str]) -> NoveltyIndex:
        facts = typed(parse(metadata.get("index", "{}")), _AllFacts, "")
        if facts["format"] != FORMAT:
            raise Malformed(f"its format is {facts['format']}, not {FORMAT}")
        headers = [facts, *facts.get("earlier", ())]
        if missing := [i for i in range(len(headers)) if _table_name(i) not in tables]:
            raise Malformed(f"it lacks the tensor {_table_name(missing[0])}")
        first, *rest = (
            FuseFilter(tables[_table_name(i)], **_numbers(header)).checked()
            for i, header in enumerate(headers)
        )
        return cls(first, tuple(rest))

    def write(self, folder: Path) -> None:
        """Write the index into a model's folder."""
        write_member(folder, FILE, self.save)

    def save(self, path: Path) -> None:
        """Write the index to a file of this name."""
        from safetensors.numpy import save_file

        facts: dict[str, Any] = {
            "format": FORMAT,
            **_header(self.ngrams),
            "unit": f"{NGRAM} Chinese characters or words",
        }
        if self.earlier:
            facts["earlier"] = [_header(ngrams) for ngrams in self.earlier]
        metadata = {"index": json.dumps(facts)}  # one entry: safetensors shuffles several
        filters = (self.ngrams, *self.earlier)
        save_file({_table_name(i): f.table for i, f in enumerate(filters)}, path, metadata)

    def contains(self, ngrams: Hashes) -> NDArray[np.bool_]:
        """Which n-grams (any shape) occur in the training text."""
        result = self.ngrams.contains(ngrams)
        for earlier in self.earlier:
            result |= earlier.contains(ngrams)
        return result

    def with_base(self, base: NoveltyIndex) -> NoveltyIndex:
        """The index of a model that was fine-tuned from a model with the index `base`."""
        return NoveltyIndex(self.ngrams, (*self.earlier, base.ngrams, *base.earlier))

    def contains_line(self, line: str) -> bool:
        """Whether a line occurs in the training text, as a line or as part of a longer one."""
        parts = [known for known in self._known_ngrams([line]) if len(known)]
        return bool(parts) and all(known.all() for known in parts)

    def contains_lines(self, codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """`contains_line` (N,) for codepoints (N, T) of lines of Chinese characters."""
        known = self.contains(hash_ngrams(hash_han(codes)))
        return known.all(axis=1) & (known.shape[1] > 0)

    def longest_run(self, lines: Iterable[str]) -> int:
        """The longest run of units whose n-grams are all known; 0 for fewer than five.

        A run continues over a line's end where the n-grams on both sides are known. Its parts may
        come from several poems: no single poem shares a longer one, except for fewer than five
        units at the beginning of a line, which are not seen.
        """
        longest = run = 0
        for known in self._known_ngrams(lines):
            run_before, run = run, 0
            for i, is_known in enumerate(known):
                if not is_known:
                    run = 0
                elif run:
                    run += 1
                elif i == 0:
                    run = run_before + NGRAM
                else:
                    run = NGRAM
                longest = max(longest, run)
        return longest

    def novelty(self, poem: Poem) -> Novelty:
        """How new a poem is. It must be in the script that the model writes, before conversion."""
        lines = [line for line in poem.lines if line.strip()]
        copied = tuple(n for n, line in enumerate(lines, 1) if self.contains_line(line))
        return Novelty(len(lines), copied, self.longest_run(lines))

    def _known_ngrams(self, lines: Iterable[str]) -> Iterable[NDArray[np.bool_]]:
        """For each line with any units, which of its n-grams are known; none if it is short."""
        for line in lines:
            for part in _line_end.split(line):
                units = hash_units(part)
                if len(units):
                    yield self.contains(hash_ngrams(units))


def _table_name(number: int) -> str:
    """The tensor of a filter: `table`, then `table1`, `table2` … for those of base models."""
    return f"table{number}" if number else "table"


def _header(ngrams: FuseFilter) -> dict[str, int]:
    return {"segment": ngrams.segment, "seed": ngrams.seed, "count": ngrams.count}


def _numbers(header: Mapping[str, Any]) -> dict[str, int]:
    return {name: header[name] for name in ("segment", "seed", "count")}
