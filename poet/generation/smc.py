"""The particles of several poems, moved together from slot to slot.

Particles that have written the same so far share a node, and the model is asked once for
each node: at first there is one, and where the weights pull together there are few.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.generation.engine import Floats, LSTMState
from poet.generation.resampling import effective_sample_size, sample_rows, systematic_resample
from poet.generation.sampling import probabilities
from poet.prosody.chinese.automaton import State
from poet.tokenizer import EOS, Ids

if TYPE_CHECKING:
    from poet.generation.conditioning import Condition
    from poet.generation.steering import Slot, SMCDecoder

Indices: TypeAlias = NDArray[np.intp]
# Particles of a group, and groups, that are written side by side: narrower products are dear
GROUP, GROUPS = 24, 4
WIDEST = 384  # particles of a group at most, which bounds memory
SHORTEST = 5  # characters of a line that no two poems of a call may share
RARELY = np.float32(-2.0)  # below the likeliest, in nats: one in seven
FAINT = np.float32(1e-30)  # odds not far above the least that there are


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finished poem: the prompt, what follows it, the nats of each character, the end last."""

    given: str  # the prompt as it stands in the poem
    text: str
    nats: tuple[float, ...]
    lines: frozenset[str]  # all the model's own, without stops; short ones are words, not lines
    score: float = 0.0  # by which the best of several is found: higher is better
    reasons: Mapping[str, float] = field(default_factory=dict)  # what the score is made of

    @property
    def loss(self) -> float:
        """Mean nats a character."""
        return sum(self.nats) / max(1, len(self.nats))


