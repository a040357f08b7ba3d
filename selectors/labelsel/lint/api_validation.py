"""Labels, annotations and selectors that the API server refuses, each on its own line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labelsel.errors import InvalidObjectError, Path, Problem, path_text
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.labels import annotation_problems, entry_text, label_problems
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, finding
from labelsel.lint.hints import (
    WRITE_A_MAP,
    annotation_fix,
    label_fix,
    map_fix,
    placeholder_fix,
    selector_fix,
)
from labelsel.lint.label_locations import at, inner_selectors, is_custom, metadata_maps
from labelsel.lint.node_terms import (
    NodeProblem,
    preference_problems,
    required_problems,
)
from labelsel.lint.rules import (
    ILLEGAL_ANNOTATION,
    ILLEGAL_LABEL,
    ILLEGAL_SELECTOR,
    NEVER_MATCHES,
)
from labelsel.objects import from_label_selector, what_to_write

__all__ = ["illegal_annotation", "illegal_label", "illegal_selector", "never_matches"]

_SELECTOR: Final[Path] = ("spec", "selector")
_TEMPLATE: Final[Path] = ("spec", "template")
#: Kinds that have a map of labels in place of a LabelSelector.
_WITH_LABEL_MAPS: Final = frozenset({"ReplicationController", "Service"})
#: What a workload or a monitor would have a selector for.
_NEEDING_A_SELECTOR: Final[tuple[Path, ...]] = (
    ("spec", "template", "metadata", "labels"),
    ("spec", "endpoints"),
    ("spec", "podMetricsEndpoints"),
)
#: Fields as Python's client has them: this library reads them, the API server does not.
_SNAKE_CASE: Final = {
    "match_labels": "matchLabels",
    "match_expressions": "matchExpressions",
    "match_fields": "matchFields",
    "node_selector_terms": "nodeSelectorTerms",
}


def illegal_label(scene: Context) -> Iterator[Finding]:
    """Labels that are refused: of objects, of pod templates, of claims and of pod metadata."""
    told: set[int] = set()
    for resource, path, given in scene.labels:
        # A null is no fault of this kind: rule null-value tells of it.
        labels = nulls_as_empty(given)
        for problem in label_problems(labels):
            told.add(id(resource))
            message, fix = entry_text(problem, "label"), label_fix(labels, problem)
            yield finding(ILLEGAL_LABEL, resource, (*path, *problem.path), message, fix)
    for resource, error in scene.bad_labels:
        if id(resource) not in told:
            for problem in error.problems:
                yield finding(ILLEGAL_LABEL, resource, problem.path, str(problem), WRITE_A_MAP)


def illegal_annotation(scene: Context) -> Iterator[Finding]:
    """Annotations that are refused, in the same places as labels."""
    for resource in scene.resources:
        for path, given in metadata_maps(resource, "annotations"):
            entries = nulls_as_empty(given)
            for problem in annotation_problems(entries):
                message, fix = entry_text(problem, "annotation"), annotation_fix(entries, problem)
                # A single one that is too large is itself to blame.
                is_single = isinstance(entries, dict) and len(entries) == 1
                there = (*path, *(entries if is_single else problem.path))
                yield finding(ILLEGAL_ANNOTATION, resource, there, message, fix)


def illegal_selector(scene: Context) -> Iterator[Finding]:
    """Selectors that are refused: an object's own, those of peers, and those in pods."""
    for resource, error in scene.bad_selectors:
        labels = nulls_as_empty(at(resource.body, _SELECTOR))
        if resource.kind in _WITH_LABEL_MAPS and isinstance(labels, dict):
            yield from _in_map(resource, _SELECTOR, labels)
        else:
            yield from _refused(resource, error)
    for selecting in scene.selectings:
        value = at(selecting.owner.body, selecting.path)
        yield from _snake_case(selecting.owner, selecting.path, value)
    for resource, path, labels in scene.node_selectors:
        yield from _in_map(resource, path, nulls_as_empty(labels))
    for resource in scene.resources:
        yield from _inner(resource)


def never_matches(scene: Context) -> Iterator[Finding]:
    """Terms for nodes that the API server accepts, and that no node meets."""
    for resource in scene.resources:
        for path, found in _of_nodes(resource):
            if found.outcome is not None:
                there = (*path, *found.problem.path)
                message = f"{found.problem.under(path)}; {found.outcome}"
                fix = placeholder_fix(found.problem.value) or _term_fix(found.problem)
                yield finding(NEVER_MATCHES, resource, there, message, fix)


