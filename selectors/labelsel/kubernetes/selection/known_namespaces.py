"""The namespaces of an input with their labels, for selectors of namespaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from labelsel.kubernetes.model.kinds import NAMESPACE, is_namespaced
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.served_labels import NAMESPACE_NAME_KEY, is_namespace, served_labels
from labelsel.predicate import compile_predicate
from labelsel.selector import Everything, Selector, all_of

__all__ = ["KnownNamespaces"]


class KnownNamespaces:
    """The namespaces that are objects of an input, and those that its objects name.

    A namespace that is only named has one label that is known: `NAMESPACE_NAME_KEY`.

    Arguments:
        resources: the objects.
        is_known: whether the labels of a Namespace are known; else it counts as one that is only
            named.

    Attributes:
        objects: the Namespace objects whose labels are known, by name.
        labels: the labels of all known namespaces, by name.

    >>> from labelsel import parse
    >>> from labelsel.kubernetes import Inventory
    >>> shop = {"kind": "Namespace", "apiVersion": "v1",
    ...         "metadata": {"name": "shop", "labels": {"team": "a"}}}
    >>> pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "blog"}}
    >>> known = KnownNamespaces(Inventory.of([shop, pod]))
    >>> sorted(known.select(parse("team=a"))), sorted(known.select(parse("team!=a")))
    (['shop'], ['blog'])
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        is_known: Callable[[Resource], bool] = lambda _namespace: True,
    ) -> None:
        self.objects: dict[str, Resource] = {}
        named: set[str] = set()
        for resource in resources:
            if is_namespace(resource) and is_known(resource):
                self.objects[resource.name] = resource
            elif resource.group_kind == NAMESPACE:
                named.add(resource.name)
            elif resource.namespace is not None or is_namespaced(resource.group_kind):
                named.add(namespace_of(resource))
        self.labels: dict[str, Mapping[str, str]] = {
            name: {NAMESPACE_NAME_KEY: name} for name in sorted(named)
        }
        self.labels |= {name: served_labels(each) for name, each in self.objects.items()}
        self._selected: dict[Selector, frozenset[str]] = {}

    def select(self, selector: Selector) -> frozenset[str] | None:
        """Return the known namespaces that a selector selects; None for all namespaces.

        Only a selector without requirements selects all: of an unknown namespace the labels are
        not known.

        Complexity: O(namespaces) for a new selector, of which an input has few. No index is made:
        a command that looks at one object would load the index for it.
        """
        if isinstance(selector, Everything):
            return None
        if selector not in self._selected:
            selects = compile_predicate(selector)
            names = (name for name, labels in self.labels.items() if selects(labels))
            self._selected[selector] = frozenset(names)
        return self._selected[selector]

    def select_surely(
        self, selector: Selector
    ) -> tuple[frozenset[str] | None, frozenset[str] | None]:
        """Return the namespaces that a conjunction selects for sure, and those that it may select.

        Of a namespace that is only named, all labels but its name are unknown: a requirement about
        another key may hold there. None is all namespaces.

        >>> from labelsel import parse
        >>> from labelsel.kubernetes import Inventory
        >>> pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "b"}}
        >>> known = KnownNamespaces(Inventory.of([pod]))
        >>> known.select_surely(parse("team=a"))
        (frozenset(), frozenset({'b'}))
        """
        selected = self.select(selector)
        if selected is None:
            return None, None
        requirements = selector.requirements()
        by_name = [each for each in requirements if each.key == NAMESPACE_NAME_KEY]
        if len(by_name) == len(requirements):
            return selected, selected
        matching = self.select(all_of(by_name))
        perhaps = frozenset(self.labels) if matching is None else matching
        sure = selected.intersection(self.objects)
        return sure, sure | perhaps.difference(self.objects)
