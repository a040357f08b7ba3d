"""A label key of an index: the codes of its values, and the rows that have it: `Column`."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from typing import Any

from pyroaring import BitMap

from labelsel.core import compiled
from labelsel.index.numeric_ranges import NumericRanges
from labelsel.index.postings import copy_of
from labelsel.index.value_table import ValueTable
from labelsel.labels import parse_int64

__all__ = ["Column"]


@compiled
class ColumnState:
    """What a `Column` consists of."""

    __slots__ = (
        "_table",
        "is_shared",
        "key",
        "number",
        "numeric_ranges",
        "rows",
        "sorted_values",
        "version",
    )

    def __init__(self) -> None:
        self.key = ""
        self.number = 0
        self._table: ValueTable[str] | None = None
        self.rows: Any = None
        self.is_shared = False
        self.version = 0
        self.numeric_ranges: Any = None
        self.sorted_values: list[str] | None = None


class Column(ColumnState):
    """One label key: its number, the codes of its values, and the rows that have the key.

    Attributes:
        key: the label key.
        number: the number of the column in `LabelStore.column_of`.
        rows: the rows that have the key.
        is_shared: whether an answer uses the bitmap of `rows`, which then must not change.
        version: increases when a value of the key comes or goes.
        numeric_ranges: the values that are numbers; None until the first '>' or '<'.
        sorted_values: the values in order; None until the first prefix.
    """

    __slots__ = ("_unread",)

    rows: BitMap
    numeric_ranges: NumericRanges | None

    def __init__(self, key: str, number: int, values: list[str]) -> None:
        super().__init__()
        self.key = key
        self.number = number
        self._table = ValueTable(values)
        self.rows = BitMap()
        self._unread: tuple[list[str], array[int]] | None = None

    @property
    def codes(self) -> ValueTable[str]:
        """The codes of the values, found by value."""
        return self.read() if self._table is None else self._table

    def read(self) -> ValueTable[str]:
        """Return the codes of the values, after the table was made if it had to be."""
        if self._table is None:
            assert self._unread is not None
            values, codes = self._unread
            table: ValueTable[str] = ValueTable(values)
            table.extend(codes)
            self._table = table
        self._unread = None
        return self._table

    def read_later(self, values: list[str], codes: array[int]) -> None:
        """Make the table of codes when it is first used: that hashes all values of the key."""
        self._unread = values, codes
        self._table = None

    def copy(self, values: list[str]) -> Column:
        """Return a copy, in a store with equal values, that shares only the bitmap. O(values)."""
        column = Column(self.key, self.number, values)
        unread, table = self._unread, self._table  # in this order: a reader may make the table
        if table is not None:
            column._table = table.copy(values)
        else:
            assert unread is not None
            column.read_later(values, unread[1])
        column.rows, column.is_shared = self.rows, True
        self.is_shared = True
        return column

    def writable_rows(self) -> BitMap:
        """Return the bitmap of the rows, to be changed. A shared bitmap is copied first.

        Copying on write makes an answer cheap: `select("app=web")` shares the bitmap of the
        label, and only a change of such a label, if one follows, copies it.
        """
        if self.is_shared:
            self.rows, self.is_shared = copy_of(self.rows), False
        return self.rows

    def note_value(self, value: str, code: int) -> None:
        """Add a value that is new to what is in order."""
        if self.sorted_values is not None:
            insort(self.sorted_values, value)
        if self.numeric_ranges is not None:
            number = parse_int64(value)
            if number is not None and not self.numeric_ranges.add(number, code):
                self.numeric_ranges = None  # made again when they are needed

    def note_row(self, value: str, code: int, row: int) -> None:
        """Add a row of a value to what is in order."""
        number = parse_int64(value)
        if number is not None and self.numeric_ranges is not None:
            self.numeric_ranges.add_row(number, code, row)

    def forget_row(self, value: str, code: int, row: int, *, is_last: bool) -> None:
        """Remove a row of a value, and the value with its last row, from what is in order."""
        if self.numeric_ranges is not None:
            number = parse_int64(value)
            if number is not None:
                self.numeric_ranges.discard_row(number, code, row)
                if is_last:
                    self.numeric_ranges.remove(number, code)
        if is_last and self.sorted_values is not None:
            del self.sorted_values[bisect_left(self.sorted_values, value)]
