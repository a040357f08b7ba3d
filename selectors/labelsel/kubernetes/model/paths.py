"""Reads the parts of an object by their paths, and reports parts that are not as they should be.

These functions are strict, unlike those that read values for a table or a field selector: a
selector that is read from the wrong part, or not at all, selects too much or too little.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from labelsel.errors import InvalidObjectError, ManifestError, Path, Problem
from labelsel.errors import describe as describe_value
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import MATCH_LABELS
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.objects import from_label_selector, labels_in, unknown_field
from labelsel.selector import Selector

__all__ = [
    "check_fields",
    "label_map_at",
    "list_at",
    "map_at",
    "read_each",
    "require_list",
    "require_maps",
    "selector_at",
    "strings_at",
    "value_at",
]

Read = TypeVar("Read")

_NOT_A_STRING: Final = 'must be a string, not {}: write it in quotes, or "" for an empty one'


def read_each(
    read: Callable[[Resource], Read | None],
    resources: Iterable[Resource],
    on_error: Callable[[ManifestError], None] | None = None,
) -> list[Read]:
    """Return what a function reads from each object, in their order, leaving out None.

    Arguments:
        read: the function.
        resources: the objects.
        on_error: called with each error; without it the first error is raised.

    Raises:
        ManifestError: the function raised it, and there is no ``on_error``.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> pod = Resource("Pod", "v1", None, "a", {}, {}, {"spec": {"x": 1}}, Source("a.yaml", 1, 1))
    >>> read_each(lambda resource: value_at(resource, ("spec", "x")), [pod])
    [1]
    """
    found: list[Read] = []
    for resource in resources:
        try:
            part = read(resource)
        except ManifestError as error:
            if on_error is None:
                raise
            on_error(error)
        else:
            if part is not None:
                found.append(part)
    return found


def value_at(resource: Resource, path: Path) -> Data:
    """Return the value at a path; None if there is nothing or null.

    Raises:
        ManifestError: a value on the way is not a map, or not a list where the path has a number.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"spec": {"selector": {"app": "web"}, "ports": [80]}}
    >>> web = Resource("Service", "v1", None, "web", {}, {}, body, Source("a.yaml", 1, 1))
    >>> value_at(web, ("spec", "selector", "app")), value_at(web, ("status", "x"))
    ('web', None)
    """
    value: Data = resource.body
    for number, name in enumerate(path):
        if value is None:
            return None
        if isinstance(name, int):
            value = dict(enumerate(require_list(resource, path[:number], value))).get(name)
            continue
        if not isinstance(value, dict):
            raise resource.fault(_not_a_map(path[:number], value))
        value = value.get(name)
    return value


def map_at(resource: Resource, path: Path) -> dict[str, Data]:
    """Return the map at a path; an empty one if there is nothing or null.

    Raises:
        ManifestError: the value, or a value on the way, is not a map.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"spec": {"selector": {"app": "web"}, "ports": [80]}}
    >>> web = Resource("Service", "v1", None, "web", {}, {}, body, Source("a.yaml", 1, 1))
    >>> map_at(web, ("spec", "ports"))
    Traceback (most recent call last):
    labelsel.errors.ManifestError: a.yaml, document 1 (line 1): Service/web: \
