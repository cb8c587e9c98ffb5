"""Steering: poems that keep the rules of their form, and are still the model's own.

Sequential Monte Carlo (Doucet et al. 2001; for language models Lew et al. 2023). N candidates of
a poem, the particles, are written side by side. At each place a particle chooses among the
characters that the rules allow, by the model's odds at the temperature asked for, and is
weighted by the share of the odds that lay on the allowed ones: who was led to where the model
would hardly go of itself counts little. Where the weights have become too unequal, particles are
drawn anew by weight. What is left is a sample of *the model's poems that keep the rules*, not
of the model bent at every character.

Several poems are written in one batch, each with its own N particles and its own randomness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from ..alphabet import Alphabet, Ids
from ..corpus.novelty import Index
from ..errors import FormNotReached
from ..prosody.rules import Rules
from .batch import Beginning, Steered
from .choosing import Sampling
from .engine import Engine, Memory
from .masks import Masks
from .printed import Printed

ATTEMPTS = 20  # a poem all of whose particles fell away is begun anew so many times
Slot: TypeAlias = tuple[str, int]  # "place" and its number, "stop" and its line's, or "end"


@dataclass(frozen=True)
class Steering:
    """What the poems of one call have in common."""

    engine: Engine
    alphabet: Alphabet
    rules: Rules
    masks: Masks
    sampling: Sampling
    particles: int
    stops: tuple[str, ...]  # what closes each line
    index: Index | None = None  # lines that stand in it are not written
    resample: bool = True  # without it, what comes out is the naive mask

    def write(
        self,
        header: Ids,
        given: int,
        seeds: Sequence[tuple[int, ...]],
        memory: Memory | None = None,
        printed: Printed | None = None,
    ) -> list[Steered | None]:
        """One poem a seed, None for those that were not found; the first `given` places are given.

        `header` is read before the verse, `memory` is the state before it. Lines that were
        `printed` are not written again, and the new ones are added to them.
        """
        begun = Beginning.read(self, header, given, memory)
        found: dict[int, Steered] = {}
        printed = Printed() if printed is None else printed
        for attempt in range(ATTEMPTS if self.sampling.temperature else 1):
            left = [i for i in range(len(seeds)) if i not in found]
            rngs = [randomness(seeds[i], attempt) for i in left]
            for i, poem in zip(left, begun.run(rngs), strict=True):
                if poem and not printed.knows(poem.lines):  # poems of one call share no line
                    found[i] = poem
                    printed.add(poem.lines)
            if len(found) == len(seeds):
                break
        return [found.get(i) for i in range(len(seeds))]

    def not_reached(self) -> FormNotReached:
        """What is said where a poem was not found."""
        return FormNotReached(
            f"no {self.rules.form.name} was found that keeps all that was asked for",
            "ask for less: fewer poems, another --rhyme, --tones lenient, or a shorter prompt"
            if self.sampling.temperature
            else "temperature 0 has one answer only: ask for one poem, or raise --temperature",
        )

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """What is written in turn: places, the stops after their lines, the end."""
        found: list[Slot] = []
        for place in range(self.rules.places):
            found.append(("place", place))
            if (line := self.rules.ends.get(place)) is not None:
                found.append(("stop", line))
        return (*found, ("end", 0))


def randomness(seed: tuple[int, ...], attempt: int) -> np.random.Generator:
    """A source of its own for each attempt; numpy takes (5, 1) and (5, 1, 0) for one seed."""
    spawned = (attempt,) if attempt else ()
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=spawned))
