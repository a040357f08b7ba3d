"""The plans that an index keeps, least recently used first, bounded in number and in size."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, Generic, Protocol, TypeVar

__all__ = ["MAX_PLANS", "MAX_SIZE", "PlanCache"]

MAX_PLANS: Final = 256
"""Most plans that are kept. A program that asks more selectors in turn makes each plan anew."""

MAX_SIZE: Final = 2**16
"""Most parts of all plans together, on average 256 for each of 256 plans. A part is a
requirement, a listed value, or 64 characters of a text. SIZE_NUMBERS
(``python -m benchmarks.constants plan-size``). Without this limit 256 selectors that each list
100,000 values would keep as much memory as a million label sets."""

_CHARACTERS: Final = 64
"""Characters of a text that count as one part: the longest legal value has 63."""


class _Plan(Protocol):
    """A plan, as the cache knows it: its size is the number of requirements and listed values."""

    @property
    def size(self) -> int: ...


P = TypeVar("P", bound=_Plan)


class PlanCache(OrderedDict[str | int, P], Generic[P]):
    """Plans by name: at most `MAX_PLANS`, with at most `MAX_SIZE` parts together.

    1. The order is that of use: `get` a plan, then `touch` it; `keep` removes the plan that was
       used longest ago.
    2. A plan of more than `MAX_SIZE` parts is not kept at all.
    3. `get` and `touch` need no lock, one operation of the interpreter each. `keep` must not run
       in two threads at once.

    All operations are O(1) on average.
    """

    def __init__(self) -> None:
        super().__init__()
        self._size = 0

    def touch(self, name: str | int) -> None:
        """Note that a plan was used now. Does nothing if the plan was removed meanwhile."""
        try:  # noqa: SIM105  # `suppress` takes 0.3 µs, a quarter of a short answer
            self.move_to_end(name)
        except KeyError:  # another thread removed the plan between `get` and here
            pass

    def keep(self, name: str | int, plan: P) -> None:
        """Keep a plan as the most recently used one, and remove others until the limits hold."""
        size = _size(name, plan)
        if size > MAX_SIZE:
            return
        replaced = self.pop(name, None)
        if replaced is not None:  # two threads made the plan at the same time
            self._size -= _size(name, replaced)
        self[name] = plan
        self._size += size
        while len(self) > MAX_PLANS or self._size > MAX_SIZE:
            self._size -= _size(*self.popitem(last=False))


def _size(name: str | int, plan: _Plan) -> int:
    return plan.size + (len(name) // _CHARACTERS if isinstance(name, str) else 0)
