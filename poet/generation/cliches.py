"""Clichés: pairs of characters that are far more frequent in a model's own verse than in people's.

cliches.safetensors   the pairs, and the logarithm of how much more frequent

They are counted on poems that the model wrote on the titles of human poems, beside those poems
themselves (`tools/cliches.py`). Readers prefer poems with fewer of them, above all in the last
line, so ranking counts them. Making them less likely during writing did not help: readers
liked the verse less (docs/log.md).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, TypedDict

import numpy as np
from numpy.typing import NDArray

from poet.characters import STOPS
from poet.errors import InputError
from poet.objects import DIGESTS, MODEL_FILE, SEAL, read_member, write_member
from poet.tokenizer import CharTokenizer
from poet.typed import Malformed, parse, typed

FILE = "cliches.safetensors"
FORMAT = 1


class _Facts(TypedDict):
    format: int
    size: int


@dataclass(frozen=True)
class Cliches:
    """Pairs of ids of a vocabulary of V entries, and their excess in nats; for others it is 0."""

    size: int  # V
    pairs: NDArray[np.uint32]  # (N,) first id times V plus second id, ascending
    excess: NDArray[np.float32]  # (N,) log of how much commoner than in human verse, above 0

    LEAST: ClassVar[int] = 5  # occurrences that a pair needs in the model's verse
    PRIOR: ClassVar[float] = 0.5  # added to the count of either side

    @classmethod
    def from_texts(
        cls, tokenizer: CharTokenizer, written: Iterable[str], human: Iterable[str]
    ) -> Cliches:
        """Count them on verse of the model, beside as much human verse in the same forms."""
        ours, theirs = Counter(_pairs(written)), Counter(_pairs(human))
        scale = max(1, theirs.total()) / max(1, ours.total())
        log_ratios = {
            pair: np.log(scale * (count + cls.PRIOR) / (theirs[pair] + cls.PRIOR))
            for pair, count in ours.items()
            if count >= cls.LEAST and not tokenizer.unknown(pair)
        }
        kept = {_number(tokenizer, pair): value for pair, value in log_ratios.items() if value > 0}
        order = sorted(kept)
        return cls(
            len(tokenizer),
            np.array(order, np.uint32),
            np.array([kept[number] for number in order], np.float32),
        )

    def mean(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """The mean excess (F,) over all pairs of each text, ids (F, T), stops included."""
        if not len(self.pairs) or rows.shape[1] < 2:
            return np.zeros(len(rows))
        numbers = rows[:, :-1].astype(np.int64) * self.size + rows[:, 1:]
        index = np.searchsorted(self.pairs, numbers).clip(0, len(self.pairs) - 1)
        excess = np.where(self.pairs[index] == numbers, self.excess[index], 0)
        mean: NDArray[np.float64] = excess.mean(1, dtype=np.float64)
        return mean

    @classmethod
    def read(cls, folder: Path) -> Cliches | None:
        """The clichés of a model, or None. Raises `InputError` for a damaged file."""
        try:
            found = read_member(folder, FILE)
            if found is None:
                return None
            tensors, metadata = found
            facts = typed(parse(metadata.get("cliches", "{}")), _Facts, "")
            if facts["format"] != FORMAT:
                raise Malformed(f"its format is {facts['format']}, not {FORMAT}")
            if missing := {"pairs", "excess"} - tensors.keys():
                raise Malformed(f"it lacks the tensor {min(missing)}")
            return cls(facts["size"], tensors["pairs"], tensors["excess"])._checked()
        except Malformed as error:
            raise InputError(
                f"{folder / FILE} is not a file of clichés that this version can read: {error}",
                "copy the model again; or, for a model without them, which uses more of them, "
                f"delete it and take {DIGESTS} and {SEAL} out of {MODEL_FILE}",
            ) from error

    def write(self, folder: Path) -> None:
        """Write them to a model folder, atomically."""
        from safetensors.numpy import save_file

        tensors = {"pairs": self.pairs, "excess": self.excess}
        metadata = {"cliches": json.dumps({"format": FORMAT, "size": self.size})}
        write_member(folder, FILE, lambda path: save_file(tensors, path, metadata))

    def _checked(self) -> Cliches:
        """These. Raises `Malformed` where the parts do not fit together."""
        if self.pairs.dtype != np.uint32 or self.excess.dtype != np.float32:
            raise Malformed("its arrays have other types")
        if self.pairs.shape != self.excess.shape or self.pairs.ndim != 1 or self.size < 1:
            raise Malformed("its arrays differ in length")
        if (np.diff(self.pairs.astype(np.int64)) <= 0).any() or (
            len(self.pairs) and self.pairs[-1] >= self.size**2
        ):
            raise Malformed("its pairs are not in order")
        if not np.isfinite(self.excess).all():
            raise Malformed("it holds values that are not finite")
        return self


def _pairs(texts: Iterable[str]) -> Iterator[str]:
    """Neighbouring characters within lines: 春水。-> 春水"""
    for text in texts:
        yield from (a + b for a, b in pairwise(text) if a not in STOPS and b not in STOPS)


def _number(tokenizer: CharTokenizer, pair: str) -> int:
    first, second = tokenizer.encode(pair)
    return int(first) * len(tokenizer) + int(second)
