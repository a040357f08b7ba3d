"""The plans that an index keeps. The least recently used plan is removed first."""

from __future__ import annotations

from operator import attrgetter
from typing import Final, Protocol, TypeVar

from labelsel.limits import MAX_CACHED_PLAN_PARTS, MAX_CACHED_PLANS

__all__ = ["PlanCache"]

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
    """Plans by name: at most `MAX_CACHED_PLANS`, together of `MAX_CACHED_PLAN_PARTS` parts.

    1. The owner sets ``last_use`` of a plan at each use. That takes 40 ns; to move the plan to
       the end of an OrderedDict takes 60 to 100 ns, and needs a lock or a check.
    2. `keep` removes the plans with the least ``last_use``. It must not run in two threads at
       once; all else needs no lock.
    3. A plan of more than `MAX_CACHED_PLAN_PARTS` parts is not kept.
    """

    __slots__ = ("_size",)

    _size: int

    def keep(self, name: str | int, plan: P) -> None:
        """Keep a plan, and remove others until the limits hold. O(plans) if one is removed."""
        size = _size(name, plan)
        if size > MAX_CACHED_PLAN_PARTS:
            return
        if name in self:  # two threads made the plan at the same time
            self._remove(name)
        while self and self._is_full(size):
            oldest = min(self.values(), key=attrgetter("last_use"))
            # Mostly one of the first: the dict has the plans in the order in which they were made.
            self._remove(next(each for each, kept in self.items() if kept is oldest))
        if not self:
            # An interrupt between two of the lines that count leaves a size that is too large.
            self._size = 0
        self._size += size
        self[name] = plan

    def _is_full(self, size: int) -> bool:
        return len(self) >= MAX_CACHED_PLANS or self._size + size > MAX_CACHED_PLAN_PARTS

    def _remove(self, name: str | int) -> None:
        size = _size(name, self.pop(name))
        self._size -= size


def _size(name: str | int, plan: _Plan) -> int:
    return plan.size + (len(name) // _CHARACTERS if isinstance(name, str) else 0)
