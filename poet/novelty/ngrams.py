"""Grams: five units in a row within one line, as 64-bit numbers that are equal everywhere.

    春水連天碧，孤舟載明月歸   ->  春水連天碧 / 孤舟載明月 舟載明月歸  (one, and two more)
    The Moon is on the sea  ->  the moon is on the / moon is on the sea

A unit is a Chinese character, or else a word: letters and digits in a row, lower-cased. A line
ends at 「，。！？；：、」 and at a line break; every other mark only stands between words. The
unknown mark ends a line too, since which character stood there is no longer known.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.characters import STOPS, is_han
from poet.dataset.dataset import TokenDataset
from poet.novelty.fuse_filter import mix
from poet.tokenizer import UNK

Hashes: TypeAlias = NDArray[np.uint64]

GRAM = 5  # units: a line of the shortest regulated verse
LONGEST = 32  # letters of a word; where words are not told apart, runs are cut at that
PIECE = 1 << 19  # characters worked on at a time
MARK, LETTER, HAN, CUT = range(4)  # what a character is here
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd: no unit of a gram is lost in the product


def hash_units(text: str) -> Hashes:
    """The units (U,) of a line. Line ends in it are taken for marks between words.

    >>> len(hash_units("孤舟，載明月歸")), len(hash_units("The moon's wake-song"))
    (6, 5)
    >>> hash_units("THE").tolist() == hash_units("the!").tolist()
    True
    """
    kinds, folded = _looks(text)
    return _units(kinds, folded, np.zeros(len(text), dtype=np.bool_))[0]


def hash_han(codes: NDArray[np.uint32]) -> Hashes:
    """The units of codepoints (any shape) that are all Chinese characters: the same numbers."""
    return mix(mix(codes.astype(np.uint64)))


def slide(units: Hashes) -> Hashes:
    """The grams (..., U - 4) of units (..., U) of one line; none of fewer than five."""
    last = max(0, units.shape[-1] - GRAM + 1)
    grams = units[..., :last]
    for i in range(1, GRAM):
        grams = grams * _FACTOR + units[..., i : last + i]
    return grams


def training_ngrams(dataset: TokenDataset, most: int) -> Hashes | None:
    """The distinct grams of the training side, in rising order; None where they exceed `most`.

    The text is read in pieces, and given up as soon as it is seen to have too many, so that
    memory is bounded by `most` and not by the text.
    """
    known, new, waiting = np.zeros(0, np.uint64), list[Hashes](), 0
    for grams in _pieces(dataset):
        new.append(_distinct(grams))
        waiting += len(new[-1])
        if waiting > most // 4:
            known, new, waiting = _distinct(np.concatenate([known, *new])), [], 0
            if len(known) > most:
                return None
    known = _distinct(np.concatenate([known, *new]))
    return known if len(known) <= most else None


def _distinct(grams: Hashes) -> Hashes:
    """Each once, in rising order: ten times quicker than `np.unique` of numpy 2.4, which hashes."""
    grams = np.sort(grams)
    return grams[np.r_[True, grams[1:] != grams[:-1]]] if len(grams) else grams


def _pieces(dataset: TokenDataset) -> Iterator[Hashes]:
    """The grams of the training side, piece after piece, the same as if it were read at once."""
    kinds = np.full(len(dataset.tokenizer), MARK)
    folded = np.zeros(len(dataset.tokenizer), dtype=np.int64)
    first = dataset.tokenizer.first_character
    kinds[first:], folded[first:] = _looks(dataset.tokenizer.characters)
    kinds[UNK] = CUT
    starts, held = dataset.table["start"], dataset.table["held"]
    tail, tail_lines = np.zeros(0, np.uint64), np.zeros(0, np.int64)  # the four units before
    at, end = 0, len(dataset.ids)
    while at < end:
        ids = dataset.ids[at : at + PIECE]
        low, high = np.searchsorted(starts, [at, at + len(ids) - 1], side="right") - 1
        sizes = np.diff(np.clip(starts[low : high + 2], at, at + len(ids)))
        kind = np.where(np.repeat(held[low : high + 1], sizes), CUT, kinds[ids])
        begins = np.zeros(len(ids), dtype=np.bool_)
        begins[np.maximum(starts[low : high + 1], at) - at] = starts[low : high + 1] >= at
        units, places = _units(kind, folded[ids], begins)
        line = np.cumsum(begins | (kind == CUT))
        lines, at = line[places], at + len(ids)
        if at < end and kind[-1] == LETTER and len(ids) - places[-1] < LONGEST:
            at -= len(ids) - int(places[-1])  # the word may go on: it comes with the next piece
            units, lines = units[:-1], lines[:-1]
        units, lines = np.concatenate([tail, units]), np.concatenate([tail_lines, lines])
        yield slide(units)[lines[GRAM - 1 :] == lines[: 1 - GRAM]]
        tail, tail_lines = units[1 - GRAM :], lines[1 - GRAM :] - line[-1]
        dataset.drop_pages()


def _units(
    kinds: NDArray[np.int64], folded: NDArray[np.int64], begins: NDArray[np.bool_]
) -> tuple[Hashes, NDArray[np.int64]]:
    """The units of characters (T,), and where each begins; no word crosses into a new poem."""
    index = np.arange(len(kinds))
    letter = kinds == LETTER
    start = letter.copy()
    start[1:] &= ~letter[:-1] | begins[1:]
    start |= letter & (_since(start, index) % LONGEST == 0)
    start |= kinds == HAN
    inside = letter | (kinds == HAN)
    places = np.flatnonzero(start)
    if not len(places):
        return np.zeros(0, np.uint64), places
    spelt = folded[inside] | _since(start, index)[inside] << 32  # a letter and its place
    first = (np.cumsum(inside) - 1)[places]
    return mix(np.add.reduceat(mix(spelt.astype(np.uint64)), first)), places


def _since(marked: NDArray[np.bool_], index: NDArray[np.int64]) -> NDArray[np.int64]:
    """How far each place lies behind the last one that is marked."""
    return index - np.maximum.accumulate(np.where(marked, index, 0))


def _looks(text: str) -> NDArray[np.int64]:
    """What the characters of a text are, and their codepoints in lower case: (2, T)."""
    return np.array([_look(c) for c in text], dtype=np.int64).reshape(-1, 2).T


@lru_cache(maxsize=1 << 14)
def _look(character: str) -> tuple[int, int]:
    """What a character is, and its codepoint in lower case.

    >>> _look("月"), _look("A"), _look("，"), _look("-")
    ((2, 26376), (1, 97), (3, 65292), (0, 45))
    """
    if character in STOPS or character == "\n":
        return CUT, ord(character)
    if is_han(character):
        return HAN, ord(character)
    kind = LETTER if unicodedata.category(character)[0] in "LMN" else MARK
    return kind, ord(character.lower()[0])
