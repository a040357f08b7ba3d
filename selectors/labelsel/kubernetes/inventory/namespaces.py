"""Namespaces as objects: made from a name, and deleted with all objects in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from labelsel.kubernetes.inventory.object_query import ObjectQuery
from labelsel.kubernetes.model.kinds import NAMESPACE
from labelsel.kubernetes.model.object_key import ObjectKey
from labelsel.kubernetes.model.resource import Resource, Source
from labelsel.kubernetes.read.clients import read_object

if TYPE_CHECKING:  # the command makes namespaces without the indexes of a table
    from labelsel.kubernetes.inventory.object_table import ObjectTable

__all__ = ["add_contents", "check_deletable", "make_namespace"]

#: The API server deletes none of these.
_KEPT: Final = frozenset({"default", "kube-public", "kube-system"})
#: An RFC 1123 label.
_NAME: Final = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")


def make_namespace(given: object) -> Resource:
    """Return a Namespace object, made from its name or read from an object.

    Raises:
        ManifestError: the name is not a legal name of a namespace, or the object is not a
            Namespace.

    >>> make_namespace("shop").body
    {'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'shop'}}
    """
    resource = _make_namespace(given) if isinstance(given, str) else read_object(given)
    if resource.group_kind != NAMESPACE:
        raise resource.fault("not a Namespace")
    if _NAME.fullmatch(resource.name) is None:
        problem = "the name of a namespace has at most 63 lower-case letters, digits and '-', "
        raise resource.fault(f"{problem}and a letter or digit at both ends")
    return resource


def check_deletable(namespace: str) -> None:
    """Refuse to delete a namespace that Kubernetes keeps.

    Raises:
        ValueError: the namespace is default, kube-public or kube-system.

    >>> check_deletable("shop")
    >>> check_deletable("default")
    Traceback (most recent call last):
        ...
    ValueError: the namespace default cannot be deleted: Kubernetes keeps it
    """
    if namespace in _KEPT:
        msg = f"the namespace {namespace} cannot be deleted: Kubernetes keeps it"
        raise ValueError(msg)


def add_contents(table: ObjectTable, keys: Iterable[ObjectKey]) -> list[ObjectKey]:
    """Return keys that are to be removed, then those of the objects in the namespaces among them.

    A namespace that is not an object itself, and is only named by objects, is left out.

    Raises:
        ValueError: a namespace is one that Kubernetes keeps.

    >>> from labelsel.kubernetes import Inventory
    >>> from labelsel.kubernetes.inventory.object_table import ObjectTable
    >>> table = ObjectTable()
    >>> _ = table.insert([make_namespace("shop"), *Inventory.of(
    ...     {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "shop"}})])
    >>> [key.name for key in add_contents(table, [ObjectKey(NAMESPACE, None, "shop")])]
    ['shop', 'a']
    """
    doomed = dict.fromkeys(keys)
    for namespace in [key.name for key in doomed if key.kind == NAMESPACE]:
        check_deletable(namespace)
        doomed |= dict.fromkeys(table.find(ObjectQuery(namespace=namespace)))
    return [key for key in doomed if key in table.resources]


def _make_namespace(name: str) -> Resource:
    body = {"apiVersion": "v1", "kind": NAMESPACE.kind, "metadata": {"name": name}}
    return Resource(NAMESPACE.kind, "v1", None, name, {}, {}, body, Source("namespace", 0, 0))
