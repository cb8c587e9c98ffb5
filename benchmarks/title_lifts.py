"""Do title lifts make held-out poems likelier, beyond what the model makes of the title itself?

Every poem is read after a header with its true title; then the lifts of the title are added to the
logits. Settings are compared on held-out Tang poems of even index. The best of them, and the one
that ships, are confirmed on what had no say: those of odd index, and held-out Song poems. As a
control the lifts are those of another poem's title. Above zero, lifts make poems likelier.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np

import poet
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.errors import InputError
from poet.generation.engine import Floats, NumpyLSTM, log_softmax
from poet.generation.title_lifts import TitleLifts
from poet.tokenizer import EOS, Ids

from .common import launch, record, results_option, say, show

LONGEST = 200  # characters; a long ballad would weigh as much as ten quatrains
BATCH = 64  # poems read at once


class Setting(NamedTuple):
    """A way of counting and of adding."""

    strength: float = TitleLifts.STRENGTH
    prior: float = TitleLifts.PRIOR
    kept: int = TitleLifts.KEPT
    power: int = 2  # of idf, in what a title character weighs


SHIPPED = Setting()
SETTINGS = (
    SHIPPED,
    *(Setting(strength=x) for x in (0.3, 0.7, 0.9)),
    *(Setting(prior=x) for x in (0.1, 1.0, 3.0)),
    *(Setting(kept=x) for x in (50, 250)),
    *(Setting(power=x) for x in (0, 1)),
)


class Gains(NamedTuple):
    """What S biases give P poems: nats without lifts (P,), and less with them (P, S)."""

    characters: Ids  # (P,)
    nats: Floats
    gain: Floats

    def of(self, bias: int) -> dict[str, float]:
        """Mean nats a character gained: poem by poem, and pooled, with standard errors."""
        gain, n = self.gain[:, bias], self.characters
        each, pooled = gain / n, gain.sum() / n.sum()
        rest = gain - pooled * n  # of the ratio of two sums
        return {
            "mean": float(each.mean()),
            "standard_error": float(each.std(ddof=1) / len(n) ** 0.5),
            "pooled": float(pooled),
            "pooled_standard_error": float(rest.std(ddof=1) * len(n) ** 0.5 / n.sum()),
        }


def held_out(dataset: TokenDataset, source: int, most: int, parity: int | None = None) -> list[int]:
    """Held-out poems of a text that have a title, in random order; of even or odd index."""
    found = dataset.poems(held_out=True, source=source)
    titled = np.diff(dataset.table["title"])[found] > 0
    short = np.diff(dataset.table["start"])[found] <= LONGEST
    found = found[titled & short]
    if parity is not None:
        found = found[found % 2 == parity]
    return list(map(int, np.random.default_rng(0).permutation(found)[:most]))


def features(
    engine: NumpyLSTM, dataset: TokenDataset, poems: Sequence[int], marks: bool
) -> Iterator[tuple[int, Floats]]:
    """Each poem, and the features (T, E) from which its verse and its end are expected.

    With `marks` form and author are given besides the title. Poems of like length are read
    together; one by one where the model has title attention, which hears one title at a time.
    """
    given = {p: dataset.sequence(p, form=marks, author=marks, title=True) for p in poems}
    in_order = sorted(poems, key=lambda p: len(given[p]))
    rows = 1 if engine.encode_title(dataset.title(in_order[0])) else BATCH
    for at in range(0, len(in_order), rows):
        batch = in_order[at : at + rows]
        title = engine.encode_title(dataset.title(batch[0])) if rows == 1 else None
        ids = np.full((len(batch), len(given[batch[-1]])), EOS)  # what follows the end is not used
        for row, p in enumerate(batch):
            ids[row, : len(given[p])] = given[p]
        memory, steps = engine.initial_state(len(batch)), []
        for column in ids.T[:-1]:
            step, memory = engine.step(column, memory, title)
            steps.append(step)
        for row, p in enumerate(batch):
            size = len(given[p]) - 1
            yield (
                p,
                np.array([step[row] for step in steps[size - len(dataset.verse(p)) - 1 : size]]),
            )


def measure(
    engine: NumpyLSTM,
    dataset: TokenDataset,
    poems: Sequence[int],
    ways: Sequence[tuple[Setting, TitleLifts]],
    *,
    marks: bool,
) -> Gains:
    """What each way's lifts give (S of them), and then what those of another poem's title give."""
    others = dict(zip(poems, [*poems[1:], poems[0]], strict=True))
    characters, nats, gains = [], [], []
    for p, read in features(engine, dataset, poems, marks):
        log_p = log_softmax(engine.logits(read))  # (T, V)
        verse = np.r_[dataset.verse(p), EOS].astype(int)
        titles = dataset.title(p), dataset.title(others[p])
        bias = np.stack(
            [lifts.bias(title, way.strength) for title in titles for way, lifts in ways], axis=1
        )  # (V, 2S)
        # log_softmax(logits + bias) of all settings by one product
        gain = bias[verse] - np.log(np.exp(log_p) @ np.exp(bias))  # (T, 2S)
        characters.append(len(verse))
        nats.append(-log_p[np.arange(len(verse)), verse].sum())
        gains.append(gain.sum(0))
    return Gains(np.array(characters), np.array(nats), np.array(gains))


def counted(dataset: TokenDataset, settings: Sequence[Setting]) -> list[tuple[Setting, TitleLifts]]:
    """Each setting and its lifts; what differs in strength or power alone is counted once."""
    made = {key: TitleLifts.from_dataset(dataset, prior=key[0], kept=key[1])
            for key in {(way.prior, way.kept) for way in settings}}  # fmt: skip
    return [
        (way, replace(lifts, weights=_power(lifts, way.power)))
        for way, lifts in ((way, made[way.prior, way.kept]) for way in settings)
    ]


def _power(lifts: TitleLifts, power: int) -> Floats:
    return np.where(lifts.weights > 0, lifts.weights ** (power / 2), 0).astype(np.float32)


@click.command(help=__doc__)
@click.option("--model", default="tang", show_default=True)
@click.option("--poems", type=click.IntRange(10), default=600, show_default=True, help="Of a set.")
@click.option("--marks", is_flag=True, help="Give form and author besides the title.")
@results_option
def main(model: str, poems: int, marks: bool, results: Path) -> None:
    writer, dataset = poet.load(model), prepare(["tang", "song"], say=say)
    if writer.tokenizer != dataset.tokenizer:
        raise InputError(f"{model} was not trained on tang song", "give another --model")
    engine, ways = writer.engine, counted(dataset, SETTINGS)
    tuning = measure(engine, dataset, held_out(dataset, 0, poems, 0), ways, marks=marks)
    found = [tuning.of(i) for i in range(len(ways))]
    best = max(range(len(ways)), key=lambda i: found[i]["mean"])
    chosen = [ways[i] for i in sorted({0, best})]  # 0 is the one that ships
    rows: list[tuple[str, Setting, dict[str, float]]] = [
        ("Tang, even", way, figures) for (way, _), figures in zip(ways, found, strict=True)
    ]
    nats = {"Tang, even": float(tuning.nats.sum() / tuning.characters.sum())}
    for name, source, parity in (("Tang, odd", 0, 1), ("Song", 1, None)):
        gains = measure(
            engine, dataset, held_out(dataset, source, poems, parity), chosen, marks=marks
        )
        nats[name] = float(gains.nats.sum() / gains.characters.sum())
        labelled = [(label, way) for label in (name, f"{name}, another's") for way, _ in chosen]
        rows += [(label, way, gains.of(i)) for i, (label, way) in enumerate(labelled)]
    header = ("poems", *Setting._fields, "mean", "± s.e.", "pooled", "± s.e.")
    show(
        f"nats a character gained ({', '.join(f'{k} {v:.3f} without' for k, v in nats.items())})",
        header,
        [(name, *way, *(f"{x:.4f}" for x in figures.values())) for name, way, figures in rows],
    )
    everything: dict[str, Any] = {
        "model": model, "poems": poems, "marks": marks, "nats_without": nats,
        "gained": [{"on": name, **way._asdict(), **figures} for name, way, figures in rows],
    }  # fmt: skip
    say(f"written: {record('title_lifts', everything, results).name}")


if __name__ == "__main__":
    launch(main)
