"""Title lifts: counted, not learnt: how much likelier a title makes each character of a poem.

lifts.safetensors   for each title character the verse characters that go with it

The lift of a verse character b by a title character a is P(b | a in the title) / P(b), counted on
training poems. The lift of a whole title is the mean over its characters, weighted by their rarity;
its logarithm, times a strength, is added to the model's logits: one vector per poem, no training.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from poet.characters import is_han
from poet.dataset.dataset import TokenDataset, in_judge_half
from poet.errors import InputError
from poet.objects import DIGESTS, MODEL_FILE, SEAL, read_member, write_member
from poet.tokenizer import CharTokenizer
from poet.typed import Malformed, parse

FILE = "lifts.safetensors"
FORMAT = 1
MAX_POEMS = 500_000  # poems counted, spread over the text, which bounds time and memory
CHUNK_SIZE = 4096  # poems read at a time
STEPS = 32  # per unit of log lift: in 8 bits lifts go up to 2,900 and are at most 2% off


@dataclass(frozen=True)
class TitleLifts:
    """The lifts for a vocabulary of V entries. Characters that are not kept have a lift of 1."""

    sizes: NDArray[np.uint8]  # (V,) how many characters are kept for each title character
    characters: NDArray[np.unsignedinteger[Any]]  # (N,) their ids, row after row
    steps: NDArray[np.uint8]  # (N,) their log lifts in units of 1/32
    weights: NDArray[np.float32]  # (V,) of title characters: idf², 0 where never seen

    # Fitted on half of the held-out Tang poems and confirmed on the others (docs/log.md); a model
    # without title attention needs .7. At 1 it would count twice what the model knows by itself
    STRENGTH: ClassVar[float] = 0.5
    KEPT: ClassVar[int] = 100  # 250 gain 4 to 12% more but take 3.7 MB instead of 1.7
    PRIOR: ClassVar[float] = 0.3  # added to observed and expected counts

    @classmethod
    def from_dataset(
        cls,
        dataset: TokenDataset,
        *,
        kept: int = KEPT,
        prior: float = PRIOR,
        max_poems: int = MAX_POEMS,
        chunk_size: int = CHUNK_SIZE,
    ) -> TitleLifts:
        """Count the lifts on the training poems of a dataset.

        For each title character at most `kept` (up to 255) characters are kept, those with
        the largest count times log lift. Only Chinese characters are counted.
        """
        V, counted = len(dataset.tokenizer), _han(dataset.tokenizer)
        base_rate = np.where(counted, dataset.token_counts(), 0).astype(np.float64)
        base_rate /= max(1.0, base_rate.sum())
        rows: list[NDArray[np.int64]] = []
        steps: list[NDArray[np.uint8]] = []
        sizes, weights = np.zeros(V, np.uint8), np.zeros(V, np.float32)
        training = dataset.poems(held_out=False)
        training = training[~in_judge_half(training)]  # the judge counts the other half
        training = training[:: 1 + len(training) // max_poems]
        for a, poems in _titled(dataset, training, counted):
            observed = np.where(counted, _token_counts(dataset, poems, chunk_size), 0)
            lift = np.log((observed + prior) / (observed.sum() * base_rate + prior))
            gain = observed * lift
            best = np.argsort(-gain, kind="stable")[:kept]
            best = np.sort(best[gain[best] > 0])
            sizes[a], weights[a] = len(best), np.log(len(training) / len(poems)) ** 2
            rows.append(best)
            steps.append(np.clip(np.rint(lift[best] * STEPS), 0, 255).astype(np.uint8))
        ids = np.concatenate([np.zeros(0, np.int64), *rows])
        return cls(
            sizes,
            ids.astype(np.uint16 if V <= 1 << 16 else np.uint32),
            np.concatenate([np.zeros(0, np.uint8), *steps]),
            weights,
        )

    def __len__(self) -> int:
        """V, the size of the vocabulary that this was counted for."""
        return len(self.sizes)

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return np.cumsum(self.sizes, dtype=np.int64)

    def bias(
        self, title: NDArray[np.integer[Any]], strength: float = STRENGTH
    ) -> NDArray[np.float32]:
        """What to add to the logits (V,) of a poem with this title, ids (T,).

        Never negative; 0 for an empty title and for one of unseen characters.
        """
        characters = np.unique(title).astype(np.int64)
        weights = self.weights[characters]
        lift = np.zeros(len(self), np.float32)  # above 1
        for a, share in zip(characters, weights / max(1e-9, weights.sum()), strict=True):
            row = slice(self._ends[a] - self.sizes[a], self._ends[a])
            lift[self.characters[row]] += share * np.expm1(self.steps[row] / np.float32(STEPS))
        return np.float32(strength) * np.log1p(lift)

    @classmethod
    def read(cls, folder: Path) -> TitleLifts | None:
        """The lifts of a model; None where it has none. Raises `InputError` for damaged ones."""
        try:
            found = read_member(folder, FILE)
            if found is None:
                return None
            tensors, metadata = found
            version = parse(metadata.get("lifts", "{}")).get("format")
            if version != FORMAT:
                raise Malformed(f"its format is {version}, not {FORMAT}")
            names = ("sizes", "characters", "steps", "weights")
            if missing := [name for name in names if name not in tensors]:
                raise Malformed(f"it lacks the tensor {missing[0]}")
            return cls(*(tensors[name] for name in names))._checked()
        except Malformed as error:
            raise InputError(
                f"{folder / FILE} is not a file of title lifts that this version can read: {error}",
                "copy the model again; or, for a model without them, which keeps to its titles "
                f"less well, delete it and take {DIGESTS} and {SEAL} out of {MODEL_FILE}",
            ) from error

    def write(self, folder: Path) -> None:
        """Write the lifts to a model folder, atomically."""
        from safetensors.numpy import save_file

        tensors = {
            "sizes": self.sizes,
            "characters": self.characters,
            "steps": self.steps,
            "weights": self.weights,
        }
        metadata = {"lifts": json.dumps({"format": FORMAT, "unit": f"log lift times {STEPS}"})}
        write_member(folder, FILE, lambda path: save_file(tensors, path, metadata))

    def _checked(self) -> TitleLifts:
        """These lifts. Raises `Malformed` where their parts do not fit together."""
        if any(part.ndim != 1 for part in (self.sizes, self.characters, self.steps, self.weights)):
            raise Malformed("its arrays have several dimensions")
        V, N = len(self.sizes), len(self.characters)
        kinds = [part.dtype for part in (self.sizes, self.steps, self.weights)]
        if kinds != [np.uint8, np.uint8, np.float32] or self.characters.dtype.kind != "u":
            raise Malformed("its arrays have other types")
        if self.weights.shape != (V,) or self.steps.shape != (N,) or self.sizes.sum() != N:
            raise Malformed("its arrays differ in length")
        if self.characters.max(initial=0) >= max(V, 1):
            raise Malformed(f"it names characters beyond its {V}")
        if not (np.isfinite(self.weights) & (self.weights >= 0)).all():
            raise Malformed("it holds weights that are not finite")
        return self


def _han(tokenizer: CharTokenizer) -> NDArray[np.bool_]:
    """Which ids are Chinese characters (V,)."""
    marks = [False] * tokenizer.first_character
    return np.array([*marks, *map(is_han, tokenizer.characters)], dtype=np.bool_)


def _titled(
    dataset: TokenDataset, poems: NDArray[np.int64], counted: NDArray[np.bool_]
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each character that occurs in titles of these poems, and the poems it occurs in.

    江上, 江月  ->  江 [0, 1], 上 [0], 月 [1]
    """
    start = dataset.table["title"]
    sizes = start[poems + 1] - start[poems]
    ends = np.cumsum(sizes)
    places = np.arange(sizes.sum()) + np.repeat(start[poems] - ends + sizes, sizes)
    characters = dataset.title_ids[places].astype(np.int64)
    pairs = characters * len(dataset) + np.repeat(poems, sizes)
    pairs = np.sort(pairs[counted[characters]])  # by character, then by poem
    once = pairs[np.diff(pairs, prepend=-1) > 0]  # a character counts once per title
    characters, poems = np.divmod(once, max(1, len(dataset)))
    for part in np.split(np.arange(len(once)), np.flatnonzero(np.diff(characters)) + 1):
        if len(part):
            yield int(characters[part[0]]), poems[part]


def _token_counts(
    dataset: TokenDataset, poems: NDArray[np.int64], chunk_size: int
) -> NDArray[np.int64]:
    """How often each id occurs in the verse of some poems (V,)."""
    counts = np.zeros(len(dataset.tokenizer), np.int64)
    for at in range(0, len(poems), chunk_size):
        verse, _ = dataset.verses(poems[at : at + chunk_size])
        counts += np.bincount(verse, minlength=len(counts))
    return counts
