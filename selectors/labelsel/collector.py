"""Python's garbage collector, paused while very many objects are made: `collector_paused`."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]


@contextmanager
def collector_paused(condition: bool) -> Iterator[None]:  # noqa: FBT001  # of a with statement
    """Pause the garbage collector, under a condition, while what is made is no garbage.

    The collector would look at all of it again and again, and at all else that the program holds.

    >>> import gc
    >>> with collector_paused(True):
    ...     gc.isenabled()
    False
    """
    is_paused = condition and gc.isenabled()
    if is_paused:
        gc.disable()
    try:
        yield
    finally:
        if is_paused:
            gc.enable()
