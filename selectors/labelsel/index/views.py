"""Views of the items and values of a mapping that may change during an iteration."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import Any, TypeVar

__all__ = ["LazyItemsView", "LazyValuesView"]

K = TypeVar("K")
V = TypeVar("V")


class LazyItemsView(ItemsView[K, V]):
    """The items of a mapping; each value is read when the iteration reaches its key.

    An item that is removed during the iteration is left out, one that is added is not included.
    The mapping must not have None as a value.

    >>> list(LazyItemsView({"a": 1}))
    [('a', 1)]
    """

    def __init__(self, mapping: Mapping[K, V]) -> None:
        super().__init__(mapping)
        self._viewed = mapping

    def __iter__(self) -> Iterator[tuple[K, V]]:
        items = ((key, self._viewed.get(key)) for key in self._viewed)
        return ((key, value) for key, value in items if value is not None)


class LazyValuesView(ValuesView[V]):
    """The values of a mapping, read in the manner of `LazyItemsView`.

    >>> list(LazyValuesView({"a": 1}))
    [1]
    """

    def __init__(self, mapping: Mapping[Any, V]) -> None:
        super().__init__(mapping)
        self._viewed = mapping

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in LazyItemsView(self._viewed))
