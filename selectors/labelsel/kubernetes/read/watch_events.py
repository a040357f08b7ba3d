"""What a watch tells: objects that came, changed or went, how far it is, and that it is over."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from labelsel.errors import escaped, shown
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.resource import Resource, group_of, version_of
from labelsel.kubernetes.read.clients import as_data, read_object

__all__ = ["Bookmark", "ExpiredError", "WatchError", "read_event"]

_TYPES: Final = ("ADDED", "MODIFIED", "DELETED")
_NAME: Final = "watch event"


class WatchError(Exception):
    """A watch ended with an error of the server.

    Attributes:
        code: the HTTP status code of the error.
        message: what the server says.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return escaped(f"the watch ended with status {self.code}: {self.message}")


class ExpiredError(WatchError):
    """The server no longer has the version that the watch would go on from (410 Gone).

    What happened since is lost: list the objects anew, and give them to `Inventory.replace`.
    """


@dataclass(frozen=True, slots=True)
class Bookmark:
    """The server has told all there is of a kind, up to a version."""

    kind: Kind
    resource_version: str


def read_event(event: object) -> tuple[str, Resource] | Bookmark:
    """What an event tells: its type with its object, or a bookmark.

    Arguments:
        event: ``{"type": ..., "object": ...}`` as the API sends it, with a ``raw_object``
            beside it as the official client's Watch yields it, or the pair of type and object
            that kr8s and lightkube yield.

    Raises:
        ExpiredError: it is an ERROR with the code 410.
        WatchError: it is any other ERROR.
        ManifestError: it is no event, or its object is no Kubernetes object.
    """
    name, given = _parts(event)
    if name in _TYPES:
        return name, read_object(given, _NAME)
    data = as_data(given, _NAME)
    match name, data:
        case "ERROR", _:
            raise _error(data)
        case "BOOKMARK", {"kind": str(kind), "apiVersion": str(api_version)} if (
            version := version_of(data)
        ):
            return Bookmark(Kind(kind, group_of(api_version)), version)
        case "BOOKMARK", _:
            problem = f"a bookmark has a kind, an apiVersion and a resourceVersion: {shown(data)}"
        case _:
            problem = f"its type is {shown(name)}, not {', '.join(_TYPES)}, BOOKMARK or ERROR"
    raise ManifestError(_NAME, problem)


def _parts(event: object) -> tuple[object, object]:
    match event:
        case {"type": name, "raw_object": given} | {"type": name, "object": given}:
            return name, given
        case (name, given):
            return name, given
        case _:
            raise ManifestError(_NAME, f"it has no type and no object: {shown(event)}")


def _error(status: Data) -> WatchError:
    """The error that a Status object tells of."""
    told = status if isinstance(status, dict) else {}
    code, message = told.get("code", 0), told.get("message", shown(status))
    return (ExpiredError if code == HTTPStatus.GONE else WatchError)(code, message)
