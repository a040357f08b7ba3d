"""Rows in an order in which equal label sets are side by side: `cluster`.

A roaring bitmap keeps consecutive rows as runs. So in a clustered order the bitmaps of labels are
small, and operations on them are fast (``python -m benchmarks queries``).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log2
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from labelsel.index.postings import DENSE, SMALL, Rows, size_of
from labelsel.index.store import Codes, LabelStore, Snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["cluster"]

_BITS: Final = 64
"""Bits of the number by which a row is sorted. With 16 the queries of benchmarks/cases.py take
5.6 µs in a compact index of 100,000 label sets (geometric mean), with 64 they take 5.0, and
without an order 6.4 (``python -m benchmarks.constants cluster``)."""

_WIDTH: Final = 2
"""Bytes of a row in a list of a roaring bitmap."""


class _SortKey(NamedTuple):
    """The part of one label key in the number by which rows are sorted.

    Attributes:
        values: how many values the part has, absence included.
        large: the codes of the labels that are on so many rows that their postings are bitmaps.
            Each has a value of its own.
        small: the other codes, which have one value together: their postings are bytes, and no
            order makes them smaller.
        gain: about how many bytes of bitmaps the order by this key saves for each bit of the part.
    """

    values: int
    large: Codes
    small: Codes
    gain: float


def cluster(store: LabelStore) -> tuple[LabelStore, Rows]:
    """Return a store of the same label sets, clustered, and for each of its rows the row before.

    The store has no free rows and no free codes. O(n log n) for n labels, some 2 s for a million
    label sets (``python -m benchmarks build``). Rows with equal labels keep their order.
    """
    snapshot = store.snapshot()
    sizes = snapshot.sizes.astype(np.intp)
    rows = np.array(snapshot.rows.to_array(), np.uint32)
    order = rows[np.argsort(_numbers(snapshot, sizes)[rows], kind="stable")]
    clustered = LabelStore(store.version + 1, store.changes + 1)
    codes = np.zeros(len(snapshot.values), np.uint32)
    for key, found, _ in snapshot.columns:
        before = np.sort(found)
        values = [snapshot.values[code] for code in before.tolist()]
        codes[before] = clustered.new_codes(key, values)
    clustered.add_rows(codes[_gather(snapshot.codes, sizes, order)], snapshot.sizes[order])
    return clustered, order


def _numbers(snapshot: Snapshot, sizes: NDArray[np.intp]) -> NDArray[np.uint64]:
    """Return for each row the number by which it is sorted: the parts of all keys that fit.

    A part is a digit in a number with mixed radix. Each code has the value of its digit as its
    weight, and the number of a row is the sum of the weights of its codes.
    """
    weights = np.zeros(len(snapshot.values), np.uint64)
    radix = 1
    for part in reversed(list(_fitting(_sort_keys(snapshot)))):
        weights[part.large] = np.arange(1, len(part.large) + 1, dtype=np.uint64) * np.uint64(radix)
        weights[part.small] = np.uint64((part.values - 1) * radix)
        radix *= part.values
    # The sum over each row is a difference of two sums from the first code on, modulo 2**64.
    sums = np.zeros(len(snapshot.codes) + 1, np.uint64)
    np.cumsum(weights[snapshot.codes], out=sums[1:])
    ends = np.cumsum(sizes)
    numbers: NDArray[np.uint64] = sums[ends] - sums[ends - sizes]
    return numbers


def _fitting(parts: Iterable[_SortKey]) -> Iterable[_SortKey]:
    """Yield the parts that fit into one number, those that save most for each bit first."""
    radix = 1
    for part in sorted(parts, key=lambda part: -part.gain):
        if radix * part.values <= 1 << _BITS:
            radix *= part.values
            yield part


def _sort_keys(snapshot: Snapshot) -> Iterable[_SortKey]:
    counts = np.fromiter(map(size_of, snapshot.postings), np.intp, len(snapshot.postings))
    # Bytes of the bitmap of each label in a random order: lists, or one bit for each row. Bytes of
    # bitmaps as they are would change with the order, and so would the next order.
    rows = len(snapshot.rows)
    nbytes = _WIDTH * np.minimum(counts, int(DENSE * rows))
    for _, found, _ in snapshot.columns:
        codes = np.sort(found)
        is_large = counts[codes] > SMALL
        large, small = codes[is_large], codes[~is_large]
        values = 1 + len(large) + bool(len(small))
        having = counts[codes].sum()
        saved = nbytes[large].sum() + _WIDTH * min(having, DENSE * rows)
        yield _SortKey(values, large, small, saved / log2(values))


def _gather(codes: Codes, sizes: NDArray[np.intp], order: Rows) -> Codes:
    """Return the codes of rows in another order, row by row."""
    ends = np.cumsum(sizes)
    taken = sizes[order]
    # From the position of each row's first code in the result to its position in ``codes``.
    shifts = ends[order] - np.cumsum(taken)
    return codes[np.arange(len(codes)) + np.repeat(shifts, taken)]
