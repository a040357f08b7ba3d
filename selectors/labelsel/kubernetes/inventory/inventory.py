"""`Inventory`: Kubernetes objects, each there once, that answer selectors and follow a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from threading import RLock

from labelsel.errors import escaped
from labelsel.kubernetes.errors import ManifestError, ManifestWarning
from labelsel.kubernetes.inventory import labelling
from labelsel.kubernetes.inventory.find import DEFAULT_NAMESPACE
from labelsel.kubernetes.inventory.labelling import Changes, LabelOutcome
from labelsel.kubernetes.inventory.names import NamingError, several
from labelsel.kubernetes.inventory.namespaces import NAMESPACE, make_namespace, with_contents
from labelsel.kubernetes.inventory.object_table import ObjectChange, ObjectTable, twice
from labelsel.kubernetes.model.document import Progress
from labelsel.kubernetes.model.kinds import Kind, UnknownKindError, kinds_named
from labelsel.kubernetes.model.object_key import ObjectKey
from labelsel.kubernetes.model.resource import Resource, version_of
from labelsel.kubernetes.read.clients import read_list, read_object, read_objects
from labelsel.kubernetes.read.manifests import raise_fault, read_manifests, sound
from labelsel.kubernetes.read.watch_events import Bookmark, read_event
from labelsel.languages import parse, parse_fields
from labelsel.selector import Selector

__all__ = ["Inventory"]


class Inventory(Collection[Resource]):
    """Kubernetes objects of all kinds, by kind, namespace and name, indexed for selectors.

    1. An object is there once: a second one of the same `ObjectKey` is an error that names both
       places. An object that names no namespace belongs to ``default``, unless its kind has no
       namespaces, as Node has none.
    2. Kinds are named as kubectl takes them, ``pods``, ``po``, ``deployments.apps``, or given
       as a `Kind`. Objects are given as Resources, as dicts in the API's spelling, or as the
       objects of the official client, kr8s and lightkube, and as lists of these.
    3. What changes many objects changes all of them or none.
    4. Objects do not move between namespaces: elsewhere is another object.
    5. Threads may ask while another changes it: one lock is held for an answer or a change.

    Resources are replaced, never changed: what was given out stays as it was.

    >>> a = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "shop"}}
    >>> b = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "b", "labels": {"x": "y"}}}
    >>> pods = Inventory.of([a, b])
    >>> [pod.name for pod in pods.select("po", "x notin (z)")]
    ['a', 'b']
    >>> [pod.name for pod in pods.select("po", "x notin (z)", namespace="shop")]
    ['a']
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._table = ObjectTable()
        self._versions: dict[Kind, str] = {}

    @classmethod
    def read(
        cls,
        paths: Iterable[str | os.PathLike[str]],
        *,
        recursive: bool = True,
        on_error: Callable[[ManifestError], None] | None = None,
        on_warning: Callable[[ManifestWarning], None] | None = None,
        on_progress: Progress | None = None,
    ) -> Inventory:
        """The objects in manifests; arguments and errors are those of `read_manifests`.

        An object that is there twice is a ManifestError, too: the first one stays.
        """
        resources = read_manifests(
            paths,
            recursive=recursive,
            on_error=on_error,
            on_warning=on_warning,
            on_progress=on_progress,
        )
        return cls._of(resources, on_error)

    @classmethod
    def of(
        cls, objects: object, *, on_error: Callable[[ManifestError], None] | None = None
    ) -> Inventory:
        """The objects that were given: one, any number, or a list as the API has it.

        Arguments:
            objects: see rule 2; they are copied.
            on_error: called with each fault; the rest is still taken. Without it the first
                fault is raised.

        Raises:
            ManifestError: something is no Kubernetes object, or is there twice.

        Complexity: O(n) in the size of the objects.
        """
        return cls._of(sound(read_objects(objects), on_error or raise_fault), on_error)

    @classmethod
    def _of(
        cls, resources: Iterable[Resource], on_error: Callable[[ManifestError], None] | None
    ) -> Inventory:
        inventory = cls()
        inventory._table.take(list(resources), on_error or raise_fault)
        return inventory

    def __len__(self) -> int:
        return len(self._table.resources)

    def __iter__(self) -> Iterator[Resource]:
        with self._lock:
            return iter(list(self._table.resources.values()))

    def __contains__(self, item: object) -> bool:
        """Whether an object has this `ObjectKey`, or the key that a Resource has here."""
        with self._lock:
            key = self.key(item) if isinstance(item, Resource) else item
            return key in self._table.resources

    def __repr__(self) -> str:
        return f"<Inventory of {len(self)} objects>"

    def key(self, resource: Resource) -> ObjectKey:
        """The key that an object has here, or would have."""
        return self._table.scopes.key(resource)

    def kinds(self) -> dict[Kind, int]:
        """The kinds there are, sorted, with how many objects each has."""
        return self._table.kinds()

    def namespaces(self) -> dict[str, int]:
        """The namespaces that objects stand in, sorted, with how many there are in each.

        A namespace need not be defined: manifests seldom bring theirs along.
        """
        return self._table.namespaces()

    def get(self, kind: Kind | str, name: str, namespace: str | None = None) -> Resource | None:
        """The object of a kind and name, None where there is none.

        Arguments:
            kind: the kind, or a name of it as ``kinds_named`` takes it.
            name: the name.
            namespace: the namespace to look in; None for all. It counts only for kinds that
                have namespaces.

        Raises:
            UnknownKindError: there is no such kind, or there are several, with an object of
                this name in each.
            NamingError: several namespaces have an object of this name; it names them.

        >>> nodes = Inventory.of({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"}})
        >>> nodes.get("no", "n1").reference
        'node/n1'
        """
        with self._lock:
            keys = self._table.named(self._kinds(kind), name, namespace)
            found = [self._table.resources[key] for key in keys]
            if len({key.kind for key in keys}) > 1:
                names = " and ".join(dict.fromkeys(item.reference for item in found))
                problem = f'"{kind}" names several objects here: {names}; add the group to it'
                raise UnknownKindError(str(kind), escaped(problem))
            if len(found) > 1:
                raise NamingError(*several(name, found, "name the namespace"))
            return found[0] if found else None

    def select(
        self,
        kinds: Kind | str | None = None,
        labels: Selector | str = "",
        *,
        fields: Selector | str = "",
        namespace: str | None = None,
    ) -> list[Resource]:
        """The objects that a question is about, in the order in which they came.

        Arguments:
            kinds: names of kinds as ``kinds_named`` takes them; None for all.
            labels: a label selector or its text.
            fields: a field selector or its text.
            namespace: the namespace to look in; None for all. Objects that stand in none are
                found in ``default``, too, and in any where their kind is named.

        Raises:
            SelectorSyntaxError: a selector's text is not one.
            UnknownKindError: a word names a kind that neither Kubernetes nor the input has.
            FieldError: ``fields`` asks for a field that no object has, or for a map or a list.
            ValueError: the namespace is "".

        Complexity: that of LabelIndex, and O(answer). A field is read from all objects of the
        kinds when it is asked for the first time.
        """
        cluster_scoped = kinds is not None or namespace == DEFAULT_NAMESPACE
        with self._lock:
            keys = self._find(kinds, labels, fields, namespace, cluster_scoped=cluster_scoped)
            return [self._table.resources[key] for key in keys]

    def add(self, obj: object) -> Resource:
        """Add one object, and return it.

        Raises:
            ManifestError: it is none, or its key is taken; the message names both places.
        """
        resource = read_object(obj)
        with self._lock:
            self._table.take([resource], raise_fault)
        return resource

    def update(self, obj: object) -> ObjectChange:
        """Put an object in the place of the one that has its key, and say what it was.

        Raises:
            NotFoundError: there is none. It says so where the object stands in another
                namespace: to move it is to delete it there and to add it here.
            ManifestError: what was given is no object.
        """
        resource = read_object(obj)
        with self._lock:
            self._present(resource)
            [change] = self._table.take([resource], None)
        return change

    def label(
        self,
        resources: Iterable[Resource],
        changes: Changes,
        *,
        overwrite: bool = False,
        resource_version: str | None = None,
    ) -> list[LabelOutcome]:
        """Change the labels of objects that are here, of all or of none: see `labelling.label`.

        The objects are looked up by their keys: what is changed is what is here now.

        Raises:
            NotFoundError: one of them is not here.
            InvalidLabelError: the changes themselves are not legal.
            LabellingError: objects refuse; it names all of them.
        """
        with self._lock:
            return self._put(
                labelling.label(
                    self._current(resources),
                    changes,
                    overwrite=overwrite,
                    resource_version=resource_version,
                )
            )

    def annotate(
        self,
        resources: Iterable[Resource],
        changes: Changes,
        *,
        overwrite: bool = True,
        resource_version: str | None = None,
    ) -> list[LabelOutcome]:
        """Change the annotations of objects that are here, as `label` changes labels."""
        with self._lock:
            return self._put(
                labelling.annotate(
                    self._current(resources),
                    changes,
                    overwrite=overwrite,
                    resource_version=resource_version,
                )
            )

    def create_namespace(self, given: object) -> Resource:
        """Add a namespace, by its name or as an object, and return it.

        Raises:
            ManifestError: there is one of that name; no namespace may have it; or what was
                given is another object.
        """
        return self.add(make_namespace(given))

    def delete(
        self,
        kinds: Kind | str,
        name: str,
        *names: str,
        namespace: str = DEFAULT_NAMESPACE,
        dry_run: bool = False,
    ) -> list[Resource]:
        """Remove the objects of one name or several, and return them.

        A namespace takes along all that is inside it, and stands before that in what is
        returned. It is known by what is inside even where it is no object itself. What owners
        and definitions would take along in a cluster stays.

        Arguments:
            kinds: names of kinds as ``kinds_named`` takes them.
            name: a name; each must be there.
            names: more names.
            namespace: the namespace of the objects, where they stand in one: what is removed
                is not looked for everywhere, as `get` does.
            dry_run: only return what would be removed.

        Raises:
            NotFoundError: there is no object of a name.
            ValueError: it is a namespace that Kubernetes keeps: default, kube-public or
                kube-system.
        """
        with self._lock:
            return self._remove(self._named(kinds, (name, *names), namespace), dry_run=dry_run)

    def delete_all(
        self,
        kinds: Kind | str | None = None,
        labels: Selector | str = "",
        *,
        fields: Selector | str = "",
        namespace: str | None = DEFAULT_NAMESPACE,
        dry_run: bool = False,
    ) -> list[Resource]:
        """Remove all objects that a question is about, and return them, as `delete` does.

        Arguments and errors are those of `select`, but for two things. Without a namespace only
        objects in ``default`` are removed: None, for all, must be written. And without kinds
        only what stands in the namespace is removed: no Node. Without kinds and with None for
        the namespace all is.
        """
        with self._lock:
            keys = self._find(kinds, labels, fields, namespace, cluster_scoped=kinds is not None)
            return self._remove(keys, dry_run=dry_run)

    def apply(self, event: object) -> ObjectChange | None:
        """Follow a watch: take in what one event tells, and return what became of the object.

        1. ADDED and MODIFIED set the object, DELETED removes it, whatever was here before: a
           watch that is resumed tells some things twice.
        2. BOOKMARK only moves `resource_version`. That, and DELETED of what is not here, return
           None; what is told again is a change from one object to an equal one.

        Arguments:
            event: ``{"type": ..., "object": ...}`` as the API sends it; the same with a
                ``raw_object``, as the official client's Watch yields it; or the pair of type and
                object that kr8s and lightkube yield.

        Raises:
            ExpiredError: the server asks for a fresh list (410 Gone): list anew, `replace`, and
                watch from there.
            WatchError: the event is another error.
            ManifestError: it is no event, or its object is none.
        """
        told = read_event(event)
        with self._lock:
            if isinstance(told, Bookmark):
                self._versions[told.kind] = told.resource_version
                return None
            name, resource = told
            if name == "DELETED":
                here = [key for key in (self.key(resource),) if key in self._table.resources]
                changes = [ObjectChange(gone, None) for gone in self._table.remove(here)]
            else:
                changes = self._table.take([resource], None)
            self._seen(resource.group_kind, version_of(resource.body))
        return changes[0] if changes else None

    def replace(
        self, kind: Kind | str, objects: object, *, namespace: str | None = None
    ) -> list[ObjectChange]:
        """Make the objects of a kind those of a fresh list, and return what changed.

        Arguments:
            kind: the kind, which a list with nothing in it does not tell.
            objects: the list as the API has it, whose ``resourceVersion`` is kept; or objects.
            namespace: the namespace that was listed; None for all.

        Raises:
            ManifestError: something in it is no object, is of another kind or namespace, or is
                there twice; or it is one page of a list that goes on (``metadata.continue``).
            UnknownKindError: the word names no kind, or more than one.

        Complexity: O(n) in the size of the list.
        """
        found, version = read_list(objects)
        with self._lock:
            wanted = self._kind(kind)
            fresh: dict[ObjectKey, Resource] = {}
            for resource in sound(found, raise_fault):
                key = self.key(resource)
                _check_listed(resource, key, wanted, namespace)
                if key in fresh:
                    raise twice(resource, fresh[key], key)
                fresh[key] = resource
            gone = [
                key for key in self._table.find([wanted], namespace=namespace) if key not in fresh
            ]
            changes = self._table.take([*self._different(fresh)], None)
            changes += [ObjectChange(resource, None) for resource in self._table.remove(gone)]
            self._versions.pop(wanted, None)
            self._seen(wanted, version)
        return changes

    def resource_version(self, kind: Kind | str) -> str | None:
        """The version up to which the objects of a kind are known: where to watch from.

        None where nobody told: a list without one, or manifests. There is one for each kind: who
        watches namespaces of one kind apart keeps the version of each watch.
        """
        with self._lock:
            return self._versions.get(self._kind(kind))

    def _kinds(self, named: Kind | str) -> frozenset[Kind]:
        if isinstance(named, Kind):
            return frozenset((named,))
        return kinds_named(named, self.kinds())

    def _kind(self, named: Kind | str) -> Kind:
        """The one kind that is named."""
        kinds = self._kinds(named)
        if len(kinds) != 1:
            names = " and ".join(sorted(f"{kind.kind}.{kind.group}".rstrip(".") for kind in kinds))
            problem = f'"{named}" names several kinds: {names}; one is wanted'
            raise UnknownKindError(str(named), escaped(problem))
        [kind] = kinds
        return kind

    def _find(
        self,
        kinds: Kind | str | None,
        labels: Selector | str,
        fields: Selector | str,
        namespace: str | None,
        *,
        cluster_scoped: bool,
    ) -> list[ObjectKey]:
        if namespace is not None and not namespace:
            raise ValueError('"" is no namespace: None stands for all')
        return self._table.find(
            None if kinds is None else self._kinds(kinds),
            parse(labels) if isinstance(labels, str) else labels,
            parse_fields(fields) if isinstance(fields, str) else fields,
            namespace,
            cluster_scoped=cluster_scoped,
        )

    def _named(self, kinds: Kind | str, names: Iterable[str], namespace: str) -> list[ObjectKey]:
        """The keys of all objects of some names; those of namespaces that are no objects, too."""
        named = self._kinds(kinds)
        keys: list[ObjectKey] = []
        for name in names:
            found = self._table.named(named, name, namespace)
            if not found and NAMESPACE in named and name in self.namespaces():
                found = [ObjectKey(NAMESPACE, None, name)]
            if not found:
                raise self._table.not_found(named, name, namespace)
            keys += found
        return keys

    def _remove(self, keys: Iterable[ObjectKey], *, dry_run: bool) -> list[Resource]:
        going = with_contents(self._table, keys)
        if dry_run:
            return [self._table.resources[key] for key in going]
        return self._table.remove(going)

    def _current(self, resources: Iterable[Resource]) -> list[Resource]:
        """The objects as they are here now, each once."""
        keys = dict.fromkeys(self._present(resource) for resource in resources)
        return [self._table.resources[key] for key in keys]

    def _present(self, resource: object) -> ObjectKey:
        """The key of an object that must be here."""
        if not isinstance(resource, Resource):
            problem = f"objects of this inventory are expected, as select returns, not {resource!r}"
            raise TypeError(escaped(problem))
        key = self.key(resource)
        if key not in self._table.resources:
            raise self._table.not_found([key.kind], key.name, key.namespace)
        return key

    def _put(self, done: list[LabelOutcome]) -> list[LabelOutcome]:
        self._table.put({self.key(each.after): each.after for each in done if each.changed})
        return done

    def _different(self, fresh: Mapping[ObjectKey, Resource]) -> Iterator[Resource]:
        """Those of some objects that are new here, or not what is here."""
        for key, resource in fresh.items():
            known = self._table.resources.get(key)
            if known is None or known.body != resource.body:
                yield resource

    def _seen(self, kind: Kind, version: str | None) -> None:
        if version is not None:
            self._versions[kind] = version


def _check_listed(resource: Resource, key: ObjectKey, kind: Kind, namespace: str | None) -> None:
    """Refuse an object that a list of a kind, and of a namespace, should not have."""
    if key.kind != kind:
        raise resource.fault(f"it is in a list of {kind.kind} objects")
    if namespace is not None and key.namespace != namespace:
        raise resource.fault(f"it is in a list of the namespace {namespace}")
