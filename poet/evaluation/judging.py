"""Poems on the titles of held-out poems, before the judge, and these poems themselves beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from poet.dataset.dataset import TokenDataset, in_judge_half
from poet.errors import FormNotReached
from poet.evaluation.config import EvalConfig, Say, Watch
from poet.evaluation.judge import AMONG, Judge
from poet.evaluation.references import source_of, titled_poems
from poet.evaluation.report import Judged, Who
from poet.generation.writer import Writer
from poet.poem import Poem

MOST = 100  # poems: the share is then within 5 points of what more would give
LEAST = 5_000  # poems to be counted: with fewer the judge finds little of what people wrote


def judge_verse(
    writer: Writer,
    dataset: TokenDataset,
    asked: EvalConfig,
    forms: Sequence[str],
    say: Say,
    watch: Watch,
) -> tuple[Judged, ...]:
    """What the judge finds in steered poems and in human ones, as many of both.

    They are shared out among the forms. None where the text has too few poems or titles.
    """
    training = dataset.poems(held_out=False)
    human = [] if in_judge_half(training).sum() < LEAST else list(_human(dataset, asked, forms))
    if len(human) < AMONG:
        return ()
    steered = list(watch(_steered(writer, human, asked, say), "on titles, to judge", len(human)))
    judge = Judge.of(dataset)
    whose = dataset.names[source_of(dataset, human[0][0]) or 0]
    written: dict[Who, list[Poem]] = {"steered": steered, "human": [poem for _, poem in human]}
    return tuple(
        Judged(
            who,
            whose if who == "human" else "",
            len(poems),
            judge.found_titles(poems),
            judge.found_second_halves(poems),
        )
        for who, poems in written.items()
    )


def _human(
    dataset: TokenDataset, asked: EvalConfig, forms: Sequence[str]
) -> Iterator[tuple[str, Poem]]:
    """Held-out poems with titles, each with its form."""
    for number, form in enumerate(forms):
        source = source_of(dataset, form)
        if source is not None:
            wanted = (min(asked.poems, MOST) + number) // len(forms)
            yield from ((form, poem) for poem in titled_poems(dataset, form, wanted, source))


def _steered(
    writer: Writer, human: Sequence[tuple[str, Poem]], asked: EvalConfig, say: Say
) -> Iterator[Poem]:
    """A poem at default settings on each title, in its form; one that is not found is told."""
    for number, (form, poem) in enumerate(human):
        try:
            seeds = [(asked.seed, number)]
            for writing in writer.poems(form=form, title=poem.title, seeds=seeds):
                yield writing.poem
        except FormNotReached as error:
            say(f"{poem.title}, {form}: {error.message}")
