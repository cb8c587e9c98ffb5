"""What people wrote, to stand beside what a model writes: as many poems, as long."""

from __future__ import annotations

import random
import re

import numpy as np

from poet.characters import NUMERALS
from poet.dataset.dataset import TokenDataset
from poet.poem import Poem
from poet.tokenizer import MAX_TITLE, UNK

_series = re.compile(f"(?:[ 　]*(?:其|第|之)?[{NUMERALS}十百]+首?)$|[ 　]+[上中下]$")
_no_title = re.compile("失題|闕題|缺題|無題|絕句|雜詩|句|詩|偈頌?|頌|歌")


def human_poems(
    dataset: TokenDataset, form: str, most: int, *, held_out: bool | None, source: int | None = 0
) -> list[str]:
    """Poems of a form, at most so many, drawn with a fixed seed; held out None takes both sides.

    An empty form takes every poem. `source` is which of the store's texts they come from, the
    first by itself; None takes all. □ stands for characters that the alphabet lacks.
    """
    found = _drawn(dataset, form, held_out, source)
    return [dataset.decode(dataset.verse(i)) for i in found[:most]]


def human_titles(
    dataset: TokenDataset, form: str, most: int, source: int, *, held_out: bool | None = True
) -> list[str]:
    """The titles, at most so many, of the poems that `human_poems` draws first."""
    titles = (dataset.title(i) for i in _drawn(dataset, form, held_out, source))
    return [dataset.decode(title) for title in titles if len(title)][:most]


def usable_title(title: str) -> str:
    """The title without its number in a series; empty where that leaves none.

    >>> usable_title("漢宮詞三首 一"), usable_title("秋浦歌 十五"), usable_title("失題")
    ('漢宮詞', '秋浦歌', '')
    """
    while (shorter := _series.sub("", title)) != title:
        title = shorter
    if " " in title or len(title) < 2 or _no_title.fullmatch(title):
        return ""
    return title


def titled_poems(dataset: TokenDataset, form: str, most: int, source: int | None) -> list[Poem]:
    """Held-out poems of a form, at most so many, of different usable titles without a □."""
    found: dict[str, Poem] = {}
    for i in _drawn(dataset, form, held_out=True, source=source):
        ids = dataset.title(i)
        title = usable_title(dataset.decode(ids))
        if title and UNK not in ids and len(ids) < MAX_TITLE and len(found) < most:
            found.setdefault(title, Poem(dataset.decode(dataset.verse(i)), title))
    return list(found.values())


def _drawn(
    dataset: TokenDataset, form: str, held_out: bool | None, source: int | None
) -> list[int]:
    """Which poems of a form there are, in an order drawn with a fixed seed."""
    chosen = dataset.poems(held_out=bool(held_out), source=source)
    if held_out is None:
        chosen = np.sort(np.r_[chosen, dataset.poems(held_out=True, source=source)])
    mark = dataset.tokenizer.form_id(form)
    found = [int(i) for i in chosen if not form or dataset.table["form"][i] == mark]
    random.Random(0).shuffle(found)
    return found


def source_of(dataset: TokenDataset, form: str) -> int | None:
    """The first of a store's texts with poems of a form; None where no text has any."""
    mark = dataset.tokenizer.form_id(form)
    if mark is None:
        return None
    found = dataset.table["source"][dataset.table["form"] == mark]
    return int(found.min()) if len(found) else None


def human_pieces(dataset: TokenDataset, most: int, characters: int) -> list[str]:
    """Pieces of a stream's held-out end, at most so many: none shares anything with another.

    Each begins with a line where there are lines, and is as long as asked; of less text there
    is one shorter piece.
    """
    held = dataset.poems(held_out=True)
    text = dataset.decode(dataset.verse(int(held[0]))) if len(held) else ""
    pieces, at = [text[:characters]] if text else [], characters
    while at + characters <= len(text):
        at = text.find("\n", at - 1) + 1 or at
        pieces.append(text[at : at + characters])
        at += characters
    pieces = [piece for piece in pieces if len(piece) == characters] or pieces[:1]
    return random.Random(0).sample(pieces, min(most, len(pieces)))
