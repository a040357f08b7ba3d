"""A hash table from strings to numbers that holds only the numbers.

A dict from items to numbers keeps for each item the item, its hash and an int object: some 60
bytes. The items are in a list anyway, at the position of their number. So here a slot is the
number, four bytes, and the list says whether it is the number of the item that is looked up.
The table uses open addressing with linear probing.

The table grows without a long pause: each change moves a few slots to the larger table, and the
smaller one answers for the items that have not moved.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import numpy as np

from labelsel.core import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ValueTable"]

T = TypeVar("T", bound=Hashable)

_MIN_SLOTS: Final = 8

_MAX_LOAD: Final = 0.65
"""Share of slots in use from which the table grows. With 0.8 a search for a missing item takes
5.3 µs instead of 2.9; with 0.5 it takes 2.5 µs, and the table is larger by a third on average
(``python -m benchmarks.constants load``)."""

_MOVED_SLOTS: Final = 8
"""Slots that one change moves to the larger table. A table of n slots grows to at least n * 4 / 3,
which leaves room for n * 0.65 / 3 new items; so that all n slots move in this time, a change
must move 3 / 0.65 = 4.6 of them. With 8 no table gets fuller than 0.75 before all have moved
(``python -m benchmarks.constants moved``)."""

_MIN_BULK: Final = 32
"""Fewest items that are added together instead of one by one. 16 strings take 51 µs one by one and
78 together, 32 strings 114 µs and 70 (``python -m benchmarks.constants bulk``)."""

_REMOVED: Final = 2**32 - 1
"""Marks a slot whose item was removed. The slots behind it are still found because the slot is not
free. It counts as used until the next move, so searches stay as short as `_MAX_LOAD` says."""

_FACTOR: Final = 0x9E3779B97F4A7C15
"""2**64 divided by the golden ratio, for Fibonacci hashing (Knuth, volume 3, 6.4)."""


@compiled
class SlotTable:
    """The part of `ValueTable` that finds, adds and removes single numbers."""

    __slots__ = ("_count", "_cursor", "_items", "_old", "_slots", "_used")

    def __init__(self, items: list[Any]) -> None:
        self._items = items
        self._slots = array("I", bytes(_MIN_SLOTS * 4))
        self._used = 0
        self._count = 0
        self._old: array[int] | None = None
        self._cursor = 0

    def find(self, item: object) -> int:
        """Return the number of an item, -1 if it has none. O(1). TypeError if it has no hash."""
        slots = self._slots
        size = len(slots)
        slot = hashed = hash(item) * _FACTOR >> 32 & 0xFFFF_FFFF  # `_mix`, without a call
        while number := slots[slot % size]:
            if number != _REMOVED:
                found = self._items[number - 1]
                if found is item or found == item:
                    return number - 1
            slot += 1
        return -1 if self._old is None else self._find_old(item, hashed)

    def add(self, number: int) -> None:
        """Add the number of an item whose number is not in the table. O(1)."""
        if self._old is not None:
            self._move(_MOVED_SLOTS)
        elif self._used >= _MAX_LOAD * len(self._slots):
            self._old, self._cursor = self._slots, 0
            size = len(self._old)
            # Many marks: a table of the same size has room again when the others have moved.
            size = size if 2 * self._count < size else _larger(size)
            self._slots = array("I", bytes(4 * size))
            self._used = 0
        self._put(number)
        self._count += 1

    def remove(self, number: int) -> None:
        """Remove a number, whose item must still be at its position. O(1)."""
        self._count -= 1
        hashed = _mix(hash(self._items[number]))
        _mark(self._slots, number, hashed)
        if self._old is not None:
            _mark(self._old, number, hashed)
            self._move(_MOVED_SLOTS)

    def copy_slots(self, other: SlotTable) -> None:
        """Become a copy of another table, whose items are equal to those of this one. O(slots)."""
        self._slots, self._old = other._slots[:], None if other._old is None else other._old[:]
        self._used, self._count, self._cursor = other._used, other._count, other._cursor

    def _find_old(self, item: object, slot: int) -> int:
        assert self._old is not None
        items, slots, size = self._items, self._old, len(self._old)
        while number := slots[slot % size]:
            if number != _REMOVED:
                found = items[number - 1]
                if found is item or found == item:
                    return number - 1
            slot += 1
        return -1

    def _put(self, number: int) -> None:
        slots, size = self._slots, len(self._slots)
        slot = _mix(hash(self._items[number]))
        while slots[slot % size]:
            slot += 1
        slots[slot % size] = number + 1
        self._used += 1

    def _move(self, slots: int) -> None:
        """Copy the numbers of the next slots of the smaller table to the larger one."""
        old = self._old
        assert old is not None
        end = min(self._cursor + slots, len(old))
        for number in old[self._cursor : end]:
            if number and number != _REMOVED:
                self._put(number - 1)
        # The copied slots keep their numbers: a search for a later number passes them.
        self._cursor = end
        if end == len(old):
            self._old = None

    def _fill(self, new: array[int], size: int) -> None:
        """Replace the table by one of so many slots with these numbers.

        In the order of their home slots, each number gets its home slot or the slot after that of
        the number before it. That is a running maximum, which numpy computes without a loop.
        """
        numbers = np.frombuffer(new, dtype=np.uint32)
        items = map(self._items.__getitem__, new)
        hashes = np.fromiter(map(hash, items), np.int64, len(numbers))
        mixed = (hashes.astype(np.uint64) * np.uint64(_FACTOR)) >> np.uint64(32)
        homes = mixed % np.uint64(size)
        ordered = np.sort(homes << np.uint64(32) | numbers.astype(np.uint64))
        positions = np.arange(len(ordered))
        positions += np.maximum.accumulate((ordered >> np.uint64(32)).astype(np.int64) - positions)
        fitting = positions < size
        slots = np.zeros(size, dtype=np.uint32)
        slots[positions[fitting]] = ordered[fitting].astype(np.uint32) + np.uint32(1)
        self._slots = array("I", slots.tobytes())
        self._used = int(fitting.sum())
        self._count = len(numbers)
        self._old = None
        for number in ordered[~fitting].astype(np.uint32).tolist():
            self._put(number)  # the search goes on at the first slot


class ValueTable(SlotTable, Generic[T]):
    """The numbers of items of a list, found by item: ``items[number]`` equals the item.

    An item must not change its hash or its position while its number is in the table. A slot has
    the number plus one; 0 is a free slot.

    >>> items = ["web", "db", "cache"]
    >>> numbers = ValueTable(items)
    >>> numbers.extend(range(3))
    >>> numbers.find("db"), numbers.find("mail")
    (1, -1)
    """

    __slots__ = ()

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """The memory of the slots, in bytes."""
        return 4 * (len(self._slots) + (len(self._old) if self._old is not None else 0))

    def copy(self, items: list[T]) -> ValueTable[T]:
        """Return a copy, of a list with equal items. O(slots)."""
        table: ValueTable[T] = ValueTable(items)
        table.copy_slots(self)
        return table

    def extend(self, numbers: Sequence[int]) -> None:
        """Add the numbers of many items, none of them in the table. O(items), some 0.2 µs each."""
        needed = self._count + len(numbers)
        if len(numbers) < _MIN_BULK or (
            self._old is None and needed <= _MAX_LOAD * len(self._slots)
        ):
            for number in numbers:
                self.add(number)
            return
        added = (
            np.arange(numbers.start, numbers.stop, numbers.step, dtype=np.uint32)
            if isinstance(numbers, range)
            else np.asarray(numbers, dtype=np.uint32)
        )
        together = np.concatenate([self.numbers(), added])
        size = _MIN_SLOTS
        while len(together) > _MAX_LOAD * size:
            size = _larger(size)
        self._fill(array("I", together.tobytes()), size)

    def numbers(self) -> NDArray[np.uint32]:
        """Return all numbers, in no order. O(slots)."""
        found = _in_use(self._slots)
        if self._old is not None:
            found = np.union1d(found, _in_use(self._old))
        return found - np.uint32(1)

    def check_invariants(self) -> None:
        """Raise AssertionError if an item is not found with its number. O(slots)."""
        numbers = self.numbers().tolist()
        assert all(self.find(self._items[number]) == number for number in numbers)
        assert len(self) == len(numbers) <= _MAX_LOAD * len(self._slots) + 1


def _mix(hashed: int) -> int:
    """Spread a hash over 32 bits: the hashes of consecutive integers are consecutive."""
    return hashed * _FACTOR >> 32 & 0xFFFF_FFFF


def _mark(slots: array[int], number: int, slot: int) -> None:
    """Mark the slot of a number as removed, if it has one."""
    size = len(slots)
    while (entry := slots[slot % size]) and entry != number + 1:
        slot += 1
    if entry:
        slots[slot % size] = _REMOVED


def _in_use(slots: array[int]) -> NDArray[np.uint32]:
    found = np.frombuffer(slots, dtype=np.uint32)
    used: NDArray[np.uint32] = found[(found > 0) & (found != _REMOVED)]
    return used


def _larger(size: int) -> int:
    """Return the next size of a table: 8, 12, 16, 24, 32, …; it is at least 43 % full then."""
    return size // 2 * 3 if size & size - 1 == 0 else size // 3 * 4
