"""Sequential Monte Carlo: poems that satisfy a constraint, and are still the model's own.

N candidates of a poem, the particles, are written side by side (Doucet et al. 2001; for language
models Lew et al. 2023). At each step a particle samples among the tokens that the constraint
allows, and is weighted by the probability that the model gave to all of them together: a particle
that was led to where the model would hardly go of itself counts for little. Where the weights have
become too unequal, particles are resampled. What is left is a sample of *the model's poems that
satisfy the constraint*, not of a model bent at every token.

Particles that have written the same so far share a node, and the model is run once for each node:
at first there is one, and after resampling there are few.

Where poems take unequal numbers of tokens to the same place, such as the end of a line, each is
weighed when it comes there, and they are resampled when all have. Those that come first go on
meanwhile, at most to the next such place, where they wait.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.generation.conditioning import Condition
from poet.generation.engine import Floats, LSTMState, NumpyLSTM
from poet.generation.resampling import effective_sample_size, sample_rows, systematic_resample
from poet.generation.sampling import Sampling, probabilities, tempered
from poet.prosody.constraint import Bools, Constraint, Probs
from poet.tokenizer import EOS, Ids

Indices: TypeAlias = NDArray[np.intp]
RARE = np.float32(-2.0)  # nats below the likeliest: one in seven
TINY = np.float32(1e-30)  # probabilities below it are too close to the smallest float


# Sees particles while they write; called from several threads
Watch: TypeAlias = "Callable[[Particles], None]"


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A finished poem."""

    tokens: Ids  # (T,) the prompt, what follows it, the end mark
    prompt: str  # as it stands in the poem
    text: str  # what follows the prompt
    nats: tuple[float, ...]  # of each token after the prompt, the end mark last
    lines: frozenset[str]  # those that no other poem of a call may share
    score: float = 0.0  # by which the best of several is found: higher is better
    reasons: Mapping[str, float] = field(default_factory=dict)  # what the score is made of

    @property
    def loss(self) -> float:
        """Mean nats per token."""
        return sum(self.nats) / max(1, len(self.nats))


@dataclass(frozen=True)
class Prefix:
    """The model after header and prompt, from where all poems of a call go on."""

    engine: NumpyLSTM
    constraint: Constraint
    condition: Condition
    context: LSTMState | None  # the state before the header
    features: Floats  # (1, E); with guidance (2, E): conditional, unconditional
    lstm_state: LSTMState

    @classmethod
    def read(
        cls,
        engine: NumpyLSTM,
        constraint: Constraint,
        condition: Condition,
        context: LSTMState | None = None,
    ) -> Prefix:
        """Run the model over the header of the condition and the prompt of the constraint."""
        features, state = condition.read(engine, constraint.prompt, context)
        return cls(engine, constraint, condition, context, features, state)


