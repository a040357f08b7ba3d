"""Sets of row numbers. A small set is bytes, a large set is a roaring bitmap.

97 % of the distinct labels of a large cluster are on 16 rows or fewer
(``python -m benchmarks.data``), and a bitmap with one element takes 202 bytes. So a small set is
the bytes of its ascending row numbers, four for each. Sets change from one form to the other as
rows come and go.

Bytes never change. A bitmap is changed in place, so `LabelStore` copies a shared bitmap before
it changes it.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from pyroaring import BitMap

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "DENSE",
    "SMALL",
    "Postings",
    "RowSet",
    "Rows",
    "add_row",
    "append_rows",
    "as_bitmap",
    "bitmap_of",
    "bytes_of",
    "copy_of",
    "discard_row",
    "positions_of",
    "read_only",
    "rows_array",
    "rows_of",
    "size_of",
    "union_of",
]

SMALL: Final = 64
"""Most rows of a set that is kept as bytes. With 16 the postings of a million label sets take 21 MB
instead of 12; a change takes about the same time with 16 to 256
(``python -m benchmarks.constants small --size 1000000``)."""

DENSE: Final = 4096 / 65536
"""Share of rows below which a roaring bitmap keeps a container of 65,536 rows as a list."""

_WIDTH: Final = 4
"""Bytes of a row number."""

_UINT32: Final = np.dtype(np.uint32)

_ndarray: Final = np.ndarray
"""Over a buffer it takes two thirds of the time of `numpy.frombuffer`, 0.55 µs instead of 0.75 for
a few rows (``python -m benchmarks.constants arrays``)."""

_no_rows: Final = np.frombuffer(b"", dtype=_UINT32).view
"""Returns a new view of an empty array, in a third of the time of another array."""

Postings: TypeAlias = bytes | BitMap
"""A set of rows: bytes of at most `SMALL` uint32 in ascending order, or a bitmap of more than
`SMALL` / 2 rows."""

RowSet: TypeAlias = BitMap
"""A set of rows that is always a bitmap, for the modules that number things of their own."""

if TYPE_CHECKING:
    Rows: TypeAlias = NDArray[np.uint32]
else:
    Rows = np.ndarray


def size_of(postings: Postings) -> int:
    """Return the number of rows. O(1)."""
    return len(postings) // _WIDTH if isinstance(postings, bytes) else len(postings)


def as_bitmap(postings: Postings) -> BitMap:
    """Return the postings as a bitmap. The caller must not change it: it may be the postings."""
    return BitMap(array("I", postings)) if isinstance(postings, bytes) else postings


def add_row(postings: Postings, row: int) -> Postings:
    """Return the postings with a row that they do not have. A bitmap is changed in place."""
    if not isinstance(postings, bytes):
        postings.add(row)
        return postings
    rows = array("I", postings)
    rows.insert(bisect_left(rows, row), row)
    return rows.tobytes() if len(rows) <= SMALL else BitMap(rows)


def discard_row(postings: Postings, row: int) -> Postings:
    """Return the postings without a row that they have. A bitmap is changed in place."""
    if isinstance(postings, bytes):
        rows = array("I", postings)
        del rows[bisect_left(rows, row)]
        return rows.tobytes()
    postings.discard(row)
    # At half of SMALL, so that a set whose size varies around SMALL is not converted each time.
    if len(postings) > SMALL // 2:
        return postings
    return postings.to_array().tobytes()


def append_rows(postings: Postings, rows: bytes) -> Postings:
    """Return the postings with more rows: ascending, greater than all before, given as bytes.

    A bitmap is changed in place.
    """
    if not isinstance(postings, bytes):
        postings |= BitMap(array("I", rows))
        return postings
    joined = postings + rows
    return joined if len(joined) <= _WIDTH * SMALL else as_bitmap(joined)


def union_of(postings: Iterable[Postings]) -> BitMap:
    """Return a bitmap of all rows of some postings.

    The caller must not change it: it may be one of the postings. O(rows of the small sets), and
    one union of all large sets.
    """
    small: list[bytes] = []
    large: list[BitMap] = []
    for each in postings:
        if isinstance(each, bytes):
            small.append(each)
        else:
            large.append(each)
    if small:
        large.append(BitMap(array("I", b"".join(small))))
    return large[0] if len(large) == 1 else BitMap.union(*large) if large else BitMap()


def bitmap_of(rows: Rows) -> BitMap:
    """Return a bitmap of many rows. From an `array.array` it is built ten times as fast."""
    return BitMap(array("I", np.ascontiguousarray(rows, dtype=np.uint32).tobytes()))


def rows_of(numbers: Iterable[int]) -> Rows:
    """Return numbers as a read-only array, in their order."""
    return read_only(np.fromiter(numbers, _UINT32))


def positions_of(rows: Rows, size: int) -> Rows:
    """Return for each number below a size the last position that it has in an array, or 0.

    >>> positions_of(rows_of([3, 0]), 4).tolist()
    [1, 0, 0, 0]
    """
    positions = np.zeros(size, _UINT32)
    positions[rows] = np.arange(len(rows), dtype=_UINT32)
    return read_only(positions)


def copy_of(rows: BitMap) -> BitMap:
    """Return a copy, to be changed.

    `BitMap.copy` also looks for runs: 45 µs instead of 4 for 460,000 rows
    (``python -m benchmarks.constants copy --size 1000000``).
    """
    return BitMap(rows, optimize=False)


def rows_array(postings: Postings) -> Rows:
    """Return the rows as an ascending, read-only numpy array of uint32.

    200 times as fast as iterating. Bytes are not copied: the array shows the postings themselves
    (``python -m benchmarks.constants arrays``).
    """
    if isinstance(postings, bytes):
        return _ndarray(len(postings) // _WIDTH, _UINT32, postings) if postings else _no_rows()
    rows = postings.to_array()
    return read_only(_ndarray(len(rows), _UINT32, rows))


def read_only(rows: Rows) -> Rows:
    """Return an array after nobody can write to it any more."""
    rows.setflags(write=False)
    return rows


def bytes_of(postings: Postings) -> int:
    """Return the memory of postings in bytes; for a bitmap by the statistics of CRoaring."""
    if isinstance(postings, bytes):
        return sys.getsizeof(postings)
    figures = postings.get_statistics()
    contents = (
        figures["n_bytes_array_containers"]
        + figures["n_bytes_bitset_containers"]
        + figures["n_bytes_run_containers"]
    )
    return _BITMAP + _CONTAINER * figures["n_containers"] + contents


_BITMAP: Final = 120
_CONTAINER: Final = 43
"""Bytes of an empty bitmap and of each container, including the overhead of malloc."""