@dataclass(frozen=True)
class Prefix:
    """The model after the header and the prompt, from where all poems of a call go on."""

    steering: SMCDecoder
    condition: Condition
    mood: LSTMState | None  # the state before the condition
    features: Floats  # (1, E), or (2, E) where there is guidance: with title and author, without
    memory: LSTMState
    state: State
    verse: str  # the prompt, with the stops between its lines
    slots: tuple[Slot, ...]  # still to be written

    @classmethod
    def read(
        cls, steering: SMCDecoder, condition: Condition, given: int, memory: LSTMState | None
    ) -> Prefix:
        """Read the condition, and the first `given` places."""
        rules, slots = steering.rules, steering.slots
        at = slots.index(("place", given - 1)) + 1 if given else 0
        verse = "".join(
            rules.fixed[number] if kind == "place" else steering.stops[number]
            for kind, number in slots[:at]
        )
        state = rules.start
        for place in range(given):
            state = state and rules.step(state, rules.fixed[place])
        assert state, "the caller has seen to it that the rules can be kept"
        own = steering.alphabet.encode(verse)
        features, after = condition.read(steering.engine, own, memory)
        return cls(steering, condition, memory, features, after, state, verse, slots[at:])

    def run(self, rngs: Sequence[np.random.Generator]) -> list[list[Candidate]]:
        """The likeliest poems for each source of randomness; none where all particles fell away.

        Written in groups side by side, on as many processors as there are. How they are grouped
        does not hang on the machine, and so the poems do not.
        """
        rows = len(rngs) * self.steering.particles
        count = max(1, min(GROUPS, rows // GROUP), -(-rows // WIDEST))
        groups = np.array_split(np.arange(len(rngs)), count)
        parts = [[rngs[i] for i in group] for group in groups if len(group)]
        if len(parts) == 1:
            return self._run(rngs)
        with ThreadPoolExecutor(min(GROUPS, len(parts), os.cpu_count() or 1)) as pool:
            return list(chain.from_iterable(pool.map(self._run, parts)))

    def _run(self, rngs: Sequence[np.random.Generator]) -> list[list[Candidate]]:
        particles = Particles(self, rngs)
        for slot in self.slots:
            particles.move(slot)
        return [particles.likeliest(poem) for poem in range(len(rngs))]


class Particles:
    """R poems of N particles each, on U nodes, each node a beginning of a poem.

    Where there is guidance features and state have 2U rows: of those with title and author, then
    of those without.
    """

    def __init__(self, beginning: Prefix, rngs: Sequence[np.random.Generator]) -> None:
        self.beginning, self.steering = beginning, beginning.steering
        self.rngs = rngs
        alphabet, rules = self.steering.alphabet, self.steering.rules
        self.node: Indices = np.zeros((len(rngs), self.steering.particles), np.intp)  # (R, N)
        self.log_weights = np.zeros(self.node.shape)
        self.guided = beginning.condition.is_guided
        self.features, self.memory = beginning.features, beginning.memory
        self.states = [beginning.state]
        self.verse = alphabet.encode(beginning.verse)[None]  # (U, t)
        self.nats = np.zeros((1, 0))  # (U, t) of what was written
        # What is fixed, the heads of an acrostic too, stands where it is due, and nowhere else
        self.fixed = alphabet.encode("".join(rules.fixed.values()))
        self._next: dict[tuple[State, int], State] = {}

    def move(self, slot: Slot) -> None:
        """Write one slot in every particle, weigh, draw anew where that is due, and read it."""
        kind, number = slot
        engine, U = self.steering.engine, len(self.states)
        condition, columns = self.beginning.condition, slice(self.steering.columns)
        logits = condition.logits(engine, self.features[:U], columns)  # (U, C)
        logits -= logits.max(1, keepdims=True)
        odds = np.exp(logits)
        norm = np.log(odds.sum(1))  # of the model's own odds
        if self._temperature != 1:
            odds = np.exp(logits / self._temperature)
        total = np.log(odds.sum(1))
        before = self.node
        parent, chosen, share = self._choose(slot, logits, odds)
        self.log_weights += (share - total)[before]  # of who can go nowhere 0
        self.verse = np.c_[self.verse[parent], chosen]
        self.nats = np.c_[self.nats[parent], norm[parent] - logits[parent, chosen]]
        self.memory = self._of(parent)
        self.states = [self.states[i] for i in parent]
        if kind == "place":
            self.states = [self._step(*one) for one in zip(self.states, chosen, strict=True)]
        elif kind == "stop":
            self._drop_copies(number)
        if self.steering.resample:
            self._draw()
        if kind != "end":
            self.features, self.memory = condition.step(engine, self.verse[:, -1], self.memory)

    def _of(self, nodes: Indices) -> LSTMState:
        """The state of some nodes, of both kinds of rows."""
        rows = np.r_[nodes, nodes + len(self.states)] if self.guided else nodes
        return LSTMState(*(part[rows] for part in self.memory))

    def _choose(self, slot: Slot, logits: Floats, odds: Floats) -> tuple[Indices, Ids, Floats]:
        """The new nodes, parents (U',) and characters (U',), and what lay open to each old one.

        The logarithms (U,) of the odds of all that could have been written are what the particles
        are weighed by.
        """
        every = np.arange(len(odds))
        forced = self._forced(slot)
        if forced is not None:
            return every, forced, logits[every, forced] / self._temperature
        shift = self._keep_allowed(slot[1], logits, odds)
        with np.errstate(divide="ignore"):
            share, sampling = np.log(odds.sum(1)) + shift, self.steering.sampling
        columns = np.flatnonzero(odds.any(0))  # at a rhyme they are few
        if not len(columns):  # no node can go anywhere: they all fall away
            columns = np.zeros(1, np.intp)
        logits, odds = logits[:, columns], odds[:, columns]
        if self.guided:
            logits, odds = self._guide(columns, logits, odds)
        if sampling.temperature == 0:
            return every, columns[np.where(odds > 0, logits, -np.inf).argmax(1)], share
        if sampling.min_p:
            odds[odds < sampling.min_p * odds.max(1, keepdims=True)] = 0
        if sampling.top_k or sampling.top_p < 1:
            for row in np.flatnonzero(np.isfinite(share)):
                odds[row] = probabilities(np.where(odds[row] > 0, logits[row], -np.inf), sampling)
        aims = np.concatenate([1 - rng.random(self.node.shape[1]) for rng in self.rngs])
        chosen = columns[sample_rows(odds, self.node.reshape(-1), aims)]
        V = self.steering.columns
        branches, node = np.unique(self.node.reshape(-1) * V + chosen, return_inverse=True)
        self.node = node.reshape(self.node.shape)
        return branches // V, branches % V, share

    def _guide(self, columns: Indices, logits: Floats, odds: Floats) -> tuple[Floats, Floats]:
        """The logits and odds (U, A) of the choice under guidance; who has no odds keeps none."""
        condition = self.beginning.condition
        plain = self.steering.engine.logits(self.features[len(self.states) :], columns)
        scores = condition.guide(logits, plain, columns)
        # No 梨梨 because the title is 梨花: a character is doubled where that is likely by itself,
        # without the title and beside all that could stand there, were there no rhyme to keep
        if self.verse.shape[1]:
            own = logits if condition.bias is None else logits - condition.bias[columns]
            rare = (plain < plain.max(1, keepdims=True) + RARELY) | (own < RARELY)
            banned = rare & (self.verse[:, -1:] == columns)
            is_left = ((odds > 0) & ~banned).any(1, keepdims=True)
            scores[banned & is_left] = -np.inf
        scores = np.where(odds > 0, scores, -np.inf)
        top = scores.max(1, keepdims=True)
        scores -= np.where(np.isfinite(top), top, 0)
        return scores, np.exp(scores / self._temperature)

    def _forced(self, slot: Slot) -> Ids | None:
        """The ids (U,) of a slot in which there is nothing to choose."""
        (kind, number), U = slot, len(self.states)
        rules, alphabet = self.steering.rules, self.steering.alphabet
        if kind == "end":
            return np.full(U, EOS)
        if kind == "stop":
            return np.full(U, alphabet.encode(self.steering.stops[number])[0])
        if number in rules.fixed:
            return np.full(U, alphabet.encode(rules.fixed[number])[0])
        if number in rules.echoes:
            return self.verse[:, self.steering.slots.index(("place", rules.echoes[number]))]
        return None

    @property
    def _temperature(self) -> np.float32:
        """What logits are divided by. At 0 the choice is greedy, the weights the model's own."""
        return np.float32(self.steering.sampling.temperature or 1)

    def _keep_allowed(self, place: int, logits: Floats, odds: Floats) -> Floats:
        """Only what the rules allow keeps its odds (U, V), by which the logarithms (U,) are short.

        These are 0 but where all that is allowed is so unlikely that its odds would vanish.
        """
        self._mask(place, odds)
        shift = np.zeros(len(odds), np.float32)
        faint = odds.sum(1) < FAINT
        if faint.any():
            allowed = np.ones_like(odds)
            self._mask(place, allowed)
            for node in np.flatnonzero(faint & allowed.any(1)):
                own = np.where(allowed[node] > 0, logits[node] / self._temperature, -np.inf)
                shift[node] = own.max()
                odds[node] = np.exp(own - shift[node])
        return shift

    def _mask(self, place: int, odds: Floats) -> None:
        """Only what the rules allow keeps its odds (U, V); no character comes a second time.

        But one may be doubled on the spot, once in a poem, as in 茫茫, where a line of verse has
        its pairs: at places 1 2, 3 4, … and at its end.
        """
        rules, masks = self.steering.rules, self.steering.masks
        nodes_of: dict[State, list[int]] = {}
        for node, state in enumerate(self.states):
            nodes_of.setdefault(state, []).append(node)
        for state, nodes in nodes_of.items():
            row = masks.row(rules.options(state))[: odds.shape[1]]
            if len(nodes_of) == 1:
                odds *= row
            else:
                odds[nodes] *= row
        every = np.arange(len(odds))
        doubled = odds[every, self.verse[:, -1]] if rules.ends_pair(place) else None
        np.put_along_axis(odds, self.verse, 0, axis=1)
        odds[:, self.fixed] = 0
        if doubled is not None:
            has_pair = (self.verse[:, 1:] == self.verse[:, :-1]).any(1)
            odds[every, self.verse[:, -1]] = np.where(has_pair, 0, doubled)

    def _step(self, state: State, chosen: int) -> State:
        """The state after a character; of a node that could go nowhere, the state it had."""
        known = self._next.get((state, chosen))
        if known is None:
            rules = self.steering.rules
            character = rules.fixed.get(state.place) or self.steering.alphabet.decode([chosen])
            known = (rules.step(state, character) if character else None) or state
            self._next[state, chosen] = known
        return known

    def _drop_copies(self, line: int) -> None:
        """Particles whose line stands in the training text lose their weight."""
        steering = self.steering
        if steering.index is None or self._is_given(line):
            return
        length = steering.rules.form.lengths[line]
        codes = steering.alphabet.codes(self.verse[:, -1 - length : -1])  # (U, length)
        self.log_weights[steering.index.standing(codes)[self.node]] = -np.inf

    def _is_given(self, line: int) -> bool:
        return all(place in self.steering.rules.fixed for place in self._places(line))

    def _is_begun(self, line: int) -> bool:
        """Whether the prompt reaches into a line; the head of an acrostic is not so much."""
        fixed = self.steering.rules.fixed
        return sum(place in fixed for place in self._places(line)) > 1

    def _places(self, line: int) -> range:
        rules = self.steering.rules
        end = next(place for place, number in rules.ends.items() if number == line)
        return range(end + 1 - rules.form.lengths[line], end + 1)

    def _draw(self) -> None:
        """Draw the particles of a poem by weight, where few of them carry most of it."""
        N = self.node.shape[1]
        for poem, rng in enumerate(self.rngs):
            if 0 < effective_sample_size(self.log_weights[poem]) < N / 2:
                self.node[poem] = self.node[poem, systematic_resample(self.log_weights[poem], rng)]
                self.log_weights[poem] = 0
        kept, node = np.unique(self.node, return_inverse=True)
        self.node = node.reshape(self.node.shape)
        self.verse, self.nats = self.verse[kept], self.nats[kept]
        self.memory = self._of(kept)
        self.states = [self.states[node] for node in kept]

    def likeliest(self, poem: int) -> list[Candidate]:
        """The likeliest poems among its particles that are left, as many as are to be ranked."""
        nodes = np.unique(self.node[poem, np.isfinite(self.log_weights[poem])])
        order = nodes[np.argsort(self.nats[nodes].sum(1), kind="stable")]
        return [self._finished(node) for node in order[: self.steering.finalists]]

    def _finished(self, node: int) -> Candidate:
        rules, steering = self.steering.rules, self.steering
        whole: list[str] = []
        for (kind, number), i in zip(steering.slots, self.verse[node], strict=True):
            if kind == "stop":
                whole.append(steering.stops[number])
            elif kind == "place":
                whole.append(rules.fixed.get(number) or steering.alphabet.decode([i]))
        ends = [i for i, (kind, _) in enumerate(steering.slots) if kind == "stop"]
        starts = [0, *(i + 1 for i in ends[:-1])]
        lines = frozenset(
            "".join(whole[start:end])
            for line, (start, end) in enumerate(zip(starts, ends, strict=True))
            if end - start >= SHORTEST and not self._is_begun(line)
        )
        text = "".join(whole)[len(self.beginning.verse) :]
        return Candidate(self.beginning.verse, text, tuple(map(float, self.nats[node])), lines)
