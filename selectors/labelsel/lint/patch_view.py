"""What a patch of kustomize or kubectl sets, without what it says about merging.

In a strategic merge patch null removes an entry, and keys such as ``$patch`` say how to merge.
Neither is in the object that comes out, so no rule may read them as a label or a toleration.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from labelsel.kubernetes import Resource
from labelsel.kubernetes.model.document import Data

__all__ = ["patch_view"]

_DIRECTIVE: Final = "$patch"
#: ``$patch``, ``$retainKeys``, ``$setElementOrder/containers``: no field of an object begins so.
_MARK: Final = "$"


def patch_view(resource: Resource) -> Resource:
    """Return a patch with what it sets only. All parts keep their paths: an item becomes null.

    Complexity: O(size of the object), however often aliases repeat its parts.

    >>> from labelsel.kubernetes import Source
    >>> labels = {"$patch": "replace", "app": None, "tier": "front"}
    >>> body = {"metadata": {"name": "a", "labels": labels}}
    >>> pod = Resource("Pod", "v1", None, "a", {}, {}, body, Source("a.yaml", 1, 1))
    >>> patch_view(pod).body
    {'metadata': {'name': 'a', 'labels': {'tier': 'front'}}}
    """
    body = _Reader().read(resource.body)
    if isinstance(body, dict):
        return replace(resource, body=body)
    nothing: dict[str, Data] = {"metadata": {"name": resource.name}}  # the patch removes the object
    return replace(resource, body=nothing, labels={}, annotations={})


class _Reader:
    """Reads values, each map and list once: YAML aliases share them."""

    def __init__(self) -> None:
        self._read: dict[int, Data] = {}

    def read(self, value: Data) -> Data:
        """Return what is set; None if that is nothing."""
        if not isinstance(value, dict | list):
            return value
        if id(value) not in self._read:
            self._read[id(value)] = (
                self._map(value) if isinstance(value, dict) else self._list(value)
            )
        return self._read[id(value)]

    def _map(self, value: dict[str, Data]) -> Data:
        if value.get(_DIRECTIVE) == "delete":
            return None
        entries = {key: self.read(each) for key, each in value.items() if key[:1] != _MARK}
        known = {key: each for key, each in entries.items() if each is not None}
        # What was empty before is a value: `{}` selects everything.
        return known if known or not value else None

    def _list(self, value: list[Data]) -> Data:
        items = [self.read(each) for each in value]
        return None if value and all(each is None for each in items) else items
