"""How text is laid out for truncated back-propagation through time (numpy only).

The poems of an epoch, in a new order each time, make one long row of characters. It is cut
into B lanes; windows of T characters follow each other down every lane:

    abcdefghijklmn, 2 lanes, windows of 3  ->  abc def
                                               hij klm

Of a poem nothing is kept in memory but a few numbers, its place in the order among them: any
window can be read at once from the memory-mapped store, so that resuming is naming a window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from poet.dataset.dataset import TokenDataset
from poet.runs.config import TrainConfig
from poet.tokenizer import BODY, BOS, EOS, UNK, Ids
from poet.training.aux_targets import IGNORE, AuxiliaryTargets

if TYPE_CHECKING:
    from poet.model import Shard


class EpochBatches:
    """The training poems in the order of one epoch, each with the conditions it keeps."""

    def __init__(
        self,
        dataset: TokenDataset,
        settings: TrainConfig,
        number: int,
        share: Shard | None = None,
        *,
        finishing: bool = False,
    ) -> None:
        """`share` are the lanes that are read here; by default all.

        One that is `finishing` has the first text alone.
        """
        self.dataset = dataset
        self.number = number
        rng = np.random.default_rng([settings.seed, number])
        # Half the room for each poem's number and lengths; a stream may be longer than that holds,
        # and there may be more poems
        number_of = np.int32 if len(dataset) < 1 << 31 else np.int64
        length_of = np.int64 if dataset.is_stream else np.int32
        poems = dataset.poems(held_out=False, source=0 if finishing else None).astype(number_of)
        if settings.repeat_first > 1 and not finishing:
            first = dataset.poems(held_out=False, source=0).astype(number_of)
            poems = np.r_[poems, np.tile(first, settings.repeat_first - 1)]
        self.order = rng.permutation(poems)
        n = len(self.order)
        table = dataset.table
        lengths = {name: np.diff(table[name]).astype(length_of) for name in ("start", "title")}
        self.form = np.where(rng.random(n) < settings.keep_form, table["form"][self.order], -1)
        keeps = rng.random(n) < settings.keep_author
        self.author = np.where(keeps, table["author"][self.order], -1)
        title = lengths["title"][self.order] * (rng.random(n) < settings.keep_title)
        self.title = title.astype(length_of)  # (n,) characters of the title that is given
        head = 2 + (self.form >= 0) + (self.author >= 0) + title
        self.head = head.astype(length_of)  # (n,) what stands before the verse, marks included
        dataset.drop_pages()
        sizes = self.head + lengths["start"][self.order] + 1
        self.ends = np.cumsum(sizes, dtype=np.int64)  # (n,) where each poem's sequence ends
        self.size = int(self.ends[-1]) if n else 0
        B, T = settings.batch_size, settings.window
        # Windows do not begin at the same characters in every epoch
        self.offset = int(rng.integers(T)) if self.size > 4 * B * T else 0
        self.lane = (self.size - self.offset) // B  # characters of a lane
        self.T = T
        self.here = np.arange(B)[share.slice] if share else np.arange(B)  # lanes

    @property
    def windows(self) -> int:
        """How many windows fit in a lane."""
        return max(0, (self.lane - 1) // self.T)

    def window(self, index: int) -> tuple[Ids, Ids]:
        """Inputs (B, T) and targets (B, T), the next characters, of one window."""
        ids = self.read(self._starts(index)[:, None] + np.arange(self.T + 1))
        # each touch of a mapped file brings in far more pages than were asked for
        self.dataset.drop_pages()
        return ids[:, :-1], ids[:, 1:]

    def titles(self, index: int) -> tuple[Ids, Ids, Ids]:
        """The titles given in one window, as `poet.model.Titles` has them: ids, owner, poem."""
        places = self._starts(index)[:, None] + np.arange(self.T)  # (B, T)
        poem = np.searchsorted(self.ends, places, side="right")
        first, last = poem[:, 0], poem[:, -1]
        starts = self.dataset.table["title"]
        lanes = []
        for a, b in zip(first, last, strict=True):
            of = np.arange(a, b + 1)
            sizes = self.title[of]
            begin = starts[self.order[of]]
            owner = np.repeat(of - a, sizes)
            within = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            lanes.append((self.dataset.title_ids[np.repeat(begin, sizes) + within], owner))
        most = max(1, *(len(owner) for _, owner in lanes))
        ids = np.full((len(lanes), most), UNK, dtype=np.int64)
        owners = np.full((len(lanes), most), -1, dtype=np.int64)
        for lane, (own, owner) in enumerate(lanes):
            ids[lane, : len(own)], owners[lane, : len(owner)] = own, owner
        return ids, owners, poem - first[:, None]

    def answers(self, index: int, questions: AuxiliaryTargets) -> Ids:
        """The next rhyme and the lines left (2, B, T) after each input of one window."""
        starts = self._starts(index)
        places = starts[:, None] + np.arange(self.T)  # (B, T)
        poems = np.searchsorted(self.ends, places, side="right")  # which of the epoch stand there
        asked, at = np.unique(poems, return_inverse=True)
        at = at.reshape(poems.shape)  # numpy 1 gives it flat
        row, ends = self.dataset.verses(self.order[asked])
        self.dataset.drop_pages()
        found = np.stack([questions.next_rhyme(row, ends), questions.lines_left(row, ends)])
        # After <body> comes the first character of verse; all before it are told the same
        since = places - (self.ends[poems] - np.diff(ends, prepend=0)[at]) + 1
        begins = np.r_[0, ends[:-1]][at]
        answers = found[:, np.minimum(begins + np.maximum(0, since), ends[at] - 1)]
        answers[:, places == self.ends[poems] - 1] = IGNORE  # after the end mark
        return answers

    def _starts(self, index: int) -> NDArray[np.int64]:
        """Where in the epoch's row each lane (B,) of a window begins."""
        return self.offset + self.lane * self.here + self.T * index

    def read(self, places: NDArray[np.int64]) -> Ids:
        """The ids that stand at some places of the epoch's row of characters, all at once."""
        i = np.searchsorted(self.ends, places, side="right")  # which of the epoch stands there
        poem, head, form, author = self.order[i], self.head[i], self.form[i], self.author[i]
        start, title = self.dataset.table["start"], self.dataset.table["title"]
        verse = start[poem]
        over = head + start[poem + 1] - verse  # the place of the end mark in its sequence
        at = places - (self.ends[i] - over - 1)  # each place within its sequence
        marks = 1 + (form >= 0) + (author >= 0)
        ids = np.full(places.shape, EOS, dtype=np.int64)
        ids[at == 0] = BOS
        ids = np.where((at == 1) & (form >= 0), form, ids)
        ids = np.where((at == marks - 1) & (author >= 0), author, ids)
        ids[at == head - 1] = BODY
        named = (at >= marks) & (at < head - 1)
        ids[named] = self.dataset.title_ids[(title[poem] + at - marks)[named]]
        said = (at >= head) & (at < over)
        ids[said] = self.dataset.ids[(verse + at - head)[said]]
        return ids
