"""Which key each row has, and which row each key: the caller's side of the index."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Sequence
from itertools import count
from threading import RLock
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast

import numpy as np
from pyroaring import BitMap

from labelsel.index.postings import Rows, bytes_of
from labelsel.index.value_table import ValueTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["KeyRemoval", "KeyTable"]

K = TypeVar("K", bound=Hashable)

_GONE: Final = object()


class KeyRemoval(Generic[K]):
    """A link of the list of removals: the row and key that went, and the link after it.

    The table holds the last link, which is still empty; a selection holds the one that was
    last when it looked. So it finds what went since, nobody keeps a list of selections, and
    links that none of them can reach any more are freed by themselves.
    """

    __slots__ = ("key", "next", "place", "row")

    def __init__(self) -> None:
        self.row = 0
        self.place = 0
        self.key: K | None = None
        self.next: KeyRemoval[K] | None = None


class KeyTable(Generic[K]):
    """Keys by row and rows by key. Rows that were removed are given out again.

    Without keys of their own (``keys=None``) rows are their own keys, and take no memory, until
    a key comes that is not the next row.

    Attributes:
        lock: held by whoever reads or changes the index.
        removals: how many keys were removed.
        last_removal: the end of the list of them.
    """

    def __init__(self, keys: Iterable[K] | None = (), lock: RLock | None = None) -> None:
        self.lock = lock or RLock()
        self.removals = 0
        self.last_removal: KeyRemoval[K] = KeyRemoval()
        self._size = 0
        self._keys: list[K | object] | None = None
        self._numbers: ValueTable[K] | None = None
        self._free = BitMap()
        # Where rows stand in the order of insertion; None while that is the order of rows.
        self._places: array[int] | None = None
        self._next_places = count()
        if keys is not None:
            self._keys = []
            self._numbers = ValueTable(self._keys)
            self.extend(list(keys))

    @classmethod
    def of(
        cls, size: int, rows: BitMap, keys: list[K] | None, order: Rows | None, lock: RLock
    ) -> KeyTable[K]:
        """Return the table of some of the first ``size`` rows. O(size).

        ``keys`` are theirs, in the order of the rows, and ``order`` the rows in the order of
        insertion; None is what it is in the table.
        """
        table: KeyTable[K] = cls(None, lock)
        table._size = size
        table._free = BitMap(range(size)) - rows
        if keys is not None:
            numbers = rows.to_array()
            table._keys = cast("list[K | object]", keys)
            if table._free:
                table._keys = [_GONE] * size
                for row, key in zip(numbers, keys, strict=True):
                    table._keys[row] = key
            table._numbers = ValueTable(table._keys)
            table._numbers.extend(numbers)
        if order is not None:
            places = np.zeros(size, dtype=np.uint64)
            places[order] = np.arange(len(order))
            table._places = array("Q", places.tobytes())
            table._next_places = count(len(order))
        return table

    @property
    def has_keys(self) -> bool:
        """Whether rows have keys that are not themselves."""
        return self._keys is not None

    def find(self, key: object) -> int:
        """Return the row of a key, -1 where it has none."""
        if self._numbers is not None:
            return self._numbers.find(key)
        # A number that equals a row has its hash, whatever its type: 1.0 is 1, as in a dict.
        row = hash(key)
        found = 0 <= row < self._size and row == key and row not in self._free
        return row if found else -1

    def key_of(self, row: int) -> K:
        """Return the key of a row."""
        return cast("K", row if self._keys is None else self._keys[row])

    def keys_of(self, rows: BitMap) -> list[K]:
        """Return the keys of rows, in ascending order of the rows. 30 ns each."""
        numbers = rows.to_array().tolist()
        if self._keys is None:
            return cast("list[K]", numbers)
        return cast("list[K]", list(map(self._keys.__getitem__, numbers)))

    def places_of(self, rows: Rows) -> NDArray[np.uint64] | None:
        """Return where rows stand in the order of insertion; None where in their own order."""
        if self._places is None:
            return None
        return np.frombuffer(self._places, dtype=np.uint64)[rows]

    def place_of(self, row: int) -> int:
        """Return where a row stands in the order of insertion."""
        return row if self._places is None else self._places[row]

    def add(self, key: K) -> int:
        """Give a new key a row, and return it: one that is free, or the next."""
        if self._numbers is None:
            if self._is_row(key):
                return self._add_row(int(cast("int", key)))
            self._name_rows()
        assert self._keys is not None
        assert self._numbers is not None
        hash(key)
        if self._free:
            row = self._free.pop()
            self._keys[row] = key
            self._reuse(row)
        else:
            row = self._size
            self._append([key])
        self._numbers.add(row)
        return row

    def extend(self, keys: Sequence[K]) -> int:
        """Give new, distinct keys the next rows in order, and return the first of them."""
        first = self._size
        if self._numbers is None:
            self._name_rows()
        assert self._numbers is not None
        self._append(keys)
        self._numbers.extend(range(first, self._size))
        return first

    def extend_rows(self, size: int) -> int:
        """Add rows that are their own keys. Return the first of them."""
        first = self._size
        if self._numbers is not None:
            return self.extend(cast("Sequence[K]", range(first, first + size)))
        self._append(range(first, first + size))
        return first

    def remove(self, key: K) -> int:
        """Take a key out, and return the row it had. KeyError where it is not there."""
        row = self.find(key)
        if row < 0:
            raise KeyError(key)
        link = self.last_removal
        # The key that came in: what removes it may be another that equals it, as True does 1.
        link.row, link.place, link.key = row, self.place_of(row), self.key_of(row)
        if self._numbers is not None and self._keys is not None:
            self._numbers.remove(row)
            self._keys[row] = _GONE
        self._free.add(row)
        self.removals += 1
        link.next = self.last_removal = KeyRemoval()
        return row

    @property
    def free(self) -> int:
        """How many rows are free."""
        return len(self._free)

    @property
    def nbytes(self) -> int:
        """Bytes of all but the keys themselves."""
        keys = 0 if self._keys is None else self._keys.__sizeof__()
        numbers = 0 if self._numbers is None else self._numbers.nbytes
        places = 0 if self._places is None else self._places.__sizeof__()
        return keys + numbers + places + bytes_of(self._free)

    def check_invariants(self, rows: BitMap) -> None:
        """Raise AssertionError where the table is not about these rows."""
        assert not rows or rows.max() < self._size
        assert self._free == BitMap(range(self._size)) - rows
        if self._numbers is None:
            return
        assert self._keys is not None
        self._numbers.check_invariants()
        assert len(self._keys) == self._size
        assert BitMap(self._numbers.numbers().tolist()) == rows
        assert all(self._keys[row] is _GONE for row in self._free)
        if self._places is not None:
            assert len(self._places) == self._size
            places = [self._places[row] for row in rows]
            assert len(set(places)) == len(places)

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
        if self._places is not None:
            self._places.extend(next(self._next_places) for _ in keys)

    def _reuse(self, row: int) -> None:
        """Note that a row comes last now, wherever it stands among the rows."""
        if self._places is None:
            self._places = array("Q", np.arange(self._size, dtype=np.uint64).tobytes())
            self._next_places = count(self._size)
        self._places[row] = next(self._next_places)

    def _name_rows(self) -> None:
        """Go over to keys that are kept, those that there are being the rows."""
        keys: list[K | object] = list(range(self._size))
        live = BitMap(range(self._size)) - self._free
        for row in self._free:
            keys[row] = _GONE
        self._keys = keys
        self._numbers = ValueTable(keys)
        self._numbers.extend(live.to_array())
