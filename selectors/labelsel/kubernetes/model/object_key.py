"""What tells objects apart: their kind, their namespace where they stand in one, their name."""

from __future__ import annotations

from typing import Final, NamedTuple

from labelsel.kubernetes.model.kinds import Kind, has_namespaces
from labelsel.kubernetes.model.resource import Resource

__all__ = ["DEFAULT_NAMESPACE", "KindScopes", "ObjectKey", "namespace_of"]

DEFAULT_NAMESPACE: Final = "default"

_DEFINITION = Kind("CustomResourceDefinition", "apiextensions.k8s.io")


class ObjectKey(NamedTuple):
    """What no two objects share.

    The group is part of the kind, since a kind is a kind of its group: Knative's Service is not
    Kubernetes' own, and both may be called web. The version is not: ``apps/v1`` and
    ``apps/v1beta1`` are two ways to write the same Deployment.

    Attributes:
        kind: the kind and its group.
        namespace: None where the kind has no namespaces.
        name: the name, of which there is one in each kind and namespace.
    """

    kind: Kind
    namespace: str | None
    name: str


def namespace_of(resource: Resource) -> str:
    """The namespace of an object whose kind has namespaces: ``default`` where it names none.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> def pod(namespace):
    ...     return Resource("Pod", "v1", namespace, "a", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> namespace_of(pod("shop")), namespace_of(pod(None))
    ('shop', 'default')
    """
    return resource.namespace or DEFAULT_NAMESPACE


class KindScopes:
    """Knows which kinds stand in namespaces, and so what the key of an object is.

    Of custom kinds that is known from their CustomResourceDefinition. As long as it was not
    seen, an object stands in a namespace if it names one.
    """

    def __init__(self) -> None:
        self._custom: dict[Kind, bool] = {}

    def copy(self) -> KindScopes:
        """A copy that may learn what this one does not."""
        scopes = KindScopes()
        scopes._custom = self._custom.copy()
        return scopes

    def learn(self, resource: Resource) -> Kind | None:
        """Note what a CustomResourceDefinition says; the kind where that is news."""
        if resource.group_kind != _DEFINITION:
            return None
        match resource.body.get("spec"):
            case {"group": str(group), "names": {"kind": str(name)}, "scope": str(scope)}:
                kind, namespaced = Kind(name, group), scope != "Cluster"
            case _:
                return None
        if self._custom.get(kind) == namespaced:
            return None
        self._custom[kind] = namespaced
        return kind

    def key(self, resource: Resource) -> ObjectKey:
        """The key of an object; without a namespace, ``default`` is its namespace."""
        kind = resource.group_kind
        namespaced = has_namespaces(kind)
        if namespaced is None:
            namespaced = self._custom.get(kind, resource.namespace is not None)
        namespace = namespace_of(resource) if namespaced else None
        return ObjectKey(kind, namespace, resource.name)
