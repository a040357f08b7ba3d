"""The plans that an index keeps. The least recently used plan is removed first."""

from __future__ import annotations

from operator import attrgetter
from typing import Final, Protocol, TypeVar

__all__ = ["MAX_PLANS", "MAX_SIZE", "PlanCache"]

MAX_PLANS: Final = 256
"""Most plans that are kept. To find the least recently used one is O(plans): in a full cache a new
text takes 160 µs, with 16 plans 143 and with 1,024 plans 223
(``python -m benchmarks.constants plans``)."""

MAX_SIZE: Final = 2**16
"""Most parts of all plans together, on average 256 for each of 256 plans. A part is a
requirement (370 bytes), a listed value (120 bytes), or 64 characters of a text: 24 MB at most
(``python -m benchmarks.constants plan-size``). Without this limit 256 selectors that each list
100,000 values would keep as much memory as a million label sets."""

_CHARACTERS: Final = 64
"""Characters of a text that count as one part: the longest legal value has 63."""


class _Plan(Protocol):
    """A plan, as the cache knows it."""

    last_use: int

    @property
    def size(self) -> int:
        """The number of requirements and listed values."""


P = TypeVar("P", bound=_Plan)


class PlanCache(dict[str | int, P]):
    """Plans by name: at most `MAX_PLANS`, with at most `MAX_SIZE` parts together.

    1. The owner sets ``last_use`` of a plan at each use. That takes 40 ns; to move the plan to
       the end of an OrderedDict takes 60 to 100 ns, and needs a lock or a check.
    2. `keep` removes the plans with the least ``last_use``. It must not run in two threads at
       once; all else needs no lock.
    3. A plan of more than `MAX_SIZE` parts is not kept.
    """

    __slots__ = ("_size",)

    def __init__(self) -> None:
        super().__init__()
        self._size = 0

    def keep(self, name: str | int, plan: P) -> None:
        """Keep a plan, and remove others until the limits hold. O(plans) if one is removed."""
        size = _size(name, plan)
        if size > MAX_SIZE:
            return
        if name in self:  # two threads made the plan at the same time
            self._remove(name)
        while len(self) >= MAX_PLANS or self._size + size > MAX_SIZE:
            oldest = min(self.values(), key=attrgetter("last_use"))
            # Mostly one of the first: the dict has the plans in the order in which they were made.
            self._remove(next(each for each, kept in self.items() if kept is oldest))
        self[name] = plan
        self._size += size

    def _remove(self, name: str | int) -> None:
        self._size -= _size(name, self.pop(name))


def _size(name: str | int, plan: _Plan) -> int:
    return plan.size + (len(name) // _CHARACTERS if isinstance(name, str) else 0)
