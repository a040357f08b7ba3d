"""Rule illegal-selector: a selector that the API server refuses, each part on its own line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labelsel.errors import InvalidObjectError, Path, Problem, path_text
from labelsel.kubernetes import ManifestError, Resource
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.labels import entry_text, label_problems
from labelsel.lint.certain_edits import label_map_edit, selector_edit
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.fixes import map_fix, placeholder_fix, selector_fix
from labelsel.lint.label_locations import inner_selectors, is_custom, value_at
from labelsel.lint.node_terms import node_selector_problems
from labelsel.lint.registry import Severity, rule
from labelsel.objects import from_label_selector, what_to_write

__all__ = ["illegal_selector"]

_SELECTOR: Final[Path] = ("spec", "selector")
_TEMPLATE: Final[Path] = ("spec", "template")
#: Kinds whose selector is a map of labels, not a LabelSelector.
_WITH_LABEL_MAPS: Final = frozenset({"ReplicationController", "Service"})
#: A workload or a monitor with one of these needs a selector.
_NEEDING_A_SELECTOR: Final[tuple[Path, ...]] = (
    ("spec", "template", "metadata", "labels"),
    ("spec", "endpoints"),
    ("spec", "podMetricsEndpoints"),
)
#: Fields as Python's client spells them: this library reads them, the API server does not.
_SNAKE_CASE: Final = {
    "match_labels": "matchLabels",
    "match_expressions": "matchExpressions",
    "match_fields": "matchFields",
    "node_selector_terms": "nodeSelectorTerms",
}


@rule(
    "illegal-selector",
    Severity.ERROR,
    "A selector is one that the API server refuses",
    docs="docs/lint.md#illegal-selector",
)
def illegal_selector(context: Context) -> Iterator[Finding]:
    """Find refused selectors: an object's own, those of network peers, and those in pods."""
    for resource, error in context.bad_selectors:
        labels = nulls_as_empty(value_at(resource.body, _SELECTOR))
        if resource.kind in _WITH_LABEL_MAPS and isinstance(labels, dict):
            yield from _map_problems(resource, _SELECTOR, labels)
        else:
            yield from _selector_problems(resource, error)
    for object_selector in context.object_selectors:
        value = value_at(object_selector.owner.body, object_selector.path)
        yield from _snake_case_fields(object_selector.owner, object_selector.path, value)
    for resource, path, labels in context.node_selectors:
        yield from _map_problems(resource, path, nulls_as_empty(labels))
    for resource in context.resources:
        yield from _inner_problems(resource)


def _inner_problems(resource: Resource) -> Iterator[Finding]:
    """Find what is wrong with the selectors inside an object: of peers, and in pods."""
    for path, value, of_nodes in inner_selectors(resource):
        yield from _snake_case_fields(resource, path, value)
        terms = value_at(value, ("nodeSelectorTerms",))
        for number, term in enumerate(terms if isinstance(terms, list) else ()):
            yield from _snake_case_fields(resource, (*path, "nodeSelectorTerms", number), term)
        if not of_nodes:
            for problem in _problems(value):
                fix = selector_fix(path, value, problem, _default_fix(resource))
                yield _selector_finding(resource, problem.under(path), fix)
    for path, found in node_selector_problems(resource):
        if found.outcome is None:
            problem = found.problem
            is_term = path[-1] == "preference"
            written = what_to_write(problem, of_nodes=not is_term)
            fix = placeholder_fix(problem.value) or written or _default_fix(resource)
            yield _selector_finding(resource, found.problem.under(path), fix)


def _problems(selector: Data) -> tuple[Problem, ...]:
    try:
        from_label_selector(selector)
    except InvalidObjectError as error:
        return error.problems
    return ()


def _selector_finding(resource: Resource, problem: Problem, fix: str) -> Finding:
    found = make_finding(illegal_selector, resource, problem.path, str(problem), fix)
    return found.with_edit(selector_edit(resource, problem.path))


def _map_problems(resource: Resource, path: Path, labels: Data) -> Iterator[Finding]:
    """Find what is wrong with a map of labels to select."""
    for problem in label_problems(labels):
        message = f"{path_text(path)}: {entry_text(problem, 'label')}"
        fix = map_fix(path, labels, problem)
        found = make_finding(illegal_selector, resource, (*path, *problem.path), message, fix)
        yield found.with_edit(label_map_edit(path, labels))


def _selector_problems(resource: Resource, error: ManifestError) -> Iterator[Finding]:
    """Find what is wrong with the selector of an object, part by part."""
    for problem in error.problems:
        # A missing selector defaults to the labels of the template: illegal-label reports these.
        of_template = problem.path[: len(_TEMPLATE)] == _TEMPLATE
        is_missing = problem.path == _SELECTOR and problem.value is None
        if not of_template and not (is_missing and _is_patch(resource)):
            yield _selector_finding(resource, problem, _selector_problem_fix(resource, problem))


def _selector_problem_fix(resource: Resource, problem: Problem) -> str:
    """Return what to write in the selector of an object, whose path has two steps."""
    path, inside = problem.path[:2], problem._replace(path=problem.path[2:])
    selector = value_at(resource.body, path)
    if resource.kind in _WITH_LABEL_MAPS:
        return map_fix(path, selector, inside)
    return selector_fix(path, selector, inside, _default_fix(resource))


def _default_fix(resource: Resource) -> str:
    """Return the fix for other problems. Of a custom resource its operator refuses the object."""
    refused_by = "its operator" if is_custom(resource) else "the API server"
    return f"correct it: {refused_by} refuses the object as it is"


def _snake_case_fields(resource: Resource, path: Path, selector: Data) -> Iterator[Finding]:
    """Find fields as Python's client spells them, which the API server does not know."""
    for name, meant in _SNAKE_CASE.items():
        value = value_at(selector, (name,))
        if isinstance(value, dict | list):
            problem = Problem((*path, name), f"unknown field; did you mean {meant}?", value)
            yield _selector_finding(resource, problem, f"write {meant}")


def _is_patch(resource: Resource) -> bool:
    """Whether an object has no selector, and nothing for which it would need one.

    Then the object is not complete, but a patch for another one.
    """
    return all(value_at(resource.body, path) is None for path in _NEEDING_A_SELECTOR)
