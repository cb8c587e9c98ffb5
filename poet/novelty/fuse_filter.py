"""A set of 64-bit keys in nine bits each: a binary fuse filter (Graf and Lemire, 2022).

    key  ->  three slots of one table, in neighbouring segments; a fingerprint
    table[first] ^ table[second] ^ table[third] == fingerprint   for every key of the set

A key of the set is always found; another one is, wrongly, once in 256. PyPI's pyfusefilter
does the same in C; this one asks for numpy alone, which writing has loaded anyway, and owns
its layout, so that a file reads alike on every machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.errors import PoetError
from poet.typed import Malformed

Keys: TypeAlias = NDArray[np.uint64]

TRIES = 100  # seeds; a table is filled at the first or second nearly always
PIECE = 1 << 18  # keys worked on at a time
MOST_SEGMENT = 1 << 16  # two slots are told by 32 bits of the hash


@dataclass(frozen=True)
class FuseFilter:
    """The set. Made by `FuseFilter.of`."""

    table: NDArray[np.uint8]
    segment: int  # slots in a segment, a power of two; 0 where the set is empty
    seed: int
    count: int  # keys in it

    @classmethod
    def from_keys(cls, keys: Keys) -> FuseFilter:
        """The filter of distinct keys (N,); the same one for the same keys.

        >>> some = FuseFilter.from_keys(np.arange(1000, dtype=np.uint64))
        >>> some.contains(np.array([7, 999], dtype=np.uint64)).tolist()
        [True, True]
        """
        if not len(keys):
            return cls(np.zeros(0, np.uint8), 0, 0, 0)
        segment, size = segment_layout(len(keys))
        for seed in range(TRIES):
            empty = cls(np.zeros(size, np.uint8), segment, seed, len(keys))
            if empty._fill(keys):
                return empty
        raise PoetError("no filter could be made of these keys: are they distinct?")

    def checked(self) -> FuseFilter:
        """Itself. Raises `Malformed` where its numbers cannot belong together."""
        if self.table.dtype != np.uint8 or self.table.ndim != 1:
            raise Malformed("its table is not one of bytes")
        size, segment = len(self.table), self.segment
        empty = size == segment == self.count == 0
        segments, rest = divmod(size, segment) if segment > 0 else (0, 0)
        filled = rest == 0 and segments > 2 and segment.bit_count() == 1 and 0 < self.count < size
        if not (empty or filled) or not 0 <= self.seed < TRIES:
            raise Malformed("its table does not have the size that it says")
        return self

    def contains(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Whether each of keys (any shape) is in the set: never no wrongly, yes once in 256."""
        if not self.count:
            return np.zeros(keys.shape, dtype=np.bool_)
        hashes = self._hash(keys)
        found = _fingerprints(hashes)
        for slots in self._slots(hashes):
            found = found ^ self.table[slots]
        return found == 0

    def _hash(self, keys: Keys) -> Keys:
        return mix(keys + mix(np.array([self.seed + 1], dtype=np.uint64)))

    def _slots(self, hashes: Keys) -> tuple[NDArray[np.uint32], ...]:
        """The three slots of each key: one anywhere, and one in each of the next two segments."""
        within = np.uint64(self.segment - 1)
        starts = np.uint64(len(self.table) - 2 * self.segment)
        first = (hashes >> np.uint64(32)) * starts >> np.uint64(32)
        second = (first + np.uint64(self.segment)) ^ (hashes & within)
        third = (first + np.uint64(2 * self.segment)) ^ (hashes >> np.uint64(16) & within)
        return tuple(slots.astype(np.uint32) for slots in (first, second, third))

    def _fill(self, keys: Keys) -> bool:
        """Fill the table; False where some keys hang together so that this seed cannot.

        A key that has a slot to itself can have its fingerprint set last of all, so it is
        taken out, which leaves other keys alone with a slot, and so on, many at a time. The
        rounds are then played backwards.
        """
        slots = np.empty((3, len(keys)), dtype=np.uint32)
        fingerprints = np.empty(len(keys), dtype=np.uint8)
        for at in range(0, len(keys), PIECE):  # 64-bit numbers for all would be half the memory
            hashes = self._hash(keys[at : at + PIECE])
            slots[:, at : at + PIECE] = self._slots(hashes)
            fingerprints[at : at + PIECE] = _fingerprints(hashes)
        size = len(self.table)
        degree = np.zeros(size, dtype=np.int32)  # how many keys touch a slot
        owner = np.zeros(size, dtype=np.uint32)  # the sum of their numbers; of one, its number
        numbers = np.arange(len(keys), dtype=np.uint32)
        for row in slots:
            np.add.at(degree, row, np.int32(1))
            np.add.at(owner, row, numbers)
        rounds: list[tuple[NDArray[Any], NDArray[Any]]] = []
        alone, left = np.flatnonzero(degree == 1), len(keys)
        while len(alone):
            taken, place = np.unique(owner[alone], return_index=True)
            rounds.append((taken, alone[place].astype(np.uint32)))
            left -= len(taken)
            touched = slots[:, taken].ravel()
            np.subtract.at(degree, touched, np.int32(1))
            np.subtract.at(owner, touched, np.tile(taken, 3))
            alone = touched[degree[touched] == 1]
        if left:
            return False
        for taken, places in reversed(rounds):
            first, second, third = self.table[slots[:, taken]]  # that of its own place is still 0
            self.table[places] = fingerprints[taken] ^ first ^ second ^ third
        return True


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Every bit of each value spread over all 64 (splitmix64's finaliser)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _fingerprints(hashes: Keys) -> NDArray[np.uint8]:
    return (mix(hashes) >> np.uint64(56)).astype(np.uint8)


def segment_layout(count: int) -> tuple[int, int]:
    """Slots in a segment and in all, after the paper: small sets need more room a key."""
    several = max(count, 2)
    segment = 1 << int(math.log(several) / math.log(3.33) + 2.25)
    segment = min(segment, MOST_SEGMENT)
    room = max(1.125, 0.875 + 0.25 * math.log(1e6) / math.log(several))
    segments = max(1, round(count * room / segment + 0.5) - 2)
    return segment, (segments + 2) * segment
