"""Label sets as numbers: each distinct label has a code, each label set has a row.

    columns   key -> the codes of its values, and the rows that have the key
    postings  code -> the rows that have the label
    codes     row -> the codes of its labels

The first two answer selectors. The third returns a label set, and shows the difference when a
label set is replaced.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import islice, pairwise, takewhile
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
from pyroaring import BitMap

from labelsel.index.column import Column
from labelsel.index.numeric_ranges import NumericRanges
from labelsel.index.postings import (
    Postings,
    append_rows,
    as_bitmap,
    bytes_of,
    copy_of,
    size_of,
)
from labelsel.index.row_changes import RowChanges, label_changes
from labelsel.index.row_codes import RowCodes
from labelsel.index.row_groups import Words, add_groups, group_rows
from labelsel.labels import parse_int64

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Codes", "Column", "LabelStore", "Snapshot", "label_changes"]

_WIDTH: Final = 4
"""Bytes of a row number in postings that are bytes."""

_SPARSE: Final = 8
"""From so many codes in use for each label of new rows on, the codes of these labels are sorted
instead of counting for each code in use."""

_COPIED: Final = 8192
"""Strings that are copied at once. Other threads wait for a million of them for 0.1 s."""

if TYPE_CHECKING:
    Codes: TypeAlias = NDArray[np.uint32]
else:
    Codes = np.ndarray


class Snapshot(NamedTuple):
    """The contents of a store at one moment.

    Attributes:
        columns: for each key the key, the codes of its values in no order, and its rows.
        values: the value of each code, free codes included.
        postings: the rows of each code.
        rows: all rows.
        codes: the codes of the labels of all rows, row by row.
        sizes: the number of labels of each row, 0 for a free row.
    """

    columns: Sequence[tuple[str, Codes, BitMap]]
    values: list[str]
    postings: list[Postings]
    rows: BitMap
    codes: Codes
    sizes: Codes


class LabelStore(RowChanges):
    """Rows of labels, kept as codes and postings. The caller chooses the row numbers.

    Labels must have passed `require_labels`; each method leaves the store consistent. A bitmap
    that a method returns may change when the store changes; what a method returns whose name
    starts with ``share`` never changes.

    Attributes:
        columns: the columns by key; only keys of which some row has a label.
        version: increases when a key comes or goes.
        changes: how many labels were added to rows and removed from rows so far. While it stays the
            same, so do all versions.
        pairs: the number of labels of all rows together.
        rows: all rows.
        values: the value of each code.
        column_of: the number of the column of each code.
        postings: the rows of each code.

    >>> store = LabelStore()
    >>> store.set_row(0, {"app": "web"})
    >>> store.labels_of(0)
    {'app': 'web'}
    """

    def __init__(self, version: int = 0, changes: int = 0) -> None:
        super().__init__()
        self.version = version
        self.changes = changes
        self.rows = BitMap()
        self._free_columns: list[int] = []
        self._codes = RowCodes()
        self._rows_shared = False
        self._has_unread = False

    # Queries

    def labels_of(self, row: int) -> dict[str, str]:
        """Return the labels of a row, in the order in which they were set. O(labels)."""
        return self._labels(self._codes[row])

    def labels_without(self, row: int, keys: Collection[str]) -> dict[str, str]:
        """Return the labels of a row but for some keys, in the order in which they were set.

        Also while a change of the labels with these keys is not yet at its end: nothing else that
        the row refers to changes with it. O(labels).
        """
        labels = {}
        for code in self._codes[row]:
            column = self._columns[self.column_of[code]]
            if column is not None and column.key not in keys:
                labels[column.key] = self.values[code]
        return labels

    def settle_row(self, row: int) -> None:
        """Make the codes of a row readable after a change of them that was interrupted."""
        self._codes.settle(row)

    def codes_in(self, column: Column) -> list[int]:
        """Return the codes of the values of a key, in no order. O(values)."""
        codes: list[int] = column.codes.numbers().tolist()
        return codes

    def values_starting_with(self, column: Column, prefix: str) -> list[str]:
        """Return the values that start with a prefix, in order. O(log v + result) for v values.

        The first call sorts the values of the key; changes keep them sorted.
        """
        if column.sorted_values is None:
            column.sorted_values = sorted(map(self.values.__getitem__, self.codes_in(column)))
        values = column.sorted_values
        rest = islice(values, bisect_left(values, prefix), None)
        return list(takewhile(lambda value: value.startswith(prefix), rest))

    def numeric_ranges_of(self, column: Column) -> NumericRanges:
        """Return the values of a key that are numbers.

        The first call reads and sorts the values; changes keep the ranges up to date.
        """
        if column.numeric_ranges is None:
            numbers = self._numbers_of(column)
            column.numeric_ranges = NumericRanges(numbers, self.postings.__getitem__)
        return column.numeric_ranges

    def share_column(self, column: Column) -> BitMap:
        """Return the rows that have a key, as a bitmap that never changes. O(1)."""
        column.is_shared = True
        return column.rows

    def share_rows(self) -> BitMap:
        """Return all rows, as a bitmap that never changes. O(1)."""
        self._rows_shared = True
        return self.rows

    def snapshot(self) -> Snapshot:
        """Return the contents as they are now. O(rows + labels).

        Numbers are copied, bitmaps are shared.
        """
        self._shared.update(
            code for code, postings in enumerate(self.postings) if not isinstance(postings, bytes)
        )
        return Snapshot(
            [(key, c.codes.numbers(), self.share_column(c)) for key, c in self.columns.items()],
            self.values.copy(),
            self.postings.copy(),
            self.share_rows(),
            *self._codes.to_arrays(),
        )

    @classmethod
    def of(cls, snapshot: Snapshot) -> LabelStore:
        """Return a store with the contents of a snapshot without free codes. O(labels)."""
        store = cls()
        store.values, store.postings, store.rows = snapshot.values, snapshot.postings, snapshot.rows
        column_of = np.zeros(len(store.values), dtype=np.uint32)
        for number, (key, codes, rows) in enumerate(snapshot.columns):
            column = Column(key, number, store.values)
            column.read_later(store.values, array("I", codes.tobytes()))
            column.rows = rows
            column_of[codes] = number
            store.columns[key] = column
            store._columns.append(column)
        store._has_unread = True
        store.column_of = array("I", column_of.tobytes())
        store._codes.extend(snapshot.codes, snapshot.sizes)
        store.pairs = len(snapshot.codes)
        return store

    def copy(self) -> LabelStore:
        """Return a store with the same contents, while this one is read and not changed.

        Both share texts and bitmaps, and neither changes a bitmap of the other. O(rows + labels):
        some 0.1 s for a million label sets.
        """
        store = LabelStore(self.version + 1, self.changes + 1)
        store.pairs, store.rows, store._rows_shared = self.pairs, self.share_rows(), True
        store.values, store.postings = self.values.copy(), self.postings.copy()
        store._shared = {
            code for code, postings in enumerate(store.postings) if type(postings) is not bytes
        }
        self._shared |= store._shared
        store.column_of, store._codes = self.column_of[:], self._codes.copy()
        store._free, store._free_columns = self._free.copy(), self._free_columns.copy()
        store._has_unread = self._has_unread
        store._columns = [None] * len(self._columns)
        for key, column in self.columns.items():
            store.columns[key] = store._columns[column.number] = column.copy(store.values)
        return store

    def prepare_like(self, other: LabelStore) -> None:
        """Make what the first questions made in another store: values in order, and numbers."""
        for key, column in self.columns.items():
            before = other.columns.get(key)
            if before is not None and before.sorted_values is not None:
                self.values_starting_with(column, "")
            if before is not None and before.numeric_ranges is not None:
                self.numeric_ranges_of(column)

    # Mutations

    def read_values(self) -> None:
        """Make the tables of all columns of a loaded store: 0.1 s for a million label sets."""
        if self._has_unread:
            for column in self.columns.values():
                column.read()
            self._has_unread = False

    def add_rows(self, codes: Words, sizes: Words) -> None:
        """Append rows, given the codes of all their labels, row by row, and the size of each row.

        The rows of each code are found together, and added to its postings in one operation.
        O(n log n) for n labels, and ten times as fast as row by row
        (``python -m benchmarks build``).
        """
        first = len(self._codes)
        sizes = np.asarray(sizes, np.uint32)
        self.changes += len(codes)
        self.pairs += len(codes)
        self._codes.extend(codes, sizes)
        self._writable_rows().add_range(first, first + len(sizes))
        numbers = np.frombuffer(self.column_of, np.uint32)[np.frombuffer(codes, np.uint32)]
        self._add_to_columns(*_groups(numbers, sizes, first, len(self._columns)))
        groups = _groups(codes, sizes, first, len(self.values))
        add_groups(self.postings, *groups, self._append_rows)

    def new_codes(self, key: str, values: Sequence[str]) -> list[int]:
        """Return codes for new, distinct values of a key. The caller must add a row to each next.

        The values are copied: a few strings that stay in use would keep the memory pages of all
        strings around them. Without copies an index built page by page takes 27 bytes for each
        label of each label set instead of 16 (``python -m benchmarks memory``).
        """
        if not values:
            return []
        values = _copy_strings(values)
        column = self.columns.get(key) or self._new_column(key)
        column.version += 1
        column.sorted_values = column.numeric_ranges = None
        codes = [self._free.pop() for _ in range(min(len(self._free), len(values)))]
        for code, value in zip(codes, values, strict=False):
            self.values[code] = value
            self.column_of[code] = column.number
        start = len(self.values)
        rest = values[len(codes) :]
        self.values.extend(rest)
        self.column_of.extend([column.number] * len(rest))
        self.postings.extend([b""] * len(rest))
        codes += range(start, len(self.values))
        column.codes.extend(codes)
        return codes

    # Internals

    def _new_column(self, key: str) -> Column:
        self.version += 1
        if self._free_columns:
            number = self._free_columns.pop()
        else:
            number = len(self._columns)
            self._columns.append(None)
        column = self._columns[number] = self.columns[key] = Column(key, number, self.values)
        return column

    def _drop_column(self, column: Column) -> None:
        """Remove the column of a key that no row has any more."""
        self.version += 1
        self._columns[column.number] = None
        self._free_columns.append(column.number)
        del self.columns[column.key]

    def remove_row(self, row: int) -> None:
        """Remove a row. O(labels)."""
        for code in self._codes[row]:
            self._remove_label(code, row)
        self._codes[row] = array("I")
        self._writable_rows().discard(row)

    def _unshare(self, code: int) -> Postings:
        """Return a copy of postings that an answer uses, and so must not change."""
        self._shared.discard(code)
        return copy_of(self.postings[code])  # type: ignore[arg-type]  # only bitmaps are shared

    def _writable_rows(self) -> BitMap:
        if self._rows_shared:
            self.rows, self._rows_shared = copy_of(self.rows), False
        return self.rows

    def _numbers_of(self, column: Column) -> Iterator[tuple[int, int]]:
        for code in self.codes_in(column):
            number = parse_int64(self.values[code])
            if number is not None:
                yield number, code

    def _add_to_columns(self, numbers: Codes, rows: bytes, ends: array[int]) -> None:
        for number, (start, end) in zip(numbers.tolist(), pairwise([0, *ends]), strict=True):
            if start < end:
                column = self._columns[number]
                assert column is not None
                column.numeric_ranges = None
                having = column.writable_rows()
                having |= BitMap(array("I", rows[_WIDTH * start : _WIDTH * end]))

    def _append_rows(self, code: int, rows: bytes) -> None:
        self.postings[code] = append_rows(self._writable_postings(code), rows)

    # Diagnostics

    def nbytes(self) -> dict[str, int]:
        """Return the memory of each part in bytes. O(labels)."""
        columns = self.columns.values()
        return {
            "postings": sum(map(bytes_of, self.postings)) + sys.getsizeof(self.postings),
            "keys": sum(bytes_of(column.rows) for column in columns) + bytes_of(self.rows),
            "rows": self._codes.nbytes,
            "values": sum(map(sys.getsizeof, self.values)) + sys.getsizeof(self.values),
            "codes": sum(column.codes.nbytes for column in columns)
            + sys.getsizeof(self.column_of)
            + sys.getsizeof(self._free),
            "numbers": sum(c.numeric_ranges.nbytes for c in columns if c.numeric_ranges),
            "prefixes": sum(sys.getsizeof(c.sorted_values) for c in columns if c.sorted_values),
        }

    def check_invariants(self) -> None:
        """Raise AssertionError if two parts of the store disagree. O(labels)."""
        self._codes.check_invariants()
        codes_of = {row: self._codes[row].tolist() for row in self.rows}
        free = set(self._free)
        live = {code for codes in codes_of.values() for code in codes}
        assert len(free) == len(self._free)
        assert live.isdisjoint(free)
        assert live | free == set(range(len(self.values)))
        assert len(self.values) == len(self.postings) == len(self.column_of)
        assert sum(len(self._codes[row]) for row in range(len(self._codes))) == sum(
            map(len, codes_of.values())
        )
        assert self._shared <= live
        assert self.pairs == sum(map(len, codes_of.values()))
        rows_of: dict[int, list[int]] = {code: [] for code in live}
        for row, codes in codes_of.items():
            assert len({self.column_of[code] for code in codes}) == len(codes)
            for code in codes:
                rows_of[code].append(row)
        for code, rows in rows_of.items():
            postings = self.postings[code]
            assert as_bitmap(postings).to_array().tolist() == rows
            assert size_of(postings) <= 64 if isinstance(postings, bytes) else len(postings) > 32
        in_use = [column for column in self._columns if column is not None]
        unused = [number for number, column in enumerate(self._columns) if column is None]
        assert sorted(self._free_columns) == unused
        assert list(map(id, in_use)) == list(
            map(id, sorted(self.columns.values(), key=lambda column: column.number))
        )
        assert sum(len(column.codes) for column in in_use) == len(live)
        for key, column in self.columns.items():
            assert column.key == key
            self._check_column(column)

    def _check_column(self, column: Column) -> None:
        codes = self.codes_in(column)
        assert codes
        column.codes.check_invariants()
        assert all(self.column_of[code] == column.number for code in codes)
        postings = [as_bitmap(self.postings[code]) for code in codes]
        assert column.rows == BitMap.union(*postings)
        if column.sorted_values is not None:
            assert column.sorted_values == sorted(self.values[code] for code in codes)
        if column.numeric_ranges is not None:
            column.numeric_ranges.check_invariants(list(self._numbers_of(column)))


def _groups(numbers: Words, sizes: Words, first: int, most: int) -> tuple[Codes, bytes, array[int]]:
    """Return distinct numbers, all below ``most``, and the result of `group_rows` for them."""
    if len(numbers) * _SPARSE >= most:
        return np.arange(most, dtype=np.uint32), *group_rows(numbers, sizes, first, most)
    # Few rows beside many labels: time in proportion to all labels would be too much.
    distinct, positions = np.unique(numbers, return_inverse=True)
    return distinct, *group_rows(positions.astype(np.uint32), sizes, first, len(distinct))


def _copy_strings(values: Sequence[str]) -> list[str]:
    """Return copies of strings. They are allocated one after the other, close in memory."""
    copies: list[str] = []
    for start in range(0, len(values), _COPIED):
        some = values[start : start + _COPIED]
        joined = "\0".join(some)
        if joined.count("\0") == len(some) - 1:
            copies += joined.split("\0")
        else:  # a value contains a NUL
            copies += [(value + "\0")[:-1] for value in some]
    return copies
