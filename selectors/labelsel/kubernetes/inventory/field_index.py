"""An index of the fields of one kind's objects: those fields that a query has named."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from copy import copy
from typing import Final, Generic, TypeVar

from labelsel.errors import FieldError
from labelsel.index import LabelIndex
from labelsel.kubernetes.inventory.fields import field_values, fields_in
from labelsel.kubernetes.model.resource import Resource
from labelsel.requirements import Exists
from labelsel.selector import Selector

__all__ = ["FieldIndex"]

K = TypeVar("K", bound=Hashable)

_MAX_FIELDS: Final = 32
"""Fields that stay indexed, those that were named last. Each is read from every object that
changes, and people who mistype names may ask for any number of them."""


class FieldIndex(Generic[K]):
    """Answers field selectors about objects that come, change and go.

    There are too many fields to index them all. A field is read from every object when a query
    names it for the first time: 0.25 s for 100,000 objects (``python -m benchmarks.objects``).
    From then on only objects that changed since the last query are read. The `_MAX_FIELDS` fields
    that queries named last stay in the index, and those of the present query.

    Arguments:
        resources: all objects by key, of other kinds too. They are read when a query comes.

    >>> from labelsel import parse_fields
    >>> from labelsel.kubernetes import Inventory
    >>> node = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"}}
    >>> nodes = {item.name: item for item in Inventory.of(node)}
    >>> FieldIndex(nodes).select(parse_fields("spec.unschedulable=false"), lambda: nodes)
    Selection({'n1'})
    """

    def __init__(self, resources: Mapping[K, Resource]) -> None:
        self._resources = resources
        self._index: LabelIndex[K] = LabelIndex()
        # In the order in which queries named them, the last at the end.
        self._names: dict[str, None] = {}
        self._changed: set[K] = set()
        self._is_shared = False

    def copy(self, resources: Mapping[K, Resource]) -> FieldIndex[K]:
        """Return an index of the same fields for a copy of the objects.

        The label index is shared until one of both changes it. Meanwhile `select` may read what
        changed here before: the copy reads it once more.

        Complexity: O(objects that changed since the last query).
        """
        copied = FieldIndex(resources)
        copied._index, copied._is_shared = self._index, True
        copied._names, copied._changed = self._names.copy(), self._changed.copy()
        return copied

    def change(self, keys: Iterable[K]) -> None:
        """Note objects that came, changed or went.

        An object that came and went between two queries is in neither place, and is forgotten.

        Complexity: O(keys).
        """
        for key in keys:
            if key in self._resources or key in self._index:
                self._changed.add(key)
            else:
                self._changed.discard(key)

    def select(self, selector: Selector, keys: Callable[[], Iterable[K]]) -> AbstractSet[K]:
        """Return the keys of the objects that a field selector selects.

        Arguments:
            selector: a selector as ``parse_fields`` returns it.
            keys: returns the keys of all objects of the kind.

        Raises:
            FieldError: an object has a map or a list at one of the fields. A field of an
                earlier query that has become a map or a list is no error: it is forgotten.

        Complexity: O(n) for n objects if a field is new, else O(objects that changed), and
        that of ``LabelIndex.select``.
        """
        self._refresh(fields_in(selector), keys)
        return self._index.select(selector)

    def compact(self) -> None:
        """Give back the memory of objects that are gone: see `LabelIndex.compact`."""
        self.refresh()
        compacted = copy(self._index)
        compacted.compact()
        self._index, self._is_shared = compacted, False

    def refresh(self) -> None:
        """Read the objects that changed, so that the next query need not. O(these objects)."""
        self._refresh([], self._changed.copy)

    def has_field(self, name: str) -> bool:
        """Return whether any object has a field that `select` has read."""
        return self._index.count(Exists(name)) > 0

    def _refresh(self, names: list[str], keys: Callable[[], Iterable[K]]) -> None:
        """Bring the index up to date, with some fields in it: see `select`."""
        while True:
            try:
                self._read_changed(names, keys)
                break
            except FieldError as error:
                if error.field in names:
                    raise
                self._names.pop(error.field, None)

    def _read_changed(self, names: list[str], keys: Callable[[], Iterable[K]]) -> None:
        others = [name for name in self._names if name not in names]
        surplus = max(0, len(others) + len(names) - _MAX_FIELDS)
        required = dict.fromkeys([*others[surplus:], *names])
        if self._names.keys() >= set(names):
            present = {key for key in self._changed if key in self._resources}
            if self._is_shared and self._changed:
                self._index, self._is_shared = copy(self._index), False
            self._index.update(self._read(present, required))
            for key in self._changed - present:
                self._index.pop(key, None)
        else:
            self._index, self._is_shared = LabelIndex(self._read(keys(), required)), False
        self._names = required
        self._changed.clear()

    def _read(self, keys: Iterable[K], names: Iterable[str]) -> dict[K, dict[str, str]]:
        return {key: field_values(self._resources[key], names) for key in keys}
