"""Finds keys of an object that are labels, a selector or a field but for their letters: ``Labels``.

Kubernetes ignores a key that it does not know, so such labels are no labels, and such a selector
selects as if it were missing. That is legal, and nearly always a mistake. Searched are the
places that every object has, and the spec and the pod template of a workload or a policy. A kind
of Kubernetes has no other keys than its own, so there more is a mistake: ``spec.selectors``, and a
``selector`` beside ``spec``.

Where an object is compared with a selector, such a key makes ``!debug`` and ``spec.nodeName!=n1``
select it. So `check_spelling` searches the places of the fields that selectors see.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from string import ascii_lowercase
from typing import Final, NamedTuple

from labelsel.errors import Path, path_text, quote
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import METADATA_FIELDS
from labelsel.kubernetes.model.kinds import Kind, is_namespaced
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.served_fields import KindFields
from labelsel.typos import nearest

__all__ = ["OBJECT_META", "MisspelledKey", "check_spelling", "find_misspelled_keys"]


class MisspelledKey(NamedTuple):
    """A key that Kubernetes does not know, and the key that was probably meant."""

    path: Path
    meant: str

    @property
    def problem(self) -> str:
        """What is wrong, and what to write.

        >>> MisspelledKey(("metadata", "Labels"), "labels").problem
        "Kubernetes ignores the key 'Labels' in metadata: write labels"
        """
        parent = f" in {path_text(self.path[:-1])}" if self.path[:-1] else ""
        return f"Kubernetes ignores the key {quote(str(self.path[-1]))}{parent}: write {self.meant}"


def _other_case(*keys: str) -> dict[str, str]:
    """Return the usual spellings of keys in another letter case, each with its key."""
    return {
        spelling: key
        for key in keys
        for spelling in (key.lower(), key.upper(), key.capitalize(), f"{key[0].upper()}{key[1:]}")
        if spelling != key
    }


def _typos(*keys: str) -> dict[str, str]:
    """Return all words that are one typo away from some keys, each with its key."""
    found: dict[str, str] = {}
    for key in keys:
        cuts = [(key[:cut], key[cut:]) for cut in range(len(key) + 1)]
        found |= {f"{left}{right[1:]}": key for left, right in cuts if right}
        found |= {f"{left}{right[1]}{right[0]}{right[2:]}": key for left, right in cuts[:-2]}
        found |= {
            f"{left}{letter}{right}": key for left, right in cuts for letter in ascii_lowercase
        }
        found |= {
            f"{left}{letter}{right[1:]}": key
            for left, right in cuts[:-1]
            for letter in ascii_lowercase
        }
    return {word: key for word, key in found.items() if word not in keys}


_ROOT: Final = _other_case("metadata", "spec")
#: Keys at the top of an object that belong into a part of it, for kinds of Kubernetes.
_MISPLACED: Final = {
    "selector": "spec.selector",
    "labels": "metadata.labels",
    "annotations": "metadata.annotations",
}
_METADATA_KEYS: Final = ("labels", "annotations", "namespace", "name", "generateName")
_METADATA: Final = _other_case(*_METADATA_KEYS) | _typos(*_METADATA_KEYS)
#: Elsewhere only the letter case is compared: a custom kind may have keys of its own, such as
#: selectors.
_SPEC: Final = _other_case(
    *("selector", "template", "jobTemplate", "podSelector", "namespaceSelector", "nodeSelector"),
    *("labelSelector", "affinity", "matchLabels", "matchExpressions"),
)
#: A kind of Kubernetes has no keys that are so near to these.
_KNOWN_SPEC: Final = _typos("selector", "template", "podSelector", "nodeSelector")
_SELECTORS: Final = ("selector", "podSelector", "namespaceSelector", "labelSelector")
_TEMPLATES: Final = ("template", "jobTemplate")


def find_misspelled_keys(body: Mapping[str, Data]) -> list[MisspelledKey]:
    """Return the misspelled keys of an object, from the outside inwards.

    Complexity: O(number of keys of the object itself, its metadata, spec and pod template). Every
    object that is read is searched, so each map costs one test of all its keys: 3 µs for a
    Deployment, of the 450 µs that reading it takes.

    >>> pod = {"kind": "Pod", "metadata": {"name": "web", "Labels": {"app": "web"}}}
    >>> find_misspelled_keys(pod)
    [MisspelledKey(path=('metadata', 'Labels'), meant='labels')]
    """
    found: list[MisspelledKey] = []
    _search(body, (), found)
    # .keys() of both: of two sets the shorter one is gone through. _KNOWN_SPEC has 2,100
    # entries, and going through them took 25 µs for each object.
    if not body.keys().isdisjoint(_MISPLACED.keys()) and _is_known(body):
        _add(found, body, (), _MISPLACED)
    spec = body.get("spec")
    if (
        isinstance(spec, dict)
        and not spec.keys().isdisjoint(_KNOWN_SPEC.keys())
        and _is_known(body)
    ):
        _add(found, spec, ("spec",), _KNOWN_SPEC)
    return found


def _is_known(body: Mapping[str, Data]) -> bool:
    """Return whether an object is of a kind of Kubernetes itself."""
    kind, api_version = body.get("kind"), body.get("apiVersion")
    if not isinstance(kind, str) or not isinstance(api_version, str):
        return False
    return is_namespaced(Kind(kind, api_version.rpartition("/")[0])) is not None


def _search(parent: Mapping[str, Data], path: Path, found: list[MisspelledKey]) -> None:
    """Search an object or a template, and the templates in it."""
    if not parent.keys().isdisjoint(_ROOT.keys()):
        _add(found, parent, path, _ROOT)
    metadata = parent.get("metadata")
    if isinstance(metadata, dict) and not metadata.keys().isdisjoint(_METADATA.keys()):
        _add(found, metadata, (*path, "metadata"), _METADATA)
    spec = parent.get("spec")
    if not isinstance(spec, dict):
        return
    if not spec.keys().isdisjoint(_SPEC.keys()):
        _add(found, spec, (*path, "spec"), _SPEC)
    for name in _SELECTORS:
        selector = spec.get(name)
        if isinstance(selector, dict) and not selector.keys().isdisjoint(_SPEC.keys()):
            # A text in a plain selector is a label to select, whatever it is called.
            parts = {key: part for key, part in selector.items() if isinstance(part, dict | list)}
            _add(found, parts, (*path, "spec", name), _SPEC)
    for name in _TEMPLATES:
        template = spec.get(name)
        if isinstance(template, dict):
            _search(template, (*path, "spec", name), found)


def _add(
    found: list[MisspelledKey],
    parent: Mapping[str, Data],
    path: Path,
    misspellings: Mapping[str, str],
) -> None:
    """Add the misspelled keys of a map. Kubernetes ignores one also beside the right key."""
    pairs = ((key, misspellings.get(key)) for key in parent)
    found += (MisspelledKey((*path, key), meant) for key, meant in pairs if meant is not None)


OBJECT_META: Final = frozenset({*METADATA_FIELDS, "initializers"})
"""The keys that metadata has in the API (``ObjectMeta``), and has had."""
#: Keys of the API that are near to a field of a selector, and another field.
_OTHER_FIELDS: Final = frozenset({"clusterIPs"})
#: What belongs into metadata, and is looked for in objects of every kind but custom kinds.
_IN_METADATA: Final = {name: f"metadata.{name}" for name in _METADATA_KEYS}


def check_spelling(resource: Resource, fields: KindFields, *, declared: bool = True) -> None:
    """Refuse an object with a misspelled key where a selector looks.

    1. A key that differs from a key of a field in letter case or ``_`` is misspelled, and so is
       one with a typo (`nearest`). So is a part of the metadata at the top of the object.
    2. No key of the API is: ``clusterIPs`` is not a typo of ``clusterIP``.
    3. A custom kind has keys of its own, outside of its metadata: there only letter case and ``_``
       are compared, and only where the right key is missing.

    Arguments:
        resource: the object.
        fields: the fields of its kind. Labels and annotations are searched in every object.
        declared: whether its kind is known. Else it is not taken for a custom kind.

    Raises:
        ManifestError: there is such a key.

    Complexity: O(number of keys in the maps on the paths of the fields): 18 µs for a Pod.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> from labelsel.kubernetes.model.served_fields import served_fields
    >>> body = {"metadata": {"name": "web"}, "spec": {"node_name": "n1"}}
    >>> pod = Resource("Pod", "v1", None, "web", {}, {}, body, Source("a.yaml", 1, 1))
    >>> check_spelling(pod, served_fields(pod.group_kind))
    Traceback (most recent call last):
        ...
    labelsel.errors.ManifestError: a.yaml, document 1 (line 1): Pod/web: \
