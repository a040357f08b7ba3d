"""Locks in a process that was forked, and locks of those who wait and are interrupted."""

import sys
from itertools import count, takewhile
from threading import Thread
from types import FrameType

import pytest

from labelsel.locks import Preparation, _free_locks, new_inner_lock, new_lock


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


def test_an_interrupt_while_waiting() -> None:
    """Python runs a signal's handler behind a call: behind each the lock is held as before."""
    lock = new_lock()
    preparation = Preparation(lock)

    def interrupt_behind(number: int) -> bool:
        """Wait, and raise behind the call of this number; return whether there was one."""
        calls = iter(range(number + 1))

        def behind_each(frame: FrameType, event: str, _: object) -> None:
            is_ours = frame.f_code is Preparation.wait.__code__
            if is_ours and event == "c_return" and next(calls) == number:
                raise InterruptedError

        preparation.load = new_lock()  # of a thread that was interrupted
        with lock, lock:
            try:
                sys.setprofile(behind_each)
                preparation.wait()
            except InterruptedError:
                return True
            finally:
                sys.setprofile(None)
        return False

    # Before the lock is free, behind that, and behind taking it again.
    assert len(list(takewhile(interrupt_behind, count()))) >= 3


def test_no_memory_for_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a MemoryError as of all else; Python says RuntimeError."""

    def none() -> None:
        raise RuntimeError("can't allocate lock")

    outer = new_lock()
    monkeypatch.setattr("labelsel.locks.RLock", none)
    monkeypatch.setattr("labelsel.locks.Lock", none)
    with pytest.raises(MemoryError, match="can't allocate lock"):
        new_lock()
    with pytest.raises(MemoryError, match="can't allocate lock"):
        new_inner_lock(outer)


def test_a_change_in_the_middle_of_a_preparation() -> None:
    """It may break what is being made: then that is made again, with the lock."""
    numbers, fails = [1], [True]

    def make() -> int:
        if fails:
            fails.pop()
            numbers.append(2)
            raise RuntimeError("the list changed while it was read")
        return sum(numbers)

    preparation = Preparation(new_lock())
    assert preparation.run(lambda: len(numbers), make, lambda made: made) == 3
    assert preparation.load is None

    def fail() -> int:
        raise ValueError("not valid")

    with pytest.raises(ValueError, match="not valid"):
        preparation.run(lambda: len(numbers), fail, lambda made: made)
