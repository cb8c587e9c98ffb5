"""N-grams: five units in a row within one line, as 64-bit hashes equal on every machine.

    春水連天碧，孤舟載明月歸   ->  春水連天碧 / 孤舟載明月 舟載明月歸  (one, and two more)
    The Moon is on the sea  ->  the moon is on the / moon is on the sea

A unit is a Chinese character, or a word: letters and digits in a row, lower-cased. A line ends at
「，。！？；：、」 and at a line break; other punctuation only separates words. The unknown token
ends a line too, since it may stand for any character.
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

NGRAM = 5  # units: a line of the shortest regulated verse
MAX_WORD = 32  # letters; longer words, and scripts without spaces, are cut into words of this size
PIECE = 1 << 19  # characters processed at a time
OTHER, LETTER, HAN, LINE_END = range(4)  # classes of characters
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplication loses no unit


def hash_units(text: str) -> Hashes:
    """The hashed units (U,) of a line. Line ends in it only separate words.

    >>> len(hash_units("孤舟，載明月歸")), len(hash_units("The moon's wake-song"))
    (6, 5)
    >>> hash_units("THE").tolist() == hash_units("the!").tolist()
    True
    """
    kinds, folded = _classify(text)
    return _units(kinds, folded, np.zeros(len(text), dtype=np.bool_))[0]


def hash_han(codes: NDArray[np.uint32]) -> Hashes:
    """The hashed units of codepoints (any shape) that are all Chinese characters."""
    return mix(mix(codes.astype(np.uint64)))


def hash_ngrams(units: Hashes) -> Hashes:
    """The n-grams (..., U - 4) of the units (..., U) of one line; none of fewer than five."""
    count = max(0, units.shape[-1] - NGRAM + 1)
    ngrams = units[..., :count]
    for i in range(1, NGRAM):
        ngrams = ngrams * _FACTOR + units[..., i : count + i]
    return ngrams


def training_ngrams(dataset: TokenDataset, max_ngrams: int, *, piece: int = PIECE) -> Hashes | None:
    """The distinct n-grams of the training side, ascending; None for more than `max_ngrams`.

    The text is read in pieces of about `piece` characters and abandoned as soon as there are too
    many n-grams, so that memory is bounded by `max_ngrams` and not by the text.
    """
    known, new, new_count = np.zeros(0, np.uint64), list[Hashes](), 0
    for ngrams in _pieces(dataset, piece):
        new.append(_distinct(ngrams))
        new_count += len(new[-1])
        if new_count > max_ngrams // 4:
            known, new, new_count = _distinct(np.concatenate([known, *new])), [], 0
            if len(known) > max_ngrams:
                return None
    known = _distinct(np.concatenate([known, *new]))
    return known if len(known) <= max_ngrams else None


def _distinct(ngrams: Hashes) -> Hashes:
    """The distinct values, ascending: ten times quicker than `np.unique` of numpy 2.4."""
    ngrams = np.sort(ngrams)
    return ngrams[np.r_[True, ngrams[1:] != ngrams[:-1]]] if len(ngrams) else ngrams


def _pieces(dataset: TokenDataset, piece: int) -> Iterator[Hashes]:
    """The n-grams of the training side, piece by piece; the same as of the whole text at once.

    Two things may cross from one piece into the next: an n-gram, so the last four units of a piece
    are kept for the next one; and a word, which is then left to the next piece as a whole.
    """
    kinds = np.full(len(dataset.tokenizer), OTHER)
    folded = np.zeros(len(dataset.tokenizer), dtype=np.int64)
    first_character = dataset.tokenizer.first_character
    kinds[first_character:], folded[first_character:] = _classify(dataset.tokenizer.characters)
    kinds[UNK] = LINE_END
    starts, held = dataset.table["start"], dataset.table["held"]
    last_units, last_lines = np.zeros(0, np.uint64), np.zeros(0, np.int64)
    begin = 0
    while begin < len(dataset.ids):
        ids = dataset.ids[begin : begin + piece]
        end = begin + len(ids)
        first, last = np.searchsorted(starts, [begin, end - 1], side="right") - 1
        sizes = np.diff(np.clip(starts[first : last + 2], begin, end))
        is_held_out = np.repeat(held[first : last + 1], sizes)
        kind = np.where(is_held_out, LINE_END, kinds[ids])
        poem_starts = starts[first : last + 1]
        is_poem_start = np.zeros(len(ids), dtype=np.bool_)
        is_poem_start[poem_starts[poem_starts >= begin] - begin] = True
        units, positions = _units(kind, folded[ids], is_poem_start)
        line = np.cumsum(is_poem_start | (kind == LINE_END))  # the number of each character's line
        lines = line[positions]
        next_begin = end
        is_last_piece = end == len(dataset.ids)
        if not is_last_piece and kind[-1] == LETTER and len(ids) - positions[-1] < MAX_WORD:
            next_begin = begin + int(positions[-1])
            units, lines = units[:-1], lines[:-1]
        units, lines = np.concatenate([last_units, units]), np.concatenate([last_lines, lines])
        is_in_one_line = lines[NGRAM - 1 :] == lines[: 1 - NGRAM]
        yield hash_ngrams(units)[is_in_one_line]
        last_units, last_lines = units[1 - NGRAM :], lines[1 - NGRAM :] - line[-1]
        begin = next_begin
        dataset.drop_pages()


def _units(
    kinds: NDArray[np.int64], folded: NDArray[np.int64], is_poem_start: NDArray[np.bool_]
) -> tuple[Hashes, NDArray[np.int64]]:
    """The hashed units (U,) of characters (T,) and their first positions (U,).

    A word ends where a poem does. Words of more than `MAX_WORD` letters are cut.
    """
    index = np.arange(len(kinds))
    is_letter, is_han = kinds == LETTER, kinds == HAN
    is_start = is_letter.copy()
    is_start[1:] &= ~is_letter[:-1] | is_poem_start[1:]
    is_start |= is_letter & (_distance_from_last(is_start, index) % MAX_WORD == 0)
    is_start |= is_han
    positions = np.flatnonzero(is_start)
    if not len(positions):
        return np.zeros(0, np.uint64), positions
    in_unit = is_letter | is_han
    # A letter is hashed together with its place in the word, so that a sum tells anagrams apart
    place = _distance_from_last(is_start, index)[in_unit]
    characters = mix((folded[in_unit] | place << 32).astype(np.uint64))
    first = (np.cumsum(in_unit) - 1)[positions]
    return mix(np.add.reduceat(characters, first)), positions


def _distance_from_last(marked: NDArray[np.bool_], index: NDArray[np.int64]) -> NDArray[np.int64]:
    """The distance of each position from the last marked one at or before it."""
    return index - np.maximum.accumulate(np.where(marked, index, 0))


def _classify(text: str) -> NDArray[np.int64]:
    """The classes of the characters of a text, and their codepoints in lower case: (2, T)."""
    return np.array([_classify_one(c) for c in text], dtype=np.int64).reshape(-1, 2).T


@lru_cache(maxsize=1 << 14)
def _classify_one(character: str) -> tuple[int, int]:
    """The class of a character, and its codepoint in lower case.

    >>> _classify_one("月"), _classify_one("A"), _classify_one("，"), _classify_one("-")
    ((2, 26376), (1, 97), (3, 65292), (0, 45))
    """
    if character in STOPS or character == "\n":
        return LINE_END, ord(character)
    if is_han(character):
        return HAN, ord(character)
    kind = LETTER if unicodedata.category(character)[0] in "LMN" else OTHER
    return kind, ord(character.lower()[0])
