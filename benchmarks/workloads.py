"""The pieces of work that `benchmarks.resources` measures, each run in a process of its own.

Each returns the seconds of the work itself, without imports and opening of files.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import click
import numpy as np

from benchmarks.common import launch, say
from poet.corpus import catalogue

MB = 1_000_000
FORMS = ((4, 5), (4, 7), (8, 5), (8, 7), (20, 5))  # lines, characters per line


def write_verse(path: Path, size: int, layout: str = "poems") -> None:
    """A file of about `size` bytes of random verse, never in memory whole.

    `poems` have a blank line between them; a `stream` has none.
    """
    rng = np.random.default_rng(0)
    han = rng.permutation(np.arange(0x4E00, 0x4E00 + 8_000, dtype="<u4"))
    zipf = 1 / (np.arange(len(han)) + 30.0)  # the commonest is 0.6 % of all, as in verse
    characters = rng.choice(han, 1 << 16, p=zipf / zipf.sum())
    with path.open("wb") as file:
        for lines, length in cycle(FORMS):
            page = np.full((20_000, lines, length + 2), ord("\n"), dtype="<u4")
            page[:, :, :length] = characters[
                rng.integers(len(characters), size=(len(page), lines, length))
            ]
            page[:, :, length] = np.array([ord("，"), ord("。")])[np.arange(lines) % 2]
            poems = page.reshape(len(page), -1)
            if layout == "poems":
                poems = np.pad(poems, ((0, 0), (0, 1)), constant_values=ord("\n"))
            data = poems.tobytes().decode("utf-32-le").encode()
            if file.tell() + len(data) >= size:
                file.write(data[: data.rfind(b"\n", 0, size - file.tell()) + 1])
                return
            file.write(data)


def torch_step(characters: str, preset: str) -> float:
    """Import torch and take one step of a preset's model on random ids."""
    import torch

    from poet.model import ModelConfig, PoetLSTM
    from poet.runs.presets import PRESETS
    from poet.training.device import select_device
    from poet.training.loss import chunked_cross_entropy

    began, V = time.perf_counter(), int(characters)
    settings, compute = PRESETS[preset], select_device("cpu", "auto")
    model = PoetLSTM(ModelConfig(V, settings.embedding, settings.hidden))
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    ids = torch.randint(V, (settings.batch_size, settings.window + 1))
    with compute.autocast():
        features = model(ids[:, :-1])[0]
    features = features.flatten(0, 1).to(compute.dtype)
    loss = chunked_cross_entropy(features, model.embedding.weight, model.bias, ids[:, 1:].flatten())
    loss.backward()
    optimizer.step()
    time.sleep(0.1)  # so that it is seen
    return time.perf_counter() - began


def encode(text: str, dataset: str) -> float:
    """Read, clean, deduplicate and encode a text."""
    from poet.dataset.prepare import prepare

    began = time.perf_counter()
    prepare([text], notify=say, folder=Path(dataset))
    return time.perf_counter() - began


def epoch(dataset: str) -> float:
    """Lay out the poems of an epoch."""
    from poet.dataset.dataset import TokenDataset
    from poet.runs.presets import PRESETS
    from poet.training.batches import EpochBatches

    opened = TokenDataset.open(Path(dataset))
    began = time.perf_counter()
    EpochBatches(opened, PRESETS["small"], 1)
    return time.perf_counter() - began


def train_step(dataset: str) -> float:
    """The median step of eight, preset `small`."""
    from statistics import median

    from poet.dataset.dataset import TokenDataset
    from poet.runs.config import Budget
    from poet.runs.presets import PRESETS
    from poet.training.device import select_device
    from poet.training.trainer import Trainer, new_model

    opened, budget, taken = TokenDataset.open(Path(dataset)), Budget(steps=1000), []
    with tempfile.TemporaryDirectory() as folder:
        model = new_model(opened, PRESETS["small"])
        compute = select_device("cpu")
        trainer = Trainer(model, opened, PRESETS["small"], budget, compute, Path(folder))
        steps = trainer.steps()
        for _ in range(10):
            began = time.perf_counter()
            next(steps)
            taken.append(time.perf_counter() - began)
    return median(taken[2:])


def index(dataset: str) -> float:
    """Build the novelty index."""
    from poet.dataset.dataset import TokenDataset
    from poet.novelty.index import NoveltyIndex

    opened = TokenDataset.open(Path(dataset))
    began = time.perf_counter()
    NoveltyIndex.from_dataset(opened)
    return time.perf_counter() - began


def write(poems: str, particles: str) -> float:
    """Steered poems from the shipped model."""
    import poet

    writer = poet.load("tang")
    began = time.perf_counter()
    seeds = ((1, number) for number in range(int(poems)))
    for _ in writer.poems(form="七絕", seeds=seeds, particles=int(particles), best_of=1):
        pass
    return time.perf_counter() - began


def scan(text: str) -> float:
    """`poet scan` of a file of poems."""
    from poet.cli.scan import scan as command

    began = time.perf_counter()
    with Path(os.devnull).open("w") as nothing, contextlib.redirect_stdout(nothing):
        command([text], standalone_mode=False)
    return time.perf_counter() - began


def fetch(name: str, address: str) -> float:
    """`poet corpus fetch` from a server on this machine."""
    from poet.corpus.fetch import fetch as fetch_corpus

    os.environ["POET_CORPUS_URL"] = address
    began = time.perf_counter()
    fetch_corpus(catalogue.find(name), Path(os.environ["POET_HOME"]) / name)
    return time.perf_counter() - began


WORK: dict[str, Callable[..., float]] = {
    work.__name__: work
    for work in (torch_step, encode, epoch, train_step, index, write, scan, fetch)
}


@click.command(help=__doc__)
@click.argument("name", type=click.Choice([*WORK]))
@click.argument("words", nargs=-1)
def main(name: str, words: tuple[str, ...]) -> None:
    click.echo(WORK[name](*words))


if __name__ == "__main__":
    launch(main)
