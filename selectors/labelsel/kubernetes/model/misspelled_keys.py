"""Finds keys of an object that are labels or a selector but for their letters: ``Labels``.

Kubernetes ignores a key that it does not know, so such labels are no labels, and such a selector
selects as if it were missing. That is legal, and nearly always a mistake. Searched are the
places that every object has, and the spec and the pod template of a workload or a policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from labelsel.errors import Path
from labelsel.kubernetes.model.document import Data
from labelsel.typos import is_one_typo_apart

__all__ = ["MisspelledKey", "find_misspelled_keys"]


class MisspelledKey(NamedTuple):
    """A key that Kubernetes does not know, and the key that was probably meant."""

    path: Path
    meant: str


#: The keys of metadata that are read here. A key one typo away from one of them is no other key.
_METADATA: Final = ("labels", "annotations", "name", "namespace", "generateName")
#: All other keys that the API has in metadata.
_OTHER_METADATA: Final = frozenset(
    {
        *("uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp"),
        *("deletionGracePeriodSeconds", "finalizers", "ownerReferences", "managedFields"),
        *("selfLink", "clusterName", "initializers"),
    }
)
_KNOWN_METADATA: Final = _OTHER_METADATA | {*_METADATA}


def _by_lower_case(*keys: str) -> dict[str, str]:
    return {key.lower(): key for key in keys}


#: Elsewhere only the letter case is compared: a custom kind may have keys of its own, such as
#: selectors.
_ROOT: Final = _by_lower_case("metadata", "spec")
_SPEC: Final = _by_lower_case(
    *("selector", "template", "jobTemplate", "podSelector", "namespaceSelector", "nodeSelector"),
    *("labelSelector", "affinity", "matchLabels", "matchExpressions"),
)
_SELECTORS: Final = ("selector", "podSelector", "namespaceSelector", "labelSelector")


def find_misspelled_keys(body: Mapping[str, Data]) -> Iterator[MisspelledKey]:
    """Yield the misspelled keys of an object, from the outside inwards.

    Complexity: O(number of keys of the object itself, its metadata, spec and pod template).

    >>> pod = {"kind": "Pod", "metadata": {"name": "web", "Labels": {"app": "web"}}}
    >>> list(find_misspelled_keys(pod))
    [MisspelledKey(path=('metadata', 'Labels'), meant='labels')]
    """
    yield from _other_case(body, (), _ROOT)
    yield from _in_metadata(body, ())
    spec = body.get("spec")
    if isinstance(spec, dict):
        yield from _in_spec(spec, ("spec",))


def _in_metadata(parent: Mapping[str, Data], path: Path) -> Iterator[MisspelledKey]:
    metadata = parent.get("metadata")
    if not isinstance(metadata, dict) or metadata.keys() <= _KNOWN_METADATA:
        return
    for key in metadata:
        if key not in _KNOWN_METADATA:
            for meant in _METADATA:
                if meant not in metadata and _resembles(key, meant):
                    yield MisspelledKey((*path, "metadata", key), meant)


def _resembles(key: str, meant: str) -> bool:
    return key.lower() == meant.lower() or is_one_typo_apart(key.lower(), meant.lower())


def _in_spec(spec: dict[str, Data], path: Path) -> Iterator[MisspelledKey]:
    yield from _other_case(spec, path, _SPEC)
    for name in _SELECTORS:
        selector = spec.get(name)
        if isinstance(selector, dict):
            maps = {key: part for key, part in selector.items() if isinstance(part, dict | list)}
            yield from _other_case(maps, (*path, name), _SPEC)
    for name in ("template", "jobTemplate"):
        template = spec.get(name)
        if isinstance(template, dict):
            inner_path = (*path, name)
            yield from _other_case(template, inner_path, _ROOT)
            yield from _in_metadata(template, inner_path)
            inner = template.get("spec")
            if isinstance(inner, dict):
                yield from _in_spec(inner, (*inner_path, "spec"))


def _other_case(
    parent: Mapping[str, Data], path: Path, known: Mapping[str, str]
) -> Iterator[MisspelledKey]:
    """Yield the keys that are known keys in another letter case, and are not there themselves."""
    for key in parent:
        meant = known.get(key.lower())
        if meant is not None and meant != key and meant not in parent:
            yield MisspelledKey((*path, key), meant)
