"""Rule illegal-selector: a selector that the API server refuses, each part on its own line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from labelsel.errors import Path, Problem, path_text
from labelsel.kubernetes import Kind, ManifestError, Resource
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import (
    MATCH_EXPRESSIONS,
    MATCH_FIELDS,
    MATCH_LABELS,
    NODE_SELECTOR_TERMS,
)
from labelsel.kubernetes.model.kinds import is_namespaced
from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.kubernetes.selection.label_locations import has_images, is_named_patch, value_at
from labelsel.kubernetes.selection.selector_fields import SelectorField, Syntax
from labelsel.labels import entry_text, label_problems, validate_labels
from labelsel.lint.certain_edits import label_map_edit, selector_edit
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.fixes import (
    expression_fix,
    has_placeholder,
    labels_text,
    map_fix,
    placeholder_fix,
    selector_fix,
    text_fix,
)
from labelsel.lint.registry import Severity, rule
from labelsel.lint.selector_problems import selector_problems
from labelsel.objects import what_to_write

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
_LABEL_FIELDS: Final = {"match_labels": MATCH_LABELS, "match_expressions": MATCH_EXPRESSIONS}
_TERM_FIELDS: Final = {"match_expressions": MATCH_EXPRESSIONS, "match_fields": MATCH_FIELDS}
_FIELDS_OF: Final[dict[Syntax, dict[str, str]]] = {
    Syntax.LABEL_SELECTOR: _LABEL_FIELDS,
    Syntax.MATCH_LABELS: _LABEL_FIELDS,
    Syntax.WILDCARDS: _LABEL_FIELDS,
    Syntax.CILIUM: _LABEL_FIELDS,
    Syntax.NODE_SELECTOR: {"node_selector_terms": NODE_SELECTOR_TERMS},
    Syntax.NODE_TERM: _TERM_FIELDS,
}
_CONTROLLER: Final = Kind("ReplicationController", "")
#: The API server accepts any selector of a metric.
_AUTOSCALER: Final = Kind("HorizontalPodAutoscaler", "autoscaling")


@rule(
    "illegal-selector",
    Severity.ERROR,
    "A selector is one that the API server refuses",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#illegal-selector",
)
def illegal_selector(context: Context) -> Iterator[Finding]:
    """Find refused selectors: an object's own, and those in its fields, such as affinity."""
    whole = {_identity(each.owner) for each in context.object_selectors}
    for resource, error in context.bad_selectors:
        labels = nulls_as_empty(value_at(resource.body, _SELECTOR))
        if resource.kind in _WITH_LABEL_MAPS and isinstance(labels, dict):
            yield from _map_problems(resource, _SELECTOR, labels)
        else:
            if context.kustomizations.adds_selector(resource):
                continue
            is_patch = _is_patch(resource) or _identity(resource) in whole
            yield from _selector_problems(resource, error, may_lack_one=is_patch)
    for object_selector in context.object_selectors:
        value = value_at(object_selector.owner.body, object_selector.path)
        yield from _snake_case_fields(
            object_selector.owner, object_selector.path, value, _LABEL_FIELDS
        )
    for resource, field in context.selector_fields:
        yield from _field_problems(resource, field)


def _field_problems(resource: Resource, field: SelectorField) -> Iterator[Finding]:
    """Find what is wrong with a field inside an object that selects."""
    path, value = field.path, field.value
    if not field.by_name:
        yield from _snake_case_fields(resource, path, value, _FIELDS_OF.get(field.syntax, {}))
        is_of_nodes = field.syntax is Syntax.NODE_SELECTOR
        terms = value_at(value, (NODE_SELECTOR_TERMS,)) if is_of_nodes else None
        for number, term in enumerate(terms if isinstance(terms, list) else ()):
            inside = (*path, NODE_SELECTOR_TERMS, number)
            yield from _snake_case_fields(resource, inside, term, _TERM_FIELDS)
    for problem in selector_problems(field):
        if field.syntax is Syntax.LABEL_MAP:
            yield _map_finding(resource, path, nulls_as_empty(value), problem)
        else:
            fix = _field_fix(field, problem) or _default_fix(resource)
            yield _selector_finding(resource, problem.under(path), fix)


def _field_fix(field: SelectorField, problem: Problem) -> str | None:
    """Return what to write for a part of a field; None if that is not clear."""
    match field.syntax:
        case Syntax.CALICO:
            return expression_fix(field.value)
        case Syntax.LABEL_TEXT:
            return text_fix(field.value)
        case Syntax.MATCH_LABELS if problem.path == (MATCH_EXPRESSIONS,):
            return "write equal labels under matchLabels"
        case Syntax.LABEL_SELECTOR | Syntax.MATCH_LABELS | Syntax.WILDCARDS | Syntax.CILIUM:
            return selector_fix(field.path, field.value, problem)
        case _:
            return placeholder_fix(problem.value) or what_to_write(problem, of_nodes=True)


