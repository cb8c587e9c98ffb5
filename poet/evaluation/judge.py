"""An automatic judge of Chinese verse: is a poem about its title, do its halves belong together?

It knows nothing but counts: how often one character stands in the verse below a title that has
another, and in the second half of a poem whose first half has another. How much oftener than by
chance is the lift, and the score of the characters B given the characters A is

    mean over b in B of log Σ w(a) lift(a, b), over a in A;  lift = (n(a, b) + s) / (e(a, b) + s)

with e the count expected by chance, s a smoothing, and weights w that sum to 1: by √idf in titles,
so that rare characters count for more, alike in first halves. Such scores say little by their size;
what is reported is how often the true title, or second half, is the best among five. 0.20 is
guessing.

The four others are those of other poems of the same set; in halves the rhyming characters are left
out, for they would tell. Halves from another set would not do: second halves that a model
wrote at temperature 1, put after first halves of others of its poems, beat four by Tang poets
at a rate of 0.31. Verse that could be anybody's suits any beginning. (240 poems, 2026-11-25.)

Counted is one half of the training poems, by `in_judge_half`. It is the judge's alone: what
chooses or ranks verse by counts takes the other half. Of Tang and Song that is 143,000 poems,
two seconds of one core and 250 MB at most; the judge keeps 128 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poet.characters import is_han
from poet.dataset.dataset import TokenDataset, in_judge_half
from poet.errors import UsageError
from poet.evaluation.association import Association, Columns, count_halves, count_titles
from poet.evaluation.metrics import verse_lines
from poet.poem import Poem
from poet.tokenizer import CharTokenizer, codepoints

COMMON = 4096  # characters that are counted; all others together are one in two hundred
AMONG = 5
TITLE_SMOOTHING, HALF_SMOOTHING = 2.0, 10.0  # best of 1 to 30 on the other training poems
PIECE = 1 << 14  # poems at a time


@dataclass(frozen=True)
class Judge:
    """Scores of poems by what was counted; higher is better. `poems` were counted."""

    characters: str  # those of the rows and columns
    titles: Association
    halves: Association
    poems: int

    @classmethod
    def of(cls, dataset: TokenDataset) -> Judge:
        """A judge that counted its half of a store's training poems, those held out never.

        Raises `UsageError` for a text without poem borders.
        """
        if dataset.is_stream:
            raise UsageError("one long text has no titles to judge by", "name a text of poems")
        characters = "".join(filter(is_han, dataset.tokenizer.characters))[:COMMON]
        columns = _columns_of(dataset.tokenizer, characters)
        chosen = dataset.poems(held_out=False)
        chosen = chosen[in_judge_half(chosen)]
        size = len(characters)
        titles, halves = (np.zeros((size, size), np.float32) for _ in range(2))
        titled = np.zeros(size)  # in how many titles a character stands
        for at in range(0, len(chosen), PIECE):
            piece = chosen[at : at + PIECE]
            titled += count_titles(dataset, piece, columns, titles)
            count_halves(dataset, piece, columns, halves)
            dataset.drop_pages()
        idf = np.log((len(chosen) + 1) / (titled + 1))
        return cls(
            characters,
            Association.of(titles, TITLE_SMOOTHING, np.sqrt(idf) + 1e-6),
            Association.of(halves, HALF_SMOOTHING, np.ones(size)),
            len(chosen),
        )

    def columns(self, text: str) -> Columns:
        """The columns (T,) of a text's characters; stops, and what was not counted, left out."""
        codes, asked = codepoints(self.characters), codepoints(text)
        order = np.argsort(codes)
        at = np.minimum(np.searchsorted(codes[order], asked), len(codes) - 1)
        return order[at][codes[order][at] == asked].astype(np.int32)

    def title_score(self, title: str, text: str) -> float:
        """How well verse goes with a title, in nats a character; 0 where nothing is known."""
        return float(self.titles.scores([self.columns(title)], [self.columns(text)])[0, 0])

    def coherence_score(self, text: str) -> float:
        """How well the second half of a poem goes with its first, in nats a character."""
        first, second = map(self.columns, halves_of(text))
        return float(self.halves.scores([first], [second])[0, 0])

    def found_titles(self, poems: Sequence[Poem]) -> Found:
        """How often a poem's own title suits it best among five, the others drawn from `poems`.

        Poems without a title are left out. Nothing is found where there are fewer than five titles.
        """
        poems = [poem for poem in poems if poem.title]
        titles = list(dict.fromkeys(poem.title for poem in poems))
        given = [self.columns(title) for title in titles]
        scores = self.titles.scores(given, [self.columns(poem.text) for poem in poems]).T
        own = np.array([titles.index(poem.title) for poem in poems], int)
        return Found.of(scores, own, np.ones(scores.shape, bool))

    def found_second_halves(self, poems: Sequence[Poem]) -> Found:
        """How often a poem's own second half suits its first best among five.

        The four others are drawn from `poems` of the same shape. Poems of one line, and those
        that fewer than four share their shape with, are left out.
        """
        halves = [halves_of(poem.text) for poem in poems]
        poems = [poem for poem, (_, second) in zip(poems, halves, strict=True) if second]
        first, second = ([self.columns(half[k]) for half in halves if half[1]] for k in (0, 1))
        kinds = [tuple(map(len, verse_lines(poem.text))) for poem in poems]
        numbers = {kind: number for number, kind in enumerate(dict.fromkeys(kinds))}
        kind = np.array([numbers[one] for one in kinds], int)
        rivals = kind[:, None] == kind
        return Found.of(self.halves.scores(first, second), np.arange(len(poems)), rivals)


@dataclass(frozen=True, slots=True)
class Found:
    """How often the true one was the best of five, over all ways to draw the four others."""

    share: float  # 0 where nothing could be asked
    error: float  # its standard error over poems
    poems: int

    @classmethod
    def of(
        cls, scores: NDArray[np.float64], own: NDArray[np.int64], rivals: NDArray[np.bool_]
    ) -> Found:
        """From scores (N, M) of each poem's candidates, of which `own` (N,) are the true ones.

        `rivals` (N, M) are those that the others are drawn from; equals count half as better.
        """
        row = np.arange(len(own))
        true = scores[row, own][:, None]
        rivals = rivals & (np.arange(scores.shape[1]) != own[:, None])
        better = (rivals & (scores > true)).sum(1) + 0.5 * (rivals & (scores == true)).sum(1)
        count = rivals.sum(1)
        enough = count >= AMONG - 1
        worse, count = (count - better)[enough], count[enough]
        found = np.ones(len(count))
        for drawn in range(AMONG - 1):  # four that are all worse, none of them twice
            found *= np.maximum(0, worse - drawn) / (count - drawn)
        if not len(found):
            return cls(0.0, 0.0, 0)
        return cls(float(found.mean()), float(found.std() / len(found) ** 0.5), len(found))


def halves_of(text: str) -> tuple[str, str]:
    """The first half of a poem's lines, with one more where they are odd, and the rest.

    The last characters of the first line and of even ones are left out, for these rhyme: else
    the rhyme would tell which halves are of one poem.

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
