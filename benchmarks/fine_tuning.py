"""Does a hundred poems of a poet who was kept out of training teach his manner?

A base learns the Tang poems without those of one poet and without a hundred of others. `poet train
--from` then goes on with a hundred of his, drawn by a fixed seed, at its default settings, early
stopping included; beside it, as a control, the same base goes on with the hundred of others, so
that what counts is whose they are: both hundreds are new to the base. Read before and after are the
poet's other poems (those whose characters the base knows), which no model has seen: exact and near
copies are removed from all poems first, and a poem that shares a line with any that was taught
is not read.
"""

from __future__ import annotations

import json
import math
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch

import poet
from benchmarks.common import launch, record, results_option, say, show
from poet.checkpoint import Checkpoint
from poet.corpus.clean import clean_all
from poet.corpus.read import read
from poet.dataset.build import build
from poet.dataset.deduplication import exact_copies, near_copies
from poet.dataset.prepare import locate
from poet.dataset.staging import Staging
from poet.model import load_model
from poet.poem import Poem
from poet.training.device import Compute
from poet.training.evaluate import evaluate_model

TAUGHT = 100  # poems
SEED = 1
LEAST_LINE = 5  # characters; shorter lines are words that anyone may say
EXACT = Compute(torch.device("cpu"), False, "for the record")


@dataclass(frozen=True)
class Parts:
    """Poems no two of which are copies; none stands in two parts."""

    taught: list[Poem]  # the poet's
    unread: list[Poem]  # the poet's; none shares a line with another part
    control: list[Poem]  # of others
    base: list[Poem]  # of others


def parted(poems: Sequence[Poem], name: str, taught: int = TAUGHT) -> Parts:
    """Who learns and reads what, of poems without copies. Raises `UsageError` for too few."""
    his = [poem for poem in poems if poem.author == name]
    others = [poem for poem in poems if poem.author != name]
    for whose, found in ((name, his), ("others", others)):
        if len(found) < 2 * taught:
            raise click.UsageError(f"{whose}: {len(found)} poems, {2 * taught} are needed")
    random.Random(SEED).shuffle(his)
    random.Random(SEED).shuffle(others)
    seen = {line for poem in (*others, *his[:taught]) for line in lines_of(poem)}
    unread = [poem for poem in his[taught:] if seen.isdisjoint(lines_of(poem))]
    return Parts(his[:taught], unread, others[:taught], others[taught:])


def lines_of(poem: Poem) -> set[str]:
    """The lines of a poem without stops, but for the shortest."""
    bare = ("".join(filter(str.isalnum, line)) for line in poem.lines)
    return {line for line in bare if len(line) >= LEAST_LINE}


def without_copies(poems: Sequence[Poem], folder: Path) -> list[Poem]:
    """The poems without exact and near copies of earlier ones."""
    with Staging(folder) as spool:
        for poem in poems:
            spool.add(poem)
        gone = exact_copies(np.array(spool.exact, dtype=np.uint64))
        gone |= near_copies(spool, gone)
    return [poem for poem, is_copy in zip(poems, gone, strict=True) if not is_copy]


def write_poems(poems: Sequence[Poem], path: Path) -> Path:
    """As JSON lines, which `poet train` reads."""
    path.write_text(as_json_lines(poems), "utf-8")
    return path


def as_json_lines(poems: Sequence[Poem]) -> str:
    """A line a poem."""
    lines = [{"title": p.title, "author": p.author, "text": p.text} for p in poems]
    return "".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines)


def base_model(poems: Sequence[Poem], minutes: float, folder: Path) -> Path:
    """Train a base, or take that of an earlier call. Refuses one that read other poems."""
    text = folder.parent / f"{folder.name}.jsonl"
    if (folder / "novelty.safetensors").exists():
        if not text.exists() or text.read_text("utf-8") != as_json_lines(poems):
            raise click.ClickException(f"{folder} was trained on other poems: name another --base")
        return folder
    write_poems(poems, text)
    for progress in poet.train(text, folder=folder, minutes=minutes):
        if progress.held_out:
            say(f"base: step {progress.counters.step:,}, held out {progress.held_out.loss:.3f}")
    return folder


def tuned(base: Path, poems: Sequence[Poem], folder: Path) -> tuple[Path, int]:
    """The base after some poems, and the step whose model was kept."""
    text = write_poems(poems, folder.with_suffix(".jsonl"))
    kept = 0
    for progress in poet.train(text, folder=folder, base=base):
        kept = progress.counters.step if progress.is_best else kept
    return folder, kept


def nats(model: Path, poems: Sequence[Poem], folder: Path) -> float:
    """Of poems whose characters the model knows, in fp32."""
    checkpoint = Checkpoint.read(model)
    bare = [Poem(poem.text) for poem in poems]  # neither titles nor authors are given
    dataset = build(folder, {"poems": bare}, base=checkpoint.tokenizer)
    assert dataset.tokenizer == checkpoint.tokenizer
    found = evaluate_model(load_model(checkpoint), dataset, range(len(dataset)), EXACT)
    assert found
    return found.loss


@click.command(help=__doc__)
@click.option("--poet", "name", default="李賀", show_default=True)
@click.option("--minutes", type=float, default=20.0, show_default=True, help="Of the base.")
@click.option("--base", type=click.Path(path_type=Path), help="Keep the base here, or take it.")
@results_option
def main(name: str, minutes: float, base: Path | None, results: Path) -> None:
    source = read(locate(["tang"]), layout="auto", encoding="auto", notify=say)
    poems = list(clean_all(source.pieces, Counter()))
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        parts = parted(without_copies(poems, folder / "copies"), name)
        start = base_model(parts.base, minutes, base or folder / "base")
        known = set(Checkpoint.read(start).tokenizer.characters)
        unread = [poem for poem in parts.unread if known.issuperset(poem.text)]
        figures: dict[str, Any] = {"poet": name, "taught": TAUGHT, "unread": len(unread)}
        figures["base"] = nats(start, unread, folder / "read")
        for kind, chosen in (("his", parts.taught), ("others", parts.control)):
            model, step = tuned(start, chosen, folder / kind)
            figures[kind] = nats(model, unread, folder / "read")
            figures[f"{kind}_step"] = step
    rows = [(k, figures[k], figures[k] - figures["base"]) for k in ("base", "his", "others")]
    show(f"{len(unread)} other poems of {name}: nats a character", ("", "nats", "change"), rows)
    assert math.isfinite(figures["his"])
    say(f"written: {record('fine_tuning', figures, results, name).name}")


if __name__ == "__main__":
    launch(main)
