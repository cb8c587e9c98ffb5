"""Ranking: of several finished poems the best, by a score that can be explained.

Of each poem it is measured, in nats a character under the model's own odds,

- fluency: how likely it is, given all that was asked for (less nats are better: minus them)
- relevance: how much likelier title and author make it
- coherence: how much likelier its second half is after the first than alone
- rhyme: how unlikely its rhyme characters are where they stand (forced ones cost)

and by counting

- cliché, close: how much commoner its pairs of characters, and those of its last line, are in
  poet's own verse than in people's (the mean logarithm of how often more)

The score is their weighted sum. The weights were fitted on the marks that blind readers gave 328
poems, each against those on the same title (docs/log.md has the figures). What weighs nothing is
not measured: relevance is what guidance is for, and of coherence this measure tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from poet.generation.cliches import Cliches
from poet.generation.conditioning import Condition
from poet.tokenizer import EOS

if TYPE_CHECKING:
    from poet.generation.smc import Candidate, Prefix

WEIGHTS: Mapping[str, float] = {
    "fluency": 1.1,
    "relevance": 0.0,
    "coherence": 0.0,
    "rhyme": -0.02,
    "cliché": -0.05,
    "close": -0.34,
}
FINALISTS = 3  # finished poems of a run that are looked at


@dataclass(frozen=True)
class Ranking:
    """How finished poems of one call are ranked."""

    weights: Mapping[str, float]
    cliches: Cliches | None = None
    finalists: int = FINALISTS

    def rank(self, begun: Prefix, poems: Sequence[Candidate]) -> list[Candidate]:
        """The same poems, each with its score and what that is made of."""
        if not poems:
            return []
        features = self.features(begun, poems)
        score = sum(self.weights.get(name, 0.0) * found for name, found in features.items())
        scores = np.broadcast_to(score, len(poems))
        return [
            replace(
                poem,
                score=float(scores[i]),
                reasons={name: float(found[i]) for name, found in features.items()},
            )
            for i, poem in enumerate(poems)
        ]

    def features(self, begun: Prefix, poems: Sequence[Candidate]) -> dict[str, NDArray[np.float64]]:
        """What the score is made of: a name -> (poems,)."""
        steering, condition = begun.steering, begun.condition
        engine, alphabet = steering.engine, steering.alphabet
        own = np.array([poem.nats for poem in poems])  # (F, T) of what was written
        rows = np.stack([np.r_[alphabet.encode(p.given + p.text), EOS] for p in poems])
        written = own.shape[1]
        kinds = [kind for kind, _ in steering.slots]
        found = {"fluency": -own.mean(1)}
        if self.weights.get("relevance") and condition.plain is not None:
            plain = Condition(condition.plain).nats(engine, rows, begun.mood)[:, -written:]
            found["relevance"] = (plain - own).mean(1)
        if self.cliches is not None:
            found["cliché"] = self.cliches.mean(rows)
            found["close"] = self.cliches.mean(rows[:, -2 - steering.rules.form.lengths[-1] : -2])
        lines = kinds.count("stop")
        middle = [i for i, kind in enumerate(kinds) if kind == "stop"][lines // 2 - 1] + 1
        if self.weights.get("coherence") and lines > 1 and len(kinds) - middle <= written:
            second = rows[:, middle:]
            alone = condition.nats(engine, second, begun.mood)
            found["coherence"] = (alone - own[:, -second.shape[1] :]).mean(1)
        schemes = steering.rules.schemes  # a line rhymes where it does in all of them
        rhyming = [n for n in range(lines) if all(scheme.rhymes[n] for scheme in schemes)]
        rhymes = [
            i - 1
            for number, i in enumerate(i for i, kind in enumerate(kinds) if kind == "stop")
            if number and number in rhyming and i - 1 >= len(kinds) - written
        ]
        if rhymes:
            found["rhyme"] = own[:, np.array(rhymes) - len(kinds)].mean(1)
        return found
