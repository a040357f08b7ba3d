"""Rule null-value: a label or an annotation is null, which Kubernetes reads as empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labelsel.errors import Path, path_text
from labelsel.kubernetes import Resource
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import MATCH_LABELS
from labelsel.kubernetes.selection.label_locations import metadata_maps, value_at
from labelsel.kubernetes.selection.selector_fields import Syntax
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.fixes import placeholder_fix
from labelsel.lint.registry import Severity, rule

__all__ = ["null_value"]

_WITH_MATCH_LABELS: Final = frozenset(
    {Syntax.LABEL_SELECTOR, Syntax.MATCH_LABELS, Syntax.WILDCARDS, Syntax.CILIUM}
)


@rule(
    "null-value",
    Severity.WARNING,
    "A label, an annotation or a label to select is null, which Kubernetes reads as empty",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#null-value",
)
def null_value(context: Context) -> Iterator[Finding]:
    """Find labels, annotations and labels to select that are null: most likely forgotten."""
    for resource in context.resources:
        for name in ("labels", "annotations"):
            for path, entries in metadata_maps(resource, name):
                yield from _nulls(resource, path, entries)
    for object_selector in context.object_selectors:
        path = object_selector.path
        value = value_at(object_selector.owner.body, path)
        # The selector of a Service is the map of labels itself, other kinds have a LabelSelector.
        if isinstance(value, dict) and MATCH_LABELS in value:
            path, value = (*path, MATCH_LABELS), value[MATCH_LABELS]
        yield from _nulls(object_selector.owner, path, value)
    for resource, field in context.selector_fields:
        if field.syntax is Syntax.LABEL_MAP:
            yield from _nulls(resource, field.path, field.value)
        elif field.syntax in _WITH_MATCH_LABELS:
            labels = value_at(field.value, (MATCH_LABELS,))
            yield from _nulls(resource, (*field.path, MATCH_LABELS), labels)


def _nulls(resource: Resource, path: Path, entries: Data) -> Iterator[Finding]:
    for key, value in entries.items() if isinstance(entries, dict) else ():
        if value is None:
            key_path = (*path, key)
            message = f'{path_text(key_path)} is null, which Kubernetes reads as ""'
            fix = placeholder_fix(key) or f'write {key}: "" if it is to be empty, else its value'
            yield make_finding(null_value, resource, key_path, message, fix)
