"""Sets of row numbers, small and large.

Of the distinct labels of a real cluster 98 % stand on 64 rows or fewer, and a bitmap with a
single element already takes 202 bytes. So a small set is the bytes of its ascending rows, four
for each, and a large one a roaring bitmap; the two change into each other as rows come and go.

Bytes never change. A bitmap is changed in place, so whoever hands one out sees to it that it is
copied before that (`LabelStore`).
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
    "SMALL",
    "Postings",
    "Rows",
    "appended",
    "as_bitmap",
    "bitmap_of",
    "bytes_of",
    "discard_row",
    "rows_array",
    "size_of",
    "union_of",
    "with_row",
]

SMALL: Final = 64
"""Most rows that are kept as bytes. Bitmaps of fewer take more memory than they save time."""

_WIDTH: Final = 4

Postings: TypeAlias = bytes | BitMap
"""A set of rows: bytes of at most `SMALL` uint32 in ascending order, or a bitmap of more than
half as many."""

if TYPE_CHECKING:
    Rows: TypeAlias = NDArray[np.uint32]
else:
    Rows = np.ndarray


def size_of(postings: Postings) -> int:
    """Return how many rows there are."""
    return len(postings) // _WIDTH if isinstance(postings, bytes) else len(postings)


def as_bitmap(postings: Postings) -> BitMap:
    """Return the postings as a bitmap: a large one itself, which may not be changed."""
    return BitMap(array("I", postings)) if isinstance(postings, bytes) else postings


def with_row(postings: Postings, row: int) -> Postings:
    """Return the postings with a row that they have not; a bitmap is changed in place."""
    if not isinstance(postings, bytes):
        postings.add(row)
        return postings
    rows = array("I", postings)
    rows.insert(bisect_left(rows, row), row)
    return rows.tobytes() if len(rows) <= SMALL else BitMap(rows)


def discard_row(postings: Postings, row: int) -> Postings:
    """Return the postings without a row that they have; a bitmap is changed in place."""
    if isinstance(postings, bytes):
        rows = array("I", postings)
        del rows[bisect_left(rows, row)]
        return rows.tobytes()
    postings.discard(row)
    # Half of SMALL: a set that goes back and forth over the limit is not remade each time.
    if len(postings) > SMALL // 2:
        return postings
    return postings.to_array().tobytes()


def appended(postings: Postings, rows: bytes) -> Postings:
    """Return the postings with rows more, given as bytes, ascending and behind all that it has.

    A bitmap is changed in place.
    """
    if not isinstance(postings, bytes):
        postings |= BitMap(array("I", rows))
        return postings
    joined = postings + rows
    return joined if len(joined) <= _WIDTH * SMALL else as_bitmap(joined)


def union_of(postings: Iterable[Postings]) -> BitMap:
    """Return a bitmap of all rows of some postings.

    It may be the only large one of them itself, which may not be changed. One call for all:
    O(rows of the small ones), and of the large ones a union of many at a time.
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
    """Return a bitmap of many rows: from an `array.array` it is built ten times as fast."""
    return BitMap(array("I", np.ascontiguousarray(rows, dtype=np.uint32).tobytes()))


def rows_array(rows: BitMap) -> Rows:
    """Return the rows as an ascending numpy array of uint32: 200 times as fast as iterating."""
    return np.frombuffer(rows.to_array(), dtype=np.uint32)


def bytes_of(postings: Postings) -> int:
    """Return the bytes of memory that postings take, those of a bitmap as CRoaring counts them."""
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
"""Bytes of a bitmap without rows, and of each of its containers, with what malloc adds."""
