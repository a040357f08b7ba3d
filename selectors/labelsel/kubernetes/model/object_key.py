"""The keys of objects: kind, namespace if the kind has namespaces, and name."""

from __future__ import annotations

from typing import Final, NamedTuple

from labelsel.errors import expected
from labelsel.kubernetes.model.kinds import Kind, is_namespaced
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource

__all__ = [
    "DEFAULT_NAMESPACE",
    "DEFINITION",
    "KindScopes",
    "ObjectKey",
    "defined_kind",
    "namespace_of",
]

DEFAULT_NAMESPACE: Final = "default"
"""The namespace of an object that names none, as in kubectl: ``default``."""

DEFINITION: Final = Kind("CustomResourceDefinition", "apiextensions.k8s.io")


class ObjectKey(NamedTuple):
    """The key of an object: no two objects have the same.

    The kind has its group: Knative's Service is not Kubernetes' own, and both may be called
    web. The key has no version: ``apps/v1`` and ``apps/v1beta1`` are two ways to write the same
    Deployment. `Inventory.key` returns the key of an object.

    Attributes:
        kind: the kind and its group.
        namespace: the namespace; None if the kind has no namespaces.
        name: the name, which is unique in a kind and namespace.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, Kind
    >>> here = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web"}})
    >>> ObjectKey(Kind("Pod", ""), "default", "web") in here
    True
    >>> ObjectKey(Kind("Pod", ""), "shop", "web")
    ObjectKey(kind=Kind(kind='Pod', group=''), namespace='shop', name='web')
    """

    kind: Kind
    namespace: str | None
    name: str


def namespace_of(resource: Resource) -> str:
    """Return the namespace of an object whose kind has namespaces; ``default`` if it names none.

    Of an object whose kind has no namespaces, such as a Node, the answer says nothing.

    Arguments:
        resource: the object.

    Returns:
        the name of the namespace, never empty.

    Raises:
        TypeError: the argument is not a `Resource`.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Resource, Source
    >>> def pod(namespace):
    ...     return Resource("Pod", "v1", namespace, "a", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> namespace_of(pod("shop")), namespace_of(pod(None))
    ('shop', 'default')
    """
    try:
        return resource.namespace or DEFAULT_NAMESPACE
    except AttributeError:
        raise expected("Resource", resource, HOW_TO_READ) from None


def defined_kind(resource: Resource) -> Kind | None:
    """Return the kind that an object defines; None if it is no CustomResourceDefinition."""
    defined = _defined(resource)
    return None if defined is None else defined[0]


def _defined(resource: Resource) -> tuple[Kind, bool] | None:
    """Return the kind that a definition defines, and whether its objects have namespaces."""
    if resource.group_kind != DEFINITION:
        return None
    match resource.body.get("spec"):
        case {"group": str(group), "names": {"kind": str(name)}, "scope": str(scope)}:
            return Kind(name, group), scope != "Cluster"
        case _:
            return None


class KindScopes:
    """Knows which kinds have namespaces, and so the key of an object.

    A CustomResourceDefinition says whether a custom kind has namespaces. Until it is read, an
    object of the kind is in a namespace if the object names one.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> node = Resource("Node", "v1", "shop", "n1", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> KindScopes().key(node).namespace is None
    True
    """

    def __init__(self) -> None:
        self._custom: dict[Kind, bool] = {}

    def copy(self) -> KindScopes:
        """Return a copy, which learns on its own."""
        scopes = KindScopes()
        scopes._custom = self._custom.copy()
        return scopes

    def learn(self, resource: Resource) -> Kind | None:
        """Read an object, if it is a CustomResourceDefinition.

        Returns:
            the kind that it defines, if its scope was not known or is another one; else None.
        """
        defined = _defined(resource)
        if defined is None:
            return None
        kind, namespaced = defined
        if self._custom.get(kind) == namespaced:
            return None
        self._custom[kind] = namespaced
        return kind

    def forget(self, kind: Kind) -> None:
        """Forget what was read about a kind whose definition is gone."""
        self._custom.pop(kind, None)

    def key(self, resource: Resource) -> ObjectKey:
        """Return the key of an object; an object that names no namespace is in ``default``."""
        kind = resource.group_kind
        namespaced = is_namespaced(kind)
        if namespaced is None:
            namespaced = self._custom.get(kind, resource.namespace is not None)
        namespace = namespace_of(resource) if namespaced else None
        return ObjectKey(kind, namespace, resource.name)
