"""Does English verse by poet keep its rules, and what does that cost in likelihood and variety?

`write` writes poems at default settings into a file of JSON lines; broken off, it goes on by the
same command. `measure` counts, beside stanzas of held-out poems and free samples of the model:

- right: by `poet scan`, strict
- second opinion: lines, and pairs that have to rhyme, that espeak-ng finds right
  (`tools.validate_english`); needs the program espeak-ng
- nats a character at temperature 1, given the form's token alone, without the end mark
- distinct-2: distinct pairs of neighbouring words within lines, over all pairs; poet's and
  people's are counted on the same number of words
- copied: lines of five words or more whose every five words in a row stand in the training text
- shared: poems in which a line stands that another one has too
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

import poet
from benchmarks.common import ROOT, environment, launch, record, results_option, say, show
from benchmarks.stanzas import free_stanzas, human_stanzas, nats_of
from poet.dataset.dataset import TokenDataset
from poet.dataset.for_model import with_tokenizer
from poet.dataset.prepare import prepare
from poet.errors import FormNotReached
from poet.evaluation.metrics import distinct
from poet.generation.request import PARTICLES, usual_best_of
from poet.generation.sampling import Sampling
from poet.generation.writer import Writer
from poet.novelty.ngrams import NGRAM, Hashes, hash_ngrams, hash_units, training_ngrams
from poet.prosody.english.forms import EnglishForm, find_form
from poet.prosody.english.scan import scan
from tools.second_opinion import words_of
from tools.sounds import VOICES, by_espeak
from tools.validate_english import judge, verse_of

COUNTS = {
    "quatrain": 1000, "ballad": 1000, "couplet": 1000, "sonnet": 200, "limerick": 200, "haiku": 200
}  # fmt: skip
SIDE_BY_SIDE = 8  # poems of one call
MOST_NGRAMS = 1 << 27  # a gigabyte of them
FILE = click.Path(dir_okay=False, path_type=Path)
model_option = click.option("--model", default="english", show_default=True, help="Or a folder.")


@click.group(help=__doc__)
def main() -> None:
    pass


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The poems of a file, each once; a line that was not written whole is left out."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        found.setdefault((row["form"], row["number"]), row)
    return list(found.values())


def missing(rows: Iterable[dict[str, Any]], form: str, count: int, share: str) -> list[int]:
    """The numbers of the poems of a form that are still to be written by one of some processes.

    >>> missing([{"form": "haiku", "number": 2}], "haiku", 6, "1/2")
    [0, 4]
    """
    own, of = map(int, share.split("/"))
    done = {row["number"] for row in rows if row["form"] == form}
    return [n for n in range(count) if n % of == own - 1 and n not in done]


@main.command()
@click.argument("out", type=FILE)
@model_option
@click.option("--form", "forms", multiple=True, default=[*COUNTS], show_default=True)
@click.option("--poems", type=click.IntRange(1), help="Of each form. [default: 1,000 or 200]")
@click.option("--processes", type=click.IntRange(1), default=1, show_default=True)
@click.option("--share", default="1/1", hidden=True)
def write(
    out: Path, model: str, forms: tuple[str, ...], poems: int | None, processes: int, share: str
) -> None:
    """Write the poems that OUT lacks, each added to it as it is done."""
    if processes > 1:
        again = [sys.executable, "-m", "benchmarks.english", "write", str(out.resolve()),
                 "--model", model, *(["--poems", str(poems)] if poems else [])]  # fmt: skip
        again += [word for form in forms for word in ("--form", form)]
        started = [
            subprocess.Popen(
                [*again, "--share", f"{k}/{processes}"], cwd=ROOT, env=environment(threads=1)
            )
            for k in range(1, processes + 1)
        ]
        sys.exit(max(process.wait() for process in started))
    writer, rows = poet.load(model), read_rows(out)
    for name in forms:
        numbers = missing(rows, name, poems or COUNTS.get(name, 200), share)
        began = time.perf_counter()
        for first in range(0, len(numbers), SIDE_BY_SIDE):
            _add(out, written(writer, name, numbers[first : first + SIDE_BY_SIDE]))
        if numbers:
            seconds = (time.perf_counter() - began) / len(numbers)
            say(f"{name}: {len(numbers)} written, {seconds:.2f} s each")


def _add(out: Path, rows: Iterable[dict[str, Any]]) -> None:
    with out.open("a", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()


def written(writer: Writer, form: str, numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    """A poem for each number, its seed. One that cannot be written has an empty text."""
    try:
        began = time.process_time()
        poems = list(writer.poems(form=form, seeds=[(0, number) for number in numbers]))
    except FormNotReached:
        if len(numbers) == 1:
            yield {"form": form, "number": numbers[0], "text": "", "seconds": 0.0}
        else:
            for number in numbers:
                yield from written(writer, form, [number])
        return
    for number, poem in zip(numbers, poems, strict=True):
        seconds = (time.process_time() - began) / len(numbers)
        yield {"form": form, "number": number, "text": poem.poem.text, "seconds": seconds}


@main.command()
@click.argument("poems", type=FILE)
@model_option
@click.option("--controls", type=click.IntRange(0), default=200, show_default=True)
@click.option("--no-copies", is_flag=True, help="Do not look for lines of the training text.")
@click.option("--variant", default="", help="Ending of the name of the JSON file.")
@results_option
def measure(
    poems: Path, model: str, controls: int, no_copies: bool, variant: str, results: Path
) -> None:
    """All figures of the POEMS that `write` wrote."""
    writer, rows = poet.load(model), read_rows(poems)
    info = writer.checkpoint.info
    dataset = with_tokenizer(prepare(["english"], notify=say), writer.tokenizer)
    known = None if no_copies else training_ngrams(dataset, MOST_NGRAMS)
    figures = {}
    for name in dict.fromkeys(row["form"] for row in rows):
        form = find_form(name)
        assert form
        own = [row for row in rows if row["form"] == name]
        figures[name] = measure_form(writer, dataset, form, own, controls, known)
        say(f"{name}: {figures[name]['right']:,} of {len(own):,} right")
    report(figures)
    chosen_among = {name: usual_best_of(one) for name in figures if (one := find_form(name))}
    facts = {
        "model": info.name,
        "text": dataset.fingerprint,
        "particles": PARTICLES,
        "best_of": chosen_among,
        "forms": figures,
    }
    say(f"written: {record('english', facts, results, variant).name}")


def measure_form(
    writer: Writer,
    dataset: TokenDataset,
    form: EnglishForm,
    rows: Sequence[dict[str, Any]],
    controls: int,
    known: Hashes | None,
) -> dict[str, Any]:
    """The figures of one form."""
    texts = [row["text"] for row in rows if row["text"]]
    scans = [scan(text, form) for text in texts]
    faults = Counter(name for one in scans for name in one.fault_counts(strict=True))
    human = human_stanzas(dataset, form)
    free = free_stanzas(writer, form, controls, Sampling.default(form))
    ours, theirs = same_words(texts, human)
    copied = [line for text in texts for line in copied_lines(text, known)]
    return {
        "poems": len(rows),
        "not_reached": len(rows) - len(texts),
        "right": sum(one.keeps(strict=True) for one in scans),
        "faults": dict(faults),
        "second_opinion": second_opinion(texts, form),
        "nats": _mean(nats_of(writer, text, form.token) for text in texts),
        "human_nats": _mean(nats_of(writer, text, form.token) for text in human[:controls]),
        "human_stanzas": len(human),
        "free_nats": _mean(nats_of(writer, text, form.token) for text in free),
        "controls": controls,
        "distinct_2": distinct(ours, 2),
        "human_distinct_2": distinct(theirs, 2) if theirs else None,
        "words_counted": sum(map(_words, ours)),
        "lines": sum(len(verse_lines(text)) for text in texts),
        "copied_lines": len(copied) if known is not None else None,
        "copied_examples": copied[:5],
        "poems_that_share_a_line": sharing(texts),
        "seconds_a_poem": float(np.mean([row["seconds"] for row in rows])),
    }


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return float(np.mean(found)) if found else None


def verse_lines(text: str) -> list[str]:
    """The lines of a poem, without the blank ones between stanzas."""
    return [line for line in text.split("\n") if line.strip()]


def _words(text: str) -> int:
    return len(hash_units(text))


def same_words(first: Sequence[str], second: Sequence[str]) -> tuple[list[str], list[str]]:
    """From the beginning of both as many poems as have about the same number of words.

    >>> same_words(["a b", "c d", "e f"], ["a b c d"])
    (['a b', 'c d'], ['a b c d'])
    """
    if not second:
        return [*first], []
    most = min(sum(map(_words, first)), sum(map(_words, second)))

    def cut(texts: Sequence[str]) -> list[str]:
        counts = np.cumsum([_words(text) for text in texts])
        return [*texts[: int(np.searchsorted(counts, most)) + 1]]

    return cut(first), cut(second)


def copied_lines(text: str, known: Hashes | None) -> list[str]:
    """The lines of five words or more whose every five words in a row are known (N,), ascending."""
    found: list[str] = []
    if known is None or not len(known):
        return found
    for line in verse_lines(text):
        ngrams = hash_ngrams(hash_units(line))
        places = np.minimum(np.searchsorted(known, ngrams), len(known) - 1)
        if len(ngrams) and bool((known[places] == ngrams).all()):
            found.append(line)
    return found


def sharing(texts: Sequence[str]) -> int:
    """How many poems have a line of five words or more that another one has too."""
    lines = [{tuple(hash_units(line).tolist()) for line in verse_lines(text)} for text in texts]
    counts = Counter(line for own in lines for line in own if len(line) >= NGRAM)
    return sum(any(counts[line] > 1 for line in own) for own in lines)


def second_opinion(texts: Sequence[str], form: EnglishForm) -> dict[str, Any] | None:
    """Lines and rhyming pairs that are right by espeak-ng; None where it is not installed."""
    if not shutil.which("espeak-ng"):
        return None
    verses = [verse_of(text, form) for text in texts]
    words = {word for verse in verses for line in verse.lines for word in words_of(line)}
    tally = judge(verses, [by_espeak(words, voice) for voice in VOICES], True).tallies["all"]
    return {
        "lines": len(tally.lines), "lines_right": sum(tally.lines),
        "pairs": len(tally.pairs), "pairs_right": sum(tally.pairs),
        "lines_no_foot_turned": sum(tally.weighed), "shuffled_right": sum(tally.shuffled),
        "strangers": len(tally.strangers), "strangers_rhyme": sum(tally.strangers),
    }  # fmt: skip


def report(figures: dict[str, dict[str, Any]]) -> None:
    """Print what was measured."""
    rules, rest = [], []
    for name, f in figures.items():
        other = f["second_opinion"] or {}
        shares = [
            f"{100 * other[f'{what}_right'] / other[what]:.2f} %" if other.get(what) else ""
            for what in ("lines", "pairs")
        ]
        copied = "" if f["copied_lines"] is None else f["copied_lines"]
        rules.append((name, f"{f['right']:,} of {f['poems']:,}", *shares, f["lines"], copied,
                      f["poems_that_share_a_line"]))  # fmt: skip
        keys = ("nats", "human_nats", "free_nats", "distinct_2", "human_distinct_2")
        rest.append((name, *("" if f[key] is None else f[key] for key in keys),
                     f["human_stanzas"], f["words_counted"], f["seconds_a_poem"]))  # fmt: skip
    show("rules", ("", "right", "lines, espeak-ng", "pairs", "lines", "copied", "share"), rules)
    header = ("", "nats", "human", "free", "distinct-2", "human", "human stanzas", "words", "CPU s")
    show("likelihood and variety", header, rest)


if __name__ == "__main__":
    launch(main)
