"""Rule illegal-label: a label that the API server refuses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.labels import entry_text, label_problems
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.fixes import WRITE_A_MAP, has_placeholder, label_fix
from labelsel.lint.registry import Severity, rule

__all__ = ["illegal_label"]


@rule(
    "illegal-label",
    Severity.ERROR,
    "A label has a key or a value that the API server refuses",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#illegal-label",
)
def illegal_label(context: Context) -> Iterator[Finding]:
    """Find refused labels of objects, of pod templates, of volume claims and of pod metadata.

    A placeholder is a note, one for each object: another program replaces it.
    """
    reported: set[int] = set()
    templates: dict[int, list[Finding]] = defaultdict(list)
    for resource, path, entries in context.labels:
        # A null value is no problem of this rule: null-value reports it.
        labels = nulls_as_empty(entries)
        for problem in label_problems(labels):
            reported.add(id(resource))
            message, fix = entry_text(problem, "label"), label_fix(labels, problem)
            found = make_finding(illegal_label, resource, (*path, *problem.path), message, fix)
            if has_placeholder(*problem.path, value_at(labels, problem.path)):
                templates[id(resource)].append(found)
            else:
                yield found
    yield from (_template_note(*found) for found in templates.values())
    for resource, error in context.bad_labels:
        if id(resource) not in reported:
            for problem in error.problems:
                message = str(problem)
                yield make_finding(illegal_label, resource, problem.path, message, WRITE_A_MAP)


def _template_note(first: Finding, *others: Finding) -> Finding:
    """Return the note about all placeholders in the labels of an object, at the first one."""
    count = len(others)
    labels = "has 1 more label" if count == 1 else f"have {count} more labels"
    more = f", and so {labels} of the object" if others else ""
    message = f"{first.message}; it has a placeholder{more}"
    return replace(first, message=message, unsure=True)
