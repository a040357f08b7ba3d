"""The reverse index of object selectors: which objects select a given pod, Service or monitor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from labelsel.errors import require_each, require_type
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.selection.object_selectors import HOW_TO_READ_SELECTORS, ObjectSelector
from labelsel.kubernetes.selection.selector_targets import HOW_TO_TARGET, SelectorTarget
from labelsel.live.selector_index import SelectorIndex

__all__ = ["ObjectSelectorIndex"]


class ObjectSelectorIndex:
    """Object selectors, indexed to find those that select a pod or a Service.

    An object selector looks for one kind, in one namespace, in several, or in all of them.
    There is one `SelectorIndex` for each kind and namespace that a selector names, and one for
    each kind that is selected in all namespaces: an answer asks two of them, however many
    there are. The index does not change; make a new one for other selectors.

    Arguments:
        object_selectors: the selectors, as `read_object_selectors` returns them.

    Raises:
        TypeError: something among them is not an `ObjectSelector`.

    Complexity: O(n * s) to make one of n selectors that look in s namespaces each.

    >>> from labelsel.kubernetes import Inventory, read_object_selectors, selector_target
    >>> def service(name, selector):
    ...     return {"kind": "Service", "apiVersion": "v1", "metadata": {"name": name},
    ...             "spec": {"selector": selector}}
    >>> pod = {"kind": "Pod", "apiVersion": "v1",
    ...        "metadata": {"name": "web-1", "labels": {"app": "web", "tier": "front"}}}
    >>> here = Inventory.of([service("web", {"app": "web"}), service("db", {"app": "db"}), pod])
    >>> index = ObjectSelectorIndex(read_object_selectors(here))
    >>> target = selector_target(here.get("pods", "web-1"))
    >>> [found.owner.reference for found in index.matching(target)]
    ['service/web']
    """

    def __init__(self, object_selectors: Iterable[ObjectSelector]) -> None:
        self._selectors = require_each(ObjectSelector, object_selectors, HOW_TO_READ_SELECTORS)
        #: By kind and namespace, None for all namespaces. Keys are positions in the list.
        self._indexes: dict[tuple[Kind, str | None], SelectorIndex[int]] = defaultdict(
            SelectorIndex
        )
        for position, found in enumerate(self._selectors):
            for namespace in (None,) if found.namespaces is None else found.namespaces:
                self._indexes[found.target, namespace][position] = found.selector

    def matching(self, target: SelectorTarget) -> list[ObjectSelector]:
        """Return the selectors that select a target, in the order in which they were given.

        These are exactly the selectors for which `ObjectSelector.selects` is true.

        Arguments:
            target: the target, as `selector_target` returns it.

        Raises:
            TypeError: the argument is not a `SelectorTarget`, or its labels are not strings.

        Complexity: that of `SelectorIndex.matching`, twice.

        >>> from labelsel.kubernetes import Inventory, read_object_selectors, selector_target
        >>> web = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
        ...        "spec": {"selector": {"app": "web"}}}
        >>> pod = {"kind": "Pod", "apiVersion": "v1",
        ...        "metadata": {"name": "a", "labels": {"app": "db"}}}
        >>> here = Inventory.of([web, pod])
        >>> index = ObjectSelectorIndex(read_object_selectors(here))
        >>> index.matching(selector_target(here.get("pods", "a")))
        []
        """
        require_type(SelectorTarget, target, HOW_TO_TARGET)
        positions: set[int] = set()
        for namespace in (target.namespace, None):
            index = self._indexes.get((target.kind, namespace))
            if index is not None:
                positions |= index.matching(target.labels)
        return [self._selectors[position] for position in sorted(positions)]
