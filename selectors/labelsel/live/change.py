"""What a change started and stopped: pairs of an item and a selector, made where asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final, Generic, TypeAlias, TypeVar

__all__ = ["NO_PAIRS", "Change", "Pairs", "Rectangle"]

I = TypeVar("I")  # noqa: E741  # of items
S = TypeVar("S")

Rectangle: TypeAlias = tuple[Collection[I], Collection[S]]
"""All pairs of one of these items and one of these selectors."""


class Pairs(AbstractSet[tuple[I, S]]):
    """A set of pairs, kept as rectangles: some items, and the selectors for all of them.

    ``len`` costs O(rectangles), and so does ``in``; a pair is made when it is iterated over.
    Nothing that happens to the index later changes it.

    >>> pairs = Pairs([(["web-1", "web-2"], ["web"]), (["db-1"], ["db", "all"])])
    >>> len(pairs), ("db-1", "all") in pairs, list(pairs)[:2]
    (4, True, [('web-1', 'web'), ('web-2', 'web')])
    """

    __slots__ = ("rectangles",)

    def __init__(self, rectangles: Sequence[Rectangle[I, S]] = ()) -> None:
        """Make the set of rectangles that have no pair in common, and never change."""
        self.rectangles = rectangles

    def __len__(self) -> int:
        return sum(len(items) * len(selectors) for items, selectors in self.rectangles)

    def __iter__(self) -> Iterator[tuple[I, S]]:
        for items, selectors in self.rectangles:
            yield from product(items, selectors)

    def __contains__(self, pair: object) -> bool:
        if not isinstance(pair, tuple) or len(pair) != 2:
            return False
        item, selector = pair
        return any(item in items and selector in some for items, some in self.rectangles)

    def __bool__(self) -> bool:
        return any(items and selectors for items, selectors in self.rectangles)

    # Said here as well, so that a type checker knows that pairs may equal any set.
    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]  # as that of every Set

    def __repr__(self) -> str:
        return f"<{len(self)} pairs>"

    @classmethod
    def _from_iterable(cls, pairs: Iterable[Any]) -> AbstractSet[Any]:
        return set(pairs)


NO_PAIRS: Final[Pairs[Any, Any]] = Pairs()


@dataclass(frozen=True, slots=True)
class Change(Generic[I, S]):
    """What a change of a `LiveIndex` did to what selects what; true where it did anything.

    Attributes:
        started: the pairs of an item and a selector that match now, and did not before.
        stopped: those that matched before, and do not now.
    """

    started: Pairs[I, S] = field(default_factory=lambda: NO_PAIRS)
    stopped: Pairs[I, S] = field(default_factory=lambda: NO_PAIRS)

    def __bool__(self) -> bool:
        return bool(self.started) or bool(self.stopped)
