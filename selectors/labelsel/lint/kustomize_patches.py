"""The patches of Kustomizations: which objects they are for, and which fields they change."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from labelsel.errors import ManifestError
from labelsel.kubernetes import Resource
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.read.yaml_reader import read_yaml
from labelsel.kubernetes.selection.kustomize_changes import DELETED, ITEM, PatchPath

__all__ = ["KustomizePatch", "read_patches"]

#: A word that means itself in a regular expression, as the target of a patch is.
_PLAIN: Final = re.compile(r"[A-Za-z0-9-]+")
_WHOLE: Final = frozenset({()})
#: What says which object a patch is for, and changes nothing.
_IDENTITY: Final = frozenset({("apiVersion",), ("kind",), ("metadata", "name")})
_NAMESPACE: Final = ("metadata", "namespace")
#: The number of an item in a JSON pointer, or its end.
_INDEX: Final = re.compile(r"\d+|-")

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

    def is_for(self, resource: Resource) -> bool:
        """Return whether it may be for an object, whose name may get a prefix before.

        >>> from labelsel.kubernetes import Source
        >>> web = Resource("Pod", "v1", None, "web", {}, {}, {}, Source("a.yaml", 1, 1))
        >>> [KustomizePatch("Pod", name, _WHOLE).is_for(web) for name in ("web", "dev-web", "db")]
        [True, True, False]
        """
        is_kind = self.kind is None or self.kind == resource.kind
        return is_kind and (self.name is None or resource.name in self.name)


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
    for field in ("patches", "patchesJson6902"):
        for entry in _items(body.get(field)):
            target = entry.get("target") if isinstance(entry, dict) else None
            yield from _read_all(_documents(entry, find_documents), target)
    for entry in _items(body.get("patchesStrategicMerge")):
        patch = {"patch": entry} if isinstance(entry, str) and "\n" in entry else {"path": entry}
        yield from _read_all(_documents(patch, find_documents), None)
    for entry in _items(body.get("replacements")):
        yield from _read_replacement(entry, find_documents)
    for entry in _items(body.get("transformers")):
        text = {"patch" if isinstance(entry, str) and "\n" in entry else "path": entry}
        for document in _documents(text, find_documents) or [None]:
            yield from _read_transformer(document)


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


def _read_all(documents: list[Data] | None, target: Data) -> Iterator[KustomizePatch]:
    if documents is None:
        yield KustomizePatch(*_target(target), _WHOLE)
    for document in documents or ():
        yield _read_patch(document, target)


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
        } if all(isinstance(each, dict) and isinstance(each.get("path"), str) for each in specs):
            for each in specs:
                path = tuple(each["path"].strip("/").split("/"))
                yield KustomizePatch(_target(each)[0], None, frozenset({path}))
        case _:
            yield KustomizePatch(None, None, _WHOLE)


def _operation_paths(operations: Iterable[Data]) -> Iterator[PatchPath]:
    """Yield the fields that the operations of a JSON patch change."""
    for operation in operations:
        if not isinstance(operation, dict):
            yield ()
            continue
        if operation.get("op") == "test":
            continue
        names = ["path", *["from"] * (operation.get("op") == "move")]
        for pointer in (operation.get(name) for name in names):
            yield _pointer_path(pointer) if isinstance(pointer, str) else ()


def _pointer_path(pointer: str) -> PatchPath:
    parts = (each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:])
    return tuple(ITEM if _INDEX.fullmatch(each) else each for each in parts)


def _read_replacement(entry: Data, find_documents: _FindDocuments) -> Iterator[KustomizePatch]:
    documents = [entry]
    if isinstance(entry, dict) and isinstance(entry.get("path"), str):
        documents = find_documents(entry["path"]) or [None]
    for document in documents:
        for replacement in _items(document) or [None]:
            targets = replacement.get("targets") if isinstance(replacement, dict) else None
            for target in _items(targets) or [None]:
                yield _replacement_target(target)


def _replacement_target(target: Data) -> KustomizePatch:
    fields = target.get("fieldPaths") if isinstance(target, dict) else None
    if not isinstance(target, dict) or not all(isinstance(each, str) for each in _items(fields)):
        return KustomizePatch(None, None, _WHOLE)
    paths = frozenset(map(_field_path, _items(fields) or ["metadata.name"]))
    return KustomizePatch(*_target(target.get("select")), paths)


def _field_path(text: str) -> PatchPath:
    """Return a field path of a replacement, up to where it selects an item or quotes a key."""
    parts = text.partition("[")[0].rstrip(".").split(".")
    return tuple(ITEM if _INDEX.fullmatch(each) or each == "*" else each for each in parts)
