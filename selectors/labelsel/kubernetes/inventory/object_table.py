"""Objects by key, and the indexes that find them: what an Inventory stands on.

One LabelIndex holds the labels of all objects, and beside them, under keys that no label may
have, which kind an object is of and where it stands. So kind, namespace and labels make one
selector, and its answer has the objects in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, product, starmap
from typing import Final

from labelsel.errors import escaped
from labelsel.index import LabelIndex
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.inventory.field_index import FieldIndex
from labelsel.kubernetes.inventory.fields import check_known, fields_in
from labelsel.kubernetes.inventory.object_query import ObjectQuery
from labelsel.kubernetes.model.kinds import Kind, has_namespaces
from labelsel.kubernetes.model.object_key import KindScopes, ObjectKey
from labelsel.kubernetes.model.resource import Resource
from labelsel.requirements import DoesNotExist, Equals, In
from labelsel.selector import Everything, Selector, all_of, any_of

__all__ = ["NotFoundError", "ObjectChange", "ObjectTable", "twice"]

_KIND: Final = ".kind"
_NAMESPACE: Final = ".namespace"
#: So many new objects are indexed one by one. LabelIndex.update looks at each row there is
#: once, 0.1 ms for 100,000, and then takes a fifth of the time for each.
_FEW: Final = 16


class NotFoundError(LookupError):
    """There is no such object."""

    def __str__(self) -> str:
        return escaped(super().__str__())


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """What became of one object.

    Attributes:
        before: the object as it was; None where it is new.
        after: the object as it is now; None where it is gone.
    """

    before: Resource | None
    after: Resource | None


class ObjectTable:
    """Objects by key. Whoever uses it holds a lock.

    Attributes:
        resources: the objects in the order in which they came.
        scopes: what the keys of objects are.
    """

    def __init__(self) -> None:
        self.resources: dict[ObjectKey, Resource] = {}
        self.scopes = KindScopes()
        self._index: LabelIndex[ObjectKey] = LabelIndex()
        self._fields: dict[Kind, FieldIndex[ObjectKey]] = {}

    def kinds(self) -> dict[Kind, int]:
        """The kinds there are, sorted, with how many objects each has."""
        counts = self._index.label_values(_KIND)
        return {_kind_of(text): count for text, count in counts.items()}

    def namespaces(self) -> dict[str, int]:
        """The namespaces that objects stand in, sorted, with how many there are in each."""
        return self._index.label_values(_NAMESPACE)

    def take(
        self, resources: Collection[Resource], on_taken: Callable[[ManifestError], None] | None
    ) -> list[ObjectChange]:
        """Take objects in: all of them, or none where this raises.

        Arguments:
            resources: the objects.
            on_taken: called for each whose key another has, which then stays. Without it the
                other is replaced.

        Raises:
            ManifestError: a CustomResourceDefinition among them says that its kind has other
                keys than was thought, and then two objects share one.
        """
        scopes, known = self._learned(resources)
        new: dict[ObjectKey, Resource] = {}
        for resource in resources:
            key = scopes.key(resource)
            other = new.get(key) or known.get(key)
            if other is not None and on_taken is not None:
                on_taken(twice(resource, other, key))
            else:
                new[key] = resource
        changes = [ObjectChange(known.get(key), resource) for key, resource in new.items()]
        if scopes is not self.scopes:
            self._rebuild(scopes, known)
        self.put(new)
        return changes

    def put(self, items: Mapping[ObjectKey, Resource]) -> None:
        """Set objects, new ones or others in their place."""
        known = {key: _indexed(key, resource) for key, resource in items.items()}
        if sum(key not in self.resources for key in known) > _FEW:
            self._index.update(known)
        else:
            for key, labels in known.items():
                self._index[key] = labels
        self.resources.update(items)
        self._note(items)

    def remove(self, keys: Iterable[ObjectKey]) -> list[Resource]:
        """Take objects out, and return them."""
        gone: dict[ObjectKey, Resource] = {}
        for key in keys:
            gone[key] = self.resources.pop(key)
            del self._index[key]
        self._note(gone)
        return list(gone.values())

    def find(self, query: ObjectQuery) -> list[ObjectKey]:
        """Return the keys of the objects that a query is about.

        They are in the order in which the objects came; those of a query for names are sorted
        by kind, namespace and name.

        Raises:
            FieldError: no object of the kinds has one of the fields, or a field is a map or a
                list in one of them.

        Complexity: that of ``LabelIndex.select``, and O(answer). A query for names looks up one
        key for each name, kind and namespace. A field is read from all objects of the kinds
        when it is asked for the first time.
        """
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
        rest = replace(query, names=None)
        if isinstance(rest.labels, Everything) and isinstance(rest.fields, Everything):
            return present
        matches = set(self.find(rest))
        return [key for key in present if key in matches]

    def not_found(self, kinds: Collection[Kind], name: str, namespace: str | None) -> NotFoundError:
        """The error about an object that is not there, with the namespaces where one is."""
        which = ", ".join(sorted({kind.kind for kind in kinds}))
        problem = f'there is no {which} "{name}"'
        if namespace is not None and any(has_namespaces(kind) is not False for kind in kinds):
            problem += f" in the namespace {namespace}"
        others = self._namespaces_with(kinds, name)
        if others:
            problem += (
                f"; there is one in {', '.join(others)}, and objects do not move between "
                "namespaces: it would have to be deleted there and added here"
            )
        return NotFoundError(escaped(problem))

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
            missing = {name for name in missing if not index.known(name)}
        if missing and chosen:
            keys = self.find(_of_kinds(*chosen))
            check_known(missing, [self.resources[key] for key in keys])
        return chosen

    def _note(self, keys: Iterable[ObjectKey]) -> None:
        for key in keys if self._fields else ():
            if key.kind in self._fields:
                self._fields[key.kind].change((key,))

    def _learned(
        self, resources: Iterable[Resource]
    ) -> tuple[KindScopes, Mapping[ObjectKey, Resource]]:
        """What the scopes are with these objects, and then the keys of those that are here."""
        scopes = self.scopes.copy()
        news = {kind for resource in resources if (kind := scopes.learn(resource)) is not None}
        if not news:
            return self.scopes, self.resources
        if not self.find(_of_kinds(*news)):
            return scopes, self.resources
        known: dict[ObjectKey, Resource] = {}
        for resource in self.resources.values():
            key = scopes.key(resource)
            if key in known:
                raise twice(resource, known[key], key)
            known[key] = resource
        return scopes, known

    def _rebuild(self, scopes: KindScopes, known: Mapping[ObjectKey, Resource]) -> None:
        self.scopes = scopes
        if known is not self.resources:
            self.resources.clear()
            self._index.clear()
            self._fields.clear()
            self.put(known)


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


def _kind_of(text: str) -> Kind:
    kind, _, group = text.partition(".")
    return Kind(kind, group)


def _indexed(key: ObjectKey, resource: Resource) -> dict[str, str]:
    """What the index knows of an object."""
    known = {**resource.labels, _KIND: _text(key.kind)}
    # An object may have labels that none may have, and so one with this key.
    known.pop(_NAMESPACE, None)
    if key.namespace is not None:
        known[_NAMESPACE] = key.namespace
    return known


def twice(resource: Resource, other: Resource, key: ObjectKey) -> ManifestError:
    """The error about two objects of one key, which names both places."""
    where = "" if key.namespace is None else f" in the namespace {key.namespace}"
    first = other.source if not other.source.line else f"{other.source} (line {other.source.line})"
    return resource.fault(f"there is another of this name{where}: {first}")
