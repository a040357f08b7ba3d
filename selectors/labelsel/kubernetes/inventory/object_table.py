"""Objects by key, and the indexes that find them: the storage of an Inventory.

One LabelIndex holds the labels of all objects and, under keys that no label may have, the kind
and the namespace of each object. So one selector asks for kind, namespace and labels, and its
answer has the objects in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, product, starmap
from typing import Final, NamedTuple

from labelsel.errors import ManifestError, NotFoundError, escape
from labelsel.index import LabelIndex
from labelsel.kubernetes.inventory.field_index import FieldIndex
from labelsel.kubernetes.inventory.fields import check_field_exists, fields_in
from labelsel.kubernetes.inventory.object_query import ObjectQuery
from labelsel.kubernetes.model.kinds import Kind, is_namespaced
from labelsel.kubernetes.model.object_key import (
    DEFINITION,
    KindScopes,
    ObjectKey,
    defined_kind,
)
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.served_labels import served_labels
from labelsel.requirements import DoesNotExist, Equals, In
from labelsel.running import require_interrupted
from labelsel.selector import Everything, Selector, all_of, any_of

__all__ = ["ObjectChange", "ObjectTable", "duplicate_error"]

#: Keys of the index that no label has: the name of a label key begins with a letter or digit.
_KIND: Final = ".kind"
_NAMESPACE: Final = ".namespace"
#: Up to so many new objects are indexed one by one; more at once, by ``LabelIndex.update``, which
#: takes 0.1 ms before the first of them. With 100,000 objects, 16 new ones take 0.1 ms one by one
#: and 0.2 ms at once, 64 take 0.3 and 0.4 ms, 256 take 1.7 and 1.2 ms
#: (``python -m benchmarks.objects``).
_FEW: Final = 64


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """The change of one object in an `Inventory`.

    `Inventory.update`, `Inventory.apply` and `Inventory.replace` return it.

    Attributes:
        before: the object before the change; None for a new object.
        after: the object after the change; None for a removed object.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory
    >>> pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}
    >>> change = Inventory().apply({"type": "ADDED", "object": pod})
    >>> change.before, change.after.reference
    (None, 'pod/a')
    """

    before: Resource | None
    after: Resource | None


class _Note(NamedTuple):
    """What a change is about, while it is being made; `ObjectTable.repair` reads it.

    Attributes:
        scopes: the scopes that the table has if the change is interrupted.
        resources: the objects that the table has then, None for no object.
        is_complete: whether it has no others.
    """

    scopes: KindScopes
    resources: Mapping[ObjectKey, Resource | None]
    is_complete: bool = False


class ObjectTable:
    """Objects by key, with an index of labels, kinds and namespaces, and one of fields.

    It has no lock: the caller holds one.

    Attributes:
        resources: the objects by key, in the order in which they came.
        scopes: computes the key of an object.
        versions: the resourceVersion of each kind, as the last list or event of the kind says.
        note: what a change is about, while it is being made. Who has the lock and finds a note
            calls `repair` first: the change was interrupted.

    >>> from labelsel import parse
    >>> from labelsel.kubernetes import Inventory
    >>> def pod(name, **labels):
    ...     return {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "labels": labels}}
    >>> table = ObjectTable()
    >>> _ = table.insert(list(Inventory.of([pod("a", app="web"), pod("b", app="db")])))
    >>> [key.name for key in table.find(ObjectQuery(labels=parse("app!=db")))]
    ['a']
    """

    def __init__(self) -> None:
        self.resources: dict[ObjectKey, Resource] = {}
        self.scopes = KindScopes()
        self.versions: dict[Kind, str] = {}
        # The labels of each object, and its kind and namespace.
        self._index: LabelIndex[ObjectKey] = LabelIndex()
        self._fields: dict[Kind, FieldIndex[ObjectKey]] = {}
        self.note: _Note | None = None

    def copy_index(self) -> LabelIndex[ObjectKey]:
        """Return the copy of the index of labels that `copy` takes. O(labels).

        Without the lock of the table, if no other thread changes the table meanwhile.
        """
        return copy(self._index)

    def copy(self, index: LabelIndex[ObjectKey]) -> ObjectTable:
        """Return a table with the same objects, given a copy of the index. O(objects), 0.1 µs each.

        It may change, and this one must not any more.
        """
        copied = ObjectTable()
        copied.resources, copied.versions = self.resources.copy(), self.versions.copy()
        copied.scopes = self.scopes  # a table that learns makes a copy
        copied._index = index
        copied._fields = {kind: each.copy(copied.resources) for kind, each in self._fields.items()}
        return copied

    def compact(self) -> None:
        """Give back the memory of what was removed: see `LabelIndex.compact`."""
        self._index.compact()
        self.resources = dict(self.resources.items())
        self._fields = {kind: each.copy(self.resources) for kind, each in self._fields.items()}
        for index in self._fields.values():
            index.compact()

    def refresh_fields(self) -> None:
        """Read the fields of what changed, so that the next query need not. O(these objects)."""
        for index in self._fields.values():
            index.refresh()

    def count(self, query: ObjectQuery) -> int:
        """Return how many objects a query finds at most: fields and annotations are not read."""
        return self._index.count(_selector_of(query))

    def count_rebuilt(self, resources: Collection[Resource]) -> int:
        """Return how many objects are indexed again if some are inserted: all objects, or none."""
        return len(self.resources) if self._learn(resources)[1] else 0

    def kinds(self) -> dict[Kind, int]:
        """Return the kinds of the objects, sorted, with the number of objects of each."""
        counts = self._index.label_values(_KIND)
        return {_parse_kind(text): count for text, count in counts.items()}

    def namespaces(self) -> dict[str, int]:
        """Return the namespaces of the objects, sorted, with the number of objects in each."""
        return self._index.label_values(_NAMESPACE)

    def insert(
        self,
        resources: Collection[Resource],
        on_duplicate: Callable[[ManifestError], None] | None = None,
        *,
        remove: Collection[ObjectKey] = (),
    ) -> list[ObjectChange]:
        """Insert objects: all of them, or none if this raises.

        Arguments:
            resources: the objects.
            remove: the keys of objects that are removed then.
            on_duplicate: called with an error for each object whose key another object has; the
                other one stays. Without it the new object replaces the other one.

        Raises:
            ManifestError: a CustomResourceDefinition among them says whether its kind has
                namespaces, and with that two objects have the same key.
        """
        scopes, is_rebuilt = self._learn(resources)
        existing = self._by_keys_of(scopes) if is_rebuilt else self.resources
        new: dict[ObjectKey, Resource] = {}
        for resource in resources:
            key = scopes.key(resource)
            other = new.get(key) or existing.get(key)
            if other is not None and on_duplicate is not None:
                on_duplicate(duplicate_error(resource, other, key))
            else:
                new[key] = resource
        changes = [ObjectChange(existing.get(key), resource) for key, resource in new.items()]
        changed = self
        if is_rebuilt:
            changed.note = _Note(self.scopes, self.resources.copy(), is_complete=True)
        else:
            changed.note = _Note(self.scopes, {key: existing.get(key) for key in new})
        if scopes is not self.scopes:
            changed._rebuild(scopes, existing)
        changed._set(new)
        # From here on the change is ended if it is interrupted, and before it is taken back.
        changed.note = _Note(scopes, dict.fromkeys(remove))
        changes += [ObjectChange(resource, None) for resource in changed._remove(remove)]
        changed.note = None
        return changes

    def set(self, items: Mapping[ObjectKey, Resource]) -> None:
        """Set objects by key: new ones, and others that replace those of the same key."""
        changed = self
        changed.note = _Note(self.scopes, {key: self.resources.get(key) for key in items})
        changed._set(items)
        changed.note = None

    def _set(self, items: Mapping[ObjectKey, Resource]) -> None:
        labels = {key: _index_labels(key, resource) for key, resource in items.items()}
        if sum(key not in self.resources for key in labels) > _FEW:
            self._index.update(labels)
        else:
            for key, label_set in labels.items():
                self._index[key] = label_set
        self.resources.update(items)
        self._note_changes(items)

    def remove(self, keys: Iterable[ObjectKey]) -> list[Resource]:
        """Remove objects, and return them."""
        doomed, changed = list(keys), self
        changed.note = _Note(self.scopes, dict.fromkeys(doomed))
        removed = changed._remove(doomed)
        changed.note = None
        return removed

    def repair(self) -> None:
        """Take back a change that was interrupted; end a removal. O(objects).

        May be interrupted, too: then the note stays, and the next call starts again.

        Raises:
            RuntimeError: the change was not interrupted; this call came out of the middle of it.
        """
        require_interrupted(self)
        changed = self
        assert changed.note is not None
        scopes, resources, is_complete = changed.note
        after = resources if is_complete else {**self.resources, **resources}
        self.resources = {key: each for key, each in after.items() if each is not None}
        self.scopes = scopes
        self._index = LabelIndex(
            {key: _index_labels(key, each) for key, each in self.resources.items()}
        )
        self._fields = {}
        changed.note = None

    def _remove(self, keys: Iterable[ObjectKey]) -> list[Resource]:
        removed: dict[ObjectKey, Resource] = {}
        for key in keys:
            removed[key] = self.resources.pop(key)
            del self._index[key]
        self._note_changes(removed)
        self._forget_kinds(filter(None, map(defined_kind, removed.values())))
        return list(removed.values())

    def _forget_kinds(self, kinds: Iterable[Kind]) -> None:
        """Forget all about kinds that have neither a definition any more nor an object.

        Without this a table that lives long would keep each custom kind that ever was.
        """
        for kind in kinds:
            definitions = (self.resources[key] for key in self.find(_of_kinds(DEFINITION)))
            if not self.find(_of_kinds(kind)) and kind not in map(defined_kind, definitions):
                self.scopes = self.scopes.copy()
                self.scopes.forget(kind)
                self.versions.pop(kind, None)
                self._fields.pop(kind, None)

    def find(self, query: ObjectQuery) -> list[ObjectKey]:
        """Return the keys of the objects that a query is about.

        They are in the order in which the objects came; those of a query for names are sorted
        by kind, namespace and name.

        Raises:
            FieldError: no object of the kinds has one of the fields, or a field is a map or a
                list in one of them.

        Complexity: that of ``LabelIndex.select``, and O(answer). A query for names looks up one
        key for each name, kind and namespace. A field is read from all objects of the kinds
        when it is asked for the first time. Annotations are read of the objects that meet all
        other conditions: there is no index of them.
        """
        found = self._find_by_indexes(query)
        if isinstance(query.annotations, Everything):
            return found
        return list(query.annotations.filter(found, key=self._annotations))

    def _annotations(self, key: ObjectKey) -> Mapping[str, str]:
        return self.resources[key].annotations

    def _find_by_indexes(self, query: ObjectQuery) -> list[ObjectKey]:
        """Answer a query, but for its annotations."""
        if query.names is not None:
            return self._look_up(query, query.names)
        found = self._index.select(_selector_of(query))
        if isinstance(query.fields, Everything):
            return list(found)
        by_kind = self._select_fields(query)
        # Intersecting costs time for the smaller side only.
        if sum(map(len, by_kind.values())) < len(found):
            return list(found.intersection(chain.from_iterable(by_kind.values())))
        return [key for key in found if key in by_kind[key.kind]]

    def _look_up(self, query: ObjectQuery, names: Iterable[str]) -> list[ObjectKey]:
        """Answer a query for names by asking for each key that such an object may have."""
        kinds = self.kinds() if query.kinds is None else sorted(query.kinds)
        namespaces: list[str | None] = [query.namespace]
        if query.namespace is None:
            namespaces = [*self.namespaces(), None]
        elif query.cluster_scoped:
            namespaces.append(None)
        keys = starmap(ObjectKey, product(kinds, namespaces, sorted(names)))
        present = [key for key in keys if key in self.resources]
        if isinstance(query.labels, Everything) and isinstance(query.fields, Everything):
            return present
        matches = set(self._find_by_indexes(replace(query, names=None)))
        return [key for key in present if key in matches]

    def not_found(self, kinds: Collection[Kind], name: str, namespace: str | None) -> NotFoundError:
        """Return the error about a missing object, with the namespaces that have one."""
        kind_names = ", ".join(sorted({kind.kind for kind in kinds}))
        problem = f'there is no {kind_names} "{name}"'
        if namespace is not None and any(is_namespaced(kind) is not False for kind in kinds):
            problem += f" in the namespace {namespace}"
        others = self._namespaces_with(kinds, name)
        if others:
            problem += (
                f"; there is one in {', '.join(others)}, and objects do not move between "
                "namespaces: it would have to be deleted there and added here"
            )
        return NotFoundError(escape(problem))

    def _namespaces_with(self, kinds: Collection[Kind], name: str) -> list[str]:
        """Return the namespaces that have an object of a name, sorted."""
        query = ObjectQuery(kinds=frozenset(kinds), names=frozenset((name,)))
        return sorted({key.namespace for key in self.find(query) if key.namespace is not None})

    def _select_fields(self, query: ObjectQuery) -> dict[Kind, AbstractSet[ObjectKey]]:
        """Return the objects that the field selector of a query selects, by kind."""
        chosen: dict[Kind, AbstractSet[ObjectKey]] = {}
        missing = set(fields_in(query.fields))
        for kind in self.kinds() if query.kinds is None else query.kinds:
            index = self._fields.setdefault(kind, FieldIndex(self.resources))
            chosen[kind] = index.select(query.fields, partial(self.find, _of_kinds(kind)))
            missing = {name for name in missing if not index.has_field(name)}
        if missing and chosen:
            keys = self.find(_of_kinds(*chosen))
            check_field_exists(missing, [self.resources[key] for key in keys])
        return chosen

    def _note_changes(self, keys: Iterable[ObjectKey]) -> None:
        for key in keys if self._fields else ():
            if key.kind in self._fields:
                self._fields[key.kind].change((key,))

    def _learn(self, resources: Collection[Resource]) -> tuple[KindScopes, bool]:
        """Return the scopes after the definitions among some objects, and whether keys change.

        Where nothing new is learned, the scopes are the table's own.
        """
        if not any(resource.group_kind == DEFINITION for resource in resources):
            return self.scopes, False
        scopes = self.scopes.copy()
        learned = {kind for resource in resources if (kind := scopes.learn(resource)) is not None}
        if not learned:
            return self.scopes, False
        return scopes, self.count(_of_kinds(*learned)) > 0

    def _by_keys_of(self, scopes: KindScopes) -> Mapping[ObjectKey, Resource]:
        """Return the objects by the keys that they have by other scopes."""
        by_key: dict[ObjectKey, Resource] = {}
        for resource in self.resources.values():
            key = scopes.key(resource)
            if key in by_key:
                raise duplicate_error(resource, by_key[key], key)
            by_key[key] = resource
        return by_key

    def _rebuild(self, scopes: KindScopes, by_key: Mapping[ObjectKey, Resource]) -> None:
        """Take over new scopes, and the keys that the objects have by them."""
        self.scopes = scopes
        if by_key is not self.resources:
            self.resources.clear()
            self._index.clear()
            self._fields.clear()
            self._set(by_key)


def _of_kinds(*kinds: Kind) -> ObjectQuery:
    """Return the query for all objects of some kinds."""
    return ObjectQuery(kinds=frozenset(kinds))


def _selector_of(query: ObjectQuery) -> Selector:
    """Return one selector for the labels, kinds and namespace of a query."""
    terms = [query.labels]
    if query.kinds is not None:
        terms.append(In(_KIND, map(_text, query.kinds)))
    if query.namespace is not None:
        inside = Equals(_NAMESPACE, query.namespace)
        outside = [DoesNotExist(_NAMESPACE)] if query.cluster_scoped else []
        terms.append(any_of([inside, *outside]))
    return all_of(terms)


def _text(kind: Kind) -> str:
    return f"{kind.kind}.{kind.group}"


def _parse_kind(text: str) -> Kind:
    kind, _, group = text.partition(".")
    return Kind(kind, group)


def _index_labels(key: ObjectKey, resource: Resource) -> dict[str, str]:
    """Return the labels under which an object is indexed: its labels, its kind, its namespace."""
    labels = {**served_labels(resource), _KIND: _text(key.kind)}
    # A manifest may have illegal labels, and so one with this key.
    labels.pop(_NAMESPACE, None)
    if key.namespace is not None:
        labels[_NAMESPACE] = key.namespace
    return labels


def duplicate_error(resource: Resource, other: Resource, key: ObjectKey) -> ManifestError:
    """Return the error about two objects of one key, which names the sources of both.

    >>> from labelsel.kubernetes import Kind, Resource, Source
    >>> def pod(line):
    ...     return Resource("Pod", "v1", None, "a", {}, {}, {}, Source("a.yaml", 1, line))
    >>> print(duplicate_error(pod(9), pod(1), ObjectKey(Kind("Pod", ""), "default", "a")))
    a.yaml, document 1 (line 9): Pod/a: there is another of this name in the namespace default: ...
    """
    where = "" if key.namespace is None else f" in the namespace {key.namespace}"
    return resource.fault(f"there is another of this name{where}: {other.source}")
