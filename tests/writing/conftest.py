"""Small models to steer: one by chance, and any of one's own making."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from poet.alphabet import Alphabet
from poet.checkpoint import Checkpoint, weight_shapes
from poet.corpus.fuse import Filter
from poet.corpus.grams import slide, units_in
from poet.corpus.novelty import Index
from poet.poem import STOPS, is_han
from poet.writing.writer import Writer

ByChance: TypeAlias = Callable[..., Writer]


@pytest.fixture(scope="session")
def alphabet(sample: Path) -> Alphabet:
    """The Chinese characters of the sample corpus, about a thousand, and the stops."""
    text = (sample / "quatrains.txt").read_text("utf-8")
    return Alphabet("".join(sorted(filter(is_han, set(text)))) + STOPS)


@pytest.fixture(scope="session")
def by_chance() -> ByChance:
    """A model of random weights: the more `bold`, the more it hangs on what it has read."""

    def made(alphabet: Alphabet, *, bold: float = 1.0, seed: int = 0) -> Writer:
        rng = np.random.default_rng(seed)
        shapes = weight_shapes(len(alphabet), 8, 12)
        weights = {name: rng.normal(0, bold, shape) for name, shape in shapes.items()}
        return Writer(Checkpoint(alphabet, weights))

    return made


@pytest.fixture(scope="session")
def parrot() -> Callable[..., Writer]:
    """A model that hopes for some characters, whatever it has read: each with its logit."""

    def made(alphabet: Alphabet, **liked: float) -> Writer:
        shapes = weight_shapes(len(alphabet), 2, 3)
        weights = {name: np.zeros(shape) for name, shape in shapes.items()}
        for character, logit in liked.items():
            weights["bias"][alphabet.encode(character)] = logit
        return Writer(Checkpoint(alphabet, weights))

    return made


@pytest.fixture(scope="session")
def index_of() -> Callable[[Iterable[str]], Index]:
    """The index of a training text of these lines."""

    def made(lines: Iterable[str]) -> Index:
        return Index(Filter.of(np.unique(np.concatenate([slide(units_in(x)) for x in lines]))))

    return made
