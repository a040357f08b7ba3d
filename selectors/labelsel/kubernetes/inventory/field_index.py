"""The fields of one kind's objects, indexed: those that somebody has asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar

from labelsel.index import LabelIndex
from labelsel.kubernetes.inventory.fields import FieldError, field_values, fields_in
from labelsel.kubernetes.model.resource import Resource
from labelsel.requirements import Exists
from labelsel.selector import Selector

__all__ = ["FieldIndex"]

K = TypeVar("K", bound=Hashable)


class FieldIndex(Generic[K]):
    """Answers field selectors about objects that come, change and go.

    A field is read from every object when it is asked for the first time; from then on only
    from those that changed since the last question.

    Arguments:
        resources: all objects by key, of other kinds too; looked at when a question comes.
    """

    def __init__(self, resources: Mapping[K, Resource]) -> None:
        self._resources = resources
        self._index: LabelIndex[K] = LabelIndex()
        self._names: set[str] = set()
        self._changed: set[K] = set()

    def change(self, keys: Iterable[K]) -> None:
        """Note objects that came, changed or went; not those that came and went unread."""
        for key in keys:
            if key in self._resources or key in self._index:
                self._changed.add(key)
            else:
                self._changed.discard(key)

    def select(self, selector: Selector, keys: Callable[[], Iterable[K]]) -> AbstractSet[K]:
        """The keys of the objects that a field selector holds for.

        Arguments:
            selector: what ``parse_fields`` gives.
            keys: gives the keys of all objects of the kind.

        Raises:
            FieldError: an object has a map or a list at one of the fields. A field that was asked
                for before is forgotten where one came to have that.

        Complexity: O(n) for n objects where a field is new, else O(objects that changed), and
        what LabelIndex takes.
        """
        names = fields_in(selector)
        while True:
            try:
                self._read(names, keys)
                break
            except FieldError as error:
                if error.field in names:
                    raise
                self._names.discard(error.field)
        return self._index.select(selector)

    def known(self, name: str) -> bool:
        """Whether any object has the field, which was asked for before."""
        return self._index.count(Exists(name)) > 0

    def _read(self, names: list[str], keys: Callable[[], Iterable[K]]) -> None:
        """Bring the index up to date, with these fields in it."""
        wanted = self._names.union(names)
        if wanted == self._names:
            present = {key for key in self._changed if key in self._resources}
            self._index.update(self._values(present, wanted))
            for key in self._changed - present:
                self._index.pop(key, None)
        else:
            self._index = LabelIndex(self._values(keys(), wanted))
            self._names = wanted
        self._changed.clear()

    def _values(self, keys: Iterable[K], names: Iterable[str]) -> dict[K, dict[str, str]]:
        return {key: field_values(self._resources[key], names) for key in keys}
