"""Reads the selectors of all objects of an input: also those that need to know its namespaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from itertools import chain
from typing import Final, TypeAlias

from labelsel.errors import ManifestError, require_each
from labelsel.kubernetes.model.paths import read_each
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.kubernetes.selection.known_namespaces import KnownNamespaces
from labelsel.kubernetes.selection.monitor_selectors import (
    has_monitor_selectors,
    read_monitor_namespaces,
    read_monitor_selectors,
)
from labelsel.kubernetes.selection.object_selectors import (
    ObjectSelector,
    SelectNamespaces,
    own_selector_path,
    read_object_selector,
)
from labelsel.kubernetes.selection.peers import has_policy_peers, read_policy_peers
from labelsel.kubernetes.selection.pod_selectors import (
    has_pod_selectors,
    read_near_pod_selectors,
    read_node_selectors,
)
from labelsel.selector import Selector

__all__ = ["carries_selectors", "read_object_selectors"]

_Reader: TypeAlias = Callable[[Resource, SelectNamespaces], Iterable[ObjectSelector]]


def carries_selectors(resource: Resource) -> bool:
    """Whether an object is of a kind whose selectors `read_object_selectors` reads.

    The object need not have one: a Service without a selector is of such a kind. An object of
    another kind counts if it has a pod template.

    Arguments:
        resource: the object.

    Returns:
        True if `read_object_selectors` looks for selectors in it.

    Raises:
        TypeError: the argument is not a `Resource`.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Resource, Source
    >>> def item(kind):
    ...     return Resource(kind, "v1", None, "a", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> carries_selectors(item("Service")), carries_selectors(item("ConfigMap"))
    (True, False)
    """
    return any(carries(resource) for carries, _ in _READERS)


def read_object_selectors(
    resources: Iterable[Resource],
    *,
    everything: Iterable[Resource] | None = None,
    on_error: Callable[[ManifestError], None] | None = None,
) -> list[ObjectSelector]:
    """Return the selectors of all objects that carry one, in the order of the objects.

    1. The selector of a Service, a workload, a NetworkPolicy, a PodDisruptionBudget or a monitor
       itself comes first: `read_object_selector`.
    2. A Prometheus, PrometheusAgent, ThanosRuler and Alertmanager selects monitors, rules and
       configurations, and namespaces.
    3. The peers in the rules of a NetworkPolicy select pods and namespaces.
    4. A Pod and a pod template select nodes by ``nodeSelector`` and node affinity, and pods and
       namespaces by affinity, anti-affinity and topology spread.
    5. A selector of namespaces selects those that are objects here, or that objects here name.

    Arguments:
        resources: the objects whose selectors are read.
        everything: all objects of the input, where ``resources`` are only some of them: they
            have the namespaces of rule 5.
        on_error: called with each fault; the rest is still read. Without it the first fault
            is raised.

    Returns:
        the selectors; an object may have several, at different paths.

    Raises:
        ManifestError: a selector is not a selector, or a kind must have one.
        TypeError: something among the objects is not a `Resource`.

    Complexity: O(n + d * s) for n objects and requirements in their selectors, d distinct selectors
    of namespaces and s namespaces.

    >>> from labelsel.kubernetes import Inventory
    >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"}}
    >>> here = Inventory.of([service | {"spec": {"selector": {"app": "web"}}}])
    >>> [str(found.selector) for found in read_object_selectors(here)]
    ['app=web']
    """
    owners = require_each(Resource, resources, HOW_TO_READ)
    select = _LazyNamespaces(owners if everything is None else everything).select

    def read_part(read: _Reader, resource: Resource) -> list[ObjectSelector]:
        return list(read(resource, select))

    parts = (
        read_each(partial(read_part, read), [resource], on_error)
        for resource in owners
        for carries, read in _READERS
        if carries(resource)
    )
    return list(chain.from_iterable(chain.from_iterable(parts)))


class _LazyNamespaces:
    """The namespaces of an input, read when the first selector of namespaces asks for them."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._resources = resources

    @cached_property
    def _known(self) -> KnownNamespaces:
        return KnownNamespaces(self._resources)

    def select(self, selector: Selector) -> frozenset[str] | None:
        return self._known.select(selector)


def _has_own(resource: Resource) -> bool:
    return own_selector_path(resource) is not None


def _read_own(resource: Resource, _select: SelectNamespaces) -> Iterator[ObjectSelector]:
    found = read_object_selector(resource)
    if found is not None:
        yield found


def _read_peers(resource: Resource, select: SelectNamespaces) -> Iterator[ObjectSelector]:
    for peer in read_policy_peers(resource):
        yield from peer.object_selectors(select)


#: Whether an object may have a part with selectors, and what reads the part. A fault in one part
#: hides no selector in another one.
_READERS: Final[tuple[tuple[Callable[[Resource], bool], _Reader], ...]] = (
    (_has_own, _read_own),
    (has_monitor_selectors, read_monitor_selectors),
    (has_monitor_selectors, lambda resource, _select: read_monitor_namespaces(resource)),
    (has_policy_peers, _read_peers),
    (has_pod_selectors, lambda resource, _select: read_node_selectors(resource)),
    (has_pod_selectors, read_near_pod_selectors),
)
