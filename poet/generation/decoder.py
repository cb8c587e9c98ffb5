"""Decoding under a constraint: several poems per call, each the best of several written.

For each poem that is printed `best_of` are written independently, each by sequential Monte Carlo
with its own particles and its own randomness, and ranked. Poems of one call share no line.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np

from poet.generation.conditioning import Condition
from poet.generation.engine import LSTMState, NumpyLSTM
from poet.generation.ranking import Ranking
from poet.generation.sampling import Sampling
from poet.generation.smc import Candidate, Particles, Prefix, Watch
from poet.prosody.constraint import Constraint

ATTEMPTS = 20  # a poem of which no particle is left is begun again this many times
SPARE = 4  # finished poems of a run that are kept, in case the likeliest is not new
REMEMBERED = 100_000  # lines: 25,000 quatrains, some 15 MB, however many poems are asked for
# Particles of a group, and groups, that are written side by side: narrower products are slow
GROUP, GROUPS = 24, 4
WIDEST = 384  # particles of a group at most, which bounds memory


class RecentLines:
    """The latest lines of a call, so that no two of its poems share one.

    >>> recent = RecentLines(most=2)
    >>> recent.add(["春水連天碧", "明月照大江"]); recent.add(["夜雨三千樹"])
    >>> recent.contains_any(["春水連天碧"]), recent.contains_any(["夜雨三千樹", "雲山四萬家"])
    (False, True)
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        self.most = most
        self._lines: set[str] = set()
        self._in_order: deque[str] = deque()

    def contains_any(self, lines: Collection[str]) -> bool:
        """Whether one of the lines is among the latest."""
        return not self._lines.isdisjoint(lines)

    def add(self, lines: Collection[str]) -> None:
        """Remember new lines; the oldest are forgotten."""
        self._lines.update(lines)
        self._in_order.extend(lines)
        while len(self._in_order) > self.most:
            self._lines.discard(self._in_order.popleft())


@dataclass(frozen=True)
class SMCDecoder:
    """What the poems of one call have in common."""

    engine: NumpyLSTM
    constraint: Constraint
    sampling: Sampling
    particles: int
    best_of: int = 1  # poems written for each that is printed
    ranking: Ranking | None = None  # which of them is best; else the likeliest
    resample: bool = True  # without it the particles are those of a plain mask
    attempts: int = ATTEMPTS

    def decode(
        self,
        condition: Condition,
        seeds: Sequence[tuple[int, ...]],
        context: LSTMState | None = None,
        recent: RecentLines | None = None,
        watch: Watch | None = None,
    ) -> list[Candidate | None]:
        """One poem for each seed, None for those that were not found.

        The header of the condition is read from the state `context`. Lines in `recent` are not
        written again, and the new ones are added to it.
        """
        prefix = Prefix.read(self.engine, self.constraint, condition, context)
        return self.decode_from(prefix, seeds, recent, watch)

    def decode_from(
        self,
        prefix: Prefix,
        seeds: Sequence[tuple[int, ...]],
        recent: RecentLines | None = None,
        watch: Watch | None = None,
    ) -> list[Candidate | None]:
        """The same, where the model has read header and prompt already."""
        recent = RecentLines() if recent is None else recent
        best: dict[int, Candidate] = {}
        for attempt in range(self.attempts if self.sampling.temperature else 1):
            left = [i for i in range(len(seeds)) if i not in best]
            rngs = [make_rng(seeds[i], attempt, run) for i in left for run in range(self.best_of)]
            runs = self.run(prefix, rngs, watch)
            for i, ranked in zip(left, self._ranked(prefix, runs), strict=True):
                if new := [poem for poem in ranked if not recent.contains_any(poem.lines)]:
                    best[i] = new[0]
                    recent.add(new[0].lines)
            if len(best) == len(seeds):
                break
        return [best.get(i) for i in range(len(seeds))]

    def run(
        self, prefix: Prefix, rngs: Sequence[np.random.Generator], watch: Watch | None = None
    ) -> list[list[Candidate]]:
        """The likeliest finished poems for each generator; none where no particle is left.

        Written in groups side by side, on as many processors as there are. The groups do not
        depend on the machine, and so neither do the poems.
        """
        rows = len(rngs) * self.particles
        count = max(1, min(GROUPS, rows // GROUP), -(-rows // WIDEST))
        groups = np.array_split(np.arange(len(rngs)), count)
        parts = [[rngs[i] for i in group] for group in groups if len(group)]

        def run_group(
            group: Sequence[np.random.Generator], prefix: Prefix = prefix
        ) -> list[list[Candidate]]:
            particles = Particles(
                prefix, self.sampling, self.particles, group, resample=self.resample
            ).run(watch)
            return [particles.finished(poem, self.finalists) for poem in range(len(group))]

        if len(parts) == 1:
            with self.engine.on_two_threads() as engine:
                return run_group(rngs, replace(prefix, engine=engine))
        with ThreadPoolExecutor(min(GROUPS, len(parts), os.cpu_count() or 1)) as pool:
            return list(chain.from_iterable(pool.map(run_group, parts)))

    @property
    def finalists(self) -> int:
        """How many finished poems of a run are looked at more closely."""
        return self.ranking.finalists if self.ranking else SPARE

    def _ranked(self, prefix: Prefix, runs: Sequence[list[Candidate]]) -> Iterator[list[Candidate]]:
        """The finished poems for each one that is to be printed, best first."""
        pools = [
            list(chain.from_iterable(runs[i : i + self.best_of]))
            for i in range(0, len(runs), self.best_of)
        ]
        if self.ranking is None:
            yield from (sorted(pool, key=lambda poem: poem.loss) for pool in pools)
            return
        ranked = iter(self.ranking.rank(prefix, list(chain.from_iterable(pools))))
        for pool in pools:
            yield sorted(islice(ranked, len(pool)), key=lambda poem: -poem.score)


def make_rng(seed: tuple[int, ...], attempt: int, run: int = 0) -> np.random.Generator:
    """A generator for each attempt and run (to numpy the seeds (5, 1) and (5, 1, 0) are equal)."""
    spawned = (attempt, run) if run else (attempt,) if attempt else ()
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=spawned))
