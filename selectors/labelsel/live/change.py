"""The effect of a change: the pairs of an item and a selector that started or stopped matching."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final, Generic, TypeAlias, TypeVar

from labelsel.errors import expected

__all__ = ["NO_CHANGE", "NO_PAIRS", "Change", "Pairs", "Rectangle"]

I = TypeVar("I")  # noqa: E741  # of items
S = TypeVar("S")

Rectangle: TypeAlias = tuple[Collection[I], Collection[S]]
"""Some items and some selectors: all pairs of one item and one selector."""


class Pairs(AbstractSet[tuple[I, S]]):
    """A set of pairs of an item and a selector, kept as rectangles.

    A rectangle is some items and the selectors of all of them. Later changes of the index do not
    change the set. It is as any set: ``in``, ``&``, ``==``, iteration.

    Arguments:
        rectangles: pairs of a collection of items and a collection of selectors, which have no pair
            in common and never change.

    Raises:
        TypeError: ``rectangles`` is not a list or another sequence.

    Complexity:
        ``len`` is O(rectangles), and so is ``in`` if each collection has a fast ``in``. A tuple is
        made for a pair only during an iteration, O(pairs).

    >>> from labelsel import LiveIndex
    >>> live = LiveIndex({"web-1": {"app": "web"}, "db-1": {"app": "db"}})
    >>> pairs = live.update_selectors({"web": "app=web", "all": "app"}).started
    >>> len(pairs), ("db-1", "all") in pairs, sorted(pairs)[0]
    (3, True, ('db-1', 'all'))
    """

    __slots__ = ("rectangles",)

    def __init__(self, rectangles: Sequence[Rectangle[I, S]] = ()) -> None:
        """Make the set from rectangles that have no pair in common and never change."""
        if not isinstance(rectangles, Sequence):
            raise expected("a list of pairs of items and selectors", rectangles)
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

    # Declared here, too, so that type checkers accept a comparison with any set.
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
    """The effect of a change of a `LiveIndex`: the pairs that started and stopped matching.

    As a condition it is true if some pair started or stopped matching.

    Attributes:
        started: the pairs of an item and a selector that match now and did not match before: see
            `Pairs`.
        stopped: the pairs that matched before and do not match now.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel import LiveIndex
    >>> live = LiveIndex({"web-1": {"app": "web"}}, {"web": "app=web"})
    >>> change = live.set_item("web-1", {"app": "db"})
    >>> bool(change), list(change.started), list(change.stopped)
    (True, [], [('web-1', 'web')])
    >>> bool(live.set_item("web-1", {"app": "db"}))
    False
    """

    started: Pairs[I, S] = field(default_factory=lambda: NO_PAIRS)
    stopped: Pairs[I, S] = field(default_factory=lambda: NO_PAIRS)

    def __bool__(self) -> bool:
        return bool(self.started) or bool(self.stopped)


NO_CHANGE: Final[Change[Any, Any]] = Change()
