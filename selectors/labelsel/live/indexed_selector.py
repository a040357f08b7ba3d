"""A selector in an index, with its restrictions and the caller's keys: `IndexedSelector`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Generic, TypeAlias, TypeVar, cast

from labelsel.live.restrictions import Restrictions
from labelsel.selector import Selector

__all__ = ["Answer", "IndexedSelector", "groups_of", "rectangles"]

I = TypeVar("I")  # noqa: E741  # of items
K = TypeVar("K")


class IndexedSelector(Generic[K]):
    """A selector in an index, under one key of the caller or several.

    Attributes:
        selector: the selector.
        restrictions: what it requires of each key; None if it selects nothing.
        keys: the caller's keys, in the order in which they were added.
    """

    __slots__ = ("_is_shared", "_label_keys", "keys", "restrictions", "selector")

    def __init__(self, selector: Selector, restrictions: Restrictions | None) -> None:
        self.selector = selector
        self.restrictions = restrictions
        self.keys: dict[K, None] = {}
        self._is_shared = False
        self._label_keys: frozenset[str] | None = None

    @property
    def label_keys(self) -> frozenset[str]:
        """The label keys of the selector's requirements. O(requirements) the first time."""
        if self._label_keys is None:
            assert self.restrictions is not None
            self._label_keys = frozenset(self.restrictions.keys())
        return self._label_keys

    def writable_keys(self) -> dict[K, None]:
        """Return the caller's keys, to be changed. A shared dict is copied first."""
        if self._is_shared:
            self.keys, self._is_shared = self.keys.copy(), False
        return self.keys

    def share_keys(self) -> dict[K, None]:
        """Return the caller's keys as a dict that never changes. O(1)."""
        self._is_shared = True
        return self.keys

    def answer(self) -> Answer[K]:
        """Return the caller's key if there is exactly one, else the object itself."""
        return next(iter(self.keys)) if len(self.keys) == 1 else self


Answer: TypeAlias = K | IndexedSelector[K]
"""What a look-up finds: the caller's key of a selector that has one, else the selector."""


def groups_of(answers: Iterable[Answer[K]]) -> list[Collection[K]]:
    """Return the caller's keys of each answer, as collections that never change. O(answers)."""
    return [
        answer.share_keys() if type(answer) is IndexedSelector else (cast("K", answer),)
        for answer in answers
    ]


def rectangles(
    items: Collection[I], answers: list[Answer[K]]
) -> list[tuple[Collection[I], Collection[K]]]:
    """Return some items with the caller's keys of answers; those of selectors with one together."""
    alone = [cast("K", answer) for answer in answers if type(answer) is not IndexedSelector]
    found: list[tuple[Collection[I], Collection[K]]] = [(items, alone)] if alone else []
    if len(alone) < len(answers):
        found += [(items, each.share_keys()) for each in answers if type(each) is IndexedSelector]
    return found
