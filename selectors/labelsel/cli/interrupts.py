"""Ctrl-C ends the command with the status that a shell expects, and without a traceback."""

from __future__ import annotations

import atexit
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from labelsel.cli import INTERRUPTED

__all__ = ["ending_at_once", "ignore_at_exit"]


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


def ignore_at_exit() -> None:
    """Ignore Ctrl-C once Python ends: 100,000 objects take it 0.1 s, and all is done by then."""
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
