"""The other way round: which objects select a given pod or Service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.selection.object_selectors import ObjectSelector
from labelsel.kubernetes.selection.selector_targets import SelectorTarget
from labelsel.live import SelectorIndex

__all__ = ["ObjectSelectorIndex"]


class ObjectSelectorIndex:
    """Many objects with selectors, asked which of them select something.

    A selector sees one kind and one namespace, some, or all of them. So there is a
    `SelectorIndex` for each kind and namespace that is looked at, and one for each kind that is
    looked at everywhere: two are asked for one answer, however many there are.

    >>> from labelsel.kubernetes import Resource, Source, pods, selectings
    >>> def item(kind, name, spec, labels=()):
    ...     body = {"spec": spec}
    ...     return Resource(kind, "v1", "shop", name, dict(labels), {}, body, Source("a", 1, 1))
    >>> web = item("Service", "web", {"selector": {"app": "web"}})
    >>> db = item("Service", "db", {"selector": {"app": "db"}})
    >>> pod = item("Pod", "web-1", {}, {"app": "web", "tier": "front"})
    >>> index = ObjectSelectorIndex(selectings([web, db]))
    >>> [found.owner.reference for found in index.matching(pods([pod])[0])]
    ['service/web']
    """

    def __init__(self, selectings: Iterable[ObjectSelector]) -> None:
        self._selectings = list(selectings)
        #: By kind and namespace, None for all of them. Keys are places in the list.
        self._indexes: dict[tuple[Kind, str | None], SelectorIndex[int]] = defaultdict(
            SelectorIndex
        )
        for place, selecting in enumerate(self._selectings):
            for namespace in (None,) if selecting.namespaces is None else selecting.namespaces:
                self._indexes[selecting.target, namespace][place] = selecting.selector

    def matching(self, item: SelectorTarget) -> list[ObjectSelector]:
        """What selects an item, in the order given: all for which ``selects`` is true of it.

        Complexity: that of ``SelectorIndex.matching``, twice.
        """
        places: set[int] = set()
        for namespace in (item.namespace, None):
            index = self._indexes.get((item.kind, namespace))
            if index is not None:
                places |= index.matching(item.labels)
        return [self._selectings[place] for place in sorted(places)]
