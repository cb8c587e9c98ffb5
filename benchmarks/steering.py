"""Do steered poems keep every rule, and what does that cost in likelihood and variety?

Poems of the shipped model at default settings in each of four forms, beside two controls: free
samples (same model, temperature and form, no rules) and a plain mask (each character sampled from
the allowed ones, without weights and resampling). The variety of human poems is in `poet eval`.

- right: form, rhyme and tones by `poet.prosody.chinese.scan`, strict: all readings of a character
  fit
- nats: mean negative log-likelihood per character, stops and end included, by the model itself at
  temperature 1, given the form alone; of human poems, held-out ones of Tang
- distinct-2: distinct pairs of neighbouring characters within lines, over all pairs
- copied: lines that stand in the training text, by the novelty index, which misses none
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

import poet
from benchmarks.common import launch, record, results_option, say, show
from poet.characters import is_han
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.evaluation.metrics import distinct, repeats, verse_lines
from poet.evaluation.references import human_poems
from poet.generation.engine import log_softmax
from poet.generation.request import BEST_OF, PARTICLES
from poet.generation.sampling import Sampling, sample
from poet.generation.writer import Writer
from poet.poem import Poem
from poet.prosody.chinese.request import FormRequest
from poet.prosody.chinese.scan import scan
from poet.prosody.find import find_form
from poet.tokenizer import EOS

FORMS = ("五絕", "七絕", "五律", "七律")
BATCH = 8
COMMON = 500  # characters that heads of acrostics are drawn from: the commonest


def free_samples(writer: Writer, form: str, count: int, sampling: Sampling) -> Iterator[float]:
    """Nats a character of poems that only the form's mark asks for the form."""
    engine, tokenizer = writer.engine, writer.tokenizer
    writable = np.r_[EOS, tokenizer.first_character : len(tokenizer)]
    for number in range(count):
        rng = np.random.default_rng([1, number])
        features, memory = engine.read(tokenizer.prefix_ids(form=form))
        nats: list[float] = []
        chosen = -1
        while len(nats) < 200 and chosen != EOS:
            logits = engine.logits(features[-1:])[0]
            chosen = sample(logits, sampling, rng, writable if nats else writable[1:])
            nats.append(-float(log_softmax(logits)[chosen]))
            features, memory = engine.step(np.array([chosen]), memory)
        yield sum(nats) / len(nats)


def naive_mask(writer: Writer, form: str, count: int, sampling: Sampling) -> list[float]:
    """Nats a character of poems by the rules' mask alone."""
    terms = FormRequest(found := _form(form))
    decoder = writer.decoder(terms, sampling, 1)
    decoder = replace(decoder, resample=False)
    condition = writer.condition(found.token, "", "")
    nats: list[float] = []
    for first in range(0, count, BATCH):
        seeds = [(2, i) for i in range(first, min(count, first + BATCH))]
        nats += [poem.loss for poem in decoder.decode(condition, seeds) if poem]
    return nats


def _form(name: str) -> Any:
    form = find_form(name)
    assert form
    return form


def measure_form(
    writer: Writer,
    dataset: TokenDataset,
    form: str,
    poems: int,
    controls: int,
    keep: list[dict[str, Any]],
) -> dict[str, Any]:
    """All figures of a form."""
    sampling = Sampling.default(find_form(form))
    began = time.perf_counter()
    texts, nats = [], []
    for writing in writer.poems(form=form, seeds=[(0, number) for number in range(poems)]):
        texts.append(writing.poem.text)
        nats.append(writing.nats_per_character)
    seconds = (time.perf_counter() - began) / poems
    keep += [{"form": form, "text": text} for text in texts]
    scans = [scan(text, _form(form)) for text in texts]
    assert writer.index
    novelty = [writer.index.novelty(Poem(text)) for text in texts]
    unread = human_poems(dataset, form, controls, held_out=True)
    human_nats = [writer.score(text, form=form).nats_per_character for text in unread]
    free = list(free_samples(writer, form, controls, sampling))
    naive = naive_mask(writer, form, controls, sampling)
    return {
        "poems": poems,
        "temperature": sampling.temperature,
        "particles": PARTICLES,
        "best_of": BEST_OF,
        "right": sum(one.keeps(strict=True) for one in scans),
        "right_lenient": sum(one.keeps() for one in scans),
        "repeated_rhymes": sum(_repeats_a_rhyme(text) for text in texts),
        "copied_lines": sum(len(one.copied_lines) for one in novelty),
        "longest_runs": {
            str(q): float(np.quantile([n.longest_run for n in novelty], q)) for q in (0.5, 0.95, 1)
        },
        "distinct_2": distinct(texts, 2),
        "with_a_repeat": repeats(texts),
        "nats": float(np.mean(nats)),
        "human_nats": float(np.mean(human_nats)),
        "human_poems_scored": len(unread),
        "free_nats": float(np.mean(free)),
        "naive_nats": float(np.mean(naive)),
        "controls": controls,
        "seconds_a_poem": seconds,
    }


