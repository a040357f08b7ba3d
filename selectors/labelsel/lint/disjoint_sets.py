"""Sets of names, joined pair by pair: files or folders that belong together."""

from __future__ import annotations

__all__ = ["DisjointSets"]


class DisjointSets:
    """Names, each in one set. A name that was never joined is in a set of its own.

    Complexity: nearly O(1) for each call, on average.

    >>> sets = DisjointSets()
    >>> sets.join("a", "b")
    >>> sets.join("b", "c")
    >>> sets.name("a") == sets.name("c"), sets.name("d")
    (True, 'd')
    """

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def join(self, one: str, other: str) -> None:
        """Make one set of the sets of two names."""
        self._above[self.name(one)] = self.name(other)

    def name(self, one: str) -> str:
        """Return the name that stands for the whole set of a name."""
        passed: list[str] = []
        while (above := self._above.get(one, one)) != one:
            passed.append(one)
            one = above
        self._above.update(dict.fromkeys(passed, one))
        return one
