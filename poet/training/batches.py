"""How text is laid out for truncated back-propagation through time (numpy only).

The poems of an epoch, in a new order each time, form one long sequence of characters. It is cut
into the B rows of the batch, and windows of T characters (bptt) move along all rows together:

    abcdefghijklmn, 2 rows, windows of 3  ->  abc def
                                              hij klm

Each row continues where its last window ended, so the LSTM state is carried over. One poem, with
form and title, lies in the sequence like this:

    <poem> 五絕 江 上 <body> 春 水 ， <end>
      0     1   2  3    4    5  6  7    8      position in its own sequence
              marks=2      head=5     end=8

Only a few numbers per poem are kept in memory, among them its place in the order. Any window can be
read from the memory-mapped dataset by its index, so that resuming only takes two numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import IGNORE
from poet.runs.config import TrainConfig
from poet.tokenizer import BODY, BOS, EOS, UNK, Ids
from poet.training.aux_targets import AuxiliaryTargets

if TYPE_CHECKING:
    from poet.model import Shard  # which imports torch


class EpochBatches:
    """The training poems in the order of one epoch, each with the conditions it is given."""

    def __init__(
        self,
        dataset: TokenDataset,
        settings: TrainConfig,
        number: int,
        shard: Shard | None = None,
        *,
        finishing: bool = False,
    ) -> None:
        """`shard` are the rows of the batch that are read here; by default all of them.

        An epoch that is `finishing` has only the poems of the first text.
        """
        self.dataset = dataset
        self.number = number
        rng = np.random.default_rng([settings.seed, number])
        # 32 bits hold a poem's index and lengths in half the memory, except for a stream, which may
        # be longer, and for more poems than that
        index_type = np.int32 if len(dataset) < 1 << 31 else np.int64
        length_type = np.int64 if dataset.is_stream else np.int32
        poems = dataset.poems(held_out=False, source=0 if finishing else None).astype(index_type)
        if settings.repeat_first > 1 and not finishing:
            first = dataset.poems(held_out=False, source=0).astype(index_type)
            poems = np.r_[poems, np.tile(first, settings.repeat_first - 1)]
        self.order = rng.permutation(poems)  # (n,) the poem at each place in the epoch
        n = len(self.order)
        table = dataset.table
        lengths = {name: np.diff(table[name]).astype(length_type) for name in ("start", "title")}
        # The conditions that each poem keeps, (n,) each: ids of form and author, -1 for none, and
        # the number of characters of its title
        self.form = np.where(rng.random(n) < settings.keep_form, table["form"][self.order], -1)
        keeps_author = rng.random(n) < settings.keep_author
        self.author = np.where(keeps_author, table["author"][self.order], -1)
        title = lengths["title"][self.order] * (rng.random(n) < settings.keep_title)
        self.title = title.astype(length_type)
        # (n,) everything before the verse: <poem>, form, author, title, <body>
        self.head = (2 + (self.form >= 0) + (self.author >= 0) + title).astype(length_type)
        dataset.drop_pages()
        sizes = self.head + lengths["start"][self.order] + 1
        self.ends = np.cumsum(sizes, dtype=np.int64)  # (n,) where each poem ends in the sequence
        self.size = int(self.ends[-1]) if n else 0
        B, T = settings.batch_size, settings.window
        # Windows do not start at the same characters in every epoch
        self.offset = int(rng.integers(T)) if self.size > 4 * B * T else 0
        self.row_length = (self.size - self.offset) // B
        self.T = T
        self.rows = np.arange(B)[shard.slice] if shard else np.arange(B)

    @property
    def num_windows(self) -> int:
        """How many windows fit in a row."""
        return max(0, (self.row_length - 1) // self.T)

    def window(self, index: int) -> tuple[Ids, Ids]:
        """Inputs (B, T) and targets (B, T), the next characters, of one window."""
        ids = self.read(self._starts(index)[:, None] + np.arange(self.T + 1))
        self.dataset.drop_pages()  # each access to a mapped file brings in far more than it reads
        return ids[:, :-1], ids[:, 1:]

    def titles(self, index: int) -> tuple[Ids, Ids, Ids]:
        """The titles given in one window: ids (B, M), owner (B, M), poem (B, T).

        See `poet.model.TitleBatch`.
        """
        positions = self._starts(index)[:, None] + np.arange(self.T)  # (B, T)
        poem = np.searchsorted(self.ends, positions, side="right")
        starts = self.dataset.table["title"]
        titles = []
        for first, last in zip(poem[:, 0], poem[:, -1], strict=True):
            places = np.arange(first, last + 1)
            sizes = self.title[places]
            owner = np.repeat(places - first, sizes)
            within = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            begin = np.repeat(starts[self.order[places]], sizes)
            titles.append((self.dataset.title_ids[begin + within], owner))
        M = max(1, *(len(owner) for _, owner in titles))
        ids = np.full((len(titles), M), UNK, dtype=np.int64)
        owners = np.full((len(titles), M), -1, dtype=np.int64)
        for row, (title_ids, owner) in enumerate(titles):
            ids[row, : len(title_ids)], owners[row, : len(owner)] = title_ids, owner
        return ids, owners, poem - poem[:, :1]

    def aux_labels(self, index: int, targets: AuxiliaryTargets) -> Ids:
        """The auxiliary labels (K, B, T) at each input of one window."""
        positions = self._starts(index)[:, None] + np.arange(self.T)  # (B, T)
        places = np.searchsorted(self.ends, positions, side="right")  # of the poems in the epoch
        read, which = np.unique(places, return_inverse=True)
        which = which.reshape(places.shape)  # numpy 1 returns it flat
        row, ends = self.dataset.verses(self.order[read])
        self.dataset.drop_pages()
        labels = targets.labels(row, ends)
        # At <body> the next character is the first of the verse; everything before it, and <body>,
        # has the labels of that character
        sizes = np.diff(ends, prepend=0)[which]  # (B, T) of the verse, end mark included
        in_verse = positions - (self.ends[places] - sizes) + 1
        begins = np.r_[0, ends[:-1]][which]
        labels = labels[:, np.minimum(begins + np.maximum(0, in_verse), ends[which] - 1)]
        labels[:, positions == self.ends[places] - 1] = IGNORE  # after the end mark
        return labels

    def _starts(self, index: int) -> NDArray[np.int64]:
        """Where in the sequence each row (B,) of a window begins."""
        return self.offset + self.row_length * self.rows + self.T * index

    def read(self, positions: NDArray[np.int64]) -> Ids:
        """The ids at positions of the epoch's sequence, of any shape, all at once."""
        place = np.searchsorted(self.ends, positions, side="right")  # of the poem in the epoch
        poem, head = self.order[place], self.head[place]
        form, author = self.form[place], self.author[place]
        starts, titles = self.dataset.table["start"], self.dataset.table["title"]
        # As in the drawing above: `at` is the position in the poem's own sequence
        marks = 1 + (form >= 0) + (author >= 0)
        verse = starts[poem]
        end = head + starts[poem + 1] - verse
        at = positions - (self.ends[place] - end - 1)
        ids = np.full(positions.shape, EOS, dtype=np.int64)
        ids[at == 0] = BOS
        ids = np.where((at == 1) & (form >= 0), form, ids)
        ids = np.where((at == marks - 1) & (author >= 0), author, ids)
        ids[at == head - 1] = BODY
        in_title = (at >= marks) & (at < head - 1)
        ids[in_title] = self.dataset.title_ids[(titles[poem] + at - marks)[in_title]]
        in_verse = (at >= head) & (at < end)
        ids[in_verse] = self.dataset.ids[(verse + at - head)[in_verse]]
        return ids


def shortest_epoch(dataset: TokenDataset, settings: TrainConfig, *, finishing: bool = False) -> int:
    """The characters in an epoch whose poems happen to keep no form, author or title."""
    sizes = np.diff(dataset.table["start"]) + 3  # <poem> <body> verse <end>
    first = int(sizes[dataset.poems(held_out=False, source=0)].sum())
    if finishing:
        return first
    total = int(sizes[dataset.poems(held_out=False)].sum())
    return total + (settings.repeat_first - 1) * first
