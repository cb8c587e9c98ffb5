"""Meaningful units, found by measurement.

Every cell of both layers is compared with every label. A unit is chosen on one half of the texts
and measured on the other. The same is done with shuffled labels, which shows what chance finds
among as many units. For labels that are yes or no the figure is the area under the ROC curve (AUC):
the probability that the unit tells a character with the label from one without it; 0.5 is chance.
For numbers it is the rank correlation; 0 is chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.generation.engine import Floats
from poet.generation.writer import Writer
from poet.interpret.gates import LAYERS, Unit, read_states
from poet.interpret.labels import Label, Values, labels_of
from poet.interpret.texts import Text, prefix_of
from poet.progress import ProgressCallback, SilentProgress

MIN_COUNT = 40  # characters of each kind, in each half, for a label to be searched
BATCH = 64  # texts read at a time
Ranks: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The unit that predicts a label best, and how well.

    `chosen` is the figure on the half on which the unit was chosen, `measured` that on the other
    half, `shuffled` what the same search measures for shuffled labels.
    """

    trait: str
    figure: str  # AUC, or rank correlation
    unit: Unit
    rises: bool  # whether the cell is high where the label is true or large; else it is low
    chosen: float
    measured: float
    shuffled: float
    characters: int  # on which the unit was measured

    @property
    def meaning(self) -> str:
        """The label, and whether the cell is high or low where it is true or large."""
        return f"{self.trait}: {'high' if self.rises else 'low'}"

    @property
    def strength(self) -> float:
        """How well the unit predicts the label on the half it was chosen on, from 0 to 1."""
        return 2 * self.chosen - 1 if self.figure == "AUC" else self.chosen