Kubernetes ignores the key 'node_name' in spec: write nodeName
    """
    custom = declared and is_namespaced(resource.group_kind) is None
    found: list[MisspelledKey] = []
    if not custom:
        _add(found, resource.body, (), _IN_METADATA)
    paths = tuple(path for field in fields.fields.values() for path in field.paths)
    for place, keys in _keys_by_place(paths).items():
        value = _value_at(resource.body, place)
        if not isinstance(value, dict):
            continue
        search = _misspelled if len(value) <= _MANY_KEYS else _misspelled.__wrapped__
        pairs = search(tuple(value), keys, custom and place != ("metadata",))
        found += (MisspelledKey((*place, key), meant) for key, meant in pairs)
    if found:
        raise resource.fault(*(each.problem for each in found))


@lru_cache(maxsize=256)
def _keys_by_place(paths: tuple[Path, ...]) -> dict[Path, frozenset[str]]:
    """Return, for each map on some paths and those of every object, its keys on the paths."""
    metadata: list[Path] = [("metadata", name) for name in _METADATA_KEYS]
    keys: dict[Path, set[str]] = {}
    for path in (("kind",), ("apiVersion",), *metadata, *paths):
        for number, key in enumerate(path):
            if isinstance(key, str):
                keys.setdefault(path[:number], set()).add(key)
    return {place: frozenset(names) for place, names in keys.items()}


def _value_at(body: Data, place: Path) -> Data:
    """Return the value at a path; None if there is none."""
    value = body
    for step in place:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


#: Of maps with more keys the keys are not kept: no map of a kind with fields has so many.
_MANY_KEYS: Final = 100


@lru_cache(maxsize=256)  # the objects of a kind have few sets of keys; a Pod takes 18 µs, not 40
def _misspelled(
    keys: tuple[object, ...],
    known: frozenset[str],
    own_keys: bool,  # noqa: FBT001  # cached
) -> list[tuple[str, str]]:
    """Return the misspelled keys of a map, each with the known key that was meant."""
    # Data of a program, unlike that of a file, may have keys that are no strings.
    others = (key for key in keys if isinstance(key, str) and key not in known)
    pairs = ((key, _meant(key, known, own_keys)) for key in others)
    return [
        (key, meant)
        for key, meant in pairs
        if meant is not None and not (own_keys and meant in keys)
    ]


@lru_cache(maxsize=1024)  # difflib takes 100 µs
def _meant(key: str, known: frozenset[str], own_keys: bool) -> str | None:  # noqa: FBT001  # cached
    """Return the known key that another key was probably meant to be; None if there is none."""
    plain = key.replace("_", "").lower()
    same = [name for name in sorted(known) if name.lower() == plain]
    if same or own_keys or key in OBJECT_META or key in _OTHER_FIELDS:
        return same[0] if same else None
    return nearest(key, sorted(known))
