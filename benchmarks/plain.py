"""What `benchmarks.speed` compares poet with: the loops that one would write down first.

`training` steps a torch LSTM of the same sizes whenever a line `[seconds, at least so many steps]`
arrives on stdin, and answers with their speeds. `writing` writes poems in a form one at a time,
with all candidates of sequential Monte Carlo in a torch batch, and prints the seconds it took. The
model, the constraint, the number of candidates and the sampling settings are poet's own.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Hashable, Iterator

import click
import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.common import launch, say
from poet.checkpoint import Checkpoint
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.generation.request import BEST_OF, PARTICLES
from poet.generation.sampling import Sampling
from poet.generation.writer import Writer
from poet.model import LSTMState, ModelConfig, PoetLSTM
from poet.prosody.chinese.request import FormRequest
from poet.prosody.find import find_form
from poet.registry import find_model
from poet.runs.config import TrainConfig
from poet.runs.presets import PRESETS
from poet.training.batches import EpochBatches
from poet.training.device import Compute, select_device

CANDIDATES = PARTICLES * BEST_OF  # as many as poet has for each poem


class PlainLSTM(nn.Module):
    """poet's sizes from torch's parts: one LSTM of two layers, tied output, all logits."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.vocab_size, config.embedding)
        self.lstm = nn.LSTM(config.embedding, config.hidden, num_layers=2, batch_first=True)
        self.projection = nn.Linear(config.hidden, config.embedding)
        self.output = nn.Linear(config.embedding, config.vocab_size)
        self.output.weight = self.embedding.weight

    def forward(
        self, ids: Tensor, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """ids (B, T) -> logits (B, T, V)."""
        x, state = self.lstm(self.embedding(ids), state)
        return self.output(self.projection(x)), state


def training_speeds(
    dataset: TokenDataset, settings: TrainConfig, compute: Compute
) -> Iterator[float]:
    """Characters per second of each step on the same windows of text."""
    config = ModelConfig(len(dataset.tokenizer), settings.embedding, settings.hidden)
    model = PlainLSTM(config).to(compute.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.lr)
    epoch = EpochBatches(dataset, settings, 0)
    zeros = torch.zeros(2, settings.batch_size, settings.hidden, device=compute.device)
    state = (zeros, zeros.clone())
    step = 0
    while True:
        began = time.perf_counter()
        window = epoch.window(step % epoch.num_windows)
        inputs, targets = (torch.from_numpy(ids).to(compute.device) for ids in window)
        with compute.autocast():
            logits, state = model(inputs, state)
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        optimizer.step()
        state = (state[0].detach(), state[1].detach())
        loss.item()
        step += 1
        yield inputs.numel() / (time.perf_counter() - began)


def timed(speeds: Iterator[float], seconds: float, least: int) -> list[float]:
    """The speeds of the steps of so many seconds, but of at least so many steps."""
    found: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(found) < least:
        found.append(next(speeds))
    return found


class PlainWriter:
    """The shipped model in torch, with poet's constraint of a form."""

    def __init__(self, checkpoint: Checkpoint, form_name: str) -> None:
        self.tokenizer = checkpoint.tokenizer
        config = ModelConfig(
            len(self.tokenizer), checkpoint.embedding, checkpoint.hidden, checkpoint.title
        )
        self.model = PoetLSTM(config).eval()
        weights = {k: torch.from_numpy(np.float32(v)) for k, v in checkpoint.weights.items()}
        self.model.load_state_dict(weights)
        form = find_form(form_name)
        assert form
        self.header = self.tokenizer.prefix_ids(form=form.token)
        request = FormRequest(form, "", "", "strict", "auto")
        decoder = Writer(checkpoint).decoder(request, Sampling.default(form), CANDIDATES)
        self.sampling, self.constraint = decoder.sampling, decoder.constraint

    @torch.inference_mode()
    def poem(self) -> str:
        """One poem, the likeliest of its candidates; randomness is torch's."""
        constraint, N = self.constraint, CANDIDATES
        temperature = self.sampling.temperature
        _, memory = self.model(torch.from_numpy(self.header[None, :-1].repeat(N, 0)))
        last = torch.full((N,), int(self.header[-1]))
        states: list[Hashable] = [constraint.start] * N
        verse = torch.empty(N, 0, dtype=torch.int64)
        weights, nats = torch.zeros(N), torch.zeros(N)
        while not constraint.is_final(states[0]):
            features, memory = self.model(last[:, None], memory)
            log_p = torch.log_softmax(self.model.logits(features[:, 0]), 1)
            probs = torch.softmax(log_p / temperature, 1)
            forced = constraint.forced(states, verse.numpy())
            if forced is None:
                for one in range(N):
                    rows = slice(one, one + 1)
                    constraint.mask([states[one]], verse[rows].numpy(), probs[rows].numpy())
                weights += probs.sum(1).log()
                probs[probs < self.sampling.min_p * probs.amax(1, keepdim=True)] = 0
                probs[~torch.isfinite(weights)] = 1  # a dropped candidate may take any character
                last = torch.multinomial(probs, 1)[:, 0]
            else:
                last = torch.from_numpy(np.int64(forced))
                weights += probs[torch.arange(N), last].log()
            states = [constraint.advance(*one) for one in zip(states, last.tolist(), strict=True)]
            nats -= log_p[torch.arange(N), last]
            verse = torch.cat([verse, last[:, None]], 1)
            share = torch.softmax(weights, 0)
            if 1 / (share**2).sum() < N / 2:
                drawn = torch.multinomial(share, N, replacement=True)
                memory, verse = _at(memory, drawn), verse[drawn]
                nats, last = nats[drawn], last[drawn]
                states = [states[i] for i in drawn.tolist()]
                weights.zero_()
        nats[~torch.isfinite(weights)] = torch.inf
        return "".join(constraint.pieces(verse[nats.argmin()].numpy()))


def _at(memory: LSTMState, drawn: Tensor) -> LSTMState:
    h, c = memory
    return h[:, drawn], c[:, drawn]


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
@click.option("--corpus", default="tang", show_default=True)
@click.option("--preset", type=click.Choice(list(PRESETS)), default="small", show_default=True)
@click.option("--device", default="cpu", show_default=True)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
def training(corpus: str, preset: str, device: str, threads: int) -> None:
    torch.set_num_threads(threads)
    dataset = prepare([corpus], notify=say)
    speeds = training_speeds(dataset, PRESETS[preset], select_device(device, "auto"))
    for line in sys.stdin:
        print(json.dumps(timed(speeds, *json.loads(line))), flush=True)


@main.command()
@click.option("--form", default="七絕", show_default=True)
@click.option("-n", "count", type=click.IntRange(1), default=20, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
def writing(form: str, count: int, threads: int) -> None:
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    plain = PlainWriter(Checkpoint.read(find_model()), form)
    say(plain.poem())  # the first builds the masks, and is not timed
    began = time.perf_counter()
    poems = [plain.poem() for _ in range(count)]
    click.echo(json.dumps({"seconds": time.perf_counter() - began, "poems": poems}))


if __name__ == "__main__":
    launch(main)
