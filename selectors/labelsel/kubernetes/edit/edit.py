"""The edit of one object in its file, and the error for edits that cannot be made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from labelsel.errors import ManifestError
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import Resource

__all__ = ["STRING_MAPS", "Edit", "string_map"]

#: The maps in the metadata that can be edited.
STRING_MAPS: Final = ("labels", "annotations")


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit of one object.

    Attributes:
        before: the object as it was read.
        after: the same object with other labels or annotations; None to delete the object.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> pod = Resource("Pod", "v1", None, "a", {}, {}, {}, Source("a watch", 0, 0))
    >>> Edit(pod, pod).is_idle, str(Edit(pod, None).fault)
    (True, 'a watch: Pod/a: not read from a file that can be written')
    """

    before: Resource
    after: Resource | None

    @property
    def is_idle(self) -> bool:
        """Whether the edit changes nothing."""
        after = self.after
        return after is not None and all(
            string_map(self.before, key) == string_map(after, key) for key in STRING_MAPS
        )

    @property
    def fault(self) -> ManifestError | None:
        """The error of an edit that cannot be made in any file; None if there is no such error."""
        location = self.before.source.location
        if location is None:
            return self.before.fault("not read from a file that can be written")
        if location.target is not None and not self.is_idle:
            problem = f"the file is a link to {location.target}: name {location.target} to change"
            return self.before.fault(f"{problem} the object, or leave the link out")
        if self.after is not None and _strip(self.before.body) != _strip(self.after.body):
            return self.before.fault("an edit may change only labels and annotations")
        return None


def string_map(resource: Resource, key: str) -> Mapping[str, str]:
    """Return the labels of an object for ``labels``, and its annotations for ``annotations``.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> pod = Resource("Pod", "v1", None, "a", {"x": "y"}, {}, {}, Source("a.yaml", 1, 1))
    >>> string_map(pod, "labels"), string_map(pod, "annotations")
    ({'x': 'y'}, {})
    """
    return resource.labels if key == "labels" else resource.annotations


def _strip(body: dict[str, Data]) -> dict[str, Data]:
    """Return an object without its labels and annotations."""
    metadata = body.get("metadata") or {}
    rest = {key: value for key, value in metadata.items() if key not in STRING_MAPS}
    return {**body, "metadata": rest}