spec.ports: must be a map, not a list
    """
    value = value_at(resource, path)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise resource.fault(_not_a_map(path, value))
    return value


def _not_a_map(path: Path, value: Data) -> Problem:
    return Problem(path, f"must be a map, not {describe_value(value)}", value)


def strings_at(resource: Resource, path: Path) -> dict[str, str]:
    """Return the map of strings at a path; an empty one if there is nothing or null.

    A value that is null reads as the empty string, as Kubernetes reads it.

    Raises:
        ManifestError: the value, or a value on the way, is not a map, or an entry is no string.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"spec": {"selector": {"app": None}}}
    >>> web = Resource("Service", "v1", None, "web", {}, {}, body, Source("a.yaml", 1, 1))
    >>> strings_at(web, ("spec", "selector"))
    {'app': ''}
    """
    entries: dict[str, Data] = nulls_as_empty(map_at(resource, path))
    problems = [
        Problem((*path, name), _NOT_A_STRING.format(describe_value(value)), value)
        for name, value in entries.items()
        if not isinstance(value, str)
    ]
    if problems:
        raise resource.fault(*problems)
    return entries


def list_at(resource: Resource, path: Path) -> list[Data]:
    """Return the list at a path; an empty one if there is nothing or null.

    Raises:
        ManifestError: the value is not a list, or a value on the way is not a map.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"spec": {"ports": [80]}}
    >>> web = Resource("Service", "v1", None, "web", {}, {}, body, Source("a.yaml", 1, 1))
    >>> list_at(web, ("spec", "ports")), list_at(web, ("spec", "externalIPs"))
    ([80], [])
    """
    return require_list(resource, path, value_at(resource, path))


def require_list(resource: Resource, path: Path, value: Data) -> list[Data]:
    """Return the value at a path, which must be a list; an empty one for null.

    Raises:
        ManifestError: the value is not a list.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> web = Resource("Service", "v1", None, "web", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> require_list(web, ("spec", "ports"), None)
    []
    """
    if value is not None and not isinstance(value, list):
        raise resource.fault(Problem(path, f"must be a list, not {describe_value(value)}", value))
    return value or []


def require_maps(resource: Resource, path: Path, value: Data) -> list[tuple[Path, dict[str, Data]]]:
    """Return the items of the value at a path, which must be a list of maps, each with its path.

    Raises:
        ManifestError: the value is not a list, or an item is not a map.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> web = Resource("Service", "v1", None, "web", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> require_maps(web, ("spec", "ports"), [{"port": 80}])
    [(('spec', 'ports', 0), {'port': 80})]
    """
    items: list[tuple[Path, dict[str, Data]]] = []
    for number, item in enumerate(require_list(resource, path, value)):
        if not isinstance(item, dict):
            raise resource.fault(_not_a_map((*path, number), item))
        items.append(((*path, number), item))
    return items


def check_fields(resource: Resource, path: Path, value: Data, names: tuple[str, ...]) -> None:
    """Check that the value at a path is a map that has no other fields than these.

    Raises:
        ManifestError: the value is not a map, or has another field, which nobody would read.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> pod = Resource("Pod", "v1", None, "a", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> check_fields(pod, ("spec", "terms"), {"wieght": 1}, ("weight", "preference"))
    Traceback (most recent call last):
    labelsel.errors.ManifestError: a.yaml, document 1 (line 1): Pod/a: \
spec.terms.wieght: unknown field; did you mean weight?
    """
    if not isinstance(value, dict):
        raise resource.fault(_not_a_map(path, value))
    for name in value:
        if name not in names:
            raise resource.fault(Problem((*path, name), unknown_field(name, names), value[name]))


def selector_at(
    resource: Resource,
    path: Path,
    read: Callable[[Data], Selector],
    value: Data,
    *,
    within: Path = (),
) -> Selector:
    """Return the selector in the selector object at a path.

    Arguments:
        resource: the Kubernetes object that has the selector object.
        path: the path of the selector object, for the paths of problems.
        read: the function that reads it, such as ``from_label_selector``.
        value: the selector object, or one that was made of the value at the path.
        within: the path in ``value`` of the value at the path: the paths of problems lack it.

    Raises:
        ManifestError: it is not a valid selector object; the error names every wrong part.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> job = Resource("Job", "batch/v1", None, "a", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> path = ("spec", "selector")
    >>> str(selector_at(job, path, from_label_selector, {"matchLabels": {"app": "web"}}))
    'app=web'
    """
    try:
        return read(value)
    except InvalidObjectError as error:
        problems = (one._replace(path=one.path[len(within) :]) for one in error.problems)
        raise resource.fault(*(problem.under(path) for problem in problems)) from error


def label_map_at(resource: Resource, path: Path) -> Selector:
    """Return the selector in the map of labels at a path, as in a Service or a pod.

    Raises:
        ManifestError: it is not a map of valid labels; the error names every wrong part.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"spec": {"selector": {"app": "web", "tier": "front"}}}
    >>> web = Resource("Service", "v1", None, "web", {}, {}, body, Source("a.yaml", 1, 1))
    >>> str(label_map_at(web, ("spec", "selector")))
    'app=web,tier=front'
    """
    if labels := labels_in(value_at(resource, path)):
        problem = _not_a_map(path, value_at(resource, path))
        fix = f"write {path[-1]}: {json.dumps(labels)}"
        raise resource.fault(problem._replace(problem=f"{problem.problem}; {fix}"))
    value = {MATCH_LABELS: strings_at(resource, path)}
    return selector_at(resource, path, from_label_selector, value, within=(MATCH_LABELS,))
