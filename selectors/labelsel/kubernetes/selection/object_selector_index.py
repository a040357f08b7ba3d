"""The reverse index of object selectors: which objects select a given pod, Service or monitor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain

from labelsel.errors import ManifestError, require_each
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.paths import read_each
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.kubernetes.selection.known_namespaces import KnownNamespaces
from labelsel.kubernetes.selection.monitor_selectors import (
    has_monitor_selectors,
    read_monitor_selectors,
)
from labelsel.kubernetes.selection.object_selectors import ObjectSelector, read_object_selector
from labelsel.kubernetes.selection.selector_targets import SelectorTarget
from labelsel.live.selector_index import SelectorIndex

__all__ = ["ObjectSelectorIndex", "read_object_selectors"]


def read_object_selectors(
    resources: Iterable[Resource], *, on_error: Callable[[ManifestError], None] | None = None
) -> list[ObjectSelector]:
    """Return the selectors of all objects that carry one, in the order of the objects.

    They are those of `read_object_selector` and of `read_monitor_selectors`. A selector of
    namespaces selects those that are objects here, or that objects here name.

    Arguments:
        resources: the objects of an inventory.
        on_error: called with each fault; the rest is still read. Without it the first fault
            is raised.

    Raises:
        ManifestError: a selector is not a selector, or a kind must have one.

    >>> from labelsel.kubernetes import Inventory
    >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"}}
    >>> here = Inventory.of([service | {"spec": {"selector": {"app": "web"}}}])
    >>> [str(found.selector) for found in read_object_selectors(here)]
    ['app=web']
    """
    everything = require_each(Resource, resources, HOW_TO_READ)
    known = None
    if any(map(has_monitor_selectors, everything)):
        known = KnownNamespaces(everything)

    def read(resource: Resource) -> list[ObjectSelector]:
        one = read_object_selector(resource)
        several = [] if known is None else read_monitor_selectors(resource, known)
        return several if one is None else [one, *several]

    return list(chain.from_iterable(read_each(read, everything, on_error)))


class ObjectSelectorIndex:
    """Object selectors, indexed to find those that select a pod or a Service.

    An object selector looks for one kind, in one namespace, in several, or in all of them.
    There is one `SelectorIndex` for each kind and namespace that a selector names, and one for
    each kind that is selected in all namespaces: an answer asks two of them, however many
    there are.

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
        advice = "read them with labelsel.kubernetes.read_object_selectors()"
        self._selectors = require_each(ObjectSelector, object_selectors, advice)
        #: By kind and namespace, None for all namespaces. Keys are positions in the list.
        self._indexes: dict[tuple[Kind, str | None], SelectorIndex[int]] = defaultdict(
            SelectorIndex
        )
        for position, found in enumerate(self._selectors):
            for namespace in (None,) if found.namespaces is None else found.namespaces:
                self._indexes[found.target, namespace][position] = found.selector

    def matching(self, target: SelectorTarget) -> list[ObjectSelector]:
        """Return the selectors that select a target, in the order in which they were given.

        They are all for which `ObjectSelector.selects` is true.

        Complexity: that of ``SelectorIndex.matching``, twice.
        """
        positions: set[int] = set()
        for namespace in (target.namespace, None):
            index = self._indexes.get((target.kind, namespace))
            if index is not None:
                positions |= index.matching(target.labels)
        return [self._selectors[position] for position in sorted(positions)]
