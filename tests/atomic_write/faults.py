"""Lets one call of a function of `os` fail, or "kills" the process there, for code of this process.

tests/write_faults does the same with real system calls, which takes strace and minutes.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from labelsel.kubernetes import Rewrite, write_files

__all__ = ["FUNCTIONS", "Killed", "failing_at", "kill_after", "looked_at", "unchanged"]

#: The functions by which labelsel.atomic_write reaches the disk. What an open file writes is not
#: among them: it is no function of `os`.
FUNCTIONS = (
    *("open", "dup", "fsync", "access", "stat", "lstat", "fstat", "listdir"),
    *("link", "rename", "replace", "unlink", "chmod", "chown", "utime"),
    *("listxattr", "getxattr", "setxattr", "removexattr"),
)


class Killed(BaseException):
    """The process is killed: no line of it runs any more, so each further call raises this, too."""


@contextmanager
def failing_at(number: int, error: int | None) -> Iterator[Callable[[], str | None]]:
    """Let the call of this number fail with an error number; None kills the process there.

    Yields a function that returns which call has failed, or None.
    """
    count = 0
    failed: str | None = None

    def wrap(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            nonlocal count, failed
            count += 1
            if count == number or (failed is not None and error is None):
                failed = failed or name
                raise Killed if error is None else OSError(error, os.strerror(error), str(args[0]))
            return function(*args, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in FUNCTIONS:
            patch.setattr(os, name, wrap(name, getattr(os, name)))
        yield lambda: failed


def kill_after(number: int, rewrites: Sequence[Rewrite]) -> None:
    """Write files, and "kill" the process when so many of them are new."""

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:

        def progress(done: int, _: int) -> None:
            if done == number:
                for name in FUNCTIONS:
                    patch.setattr(os, name, killed)
                raise Killed

        with pytest.raises(Killed):
            write_files(rewrites, on_progress=progress)


@contextmanager
def looked_at() -> Iterator[None]:
    """Another open file has the lock of each file that is locked, until somebody waits for it."""
    real = fcntl.flock

    def flock(descriptor: int, operation: int) -> None:
        with open(f"/proc/self/fd/{descriptor}") as other:  # noqa: PTH123  # no path of its own
            real(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if operation & fcntl.LOCK_NB:
                real(descriptor, operation)
        real(descriptor, operation)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fcntl, "flock", flock)
        yield


def unchanged() -> None:
    """Look at files that nobody has changed, for `create_journal`."""