def _repeats_a_rhyme(text: str) -> bool:
    ends = [line[-1] for line in verse_lines(text)]
    rhyming = ends[1::2] + ends[:1]
    return len(set(rhyming)) < len(rhyming)


def measure_acrostics(writer: Writer, count: int) -> dict[str, int]:
    """七絕 with four random common characters as heads: how many are right, with the heads."""
    rng = np.random.default_rng(4)
    common = [c for c in writer.tokenizer.characters if is_han(c)][:COMMON]
    right = heads_right = 0
    for number in range(count):
        heads = "".join(rng.choice(common, 4))
        (writing,) = writer.poems(form="七絕", acrostic=heads, seeds=[(4, number)])
        text = writing.poem.text
        right += scan(text, _form("七絕")).keeps(strict=True)
        heads_right += "".join(line[0] for line in verse_lines(text)) == heads
    return {"acrostics": count, "right": right, "with_their_heads": heads_right}


def measure_calls(writer: Writer, calls: int) -> dict[str, int]:
    """Calls of five 七絕: in how many two poems share a line."""
    sharing = 0
    for call in range(calls):
        seeds = [(5, call, number) for number in range(5)]
        lines = [verse_lines(w.poem.text) for w in writer.poems(form="七絕", seeds=seeds)]
        every = [line for poem in lines for line in set(poem)]
        sharing += len(set(every)) < len(every)
    return {"calls": calls, "sharing_a_line": sharing}


@click.command(help=__doc__)
@click.option("--poems", type=click.IntRange(10), default=1000, show_default=True)
@click.option("--controls", type=click.IntRange(10), default=300, show_default=True)
@click.option("--acrostics", type=click.IntRange(0), default=1000, show_default=True)
@click.option("--calls", type=click.IntRange(0), default=200, show_default=True)
@click.option("--form", "forms", multiple=True, default=FORMS, show_default=True)
@click.option("--model", default="tang", show_default=True)
@click.option(
    "--keep", type=click.Path(dir_okay=False, path_type=Path), help="The poems, as JSON lines."
)
@results_option
def main(
    poems: int,
    controls: int,
    acrostics: int,
    calls: int,
    forms: tuple[str, ...],
    model: str,
    keep: Path | None,
    results: Path,
) -> None:
    writer, dataset = poet.load(model), prepare(["tang", "song"], notify=say)
    figures: dict[str, Any] = {}
    kept: list[dict[str, Any]] = []
    for form in forms:
        figures[form] = measure_form(writer, dataset, form, poems, controls, kept)
        say(f"{form}: {figures[form]['right']:,} of {poems:,} right")
    report(figures)
    if keep:
        keep.write_text("".join(json.dumps(k, ensure_ascii=False) + "\n" for k in kept), "utf-8")
    everything: dict[str, Any] = {"forms": figures}
    if acrostics:
        everything["acrostics"] = measure_acrostics(writer, acrostics)
        click.echo(f"acrostics: {everything['acrostics']}")
    if calls:
        everything["calls"] = measure_calls(writer, calls)
        click.echo(f"calls: {everything['calls']}")
    say(f"written: {record('steering', everything, results).name}")


def report(figures: dict[str, Any]) -> None:
    """Print what was measured, machine beside human."""
    rows: list[tuple[object, ...]] = [
        (form, f"{f['right']:,} of {f['poems']:,}", f["repeated_rhymes"], f["copied_lines"],
         f["distinct_2"], f["with_a_repeat"])
        for form, f in figures.items()
    ]  # fmt: skip
    header = ("", "right", "rhymes twice", "copied", "distinct-2", "repeats")
    show("steered poems, strict", header, rows)
    likelihoods: list[tuple[object, ...]] = [
        (form, f["nats"], f["human_nats"], f["free_nats"], f["naive_nats"], f["seconds_a_poem"])
        for form, f in figures.items()
    ]
    names = ("", "steered", "human", "free", "naive mask", "seconds a poem")
    show("nats a character: less is likelier", names, likelihoods)


if __name__ == "__main__":
    launch(main)