def _selector_finding(resource: Resource, problem: Problem, fix: str) -> Finding:
    edit = selector_edit(resource, problem.path)
    if edit is not None and edit.operation == "replace":
        fix = f"write {edit.text}"
    found = make_finding(illegal_selector, resource, problem.path, str(problem), fix)
    found = replace(found, unsure=has_placeholder(problem.value))
    return found.with_edit(edit, api_word=True)


def _map_problems(resource: Resource, path: Path, labels: Data) -> Iterator[Finding]:
    """Find what is wrong with a map of labels to select."""
    for problem in label_problems(labels):
        yield _map_finding(resource, path, labels, problem)


def _map_finding(resource: Resource, path: Path, labels: Data, problem: Problem) -> Finding:
    message = f"{path_text(path)}: {entry_text(problem, 'label')}"
    fix = map_fix(path, labels, problem)
    found = make_finding(illegal_selector, resource, (*path, *problem.path), message, fix)
    found = replace(found, unsure=has_placeholder(problem.value))
    return found.with_edit(label_map_edit(path, labels))


def _selector_problems(
    resource: Resource, error: ManifestError, *, may_lack_one: bool
) -> Iterator[Finding]:
    """Find what is wrong with the selector of an object, part by part."""
    for problem in error.problems:
        # A missing selector defaults to the labels of the template: illegal-label reports these.
        of_template = problem.path[: len(_TEMPLATE)] == _TEMPLATE
        is_missing = problem.path == _SELECTOR and problem.value is None
        if not of_template and not (is_missing and may_lack_one):
            fix = _missing_fix(resource) if is_missing else _selector_problem_fix(resource, problem)
            yield _selector_finding(resource, problem, fix)


def _missing_fix(resource: Resource) -> str:
    """Return what to write for a workload or a monitor that has no selector."""
    labels = value_at(resource.body, _NEEDING_A_SELECTOR[0])
    if labels and not validate_labels(labels):
        return f"add selector: {{matchLabels: {labels_text(labels)}}}"
    if value_at(resource.body, _TEMPLATE) is None:
        return "add a selector"
    labels = labels_text({"app": resource.name})
    if resource.group_kind == _CONTROLLER:
        return f"add labels: {labels} to the template: they are its selector, too"
    return f"add selector: {{matchLabels: {labels}}}, and labels: {labels} to the template"


def _selector_problem_fix(resource: Resource, problem: Problem) -> str:
    """Return what to write in the selector of an object, whose path has two steps."""
    path, inside = problem.path[:2], problem._replace(path=problem.path[2:])
    selector = value_at(resource.body, path)
    if resource.kind in _WITH_LABEL_MAPS:
        return map_fix(path, selector, inside)
    return selector_fix(path, selector, inside) or _default_fix(resource)


def _default_fix(resource: Resource) -> str:
    """Return the fix for other problems, with who refuses the object."""
    if resource.group_kind == _AUTOSCALER:
        return "correct it: the autoscaler cannot read the selector as it is"
    is_known = is_namespaced(resource.group_kind) is not None
    refused_by = "the API server" if is_known else "its operator"
    return f"correct it: {refused_by} refuses the object as it is"


def _snake_case_fields(
    resource: Resource, path: Path, selector: Data, spellings: Mapping[str, str]
) -> Iterator[Finding]:
    """Find fields as Python's client spells them, which the API server does not know."""
    for name, meant in spellings.items():
        value = value_at(selector, (name,))
        if isinstance(value, dict | list):
            problem = Problem((*path, name), f"unknown field; did you mean {meant}?", value)
            yield _selector_finding(resource, problem, f"write {meant}")


def _identity(resource: Resource) -> tuple[str, str, str]:
    """Return the kind and the name: the namespace of a patch is often set elsewhere."""
    return resource.kind, resource.group, resource.name


def _is_patch(resource: Resource) -> bool:
    """Whether an object has no selector, and nothing for which it would need one.

    Then the object is not complete, but a patch for another one. So is one in a file or a folder
    that is named so: ``patch-image.yaml`` has containers with images.
    """
    if is_named_patch(resource.source.file):
        return True
    has_need = any(value_at(resource.body, path) is not None for path in _NEEDING_A_SELECTOR)
    return not has_need and not has_images(value_at(resource.body, (*_TEMPLATE, "spec")))
