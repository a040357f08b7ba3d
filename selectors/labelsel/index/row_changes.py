"""Changes of single rows: `RowChanges`, the part of `LabelStore` that `patch` and the like use."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from labelsel.core import compiled
from labelsel.index.postings import Postings, add_row, discard_row

if TYPE_CHECKING:
    from pyroaring import BitMap

    from labelsel.index.column import Column
    from labelsel.index.row_codes import RowCodes

__all__ = ["RowChanges", "label_changes"]

_MAX_SINGLE: Final = 16
"""Most changes of a row that are made one by one, each in a loop over the row's labels; more are
made together. Of 100 labels, one is changed in 13 µs instead of 103, and 64 in 1.0 ms instead of
0.5; from 16 on the difference is small (``python -m benchmarks.constants patch``)."""


def label_changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    """Return the labels that differ, with their values after the change; None if removed.

    >>> label_changes({"app": "web", "env": "dev"}, {"app": "web", "tier": "db"})
    {'tier': 'db', 'env': None}
    """
    if before == after:
        return {}
    changed: dict[str, str | None] = {
        key: value for key, value in after.items() if before.get(key) != value
    }
    if not before.keys() <= after.keys():
        changed.update((key, None) for key in before if key not in after)
    return changed


@compiled
class RowChanges:
    """The contents of a `LabelStore`, and all that changes single rows."""

    rows: BitMap
    _codes: RowCodes

    def __init__(self) -> None:
        self.columns: dict[str, Column] = {}
        self.version = 0
        self.changes = 0
        self.pairs = 0
        self.values: list[str] = []
        self.column_of = array("I")
        self.postings: list[Postings] = []
        self._columns: list[Column | None] = []
        self._free: list[int] = []
        self._shared: set[int] = set()

    if TYPE_CHECKING:
        # What happens rarely is the same in both cores: `LabelStore` has it.
        def _new_column(self, key: str) -> Column: ...
        def _drop_column(self, column: Column) -> None: ...
        def _unshare(self, code: int) -> Postings: ...
        def _writable_rows(self) -> BitMap: ...

    def share(self, code: int) -> Postings:
        """Return the rows that have a label, as postings that never change. O(1)."""
        postings = self.postings[code]
        if type(postings) is not bytes:
            self._shared.add(code)
        return postings

    def set_row(self, row: int, labels: Mapping[str, str]) -> None:
        """Set the labels of a row: one that exists, the next row number, or a free row number.

        Only the postings of labels that differ are changed. O(labels).
        """
        if row in self.rows:
            before = self._codes[row]
            old = {self.column_of[code]: code for code in before}
        else:
            before = array("I")
            old = {}
            self._writable_rows().add(row)
        after = array("I")
        for key, value in labels.items():
            column = self.columns.get(key) or self._new_column(key)
            code = old.pop(column.number, None)
            if code is None or self.values[code] != value:
                code = self._replace_label(column, code, value, row)
            after.append(code)
        for code in old.values():
            self._remove_label(code, row)
        if after != before or not after:
            self._codes[row] = after

    def patch_row(self, row: int, changes: Mapping[str, str | None]) -> None:
        """Set some labels of a row, and remove those whose new value is None.

        A new label is appended to the others. O(labels of the row + changes).
        """
        codes = self._codes[row]
        if len(changes) <= _MAX_SINGLE:
            self._patch_each(row, codes, changes)
            return
        labels: dict[str, str | None] = {**self._labels(codes), **changes}
        self.set_row(row, {key: value for key, value in labels.items() if value is not None})

    def exchange_row(
        self, row: int, labels: Mapping[str, str]
    ) -> tuple[dict[str, str], dict[str, str | None]]:
        """Set the labels of a row; return the labels before, and the difference.

        Labels that stay keep their positions, new labels are appended. O(labels).
        """
        before = self._labels(self._codes[row])
        changes = label_changes(before, labels)
        if changes:
            self.patch_row(row, changes)
        return before, changes

    def _labels(self, codes: array[int]) -> dict[str, str]:
        columns, column_of, values = self._columns, self.column_of, self.values
        return {columns[column_of[code]].key: values[code] for code in codes}  # type: ignore[union-attr]  # each code in use has a column

    def _patch_each(self, row: int, codes: array[int], changes: Mapping[str, str | None]) -> None:
        """Make changes one by one, each in a loop over the labels: O(changes * labels)."""
        column_of, values = self.column_of, self.values
        for key, value in changes.items():
            column = self.columns.get(key)
            if column is None:
                if value is None:
                    continue
                column = self._new_column(key)
            number = column.number
            for position, code in enumerate(codes):
                if column_of[code] == number:
                    if value is None:
                        del codes[position]
                        self._remove_label(code, row)
                    elif values[code] != value:
                        codes[position] = self._replace_label(column, code, value, row)
                    break
            else:
                if value is not None:
                    codes.append(self._replace_label(column, None, value, row))
        self._codes[row] = codes

    def _code_of(self, column: Column, value: str) -> int:
        """Return the code of a label; a new one if the label has none."""
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
        column.note_value(value, code)
        return code

    def _replace_label(self, column: Column, before: int | None, value: str, row: int) -> int:
        """Set the label of a key on a row; ``before`` is the code of the old label, if any."""
        if before is None:
            column.writable_rows().add(row)
        else:
            self._remove_posting(column, before, row)
        after = self._code_of(column, value)
        self._add_posting(column, after, row)
        return after

    def _remove_label(self, code: int, row: int) -> None:
        """Remove a label from a row, and the column of a key that no row has any more."""
        column = self._columns[self.column_of[code]]
        assert column is not None
        self._remove_posting(column, code, row)
        column.writable_rows().discard(row)
        if not len(column.codes):
            self._drop_column(column)

    def _add_posting(self, column: Column, code: int, row: int) -> None:
        self.changes += 1
        self.pairs += 1
        self.postings[code] = add_row(self._writable_postings(code), row)
        if column.numeric_ranges is not None:
            column.note_row(self.values[code], code, row)

    def _remove_posting(self, column: Column, code: int, row: int) -> None:
        """Remove a row from the postings of a label; a label without rows gives its code back."""
        self.changes += 1
        self.pairs -= 1
        postings = self.postings[code] = discard_row(self._writable_postings(code), row)
        value = self.values[code]
        if column.numeric_ranges is not None or not postings:
            column.forget_row(value, code, row, is_last=not postings)
        if not postings:
            column.version += 1
            column.codes.remove(code)
            self.values[code] = ""
            self._free.append(code)

    def _writable_postings(self, code: int) -> Postings:
        """Return the postings of a label, to be changed. A shared bitmap is copied first."""
        return self._unshare(code) if code in self._shared else self.postings[code]
