"""The labels of an object as the API server serves them, which selectors select by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from labelsel.errors import require_type
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource

__all__ = ["NAMESPACE_NAME_KEY", "is_namespace", "served_labels"]

NAMESPACE_NAME_KEY: Final = "kubernetes.io/metadata.name"
"""The label in which each Namespace of a cluster has its name."""


def is_namespace(resource: Resource) -> bool:
    """Whether an object is a Namespace that the API server takes. It knows the version v1 only.

    >>> from labelsel.kubernetes import Source
    >>> shop = Resource("Namespace", "v2", None, "shop", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> is_namespace(shop)
    False
    """
    return resource.kind == "Namespace" and resource.api_version == "v1"


def served_labels(resource: Resource) -> Mapping[str, str]:
    """Return the labels that selectors see: those of the object, and what the API server sets.

    1. The API server gives each Namespace the label ``kubernetes.io/metadata.name`` with its
       name. It does not refuse a manifest that sets another value: it replaces the value
       (``SetDefaults_Namespace`` and the ``Canonicalize`` of its storage).
    2. A Namespace of which only ``generateName`` is known has no name yet, and no such label.
    3. All other objects have the labels that were read.

    `Resource.labels` stays as it was read: that is what is printed and edited.

    Arguments:
        resource: the object.

    Returns:
        `Resource.labels` itself, or of a Namespace a new map.

    Raises:
        TypeError: the argument is not a `Resource`.

    Complexity: O(n) for a Namespace with n labels, which are copied; O(1) for other objects.

    >>> from labelsel.kubernetes import Resource, Source
    >>> shop = Resource("Namespace", "v1", None, "shop", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> served_labels(shop), shop.labels
    ({'kubernetes.io/metadata.name': 'shop'}, {})
    """
    require_type(Resource, resource, HOW_TO_READ)
    if resource.kind != "Namespace" or resource.group or _has_no_name(resource):
        return resource.labels
    return {**resource.labels, NAMESPACE_NAME_KEY: resource.name}


def _has_no_name(resource: Resource) -> bool:
    match resource.body.get("metadata"):
        case {"generateName": str(), **others}:
            return not others.get("name")
        case _:
            return False
