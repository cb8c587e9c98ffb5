"""Ranking: the best of several finished poems, by a score that can be explained.

Measured in nats per token under the model's own probabilities:

- fluency: how likely the poem is, given all that was asked for (minus its mean nats)
- relevance: how much likelier title and author make it
- coherence: how much likelier its second half is after the first than alone
- rhyme: how unlikely its rhyme characters are where they stand (forced ones cost)

And by counting:

- cliché, close: how much commoner its pairs of characters, and those of its last line, are in
  the model's own verse than in people's (mean log ratio)

The score is their weighted sum. The weights were fitted to the marks that blind readers gave 328
poems, each compared with those on the same title (docs/log.md has the figures). What has weight 0
is not measured: relevance is what guidance is for, and this measure of coherence predicts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from poet.generation.cliches import Cliches
from poet.generation.conditioning import Condition
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

    def rank(self, prefix: Prefix, poems: Sequence[Candidate]) -> list[Candidate]:
        """The same poems, each with its score and the parts of it."""
        ranked = []
        for poem in poems:
            features = self.features(prefix, poem)
            score = sum(self.weights.get(name, 0.0) * value for name, value in features.items())
            ranked.append(replace(poem, score=score, reasons=features))
        return ranked

    def features(self, prefix: Prefix, poem: Candidate) -> dict[str, float]:
        """What the score is made of, by name."""
        condition, engine, constraint = prefix.condition, prefix.engine, prefix.constraint
        tokens, nats = poem.tokens, np.array(poem.nats)
        ends = constraint.line_ends(tokens)
        first = len(tokens) - len(nats)  # of what the prompt does not give
        features = {"fluency": -nats.mean()}
        if self.weights.get("relevance") and condition.plain is not None:
            without = Condition(condition.plain).nats(engine, tokens[None], prefix.context)[0]
            features["relevance"] = (without[first:] - nats).mean()
        if self.cliches is not None:
            last_line = tokens[ends[-2] + 1 if len(ends) > 1 else 0 : ends[-1]]
            features["cliché"] = self.cliches.mean(tokens[None])[0]
            features["close"] = self.cliches.mean(last_line[None])[0]
        if self.weights.get("coherence") and len(ends) > 1:
            middle = ends[len(ends) // 2 - 1] + 1
            if middle >= first:
                alone = condition.nats(engine, tokens[None, middle:], prefix.context)[0]
                features["coherence"] = (alone - nats[middle - first :]).mean()
        rhymes = [at - first for at in constraint.rhymes(tokens) if at >= first]
        if rhymes:
            features["rhyme"] = nats[rhymes].mean()
        return {name: float(value) for name, value in features.items()}
