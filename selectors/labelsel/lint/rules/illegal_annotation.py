"""Rule illegal-annotation: an annotation that the API server refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.kubernetes.selection.label_locations import metadata_maps
from labelsel.labels import annotation_problems, entry_text
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.fixes import annotation_fix, has_placeholder
from labelsel.lint.registry import Severity, rule

__all__ = ["illegal_annotation"]


@rule(
    "illegal-annotation",
    Severity.ERROR,
    "An annotation has a key or a value that the API server refuses, or all are too large",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#illegal-annotation",
)
def illegal_annotation(context: Context) -> Iterator[Finding]:
    """Find refused annotations, in the same parts of objects as illegal-label."""
    for resource in context.resources:
        for path, found in metadata_maps(resource, "annotations"):
            entries = nulls_as_empty(found)
            for problem in annotation_problems(entries):
                message, fix = entry_text(problem, "annotation"), annotation_fix(entries, problem)
                # If a single annotation is too large, the finding is on its own line.
                is_single = isinstance(entries, dict) and len(entries) == 1
                inside = entries if is_single else problem.path
                where = (*path, *inside)
                finding = make_finding(illegal_annotation, resource, where, message, fix)
                yield replace(finding, unsure=has_placeholder(*problem.path))
