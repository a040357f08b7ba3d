"""The labels of each row: row -> the codes of its labels, in the order in which they were set.

The codes of `BLOCK` rows are in one array, four bytes each, row by row. A second array has the
position where each row ends: two bytes each if the block has fewer than 65,536 codes, else four.
If the number of labels of a row stays the same, its codes are overwritten; otherwise the codes
of the later rows of its block move, a few kilobytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from labelsel.core import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from labelsel.index.row_groups import Words

__all__ = ["RowCodes"]

_BITS: Final = 8
BLOCK: Final = 1 << _BITS
"""Rows of a block. With 64 a row takes 39.4 bytes instead of 37.7, with 1,024 it takes 37.3 and a
change moves up to four times as many codes (``python -m benchmarks.constants block``)."""

_SHORT: Final = 2
"""Bytes of an end of a row in a block with fewer than 65,536 codes."""

_ARRAY: Final = array("I").__sizeof__() + 8
"""Bytes of an array object, and of the reference to it."""


@compiled
class RowArrays:
    """The part of `RowCodes` that reads and writes single rows."""

    __slots__ = ("_codes", "_ends")

    def __init__(self) -> None:
        self._codes: list[array[int]] = []
        self._ends: list[array[int]] = []

    def __getitem__(self, row: int) -> array[int]:
        """Return the codes of a row. O(codes). IndexError if there is no such row."""
        ends = self._ends[row >> _BITS]
        position = row & BLOCK - 1
        start = ends[position - 1] if position else 0
        return self._codes[row >> _BITS][start : ends[position]]

    def __setitem__(self, row: int, codes: array[int]) -> None:
        """Set the codes of a row: one that exists, or the next. O(codes of the block)."""
        block, position = row >> _BITS, row & BLOCK - 1
        if block == len(self._ends):
            self._ends.append(array("H"))
            self._codes.append(array("I"))
        ends = self._ends[block]
        start = ends[position - 1] if position else 0
        if position == len(ends):
            ends.append(start)
        growth = len(codes) - (ends[position] - start)
        self._codes[block][start : ends[position]] = codes
        if growth:
            self._widen(block)
            _move_ends(self._ends[block], position, growth)

    if TYPE_CHECKING:

        def _widen(self, block: int) -> None: ...


class RowCodes(RowArrays):
    """The codes of the rows 0, 1, and so on. A row without labels has an empty array.

    >>> codes = RowCodes()
    >>> codes[0] = array("I", [3, 1])
    >>> codes[0].tolist()
    [3, 1]
    """

    __slots__ = ()

    def __len__(self) -> int:
        return (len(self._ends) - 1) * BLOCK + len(self._ends[-1]) if self._ends else 0

    def copy(self) -> RowCodes:
        """Return a copy. O(labels), 20 ms for a million rows."""
        copied = RowCodes()
        for codes, ends in self.blocks():
            copied._codes.append(codes[:])
            copied._ends.append(ends[:])
        return copied

    def extend(self, codes: Words, sizes: Words) -> None:
        """Append rows, given the codes of all rows, row by row, and the number of codes of each."""
        ends = np.zeros(len(sizes) + 1, np.intp)
        np.cumsum(sizes, out=ends[1:])
        row = 0
        if self._ends:
            row = min(BLOCK - len(self._ends[-1]), len(sizes))
            self._extend_last(codes[: ends[row]], ends[1 : row + 1])
        # A slice of an array takes exactly the memory that it needs, and no other way to a part
        # of an array is as fast: a million rows take 30 ms, and with numpy for each block 100.
        firsts = np.arange(row, len(sizes), BLOCK)
        counts = np.minimum(BLOCK, len(sizes) - firsts)
        moved = ends[row + 1 :] - np.repeat(ends[firsts], counts)
        short, wide = (_array(type_, moved.astype(f"u{array(type_).itemsize}")) for type_ in "HI")
        every = codes if isinstance(codes, array) else _array("I", codes)
        bounds = ends[[*firsts, len(sizes)]].tolist()
        for block, (start, end) in enumerate(pairwise(bounds)):
            narrow = end - start < 1 << 8 * _SHORT
            self._ends.append((short if narrow else wide)[block * BLOCK : (block + 1) * BLOCK])
            self._codes.append(every[start:end])

    def _extend_last(self, codes: Words, ends: NDArray[np.intp]) -> None:
        """Append rows to the last block, given the position where each ends among the codes."""
        block = self._codes[-1]
        moved = ends + len(block)
        block.frombytes(codes.tobytes())
        self._widen(-1)
        last = self._ends[-1]
        last.frombytes(moved.astype(f"u{last.itemsize}").tobytes())
        if len(last) == BLOCK:  # an array that grew has room for a sixteenth more
            self._codes[-1], self._ends[-1] = block[:], last[:]

    def _widen(self, block: int) -> None:
        """Store the ends of a block in four bytes if it has more codes than two bytes can count."""
        ends = self._ends[block]
        if ends.itemsize == _SHORT and len(self._codes[block]) >= 1 << 8 * _SHORT:
            self._ends[block] = array("I", ends)

    def settle(self, row: int) -> None:
        """End a change of a row that was interrupted between its codes and the ends of the rows."""
        block = row >> _BITS
        if block < len(self._ends) and len(self._ends[block]):
            self._widen(block)
            ends = self._ends[block]
            _move_ends(ends, row & BLOCK - 1, len(self._codes[block]) - ends[-1])

    def to_arrays(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Return the arguments of `extend` for the same rows: a copy of all codes, and sizes."""
        parts = map(_as_numbers, self._ends)
        ends = np.concatenate([np.zeros(0, np.uint32), *parts], dtype=np.uint32)
        starts = np.zeros_like(ends)
        starts[1:] = ends[:-1]
        starts[::BLOCK] = 0
        return np.frombuffer(b"".join(self._codes), dtype=np.uint32), ends - starts

    def blocks(self) -> Iterator[tuple[array[int], array[int]]]:
        """Yield the codes and the ends of each block, in order. The caller must not change them."""
        return zip(self._codes, self._ends, strict=True)

    @property
    def nbytes(self) -> int:
        """The memory of all codes and ends, in bytes."""
        return sum(
            codes.itemsize * len(codes) + ends.itemsize * len(ends) + 2 * _ARRAY
            for codes, ends in self.blocks()
        )

    def check_invariants(self) -> None:
        """Raise AssertionError if a row ends before the row before it. O(rows)."""
        for codes, ends in self.blocks():
            assert 0 < len(ends) <= BLOCK
            assert all(one <= other for one, other in pairwise([0, *ends]))
            assert len(codes) == ends[-1]


def _as_numbers(ends: array[int]) -> NDArray[Any]:
    """Return an array of numpy of the same bytes, which no variable may keep.

    As long as it exists, the ends cannot grow. An exception that somebody keeps, such as the last
    one in a console, keeps the variables of each function that it left or was called from.
    """
    return np.frombuffer(ends, dtype=f"u{ends.itemsize}")


def _move_ends(ends: array[int], position: int, growth: int) -> None:
    """Add the growth of a row to all ends from its position on.

    numpy adds it to 256 of them in 2 µs, a loop in 29 (``python -m benchmarks.constants ends``).
    They are unsigned, so a negative growth is added modulo their size, and the sums are right all
    the same.
    """
    _as_numbers(ends)[position:] += growth % (1 << 8 * ends.itemsize)


def _array(type_: str, numbers: NDArray[Any]) -> array[int]:
    made: array[int] = array(type_)
    made.frombytes(np.ascontiguousarray(numbers).data.cast("B"))
    return made
