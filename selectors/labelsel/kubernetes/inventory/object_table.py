"""Objects by key, and the indexes that find them: what an Inventory stands on.

One LabelIndex holds the labels of all objects, and beside them, under keys that no label may
have, which kind an object is of and where it stands. So kind, namespace and labels make one
selector, and its answer has the objects in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

from labelsel.errors import escaped
from labelsel.index import LabelIndex
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.inventory.field_index import FieldIndex
from labelsel.kubernetes.inventory.fields import check_known, fields_in
from labelsel.kubernetes.model.kinds import Kind, is_namespaced
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
_EVERYTHING: Final = Everything()


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

    def find(
        self,
        kinds: Collection[Kind] | None,
        labels: Selector = _EVERYTHING,
        fields: Selector = _EVERYTHING,
        namespace: str | None = None,
        *,
        cluster_scoped: bool = False,
    ) -> list[ObjectKey]:
        """The keys of the objects that a question is about, in the order in which they came.

        Arguments:
            kinds: the kinds asked for; None for all.
            labels: a label selector.
            fields: a field selector.
            namespace: where to look; None for everywhere.
            cluster_scoped: whether objects that stand in no namespace are found in each.

        Raises:
            FieldError: no object of these kinds has a field, or one has a map or a list there.
        """
        terms = [labels]
        if kinds is not None:
            terms.append(In(_KIND, map(_text, kinds)))
        if namespace is not None:
            inside = Equals(_NAMESPACE, namespace)
            terms.append(any_of([inside, DoesNotExist(_NAMESPACE)]) if cluster_scoped else inside)
        found = self._index.select(all_of(terms))
        if isinstance(fields, Everything):
            return list(found)
        chosen = self._with_fields(fields, self.kinds() if kinds is None else kinds)
        if sum(map(len, chosen.values())) < len(found):
            return list(found.intersection(chain.from_iterable(chosen.values())))
        return [key for key in found if key in chosen[key.kind]]

    def named(self, kinds: Iterable[Kind], name: str, namespace: str | None) -> list[ObjectKey]:
        """The keys of the objects of a name, in a namespace; None for all of them.

        Those of kinds without namespaces are found in any.
        """
        places = self.namespaces() if namespace is None else (namespace,)
        keys = [ObjectKey(kind, place, name) for kind in sorted(kinds) for place in (*places, None)]
        return [key for key in keys if key in self.resources]

    def not_found(self, kinds: Collection[Kind], name: str, namespace: str | None) -> NotFoundError:
        """The error about an object that is not there, with the namespaces where one is."""
        which = ", ".join(sorted({kind.kind for kind in kinds}))
        problem = f'there is no {which} "{name}"'
        if namespace is not None and any(is_namespaced(kind) is not False for kind in kinds):
            problem += f" in the namespace {namespace}"
        others = [other for other in self.namespaces() if self.named(kinds, name, other)]
        if others:
            problem += (
                f"; there is one in {', '.join(others)}, and objects do not move between "
                "namespaces: it would have to be deleted there and added here"
            )
        return NotFoundError(escaped(problem))

    def _with_fields(
        self, fields: Selector, kinds: Iterable[Kind]
    ) -> dict[Kind, AbstractSet[ObjectKey]]:
        """By kind, the objects that a field selector holds for."""
        chosen: dict[Kind, AbstractSet[ObjectKey]] = {}
        missing = set(fields_in(fields))
        for kind in kinds:
            index = self._fields.setdefault(kind, FieldIndex(self.resources))
            chosen[kind] = index.select(fields, partial(self.find, (kind,)))
            missing = {name for name in missing if not index.known(name)}
        if missing and chosen:
            check_known(missing, [self.resources[key] for key in self.find(list(chosen))])
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
        if not self.find(news):
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
