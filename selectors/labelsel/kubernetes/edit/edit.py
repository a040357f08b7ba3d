"""The edit of one object in its file, and the error for edits that cannot be made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from labelsel.errors import ManifestError, Path, require_type
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.kubernetes.selection.label_locations import value_at

__all__ = ["METADATA", "STRING_MAPS", "Edit", "string_map", "strings_of"]

METADATA: Final[Path] = ("metadata",)
"""The path of an object's own metadata."""

#: The maps in the metadata that can be edited.
STRING_MAPS: Final = ("labels", "annotations")


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit of one object in its file: other labels or annotations, or its removal.

    `apply_edits` makes edits in the texts of the files.

    Attributes:
        before: the object as it was read.
        after: the same object with other labels or annotations; None to delete the object.
        templates: the paths of the metadata of templates in the object whose labels and annotations
            may be others, too: ``("spec", "template", "metadata")``.

    Raises:
        TypeError: an object is not a `Resource`. `Edit.fault` says what else is wrong with an edit.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Resource, Source
    >>> pod = Resource("Pod", "v1", None, "a", {}, {}, {}, Source("a watch", 0, 0))
    >>> Edit(pod, pod).is_idle, str(Edit(pod, None).fault)
    (True, 'a watch: Pod/a: not read from a file that can be written')
    """

    before: Resource
    after: Resource | None
    templates: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        require_type(Resource, self.before, HOW_TO_READ)
        if self.after is not None:
            require_type(Resource, self.after, "pass None to delete the object")

    @property
    def changes(self) -> Iterator[tuple[Path, str, Mapping[str, str], Mapping[str, str]]]:
        """Each map of strings that changes: the path of its metadata, its key, before and after.

        Raises:
            ValueError: the edit deletes the object: ``after`` is None.

        Complexity: O(n) for n labels and annotations of the object and the templates.

        >>> from dataclasses import replace
        >>> from labelsel.kubernetes import Inventory
        >>> [pod] = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
        >>> list(Edit(pod, replace(pod, labels={"app": "web"})).changes)
        [(('metadata',), 'labels', {}, {'app': 'web'})]
        """
        if self.after is None:
            message = "this edit deletes the object, so it changes no labels or annotations"
            raise ValueError(message)
        for path in (METADATA, *self.templates):
            for key in STRING_MAPS:
                old, new = (strings_of(one, path, key) for one in (self.before, self.after))
                if old != new:
                    yield path, key, old, new

    @property
    def is_idle(self) -> bool:
        """Whether the edit changes nothing.

        Raises:
            Nothing.

        Complexity: O(n) for n labels and annotations of the object and the templates.

        >>> from dataclasses import replace
        >>> from labelsel.kubernetes import Inventory
        >>> [pod] = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
        >>> Edit(pod, pod).is_idle, Edit(pod, replace(pod, labels={"app": "web"})).is_idle
        (True, False)
        >>> Edit(pod, None).is_idle
        False
        """
        return self.after is not None and not any(self.changes)

    @property
    def fault(self) -> ManifestError | None:
        """The error of an edit that cannot be made in any file; None if there is no such error.

        An edit cannot be made if the object was not read from a file, if its file is a link that
        was found in a folder, or if something besides labels and annotations is different.

        Raises:
            Nothing. The error is the value.

        Complexity: O(n) in the size n of the object.

        >>> from labelsel.kubernetes import Inventory
        >>> [pod] = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
        >>> print(Edit(pod, None).fault)
        object: Pod/a: not read from a file that can be written
        """
        location = self.before.source.location
        if location is None:
            return self.before.fault("not read from a file that can be written")
        if location.target is not None and not self.is_idle:
            problem = f"the file is a link to {location.target}: name {location.target} to change"
            return self.before.fault(f"{problem} the object, or leave the link out")
        if self.after is not None and self._strip(self.before) != self._strip(self.after):
            return self.before.fault("an edit may change only labels and annotations")
        return None

    def _strip(self, resource: Resource) -> Data:
        """Return an object without the labels and annotations that may change."""
        body: Data = resource.body
        for path in (METADATA, *self.templates):
            body = _strip(body, path)
        return body


def string_map(resource: Resource, key: str) -> Mapping[str, str]:
    """Return the labels of an object for ``labels``, and its annotations for ``annotations``.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> pod = Resource("Pod", "v1", None, "a", {"x": "y"}, {}, {}, Source("a.yaml", 1, 1))
    >>> string_map(pod, "labels"), string_map(pod, "annotations")
    ({'x': 'y'}, {})
    """
    return resource.labels if key == "labels" else resource.annotations


def strings_of(resource: Resource, path: Path, key: str) -> Mapping[str, str]:
    """Return the labels or annotations in metadata of an object: its own, or a template's.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"template": {"metadata": {"labels": {"a": None}}}}
    >>> source = Source("a.yaml", 1, 1)
    >>> pods = Resource("PodTemplate", "v1", None, "a", {"x": "y"}, {}, body, source)
    >>> strings_of(pods, METADATA, "labels"), strings_of(pods, ("template", "metadata"), "labels")
    ({'x': 'y'}, {'a': ''})
    """
    if path == METADATA:
        return string_map(resource, key)
    entries: Mapping[str, str] = nulls_as_empty(value_at(resource.body, (*path, key)) or {})
    return entries


def _strip(value: Data, path: Path) -> Data:
    """Return data without the labels and annotations in the metadata at a path."""
    if path:
        inside = value.get(path[0]) or {}
        return {**value, path[0]: _strip(inside, path[1:])}
    return {key: each for key, each in value.items() if key not in STRING_MAPS}
