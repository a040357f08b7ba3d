"""Labels, annotations and selectors that the API server refuses, each on its own line."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Final

from labelsel.errors import InvalidObjectError, shown
from labelsel.labels import (
    MAX_NAME_BYTES,
    validate_annotations,
    validate_key,
    validate_labels,
    validate_value,
)
from labelsel.objects import from_label_selector, from_node_selector
from labelsel.resources.document import Data
from labelsel.resources.errors import ManifestError
from labelsel.resources.lint.carried import at, inner_selectors, metadata_maps
from labelsel.resources.lint.finding import Finding, finding
from labelsel.resources.lint.rules import ILLEGAL_ANNOTATION, ILLEGAL_LABEL, ILLEGAL_SELECTOR
from labelsel.resources.lint.scene import Scene
from labelsel.resources.places import Path, path_text
from labelsel.resources.resource import Resource, described
from labelsel.resources.scalars import nulls_as_empty
from labelsel.resources.selecting import Selecting

__all__ = ["illegal_annotation", "illegal_label", "illegal_selector"]

_ILLEGAL: Final = re.compile(r"[^-A-Za-z0-9_.]+")
_EDGES: Final = "-_."
#: A step in the path that the error about a selector names.
_STEP: Final = re.compile(
    r"""\.?([A-Za-z]\w*)|\[(\d+)\]|\[('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\]"""
)


_SELECTOR: Final[Path] = ("spec", "selector")
#: Kinds that have a map of labels in place of a LabelSelector.
_WITH_LABEL_MAPS: Final = frozenset({"ReplicationController", "Service"})
#: What a workload or a monitor would have a selector for.
_NEEDING_A_SELECTOR: Final[tuple[Path, ...]] = (
    ("spec", "template", "metadata", "labels"),
    ("spec", "endpoints"),
    ("spec", "podMetricsEndpoints"),
)
_TERMS: Final = "nodeSelectorTerms"
_CORRECT: Final = "correct it: the API server refuses the object as it is"
_SNAKE_CASE: Final = {"match_labels": "matchLabels", "match_expressions": "matchExpressions"}
_LETTERS: Final = "letters, digits, '-', '_' and '.'"
_WRITE_A_MAP: Final = "write a map from keys to strings"


def illegal_label(scene: Scene) -> Iterator[Finding]:
    """Labels that are refused: of objects, of pod templates, of claims and of pod metadata."""
    told: set[int] = set()
    for resource, path, labels in scene.labels:
        for place, problem in _problems(labels, validate_labels):
            told.add(id(resource))
            fix = _label_fix(labels, place)
            yield finding(ILLEGAL_LABEL, resource, (*path, *place), problem, fix)
    for resource, error in scene.bad_labels:
        if id(resource) not in told:
            (problem,) = _parts(resource, error)
            yield finding(ILLEGAL_LABEL, resource, _path(problem), problem, _WRITE_A_MAP)


def illegal_annotation(scene: Scene) -> Iterator[Finding]:
    """Annotations that are refused, in the same places as labels."""
    for resource in scene.resources:
        for path, entries in metadata_maps(resource, "annotations"):
            for place, problem in _problems(entries, validate_annotations):
                fix = _annotation_fix(entries, place)
                yield finding(ILLEGAL_ANNOTATION, resource, (*path, *place), problem, fix)


def illegal_selector(scene: Scene) -> Iterator[Finding]:
    """Selectors that are refused: an object's own, those of peers, and those in pods."""
    for resource, error in scene.bad_selectors:
        labels = at(resource.body, _SELECTOR)
        if resource.kind in _WITH_LABEL_MAPS and isinstance(labels, dict):
            yield from _in_map(resource, _SELECTOR, labels)
        else:
            yield from _refused(resource, error)
    for selecting in scene.selectings:
        yield from _snake_case(selecting)
    for resource, path, labels in scene.node_selectors:
        yield from _in_map(resource, path, labels)
    for resource in scene.resources:
        for path, value, of_nodes in inner_selectors(resource):
            yield from _inner(resource, path, value, of_nodes=of_nodes)


def _inner(resource: Resource, path: Path, value: Data, *, of_nodes: bool) -> Iterator[Finding]:
    """What is wrong with a selector that is not the object's own, with each part at fault."""
    is_term = path[-1] == "preference"
    try:
        if of_nodes:
            from_node_selector({_TERMS: [value]} if is_term else value)
        else:
            from_label_selector(value)
    except InvalidObjectError as error:
        for part, problem in error.problems:
            inside = _path(part.removeprefix(f"{_TERMS}[0]") if is_term else part)
            there = (*path, *inside)
            message = f"{path_text(there)}: {_spoken(problem, at(value, inside))}"
            yield finding(ILLEGAL_SELECTOR, resource, there, message, _CORRECT)


def _in_map(resource: Resource, path: Path, labels: Data) -> Iterator[Finding]:
    """What is wrong with a map of labels that is there to select."""
    for place, problem in _problems(labels, validate_labels):
        message, fix = f"{path_text(path)}: {problem}", _label_fix(labels, place)
        yield finding(ILLEGAL_SELECTOR, resource, (*path, *place), message, fix)


def _refused(resource: Resource, error: ManifestError) -> Iterator[Finding]:
    for problem in _parts(resource, error):
        path = _path(problem)
        value = at(resource.body, path)
        # By default a selector is what the template has: labels, and told as such.
        if "template" not in path and (value is not None or not _is_a_part(resource)):
            message, fix = _spoken(problem, value), _selector_fix(resource, path)
            yield finding(ILLEGAL_SELECTOR, resource, path, message, fix)


def _snake_case(selecting: Selecting) -> Iterator[Finding]:
    """Fields as Python's client has them: this library reads them, the API server does not."""
    above: Path = tuple(selecting.path.split("."))
    for name, meant in _SNAKE_CASE.items():
        path = (*above, name)
        if isinstance(at(selecting.owner.body, path), dict | list):
            message = f"{selecting.path}: unknown field {name!r}; did you mean {meant}?"
            yield finding(ILLEGAL_SELECTOR, selecting.owner, path, message, f"write {meant}")


def _is_a_part(resource: Resource) -> bool:
    """Whether an object without a selector has nothing either that it would be for.

    It is no whole object then, but a patch that is laid over one.
    """
    return all(at(resource.body, path) is None for path in _NEEDING_A_SELECTOR)


def _problems(entries: Data, validate: Callable[[object], list[str]]) -> Iterator[tuple[Path, str]]:
    """What is wrong with a map, each problem with the key that it is about, if it is one."""
    # A null is no fault of this kind: rule null-value tells of it.
    entries = nulls_as_empty(entries)
    problems = validate(entries)
    if problems and isinstance(entries, dict):
        for key, value in entries.items():
            for problem in validate({key: value}):
                if problem in problems:
                    problems.remove(problem)
                    yield (key,), _spoken(problem, value)
    for problem in problems:
        yield (), _spoken(problem, entries)


def _spoken(problem: str, value: Data) -> str:
    """A problem as people say it who write YAML and not Python: ``the boolean true``."""
    return problem.replace(f"{shown(value)} ({type(value).__name__})", described(value))


def _parts(resource: Resource, error: ManifestError) -> Iterator[str]:
    """What is wrong with an object, one problem after the other, each behind its path."""
    text = error.problem.removeprefix(f"{resource.kind}/{resource.name}: ")
    cause = error.__cause__
    if isinstance(cause, InvalidObjectError):
        for _, problem in cause.problems:
            end = text.index(problem) + len(problem)
            yield text[:end]
            text = text[end:].removeprefix("; ")
    else:
        yield text


def _path(problem: str) -> Path:
    """The path that a problem begins with."""
    path: list[str | int] = []
    end = 0
    while (step := _STEP.match(problem, end)) is not None:
        name, number, key = step.groups()
        path.append(name or (ast.literal_eval(key) if key else int(number)))
        end = step.end()
    return tuple(path)


def _label_fix(labels: Data, place: Path) -> str:
    """The label as it would be legal, where it is plain what that is."""
    value = at(nulls_as_empty(labels), place)
    if not place:
        return _WRITE_A_MAP
    if isinstance(value, dict | list):
        return f"write one string as the value of {place[0]}"
    key = str(place[0])
    if not isinstance(value, str):
        return "write the value in quotes: without them it is no string"
    if validate_key(key):
        key = _legal_key(key)
    if validate_value(value):
        value = _legal(value)
    if validate_labels({key: value}):
        return f"write a key and a value of {_LETTERS}"
    return f"write {key}: {value}"


def _annotation_fix(annotations: Data, place: Path) -> str:
    value = at(annotations, place)
    if (place and not isinstance(value, str)) or not isinstance(annotations, dict):
        return _label_fix(annotations, place)
    if not place or not validate_annotations({place[0]: ""}):
        return "move what is large into a ConfigMap, and name that in the annotation"
    key = _legal_key(str(place[0]))
    return f"write a key of {_LETTERS}" if validate_key(key) else f"write the key as {key}"


def _selector_fix(resource: Resource, path: Path) -> str:
    value = at(resource.body, path)
    if path[-1] == "selector" and not value:
        return "add labels to it that its pods have"
    if path[-2:-1] == ("matchLabels",):
        return _label_fix(at(resource.body, path[:-1]), path[-1:])
    return _CORRECT


def _legal_key(key: str) -> str:
    prefix, slash, name = key.rpartition("/")
    return f"{_legal(prefix).lower()}{slash}{_legal(name)}"


def _legal(text: str) -> str:
    return _ILLEGAL.sub("-", text)[:MAX_NAME_BYTES].strip(_EDGES)
