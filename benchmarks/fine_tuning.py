"""Does a hundred poems of a poet who was kept out of training teach his manner?

A base learns the Tang poems without those of one poet. `poet train --from` then goes on with a
hundred of his, drawn by a fixed seed, at its default settings, early stopping included. Read
before and after are the poet's other poems (those whose characters the base knows), which neither
has seen; beside it a control: the same base after a hundred poems of others, so that what counts
is whose they are.
"""

from __future__ import annotations

import json
import math
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import torch

import poet
from poet.checkpoint import Checkpoint
from poet.corpus.build import build
from poet.corpus.clean import clean_all
from poet.corpus.read import read
from poet.corpus.texts import locate
from poet.evaluation.held_out import torch_model
from poet.poem import Poem
from poet.training.device import Engine
from poet.training.evaluate import evaluate_poet

from .common import record, results_option, say, show

TAUGHT = 100  # poems
SEED = 1
EXACT = Engine(torch.device("cpu"), False, "for the record")


def write_poems(poems: Sequence[Poem], path: Path) -> Path:
    """As JSON lines, which `poet train` reads."""
    lines = [{"title": p.title, "author": p.author, "text": p.text} for p in poems]
    path.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines), "utf-8")
    return path


def base_model(poems: Sequence[Poem], minutes: float, folder: Path) -> Path:
    """Train a base, or take that of an earlier call."""
    if (folder / "novelty.safetensors").exists():
        return folder
    text = write_poems(poems, folder.parent / "others.jsonl")
    for progress in poet.train(text, folder=folder, minutes=minutes):
        if progress.held_out:
            say(f"base: step {progress.position.step:,}, held out {progress.held_out.loss:.3f}")
    return folder


def tuned(base: Path, poems: Sequence[Poem], folder: Path) -> tuple[Path, int]:
    """The base after some poems, and the step whose model was kept."""
    text = write_poems(poems, folder.with_suffix(".jsonl"))
    kept = 0
    for progress in poet.train(text, folder=folder, base=base):
        kept = progress.position.step if progress.is_best else kept
    return folder, kept


def nats(model: Path, poems: Sequence[Poem], folder: Path) -> float:
    """Of poems whose characters the model knows, in fp32."""
    checkpoint = Checkpoint.read(model)
    bare = [Poem(poem.text) for poem in poems]  # neither titles nor authors are given
    store = build(folder, {"poems": bare}, base=checkpoint.alphabet)
    assert store.alphabet == checkpoint.alphabet
    found = evaluate_poet(torch_model(checkpoint, EXACT), store, range(len(store)), EXACT)
    assert found
    return found.loss


@click.command(help=__doc__)
@click.option("--poet", "name", default="李賀", show_default=True)
@click.option("--minutes", type=float, default=20.0, show_default=True, help="Of the base.")
@click.option("--base", type=click.Path(path_type=Path), help="Keep the base here, or take it.")
@results_option
def main(name: str, minutes: float, base: Path | None, results: Path) -> None:
    source = read(locate(["tang"]), layout="auto", encoding="auto", say=say)
    poems = list(clean_all(source.pieces, Counter()))
    his = [poem for poem in poems if poem.author == name]
    others = [poem for poem in poems if poem.author != name]
    if len(his) < 2 * TAUGHT:
        raise click.UsageError(f"{name} has {len(his)} poems, {2 * TAUGHT} are needed")
    random.Random(SEED).shuffle(his)
    taught, unread = his[:TAUGHT], his[TAUGHT:]
    control = random.Random(SEED).sample(others, TAUGHT)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        start = base_model(others, minutes, base or folder / "base")
        known = set(Checkpoint.read(start).alphabet.characters)
        unread = [poem for poem in unread if known.issuperset(poem.text)]
        figures: dict[str, Any] = {"poet": name, "taught": TAUGHT, "unread": len(unread)}
        figures["base"] = nats(start, unread, folder / "read")
        for kind, chosen in (("his", taught), ("others", control)):
            model, step = tuned(start, chosen, folder / kind)
            figures[kind] = nats(model, unread, folder / "read")
            figures[f"{kind}_step"] = step
    rows = [(k, figures[k], figures[k] - figures["base"]) for k in ("base", "his", "others")]
    show(f"{len(unread)} other poems of {name}: nats a character", ("", "nats", "change"), rows)
    assert math.isfinite(figures["his"])
    say(f"written: {record('fine_tuning', figures, results, name).name}")


if __name__ == "__main__":
    main()
