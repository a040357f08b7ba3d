"""Label sets as numbers: each distinct label has a code, each label set a row.

    columns   key -> the codes of its values, and the rows that have the key at all
    postings  code -> the rows that carry the label
    codes     row -> the codes of its labels

The first two answer selectors. The third gives a label set back, and tells what changes
when one is replaced.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise, takewhile
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np
from pyroaring import BitMap

from labelsel.index.numeric_ranges import NumericRanges
from labelsel.index.postings import (
    Postings,
    Rows,
    appended,
    as_bitmap,
    bitmap_of,
    bytes_of,
    discard_row,
    size_of,
    with_row,
)
from labelsel.index.row_codes import RowCodes
from labelsel.index.value_table import ValueTable
from labelsel.labels import parse_int64

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Column", "LabelStore", "Snapshot", "differing"]

_FEW: Final = 16
"""So many changes of a row are made one by one, each in a loop over its labels; more together."""

_WIDTH: Final = 4
"""Bytes of a row in postings that are bytes."""

if TYPE_CHECKING:
    Codes: TypeAlias = NDArray[np.uint32]
else:
    Codes = np.ndarray


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    """Return the labels that are not the same before and after: as they are then, or None.

    >>> differing({"app": "web", "env": "dev"}, {"app": "web", "tier": "db"})
    {'tier': 'db', 'env': None}
    """
    changed: dict[str, str | None] = {
        key: value for key, value in after.items() if before.get(key) != value
    }
    if not before.keys() <= after.keys():
        changed.update(dict.fromkeys(before.keys() - after.keys()))
    return changed


class Column:
    """One key: its number, the codes of its values, and the rows that have it.

    Attributes:
        key: the label key.
        number: its place in `LabelStore.column_of`.
        codes: the codes of its values, found by value.
        rows: the rows that have the key.
        version: grows whenever a value comes or goes.
        numbers: its values that are numbers, once '>' or '<' asked for them.
        ordered: its values in order, once a prefix asked for them.
    """

    __slots__ = ("codes", "key", "number", "numbers", "ordered", "rows", "shared", "version")

    def __init__(self, key: str, number: int, values: Sequence[str]) -> None:
        self.key = key
        self.number = number
        self.codes: ValueTable[str] = ValueTable(values)
        self.rows = BitMap()
        self.shared = False
        self.version = 0
        self.numbers: NumericRanges | None = None
        self.ordered: list[str] | None = None

    def writable_rows(self) -> BitMap:
        """Return the rows to be changed: a copy of what is in use elsewhere."""
        if self.shared:
            self.rows, self.shared = self.rows.copy(), False
        return self.rows


class Snapshot(NamedTuple):
    """All that a store has, as it was at one time.

    Attributes:
        columns: key, codes of its values in no order, and rows that have it.
        values: the value of each code, and of codes that are free.
        postings: the rows of each code.
        rows: all rows there are.
        codes: the codes of the labels of each row, one row behind the other.
        sizes: how many labels each row has, of rows that are free none.
    """

    columns: Sequence[tuple[str, Codes, BitMap]]
    values: list[str]
    postings: list[Postings]
    rows: BitMap
    codes: Codes
    sizes: Codes


class LabelStore:
    """Rows of labels, kept as codes and postings. Row numbers are the caller's business.

    Every method leaves the store whole; arguments are labels that `checked_labels` passed.
    Bitmaps that it hands out are its own: they may change with the store, unless they were
    asked for with `share`, and then they never do.

    Attributes:
        columns: by key, those of which some row has a label.
        version: grows whenever a key comes or goes.
        changes: how many labels were put on rows and taken off them.
        pairs: how many labels the rows have in all.
        rows: all rows there are.
        values: the value of each code.
        column_of: the number of the column of each code.
    """

    def __init__(self, version: int = 0) -> None:
        self.columns: dict[str, Column] = {}
        self.version = version
        self.changes = 0
        self.pairs = 0
        self.rows = BitMap()
        self.values: list[str] = []
        self.column_of = array("I")
        self.postings: list[Postings] = []
        self._columns: list[Column | None] = []
        self._free_columns: list[int] = []
        self._codes = RowCodes()
        self._free: list[int] = []
        self._lent: set[int] = set()
        self._rows_lent = False

    # What is there.

    def labels_of(self, row: int) -> dict[str, str]:
        """Return the labels of a row, in the order they were given. O(labels)."""
        return self._labels(self._codes[row])

    def codes_in(self, column: Column) -> list[int]:
        """Return the codes of a key's values, in no order. O(values)."""
        found: list[int] = column.codes.numbers().tolist()
        return found

    def starting_with(self, column: Column, prefix: str) -> list[str]:
        """Return the values that begin so, in order. O(log v + result) for v values.

        The first call sorts the values; from then on they are kept sorted.
        """
        if column.ordered is None:
            column.ordered = sorted(map(self.values.__getitem__, self.codes_in(column)))
        ordered = column.ordered
        behind = islice(ordered, bisect_left(ordered, prefix), None)
        return list(takewhile(lambda value: value.startswith(prefix), behind))

    def numbers_of(self, column: Column) -> NumericRanges:
        """Return a key's values that are numbers, in order.

        The first call reads and sorts the values; from then on the view is kept up to date.
        """
        if column.numbers is None:
            column.numbers = NumericRanges(self._numbered(column), self.postings.__getitem__)
        return column.numbers

    def share(self, code: int) -> BitMap:
        """Return the rows that carry a label now, whatever becomes of the store."""
        postings = self.postings[code]
        if not isinstance(postings, bytes):
            self._lent.add(code)
        return as_bitmap(postings)

    def share_column(self, column: Column) -> BitMap:
        """Return the rows that have a key now, whatever becomes of the store."""
        column.shared = True
        return column.rows

    def share_rows(self) -> BitMap:
        """Return the rows that there are now, whatever becomes of the store."""
        self._rows_lent = True
        return self.rows

    def snapshot(self) -> Snapshot:
        """Return all there is now, whatever becomes of the store. O(rows + labels).

        Numbers are copied, bitmaps lent.
        """
        self._lent.update(
            code for code, postings in enumerate(self.postings) if not isinstance(postings, bytes)
        )
        return Snapshot(
            [(key, c.codes.numbers(), self.share_column(c)) for key, c in self.columns.items()],
            self.values.copy(),
            self.postings.copy(),
            self.share_rows(),
            *self._codes.copied(),
        )

    @classmethod
    def of(cls, snapshot: Snapshot) -> LabelStore:
        """Return a store with what the snapshot has, which may have no free codes. O(labels)."""
        store = cls()
        store.values, store.postings, store.rows = snapshot.values, snapshot.postings, snapshot.rows
        column_of = np.zeros(len(store.values), dtype=np.uint32)
        for number, (key, codes, rows) in enumerate(snapshot.columns):
            column = Column(key, number, store.values)
            column.codes.extend(array("I", codes.tobytes()))
            column.rows = rows
            column_of[codes] = number
            store.columns[key] = column
            store._columns.append(column)
        store.column_of = array("I", column_of.tobytes())
        store._codes.extend(snapshot.codes, snapshot.sizes.astype(np.intp))
        store.pairs = len(snapshot.codes)
        return store

    # What changes it.

    def set_row(self, row: int, labels: Mapping[str, str]) -> None:
        """Give a row these labels, whatever it had before; a new one is the next or a freed one.

        Only postings of labels that differ are touched. O(labels).
        """
        if row in self.rows:
            before = self._codes[row]
            had = {self.column_of[code]: code for code in before}
        else:
            before = array("I")
            had = {}
            self._own_rows().add(row)
        after = array("I")
        for key, value in labels.items():
            column = self.columns.get(key) or self._new_column(key)
            code = had.pop(column.number, None)
            if code is None or self.values[code] != value:
                code = self._exchange(column, code, value, row)
            after.append(code)
        for code in had.values():
            self._drop(code, row)
        if after != before or not after:
            self._codes[row] = after

    def patch_row(self, row: int, changes: Mapping[str, str | None]) -> None:
        """Give a row some labels beside those it has, and take off those whose value is None.

        A new label comes behind the others. O(labels of the row + changes).
        """
        self._patch(row, self._codes[row], changes)

    def exchange_row(
        self, row: int, labels: Mapping[str, str]
    ) -> tuple[dict[str, str], dict[str, str | None]]:
        """Give a row these labels; return those it had, and what changed them into these.

        Labels that stay keep their places, new ones come behind them.
        """
        codes = self._codes[row]
        before = self._labels(codes)
        changes = differing(before, labels)
        if changes:
            self._patch(row, codes, changes)
        return before, changes

    def remove_row(self, row: int) -> None:
        """Forget a row. O(labels)."""
        for code in self._codes[row]:
            self._drop(code, row)
        self._codes[row] = array("I")
        self._own_rows().discard(row)

    def add_rows(
        self,
        codes: Codes,
        sizes: NDArray[np.intp],
        columns: Iterable[tuple[Codes, NDArray[Any]]] | None = None,
    ) -> None:
        """Append rows, given the codes of all their labels, row by row, and how many each has.

        Who has the labels column by column, too, saves finding that out: the codes of one key,
        and the rows that they stand on, counted from 0 in ascending order.

        All (code, row) pairs are sorted as one number each, and each run of a code is then
        put into its postings at once. O(n log n) in the number of pairs n, and ten times
        as fast as row by row.
        """
        first = len(self._codes)
        self.changes += len(codes)
        self.pairs += len(codes)
        self._codes.extend(codes, sizes)
        self._own_rows().add_range(first, first + len(sizes))
        for column_codes, rows in self._by_column(codes, sizes) if columns is None else columns:
            if len(rows):
                self._add_to_column(column_codes, (rows + first).astype(np.uint32))

    def new_codes(self, key: str, values: Sequence[str]) -> list[int]:
        """Give new, distinct values of a key their codes. Each is to be put on a row next.

        The values are copied: a few strings that stay among many that go would keep the memory
        of all of them.
        """
        if not values:
            return []
        values = _copied(values)
        column = self.columns.get(key) or self._new_column(key)
        column.version += 1
        column.ordered = column.numbers = None
        codes = [self._free.pop() for _ in range(min(len(self._free), len(values)))]
        for code, value in zip(codes, values, strict=False):
            self.values[code] = value
            self.column_of[code] = column.number
        start = len(self.values)
        more = values[len(codes) :]
        self.values.extend(more)
        self.column_of.extend([column.number] * len(more))
        self.postings.extend([b""] * len(more))
        codes += range(start, len(self.values))
        column.codes.extend(codes)
        return codes

    # The rest is how.

    def _labels(self, codes: array[int]) -> dict[str, str]:
        columns, column_of, values = self._columns, self.column_of, self.values
        return {columns[column_of[code]].key: values[code] for code in codes}  # type: ignore[union-attr]  # of a code there is one

    def _patch(self, row: int, codes: array[int], changes: Mapping[str, str | None]) -> None:
        if len(changes) <= _FEW:
            self._patch_each(row, codes, changes)
            return
        labels: dict[str, str | None] = {**self._labels(codes), **changes}
        self.set_row(row, {key: value for key, value in labels.items() if value is not None})

    def _patch_each(self, row: int, codes: array[int], changes: Mapping[str, str | None]) -> None:
        """Make few changes, each in a loop over the labels: 40,000 of both would take 15 s."""
        column_of, values = self.column_of, self.values
        for key, value in changes.items():
            column = self.columns.get(key)
            if column is None:
                if value is None:
                    continue
                column = self._new_column(key)
            number = column.number
            for place, code in enumerate(codes):
                if column_of[code] == number:
                    if value is None:
                        del codes[place]
                        self._drop(code, row)
                    elif values[code] != value:
                        codes[place] = self._exchange(column, code, value, row)
                    break
            else:
                if value is not None:
                    codes.append(self._exchange(column, None, value, row))
        self._codes[row] = codes

    def _new_column(self, key: str) -> Column:
        self.version += 1
        if self._free_columns:
            number = self._free_columns.pop()
        else:
            number = len(self._columns)
            self._columns.append(None)
        column = self._columns[number] = self.columns[key] = Column(key, number, self.values)
        return column

    def _code(self, column: Column, value: str) -> int:
        """Return the label's code, a new one where it has none."""
        code = column.codes.find(value)
        if code >= 0:
            return code
        column.version += 1
        if self._free:
            code = self._free.pop()
            self.values[code] = value
            self.column_of[code] = column.number
        else:
            code = len(self.values)
            self.values.append(value)
            self.column_of.append(column.number)
            self.postings.append(b"")
        column.codes.add(code)
        if column.ordered is not None:
            insort(column.ordered, value)
        if column.numbers is not None:
            number = parse_int64(value)
            if number is not None and not column.numbers.add(number, code):
                column.numbers = None
        return code

    def _exchange(self, column: Column, before: int | None, value: str, row: int) -> int:
        """Put a label on a row, in the place of one of the same key where there is one."""
        if before is None:
            column.writable_rows().add(row)
        else:
            self._take(column, before, row)
        after = self._code(column, value)
        self._put(column, after, row)
        return after

    def _drop(self, code: int, row: int) -> None:
        """Take a label off a row, and forget a key that no row has any more."""
        column = self._columns[self.column_of[code]]
        assert column is not None
        self._take(column, code, row)
        column.writable_rows().discard(row)
        if not len(column.codes):
            self.version += 1
            column.version += 1
            self._columns[column.number] = None
            self._free_columns.append(column.number)
            del self.columns[column.key]

    def _put(self, column: Column, code: int, row: int) -> None:
        self.changes += 1
        self.pairs += 1
        self.postings[code] = with_row(self._own(code), row)
        if column.numbers is not None:
            number = parse_int64(self.values[code])
            if number is not None:
                column.numbers.add_row(number, code, row)

    def _take(self, column: Column, code: int, row: int) -> None:
        """Take a row from a label, and forget a label that no row carries any more."""
        self.changes += 1
        self.pairs -= 1
        postings = self.postings[code] = discard_row(self._own(code), row)
        if column.numbers is not None:
            number = parse_int64(self.values[code])
            if number is not None:
                column.numbers.discard_row(number, code, row)
                if not postings:
                    column.numbers.remove(number, code)
        if postings:
            return
        column.version += 1
        value = self.values[code]
        column.codes.remove(code)
        self.values[code] = ""
        self._free.append(code)
        if column.ordered is not None:
            del column.ordered[bisect_left(column.ordered, value)]

    def _own(self, code: int) -> Postings:
        """Return the postings of a label to be changed: a copy of what is in use elsewhere."""
        postings = self.postings[code]
        if code in self._lent:
            self._lent.discard(code)
            return postings.copy()  # type: ignore[union-attr]  # bytes are never lent
        return postings

    def _own_rows(self) -> BitMap:
        if self._rows_lent:
            self.rows, self._rows_lent = self.rows.copy(), False
        return self.rows

    def _numbered(self, column: Column) -> Iterator[tuple[int, int]]:
        for code in self.codes_in(column):
            number = parse_int64(self.values[code])
            if number is not None:
                yield number, code

    def _by_column(self, codes: Codes, sizes: NDArray[np.intp]) -> Iterator[tuple[Codes, Rows]]:
        """Yield the codes of each column, and the rows that they stand on."""
        if not len(codes):
            return
        columns = np.frombuffer(self.column_of, dtype=np.uint32)[codes]
        # Of 16 bits numbers are sorted by radix, five times as fast; more keys are rare.
        if len(self._columns) < 2**16:
            columns = columns.astype(np.uint16)
        order = np.argsort(columns, kind="stable")
        codes, rows = codes[order], np.repeat(np.arange(len(sizes), dtype=np.uint32), sizes)[order]
        for start, end in pairwise([*_starts(columns[order]), len(codes)]):
            yield codes[start:end], rows[start:end]

    def _add_to_column(self, codes: Codes, rows: Rows) -> None:
        """Put labels of one key on ascending rows that have none of it.

        Sorting the pairs as one uint64 each takes a twentieth of sorting positions.
        """
        column = self._columns[self.column_of[codes[0]]]
        assert column is not None
        column.numbers = None
        found = column.writable_rows()
        found |= bitmap_of(rows)
        pairs = (codes.astype(np.uint64) << np.uint64(32)) | rows
        pairs.sort()
        ordered = (pairs >> np.uint64(32)).astype(np.uint32)
        starts = _starts(ordered)
        as_bytes = pairs.astype(np.uint32).tobytes()
        postings = self.postings
        for code, (start, end) in zip(
            ordered[starts].tolist(), pairwise([*starts, len(pairs)]), strict=True
        ):
            postings[code] = appended(self._own(code), as_bytes[_WIDTH * start : _WIDTH * end])

    # For people and tests.

    def nbytes(self) -> dict[str, int]:
        """Return the bytes of each part. O(labels)."""
        columns = self.columns.values()
        return {
            "postings": sum(map(bytes_of, self.postings)) + sys.getsizeof(self.postings),
            "keys": sum(bytes_of(column.rows) for column in columns) + bytes_of(self.rows),
            "rows": self._codes.nbytes,
            "values": sum(map(sys.getsizeof, self.values)) + sys.getsizeof(self.values),
            "codes": sum(column.codes.nbytes for column in columns)
            + sys.getsizeof(self.column_of)
            + sys.getsizeof(self._free),
            "numbers": sum(column.numbers.nbytes for column in columns if column.numbers),
            "prefixes": sum(sys.getsizeof(column.ordered) for column in columns if column.ordered),
        }

    def check_invariants(self) -> None:
        """Raise AssertionError where any two parts of the store disagree. O(everything)."""
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
        assert self._lent <= live
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
        if column.ordered is not None:
            assert column.ordered == sorted(self.values[code] for code in codes)
        if column.numbers is not None:
            column.numbers.check_invariants(list(self._numbered(column)))


def _starts(ordered: NDArray[Any]) -> list[int]:
    """Return where in an array each run of equal numbers starts."""
    changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    return [0, *changes.tolist()] if len(ordered) else []


def _copied(values: Sequence[str]) -> list[str]:
    """Return copies of strings, side by side in memory."""
    joined = "\0".join(values)
    if joined.count("\0") == len(values) - 1:
        return joined.split("\0")
    return [(value + "\0")[:-1] for value in values]  # some value holds a NUL itself
