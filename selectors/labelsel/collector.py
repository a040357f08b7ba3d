"""Python's garbage collector, paused while very many objects are made: `collector_paused`."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from operator import call
from typing import Final

__all__ = ["collector_paused"]

_MANY: Final = 1000
"""From this number of items on the garbage collector is paused while they are added. It takes 0.3 s
of 1.35 for a million label sets (``python -m benchmarks.constants collector --size 1000000``), and
a third of the time for selectors (``python -m benchmarks selectors``)."""

_FROZEN: Final = 1000
"""Fewer frozen objects than so many are Python's own: version 3.12 begins with 375."""

_PER_ITEM: Final = 10
"""Python counts frozen objects one by one, in 8 to 25 ms for each million of them, and adds 1,000
items in 1 to 3 ms. If there were more than so many for each item, they are not counted again."""

_frozen = 0
"""How many objects were frozen when they were counted last."""


@contextmanager
def collector_paused(count: int) -> Iterator[None]:
    """Pause the garbage collector while many objects are made that are no garbage.

    The collector would look at all of them again and again, and at all else that the program holds.
    Afterwards it takes what was made for old. Other threads wait while the collector works, and a
    million new objects would take 0.1 s at once (``python -m benchmarks.waiting``).

    Arguments:
        count: how many items are added. The collector is not paused for few.

    >>> import gc
    >>> with collector_paused(1_000_000):
    ...     gc.isenabled()
    False
    """
    is_paused = count >= _MANY and gc.isenabled()
    try:
        if is_paused:
            gc.disable()
        yield
    finally:
        if is_paused:
            # Python looks for signals after a call: there is none before the inner ``try``.
            try:
                _make_old(count)
            finally:
                gc.enable()


def _make_old(count: int) -> None:
    """Move all objects to the oldest generation, which the collector looks at least often."""
    global _frozen  # noqa: PLW0603  # what is known of the whole process
    if _frozen > _PER_ITEM * count:
        return
    _frozen = gc.get_freeze_count()
    # What the program itself has frozen must stay so.
    if _frozen < _FROZEN:
        # One call of Python: an interrupt between two would leave all objects frozen.
        deque(map(call, (gc.freeze, gc.unfreeze)), maxlen=0)
