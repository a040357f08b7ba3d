"""The parts of an index, and how they agree again after a change that was interrupted: `Contents`.

An exception can come out of any line of Python: KeyboardInterrupt or the exception of another
signal handler, MemoryError, what a key raises when it is hashed or compared. So a change is noted
before its first step and the note is removed after its last one. Whoever finds a note while holding
the lock calls `Contents.repair`, which ends the change or takes it back, and makes all postings
again. That costs time only after an interrupt; without one a note is a tuple and two assignments.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar
from weakref import WeakSet

from labelsel.index.bulk_load import encode
from labelsel.index.row_keys import KeyTable
from labelsel.index.store import LabelStore
from labelsel.locks import Preparation, was_taken
from labelsel.running import require_interrupted, require_outermost

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Contents", "Note", "Replacement", "RowChange", "RowsChange"]

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
R = TypeVar("R")

Labels: TypeAlias = Mapping[str, str]

_every: WeakSet[Contents[Any]] = WeakSet()


class RowChange(NamedTuple):
    """A note of a change of one item; `Contents.repair` ends the change.

    Attributes:
        row: the row of the key, -1 if the key is new.
        key: the key of the item.
        labels: the labels after the change; None if the item is removed.
        patch: if not None, the labels that change, in the form that `LabelIndex.patch` accepts.
            Then ``labels`` means nothing.
    """

    row: int
    key: Hashable
    labels: Labels | None
    patch: Mapping[str, str | None] | None


@dataclass(slots=True)
class RowsChange:
    """A note of a change of many items; `Contents.repair` takes the change back.

    Attributes:
        before: the labels before the change of each key that had a row, and None for each new key
            that gets a free row.
        size: the number of rows before. All later rows are new.
        row: the row whose labels are being written.
    """

    before: dict[Hashable, Labels | None]
    size: int
    row: int = -1


class Fork(NamedTuple):
    """A note that this process was forked while another thread used the parts."""


class Replacement(NamedTuple):
    """A note of a change of all items at once; `Contents.repair` ends the change."""

    store: LabelStore
    table: KeyTable[Hashable]


Note: TypeAlias = RowChange | RowsChange | Replacement | Fork


@dataclass(slots=True, eq=False, weakref_slot=True)
class Contents(Generic[K]):
    """The parts that an index shares with its queries: labels by row, and keys by row.

    Attributes:
        store: the labels of each row.
        table: the key of each row.
        note: what a change is about, while it is being made.
        preparation: of changes that take long.
    """

    store: LabelStore
    table: KeyTable[K]
    note: Note | None = None
    preparation: Preparation = field(init=False)

    def __post_init__(self) -> None:
        self.preparation = Preparation(self.table.lock)
        _every.add(self)

    def aside(self, make: Callable[[Contents[K]], T], use: Callable[[T], R]) -> R:
        """Make something of the parts while other threads read them, and use it with the lock."""
        return self.preparation.run(self._state, lambda: make(self), use)

    def replace_by(self, make: Callable[[Contents[K]], Contents[K]]) -> None:
        """Replace both parts by others, which are made while other threads read these."""

        def prepared(before: Contents[K]) -> Contents[K]:
            return make(before).prepared_like(before)

        require_outermost(self.table.lock)
        self.aside(prepared, lambda made: self.replace(made.store, made.table))

    def copy_beside_readers(self, lock: RLock) -> Contents[K]:
        """Return the parts of another index, which has a lock of its own. O(rows + labels)."""
        return self.aside(
            lambda before: before.copy(lock).prepared_like(before), lambda copied: copied
        )

    def prepared_like(self, before: Contents[K]) -> Self:
        """Make what the first questions made in other parts, and return these. O(rows + labels)."""
        self.store.prepare_like(before.store)
        self.table.prepare_like(before.table)
        return self

    def settle(self) -> None:
        """Make the parts ready for a change. The caller holds the lock.

        Waits while another thread prepares a change, and repairs what was interrupted.
        """
        if self.preparation.load is not None:
            self.preparation.wait()
        if self.note is not None:
            self.repair()

    def _state(self) -> tuple[object, ...]:
        if self.note is not None:
            self.repair()
        store, table = self.store, self.table
        table.make()
        return id(store), store.changes, table.size, table.removals, table.free

    def copy(self, lock: RLock | None = None) -> Contents[K]:
        """Return a copy of both parts: see `KeyTable.copy`. O(rows + labels)."""
        return Contents(self.store.copy(), self.table.copy(lock))

    def replace(self, store: LabelStore, table: KeyTable[K]) -> None:
        """Replace both parts. The caller holds the lock."""
        changed = self
        changed.note = Replacement(store, table)  # type: ignore[arg-type]  # K is Hashable
        changed.store, changed.table = store, table
        changed.note = None

    def repair(self) -> None:
        """End or take back the change that the note is about. The caller holds the lock.

        May be interrupted, too: then the note stays, and the next call starts again.

        Raises:
            RuntimeError: the change was not interrupted; this call came out of the middle of it.

        Complexity: O(n log n) for n labels of all rows: all postings are made again.
        """
        require_interrupted(self)
        changed = self
        note = changed.note
        if isinstance(note, Replacement):
            self.store, self.table = note  # type: ignore[assignment]  # of this index
        elif isinstance(note, Fork):
            # numpy may have been reading an array in the thread that is gone: it cannot be resized.
            copied = self.copy()
            self.store, self.table = copied.store, copied.table
        elif isinstance(note, RowsChange):
            self._undo(note)
        elif isinstance(note, RowChange):
            self._finish(note)
        changed.note = None

    def _finish(self, change: RowChange) -> None:
        table, key = self.table, change.key
        table.settle()
        row = table.find(key)
        labels = change.labels
        if row >= 0 > change.row:
            table.make_last(row)
        if row >= 0 or change.row >= 0:
            self.store.settle_row(row if row >= 0 else change.row)
        if change.patch is not None:
            left = self.store.labels_without(row, change.patch)
            labels = left | {k: v for k, v in change.patch.items() if v is not None}
        if labels is None:
            if row >= 0:
                table.remove(key)  # type: ignore[arg-type]  # K is Hashable
            self._make_postings({})
        else:
            self._make_postings({table.add(key) if row < 0 else row: labels})  # type: ignore[arg-type]

    def _undo(self, change: RowsChange) -> None:
        table = self.table
        table.settle(change.size)
        if change.row >= 0:
            self.store.settle_row(change.row)
        labels = {}
        for key, before in change.before.items():
            row = table.find(key)
            if before is not None:
                labels[row] = before
            elif row >= 0:
                table.remove(key)  # type: ignore[arg-type]
        self._make_postings(labels)

    def _make_postings(self, known: Mapping[int, Labels]) -> None:
        """Make a new store of the labels of the rows; those of some rows are given."""
        old = self.store
        rows = self.table.rows_in_use()
        labels: dict[int, Labels | None] = dict.fromkeys(range(self.table.size))
        for row in rows:
            labels[row] = known[row] if row in known else old.labels_of(row)
        store = LabelStore(old.version + 1, old.changes + 1)
        encode(labels, store).append_to(store)
        store.rows = rows
        self.store = store


def _note_fork() -> None:
    for contents in list(_every):
        load = contents.preparation.load
        if was_taken(contents.table.lock) or (load is not None and was_taken(load)):
            contents.note = Fork() if contents.note is None else contents.note


if hasattr(os, "register_at_fork"):  # pragma: no branch  # not on Windows
    os.register_at_fork(after_in_child=_note_fork)  # after the locks, which are imported before
