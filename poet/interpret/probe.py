"""Units that mean something: found by measurement, not invented.

Every cell of both layers is held against every trait. A unit is chosen on one half of the texts
and measured on the other, and so is one for labels that were shuffled: what chance finds among as
many units. Yes or no: the figure is the area under the ROC curve (AUC), the chance that of two
characters, one with the trait and one without, the unit tells which; 0.5 is blind. Numbers: the
rank correlation; 0 is blind.
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
from poet.interpret.labels import Label, Labels, traits_of
from poet.interpret.texts import Text, Watch, header, unwatched

LEAST = 40  # characters of each kind, in each half, for a trait to be looked for
SIDE_BY_SIDE = 64  # texts read at a time
Ranks: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Found:
    """The unit that knows a trait best, and how well.

    `chosen` is the figure on the half on which it was chosen, `measured` that on the other half,
    `shuffled` what the same search measures where the labels are shuffled.
    """

    trait: str
    figure: str  # AUC, or rank correlation
    unit: Unit
    rises: bool  # whether the cell is high where the trait is; else it is low
    chosen: float
    measured: float
    shuffled: float
    characters: int  # on which it was measured

    @property
    def meaning(self) -> str:
        """In words: what the unit knows, and how its cell shows it."""
        return f"{self.trait}: {'high' if self.rises else 'low'}"

    @property
    def strength(self) -> float:
        """How well the trait is known, on the half on which it was chosen: 0 is chance, 1 all."""
        return 2 * self.chosen - 1 if self.figure == "AUC" else self.chosen


@dataclass(frozen=True, slots=True)
class Cells:
    """What all units were after each of N characters: values (N, 2H), and of which text (N,)."""

    values: Floats
    text: NDArray[np.int64]

    def unit(self, column: int) -> Unit:
        """The unit whose values stand in a column."""
        layer, number = divmod(column, self.values.shape[1] // 2)
        return Unit(LAYERS[layer], number)


def read_cells(
    writer: Writer,
    texts: Sequence[Text],
    titled: Sequence[bool],
    watch: Watch = unwatched,
) -> Cells:
    """The cells after each character of the texts, some with their titles given."""
    sizes = np.array([len(text.verse) for text in texts], np.int64)
    starts = np.r_[0, np.cumsum(sizes)]
    values = np.empty((starts[-1], 2 * writer.engine.hidden), np.float32)
    order = np.argsort(sizes, kind="stable")  # like lengths together
    for batch in np.split(order, range(SIDE_BY_SIDE, len(order), SIDE_BY_SIDE)):
        heads = [header(writer, texts[i].title if titled[i] else "") for i in batch]
        rows = [
            np.r_[head, writer.tokenizer.encode(texts[i].verse)]
            for i, head in zip(batch, heads, strict=True)
        ]
        for i, head, states in zip(batch, heads, read_states(writer.engine, rows), strict=True):
            own = states.cell[:, len(head) :]  # (2, T, H)
            values[starts[i] : starts[i + 1]] = own.transpose(1, 0, 2).reshape(sizes[i], -1)
        watch(len(batch))
    return Cells(values, np.repeat(np.arange(len(texts)), sizes))


def search(
    writer: Writer,
    texts: Sequence[Text],
    watch: Watch = unwatched,
) -> list[Found]:
    """The best unit for each trait that occurs often enough, the best known trait first.

    Every second text is read with its title; of the texts in turn two go to one half, two to
    the other.
    """
    titled = [i % 2 == 0 for i in range(len(texts))]
    cells = read_cells(writer, texts, titled, watch)
    first = cells.text // 2 % 2 == 0
    found = [
        best
        for trait in traits_of(texts, titled)
        if (best := _best(trait, cells, first, np.random.default_rng(0)))
    ]
    return sorted(found, key=lambda one: -one.strength)


def _best(
    trait: Label, cells: Cells, first: NDArray[np.bool_], rng: np.random.Generator
) -> Found | None:
    """The unit that is best on the first half; None where a half has too few such characters."""
    is_known = ~np.isnan(trait.labels)
    one, other = is_known & first, is_known & ~first
    if not (_is_common(trait, trait.labels[one]) and _is_common(trait, trait.labels[other])):
        return None
    shuffled = _shuffled(trait, cells.text, rng)
    ranks = _ranks(cells.values[one])  # (N, 2H)
    true, by_chance = (_choose(ranks, labels[one], trait) for labels in (trait.labels, shuffled))

    def on_the_other(column: int, labels: Labels) -> float:
        ranks = _ranks(cells.values[other, column : column + 1])
        return float(_agreement(ranks, labels[other], trait)[0])

    column, agreement = true
    sign = np.sign(agreement) or 1.0
    chance = np.sign(by_chance[1]) * on_the_other(by_chance[0], shuffled)
    return Found(
        trait=trait.name,
        figure="AUC" if trait.kind == "yes or no" else "rank correlation",
        unit=cells.unit(column),
        rises=bool(sign > 0),
        chosen=_figure(abs(agreement), trait),
        measured=_figure(sign * on_the_other(column, trait.labels), trait),
        shuffled=_figure(chance, trait),
        characters=int(other.sum()),
    )


def _is_common(trait: Label, labels: Labels) -> bool:
    if trait.kind == "number":
        return len(labels) >= LEAST and len(np.unique(labels)) > 1
    return min((labels == 0).sum(), (labels == 1).sum()) >= LEAST


def _shuffled(trait: Label, text: NDArray[np.int64], rng: np.random.Generator) -> Labels:
    """The labels of other characters; of a trait of whole texts, those of other texts."""
    labels = trait.labels.copy()
    known = np.flatnonzero(~np.isnan(labels))
    if not trait.of_text:
        labels[known] = rng.permutation(labels[known])
        return labels
    own, first = np.unique(text[known], return_index=True)
    of = dict(zip(own, rng.permutation(labels[known[first]]), strict=True))
    labels[known] = [of[i] for i in text[known]]
    return labels


def _choose(ranks: Ranks, labels: Labels, trait: Label) -> tuple[int, float]:
    """The column that agrees best with the labels, and how it does."""
    agreement = _agreement(ranks, labels, trait)
    column = int(np.abs(agreement).argmax())
    return column, float(agreement[column])


def _agreement(ranks: Ranks, labels: Labels, trait: Label) -> NDArray[np.float64]:
    """From -1 to 1 for each column (N, U): 2 AUC - 1, or the rank correlation."""
    N = len(labels)
    if trait.kind == "yes or no":
        yes = labels.sum()
        above = labels @ ranks - yes * (yes - 1) / 2  # pairs of which the one with it is higher
        return 2 * above / (yes * (N - yes)) - 1
    own = tied_ranks(labels)
    own -= own.mean()
    centred = ranks - (N - 1) / 2
    return own @ centred / np.sqrt((own**2).sum() * N * (N**2 - 1) / 12)


def _ranks(values: Floats) -> Ranks:
    """The rank from 0 of each value in its column; floats are hardly ever equal."""
    columns, counted = np.ascontiguousarray(values.T), np.arange(len(values), dtype=float)
    ranks = np.empty(columns.shape)
    for row, order in zip(ranks, map(np.argsort, columns), strict=True):
        row[order] = counted
    return ranks.T


def tied_ranks(labels: Labels) -> NDArray[np.float64]:
    """The ranks of labels, equal ones sharing the mean of theirs.

    >>> tied_ranks(np.array([7.0, 5.0, 7.0])).tolist()
    [1.5, 0.0, 1.5]
    """
    _, which, counts = np.unique(labels, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: NDArray[Any] = (2 * ends - counts - 1) / 2
    return means[which]


def _figure(agreement: float, trait: Label) -> float:
    return float((1 + agreement) / 2 if trait.kind == "yes or no" else agreement)