def _inner(resource: Resource) -> Iterator[Finding]:
    """What is wrong with the selectors that are not the object's own, with each part at fault."""
    for path, value, of_nodes in inner_selectors(resource):
        yield from _snake_case(resource, path, value)
        terms = at(value, ("nodeSelectorTerms",))
        for number, term in enumerate(terms if isinstance(terms, list) else ()):
            yield from _snake_case(resource, (*path, "nodeSelectorTerms", number), term)
        if not of_nodes:
            for problem in _problems(value):
                fix = selector_fix(path, value, problem, _correct(resource))
                yield _selector_finding(resource, problem.under(path), fix)
    for path, found in _of_nodes(resource):
        if found.outcome is None:
            problem = found.problem
            is_term = path[-1] == "preference"
            written = what_to_write(problem, of_nodes=not is_term)
            fix = placeholder_fix(problem.value) or written or _correct(resource)
            yield _selector_finding(resource, found.problem.under(path), fix)


def _problems(selector: Data) -> tuple[Problem, ...]:
    try:
        from_label_selector(selector)
    except InvalidObjectError as error:
        return error.problems
    return ()


def _of_nodes(resource: Resource) -> Iterator[tuple[Path, NodeProblem]]:
    """What is wrong with the selectors of nodes in an object, and where each of these stands."""
    for path, value, of_nodes in inner_selectors(resource):
        if of_nodes:
            is_term = path[-1] == "preference"
            problems = preference_problems(value) if is_term else required_problems(value)
            yield from ((path, problem) for problem in problems)


def _selector_finding(resource: Resource, problem: Problem, fix: str) -> Finding:
    return finding(ILLEGAL_SELECTOR, resource, problem.path, str(problem), fix)


def _in_map(resource: Resource, path: Path, labels: Data) -> Iterator[Finding]:
    """What is wrong with a map of labels that is there to select."""
    for problem in label_problems(labels):
        message = f"{path_text(path)}: {entry_text(problem, 'label')}"
        fix = map_fix(path, labels, problem)
        yield finding(ILLEGAL_SELECTOR, resource, (*path, *problem.path), message, fix)


def _refused(resource: Resource, error: ManifestError) -> Iterator[Finding]:
    """What is wrong with the selector of an object, part by part."""
    for problem in error.problems:
        # By default a selector is what the template has: labels, and told as such.
        of_template = problem.path[: len(_TEMPLATE)] == _TEMPLATE
        is_missing = problem.path == _SELECTOR and problem.value is None
        if not of_template and not (is_missing and _is_a_part(resource)):
            yield _selector_finding(resource, problem, _own_fix(resource, problem))


def _own_fix(resource: Resource, problem: Problem) -> str:
    """What to write in a selector of an object, which stands at two steps: spec.selector."""
    path, inside = problem.path[:2], problem._replace(path=problem.path[2:])
    selector = at(resource.body, path)
    if resource.kind in _WITH_LABEL_MAPS:
        return map_fix(path, selector, inside)
    return selector_fix(path, selector, inside, _correct(resource))


def _correct(resource: Resource) -> str:
    """What to do where no more can be said; custom resources are refused by their operator."""
    refused_by = "its operator" if is_custom(resource) else "the API server"
    return f"correct it: {refused_by} refuses the object as it is"


def _term_fix(problem: Problem) -> str:
    if problem.path[-1] == "nodeSelectorTerms":
        return "add an expression to a term, or take the node affinity out"
    return "write a value that nodes can have, or for Gt and Lt a whole number, in quotes"


def _snake_case(resource: Resource, path: Path, selector: Data) -> Iterator[Finding]:
    """Fields as Python's client has them, which the API server does not know."""
    for name, meant in _SNAKE_CASE.items():
        value = at(selector, (name,))
        if isinstance(value, dict | list):
            problem = Problem((*path, name), f"unknown field; did you mean {meant}?", value)
            yield _selector_finding(resource, problem, f"write {meant}")


def _is_a_part(resource: Resource) -> bool:
    """Whether an object without a selector has nothing either that it would be for.

    It is no whole object then, but a patch that is laid over one.
    """
    return all(at(resource.body, path) is None for path in _NEEDING_A_SELECTOR)
