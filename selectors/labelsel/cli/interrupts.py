"""Ctrl-C and signals end the command with the status that a shell expects, and no traceback."""

from __future__ import annotations

import atexit
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import Final, NoReturn

from labelsel.cli import INTERRUPTED

__all__ = ["ending_at_once", "ignore_at_exit", "stopping_in_order"]

#: The signals with which a service manager, and a terminal that is closed, end a process.
_STOPS: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def ending_at_once() -> Iterator[None]:
    """End the process at the first Ctrl-C while modules are loaded: nothing is to be cleaned up.

    KeyboardInterrupt would do that less surely. It is raised in the middle of the code of other
    libraries, and Python 3.11 makes a RuntimeError of it where a class is made. A SIGINT that is
    ignored, or that the caller handles, stays so.
    """
    is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_default:
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        yield
    finally:
        if is_default:
            signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def stopping_in_order() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the command as Ctrl-C does: what it has begun is put back first.

    By default they end the process at once, which leaves temporary files. A signal that is ignored,
    as under nohup, or that the caller handles, stays so. While all is put back further ones do not
    count.
    """
    is_main = current_thread() is main_thread()  # no other thread may set a handler
    stops = [each for each in _STOPS if is_main and signal.getsignal(each) is signal.SIG_DFL]

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        for each in stops:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for each in stops:
        signal.signal(each, stop)
    try:
        yield
    finally:
        for each in stops:
            signal.signal(each, signal.SIG_DFL)


def ignore_at_exit() -> None:
    """Ignore Ctrl-C once Python ends: 100,000 objects take it 0.1 s, and all is done by then."""
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
