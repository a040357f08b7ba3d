"""`Inventory`: Kubernetes objects by kind, namespace and name, indexed for selectors.

It reads manifests or API objects, answers queries, changes labels, and follows a cluster's watch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

from labelsel.collector import collector_paused
from labelsel.errors import (
    ManifestError,
    ManifestWarning,
    NamingError,
    UnknownKindError,
    escape,
    quote,
    require_each,
    require_type,
)
from labelsel.kubernetes.inventory import labelling
from labelsel.kubernetes.inventory.labelling import Changes, LabelOutcome
from labelsel.kubernetes.inventory.names import several
from labelsel.kubernetes.inventory.namespaces import add_contents, make_namespace
from labelsel.kubernetes.inventory.object_query import ObjectQuery, parse_query, resolve_kinds
from labelsel.kubernetes.inventory.object_table import ObjectChange, ObjectTable, duplicate_error
from labelsel.kubernetes.model.document import Progress
from labelsel.kubernetes.model.kinds import NAMESPACE, Kind
from labelsel.kubernetes.model.object_key import DEFAULT_NAMESPACE, ObjectKey
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource, version_of
from labelsel.kubernetes.read.clients import count_objects, read_list, read_object, read_objects
from labelsel.kubernetes.read.manifests import raise_fault, read_manifests, report_faults
from labelsel.kubernetes.read.watch_events import Bookmark, read_event
from labelsel.locks import Preparation, new_lock
from labelsel.running import require_outermost
from labelsel.selector import Everything, Selector

__all__ = ["Inventory"]

T = TypeVar("T")

_LOAD: Final = 2000
"""From so many objects on a change is made in a copy of the inventory, while others read it. Fewer
are changed in place: readers wait some 20 µs for each (``python -m benchmarks.waiting``)."""


class Inventory(Collection[Resource]):
    """Kubernetes objects of all kinds, by kind, namespace and name, indexed for selectors.

    1. No two objects have the same `ObjectKey`: a second one is an error that names the source
       of both. An object that names no namespace belongs to ``default``, unless its kind has no
       namespaces, as Node has none.
    2. Kinds are words as for kubectl, ``pods``, ``po``, ``deployments.apps``, or a `Kind`.
       Objects are Resources, dicts in the API's spelling, objects of the official client, kr8s
       and lightkube, or lists of these.
    3. A method that changes several objects changes all of them or none.
    4. Objects do not move between namespaces: in another namespace it is another object.
    5. Several threads may use it: each answer is that before a change or that after it. A change
       of 2,000 objects or more is made in a copy while others read; a reader of 100,000 objects
       waits 0.1 s at most (``python -m benchmarks.waiting``).

    Resources are replaced, never changed: a `Resource` that was returned stays as it is.

    ``Inventory()`` is empty; `Inventory.read` reads manifests, and `Inventory.of` takes objects.
    ``len()`` of an inventory, iteration and ``in`` are those of a collection of Resources; ``in``
    also takes an `ObjectKey`.

    Raises:
        Nothing.

    Complexity: O(1) to make an empty one, and for ``len()`` and ``in``; O(n) for n objects to
    iterate.

    >>> a = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "shop"}}
    >>> b = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "b", "labels": {"x": "y"}}}
    >>> pods = Inventory.of([a, b])
    >>> [pod.name for pod in pods.select("po", "x notin (z)")]
    ['a', 'b']
    >>> [pod.name for pod in pods.select("po", "x notin (z)", namespace="shop")]
    ['a']
    """

    def __init__(self) -> None:
        self._lock = new_lock()
        self._preparation = Preparation(self._lock)
        self._objects = ObjectTable()
        self._changes = 0

    @property
    def _table(self) -> ObjectTable:
        """The objects; after a change that was interrupted, when they agree again."""
        with self._lock:
            if self._objects.note is not None:
                self._objects.repair()
            return self._objects

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
        """Read the objects in manifests.

        A second object of the same key is a fault, too; the first one stays.

        Arguments:
            paths: the files and folders, ``-`` for standard input, as `read_manifests` takes them.
            recursive: also read the folders in a folder.
            on_error: called with each fault; the rest is still read. Without it the first fault is
                raised.
            on_warning: called with each warning. Without it, ``warnings.warn`` is.
            on_progress: called now and then with the bytes or characters read so far, and with how
                many there are; both are 0 if the size is not known.

        Raises:
            ManifestError: a path cannot be read, something in it is not a Kubernetes object, or two
                objects have the same key.
            TypeError: ``paths`` is one string, which is a collection of its letters.

        Complexity: O(n) in the size n of the input.

        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "web.yaml")
        ...     _ = path.write_text("{kind: Pod, apiVersion: v1, metadata: {name: a}}")
        ...     Inventory.read([path])
        <Inventory of 1 objects>
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
        """Make an inventory of objects: one, any number, or a list of the API.

        Arguments:
            objects: see rule 2 of `Inventory`; they are copied, except a `Resource`.
            on_error: called with each fault; the rest is still taken. Without it the first
                fault is raised.

        Raises:
            ManifestError: something is not a Kubernetes object, or has the key of another one.

        Complexity: O(n) in the size n of the objects. 20,000 pods take 0.9 s, half of it for
        copying them (``python -m benchmarks.objects``).

        >>> pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}
        >>> faults = []
        >>> Inventory.of([pod, {"kind": "Pod"}], on_error=faults.append)
        <Inventory of 1 objects>
        >>> print(*faults)
        object 2: Pod: no apiVersion
        """
        return cls._of(report_faults(read_objects(objects), on_error or raise_fault), on_error)

    @classmethod
    def _of(
        cls, resources: Iterable[Resource], on_error: Callable[[ManifestError], None] | None
    ) -> Inventory:
        inventory = cls()
        inventory._table.insert(list(resources), on_error or raise_fault)
        return inventory

    def __len__(self) -> int:
        return len(self._table.resources)

    def __iter__(self) -> Iterator[Resource]:
        with self._lock:
            return iter(list(self._table.resources.values()))

    def __contains__(self, item: object) -> bool:
        """Return whether an object has this `ObjectKey`, or the key of this Resource."""
        with self._lock:
            key = self.key(item) if isinstance(item, Resource) else item
            return key in self._table.resources

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy or pickle the objects, which never change, and the versions to watch from."""
        with self._lock:
            return _inventory_with, (type(self), list(self), self._table.versions.copy())

    def __repr__(self) -> str:
        return f"<Inventory of {len(self)} objects>"

    def key(self, resource: Resource) -> ObjectKey:
        """Return the key that an object has here, or would have.

        Arguments:
            resource: the object; it need not be in the inventory.

        Raises:
            TypeError: the argument is not a `Resource`.

        Complexity: O(1).

        >>> [pod] = pods = Inventory.of(
        ...     {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
        >>> pods.key(pod)
        ObjectKey(kind=Kind(kind='Pod', group=''), namespace='default', name='a')
        """
        return self._table.scopes.key(require_type(Resource, resource, HOW_TO_READ))

    def kinds(self) -> dict[Kind, int]:
        """Return the kinds of the objects, sorted, with the number of objects of each.

        Raises:
            Nothing.

        Complexity: O(k log k) for k kinds, however many objects there are.

        >>> pods = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
        >>> pods.kinds()
        {Kind(kind='Pod', group=''): 1}
        """
        return self._table.kinds()

    def namespaces(self) -> dict[str, int]:
        """Return the namespaces of the objects, sorted, with the number of objects in each.

        A namespace need not be an object here: manifests seldom define it.

        Raises:
            Nothing.

        Complexity: O(s log s) for s namespaces, however many objects there are.

        >>> pods = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
        >>> pods.namespaces()
        {'default': 1}
        """
        return self._table.namespaces()

    def get(self, kind: Kind | str, name: str, namespace: str | None = None) -> Resource | None:
        """Return the object of a kind and name; None if there is none.

        Arguments:
            kind: the kind, or a name of it as `parse_kinds` takes it.
            name: the name.
            namespace: the namespace to look in; None for all. It counts only for kinds that
                have namespaces.

        Raises:
            UnknownKindError: there is no such kind, or there are several, with an object of
                this name in each.
            NamingError: several namespaces have an object of this name; the message lists them.
            TypeError: ``kind`` is neither a `Kind` nor a string, or the name or the namespace is
                not a string.

        Complexity: O(1) for a `Kind` and a namespace. A word costs O(k log k) more for k kinds, and
        no namespace O(s log s) for s namespaces.

        >>> nodes = Inventory.of({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"}})
        >>> nodes.get("no", "n1").reference
        'node/n1'
        """
        with self._lock:
            keys = self._table.find(_query_name(self._kinds(kind), name, namespace))
            found = [self._table.resources[key] for key in keys]
            if len({key.kind for key in keys}) > 1:
                names = " and ".join(dict.fromkeys(item.reference for item in found))
                problem = f'"{kind}" names several objects here: {names}; add the group to it'
                raise UnknownKindError(str(kind), escape(problem))
            if len(found) > 1:
                raise NamingError(*several(name, found, "name the namespace"))
            return found[0] if found else None

    def select(
        self,
        kinds: Kind | str | None = None,
        labels: Selector | str = "",
        *,
        fields: Selector | str = "",
        annotations: Selector | str = "",
        namespace: str | None = None,
    ) -> list[Resource]:
        """Return the objects that match, in the order in which they came.

        Arguments:
            kinds: names of kinds as `parse_kinds` takes them; None for all.
            labels: a label selector or its text.
            fields: a field selector or its text.
            annotations: a selector of annotations or its text, in the language of label selectors.
            namespace: the namespace to look in; None for all. Objects that are in no namespace
                are found in ``default``, too, and in any where their kind is named.

        Raises:
            SelectorSyntaxError: the text of a selector is not a selector.
            UnknownKindError: a word names a kind that neither Kubernetes nor the input has.
            FieldError: ``fields`` names a field that no object has, or that is a map or a list.
            ValueError: the namespace is "".
            TypeError: a kind or a selector is neither a text nor an object of its class, or the
                namespace is not a string.

        Complexity: that of `LabelIndex.select`, and O(n) for an answer of n objects. A field is
        read from all objects of the kinds when a query names it for the first time, and again
        after queries have named 32 others; annotations are read from the objects that match in
        all else.

        >>> nodes = Inventory.of({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"}})
        >>> [node.name for node in nodes.select("nodes", "!gpu", fields="metadata.name!=n2")]
        ['n1']
        """
        with self._lock:
            table = self._table
            query = _query(table, kinds, labels, fields, annotations, namespace)
            return [table.resources[key] for key in table.find(query)]

    def add(self, obj: object) -> Resource:
        """Add one object, and return it.

        Arguments:
            obj: the object, see rule 2 of `Inventory`; it is copied, unless it is a `Resource`.

        Raises:
            ManifestError: it is not an object, or another object has its key; the message
                names the sources of both.

        Complexity: O(n) in the size n of the object. A CustomResourceDefinition that changes
        whether the objects of its kind have namespaces costs O(all objects).

        >>> here = Inventory()
        >>> here.add({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}).reference
        'pod/a'
        """
        resource = read_object(obj)
        self._insert(resource, lambda table: table.insert([resource], raise_fault))
        return resource

    def update(self, obj: object) -> ObjectChange:
        """Replace the object that has the key of a new one, and return the change.

        Arguments:
            obj: the new object, see rule 2 of `Inventory`; it is copied, unless it is a `Resource`.

        Raises:
            NotFoundError: no object has that key. The message names the namespaces that have an
                object of this kind and name: to move one is to delete it there and to add it.
            ManifestError: the argument is not an object.

        Complexity: that of `Inventory.add`.

        >>> pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}
        >>> here = Inventory.of(pod)
        >>> change = here.update({**pod, "metadata": {"name": "a", "labels": {"app": "web"}}})
        >>> dict(change.before.labels), dict(change.after.labels)
        ({}, {'app': 'web'})
        """
        resource = read_object(obj)

        def change(table: ObjectTable) -> list[ObjectChange]:
            _check_present(table, resource)
            return table.insert([resource])

        [made] = self._insert(resource, change)
        return made

    def label(
        self,
        resources: Iterable[Resource],
        changes: Changes,
        *,
        overwrite: bool = False,
        resource_version: str | None = None,
    ) -> list[LabelOutcome]:
        """Change the labels of objects in the inventory, of all or none, by the rules of `label`.

        The objects are looked up by their keys: their current state is changed.

        Arguments:
            resources: the objects, as `Inventory.select` returns them.
            changes: the value that each key gets, None to remove it.
            overwrite: whether labels may change their value.
            resource_version: the version that each object must have; None for any.

        Returns:
            a `LabelOutcome` for each object, in the order of the objects.

        Raises:
            NotFoundError: one of them is not in the inventory.
            InvalidLabelError: the changes themselves are not legal.
            LabellingError: objects cannot be changed; the message lists all of them.
            TypeError: something among the objects is not a `Resource`, or the changes are not a
                mapping.

        Complexity: O(n * m) for n objects with m labels each.

        >>> here = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
        >>> [done] = here.label(here.select("pods"), {"tier": "front"})
        >>> done.outcome, [pod.name for pod in here.select("pods", "tier=front")]
        ('labeled', ['a'])
        """
        change = partial(
            labelling.label,
            changes=changes,
            overwrite=overwrite,
            resource_version=resource_version,
        )
        return self._change_labels(resources, change)

    def annotate(
        self,
        resources: Iterable[Resource],
        changes: Changes,
        *,
        overwrite: bool = True,
        resource_version: str | None = None,
    ) -> list[LabelOutcome]:
        """Change annotations of objects in the inventory, of all or none, as `annotate` does.

        The objects are looked up by their keys: their current state is changed.

        Arguments:
            resources: the objects, as `Inventory.select` returns them.
            changes: the value that each key gets, None to remove it.
            overwrite: whether annotations may change their value.
            resource_version: the version that each object must have; None for any.

        Returns:
            a `LabelOutcome` for each object, in the order of the objects.

        Raises:
            NotFoundError: one of them is not in the inventory.
            InvalidLabelError: the changes themselves are not legal.
            LabellingError: objects cannot be changed; the message lists all of them.
            TypeError: something among the objects is not a `Resource`, or the changes are not a
                mapping.

        Complexity: O(n * m) for n objects with annotations of m bytes each.

        >>> here = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
        >>> [done] = here.annotate(here, {"owner": "shop"})
        >>> done.outcome, here.get("pod", "a").annotations
        ('annotated', {'owner': 'shop'})
        """
        change = partial(
            labelling.annotate,
            changes=changes,
            overwrite=overwrite,
            resource_version=resource_version,
        )
        return self._change_labels(resources, change)

    def create_namespace(self, given: object) -> Resource:
        """Add a namespace, by its name or as an object, and return it.

        Arguments:
            given: the name, or a Namespace object.

        Raises:
            ManifestError: there is a namespace of that name, the name is not legal, or the
                object is not a Namespace.

        Complexity: that of `Inventory.add`.

        >>> Inventory().create_namespace("shop").reference
        'namespace/shop'
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

        With a namespace all objects in it are removed; they follow it in the result. It need
        not be an object itself: it is enough that objects name it. A cluster would also remove
        the objects of a deleted owner or definition; here they stay.

        Arguments:
            kinds: names of kinds as `parse_kinds` takes them.
            name: a name, of an object that must exist.
            names: more names.
            namespace: the namespace of the objects, if their kind has namespaces. It is never
                all namespaces, as for `Inventory.get`.
            dry_run: only return what would be removed.

        Raises:
            NotFoundError: there is no object of a name.
            UnknownKindError: a word names no kind.
            ValueError: Kubernetes keeps the namespace: default, kube-public or kube-system.
            TypeError: a name or the namespace is not a string.

        Complexity: O(n) for n names, and O(r) for r removed objects.

        >>> here = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
        >>> [gone.name for gone in here.delete("pods", "a")], len(here)
        (['a'], 0)
        """
        words = (name, *names)

        def find(table: ObjectTable) -> list[ObjectKey]:
            return _find_each(table, kinds, words, namespace)

        def count(table: ObjectTable) -> int:
            has_contents = NAMESPACE in resolve_kinds(kinds, table.kinds)
            return len(table.resources) if has_contents else len(words)

        return self._remove(find, count, dry_run=dry_run)

    def delete_all(  # noqa: PLR0913  # each is named by the caller
        self,
        kinds: Kind | str | None = None,
        labels: Selector | str = "",
        *,
        fields: Selector | str = "",
        annotations: Selector | str = "",
        namespace: str | None = DEFAULT_NAMESPACE,
        dry_run: bool = False,
    ) -> list[Resource]:
        """Remove all objects that match, and return them, as `Inventory.delete` does.

        1. Without a namespace only objects in ``default`` are removed; for all namespaces write
           None.
        2. Without kinds only objects in the namespace are removed: no Node. Without kinds and with
           None for the namespace all objects are removed.

        Arguments:
            kinds: names of kinds as `parse_kinds` takes them; None for all, see rule 2.
            labels: a label selector or its text.
            fields: a field selector or its text.
            annotations: a selector of annotations or its text, in the language of label selectors.
            namespace: the namespace to look in; None for all.
            dry_run: only return what would be removed.

        Raises:
            SelectorSyntaxError: the text of a selector is not a selector.
            UnknownKindError: a word names a kind that neither Kubernetes nor the input has.
            FieldError: ``fields`` names a field that no object has, or that is a map or a list.
            ValueError: the namespace is ""; Kubernetes keeps a namespace that is among the objects;
                or a text of a selector is blank, as an empty variable with a blank beside it is: it
                would select everything.
            TypeError: a kind or a selector is neither a text nor an object of its class, or the
                namespace is not a string.

        Complexity: that of `Inventory.select`, and O(r) for r removed objects.

        >>> here = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
        >>> [gone.name for gone in here.delete_all("pods", "app=web")], len(here)
        ([], 1)
        """

        def query(table: ObjectTable) -> ObjectQuery:
            parsed = _query(table, kinds, labels, fields, annotations, namespace)
            for text, selector in (
                (labels, parsed.labels),
                (fields, parsed.fields),
                (annotations, parsed.annotations),
            ):
                # Perhaps a variable is empty, beside a blank or a comma.
                if isinstance(text, str) and text != "" and isinstance(selector, Everything):
                    message = f"{quote(text)} selects everything; leave it out to delete all"
                    raise ValueError(message)
            return replace(parsed, cluster_scoped=kinds is not None)

        def count(table: ObjectTable) -> int:
            parsed = query(table)
            has_contents = parsed.kinds is not None and NAMESPACE in parsed.kinds
            return len(table.resources) if has_contents else table.count(parsed)

        return self._remove(lambda table: table.find(query(table)), count, dry_run=dry_run)

    def apply(self, event: object) -> ObjectChange | None:
        """Apply one event of a watch, and return the change of the object.

        1. ADDED and MODIFIED set the object and DELETED removes it, whatever the state before:
           a watch that is resumed repeats events.
        2. BOOKMARK only changes `Inventory.resource_version`. BOOKMARK, and DELETED of an object
           that is not in the inventory, return None. A repeated event is a change to an equal
           object.

        Arguments:
            event: ``{"type": ..., "object": ...}`` as the API sends it; the same with a
                ``raw_object``, as the official client's Watch yields it; or the pair of type and
                object that kr8s and lightkube yield.

        Raises:
            ExpiredError: the server asks for a fresh list (410 Gone): list again, call
                `Inventory.replace`, and watch from there.
            WatchError: the event is another error.
            ManifestError: it is not an event, or its object is not a Kubernetes object.

        Complexity: that of `Inventory.add`.

        >>> here = Inventory()
        >>> pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}
        >>> here.apply({"type": "ADDED", "object": pod}).after.reference
        'pod/a'
        """
        reported = read_event(event)
        if isinstance(reported, Bookmark):
            with self._lock:
                self._writable().versions[reported.kind] = reported.resource_version
            return None
        name, resource = reported

        def change(table: ObjectTable) -> list[ObjectChange]:
            if name == "DELETED":
                present = [key for key in (table.scopes.key(resource),) if key in table.resources]
                changes = [ObjectChange(each, None) for each in table.remove(present)]
            else:
                changes = table.insert([resource])
            _note_version(table, resource.group_kind, version_of(resource.body))
            return changes

        made = self._insert(resource, change)
        return made[0] if made else None

    def replace(
        self, kind: Kind | str, objects: object, *, namespace: str | None = None
    ) -> list[ObjectChange]:
        """Replace the objects of a kind by those of a fresh list, and return the changes.

        Arguments:
            kind: the kind, which an empty list does not name.
            objects: a list of the API, whose ``resourceVersion`` is kept; or objects.
            namespace: the namespace that was listed; None for all.

        Returns:
            an `ObjectChange` for each object that is new or different, then for each that is gone.

        Raises:
            ManifestError: something in the list is not an object, is of another kind or
                namespace, or has the key of another; or the list is one page of several
                (``metadata.continue``).
            UnknownKindError: the word names no kind, or more than one.
            TypeError: the namespace is not a string.

        Complexity: O(n) in the size n of the list and of the objects that it replaces.

        >>> here = Inventory()
        >>> pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}
        >>> [change.after.name for change in here.replace("pods", [pod])]
        ['a']
        """
        with collector_paused(count_objects(objects)):
            found, version = read_list(objects)
            listed = self._kind(kind)
            resources = list(report_faults(found, raise_fault))
            query = ObjectQuery(kinds=frozenset((listed,)), namespace=namespace)

            def change(table: ObjectTable) -> list[ObjectChange]:
                fresh = _by_key(table, resources, listed, namespace)
                removed = [key for key in table.find(query) if key not in fresh]
                changes = table.insert([*_select_different(table, fresh)], remove=removed)
                table.versions.pop(listed, None)
                _note_version(table, listed, version)
                return changes

            def count(table: ObjectTable) -> int:
                most = max(len(resources), table.count(query))
                return max(most, table.count_rebuilt(resources))

            return self._change(change, count)

    def compact(self) -> None:
        """Give back the memory of objects that were removed, and make queries faster.

        Use it after very many were removed, or added in an order without meaning: see
        `LabelIndex.compact`. The objects, their order and all answers stay as they are. Other
        threads read meanwhile.

        Raises:
            Nothing.

        Complexity: O(n log n) for n labels of all objects.

        >>> pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}
        >>> here = Inventory.of([pod, {**pod, "metadata": {"name": "b"}}])
        >>> _ = here.delete("pods", "a")
        >>> here.compact()
        >>> [pod.name for pod in here.select("pods")]
        ['b']
        """
        # Always in a copy: an interrupt between two of its steps leaves the table as it was.
        self._change(ObjectTable.compact, lambda _: _LOAD)

    def resource_version(self, kind: Kind | str) -> str | None:
        """Return the version from which to watch a kind; None if it is not known.

        It is that of the last list, event or bookmark of the kind; manifests and some lists have
        none. That of a custom kind is forgotten when its definition goes after its objects. There
        is one for each kind: to watch several namespaces of one kind, keep the version of each
        watch yourself.

        Arguments:
            kind: the kind, or a name of it as `parse_kinds` takes it.

        Raises:
            UnknownKindError: the word names no kind, or more than one.

        Complexity: O(1) for a `Kind`; a word costs O(k log k) for k kinds.

        >>> here = Inventory()
        >>> listed = {"kind": "PodList", "apiVersion": "v1", "items": [],
        ...           "metadata": {"resourceVersion": "7"}}
        >>> here.replace("pods", listed), here.resource_version("pods")
        ([], '7')
        """
        with self._lock:
            return self._table.versions.get(self._kind(kind))

    def _kinds(self, words: Kind | str) -> frozenset[Kind]:
        return resolve_kinds(words, self.kinds)

    def _kind(self, word: Kind | str) -> Kind:
        """Return the one kind that a word names."""
        kinds = self._kinds(word)
        if len(kinds) != 1:
            names = " and ".join(sorted(f"{kind.kind}.{kind.group}".rstrip(".") for kind in kinds))
            problem = f'"{word}" names several kinds: {names}; expected one'
            raise UnknownKindError(str(word), escape(problem))
        [kind] = kinds
        return kind

    # Changes

    def _change(self, change: Callable[[ObjectTable], T], count: Callable[[ObjectTable], int]) -> T:
        """Change the objects by a function, which is called once or twice.

        The function gets the table of the inventory, or a copy if it changes many objects.

        Arguments:
            change: changes a table. If it raises, it has changed nothing.
            count: returns how many objects of the table it changes at most.
        """
        require_outermost(self._lock)
        with self._lock:
            table = self._writable()
            if count(table) < _LOAD:
                return change(table)
        with collector_paused(_LOAD):
            return self._preparation.run(
                self._state, lambda: self._changed_copy(change), self._take
            )

    def _writable(self) -> ObjectTable:
        """Return the objects, to be changed. The caller holds the lock.

        Waits while another thread prepares a change.
        """
        if self._preparation.load is not None:
            self._preparation.wait()
        self._changes += 1
        return self._table

    def _state(self) -> int:
        _ = self._table  # repaired
        return self._changes

    def _changed_copy(self, change: Callable[[ObjectTable], T]) -> tuple[ObjectTable, T]:
        table = self._objects
        index = table.copy_index()
        with self._lock:  # a query changes what is known about fields
            copied = table.copy(index)
        made = change(copied)
        copied.refresh_fields()
        return copied, made

    def _take(self, made: tuple[ObjectTable, T]) -> T:
        """Take over a table, and return what else was made. In one step, so without a note."""
        self._objects, result = made
        return result

    def _insert(self, resource: Resource, change: Callable[[ObjectTable], T]) -> T:
        """Change one object, and all if it is a definition that changes the keys of others."""
        return self._change(change, lambda table: table.count_rebuilt((resource,)))

    def _change_labels(
        self,
        resources: Iterable[Resource],
        change: Callable[[list[Resource]], list[LabelOutcome]],
    ) -> list[LabelOutcome]:
        """Change the labels or annotations of some objects as they are now, of each once."""
        given = list(
            require_each(Resource, resources, "pass objects of this inventory, as select returns")
        )

        def change_each(table: ObjectTable) -> list[LabelOutcome]:
            keys = dict.fromkeys(_check_present(table, resource) for resource in given)
            outcomes = change([table.resources[key] for key in keys])
            key = table.scopes.key
            table.set({key(each.after): each.after for each in outcomes if each.changed})
            return outcomes

        return self._change(change_each, lambda _: len(given))

    def _remove(
        self,
        find: Callable[[ObjectTable], Iterable[ObjectKey]],
        count: Callable[[ObjectTable], int],
        *,
        dry_run: bool,
    ) -> list[Resource]:
        """Remove the objects that a function finds, and those in the namespaces among them."""
        if dry_run:
            with self._lock:
                table = self._table
                return [table.resources[key] for key in add_contents(table, find(table))]
        return self._change(lambda table: table.remove(add_contents(table, find(table))), count)


def _query(  # noqa: PLR0913, PLR0917  # each is an argument of `Inventory.select`
    table: ObjectTable,
    kinds: Kind | str | None,
    labels: Selector | str,
    fields: Selector | str,
    annotations: Selector | str,
    namespace: str | None,
) -> ObjectQuery:
    query = parse_query(
        kinds, labels, fields, namespace, annotations=annotations, present=table.kinds
    )
    if namespace is not None and not namespace.strip():
        message = f'"{namespace}" is not a namespace; pass None for all namespaces'
        raise ValueError(escape(message))
    return query


def _find_each(
    table: ObjectTable, words: Kind | str, names: Iterable[str], namespace: str
) -> list[ObjectKey]:
    """Return the keys of all objects of some names; also of namespaces that are no objects."""
    kinds = resolve_kinds(words, table.kinds)
    keys: list[ObjectKey] = []
    for name in names:
        found = table.find(_query_name(kinds, name, namespace))
        if not found and NAMESPACE in kinds and name in table.namespaces():
            found = [ObjectKey(NAMESPACE, None, name)]
        if not found:
            raise table.not_found(kinds, name, namespace)
        keys += found
    return keys


def _check_present(table: ObjectTable, resource: Resource) -> ObjectKey:
    """Return the key of an object that must be in the inventory."""
    key = table.scopes.key(resource)
    if key not in table.resources:
        raise table.not_found([key.kind], key.name, key.namespace)
    return key


def _by_key(
    table: ObjectTable, resources: Iterable[Resource], kind: Kind, namespace: str | None
) -> dict[ObjectKey, Resource]:
    """Return the objects of a list by key. ManifestError if one is not of that list."""
    fresh: dict[ObjectKey, Resource] = {}
    for resource in resources:
        key = table.scopes.key(resource)
        _check_listed(resource, key, kind, namespace)
        if key in fresh:
            raise duplicate_error(resource, fresh[key], key)
        fresh[key] = resource
    return fresh


def _select_different(
    table: ObjectTable, fresh: Mapping[ObjectKey, Resource]
) -> Iterator[Resource]:
    """Yield those of some objects that are new, or differ from the object here."""
    for key, resource in fresh.items():
        existing = table.resources.get(key)
        if existing is None or existing.body != resource.body:
            yield resource


def _note_version(table: ObjectTable, kind: Kind, version: str | None) -> None:
    if version is not None:
        table.versions[kind] = version


def _query_name(kinds: frozenset[Kind], name: str, namespace: str | None) -> ObjectQuery:
    """Return the query for a name; objects of kinds without namespaces are in every namespace."""
    names = frozenset((require_type(str, name, "pass one name, as in 'web-1'"),))
    return ObjectQuery(kinds=kinds, names=names, namespace=namespace, cluster_scoped=True)


def _check_listed(resource: Resource, key: ObjectKey, kind: Kind, namespace: str | None) -> None:
    """Refuse an object of another kind or namespace than the list that it is in."""
    if key.kind != kind:
        raise resource.fault(f"it is in a list of {kind.kind} objects")
    if namespace is not None and key.namespace != namespace:
        raise resource.fault(f"it is in a list of the namespace {namespace}")


def _inventory_with(
    cls: type[Inventory], objects: list[Resource], versions: dict[Kind, str]
) -> Inventory:
    inventory = cls._of(objects, None)  # of this module
    inventory._table.versions.update(versions)  # noqa: SLF001
    return inventory
