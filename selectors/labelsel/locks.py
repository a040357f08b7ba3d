"""Locks that are free in a process that was forked while another thread held them: `new_lock`.

A forked process has one thread. A lock that another thread held would stay locked there for ever,
and what that thread was changing is in the middle of the change: the next call of the index repairs
it, as after an interrupt (`labelsel.index.contents`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import starmap
from threading import Lock, RLock
from typing import TypeVar
from weakref import WeakKeyDictionary, WeakSet

__all__ = ["Preparation", "new_inner_lock", "new_lock", "was_taken"]

T = TypeVar("T")
R = TypeVar("R")
L = TypeVar("L")

_locks: WeakSet[RLock] = WeakSet()
_taken: WeakSet[RLock] = WeakSet()
_inner_locks: WeakKeyDictionary[Lock, RLock] = WeakKeyDictionary()


def new_lock() -> RLock:
    """Return a lock that a thread may take several times.

    >>> with new_lock() as taken:
    ...     taken
    True
    """
    lock = _allocated(RLock)
    _locks.add(lock)
    return lock


def new_inner_lock(outer: RLock) -> Lock:
    """Return a lock that a thread takes at most once, and only while it holds another.

    >>> new_inner_lock(new_lock()).locked()
    False
    """
    lock = _allocated(Lock)
    _inner_locks[lock] = outer
    return lock


def _allocated(make: Callable[[], L]) -> L:
    try:
        return make()
    except RuntimeError as error:  # so Python says that there is no memory for a lock
        raise MemoryError(*error.args) from error


def _is_mine(lock: RLock) -> bool:
    """Return whether this thread holds a lock."""
    return lock._is_owned()  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001


class Preparation:
    """A change that takes long is prepared while other threads read; those that write wait.

    The lock of the structure is held at the beginning and at the end only.

    Attributes:
        load: held by the thread that prepares a change; None while there is none. Who holds the
            lock of the structure, wants to change it, and finds one calls `wait` first.

    >>> numbers = [1]
    >>> Preparation(new_lock()).run(lambda: len(numbers), lambda: [*numbers, 2], numbers.extend)
    >>> numbers
    [1, 1, 2]
    """

    __slots__ = ("_lock", "load")

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self.load: RLock | None = None

    def run(self, state: Callable[[], object], make: Callable[[], T], use: Callable[[T], R]) -> R:
        """Make something of the structure without the lock, and use it with the lock.

        ``state`` makes the structure ready to be read and returns what differs after any change.
        Other threads make none meanwhile. If this thread does, in a finalizer, a signal handler or
        a method of a key, all is made again, with the lock. After an exception nothing is used.
        """
        with (load := new_lock()):
            with self._lock:
                self.wait()
                before = state()
                self.load = load
            made: list[T] = []
            try:
                made.append(make())
            except Exception:
                with self._lock:
                    if state() == before:
                        raise
                # A change of this thread came in the middle of what was being read.
            with self._lock:
                self.load = None
                return use(made[0] if made and state() == before else make())

    def wait(self) -> None:
        """Wait until no other thread prepares a change. The lock is held, and free meanwhile."""
        while (load := self.load) is not None and not _is_mine(load):
            taken: list[object] = []
            try:
                # One call of Python frees the lock and keeps how often it was taken: an interrupt
                # between two calls would lose that, and the caller would free a lock that is free.
                taken.extend(starmap(self._lock._release_save, [()]))  # type: ignore[attr-defined]  # noqa: SLF001
                with load:
                    pass
            finally:
                for state in taken:  # one, or none if the interrupt came first
                    self._lock._acquire_restore(state)  # type: ignore[attr-defined]  # noqa: SLF001
            if self.load is load:  # that thread was interrupted, or is not in this process
                self.load = None


def was_taken(lock: RLock) -> bool:
    """Return whether another thread held a lock when this process was forked.

    What that thread read may still count as being read, and then Python refuses to resize it.

    >>> was_taken(new_lock())
    False
    """
    return lock in _taken


def _free_locks() -> None:
    # The thread that forked goes on in the new process, with the locks that it holds. The methods
    # are those by which `threading` frees its own locks.
    _taken.clear()
    for lock, outer in list(_inner_locks.items()):
        if not _is_mine(outer):
            lock._at_fork_reinit()  # type: ignore[attr-defined]  # noqa: SLF001
    for each in list(_locks):
        if each.acquire(blocking=False):
            each.release()
        else:
            each._at_fork_reinit()  # type: ignore[attr-defined]  # noqa: SLF001
            _taken.add(each)


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_free_locks)
