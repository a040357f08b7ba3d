"""Locks in a process that was forked: those of other threads are free, the own ones are not."""

from threading import Thread

from labelsel.locks import _free_locks, new_inner_lock, new_lock


def test_locks_of_other_threads() -> None:
    """A thread that is gone holds both; it exists in the process that was forked."""
    lock = new_lock()
    inner = new_inner_lock(lock)

    def take() -> None:
        lock.acquire()
        inner.acquire()

    thread = Thread(target=take)
    thread.start()
    thread.join()
    assert not lock.acquire(blocking=False)
    _free_locks()
    assert not inner.locked()
    assert lock.acquire(blocking=False)
    lock.release()


def test_locks_of_this_thread() -> None:
    """The thread that forked goes on, and gives back what it holds."""
    lock = new_lock()
    inner = new_inner_lock(lock)
    with lock, inner:
        _free_locks()
        assert inner.locked()
    assert not inner.locked()
