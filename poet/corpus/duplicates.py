"""Exact and near copies among poems, found before the split so that none crosses it.

Exact: the same letters, whatever the stops. Near: at least `SIMILAR` of the pairs of
neighbouring letters in common (Jaccard), which one changed character in ten still keeps.
Candidates come from MinHash in bands (Broder 1997) and are then compared for what they are.
Of a set of copies the first in corpus order stays. Time and memory grow with n log n.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .spool import Spool

SIMILAR = 0.6
BANDS, ROWS = 5, 2  # two poems with 0.6 in common meet in some band with p = 0.89, 0.8: 0.99
_MIXERS = np.random.default_rng(20_000).integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) | 1
_GOLD = np.uint64(0x9E3779B97F4A7C15)


def exact_copies(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of the keys (n,) have occurred before.

    >>> exact_copies(np.array([7, 9, 7], dtype=np.uint64)).tolist()
    [False, False, True]
    """
    copies = np.ones(len(keys), dtype=bool)
    copies[np.unique(keys, return_index=True)[1]] = False
    return copies


def near_copies(spool: Spool, gone: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which poems (n,) are near copies of an earlier one; those already `gone` do not count."""
    bands = _band_keys(spool)
    copies = np.zeros(len(spool), dtype=bool)
    for band in range(BANDS):
        alive = np.flatnonzero(~gone & ~copies & (bands[:, band] != 0))
        keys = bands[alive, band]
        order = np.argsort(keys, kind="stable")  # stable: the first of a group is the earliest
        same = np.flatnonzero(keys[order][1:] == keys[order][:-1]) + 1
        first = np.arange(len(order))
        first[same] = 0
        first = np.maximum.accumulate(first)  # the start of each one's group
        for position in same:
            earlier, later = alive[order[first[position]]], alive[order[position]]
            if similarity(spool.text(int(earlier)), spool.text(int(later))) >= SIMILAR:
                copies[later] = True
    return copies


def similarity(one: str, other: str) -> float:
    """The share of pairs of neighbouring letters that two texts have in common (Jaccard).

    >>> similarity("春水連天碧，", "春水連天碧。")
    1.0
    """
    a, b = _pairs(one), _pairs(other)
    return len(a & b) / max(1, len(a | b))


def _pairs(text: str) -> set[str]:
    letters = "".join(filter(str.isalnum, text)).casefold()
    return {letters[i : i + 2] for i in range(len(letters) - 1)}


def _band_keys(spool: Spool) -> NDArray[np.uint64]:
    """MinHash keys (n, BANDS) of the poems; 0 for those too short, or too long, to compare."""
    keys = np.zeros((len(spool), BANDS), dtype=np.uint64)
    lengths = np.frombuffer(spool.length, dtype=np.int64)
    for run, codes in spool.runs():
        if run.stop - run.start == 1 and len(codes) != lengths[run.start]:
            continue  # a part of one very long text
        poem = np.repeat(np.arange(run.start, run.stop), lengths[run])
        letters = _is_letter(codes)
        poem, codes = poem[letters], codes[letters].astype(np.uint64)
        inside = poem[1:] == poem[:-1]  # a pair does not cross from one poem into the next
        pairs = (codes[:-1] * _GOLD ^ codes[1:])[inside] * _GOLD
        poem = poem[1:][inside]
        if not len(poem):
            continue
        starts = np.flatnonzero(np.r_[True, poem[1:] != poem[:-1]])
        sizes = np.diff(np.r_[starts, len(poem)])
        mins = np.stack([_lowest(pairs, mixer, starts) for mixer in _MIXERS], 1)
        bands = (mins.reshape(-1, BANDS, ROWS) * _MIXERS[:ROWS]).sum(2, dtype=np.uint64)
        long_enough = sizes >= 8
        keys[poem[starts][long_enough]] = bands[long_enough]
    return keys


def _lowest(
    pairs: NDArray[np.uint64], mixer: np.uint64, starts: NDArray[np.int64]
) -> NDArray[np.uint64]:
    mixed = pairs * mixer
    return np.minimum.reduceat(mixed ^ (mixed >> np.uint64(29)), starts)


def _is_letter(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Letters and digits, told by their blocks: what is not space, punctuation or symbol."""
    ascii_letter = (codes < 128) & np.isin(codes, np.frombuffer(_ASCII, np.uint8))
    other = (codes >= 0xC0) & ~((codes >= 0x2000) & (codes < 0x2E80))
    cjk_stop = ((codes >= 0x3000) & (codes < 0x3041) & (codes != 0x3007)) | (
        (codes >= 0xFE30) & (codes < 0xFF66)
    )
    return ascii_letter | (other & ~cjk_stop)


_ASCII = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
