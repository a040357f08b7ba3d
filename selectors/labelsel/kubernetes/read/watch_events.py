"""Reads the events of a watch: objects added, modified or deleted, bookmarks and errors."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from labelsel.errors import (
    ExpiredError,
    ManifestError,
    WatchError,
    show,
    show_value,
)
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.resource import Resource, group_of, version_of
from labelsel.kubernetes.read.clients import read_object, to_data

__all__ = ["Bookmark", "read_event"]

_TYPES: Final = ("ADDED", "MODIFIED", "DELETED")
_NAME: Final = "watch event"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """The watch has sent all changes of a kind up to a version.

    >>> Bookmark(Kind("Pod", ""), "7").resource_version
    '7'
    """

    kind: Kind
    resource_version: str


def read_event(event: object) -> tuple[str, Resource] | Bookmark:
    """Return the type and the object of an event, or a bookmark.

    Arguments:
        event: ``{"type": ..., "object": ...}`` as the API sends it, the same with a
            ``raw_object`` as the official client's Watch yields it, or the pair of type and
            object that kr8s and lightkube yield.

    Raises:
        ExpiredError: the event is an ERROR with the code 410.
        WatchError: the event is another ERROR.
        ManifestError: it is not an event, or the object is not a Kubernetes object.

    >>> pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}
    >>> change, resource = read_event({"type": "ADDED", "object": pod})
    >>> change, resource.reference
    ('ADDED', 'pod/a')
    """
    name, given = _parts(event)
    if name in _TYPES:
        return name, read_object(given, _NAME)
    data = to_data(given, _NAME)
    match name, data:
        case "ERROR", _:
            raise _error(data)
        case "BOOKMARK", {"kind": str(kind), "apiVersion": str(api_version)} if (
            version := version_of(data)
        ):
            return Bookmark(Kind(kind, group_of(api_version)), version)
        case "BOOKMARK", _:
            problem = (
                f"a bookmark needs kind, apiVersion and resourceVersion, got {show_value(data)}"
            )
        case _:
            problem = (
                f"the type must be {', '.join(_TYPES)}, BOOKMARK or ERROR, not {show_value(name)}"
            )
    raise ManifestError(_NAME, problem)


def _parts(event: object) -> tuple[object, object]:
    match event:
        case {"type": name, "raw_object": given} | {"type": name, "object": given}:
            return name, given
        case (name, given):
            return name, given
        case _:
            raise ManifestError(_NAME, f"expected a type and an object, got {show_value(event)}")


def _error(status: Data) -> WatchError:
    """Return the error in a Status object."""
    fields = status if isinstance(status, dict) else {}
    code, message = fields.get("code", 0), fields.get("message", show(status))
    return (ExpiredError if code == HTTPStatus.GONE else WatchError)(code, message)
