"""Reads the selectors of all objects of an input: also those that need to know its namespaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from labelsel.errors import ManifestError, require_each
from labelsel.kubernetes.model.paths import read_each
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.kubernetes.selection.known_namespaces import KnownNamespaces
from labelsel.kubernetes.selection.monitor_selectors import (
    has_monitor_selectors,
    read_monitor_selectors,
)
from labelsel.kubernetes.selection.object_selectors import ObjectSelector, read_object_selector

__all__ = ["read_object_selectors"]


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
        several = [] if known is None else read_monitor_selectors(resource, known.select)
        return several if one is None else [one, *several]

    return list(chain.from_iterable(read_each(read, everything, on_error)))
