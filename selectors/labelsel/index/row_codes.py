"""Which labels each row has: row -> the codes of its labels, in the order they were given.

Codes stand one behind the other, four bytes each, in blocks of `BLOCK` rows, with the place
where each row ends, two bytes where they suffice. A row that gets as many labels as it had is
written over; otherwise what is behind it in its block moves up, a few kilobytes at most.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RowCodes"]

BLOCK: Final = 256
_BITS: Final = 8


class RowCodes:
    """The codes of rows 0, 1, …; a row that was never set has none."""

    __slots__ = ("_codes", "_ends")

    def __init__(self) -> None:
        self._codes: list[array[int]] = []
        self._ends: list[array[int]] = []

    def __getitem__(self, row: int) -> array[int]:
        """Return the codes of a row. O(codes)."""
        ends = self._ends[row >> _BITS]
        place = row & BLOCK - 1
        return self._codes[row >> _BITS][ends[place - 1] if place else 0 : ends[place]]

    def __setitem__(self, row: int, codes: array[int]) -> None:
        """Give a row codes: one of those there are, or the next. O(codes), O(block) at most."""
        block, place = row >> _BITS, row & BLOCK - 1
        if block == len(self._ends):
            self._ends.append(array("H"))
            self._codes.append(array("I"))
        ends = self._ends[block]
        start = ends[place - 1] if place else 0
        if place == len(ends):
            ends.append(start)
        more = len(codes) - (ends[place] - start)
        self._codes[block][start : ends[place]] = codes
        if more:
            self._widen(block)
            ends = self._ends[block]
            behind = np.frombuffer(ends, dtype=f"u{ends.itemsize}")[place:]
            behind += behind.dtype.type(more % (1 << 8 * ends.itemsize))  # it may be negative

    def __len__(self) -> int:
        return (len(self._ends) - 1) * BLOCK + len(self._ends[-1]) if self._ends else 0

    def extend(self, codes: NDArray[np.uint32], sizes: NDArray[np.intp]) -> None:
        """Append rows: the codes of all, one row behind the other, and how many each has."""
        ends = np.concatenate([[0], np.cumsum(sizes)])
        row = 0
        while row < len(sizes):
            if not self._ends or len(self._ends[-1]) == BLOCK:
                self._ends.append(array("H"))
                self._codes.append(array("I"))
            block = self._codes[-1]
            to = min(row + BLOCK - len(self._ends[-1]), len(sizes))
            moved = ends[row + 1 : to + 1] - (ends[row] - len(block))
            block.frombytes(codes[ends[row] : ends[to]].tobytes())
            self._widen(-1)
            end = self._ends[-1]
            end.frombytes(moved.astype(f"u{end.itemsize}").tobytes())
            row = to

    def _widen(self, block: int) -> None:
        """Let ends be four bytes where a block has more codes than two can count."""
        ends = self._ends[block]
        if ends.itemsize == _SHORT and len(self._codes[block]) >= 1 << 8 * _SHORT:
            self._ends[block] = array("I", ends)

    def copied(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Return what `extend` takes to make the same rows: a copy of all codes, and sizes."""
        own = [np.frombuffer(ends, dtype=f"u{ends.itemsize}") for ends in self._ends]
        ends = np.concatenate([np.zeros(0, np.uint32), *own], dtype=np.uint32)
        starts = np.zeros_like(ends)
        starts[1:] = ends[:-1]
        starts[::BLOCK] = 0
        return np.frombuffer(b"".join(self._codes), dtype=np.uint32), ends - starts

    def blocks(self) -> Iterator[tuple[array[int], array[int]]]:
        """Yield the codes and the ends of each block, in order; not to be changed."""
        return zip(self._codes, self._ends, strict=True)

    @property
    def nbytes(self) -> int:
        """Bytes of all codes and ends."""
        return sum(
            codes.itemsize * len(codes) + ends.itemsize * len(ends) + 2 * _ARRAY
            for codes, ends in self.blocks()
        )

    def check_invariants(self) -> None:
        """Raise AssertionError where a row does not end behind the one before it."""
        for codes, ends in self.blocks():
            assert 0 < len(ends) <= BLOCK
            assert all(one <= other for one, other in pairwise([0, *ends]))
            assert len(codes) == ends[-1]


_SHORT: Final = 2
_ARRAY: Final = array("I").__sizeof__() + 8
"""Bytes of an array itself, and of the reference to it."""
