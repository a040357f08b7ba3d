"""The caller's keys of the rows, and the row of each key: `KeyTable`."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from itertools import count, islice
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

import numpy as np
from pyroaring import BitMap

from labelsel.core import compiled
from labelsel.index.postings import Rows, bytes_of, read_only, rows_array
from labelsel.index.value_table import ValueTable
from labelsel.locks import new_lock

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["KeyRemoval", "KeyTable"]

K = TypeVar("K", bound=Hashable)

_REMOVED: Final = object()

_TURN: Final = 65_536
"""Keys read in one call of C, some 5 ms: other threads run between two calls. A million at once
made them wait for 0.17 s (``python -m benchmarks.waiting``)."""


class KeyRemoval(Generic[K]):
    """A node of the linked list of removals: the row and key that were removed, and the next node.

    The table refers to the last node, which is empty until the next removal. A selection refers
    to the node that was last when it read the list. So a selection finds all later removals, the
    table needs no list of selections, and Python frees nodes that no selection can reach.
    """

    __slots__ = ("insertion_number", "key", "next", "row")

    row: int
    insertion_number: int
    key: K

    def __init__(self) -> None:
        self.next: KeyRemoval[K] | None = None  # the last node has nothing else


@compiled
class KeySearch:
    """The part of `KeyTable` that finds a key, and what a selection reads."""

    lock: RLock
    removals: int
    last_removal: KeyRemoval[Any]

    def __init__(self) -> None:
        self._table: ValueTable[Any] | None = None

    if TYPE_CHECKING:

        def _find_row(self, key: object) -> int: ...

    def find(self, key: object) -> int:
        """Return the row of a key, -1 if it has none. O(1). TypeError if the key has no hash."""
        return self._find_row(key) if self._table is None else self._table.find(key)


class KeyTable(KeySearch, Generic[K]):
    """Keys by row, and rows by key. The row number of a removed key is used again.

    With ``keys=None`` each row number is its own key and takes no memory. The first key that is
    not the next row number, or a free one, ends that: from then on keys are stored.

    Attributes:
        lock: the lock that a thread holds while it reads or changes the index.
        origin: the same object in a table and its copies. In two of them with as many removals a
            row that both have is the same key.
        removals: how many keys were removed so far.
        last_removal: the end of the list of removals.

    >>> table = KeyTable(["web-1", "db-1"])
    >>> table.find("db-1"), table.key_of(0)
    (1, 'web-1')
    """

    def __init__(self, keys: Iterable[K] | None = (), lock: RLock | None = None) -> None:
        super().__init__()
        self.lock = lock or new_lock()
        self.origin = object()
        self.removals = 0
        self.last_removal: KeyRemoval[K] = KeyRemoval()
        self._size = 0
        self._make_keys: Callable[[], list[K]] | None = None
        self._keys = None
        self._free = BitMap()
        # Rows in the order of these numbers are in the order of insertion. None while that is the
        # order of the rows: until a row number is used again.
        self._insertion_numbers: array[int] | None = None
        self._next_numbers: count[int]
        self._all_rows: Rows = np.zeros(0, dtype=np.uint32)
        if keys is not None:
            self._keys = []
            self.extend(list(keys))

    @classmethod
    def of(
        cls,
        size: int,
        rows: BitMap,
        keys: Callable[[], list[K]] | None,
        order: Rows | None,
        lock: RLock,
    ) -> KeyTable[K]:
        """Return the table of some of the first ``size`` rows. O(size).

        ``keys`` returns the keys in the order of the rows, and is called when the first key is
        needed; None means that each row is its own key. ``order`` has the rows in the order of
        insertion; None means ascending.
        """
        table: KeyTable[K] = cls(None, lock)
        table._size = size
        table._free = _rows_before(size) - rows
        if keys is not None:
            table._make_keys = keys
            del table._keys  # from now on they are made when they are needed
        if order is not None:
            insertion_numbers = np.zeros(size, dtype=np.uint64)
            insertion_numbers[order] = np.arange(len(order))
            table._insertion_numbers = array("Q", insertion_numbers.tobytes())
            table._next_numbers = count(len(order))
        return table

    @cached_property
    def _keys(self) -> list[K | object] | None:
        """The key of each row. None if each row is its own key."""
        assert self._make_keys is not None
        keys = cast("list[K | object]", self._make_keys())
        if self._free:
            given, keys = keys, [_REMOVED] * self._size
            for row, key in zip(
                (_rows_before(self._size) - self._free).to_array(), given, strict=True
            ):
                keys[row] = key
        # An interrupt between both lines loses nothing: the keys would be made again.
        self.__dict__["_keys"] = keys
        self._make_keys = None
        return keys

    @property
    def _numbers(self) -> ValueTable[K] | None:
        """The row of each key. None if each row is its own key."""
        if self._table is None and self._keys is not None:
            numbers: ValueTable[K] = ValueTable(self._keys)
            # Not of the size, which an interrupted change may have left ahead of the keys.
            numbers.extend((_rows_before(len(self._keys)) - self._free).to_array())
            self._table = numbers
        return self._table

    @property
    def has_keys(self) -> bool:
        """Whether keys are stored. If not, each row number is its own key."""
        return self._make_keys is not None or self._keys is not None

    def _find_row(self, key: object) -> int:
        if self._numbers is not None:  # the table was not made yet
            return self._numbers.find(key)
        # Equal numbers of all types have the same hash: 1.0 finds the row 1, as in a dict.
        row = hash(key)
        found = 0 <= row < self._size and row == key and row not in self._free
        return row if found else -1

    def rows_array(self, rows: BitMap) -> Rows:
        """Return some rows of the table as an ascending, read-only array of uint32.

        The array of all rows is kept from its first use on, in 4 bytes for each row, and returned
        in 0.3 µs; of a million rows another one takes 90. As long as no row is free these are the
        numbers from 0 on, whatever changes.
        """
        size = self._size
        if len(rows) != size:
            return rows_array(rows)
        if len(self._all_rows) < size:
            # An eighth more, so that a table that grows does not make it anew each time.
            self._all_rows = read_only(np.arange(size + size // 8, dtype=np.uint32))
        return self._all_rows[:size]

    def key_of(self, row: int) -> K:
        """Return the key of a row. O(1)."""
        return cast("K", row if self._keys is None else self._keys[row])

    def keys_of(self, rows: BitMap) -> list[K]:
        """Return the keys of rows, in ascending order of the rows. O(rows), 30 ns each."""
        return self._keys_at(rows.to_array().tolist())

    def insertion_numbers(self, rows: Rows) -> NDArray[np.uint64] | None:
        """Return numbers that order rows by insertion; None if that is the order of the rows."""
        if self._insertion_numbers is None:
            return None
        return np.frombuffer(self._insertion_numbers, dtype=np.uint64)[rows]

    def insertion_number(self, row: int) -> int:
        """Return the number of a row in the order of insertion. O(1)."""
        return row if self._insertion_numbers is None else self._insertion_numbers[row]

    def add(self, key: K) -> int:
        """Add a new key, which has a hash, and return its row: a free one, or the next. O(1)."""
        if self._numbers is None:
            if self._is_row(key):
                return self._add_row(int(cast("int", key)))
            self._store_keys()
        numbers = self._numbers
        assert self._keys is not None
        assert numbers is not None
        if self._free:
            row = self._free.pop()
            self._keys[row] = key
            self._reuse(row)
        else:
            row = self._size
            self._append([key])
        numbers.add(row)
        return row

    def extend(self, keys: Sequence[K]) -> int:
        """Add new, distinct keys as the next rows, and return the first row. O(keys).

        The first keys are not hashed before one is looked up: of a million that takes 0.1 s.
        """
        first = self._size
        if self._keys == []:
            self._table = None
        elif self._numbers is None:
            self._store_keys()
        # Put aside while many keys come: after an interrupt a selection makes it again of the keys.
        numbers, self._table = self._table, None
        self._append(keys)
        if numbers is not None:
            numbers.extend(range(first, self._size))
            self._table = numbers
        return first

    def extend_rows(self, size: int) -> int:
        """Add rows that are their own keys, and return the first row."""
        first = self._size
        if self._numbers is not None:
            return self.extend(cast("Sequence[K]", range(first, first + size)))
        self._append(range(first, first + size))
        return first

    def remove(self, key: K) -> int:
        """Remove a key, and return its row. O(1). KeyError if it is not in the table."""
        row = self.find(key)
        if row < 0:
            raise KeyError(key)
        link = self.last_removal
        # The stored key, not the argument: that may be another object that is equal, as True and 1.
        link.row, link.key = row, self.key_of(row)
        link.insertion_number = self.insertion_number(row)
        # Selections know of the removal before the key is gone, so that none of them misses it.
        self.removals += 1
        link.next = self.last_removal = KeyRemoval()
        if (numbers := self._numbers) is not None and self._keys is not None:
            numbers.remove(row)
            self._keys[row] = _REMOVED
        self._free.add(row)
        return row

    def copy(self, lock: RLock | None = None) -> KeyTable[K]:
        """Return a table with the same rows, while this one is read and not changed. O(rows).

        Selections that were made before go on with this one. Without a lock the table replaces this
        one. With a lock it is that of another index, and both change.
        """
        table: KeyTable[K] = KeyTable(None, lock or self.lock)
        if lock is None:
            table.origin = self.origin
        table.removals = self.removals
        table._size, table._free, table._all_rows = self._size, BitMap(self._free), self._all_rows
        if self._insertion_numbers is not None:
            table._insertion_numbers = self._insertion_numbers[:]
            number = next(self._next_numbers)
            self._next_numbers, table._next_numbers = count(number), count(number)
        keys, numbers = self._keys, self._table
        if keys is not None:
            table._keys = keys.copy()
            if numbers is not None:
                table._table = numbers.copy(table._keys)
        return table

    def make(self) -> None:
        """Make the keys of a loaded table, if that was not yet done. O(rows)."""
        _ = self._keys

    def prepare_like(self, other: KeyTable[K]) -> None:
        """Make what finds a key, if another table has it. O(rows)."""
        if other._table is not None:
            _ = self._numbers

    def settle(self, size: int | None = None) -> None:
        """Make the parts agree after a change that was interrupted; remove rows from ``size`` on.

        The keys say which rows there are; what finds them is made again. O(rows).
        """
        if self._keys is not None:
            self._table = None
            if size is not None:
                del self._keys[size:]
            self._size = len(self._keys)
            self._free = BitMap(row for row, key in enumerate(self._keys) if key is _REMOVED)
        elif size is not None:
            self._size = size
            self._free &= _rows_before(size)
        numbers = self._insertion_numbers
        if numbers is not None:
            del numbers[self._size :]
            self._insertion_numbers = numbers + array(
                "Q", (next(self._next_numbers) for _ in range(self._size - len(numbers)))
            )

    def reordered(self, order: Rows) -> KeyTable[K]:
        """Return a table whose row n has the key of the row ``order[n]``. O(rows).

        ``order`` has all rows in use. The order of insertion stays.
        """
        numbers = self.insertion_numbers(order)
        insertion = np.argsort(order if numbers is None else numbers).astype(np.uint32)
        keys = self._keys_at(order.tolist())
        return KeyTable.of(len(order), _rows_before(len(order)), lambda: keys, insertion, self.lock)

    def rows_in_use(self) -> BitMap:
        """Return the rows that have a key, as a new bitmap. O(rows)."""
        return _rows_before(self._size) - self._free

    @property
    def size(self) -> int:
        """The number of rows, free ones included."""
        return self._size

    @property
    def free(self) -> int:
        """The number of free rows."""
        return len(self._free)

    @property
    def nbytes(self) -> int:
        """The memory of all except the keys themselves, in bytes."""
        keys = 0 if self._keys is None else self._keys.__sizeof__()
        numbers = 0 if self._numbers is None else self._numbers.nbytes
        order = 0 if self._insertion_numbers is None else self._insertion_numbers.__sizeof__()
        return keys + numbers + order + bytes_of(self._free) + self._all_rows.nbytes

    def check_invariants(self, rows: BitMap) -> None:
        """Raise AssertionError if the table does not have exactly these rows. O(rows)."""
        assert not rows or rows.max() < self._size
        assert self._free == _rows_before(self._size) - rows
        if self._numbers is None:
            return
        assert self._keys is not None
        self._numbers.check_invariants()
        assert len(self._keys) == self._size
        assert BitMap(self._numbers.numbers().tolist()) == rows
        assert all(self._keys[row] is _REMOVED for row in self._free)
        if self._insertion_numbers is not None:
            assert len(self._insertion_numbers) == self._size
            numbers = [self._insertion_numbers[row] for row in rows]
            assert len(set(numbers)) == len(numbers)

    def _keys_at(self, rows: list[int]) -> list[K]:
        if self._keys is None:
            return cast("list[K]", rows)
        keys = map(self._keys.__getitem__, rows)
        if len(rows) <= _TURN:
            return cast("list[K]", list(keys))
        found: list[object] = []
        for _ in range(0, len(rows), _TURN):
            found.extend(islice(keys, _TURN))
        return cast("list[K]", found)

    def _is_row(self, key: object) -> bool:
        if type(key) is not int and not isinstance(key, np.integer):
            return False
        row = int(cast("int", key))
        return row == self._size or (0 <= row < self._size and row in self._free)

    def _add_row(self, row: int) -> int:
        if row == self._size:
            self._append([row])
        else:
            self._free.remove(row)
            self._reuse(row)
        return row

    def _append(self, keys: Sequence[object]) -> None:
        self._size += len(keys)
        if self._keys is not None:
            self._keys.extend(keys)
        if self._insertion_numbers is not None:
            self._insertion_numbers.extend(next(self._next_numbers) for _ in keys)

    def make_last(self, row: int) -> None:
        """Make a row the last in the order of insertion, if it is not. O(1), O(rows) once."""
        if self._insertion_numbers is not None or row < self._size - 1:
            self._reuse(row)

    def _reuse(self, row: int) -> None:
        """Make a row the last in the order of insertion, whatever its number is."""
        if self._insertion_numbers is None:
            numbers = np.arange(self._size, dtype=np.uint64)
            self._next_numbers = count(self._size)
            self._insertion_numbers = array("Q", numbers.tobytes())
        self._insertion_numbers[row] = next(self._next_numbers)

    def _store_keys(self) -> None:
        """Store keys from now on. The keys so far are the row numbers. O(rows)."""
        keys: list[K | object] = list(range(self._size))
        live = _rows_before(self._size) - self._free
        for row in self._free:
            keys[row] = _REMOVED
        self._keys = keys
        table: ValueTable[K] = ValueTable(keys)
        table.extend(live.to_array())
        self._table = table


def _rows_before(size: int) -> BitMap:
    rows = BitMap()
    rows.add_range(0, size)
    return rows
