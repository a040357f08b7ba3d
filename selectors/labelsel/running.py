"""Calls out of the middle of another call of the same thread: `require_outermost` and the other.

A signal handler, a finalizer that the garbage collector runs, or a method of a key or label set may
call a structure while this thread is in the middle of another call of it. The lock lets that in,
for the thread is the same. A change then would pull the structure from under the other call, and a
question in the middle of a change has no answer.
"""

from __future__ import annotations

import sys
from threading import RLock
from types import FrameType
from typing import Final

__all__ = ["require_interrupted", "require_outermost"]

_MESSAGE: Final = (
    "this call came out of the middle of another call of this thread, from a signal handler, a"
    " finalizer, or a method of a key or label set: {}; keep in mind what is to be done, and do it"
    " afterwards"
)


def require_outermost(lock: RLock) -> None:
    """Raise RuntimeError if this thread holds the lock of a structure that is to be changed.

    >>> lock = RLock()
    >>> require_outermost(lock)
    >>> with lock:
    ...     require_outermost(lock)
    Traceback (most recent call last):
    RuntimeError: this call came out of the middle of another call of this thread, ...
    """
    if lock._is_owned():  # type: ignore[attr-defined]  # noqa: SLF001  # as threading.Condition
        raise RuntimeError(_MESSAGE.format("nothing is changed"))


def require_interrupted(structure: object) -> None:
    """Raise RuntimeError if a function that this thread has not left changes a structure.

    Whoever finds the note of a change calls this. If an exception came out of the change, it can be
    repaired; if the change goes on, that would be wrong. A function of labelsel that changes
    something has it in a variable of the name ``changed``. O(depth of the stack).

    >>> require_interrupted([])
    """
    frame: FrameType | None = sys._getframe()  # noqa: SLF001  # the stack without its lines
    while frame is not None:
        is_ours = str(frame.f_globals.get("__name__")).startswith("labelsel.")
        if is_ours and frame.f_locals.get("changed") is structure:
            raise RuntimeError(_MESSAGE.format("that one is changing what this one asks"))
        frame = frame.f_back
