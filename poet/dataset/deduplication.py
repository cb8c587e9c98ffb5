"""Exact and near copies among poems, removed before the split so that none crosses it.

Exact copies have the same letters, whatever their punctuation. Alphabetic verse is a near copy when
more than `COPIED_LINES` of its lines stand in earlier poems, since long lines hardly ever agree by
chance. Chinese lines are short: near copies there share at least `SIMILAR` of their pairs of
neighbouring characters (Jaccard similarity), even with one in ten changed. Candidates are found by
MinHash in bands (Broder 1997) and then compared directly. Of a set of copies the first in corpus
order stays. Time grows with n log n. Band keys are stored in files and compared in `SHARES` parts:
this serves texts of a gigabyte and more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from poet.dataset.staging import Staging

SIMILAR = 0.6
COPIED_LINES = 0.3  # of a poem in an alphabet
BANDS, ROWS = 5, 2  # poems of similarity 0.6 meet in some band with p = 0.89, of 0.8 with 0.99
LEAST_PAIRS = 8  # shorter poems are too short to be called near copies
SHARES = 16  # parts in which keys are compared, chosen by their last bits
_MIXERS = np.random.default_rng(20_000).integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) | 1
_GOLD = np.uint64(0x9E3779B97F4A7C15)
_ASCII = np.frombuffer(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", np.uint8)


def exact_copies(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of the keys (n,) repeat an earlier one.

    >>> exact_copies(np.array([7, 9, 7], dtype=np.uint64)).tolist()
    [False, False, True]
    """
    copies = np.zeros(len(keys), dtype=bool)
    for _, later in same_keys(keys, np.ones(len(keys), dtype=bool)):
        copies[later] = True
    return copies


def near_copies(staging: Staging, dropped: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which poems (n,) are near copies of an earlier one; `dropped` ones are left out."""
    owners = np.frombuffer(staging.line_owner, dtype=np.int32)
    copies = copies_by_line(np.frombuffer(staging.lines, dtype=np.uint64), owners, dropped)
    is_alphabetic = np.zeros(len(staging), dtype=bool)
    is_alphabetic[owners] = True
    dropped = dropped | is_alphabetic
    if dropped.all():
        return copies
    _write_band_keys(staging)
    for band in range(BANDS):
        keys = np.fromfile(staging.temporary_file(f"band{band}"), dtype=np.uint64)
        for firsts, laters in same_keys(keys, ~dropped & ~copies & (keys != 0)):
            for first, later in zip(firsts.tolist(), laters.tolist(), strict=True):
                if similarity(staging.text(first), staging.text(later)) >= SIMILAR:
                    copies[later] = True
    return copies


def copies_by_line(
    lines: NDArray[np.uint64], owners: NDArray[np.int32], dropped: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which poems (n,) have many lines of earlier poems; `dropped` (n,) ones are left out.

    `lines` (m,) are hashes of the lines of all poems in order, `owners` (m,) their poems.

    >>> lines, owners = np.array([7, 8, 7, 8, 9], dtype=np.uint64), np.array([0, 0, 1, 1, 1])
    >>> copies_by_line(lines, owners, np.array([False, False])).tolist()
    [False, True]
    """
    kept = ~dropped[owners]
    lines, owners = lines[kept], owners[kept]
    _, first, which = np.unique(lines, return_index=True, return_inverse=True)
    stands_before = owners[first][which] < owners
    sizes = np.bincount(owners, minlength=len(dropped))
    found = np.bincount(owners[stands_before], minlength=len(dropped))
    return (found > COPIED_LINES * sizes) & ~dropped


def same_keys(
    keys: NDArray[np.uint64], chosen: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs of indices with equal keys among those chosen: the first of each set, and another.

    >>> keys = np.array([5, 6, 5, 5], dtype=np.uint64)
    >>> [pair.tolist() for pairs in same_keys(keys, keys > 0) for pair in pairs if len(pair)]
    [[0, 0], [2, 3]]
    """
    for share in range(SHARES):
        index = np.flatnonzero(chosen & (keys % np.uint64(SHARES) == share))
        order = index[np.argsort(keys[index], kind="stable")]  # stable: the earliest comes first
        same = np.flatnonzero(keys[order[1:]] == keys[order[:-1]]) + 1
        start = np.arange(len(order))
        start[same] = 0
        start = np.maximum.accumulate(start)  # where each one's set begins
        yield order[start[same]], order[same]


def similarity(a: str, b: str) -> float:
    """The share of pairs of neighbouring letters that two texts have in common (Jaccard).

    >>> similarity("春水連天碧，", "春水連天碧。")
    1.0
    """
    pairs_a, pairs_b = _pairs(a), _pairs(b)
    return len(pairs_a & pairs_b) / max(1, len(pairs_a | pairs_b))


def _pairs(text: str) -> set[str]:
    letters = "".join(filter(str.isalnum, text)).casefold()
    return {letters[i : i + 2] for i in range(len(letters) - 1)}


def _write_band_keys(staging: Staging) -> None:
    """Write MinHash keys of the poems, one file per band; 0 for poems not to be compared."""
    lengths = np.frombuffer(staging.length, dtype=np.int64)
    files = [staging.temporary_file(f"band{band}").open("wb") for band in range(BANDS)]
    last_start = -1
    for poems, codes in staging.batches():
        if poems.start == last_start:
            continue  # another part of one very long text
        last_start = poems.start
        keys = np.zeros((poems.stop - poems.start, BANDS), dtype=np.uint64)
        if len(codes) == lengths[poems].sum():
            _band_keys(codes, lengths[poems], keys)
        for band, file in enumerate(files):
            file.write(keys[:, band].tobytes())
    for file in files:
        file.close()


def _band_keys(
    codes: NDArray[np.uint32], lengths: NDArray[np.int64], keys: NDArray[np.uint64]
) -> None:
    """Fill the keys (n, BANDS) of n poems whose codepoints follow each other."""
    poem = np.repeat(np.arange(len(lengths)), lengths)
    letters = _is_letter(codes)
    poem, letter = poem[letters], codes[letters].astype(np.uint64)
    inside = poem[1:] == poem[:-1]  # a pair does not cross from one poem into the next
    pairs = (letter[:-1] * _GOLD ^ letter[1:])[inside] * _GOLD
    poem = poem[1:][inside]
    if not len(poem):
        return
    starts = np.flatnonzero(np.r_[True, poem[1:] != poem[:-1]])
    sizes = np.diff(np.r_[starts, len(poem)])
    mins = np.stack([_lowest(pairs, mixer, starts) for mixer in _MIXERS], 1)
    bands = (mins.reshape(-1, BANDS, ROWS) * _MIXERS[:ROWS]).sum(2, dtype=np.uint64)
    enough = sizes >= LEAST_PAIRS
    keys[poem[starts][enough]] = bands[enough]


def _lowest(
    pairs: NDArray[np.uint64], mixer: np.uint64, starts: NDArray[np.int64]
) -> NDArray[np.uint64]:
    mixed = pairs * mixer
    return np.minimum.reduceat(mixed ^ (mixed >> np.uint64(29)), starts)


def _is_letter(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Letters and digits, told by their blocks: what is not space, punctuation or symbol."""
    ascii_letter = (codes < 128) & np.isin(codes, _ASCII)
    other = (codes >= 0xC0) & ~((codes >= 0x2000) & (codes < 0x2E80))
    cjk_stop = ((codes >= 0x3000) & (codes < 0x3041) & (codes != 0x3007)) | (
        (codes >= 0xFE30) & (codes < 0xFF66)
    )
    return ascii_letter | (other & ~cjk_stop)
