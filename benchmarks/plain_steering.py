"""Steered poems as a plain torch loop writes them: one at a time, all candidates at every step.

The same model, rules, masks, number of candidates and settings as poet's own, and the same sort of
sample (sequential Monte Carlo), in the way that one would write it down first. It is what
`writing_speed` holds poet's batches against. As a command it writes poems and tells the seconds.
"""

from __future__ import annotations

import json
import time

import click
import numpy as np
import torch
from torch import Tensor

from poet.checkpoint import Checkpoint
from poet.generation.request import BEST_OF, PARTICLES
from poet.generation.sampling import Sampling
from poet.generation.writer import Writer
from poet.model import LSTMState, ModelConfig, PoetLSTM
from poet.prosody.chinese.automaton import State
from poet.prosody.chinese.constraint import VerseConstraint
from poet.prosody.chinese.request import FormRequest
from poet.prosody.find import find_form
from poet.registry import find_model
from poet.tokenizer import EOS, Ids

from .common import launch, say

CANDIDATES = PARTICLES * BEST_OF  # as many as poet has of a poem


class PlainWriter:
    """A model in torch, and what steers it."""

    def __init__(self, checkpoint: Checkpoint, form: str) -> None:
        self.tokenizer = checkpoint.tokenizer
        shape = ModelConfig(
            len(self.tokenizer), checkpoint.embedding, checkpoint.hidden, checkpoint.title
        )
        self.model = PoetLSTM(shape).eval()
        weights = {k: torch.from_numpy(np.float32(v)) for k, v in checkpoint.weights.items()}
        self.model.load_state_dict(weights)
        found = find_form(form)
        assert found
        self.header = self.tokenizer.prefix_ids(form=found.token)
        terms = FormRequest(found, "", "", "strict", "auto")
        sampling = Sampling.default(in_form=True)
        decoder = Writer(checkpoint).decoder(terms, sampling, CANDIDATES)
        assert isinstance(decoder.constraint, VerseConstraint)
        self.sampling, self.constraint = decoder.sampling, decoder.constraint

    @torch.inference_mode()
    def poem(self) -> str:
        """One poem, the likeliest of its candidates. Randomness is torch's."""
        constraint, N = self.constraint, CANDIDATES
        rules, temperature = constraint.automaton, self.sampling.temperature
        _, memory = self.model(torch.from_numpy(self.header[None, :-1].repeat(N, 0)))
        last = torch.full((N,), int(self.header[-1]))
        assert rules.start
        states = [rules.start] * N
        verse = torch.empty(N, 0, dtype=torch.int64)
        weights, nats = torch.zeros(N), torch.zeros(N)
        for kind, number in constraint.slots:
            features, memory = self.model(last[:, None], memory)
            log_p = torch.log_softmax(self.model.logits(features[:, 0]), 1)
            if kind == "place":
                odds = torch.softmax(log_p / temperature, 1)
                odds *= self._allowed(states, verse)
                weights += odds.sum(1).log()
                odds[odds < self.sampling.min_p * odds.amax(1, keepdim=True)] = 0
                odds[~torch.isfinite(weights)] = 1  # gone already: anything will do
                last = torch.multinomial(odds, 1)[:, 0]
                states = [self._after(*one) for one in zip(states, last.tolist(), strict=True)]
            else:
                stop = EOS if kind == "end" else int(self._ids(constraint.stops[number])[0])
                last = torch.full((N,), stop)
                weights += torch.log_softmax(log_p / temperature, 1)[:, stop]
            nats -= log_p[torch.arange(N), last]
            verse = torch.cat([verse, last[:, None]], 1)
            share = torch.softmax(weights, 0)
            if 1 / (share**2).sum() < N / 2:
                drawn = torch.multinomial(share, N, replacement=True)
                memory, verse, nats, last = (
                    _at(memory, drawn),
                    verse[drawn],
                    nats[drawn],
                    last[drawn],
                )
                states = [states[i] for i in drawn.tolist()]
                weights.zero_()
        nats[~torch.isfinite(weights)] = torch.inf
        return self.tokenizer.decode(verse[nats.argmin()].numpy()[:-1])

    def _allowed(self, states: list[State], verse: Tensor) -> Tensor:
        """What each candidate may write (N, V): what the rules allow, and nothing twice."""
        constraint = self.constraint
        rows = [constraint.masks.row(constraint.automaton.options(state)) for state in states]
        allowed = torch.from_numpy(np.stack(rows))
        return allowed.scatter_(1, verse, 0)

    def _after(self, state: State, chosen: int) -> State:
        return self.constraint.automaton.step(state, self.tokenizer.decode([chosen])) or state

    def _ids(self, text: str) -> Ids:
        return self.tokenizer.encode(text)


def _at(memory: LSTMState, drawn: Tensor) -> LSTMState:
    h, c = memory
    return h[:, drawn], c[:, drawn]


@click.command(help=__doc__)
@click.option("--form", default="七絕", show_default=True)
@click.option("-n", "count", type=click.IntRange(1), default=20, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
def main(form: str, count: int, threads: int) -> None:
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    plain = PlainWriter(Checkpoint.read(find_model()), form)
    say(plain.poem())  # not timed: the first has everything to warm up
    began = time.perf_counter()
    poems = [plain.poem() for _ in range(count)]
    click.echo(json.dumps({"seconds": time.perf_counter() - began, "poems": poems}))


if __name__ == "__main__":
    launch(main)
