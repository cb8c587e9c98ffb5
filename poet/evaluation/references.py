"""Human verse to compare with that of a model: as many poems, of the same length."""

from __future__ import annotations

import random
import re

import numpy as np

from poet.characters import NUMERALS
from poet.dataset.dataset import TokenDataset
from poet.poem import Poem
from poet.tokenizer import UNK

_series = re.compile(f"(?:[ 　]*(?:其|第|之)?[{NUMERALS}十百]+首?)$|[ 　]+[上中下]$")
_no_title = re.compile("失題|闕題|缺題|無題|絕句|雜詩|句|詩|偈頌?|頌|歌")


def human_poems(
    dataset: TokenDataset, form: str, count: int, *, held_out: bool | None, source: int | None = 0
) -> list[str]:
    """At most `count` poems in a form, in a random order that is always the same.

    An empty form takes every poem; `held_out` None takes both sides. `source` is the text of the
    dataset that they come from; None takes all. □ stands for characters outside the vocabulary.
    """
    indices = _shuffled(dataset, form, held_out, source)
    return [dataset.decode(dataset.verse(i)) for i in indices[:count]]


def human_titles(
    dataset: TokenDataset, form: str, count: int, source: int, *, held_out: bool | None = True
) -> list[str]:
    """At most `count` titles of poems, in the order of `human_poems`."""
    titles = (dataset.title(i) for i in _shuffled(dataset, form, held_out, source))
    return [dataset.decode(title) for title in titles if len(title)][:count]


def usable_title(title: str) -> str:
    """The title without its number in a series; empty if no title is left.

    >>> usable_title("漢宮詞三首 一"), usable_title("秋浦歌 十五"), usable_title("失題")
    ('漢宮詞', '秋浦歌', '')
    """
    while (shorter := _series.sub("", title)) != title:
        title = shorter
    if " " in title or len(title) < 2 or _no_title.fullmatch(title):
        return ""
    return title


def titled_poems(dataset: TokenDataset, form: str, count: int, source: int | None) -> list[Poem]:
    """At most `count` held-out poems in a form, with different usable titles without a □."""
    poems: dict[str, Poem] = {}
    limit = dataset.tokenizer.max_title
    for i in _shuffled(dataset, form, held_out=True, source=source):
        ids = dataset.title(i)
        title = usable_title(dataset.decode(ids))
        if title and UNK not in ids and len(ids) < limit and len(poems) < count:
            poems.setdefault(title, Poem(dataset.decode(dataset.verse(i)), title))
    return list(poems.values())


def _shuffled(
    dataset: TokenDataset, form: str, held_out: bool | None, source: int | None
) -> list[int]:
    """The indices of the poems in a form, in a random order that is always the same."""
    indices = dataset.poems(held_out=bool(held_out), source=source)
    if held_out is None:
        indices = np.sort(np.r_[indices, dataset.poems(held_out=True, source=source)])
    form_id = dataset.tokenizer.form_id(form)
    matching = [int(i) for i in indices if not form or dataset.table["form"][i] == form_id]
    random.Random(0).shuffle(matching)
    return matching


def source_of(dataset: TokenDataset, form: str) -> int | None:
    """The first text of a dataset with poems in a form; None if no text has any."""
    form_id = dataset.tokenizer.form_id(form)
    if form_id is None:
        return None
    sources = dataset.table["source"][dataset.table["form"] == form_id]
    return int(sources.min()) if len(sources) else None


def human_pieces(dataset: TokenDataset, count: int, size: int) -> list[str]:
    """At most `count` pieces of the held-out end of a stream, none overlapping another.

    Each has `size` characters and begins at the start of a line, if the text has lines. A shorter
    text is one piece.
    """
    held_out = dataset.poems(held_out=True)
    text = dataset.decode(dataset.verse(int(held_out[0]))) if len(held_out) else ""
    pieces, start = [text[:size]] if text else [], size
    while start + size <= len(text):
        start = text.find("\n", start - 1) + 1 or start
        pieces.append(text[start : start + size])
        start += size
    pieces = [piece for piece in pieces if len(piece) == size] or pieces[:1]
    return random.Random(0).sample(pieces, min(count, len(pieces)))