@dataclass(frozen=True, slots=True)
class Activations:
    """The cells of all units after each of N characters (N, 2H), and the text of each (N,)."""

    values: Floats
    text: NDArray[np.int64]

    def unit(self, column: int) -> Unit:
        """The unit whose values are in a column."""
        layer, number = divmod(column, self.values.shape[1] // 2)
        return Unit(LAYERS[layer], number)


def read_activations(
    writer: Writer,
    texts: Sequence[Text],
    titled: Sequence[bool],
    progress: ProgressCallback | None = None,
) -> Activations:
    """The cells after each character of the texts, some read with their titles."""
    sizes = np.array([len(text.verse) for text in texts], np.int64)
    starts = np.r_[0, np.cumsum(sizes)]
    values = np.empty((starts[-1], 2 * writer.engine.hidden), np.float32)
    order = np.argsort(sizes, kind="stable")  # texts of similar length together
    batches = np.split(order, range(BATCH, len(order), BATCH))
    progress = progress or SilentProgress()
    for batch in progress.track(batches, "reading", len(batches)):
        prefixes = [prefix_of(writer, texts[i].title if titled[i] else "") for i in batch]
        rows = [
            np.r_[prefix, writer.tokenizer.encode(texts[i].verse)]
            for i, prefix in zip(batch, prefixes, strict=True)
        ]
        states = read_states(writer.engine, rows)
        for i, prefix, read in zip(batch, prefixes, states, strict=True):
            cells = read.cell[:, len(prefix) :]  # (2, T, H)
            values[starts[i] : starts[i + 1]] = cells.transpose(1, 0, 2).reshape(sizes[i], -1)
    return Activations(values, np.repeat(np.arange(len(texts)), sizes))


def search(
    writer: Writer,
    texts: Sequence[Text],
    progress: ProgressCallback | None = None,
) -> list[ProbeResult]:
    """The best unit for each label that occurs often enough, the best predicted label first.

    Every second text is read with its title. Texts are dealt to the two halves two at a time.
    """
    titled = [i % 2 == 0 for i in range(len(texts))]
    activations = read_activations(writer, texts, titled, progress)
    first = activations.text // 2 % 2 == 0
    results = [
        result
        for label in labels_of(texts, titled)
        if (result := best_unit(label, activations, first, np.random.default_rng(0)))
    ]
    return sorted(results, key=lambda result: -result.strength)


def best_unit(
    label: Label, activations: Activations, first: NDArray[np.bool_], rng: np.random.Generator
) -> ProbeResult | None:
    """The best unit on the first half; None if a half has too few characters with the label."""
    is_known = ~np.isnan(label.values)
    chosen, test = is_known & first, is_known & ~first
    if not (_is_common(label, label.values[chosen]) and _is_common(label, label.values[test])):
        return None
    shuffled = shuffled_labels(label, activations.text, rng)
    ranks = rank_columns(activations.values[chosen])  # (N, 2H)
    true, by_chance = (_choose(ranks, v[chosen], label) for v in (label.values, shuffled))

    def measure(column: int, values: Values) -> float:
        ranks = rank_columns(activations.values[test, column : column + 1])
        return float(agreement_with(ranks, values[test], label)[0])

    column, agreement = true
    sign = np.sign(agreement) or 1.0
    chance = np.sign(by_chance[1]) * measure(by_chance[0], shuffled)
    return ProbeResult(
        trait=label.name,
        figure="AUC" if label.kind == "yes or no" else "rank correlation",
        unit=activations.unit(column),
        rises=bool(sign > 0),
        chosen=_figure(abs(agreement), label),
        measured=_figure(sign * measure(column, label.values), label),
        shuffled=_figure(chance, label),
        characters=int(test.sum()),
    )


def _is_common(label: Label, values: Values) -> bool:
    if label.kind == "number":
        return len(values) >= MIN_COUNT and len(np.unique(values)) > 1
    return min((values == 0).sum(), (values == 1).sum()) >= MIN_COUNT


def shuffled_labels(label: Label, text: NDArray[np.int64], rng: np.random.Generator) -> Values:
    """The values of other characters; for a label of whole texts, those of other texts."""
    values = label.values.copy()
    indices = np.flatnonzero(~np.isnan(values))
    if not label.of_text:
        values[indices] = rng.permutation(values[indices])
        return values
    texts, first = np.unique(text[indices], return_index=True)
    new = dict(zip(texts, rng.permutation(values[indices[first]]), strict=True))
    values[indices] = [new[i] for i in text[indices]]
    return values


def _choose(ranks: Ranks, values: Values, label: Label) -> tuple[int, float]:
    """The column that agrees best with the values, and how well."""
    agreement = agreement_with(ranks, values, label)
    column = int(np.abs(agreement).argmax())
    return column, float(agreement[column])


def agreement_with(ranks: Ranks, values: Values, label: Label) -> NDArray[np.float64]:
    """From -1 to 1 for each column (N, U): 2 AUC - 1, or the rank correlation."""
    N = len(values)
    if label.kind == "yes or no":
        yes = values.sum()
        above = values @ ranks - yes * (yes - 1) / 2  # pairs in which the "yes" is higher
        return 2 * above / (yes * (N - yes)) - 1
    tied = tied_ranks(values)
    tied -= tied.mean()
    centred = ranks - (N - 1) / 2
    return tied @ centred / np.sqrt((tied**2).sum() * N * (N**2 - 1) / 12)


def rank_columns(values: Floats) -> Ranks:
    """The rank of each value in its column, from 0; floats are hardly ever equal."""
    columns, numbers = np.ascontiguousarray(values.T), np.arange(len(values), dtype=float)
    ranks = np.empty(columns.shape)
    for row, order in zip(ranks, map(np.argsort, columns), strict=True):
        row[order] = numbers
    return ranks.T


def tied_ranks(values: Values) -> NDArray[np.float64]:
    """The ranks of values; equal ones share their mean.

    >>> tied_ranks(np.array([7.0, 5.0, 7.0])).tolist()
    [1.5, 0.0, 1.5]
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: NDArray[Any] = (2 * ends - counts - 1) / 2
    return means[inverse]


def _figure(agreement: float, label: Label) -> float:
    return float((1 + agreement) / 2 if label.kind == "yes or no" else agreement)
