"""The answer to a selector: an immutable set of keys, kept as rows until keys are needed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any, Final, TypeGuard, TypeVar

import numpy as np
from pyroaring import BitMap

from labelsel.core import compiled
from labelsel.errors import expected, require_several
from labelsel.index.postings import Postings, Rows, as_bitmap, rows_array, size_of
from labelsel.index.row_keys import KeyRemoval, KeyTable

__all__ = ["Selection"]

K = TypeVar("K", bound=Hashable)

_SHOWN: Final = 10
"""Keys that the repr of a selection shows."""


@compiled
class SelectionState:
    """What a `Selection` consists of."""

    __slots__ = ("_last_removal", "_postings", "_removed", "_removed_rows", "_table", "_version")

    _table: KeyTable[Any]
    _postings: Postings
    _version: int
    _last_removal: KeyRemoval[Any]
    # For rows whose keys were removed later: the key and its insertion number.
    _removed: dict[int, tuple[Any, int]] | None
    _removed_rows: dict[Any, int] | None


class Selection(SelectionState, AbstractSet[K]):
    """The keys that a selector selects, in the order in which they were inserted in the index.

    It is an immutable set, and a snapshot: later changes of the index do not change it.
    `LabelIndex.select` computes row numbers; keys are looked up only when they are needed.

    A pickle or deep copy has the keys in their order, and row numbers from 0; it does not refer to
    the index. ``copy.copy`` returns the selection itself, which never changes.

    Raises:
        TypeError: a selection is made in another way than by `LabelIndex.select` or `Query.select`.

    Complexity:
        ====================  ==================================================
        ``len(s)``            O(1)
        ``key in s``          O(1)
        ``list(s)``           O(len(s)); 30 ns a key, 150 in a compact index
        ``s & t``, ``|, -``   set algebra on rows if both are from one index
        ``s.rows()``          O(len(s)); 5 µs for 40,000
        ====================  ==================================================

        The first access to keys after items were removed from the index also costs O(removals).

    >>> from labelsel import LabelIndex
    >>> pods = LabelIndex({"a": {"app": "web"}, "b": {"app": "db"}, "c": {"app": "web"}})
    >>> web = pods.select("app=web")
    >>> len(web), "b" in web, list(web), web == {"c", "a"}
    (2, False, ['a', 'c'], True)
    """

    __slots__ = ()

    def __init__(self, table: KeyTable[K], rows: Postings) -> None:
        """Make the selection of rows that never change. The caller holds the table's lock."""
        try:
            self._version = table.removals
        except AttributeError:
            advice = "selections are made by LabelIndex.select(selector)"
            raise expected("the keys of an index", table, advice) from None
        self._table = table
        self._postings = rows
        self._last_removal = table.last_removal
        self._removed = self._removed_rows = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _selection_of_keys, (self._keys(),)

    def __copy__(self) -> Selection[K]:
        return self

    def rows(self) -> Rows:
        """Return the row numbers, ascending.

        Rows are numbered in the order of insertion; a new item first gets the number of a removed
        one. After `LabelIndex.compact` the numbers are internal: each names an item, and their
        order means nothing.

        Returns:
            A numpy array of uint32, shape ``(len(self),)``. It is read-only, because it may be the
            memory of the index: copy it to change it.

        Raises:
            Nothing.

        Complexity:
            O(len(self)); 5 µs for 40,000. The array of all rows of an index, if none were removed,
            is kept: 4 bytes for each row.

        >>> from labelsel import LabelIndex
        >>> LabelIndex({"a": {"app": "web"}, "b": {}}).select("!app").rows().tolist()
        [1]
        """
        postings = self._postings
        # Few rows, or none, take 0.1 µs less without another call.
        if isinstance(postings, bytes):
            return rows_array(postings)
        return self._table.rows_array(postings)

    def intersection(self, keys: Iterable[object]) -> Selection[K]:
        """Return the keys of the selection that are among some keys, in its order.

        Arguments:
            keys: the keys, in any order; those that are not in the selection are left out.

        Returns:
            A new selection.

        Raises:
            TypeError: a key cannot be hashed, or ``keys`` is no collection, or one string.

        Complexity:
            O(keys).

        >>> from labelsel import LabelIndex
        >>> pods = LabelIndex({"a": {"app": "web"}, "b": {"app": "db"}, "c": {"app": "web"}})
        >>> list(pods.select("app=web").intersection(["c", "b", "a"]))
        ['a', 'c']
        """
        with self._table.lock:
            several = require_several("keys", keys)
            rows = BitMap(row for key in several if (row := self._row(key)) is not None)
            return self._combine(self, rows)

    def __len__(self) -> int:
        return size_of(self._postings)

    def __contains__(self, key: object) -> bool:
        with self._table.lock:
            return self._row(key) is not None

    def __iter__(self) -> Iterator[K]:
        # All keys at once, so that the index can be changed inside of the loop.
        return iter(self._keys())

    def __and__(self, other: AbstractSet[Any]) -> AbstractSet[K]:
        return (
            self._combine(other, self._rows & other._rows)
            if self._has_same_rows(other)
            else (super().__and__(other))
        )

    def __or__(self, other: AbstractSet[Any]) -> AbstractSet[Any]:
        return (
            self._combine(other, self._rows | other._rows)
            if self._has_same_rows(other) and other._table is self._table
            else (super().__or__(other))
        )

    def __sub__(self, other: AbstractSet[Any]) -> AbstractSet[K]:
        return (
            self._combine(other, self._rows - other._rows)
            if self._has_same_rows(other)
            else (super().__sub__(other))
        )

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, islice(self, _SHOWN)))
        more = len(self) - _SHOWN
        return f"Selection({{{shown}{f', … {more} more' if more > 0 else ''}}})"

    @property
    def _rows(self) -> BitMap:
        rows = self._postings = as_bitmap(self._postings)
        return rows

    @classmethod
    def _from_iterable(cls, keys: Iterable[Any]) -> AbstractSet[Any]:
        # The operators of Set call this for other sets. The keys of a dict keep their order.
        return dict.fromkeys(keys).keys()

    def _has_same_rows(self, other: object) -> TypeGuard[Selection[K]]:
        """Return whether a row of both is the same key: one index, and no removal in between."""
        return (
            isinstance(other, Selection)
            and other._table.origin is self._table.origin  # noqa: SLF001  # of another Selection
            and other._version == self._version  # noqa: SLF001  # of this class
        )

    def _combine(self, other: Selection[K], rows: BitMap) -> Selection[K]:
        with self._table.lock:
            # In a copy of the table a row that both selections have was removed with the same key.
            removed = self._read_removals() | other._read_removals()
            combined = Selection(self._table, rows)
            combined._version = self._version
            for row, (key, number) in removed.items():
                if row in rows:
                    combined._note_removal(row, key, number)
        return combined

    def _row(self, key: object) -> int | None:
        """Return the row of a key of the selection, None for other keys."""
        removed = self._read_removals()
        if self._removed_rows and key in self._removed_rows:
            return self._removed_rows[key]
        row = self._table.find(key)
        return row if row >= 0 and row in self._rows and row not in removed else None

    def _keys(self) -> list[K]:
        with self._table.lock:
            removed = self._read_removals()
            keys = self._table.keys_of(self._rows)
            insertion_numbers = self._table.insertion_numbers(self.rows())
        for row, (key, number) in removed.items():
            position = self._rows.rank(row) - 1
            keys[position] = key
            if insertion_numbers is not None:
                insertion_numbers[position] = number
        if insertion_numbers is None:
            return keys
        return [keys[position] for position in np.argsort(insertion_numbers).tolist()]

    def _read_removals(self) -> dict[int, tuple[K, int]]:
        """Return the removed keys by row, after the removals since the last call were added."""
        link = self._last_removal
        while link.next is not None:
            # A row may have had several keys since. The one that was removed first had the row
            # when the selection was made.
            if link.row in self._rows and link.row not in (self._removed or ()):
                self._note_removal(link.row, link.key, link.insertion_number)
            link = link.next
        self._last_removal = link
        return self._removed or {}

    def _note_removal(self, row: int, key: K, number: int) -> None:
        if self._removed is None or self._removed_rows is None:
            self._removed, self._removed_rows = {}, {}
        self._removed[row] = key, number
        self._removed_rows[key] = row


def _selection_of_keys(keys: list[K]) -> Selection[K]:
    """Return a selection of keys that does not belong to an index."""
    return Selection(KeyTable(keys), BitMap(range(len(keys))))
