"""The pods or Services among which a selector looks, with an index of their labels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final, NoReturn

from labelsel.index import LabelIndex
from labelsel.lint.neighbors import Distance, Neighbors
from labelsel.requirements import Equals
from labelsel.selector import Selector
from labelsel.typos import TypoIndex

if TYPE_CHECKING:  # only a type here
    from labelsel.kubernetes import Resource, SelectorTarget

__all__ = ["TargetGroup"]

#: Keys of the index that no label has: the name and the namespace of the object.
_NAME: Final = ".name"
_NAMESPACE: Final = ".namespace"


class TargetGroup:
    """The pods, or the Services, of one namespace or of all.

    `Context.all_targets` and `Context.target_groups` return groups.

    Attributes:
        items: the pods or Services.

    Raises:
        Nothing.

    Complexity: O(1) to make an empty one. Indexes are built on first use, in O(n * l) for n items
    with l labels each.

    >>> from labelsel.kubernetes import POD, Inventory
    >>> from labelsel.lint import Context
    >>> from labelsel import parse
    >>> pods = Context(Inventory.of({"kind": "Pod", "apiVersion": "v1",
    ...     "metadata": {"name": "web-1", "labels": {"app": "web"}}})).all_targets(POD)
    >>> [str(target) for target in pods.select(parse("app=web"))]
    ['pod/web-1']
    """

    def __init__(self, neighbors: Neighbors | None = None) -> None:
        self.items: list[SelectorTarget] = []
        self._neighbors = neighbors or Neighbors([], [])
        self._values: dict[str, TypoIndex] = {}

    def __reduce__(self) -> NoReturn:
        message = (
            "a TargetGroup belongs to its Context and cannot be copied or pickled: pickle its"
            " items, or the objects of which the Context was made"
        )
        raise TypeError(message)

    @cached_property
    def index(self) -> LabelIndex[int]:
        """The labels of the items, by their position in `TargetGroup.items`; built on first use.

        Under keys that no label has, the index also has the name and the namespace of the
        object, and where its file is.
        """
        locate = self._neighbors.labels
        return LabelIndex(
            {
                number: {
                    **item.labels,
                    _NAME: item.origin.name,
                    _NAMESPACE: item.namespace,
                    **locate(item.origin),
                }
                for number, item in enumerate(self.items)
            }
        )

    @cached_property
    def keys(self) -> TypoIndex:
        """All keys of the items' labels."""
        return TypoIndex({key for item in self.items for key in item.labels})

    @cached_property
    def namespaces(self) -> TypoIndex:
        """The namespaces of the items."""
        return TypoIndex(self.index.label_values(_NAMESPACE))

    def of_namespace(self, name: str) -> Selector:
        """Return a selector for the items of a namespace.

        Arguments:
            name: the namespace.

        Raises:
            Nothing.

        Complexity: O(1).
        """
        return Equals(_NAMESPACE, name)

    def values(self, key: str) -> TypoIndex:
        """Return all values that the items have for a key; built on first use.

        Arguments:
            key: the key of a label.

        Raises:
            Nothing.

        Complexity: O(v log v) for v values at the first use of a key, then O(1).
        """
        if key not in self._values:
            self._values[key] = TypoIndex(self.index.label_values(key))
        return self._values[key]

    def first_named(self, name: str, selector: Selector) -> SelectorTarget | None:
        """Return the first selected item of this name, or of the workload of this name.

        Arguments:
            name: the name of the object.
            selector: the selector.

        Returns:
            the item; None if there is none.

        Raises:
            Nothing.

        Complexity: that of `LabelIndex.select`.
        """
        return next(self.select(selector & Equals(_NAME, name)), None)

    def levels(self, owner: Resource) -> tuple[Selector, Selector, Selector]:
        """Return a selector for the items in each distance from an object.

        The first is for the items in its file, the second for those in its folder, kustomization or
        chart, too, and the third for all.

        Arguments:
            owner: the object.

        Raises:
            Nothing.

        Complexity: O(1) for a file that was asked about before.
        """
        return self._neighbors.levels(owner)

    def select(self, selector: Selector) -> Iterator[SelectorTarget]:
        """Yield the items that a selector selects, in their order.

        Arguments:
            selector: the selector.

        Raises:
            Nothing.

        Complexity: that of `LabelIndex.select`, and O(a) for an answer of a items.
        """
        return (self.items[number] for number in self.index.select(selector))

    def has_near(self, owner: Resource, distance: Distance) -> bool:
        """Whether an item is so near to an object, or nearer.

        Arguments:
            owner: the object.
            distance: the distance, as a position in `TargetGroup.levels`.

        Raises:
            Nothing.

        Complexity: that of `LabelIndex.count`.
        """
        return self.index.count(self.levels(owner)[distance]) > 0
