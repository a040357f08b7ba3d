"""The patches of Kustomizations: which objects they are for, and which fields they change."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Final, TypeVar

from labelsel.errors import ManifestError
from labelsel.kubernetes import Resource
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.read.yaml_reader import read_yaml
from labelsel.kubernetes.selection.kustomize_changes import DELETED, ITEM, PatchPath, may_patch
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.kubernetes.selection.open_parts import is_open_key

__all__ = [
    "ANY_CHANGE",
    "KustomizePatch",
    "PatchIndex",
    "has_only",
    "is_local",
    "read_patches",
    "union",
]

Item = TypeVar("Item")

#: A word that means itself in a regular expression, as the target of a patch is.
_PLAIN: Final = re.compile(r"[A-Za-z0-9-]+")
_WHOLE: Final = frozenset({()})
_KIND: Final = ("kind",)
_NAME: Final = ("metadata", "name")
AFFIXES: Final = ("namePrefix", "nameSuffix")
"""The fields that set what is before and behind the names of objects."""
#: What says which object a patch is for, and changes nothing.
_IDENTITY: Final = frozenset({("apiVersion",), _KIND, _NAME})
_NAMESPACE: Final = ("metadata", "namespace")
_ANNOTATIONS: Final = ("metadata", "annotations")
#: The annotation of an object that kustomize leaves out of what it builds.
_LOCAL: Final = "config.kubernetes.io/local-config"
#: The number of an item in a JSON pointer, or its end.
_INDEX: Final = re.compile(r"\d+|-")
#: What separates the parts of a path; a backslash before it makes it a part of a name.
_DOT: Final = re.compile(r"(?<!\\)\.")
_SLASH: Final = re.compile(r"(?<!\\)/")
#: What kustomize knows in the parts of a Kustomization. It refuses any other field, or reads it
#: without regard to case.
_OF_LABELS: Final = frozenset({"pairs", "includeSelectors", "includeTemplates", "fields"})
_OF_PATCH: Final = frozenset({"path", "patch", "target", "options"})
_OF_TARGET: Final = frozenset(
    {"group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"}
)
#: The options of a patch, and what it may change with them.
_OPTIONS: Final = {"allowNameChange": _NAME, "allowKindChange": _KIND}
#: The fields whose entries change objects. kustomize refuses one that is no list.
_CHANGING_LISTS: Final = (
    *("labels", "patches", "patchesJson6902", "patchesStrategicMerge", "replacements"),
    *("transformers", "configurations"),
)
_OF_OPERATION: Final = frozenset({"op", "path", "from", "value"})
_OF_FIELD: Final = frozenset({"group", "version", "kind", "path", "create"})
_OF_REFERENCE: Final = frozenset({"group", "version", "kind", "fieldSpecs"})
_OF_TRANSFORMER: Final = frozenset(
    {"apiVersion", "kind", "metadata", "labels", "annotations", "fieldSpecs"}
)
_OF_REPLACEMENT: Final = frozenset({"path", "source", "sourceValue", "targets"})
_OF_REPLACED: Final = frozenset({"select", "reject", "fieldPaths", "options"})
_OF_FIELD_OPTIONS: Final = frozenset({"delimiter", "index", "encoding", "create"})
#: The label that kustomize adds to all objects if ``buildMetadata`` asks for it.
_MANAGED_BY: Final = ("metadata", "labels", "app.kubernetes.io/managed-by")
_LIST: Final = "List"

_FindDocuments = Callable[[str], list[Data] | None]


@dataclass(frozen=True, slots=True)
class KustomizePatch:
    """A patch.

    Attributes:
        kind: the kind of the objects that it is for; None for any.
        name: their name; None for any.
        paths: the fields that it sets or removes; the empty path is the whole object.
    """

    kind: str | None
    name: str | None
    paths: frozenset[PatchPath]


ANY_CHANGE: Final = KustomizePatch(None, None, _WHOLE)
"""A patch that may change everything in all objects."""


class PatchIndex:
    """Finds the patches that may be for an object among those of some Kustomizations.

    1. The kind must be that of the object.
    2. The name of a patch must have that of the object in it, which may get a prefix before.
    3. A name or a kind that is no plain word, as a placeholder, may become any. So may one that a
       patch changes.

    >>> from labelsel.kubernetes import Source
    >>> def pod(name):
    ...     return Resource("Pod", "v1", None, name, {}, {}, {}, Source("a.yaml", 1, 1))
    >>> patches = PatchIndex([KustomizePatch("Pod", "dev-web", frozenset({("spec",)}))])
    >>> [len(patches.paths(pod(name))) for name in ("web", "dev-web", "db", "${NAME}")]
    [1, 1, 0, 1]
    """

    def __init__(self, patches: Iterable[KustomizePatch]) -> None:
        by_kind: defaultdict[str | None, list[KustomizePatch]] = defaultdict(list)
        for each in patches:
            by_kind[each.kind].append(each)
        self._by_kind = {kind: _NamedPatches(each) for kind, each in by_kind.items()}

    def paths(self, resource: Resource) -> frozenset[PatchPath]:
        """Return the fields of an object that patches may change.

        Complexity: O(n + p) for n characters in the names of the patches of its kind, a
        nanosecond for each, and p paths of those that are for the object.
        """
        kinds: Iterable[str | None] = (resource.kind, None)
        if not _PLAIN.fullmatch(resource.kind):
            kinds = self._by_kind
        groups = [self._by_kind[kind] for kind in kinds if kind in self._by_kind]
        if not _PLAIN.fullmatch(resource.name):
            return union(group.every for group in groups)
        found = union(group.find(resource.name) for group in groups)
        if may_patch(found, _KIND):
            return union(group.every for group in self._by_kind.values())
        return union(group.every for group in groups) if may_patch(found, _NAME) else found


class _NamedPatches:
    """The patches of a kind, by the names of the objects that they are for."""

    def __init__(self, patches: Iterable[KustomizePatch]) -> None:
        by_name: defaultdict[str | None, set[PatchPath]] = defaultdict(set)
        for each in patches:
            by_name[each.name] |= each.paths
        #: What patches for objects of any name change.
        self._unnamed = frozenset(by_name.pop(None, ()))
        self._by_name = [(name, frozenset(paths)) for name, paths in by_name.items() if name]
        #: The names in one text, which is searched in a thousandth of the time of a loop.
        self._text = "".join(f"{name}\n" for name, _ in self._by_name)
        self._ends = list(accumulate(len(name) + 1 for name, _ in self._by_name))

    @cached_property
    def every(self) -> frozenset[PatchPath]:
        """What all patches change."""
        return self._unnamed.union(*(paths for _, paths in self._by_name))

    def find(self, name: str) -> frozenset[PatchPath]:
        """Return what patches change whose name has a name in it."""
        found = [self._unnamed]
        position = self._text.find(name)
        while position >= 0:
            number = bisect_right(self._ends, position)
            found.append(self._by_name[number][1])
            position = self._text.find(name, self._ends[number])
        return union(found)


def union(sets: Iterable[frozenset[Item]]) -> frozenset[Item]:
    """Return the union of sets: the set itself, not a copy, if only one is not empty.

    >>> one = frozenset("a")
    >>> union([one, frozenset()]) is one, len(union([one, frozenset("b")])), union([])
    (True, 2, frozenset())
    """
    several = list(filter(None, sets))
    return several[0] if len(several) == 1 else frozenset[Item]().union(*several)


def has_only(value: Data, fields: Collection[str]) -> bool:
    """Return whether a part of a Kustomization is a map without a field that nobody knows.

    kustomize may read ``fieldpaths`` as ``fieldPaths``, and a placeholder may become any field: so
    nobody knows what a part with another field does.

    >>> has_only({"path": "a"}, {"path"}), has_only({"Path": "a"}, {"path"}), has_only("a", {"a"})
    (True, False, False)
    """
    return isinstance(value, dict) and all(key in fields for key in value)


def is_local(resource: Resource, patches: frozenset[PatchPath]) -> bool:
    """Return whether an object has, or may get, the annotation with which kustomize leaves it out.

    Any value counts. New versions of kustomize keep an object with the value false.

    Arguments:
        resource: the object.
        patches: the fields of it that patches may change.
    """
    annotations = value_at(resource.body, _ANNOTATIONS)
    return _may_have_local(annotations) or may_patch(patches, (*_ANNOTATIONS, _LOCAL))


def _may_have_local(annotations: Data) -> bool:
    if not isinstance(annotations, dict):
        return annotations is not None
    return _LOCAL in annotations or any(map(is_open_key, annotations))


def read_patches(
    body: Mapping[str, Data], find_documents: _FindDocuments
) -> Iterator[KustomizePatch]:
    r"""Yield the patches of a Kustomization, and what else changes fields of objects.

    What cannot be read may change everything in the objects that it is for.

    Arguments:
        body: the data of the Kustomization.
        find_documents: returns the data of the documents of a file that a field names; None if
            it was not read.

    >>> merge = "kind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}"
    >>> for patch in read_patches({"patches": [{"patch": merge}]}, lambda file: None):
    ...     print(patch.kind, patch.name, *patch.paths)
    Deployment web ('spec', 'replicas')
    """
    if not all(isinstance(body.get(field), list | None) for field in _CHANGING_LISTS):
        yield ANY_CHANGE
        return
    yield from _read_labels(body)
    yield from _read_names(body)
    for field in ("patches", "patchesJson6902"):
        for entry in _items(body.get(field)):
            yield from _read_entry(entry, find_documents)
    for entry in _items(body.get("patchesStrategicMerge")):
        patch = {"patch": entry} if isinstance(entry, str) and "\n" in entry else {"path": entry}
        yield from _read_all(_documents(patch, find_documents), None)
    for entry in _items(body.get("replacements")):
        yield from _read_replacement(entry, find_documents)
    for entry in _items(body.get("transformers")):
        text = {"patch" if isinstance(entry, str) and "\n" in entry else "path": entry}
        for document in _documents(text, find_documents) or [None]:
            yield from _read_transformer(document)
    for entry in _items(body.get("configurations")):
        for document in _documents({"path": entry}, find_documents) or [None]:
            yield from _read_configuration(document)


def _read_names(body: Mapping[str, Data]) -> Iterator[KustomizePatch]:
    """Yield what the fields of the namespace and of names change beside that."""
    texts = [body.get(field) for field in ("namespace", *AFFIXES)]
    if not all(isinstance(each, str | None) for each in texts):
        yield ANY_CHANGE
    if body.get("kind") == "Component" and any(texts[1:]):
        # Of a Component nobody counts in which order it changes the names.
        yield KustomizePatch(None, None, frozenset({_NAME}))


def _read_labels(body: Mapping[str, Data]) -> Iterator[KustomizePatch]:
    """Yield what labels and annotations change beside themselves: anything if they are wrong."""
    annotations = body.get("commonAnnotations")
    if not _are_labels(body.get("commonLabels")) or not _are_texts(annotations):
        yield ANY_CHANGE
    elif _may_have_local(annotations):
        yield KustomizePatch(None, None, frozenset({(*_ANNOTATIONS, _LOCAL)}))
    for entry in _items(body.get("labels")):
        if not isinstance(entry, dict) or not _is_labels_entry(entry):
            yield ANY_CHANGE
            continue
        for spec in _items(entry.get("fields")):
            yield from _field_spec(spec, entry.get("pairs") or ())
    # The word may be one of a placeholder, too.
    built = _items(body.get("buildMetadata"))
    if any(each not in ("originAnnotations", "transformerAnnotations") for each in built):
        yield KustomizePatch(None, None, frozenset({_MANAGED_BY}))


def _is_labels_entry(entry: dict[str, Data]) -> bool:
    flags = [entry.get("includeSelectors"), entry.get("includeTemplates")]
    is_known = has_only(entry, _OF_LABELS) and _are_labels(entry.get("pairs"))
    return is_known and all(isinstance(flag, bool | None) for flag in flags)


def _are_labels(value: Data) -> bool:
    """Return whether a value is labels, of which the keys are known."""
    return _are_texts(value) and not any(map(is_open_key, value or ()))


def _are_texts(value: Data) -> bool:
    """Return whether a value is labels or annotations: a map of texts."""
    if not isinstance(value, dict):
        return value is None
    return all(isinstance(key, str) and isinstance(each, str) for key, each in value.items())


def _read_configuration(value: Data) -> Iterator[KustomizePatch]:
    """Yield the fields to which kustomize adds labels and the like, by ``configurations``."""
    if not isinstance(value, dict):
        yield ANY_CHANGE
        return
    for specs in value.values():
        for spec in _items(specs):
            # A reference to a name has the fields that have the name.
            inner = spec.get("fieldSpecs") if isinstance(spec, dict) else None
            if inner is not None and not has_only(spec, _OF_REFERENCE):
                yield ANY_CHANGE
            for each in [spec] if inner is None else _items(inner):
                yield from _field_spec(each, ())


def _field_spec(spec: Data, keys: Iterable[str]) -> Iterator[KustomizePatch]:
    """Yield the patch of a field that a text such as ``spec/template/metadata/labels`` names.

    Arguments:
        spec: the kind of the objects and the path.
        keys: the keys of the labels that are set there; without one the whole field.
    """
    path = spec.get("path") if isinstance(spec, dict) else None
    if not isinstance(path, str) or not path or not has_only(spec, _OF_FIELD):
        yield ANY_CHANGE
        return
    names = [each.replace("\\/", "/") for each in _SLASH.split(path.strip("/"))]
    # Behind the name of a list there are brackets.
    parts = tuple(
        part for name in names for part in ((name[:-2], ITEM) if name.endswith("[]") else (name,))
    )
    paths = frozenset((*parts, key) for key in keys) or frozenset({parts})
    yield KustomizePatch(_target(spec)[0], None, paths)


def _items(value: Data) -> list[Data]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _documents(entry: Data, find_documents: _FindDocuments) -> list[Data] | None:
    """Return the documents of a patch; None if they cannot be read."""
    if not isinstance(entry, dict):
        return None
    text, path = entry.get("patch"), entry.get("path")
    if isinstance(path, str):
        return find_documents(path)
    if not isinstance(text, str):
        return None
    documents = list(read_yaml(text, "patch"))
    if any(isinstance(each, ManifestError) for each in documents):
        return None
    return [each.value for each in documents if not isinstance(each, ManifestError)]


def _read_entry(entry: Data, find_documents: _FindDocuments) -> Iterator[KustomizePatch]:
    """Yield an entry of ``patches``. With a field that nobody knows it may be for any object."""
    target = entry.get("target") if isinstance(entry, dict) else None
    options = entry.get("options") if isinstance(entry, dict) else None
    is_known = target is None or has_only(target, _OF_TARGET)
    is_known = is_known and (options is None or _are_options(options))
    if isinstance(entry, dict) and not (is_known and has_only(entry, _OF_PATCH)):
        yield ANY_CHANGE
        return
    allowed = options if isinstance(options, dict) else {}
    also = frozenset(path for name, path in _OPTIONS.items() if allowed.get(name))
    for each in _read_all(_documents(entry, find_documents), target):
        yield replace(each, paths=each.paths | also)


def _are_options(value: Data) -> bool:
    is_known = isinstance(value, dict) and has_only(value, _OPTIONS)
    return is_known and all(isinstance(each, bool) for each in value.values())


def _read_all(documents: list[Data] | None, target: Data) -> Iterator[KustomizePatch]:
    if documents is None:
        yield KustomizePatch(*_target(target), _WHOLE)
    for document in documents or ():
        for each in _list_items(document):
            yield _read_patch(each, target)


def _list_items(document: Data) -> Iterator[Data]:
    """Yield the patches in a List, which kustomize takes one by one; any other patch as it is."""
    if not isinstance(document, dict) or not str(document.get("kind")).endswith(_LIST):
        yield document
        return
    items = document.get("items")
    kind = document["kind"].removesuffix(_LIST)
    for item in items if isinstance(items, list) else [None]:
        typed = {"kind": kind} if kind and isinstance(item, dict) else {}
        yield from _list_items({**typed, **item} if isinstance(item, dict) else None)


def _read_patch(document: Data, target: Data) -> KustomizePatch:
    if isinstance(document, dict):
        own = _target({"kind": document.get("kind"), **_metadata(document)})
        paths = frozenset(_merge_paths(document, ())) - _IDENTITY
        if target is None:
            # Its namespace says which object it is for.
            return KustomizePatch(*own, paths - {_NAMESPACE})
        return KustomizePatch(*_target(target), paths)
    operations = document if isinstance(document, list) else [None]
    return KustomizePatch(*_target(target), frozenset(_operation_paths(operations)))


def _metadata(document: dict[str, Data]) -> dict[str, Data]:
    metadata = document.get("metadata")
    return {"name": metadata.get("name")} if isinstance(metadata, dict) else {}


def _target(target: Data) -> tuple[str | None, str | None]:
    """Return the kind and the name that a target names; None where it may mean several."""
    if not isinstance(target, dict):
        return None, None
    kind, name = (
        each if isinstance(each, str) and _PLAIN.fullmatch(each) else None
        for each in (target.get("kind"), target.get("name"))
    )
    return kind, name


def _merge_paths(value: Data, path: PatchPath) -> Iterator[PatchPath]:
    """Yield the fields that a strategic merge patch sets or removes."""
    if isinstance(value, dict) and value:
        # $patch and the like say what becomes of the map that they are in.
        if not path and value.get("$patch") == "delete":
            yield DELETED
            return
        if any(key[:1] == "$" for key in value):
            yield path
        for key, each in value.items():
            yield from _merge_paths(each, (*path, key))
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        for each in value:
            yield from _merge_paths(each, (*path, ITEM))
    else:
        yield path


def _read_transformer(document: Data) -> Iterator[KustomizePatch]:
    """Yield what a transformer changes: the fields that one of labels lists, else anything."""
    match document:
        case {
            "kind": "LabelTransformer" | "AnnotationsTransformer",
            "apiVersion": "builtin",
            "fieldSpecs": [_, *_] as specs,
        } if has_only(document, _OF_TRANSFORMER):
            keys = document.get("annotations")
            is_known = isinstance(keys, dict) and not any(map(is_open_key, keys))
            for each in specs:
                yield from _field_spec(each, keys if is_known else ())
        case _:
            yield ANY_CHANGE


def _operation_paths(operations: Iterable[Data]) -> Iterator[PatchPath]:
    """Yield the fields that the operations of a JSON patch change."""
    for operation in operations:
        if not isinstance(operation, dict) or not has_only(operation, _OF_OPERATION):
            yield ()
            continue
        if operation.get("op") == "test":
            continue
        names = ["path", *["from"] * (operation.get("op") == "move")]
        for pointer in (operation.get(name) for name in names):
            yield _pointer_path(pointer) if isinstance(pointer, str) else ()


def _pointer_path(pointer: str) -> PatchPath:
    if pointer[:1] != "/":
        return ()
    parts = (each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:])
    return tuple(ITEM if _INDEX.fullmatch(each) else each for each in parts)


def _read_replacement(entry: Data, find_documents: _FindDocuments) -> Iterator[KustomizePatch]:
    documents = [entry]
    if isinstance(entry, dict) and isinstance(entry.get("path"), str):
        documents = find_documents(entry["path"]) or [None]
    for document in documents:
        for replacement in _items(document) or [None]:
            is_known = has_only(replacement, _OF_REPLACEMENT)
            targets = replacement.get("targets") if isinstance(replacement, dict) else None
            for target in (_items(targets) if is_known else []) or [None]:
                yield _replacement_target(target)


def _replacement_target(target: Data) -> KustomizePatch:
    if not isinstance(target, dict) or not has_only(target, _OF_REPLACED):
        return ANY_CHANGE
    fields, select = _items(target.get("fieldPaths")), target.get("select")
    is_known = has_only(select, _OF_TARGET) and all(
        has_only(each, known)
        for field, known in (("reject", _OF_TARGET), ("options", _OF_FIELD_OPTIONS))
        for each in _items(target.get(field))
    )
    if not is_known or not all(isinstance(each, str) for each in fields):
        return ANY_CHANGE
    paths = frozenset(_field_path(each) for each in fields if isinstance(each, str))
    return KustomizePatch(*_target(select), paths or frozenset({_NAME}))


def _field_path(text: str) -> PatchPath:
    """Return a field path of a replacement, up to where it selects an item or quotes a key."""
    parts = [each.replace("\\.", ".") for each in _DOT.split(text.partition("[")[0].rstrip("."))]
    return tuple(ITEM if _INDEX.fullmatch(each) or each == "*" else each for each in parts)
