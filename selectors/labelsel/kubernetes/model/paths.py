"""What stands inside an object, by its path, and the error for what should not stand there.

Strict, unlike what a table or a field selector reads: a selector that was read from the wrong
place, or not at all, selects too much or too little.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from labelsel.errors import InvalidObjectError, Path, Problem, described
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.objects import from_label_selector, labels_in, unknown_field
from labelsel.selector import Selector

__all__ = [
    "check_fields",
    "label_map_at",
    "list_at",
    "map_at",
    "member_at",
    "read_each",
    "selector_of",
    "strings_at",
]

Read = TypeVar("Read")

_MATCH_LABELS: Final = "matchLabels"
_NO_STRING: Final = 'must be a string, not {}: write it in quotes, or "" for an empty one'


def read_each(
    read: Callable[[Resource], Read | None],
    resources: Iterable[Resource],
    on_error: Callable[[ManifestError], None] | None = None,
) -> list[Read]:
    """What is read of each object, in their order, without those of which nothing is.

    Raises:
        ManifestError: the first fault, unless ``on_error`` is there to be called with each.
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


def member_at(resource: Resource, path: Path) -> Data:
    """What stands at a path such as ``("spec", "selector")``; None where nothing or null does.

    Raises:
        ManifestError: something on the way is no map.
    """
    value: Data = resource.body
    for number, name in enumerate(path):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise resource.fault(_no_map(path[:number], value))
        value = value.get(name)
    return value


def map_at(resource: Resource, path: Path) -> dict[str, Data]:
    """The map at a path; empty where nothing or null stands there.

    Raises:
        ManifestError: it is something else, or something on the way to it is no map.
    """
    value = member_at(resource, path)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise resource.fault(_no_map(path, value))
    return value


def _no_map(path: Path, value: Data) -> Problem:
    return Problem(path, f"must be a map, not {described(value)}", value)


def strings_at(resource: Resource, path: Path) -> dict[str, str]:
    """The map of strings at a path, as labels are; empty where nothing or null stands there.

    A value that is null reads as the empty string, as Kubernetes reads it.

    Raises:
        ManifestError: it is something else, or something on the way to it is no map.
    """
    entries: dict[str, Data] = nulls_as_empty(map_at(resource, path))
    problems = [
        Problem((*path, name), _NO_STRING.format(described(value)), value)
        for name, value in entries.items()
        if not isinstance(value, str)
    ]
    if problems:
        raise resource.fault(*problems)
    return entries


def list_at(resource: Resource, path: Path) -> list[Data]:
    """The list at a path; empty where nothing or null stands there.

    Raises:
        ManifestError: it is something else, or something on the way to it is no map.
    """
    value = member_at(resource, path)
    if value is not None and not isinstance(value, list):
        raise resource.fault(Problem(path, f"must be a list, not {described(value)}", value))
    return value or []


def check_fields(resource: Resource, path: Path, value: Data, names: tuple[str, ...]) -> None:
    """Make sure that what was read at a path is a map of these fields, or a part of them.

    Raises:
        ManifestError: it is no map, or has another field, which would not have been read.
    """
    if not isinstance(value, dict):
        raise resource.fault(_no_map(path, value))
    for name in value:
        if name not in names:
            raise resource.fault(Problem((*path, name), unknown_field(name, names), value[name]))


def selector_of(
    resource: Resource,
    path: Path,
    read: Callable[[Data], Selector],
    value: Data,
    *,
    within: Path = (),
) -> Selector:
    """The meaning of a selector object that stands at a path.

    Arguments:
        resource: the object that carries it.
        path: where in the object it stands, for the paths of problems.
        read: what reads it, such as ``from_label_selector``.
        value: the selector object, or one made of what stands at the path.
        within: where in ``value`` that stands: this much of a problem's path is left out.

    Raises:
        ManifestError: it is no such object; every part at fault is named.
    """
    try:
        return read(value)
    except InvalidObjectError as error:
        inside = (one._replace(path=one.path[len(within) :]) for one in error.problems)
        raise resource.fault(*(problem.under(path) for problem in inside)) from error


def label_map_at(resource: Resource, path: Path) -> Selector:
    """The meaning of a map of labels that must all be there, as Services and pods have it.

    Raises:
        ManifestError: it is no map of legal labels; every part at fault is named.
    """
    if labels := labels_in(member_at(resource, path)):
        problem = _no_map(path, member_at(resource, path))
        fix = f"write {path[-1]}: {json.dumps(labels)}"
        raise resource.fault(problem._replace(problem=f"{problem.problem}; {fix}"))
    value = {_MATCH_LABELS: strings_at(resource, path)}
    return selector_of(resource, path, from_label_selector, value, within=(_MATCH_LABELS,))
