"""Locks that are free in a process that was forked while another thread held them: `new_lock`.

A forked process has one thread. A lock that another thread held would stay locked there for ever,
and what that thread was changing is in the middle of the change: the next call of the index repairs
it, as after an interrupt (`labelsel.index.contents`).
"""

from __future__ import annotations

import os
from threading import Lock, RLock
from weakref import WeakKeyDictionary, WeakSet

__all__ = ["new_inner_lock", "new_lock"]

_locks: WeakSet[RLock] = WeakSet()
_inner_locks: WeakKeyDictionary[Lock, RLock] = WeakKeyDictionary()


def new_lock() -> RLock:
    """Return a lock that a thread may take several times.

    >>> with new_lock() as taken:
    ...     taken
    True
    """
    lock = RLock()
    _locks.add(lock)
    return lock


def new_inner_lock(outer: RLock) -> Lock:
    """Return a lock that a thread takes at most once, and only while it holds another.

    >>> new_inner_lock(new_lock()).locked()
    False
    """
    lock = Lock()
    _inner_locks[lock] = outer
    return lock


def _free_locks() -> None:
    # The thread that forked goes on in the new process, with the locks that it holds. The methods
    # are those by which `threading` frees its own locks.
    for lock, outer in list(_inner_locks.items()):
        if not outer._is_owned():  # type: ignore[attr-defined]  # noqa: SLF001
            lock._at_fork_reinit()  # type: ignore[attr-defined]  # noqa: SLF001
    for each in list(_locks):
        if not each._is_owned():  # type: ignore[attr-defined]  # noqa: SLF001
            each._at_fork_reinit()  # type: ignore[attr-defined]  # noqa: SLF001


if hasattr(os, "register_at_fork"):  # pragma: no branch  # not on Windows
    os.register_at_fork(after_in_child=_free_locks)
