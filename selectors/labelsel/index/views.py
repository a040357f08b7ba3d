"""Items and values of a mapping that may change while somebody goes through them."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import Any, TypeVar

__all__ = ["ItemsInTurn", "ValuesInTurn"]

K = TypeVar("K")
V = TypeVar("V")


class ItemsInTurn(ItemsView[K, V]):
    """Items of a mapping without None: each as it is when its turn comes.

    What is removed in the meantime is left out, and what is added is not there.
    """

    def __init__(self, mapping: Mapping[K, V]) -> None:
        super().__init__(mapping)
        self._of = mapping

    def __iter__(self) -> Iterator[tuple[K, V]]:
        found = ((key, self._of.get(key)) for key in self._of)
        return ((key, value) for key, value in found if value is not None)


class ValuesInTurn(ValuesView[V]):
    """Values, as `ItemsInTurn` gives items."""

    def __init__(self, mapping: Mapping[Any, V]) -> None:
        super().__init__(mapping)
        self._of = mapping

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in ItemsInTurn(self._of))
