"""Many (number, row) pairs as the rows of each number: `group_rows` and what follows of it."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from labelsel.core import compiled
from labelsel.index.postings import SMALL, Postings

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Words", "add_groups", "are_rows_of", "group_rows"]

if TYPE_CHECKING:
    Words: TypeAlias = array[int] | NDArray[np.integer[Any]]
else:
    Words = object

_WIDTH: Final = 4
"""Bytes of a row number."""

_RADIX: Final = 2**16
"""From so many groups on, each number and its row are sorted as one number. numpy sorts numbers of
16 bits by radix: nine million of them, with all that follows, in 0.5 s instead of 0.8."""


@compiled
def group_rows(numbers: Words, sizes: Words, first: int, groups: int) -> tuple[bytes, array[int]]:
    """Return the rows of each number, ascending, as bytes; and where those of each number end.

    ``sizes`` has how many of the numbers belong to each row, from row ``first`` on. Numbers are
    less than ``groups``; IndexError if not. ValueError for more or fewer numbers than the sizes
    say. O(n log n + groups), compiled O(n + groups).

    >>> rows, ends = group_rows(array("I", [1, 0, 1]), array("I", [2, 1]), 5, 3)
    >>> array("I", rows).tolist(), ends.tolist()
    ([5, 5, 6], [1, 3, 3])
    """
    count = np.frombuffer(sizes, np.uint32)
    found = np.frombuffer(numbers, np.uint32)
    if count.sum() != len(found):
        message = f"there are {len(found)} numbers, not {count.sum()} as the sizes say"
        raise ValueError(message)
    rows = np.repeat(np.arange(first, first + len(count), dtype=np.uint32), count)
    counts = np.bincount(found, minlength=groups)
    if len(counts) > groups:
        message = f"a number is not less than {groups}"
        raise IndexError(message)
    if groups < _RADIX:
        rows = rows[np.argsort(found.astype(np.uint16), kind="stable")]
    else:
        pairs = found.astype(np.uint64) << np.uint64(32) | rows
        pairs.sort()
        rows = pairs.astype(np.uint32)
    return rows.tobytes(), array("Q", np.cumsum(counts).astype(np.uint64).tobytes())


@compiled
def are_rows_of(numbers: Words, sizes: Words, ends: Words, rows: Words) -> bool:
    """Return whether `group_rows` returns these rows and ends, with rows from 0 on.

    ``ends`` are uint64, all other arguments uint32. IndexError for a number without an end, and
    ValueError as `group_rows`. The complexity is that of `group_rows`; compiled it takes half of
    its time, because nothing is written.

    >>> numbers, sizes = array("I", [1, 0, 1]), array("I", [2, 1])
    >>> are_rows_of(numbers, sizes, array("Q", [1, 3]), array("I", [0, 0, 1]))
    True
    """
    expected, expected_ends = group_rows(numbers, sizes, 0, len(ends))
    is_same = np.array_equal(np.frombuffer(expected, np.uint32), np.frombuffer(rows, np.uint32))
    return is_same and np.array_equal(expected_ends, ends)


@compiled
def add_groups(
    postings: list[Postings],
    codes: Words,
    rows: bytes,
    ends: array[int],
    append: Callable[[int, bytes], None],
) -> None:
    """Add the rows of each group to the postings of its code.

    Most labels of a large load are new and
    rare: their postings are the bytes of the group. ``append(code, rows)`` adds to the others.
    """
    start = 0
    for code, end in zip(array("I", bytes(codes)), ends, strict=True):
        if start < end:
            group = rows[_WIDTH * start : _WIDTH * end]
            if end - start <= SMALL and postings[code] == b"":
                postings[code] = group
            else:
                append(code, group)
            start = end
