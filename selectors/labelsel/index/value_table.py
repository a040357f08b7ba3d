"""A hash table that holds numbers alone: which number an item has, its place in a list.

A dict of items to numbers keeps the item, its hash and an int object for each: some 60 bytes.
The items stand in a list anyway, so here a slot is the number, four bytes, and whether it is
the right one is asked of the list. Open addressing, linear probing, at most 65 % full.

Growing never stops the world: the larger table fills a few slots at a time, with each item
that comes or goes, while the smaller one still answers for what has not moved yet.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ValueTable"]

T = TypeVar("T", bound=Hashable)

_LEAST: Final = 8
_FULL: Final = 0.65
_MOVED_AT_A_TIME: Final = 8
_GONE: Final = 2**32 - 1
_MANY: Final = 64


class ValueTable(Generic[T]):
    """The numbers of some items of a list, found by item: ``items[number]`` equals it.

    Items must not change their hash or leave their place while they are numbered. A slot holds
    its number plus one; 0 is a slot that is free.

    >>> items = ["web", "db", "cache"]
    >>> numbers = ValueTable(items)
    >>> numbers.extend(range(3))
    >>> numbers.find("db"), numbers.find("mail")
    (1, -1)
    """

    __slots__ = ("_count", "_cursor", "_items", "_old", "_slots", "_used")

    def __init__(self, items: Sequence[T | object]) -> None:
        self._items = items
        self._slots = array("I", bytes(_LEAST * 4))
        self._used = 0
        self._count = 0
        self._old: array[int] | None = None
        self._cursor = 0

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """Bytes of the slots."""
        return 4 * (len(self._slots) + (len(self._old) if self._old is not None else 0))

    def find(self, item: object) -> int:
        """Return the item's number, -1 where it has none. O(1). TypeError where it has no hash."""
        slots = self._slots
        size = len(slots)
        slot = hashed = hash(item) * _FACTOR >> 32 & 0xFFFF_FFFF  # `_mixed`, without a call
        while number := slots[slot % size]:
            found = self._items[number - 1]
            if found is item or found == item:
                return number - 1
            slot += 1
        return -1 if self._old is None else self._find_old(item, hashed)

    def add(self, number: int) -> None:
        """Number an item that is not numbered yet. O(1)."""
        if self._old is not None:
            self._move(_MOVED_AT_A_TIME)
        elif self._used >= _FULL * len(self._slots):
            self._old, self._cursor = self._slots, 0
            self._slots = array("I", bytes(4 * _larger(len(self._old))))
            self._used = 0
        self._put(number)
        self._count += 1

    def remove(self, number: int) -> None:
        """Forget the number of an item, which is still in its place. O(1)."""
        self._count -= 1
        hashed = _mixed(hash(self._items[number]))
        slot = self._slot_of(number, hashed)
        if slot is not None:
            self._close(slot)
            self._used -= 1
        if self._old is not None:
            old, size, slot = self._old, len(self._old), hashed
            while (found := old[slot % size]) and found != number + 1:
                slot += 1
            if found:
                old[slot % size] = _GONE
            self._move(_MOVED_AT_A_TIME)

    def extend(self, numbers: Sequence[int]) -> None:
        """Number many items at once, none of them numbered yet: 0.1 µs each, if they are many."""
        needed = self._count + len(numbers)
        if len(numbers) < _MANY or (self._old is None and needed <= _FULL * len(self._slots)):
            for number in numbers:
                self.add(number)
            return
        everyone = np.concatenate([self.numbers(), np.asarray(numbers, dtype=np.uint32)])
        size = _LEAST
        while len(everyone) > _FULL * size:
            size = _larger(size)
        self._place(everyone, size)

    def numbers(self) -> NDArray[np.uint32]:
        """Return all numbers, in no order. O(slots)."""
        slots = np.frombuffer(self._slots, dtype=np.uint32)
        found = slots[slots > 0]
        if self._old is not None:
            old = np.frombuffer(self._old, dtype=np.uint32)
            found = np.union1d(found, old[(old > 0) & (old != _GONE)])
        return found - np.uint32(1)

    def check_invariants(self) -> None:
        """Raise AssertionError where an item is not found under its number. O(slots)."""
        numbers = self.numbers().tolist()
        assert all(self.find(self._items[number]) == number for number in numbers)
        assert len(self) == len(numbers) <= _FULL * len(self._slots) + 1

    def _find_old(self, item: object, slot: int) -> int:
        assert self._old is not None
        items, slots, size = self._items, self._old, len(self._old)
        while number := slots[slot % size]:
            if number != _GONE:
                found = items[number - 1]
                if found is item or found == item:
                    return number - 1
            slot += 1
        return -1

    def _put(self, number: int) -> None:
        slots, size = self._slots, len(self._slots)
        slot = _mixed(hash(self._items[number]))
        while slots[slot % size]:
            slot += 1
        slots[slot % size] = number + 1
        self._used += 1

    def _slot_of(self, number: int, slot: int) -> int | None:
        slots, size = self._slots, len(self._slots)
        while found := slots[slot % size]:
            if found == number + 1:
                return slot % size
            slot += 1
        return None

    def _close(self, hole: int) -> None:
        """Free a slot, moving up those behind it that would not be found over the gap."""
        slots, size, items = self._slots, len(self._slots), self._items
        slot = hole
        while number := slots[slot := (slot + 1) % size]:
            home = _mixed(hash(items[number - 1])) % size
            # Whether home is not within (hole, slot], going round.
            if (slot - home) % size >= (slot - hole) % size:
                slots[hole] = number
                hole = slot
        slots[hole] = 0

    def _move(self, slots: int) -> None:
        """Copy what is in the next slots of the smaller table into the larger."""
        old = self._old
        assert old is not None
        end = min(self._cursor + slots, len(old))
        for number in old[self._cursor : end]:
            if number and number != _GONE:
                self._put(number - 1)
        # What was copied stays: the way to those behind it leads over its slot.
        self._cursor = end
        if end == len(old):
            self._old = None

    def _place(self, numbers: NDArray[np.uint32], size: int) -> None:
        """Make a table of so many slots that has just these numbers.

        In order of the slots where they belong, each takes its own or the one behind the last
        that was taken: a running maximum, without a loop.
        """
        items = map(self._items.__getitem__, numbers.tolist())
        hashes = np.fromiter(map(hash, items), np.int64, len(numbers))
        mixed = (hashes.astype(np.uint64) * np.uint64(_FACTOR)) >> np.uint64(32)
        homes = mixed % np.uint64(size)
        ordered = np.sort(homes << np.uint64(32) | numbers.astype(np.uint64))
        places = np.arange(len(ordered))
        places += np.maximum.accumulate((ordered >> np.uint64(32)).astype(np.int64) - places)
        fitting = places < size
        slots = np.zeros(size, dtype=np.uint32)
        slots[places[fitting]] = ordered[fitting].astype(np.uint32) + np.uint32(1)
        self._slots = array("I", slots.tobytes())
        self._used = int(fitting.sum())
        self._count = len(numbers)
        self._old = None
        for number in ordered[~fitting].astype(np.uint32).tolist():
            self._put(number)  # round the end


_FACTOR: Final = 0x9E3779B97F4A7C15


def _mixed(hashed: int) -> int:
    """Spread hashes over 32 bits: those of numbers in a row would fill slots in a row."""
    return hashed * _FACTOR >> 32 & 0xFFFF_FFFF


def _larger(size: int) -> int:
    """Return the next size of a table: 8, 12, 16, 24, 32, …, so that none is half empty."""
    return size // 2 * 3 if size & size - 1 == 0 else size // 3 * 4
