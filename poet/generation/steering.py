"""Steering: poems that keep the rules of their form, and are still the model's own.

Sequential Monte Carlo (Doucet et al. 2001; for language models Lew et al. 2023). N candidates of
a poem, the particles, are written side by side. At each place a particle chooses among the
characters that the rules allow, by the model's odds at the temperature asked for, and is
weighted by the share of the odds that lay on the allowed ones: who was led to where the model
would hardly go of itself counts little. Where the weights have become too unequal, particles are
drawn anew by weight. What is left is a sample of *the model's poems that keep the rules*, not
of the model bent at every character.

With guidance (Ho and Salimans 2022; for language models Sanchez et al. 2023) the model is asked
twice, with title and author and without, and what they change counts more than once. Guidance
has a say in the choice alone: the weights are the model's own.

Several poems are written in one batch, each with its own N particles and its own randomness.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from typing import TypeAlias

import numpy as np

from poet.errors import FormNotReached
from poet.generation.conditioning import Condition
from poet.generation.engine import LSTMState, NumpyLSTM
from poet.generation.ranking import Ranking
from poet.generation.recent_lines import RecentLines
from poet.generation.sampling import Sampling
from poet.generation.smc import Candidate, Prefix
from poet.novelty.index import NoveltyIndex
from poet.prosody.chinese.automaton import FormAutomaton
from poet.prosody.chinese.masks import Masks
from poet.tokenizer import CharTokenizer

ATTEMPTS = 20  # a poem all of whose particles fell away is begun anew so many times
SPARE = 4  # finished poems of a run that are kept, in case the likeliest is not new
COMMON = 6_000  # ids that are chosen among, the commonest: all others together hardly ever come
Slot: TypeAlias = tuple[str, int]  # "place" and its number, "stop" and its line's, or "end"


@dataclass(frozen=True)
class SMCDecoder:
    """What the poems of one call have in common."""

    engine: NumpyLSTM
    alphabet: CharTokenizer
    rules: FormAutomaton
    masks: Masks
    sampling: Sampling
    particles: int
    stops: tuple[str, ...]  # what closes each line
    index: NoveltyIndex | None = None  # lines that stand in it are not written
    resample: bool = True  # without it, what comes out is the naive mask
    best_of: int = 1  # poems written for each that is printed
    ranking: Ranking | None = None  # by which the best is found; else by likelihood alone

    def write(
        self,
        condition: Condition,
        given: int,
        seeds: Sequence[tuple[int, ...]],
        memory: LSTMState | None = None,
        printed: RecentLines | None = None,
    ) -> list[Candidate | None]:
        """One poem a seed, None for those that were not found; the first `given` places are given.

        The condition is read before the verse, `memory` is the state before it. Lines that were
        `printed` are not written again, and the new ones are added to them.
        """
        begun = Prefix.read(self, condition, given, memory)
        found: dict[int, Candidate] = {}
        printed = RecentLines() if printed is None else printed
        for attempt in range(ATTEMPTS if self.sampling.temperature else 1):
            left = [i for i in range(len(seeds)) if i not in found]
            rngs = [randomness(seeds[i], attempt, run) for i in left for run in range(self.best_of)]
            finished = begun.run(rngs)
            for i, poems in zip(left, self._ranked(begun, finished), strict=True):
                # Poems of one call share no line
                if new := [poem for poem in poems if not printed.knows(poem.lines)]:
                    found[i] = new[0]
                    printed.add(new[0].lines)
            if len(found) == len(seeds):
                break
        return [found.get(i) for i in range(len(seeds))]

    def _ranked(
        self, begun: Prefix, finished: Sequence[list[Candidate]]
    ) -> Iterator[list[Candidate]]:
        """The finished poems of each that is to be printed, best first."""
        pools = [
            list(chain.from_iterable(finished[i : i + self.best_of]))
            for i in range(0, len(finished), self.best_of)
        ]
        if self.ranking is None:
            yield from (sorted(pool, key=lambda poem: poem.loss) for pool in pools)
            return
        ranked = iter(self.ranking.rank(begun, list(chain.from_iterable(pools))))
        for pool in pools:
            yield sorted(islice(ranked, len(pool)), key=lambda poem: -poem.score)

    def not_reached(self) -> FormNotReached:
        """What is said where a poem was not found."""
        return FormNotReached(
            f"no {self.rules.form.name} was found that keeps all that was asked for",
            "ask for less: fewer poems, another --rhyme, --tones lenient, or a shorter prompt"
            if self.sampling.temperature
            else "temperature 0 has one answer only: ask for one poem, or raise --temperature",
        )

    @property
    def finalists(self) -> int:
        """How many finished poems of a run are looked at more closely."""
        return self.ranking.finalists if self.ranking else SPARE

    @cached_property
    def columns(self) -> int:
        """How many ids are chosen among: the commonest, and so many that all that is fixed is."""
        fixed = self.alphabet.encode("".join((*self.rules.fixed.values(), *self.stops)))
        return min(len(self.alphabet), max(COMMON, 1 + int(fixed.max(initial=0))))

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """What is written in turn: places, the stops after their lines, the end."""
        found: list[Slot] = []
        for place in range(self.rules.places):
            found.append(("place", place))
            if (line := self.rules.ends.get(place)) is not None:
                found.append(("stop", line))
        return (*found, ("end", 0))


def randomness(seed: tuple[int, ...], attempt: int, run: int = 0) -> np.random.Generator:
    """A source of its own for each attempt and run; numpy takes (5, 1) and (5, 1, 0) for one."""
    spawned = (attempt, run) if run else (attempt,) if attempt else ()
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=spawned))
