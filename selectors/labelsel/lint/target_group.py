"""The pods or Services among which a selector looks, with an index of their labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from labelsel.index import LabelIndex
from labelsel.selector import Selector
from labelsel.typos import TypoIndex

if TYPE_CHECKING:  # only a type here
    from labelsel.kubernetes import SelectorTarget

__all__ = ["TargetGroup"]


class TargetGroup:
    """The pods, or the Services, of one namespace or of all.

    Attributes:
        items: the pods or Services.
    """

    def __init__(self) -> None:
        self.items: list[SelectorTarget] = []
        self._values: dict[str, TypoIndex] = {}

    @cached_property
    def index(self) -> LabelIndex[int]:
        """The labels of the items, by their position in ``items``; built on first use."""
        return LabelIndex({number: item.labels for number, item in enumerate(self.items)})

    @cached_property
    def keys(self) -> TypoIndex:
        """All keys of the items' labels."""
        return TypoIndex({key for item in self.items for key in item.labels})

    def values(self, key: str) -> TypoIndex:
        """Return all values that the items have for a key; built on first use."""
        if key not in self._values:
            self._values[key] = TypoIndex(self.index.label_values(key))
        return self._values[key]

    def items_named(self, name: str) -> list[SelectorTarget]:
        """Return the items of this name, or of the workload of this name."""
        return self._names.get(name, [])

    @cached_property
    def _names(self) -> dict[str, list[SelectorTarget]]:
        names: dict[str, list[SelectorTarget]] = defaultdict(list)
        for item in self.items:
            names[item.origin.name].append(item)
        return names

    def select(self, selector: Selector) -> Iterator[SelectorTarget]:
        """Yield the items that a selector selects, in their order."""
        return (self.items[number] for number in self.index.select(selector))
