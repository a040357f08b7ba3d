"""Values that are null, which Kubernetes reads as the empty string."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labelsel.errors import Path, path_text
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import Resource
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, finding
from labelsel.lint.hints import placeholder_fix
from labelsel.lint.label_locations import at, inner_selectors, metadata_maps
from labelsel.lint.rules import NULL_VALUE

__all__ = ["null_value"]

_MATCH_LABELS: Final = "matchLabels"


def null_value(scene: Context) -> Iterator[Finding]:
    """Labels, annotations and labels to select without a value: most likely one was forgotten."""
    for resource in scene.resources:
        for name in ("labels", "annotations"):
            for path, entries in metadata_maps(resource, name):
                yield from _nulls(resource, path, entries)
        for path, value, _ in inner_selectors(resource):
            yield from _nulls(resource, (*path, _MATCH_LABELS), at(value, (_MATCH_LABELS,)))
    for selecting in scene.selectings:
        path = selecting.path
        value = at(selecting.owner.body, path)
        # A Service has the map of labels itself, others have it in a LabelSelector.
        if isinstance(value, dict) and _MATCH_LABELS in value:
            path, value = (*path, _MATCH_LABELS), value[_MATCH_LABELS]
        yield from _nulls(selecting.owner, path, value)
    for resource, path, labels in scene.node_selectors:
        yield from _nulls(resource, path, labels)


def _nulls(resource: Resource, path: Path, entries: Data) -> Iterator[Finding]:
    for key, value in entries.items() if isinstance(entries, dict) else ():
        if value is None:
            there = (*path, key)
            message = f'{path_text(there)} is null, which Kubernetes reads as ""'
            fix = placeholder_fix(key) or f'write {key}: "" if it is to be empty, else its value'
            yield finding(NULL_VALUE, resource, there, message, fix)
