"""Locks in a process that was forked, and locks of those who wait and are interrupted."""

from __future__ import annotations

import os
import sys
from itertools import count, takewhile
from threading import Event, RLock, Thread
from types import FrameType
from typing import cast

import pytest

from labelsel import locks
from labelsel.locks import Preparation, _free_locks, new_inner_lock, new_lock, was_taken
from tests.loading import load_again


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
    assert was_taken(lock)
    assert lock.acquire(blocking=False)
    lock.release()
    # In a process that this one forks later the lock was free.
    _free_locks()
    assert not was_taken(lock)
    taken: list[bool] = []
    thread = Thread(target=lambda: taken.append(lock.acquire(blocking=False)))
    thread.start()
    thread.join()
    assert taken == [True]


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_process_that_is_forked() -> None:
    """Python frees the locks there by itself."""
    lock = new_lock()
    thread = Thread(target=lock.acquire)
    thread.start()
    thread.join()
    child = os.fork()
    if not child:
        os._exit(not lock.acquire(blocking=False))
    assert os.waitpid(child, 0)[1] == 0


def test_a_system_that_does_not_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows the module is loaded all the same."""
    monkeypatch.delattr(os, "register_at_fork")
    assert load_again(locks).new_lock().acquire(blocking=False)


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


class Make:
    """Makes 1, 2, 3 and so on; or fails first."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error, self._calls = error, 0

    def __call__(self) -> int:
        self._calls += 1
        if self._error is not None and self._calls == 1:
            raise self._error
        return self._calls


def test_what_is_made_is_made_once() -> None:
    """Unless it is not of what there is now, it is not made again with the lock."""
    preparation = Preparation(new_lock())
    assert preparation.run(lambda: 0, Make(), lambda made: made) == 1
    assert preparation.run(iter((0, 1)).__next__, Make(), lambda made: made) == 2
    with pytest.raises(ValueError, match="not valid"):
        preparation.run(lambda: 0, Make(ValueError("not valid")), lambda made: made)
    # A change that is taken back before the second look.
    states = iter((0, 1, 0))
    assert preparation.run(states.__next__, Make(RuntimeError()), lambda made: made) == 2


def test_one_preparation_after_the_other() -> None:
    """The second begins when what the first has made is used."""
    lock = new_lock()
    preparation = Preparation(lock)
    started, going_on = Event(), Event()
    order: list[str] = []

    def make() -> str:
        started.set()
        going_on.wait()  # then the lock is taken, and free only while the other thread waits
        return "first"

    first = Thread(target=preparation.run, args=(lambda: len(order), make, order.append))
    first.start()
    started.wait()
    with lock:
        going_on.set()
        preparation.run(lambda: len(order), lambda: "second", order.append)
    first.join()
    assert order == ["first", "second"]


def test_a_change_out_of_its_own_preparation() -> None:
    """It does not wait for itself, and other threads wait still."""
    lock = new_lock()
    preparation = Preparation(lock)

    def make() -> RLock | None:
        with lock:
            preparation.wait()
        return preparation.load

    assert preparation.run(lambda: 0, make, lambda made: made) is not None
    assert preparation.load is None


def test_a_preparation_that_begins_while_another_one_ends() -> None:
    """It is waited for, too."""
    lock = new_lock()
    preparation = Preparation(lock)
    waited: list[str] = []

    class Load:
        """Held by another thread, until this one waits for it."""

        def __init__(self, name: str, after: Load | None) -> None:
            self._name, self._after = name, after

        def _is_owned(self) -> bool:
            return False

        def __enter__(self) -> None:
            waited.append(self._name)

        def __exit__(self, *_: object) -> None:
            preparation.load = cast("RLock | None", self._after)

    preparation.load = cast("RLock", Load("first", Load("second", None)))
    with lock:
        preparation.wait()
    assert waited == ["first", "second"]
