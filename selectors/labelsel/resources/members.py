"""What stands inside an object, by its dotted path, and the error for what should not stand there.

Strict, unlike what a table or a field selector reads: a selector that was read from the wrong
place, or not at all, selects too much or too little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from labelsel.errors import shown
from labelsel.resources.document import Data
from labelsel.resources.errors import ManifestError
from labelsel.resources.resource import Resource, described

__all__ = ["fault_in", "map_at", "member_at", "read_each", "strings_at"]

Read = TypeVar("Read")


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


def fault_in(resource: Resource, problem: str) -> ManifestError:
    """The error for what is wrong in an object: it names file, document, line and object.

    >>> from labelsel.resources.resource import Source
    >>> web = Resource("Service", "v1", None, "web", {}, {}, {}, Source("a.yaml", 2, 14))
    >>> print(fault_in(web, "spec.selector is a list, not a map"))
    a.yaml, document 2 (line 14): Service/web: spec.selector is a list, not a map
    """
    source = resource.source
    return ManifestError(
        source.file,
        f"{resource.kind}/{resource.name}: {problem}",
        document=source.document,
        line=source.line,
    )


def member_at(resource: Resource, path: str) -> Data:
    """What stands at a path such as ``spec.selector``; None where nothing or null does.

    Raises:
        ManifestError: something on the way is no map.
    """
    above, _, name = path.rpartition(".")
    return (map_at(resource, above) if above else resource.body).get(name)


def map_at(resource: Resource, path: str) -> dict[str, Data]:
    """The map at a path; empty where nothing or null stands there.

    Raises:
        ManifestError: it is something else, or something on the way to it is no map.
    """
    value = member_at(resource, path)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise fault_in(resource, f"{path} is {described(value)}, not a map")
    return value


def strings_at(resource: Resource, path: str) -> dict[str, str]:
    """The map of strings at a path, as labels are; empty where nothing or null stands there.

    Raises:
        ManifestError: it is something else, or something on the way to it is no map.
    """
    entries = map_at(resource, path)
    for name, value in entries.items():
        if not isinstance(value, str):
            problem = f"{path}: {shown(name)} is {described(value)}, it must be a string"
            raise fault_in(resource, f'{problem}: write it in quotes, or "" for an empty one')
    return entries
