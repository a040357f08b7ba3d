"""Which texts and data may hold a node, or a pod that runs: what decides where other pods run.

A pod runs if it has a ``nodeName``. A kind that is near to Pod or Node counts, and one that is a
placeholder: whoever replaces it may write Pod. Workloads do not: their pods are other objects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.scalars import unescape_text
from labelsel.kubernetes.selection.written_parts import (
    has_open_objects,
    parts_of,
    values_in_text,
)
from labelsel.placeholders import CERTAIN_PLACEHOLDER
from labelsel.typos import nearest

__all__ = ["has_placed_object", "may_have_placed_object"]

_POD: Final = "pod"
_NODE: Final = "node"
_ANY: Final = "any"
#: What a field that is missing says: whoever adds it may write anything.
_MISSING: Final = ""
#: The fields that only the spec of a node has, in this or other words.
_NODE_FIELDS: Final = frozenset({"taints", "unschedulable"})
#: A legal kind, and a version of an API group that has a name.
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_OF_GROUP: Final = re.compile(r"[a-z0-9.-]+/v[a-z0-9]+")
_DOCUMENT_END: Final = re.compile(r"^---", re.MULTILINE)


@lru_cache(maxsize=1024)
def _meant(kind: str) -> str | None:
    """Return what a kind means: a pod, a node, or any kind; None for another one."""
    if CERTAIN_PLACEHOLDER.search(kind):
        return _ANY
    word = "".join(filter(str.isalnum, kind)).casefold()
    near = next((name for name in (_POD, _NODE) if word in {name, f"{name}s"}), None)
    near = near or nearest(word, (_POD, _NODE))
    return near or (None if _WORD.fullmatch(kind) else _ANY)


@lru_cache(maxsize=1024)
def _may_be_core(version: str) -> bool:
    """Return whether the version of an object may be that of pods and nodes."""
    return _OF_GROUP.fullmatch(version) is None or bool(CERTAIN_PLACEHOLDER.search(version))


def may_have_placed_object(text: str) -> bool:
    r"""Whether a text that nobody has parsed may hold a node, or a pod with a ``nodeName``.

    A document of it counts whose version may be that of pods and nodes, and

    1. whose kind is near to Node,
    2. or is near to Pod or a placeholder, with a key ``nodeName`` anywhere,
    3. or is a placeholder, with a key that only nodes have.

    Complexity: O(n) for n characters.

    >>> pod = "kind: Pod\napiVersion: v1\nspec: {nodeName: n1}"
    >>> may_have_placed_object(pod), may_have_placed_object(pod.replace("Pod", "{{ .kind }}"))
    (True, True)
    >>> may_have_placed_object(pod.replace("nodeName: n1", "fieldPath: spec.nodeName"))
    False
    >>> may_have_placed_object("kind: Deployment\napiVersion: apps/v1\nspec: {nodeName: n1}")
    False
    """
    return any(map(_may_be_placed, _DOCUMENT_END.split(unescape_text(text))))


def _may_be_placed(document: str) -> bool:
    kinds = list(values_in_text(document, "kind"))
    versions = list(values_in_text(document, "apiVersion"))
    if not (kinds or versions) or not any(map(_may_be_core, versions or [_MISSING])):
        return False
    meant = set(map(_meant, kinds or [_MISSING]))
    names = {key for key in ("nodeName", *_NODE_FIELDS) if _has_key(document, key)}
    if "nodeName" in names and not meant.isdisjoint({_POD, _ANY}):
        return True
    return _NODE in meant or (_ANY in meant and bool(names))


def _has_key(document: str, key: str) -> bool:
    return next(values_in_text(document, key), None) is not None


def has_placed_object(value: Data) -> bool:
    """Whether data hold a node or a pod with a ``nodeName``, at any depth, or may hold one.

    What has a ``nodeName`` beside ``containers`` is a pod, whatever its kind is. A placeholder in
    place of objects may become one.

    Complexity: O(n) in the size of the data; a part that aliases share is searched once.

    >>> pod = {"kind": "${KIND}", "apiVersion": "v1", "spec": {"nodeName": "n1"}}
    >>> has_placed_object(pod), has_placed_object({"kind": "Template", "objects": [pod]})
    (True, True)
    >>> has_placed_object({"kind": "Template", "objects": ["${{ALL}}"]})
    True
    >>> has_placed_object({"kind": "Node", "apiVersion": "longhorn.io/v1", "spec": {}})
    False
    """
    return has_open_objects(value) or any(
        isinstance(part, dict) and _is_placed(part) for part in parts_of(value)
    )


def _is_placed(part: Mapping[str, Data]) -> bool:
    kinds = [each for key, each in part.items() if key.casefold() == "kind"]
    spec, version = part.get("spec"), part.get("apiVersion")
    fields = spec.keys() if isinstance(spec, dict) else frozenset[str]()
    if not kinds or not isinstance(kinds[0], str):
        return False
    if fields >= {"nodeName", "containers"}:
        return True
    meant = _meant(kinds[0])
    if meant is None or (isinstance(version, str) and not _may_be_core(version)):
        return False
    if meant == _NODE:
        return isinstance(part.get("metadata"), dict) or bool(fields)
    return "nodeName" in fields or (meant == _ANY and not fields.isdisjoint(_NODE_FIELDS))