class Particles:
    """R poems of N particles each, on U nodes, each node a beginning of a poem.

    With guidance features and LSTM states have 2U rows: the conditional ones, then the
    unconditional ones.
    """

    def __init__(
        self,
        prefix: Prefix,
        sampling: Sampling,
        count: int,
        rngs: Sequence[np.random.Generator],
        *,
        resample: bool = True,
    ) -> None:
        self.prefix, self.sampling = prefix, sampling
        self.engine, self.constraint = prefix.engine, prefix.constraint
        self.rngs, self.resample = rngs, resample
        self.node: Indices = np.zeros((len(rngs), count), np.intp)  # (R, N)
        self.log_weights = np.zeros(self.node.shape)
        self.guided = prefix.condition.is_guided
        self.features, self.lstm_state = prefix.features, prefix.lstm_state
        self.states: list[Hashable] = [prefix.constraint.start]
        self.written = prefix.constraint.prompt[None]  # (U, t)
        self.nats = np.zeros((1, 0))  # (U, t) of what was written after the prompt
        # Where the particles of each poem (R,) are compared next, which (R, N) have come there,
        # and with what weights
        self.passed = np.zeros(self.node.shape, bool)
        self.weights_there = np.zeros(self.node.shape)
        self.goal = np.full(len(rngs), self.constraint.progress(prefix.constraint.start) + 1)
        self.moved = np.ones(1, bool)  # (U,) which nodes have a token that was not read yet

    def run(self, watch: Watch | None = None) -> Particles:
        """Write all poems to their ends. Those that are complete earlier keep their weights.

        `watch` is called after each token, and may raise to stop.
        """
        while not all(map(self.constraint.is_final, self.states)):
            self._move()
            if watch:
                watch(self)
        return self

    def draft(self, before: str = "") -> str:
        """What one particle has written so far, the prompt included.

        It is the one with the highest weight, if possible of those that go on from `before`.
        """
        best_first = self.node[0, np.argsort(-self.log_weights[0], kind="stable")]
        drafts = ["".join(self.constraint.pieces(self.written[node])) for node in best_first]
        return next((draft for draft in drafts if draft.startswith(before)), drafts[0])

    def finished(self, poem: int, count: int) -> list[Candidate]:
        """The likeliest poems among the particles of one poem that are left, at most `count`."""
        nodes = np.unique(self.node[poem, np.isfinite(self.log_weights[poem])])
        order = nodes[np.argsort(self.nats[nodes].sum(1), kind="stable")]
        return [self._candidate(node) for node in order[:count]]

    def _move(self) -> None:
        """Write one token in every particle, weigh, resample where that is due, run the model."""
        constraint, condition = self.constraint, self.prefix.condition
        columns = slice(constraint.vocab_size)
        logits = condition.logits(self.engine, self.features[: len(self.states)], columns)  # (U, V)
        logits -= logits.max(1, keepdims=True)
        probs = np.exp(logits)
        log_norm = np.log(probs.sum(1))  # at temperature 1
        if self.sampling.temperature != 1:
            probs = tempered(logits, self.sampling.temperature)
        log_total = np.log(probs.sum(1))
        node, waits = self.node, self._waits()
        parent, chosen, log_allowed = self._choose(logits, probs, waits)
        # A particle that can go nowhere has nothing allowed, and so a weight of 0
        self.log_weights += np.where(waits, 0, (log_allowed - log_total)[node])
        self.written = np.c_[self.written[parent], chosen]
        cost = np.where(self.moved, log_norm[parent] - logits[parent, chosen], 0)
        self.nats = np.c_[self.nats[parent], cost]
        self._keep(parent)
        self.states = [
            constraint.advance(state, token) if moves else state
            for state, token, moves in zip(
                self.states, chosen.tolist(), self.moved.tolist(), strict=True
            )
        ]
        rejected = constraint.rejects(self.states, self.written)
        if rejected is not None:
            self.log_weights[rejected[self.node]] = -np.inf
        self._resample()
        if not all(map(constraint.is_final, self.states)):
            self._read()

    def _waits(self) -> Bools:
        """Which particles (R, N) are complete or have come as far as they may before the others."""
        return self._have_come(self.goal + 1)

    def _have_come(self, goal: Indices) -> Bools:
        """Which particles (R, N) are complete or have come to the goals (R,)."""
        complete = np.array([self.constraint.is_final(state) for state in self.states])
        progress = np.array([self.constraint.progress(state) for state in self.states])
        there: Bools = complete[self.node] | (progress[self.node] >= goal[:, None])
        return there

    def _read(self) -> None:
        """Run the model over the new tokens; the nodes that wait stay as they are."""
        condition, last = self.prefix.condition, self.written[:, -1]
        if self.moved.all():
            self.features, self.lstm_state = condition.step(self.engine, last, self.lstm_state)
            return
        moved = np.flatnonzero(self.moved)
        if not len(moved):
            return
        rows = self._both(moved)
        state = LSTMState(*(part[rows] for part in self.lstm_state))
        features, state = condition.step(self.engine, last[moved], state)
        for whole, part in zip((self.features, *self.lstm_state), (features, *state), strict=True):
            whole[rows] = part

    def _choose(self, logits: Floats, probs: Probs, waits: Bools) -> tuple[Indices, Ids, Floats]:
        """The new nodes as parents (U',) and tokens (U',), and what was allowed to each old one.

        The latter are log probabilities (U,), not normalised, of all allowed tokens together.
        `waits` says which particles (R, N) stay where they are; their nodes get an end mark.
        """
        every, sampling = np.arange(len(probs)), self.sampling
        idle = np.ones(len(probs), bool)  # nodes of which all particles wait
        idle[self.node[~waits]] = False
        self.moved = ~idle
        forced = self.constraint.forced(self.states, self.written)
        if forced is not None:
            return every, forced, logits[every, forced] / np.float32(sampling.temperature or 1)
        shift = self._keep_allowed(logits, probs, idle)
        with np.errstate(divide="ignore"):
            log_allowed = np.log(probs.sum(1)) + shift
        columns = np.flatnonzero(probs.any(0))  # few where a line must rhyme
        if not len(columns):  # no node can go anywhere: all of them are dropped
            columns = np.zeros(1, np.intp)
        logits, probs = logits[:, columns], probs[:, columns]
        if self.guided:
            logits, probs = self._guide(columns, logits, probs)
        if sampling.temperature == 0:
            best = np.where(probs > 0, logits, -np.inf).argmax(1)
            return every, columns[best], log_allowed
        if sampling.min_p:
            probs[probs < sampling.min_p * probs.max(1, keepdims=True)] = 0
        if sampling.top_k or sampling.top_p < 1:
            for row in np.flatnonzero(np.isfinite(log_allowed)):
                scores = np.where(probs[row] > 0, logits[row], -np.inf)
                probs[row] = probabilities(scores, sampling)
        uniforms = np.concatenate([1 - rng.random(self.node.shape[1]) for rng in self.rngs])
        chosen = columns[sample_rows(probs, self.node.reshape(-1), uniforms)]
        V, stay = self.constraint.vocab_size, waits.reshape(-1)
        chosen[stay] = EOS
        branches = 2 * (self.node.reshape(-1) * V + chosen) + stay
        branches, node = np.unique(branches, return_inverse=True)
        self.node = node.reshape(self.node.shape)
        self.moved = branches % 2 == 0
        return branches // 2 // V, branches // 2 % V, log_allowed

    def _keep_allowed(self, logits: Floats, probs: Probs, idle: Bools) -> Floats:
        """Set to 0 in `probs` (U, V) what is not allowed; returns a log scale for each row (U,).

        The scale is 0 except where all that is allowed is so unlikely that it would vanish in
        fp32: such rows are scaled up.
        """
        self._mask(probs, idle)
        shift = np.zeros(len(probs), np.float32)
        vanishing = probs.sum(1) < TINY
        if vanishing.any():
            allowed = np.ones_like(probs)
            self._mask(allowed, idle)
            for node in np.flatnonzero(vanishing & allowed.any(1)):
                scores = np.where(allowed[node] > 0, logits[node], -np.inf)
                top = scores.max()
                shift[node] = top / np.float32(self.sampling.temperature or 1)
                probs[node] = tempered(scores - top, self.sampling.temperature)
        return shift

    def _mask(self, probs: Probs, idle: Bools) -> None:
        self.constraint.mask(self.states, self.written, probs)
        if idle.any():
            probs[idle] = 0
            probs[idle, EOS] = 1

    def _guide(self, columns: Indices, logits: Floats, probs: Probs) -> tuple[Floats, Probs]:
        """Logits and probabilities (U, A) under guidance; what is not allowed stays so."""
        condition = self.prefix.condition
        plain = self.engine.logits(self.features[len(self.states) :], columns)
        scores = condition.guide(logits, plain, columns)
        repeats = self.constraint.repeats(self.written, columns)
        if repeats is not None:
            own = logits if condition.bias is None else logits - condition.bias[columns]
            is_rare = (plain < plain.max(1, keepdims=True) + RARE) | (own < RARE)
            banned = is_rare & repeats
            has_other = ((probs > 0) & ~banned).any(1, keepdims=True)
            scores[banned & has_other] = -np.inf
        scores = np.where(probs > 0, scores, -np.inf)
        top = scores.max(1, keepdims=True)
        scores -= np.where(np.isfinite(top), top, 0)
        return scores, tempered(scores, self.sampling.temperature)

    def _resample(self) -> None:
        """Resample the particles of each poem in which few of them carry most of the weight.

        They are weighed at the same place, and keep what weight they have got since.
        """
        N = self.node.shape[1]
        self._weigh()
        for poem, rng in enumerate(self.rngs):
            left = np.isfinite(self.log_weights[poem])
            if not self.passed[poem, left].all():
                continue
            weights = np.where(left, self.weights_there[poem], -np.inf)
            if self.resample and 0 < effective_sample_size(weights) < N / 2:
                kept = systematic_resample(weights, rng)
                self.node[poem] = self.node[poem, kept]
                self.log_weights[poem] = self.log_weights[poem, kept] - weights[kept]
            self._set_goal(poem)
            self.passed[poem] = False
        self._weigh()
        nodes, node = np.unique(self.node, return_inverse=True)
        self.node = node.reshape(self.node.shape)
        self.written, self.nats = self.written[nodes], self.nats[nodes]
        self.moved = self.moved[nodes]
        self._keep(nodes)

    def _weigh(self) -> None:
        """Note the weights of particles that have just come to the goal."""
        new = self._have_come(self.goal) & ~self.passed
        self.weights_there[new] = self.log_weights[new]
        self.passed |= new

    def _set_goal(self, poem: int) -> None:
        """Let the particles of a poem be compared next where the last of them has not been."""
        left = self.node[poem, np.isfinite(self.log_weights[poem])]
        nodes = np.unique(left if len(left) else self.node[poem]).tolist()
        states = [self.states[node] for node in nodes]
        progress = map(self.constraint.progress, states)
        complete = map(self.constraint.is_final, states)
        open_ = [p for p, is_complete in zip(progress, complete, strict=True) if not is_complete]
        self.goal[poem] = 1 + min(open_, default=self.goal[poem])

    def _keep(self, nodes: Indices) -> None:
        """Keep some nodes, and what the model knows of each."""
        rows = self._both(nodes)
        self.lstm_state = LSTMState(*(part[rows] for part in self.lstm_state))
        if not self.moved.all():  # otherwise the model is run over all of them
            self.features = self.features[rows]
        self.states = [self.states[i] for i in nodes.tolist()]

    def _both(self, nodes: Indices) -> Indices:
        """The rows of some nodes, of both kinds with guidance."""
        return np.r_[nodes, nodes + len(self.states)] if self.guided else nodes

    def _candidate(self, node: int) -> Candidate:
        prompt = len(self.constraint.prompt)
        tokens = self.written[node]
        is_end = tokens[prompt:] == EOS  # the last one, and where it waited, at no cost
        nats = np.append(self.nats[node, ~is_end], self.nats[node, is_end].sum())
        tokens = np.r_[tokens[:prompt], tokens[prompt:][~is_end], EOS]
        pieces = self.constraint.pieces(tokens)
        return Candidate(
            tokens=tokens,
            prompt="".join(pieces[:prompt]),
            text="".join(pieces[prompt:]),
            nats=tuple(map(float, nats)),
            lines=self.constraint.own_lines(tokens),
        )
