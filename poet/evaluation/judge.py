"""An automatic judge of Chinese verse: is a poem about its title, do its halves belong together?

It knows nothing but counts: how often a character occurs in the verse under a title that has
another, and in the second half of a poem whose first half has another. The lift is how much more
often that is than by chance, and the score of the characters B given the characters A is

    mean over b in B of log Σ w(a) lift(a, b), over a in A;  lift = (n(a, b) + s) / (e(a, b) + s)

where e is the count expected by chance, s a smoothing constant, and the weights w sum to 1: by √idf
in titles, so that rare characters count for more, and uniform in first halves. The score by itself
says little; the report says how often the true title, or second half, is the best of five. Guessing
finds 0.20.

The four others come from other poems of the same set. Halves are compared without their rhyming
characters, which would give the answer away. Halves from another set would be a biased choice:
second halves that a model wrote at temperature 1, put after first halves of other poems of its own,
beat four by Tang poets at a rate of 0.31, because generic verse suits any beginning (240 poems,
2026-11-25).

The judge counts one half of the training poems, `in_judge_half`, which nothing else uses: code that
chooses or ranks verse by counts takes the other half. In Tang and Song this half has 143,000 poems.
Counting them takes two seconds on one core and at most 250 MB, of which the judge keeps 128 MB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poet.characters import is_han
from poet.dataset.dataset import TokenDataset, in_judge_half
from poet.errors import FormNotReached, UsageError
from poet.evaluation.association import Association, Columns, count_halves, count_titles
from poet.evaluation.metrics import verse_lines
from poet.evaluation.references import source_of, titled_poems
from poet.evaluation.report import EvalConfig, JudgeReport, Retrieval, VerseKind
from poet.generation.writer import Writer
from poet.poem import Poem
from poet.progress import ProgressCallback
from poet.tokenizer import CharTokenizer, codepoints

COMMON = 4096  # characters that are counted; all others together are one in two hundred
CANDIDATES = 5
TITLE_SMOOTHING, HALF_SMOOTHING = 2.0, 10.0  # best of 1 to 30 on the other training poems
BATCH = 1 << 14  # poems counted at a time
MAX_POEMS = 100  # judged: enough for a share within 5 points of that of many more
MIN_COUNTED = 5_000  # poems: a judge that counted fewer hardly recognises human verse


@dataclass(frozen=True)
class Judge:
    """Scores poems by counts in other poems; higher is better. `poems` is how many were counted."""

    characters: str  # of the rows and columns
    titles: Association
    halves: Association
    poems: int

    @classmethod
    def from_dataset(cls, dataset: TokenDataset) -> Judge:
        """A judge that has counted its half of the training poems of a dataset.

        Raises `UsageError` for a dataset that is one long text.
        """
        if dataset.is_stream:
            raise UsageError("one long text has no titles to judge by", "name a text of poems")
        characters = "".join(filter(is_han, dataset.tokenizer.characters))[:COMMON]
        columns = _columns_of(dataset.tokenizer, characters)
        chosen = dataset.poems(held_out=False)
        chosen = chosen[in_judge_half(chosen)]
        size = len(characters)
        titles, halves = (np.zeros((size, size), np.float32) for _ in range(2))
        titled = np.zeros(size)  # the number of titles that have a character
        for start in range(0, len(chosen), BATCH):
            batch = chosen[start : start + BATCH]
            titled += count_titles(dataset, batch, columns, titles)
            count_halves(dataset, batch, columns, halves)
            dataset.drop_pages()
        idf = np.log((len(chosen) + 1) / (titled + 1))
        return cls(
            characters,
            Association.from_counts(titles, TITLE_SMOOTHING, np.sqrt(idf) + 1e-6),
            Association.from_counts(halves, HALF_SMOOTHING, np.ones(size)),
            len(chosen),
        )

    def columns(self, text: str) -> Columns:
        """The columns (T,) of the characters of a text, without those that are not counted."""
        counted, codes = codepoints(self.characters), codepoints(text)
        order = np.argsort(counted)
        places = np.minimum(np.searchsorted(counted[order], codes), len(counted) - 1)
        return order[places][counted[order][places] == codes].astype(np.int32)

    def title_score(self, title: str, text: str) -> float:
        """How well verse goes with a title, in nats per character; 0 if nothing is counted."""
        return float(self.titles.scores([self.columns(title)], [self.columns(text)])[0, 0])

    def coherence_score(self, text: str) -> float:
        """How well the second half of a poem goes with its first, in nats per character."""
        first, second = map(self.columns, halves_of(text))
        return float(self.halves.scores([first], [second])[0, 0])

    def title_retrieval(self, poems: Sequence[Poem]) -> Retrieval:
        """How often a poem's own title suits it best among five, the others drawn from `poems`.

        Poems without a title are left out. With fewer than five titles the result has no poems.
        """
        poems = [poem for poem in poems if poem.title]
        titles = list(dict.fromkeys(poem.title for poem in poems))
        contexts = [self.columns(title) for title in titles]
        scores = self.titles.scores(contexts, [self.columns(poem.text) for poem in poems]).T
        true_index = np.array([titles.index(poem.title) for poem in poems], int)
        return retrieval(scores, true_index, np.ones(scores.shape, bool))

    def half_retrieval(self, poems: Sequence[Poem]) -> Retrieval:
        """How often a poem's own second half suits its first best among five.

        The four others are drawn from `poems` with the same line lengths. Poems of one line, and
        those with fewer than four others of their line lengths, are left out.
        """
        halves = [halves_of(poem.text) for poem in poems]
        poems = [poem for poem, (_, second) in zip(poems, halves, strict=True) if second]
        first, second = ([self.columns(half[k]) for half in halves if half[1]] for k in (0, 1))
        shapes = [tuple(map(len, verse_lines(poem.text))) for poem in poems]
        numbers = {shape: number for number, shape in enumerate(dict.fromkeys(shapes))}
        shape_ids = np.array([numbers[shape] for shape in shapes], int)
        rivals = shape_ids[:, None] == shape_ids
        return retrieval(self.halves.scores(first, second), np.arange(len(poems)), rivals)


def retrieval(
    scores: NDArray[np.float64], true_index: NDArray[np.int64], rivals: NDArray[np.bool_]
) -> Retrieval:
    """How often the true candidate is the best of five, by the scores (N, M) of N poems.

    `true_index` (N,) is the column of the true candidate; the four others are drawn from those that
    `rivals` (N, M) marks. A tie counts as half.
    """
    rows = np.arange(len(true_index))
    true = scores[rows, true_index][:, None]
    rivals = rivals & (np.arange(scores.shape[1]) != true_index[:, None])
    better = (rivals & (scores > true)).sum(1) + 0.5 * (rivals & (scores == true)).sum(1)
    count = rivals.sum(1)
    has_enough = count >= CANDIDATES - 1
    worse, count = (count - better)[has_enough], count[has_enough]
    chances = np.ones(len(count))
    for drawn in range(CANDIDATES - 1):  # four that are all worse, none of them twice
        chances *= np.maximum(0, worse - drawn) / (count - drawn)
    if not len(chances):
        return Retrieval(0.0, 0.0, 0)
    error = float(chances.std() / len(chances) ** 0.5)
    return Retrieval(float(chances.mean()), error, len(chances))


def halves_of(text: str) -> tuple[str, str]:
    """The first half of a poem's lines, one more if their number is odd, and the rest.

    The last characters of the first line and of even ones are left out: they rhyme, and would
    tell which halves belong to one poem.

    >>> halves_of("春水連天碧，明月照大江。孤舟人不寐，燈影落寒窗。")
    ('春水連天明月照大', '孤舟人不寐燈影落寒')
    """
    lines = verse_lines(text)
    parts = [line if i % 2 == 0 and i else line[:-1] for i, line in enumerate(lines)]
    middle = (len(lines) + 1) // 2
    return "".join(parts[:middle]), "".join(parts[middle:])


def _columns_of(tokenizer: CharTokenizer, characters: str) -> Columns:
    """The columns (V,) of ids."""
    columns = np.full(len(tokenizer), -1, np.int32)
    columns[tokenizer.encode(characters)] = np.arange(len(characters))
    return columns


def judge_verse(
    writer: Writer,
    dataset: TokenDataset,
    config: EvalConfig,
    forms: Sequence[str],
    progress: ProgressCallback,
    *,
    min_counted: int = MIN_COUNTED,
) -> tuple[JudgeReport, ...]:
    """Judge steered poems on human titles, and the human poems with these titles.

    The number of poems is divided among the forms. Empty if the text has too few poems or titles.
    """
    counted = in_judge_half(dataset.poems(held_out=False)).sum()
    human = [] if counted < min_counted else list(_titled(dataset, config, forms))
    if len(human) < CANDIDATES:
        return ()
    steered = _steered(writer, human, config, progress)
    poems: dict[VerseKind, list[Poem]] = {
        "steered": list(progress.track(steered, "on titles, to judge", len(human))),
        "human": [poem for _, poem in human],
    }
    judge = Judge.from_dataset(dataset)
    source = dataset.names[source_of(dataset, human[0][0]) or 0]
    return tuple(
        JudgeReport(
            kind=kind,
            source=source if kind == "human" else "",
            poems=len(verse),
            titles=judge.title_retrieval(verse),
            halves=judge.half_retrieval(verse),
        )
        for kind, verse in poems.items()
    )


def _titled(
    dataset: TokenDataset, config: EvalConfig, forms: Sequence[str]
) -> Iterator[tuple[str, Poem]]:
    """Held-out poems with titles, each with its form."""
    for number, form in enumerate(forms):
        source = source_of(dataset, form)
        if source is not None:
            count = (min(config.poems, MAX_POEMS) + number) // len(forms)
            yield from ((form, poem) for poem in titled_poems(dataset, form, count, source))


def _steered(
    writer: Writer,
    human: Sequence[tuple[str, Poem]],
    config: EvalConfig,
    progress: ProgressCallback,
) -> Iterator[Poem]:
    """A poem on each title, in its form, at default settings; a note for each failure."""
    for number, (form, poem) in enumerate(human):
        try:
            seeds = [(config.seed, number)]
            for generation in writer.poems(form=form, title=poem.title, seeds=seeds):
                yield generation.poem
        except FormNotReached as error:
            progress.note(f"{poem.title}, {form}: {error.message}")
