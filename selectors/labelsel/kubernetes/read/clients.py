"""Objects of other libraries as they are: the official client's, kr8s', lightkube's, and dicts.

No library is imported: an object is known by what it can do. All of them become the data that
the API itself would send, through JSON, so that what comes out is a copy and nothing but data.

===============  ==========================================================================
official client  ``attribute_map`` names each attribute as the API does; attributes that are
                 None are not sent. Its ``to_dict`` would spell keys in snake_case.
kr8s             ``raw`` is what the API sent
lightkube        ``to_dict`` is what the API takes; custom resources are dicts
===============  ==========================================================================
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from labelsel.errors import shown
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.document import Data, Document
from labelsel.kubernetes.model.kinds import groups_of
from labelsel.kubernetes.model.resource import Resource, version_of
from labelsel.kubernetes.read.manifests import objects_in

__all__ = ["as_data", "read_list", "read_object", "read_objects"]

#: V1Pod, V2HorizontalPodAutoscaler, CoreV1Event, V1PodList.
_MODEL: Final = re.compile(r"([A-Z][a-z]+)?V([0-9]+(?:(?:alpha|beta)[0-9]+)?)([A-Z]\w*?)(List)?")


Found: TypeAlias = Iterator[Resource | ManifestError]


def read_objects(given: object, name: str = "object") -> Found:
    """The objects that were given: one, a list as the API has it, or any number of either.

    Messages call them ``object 1``, ``object 2`` and so on. A Resource stays as it is.
    """
    return _read_list(given, name)[0]


def read_list(given: object, name: str = "object") -> tuple[Found, str | None]:
    """What `read_objects` gives, and the version of the list, None where there is none.

    Raises:
        ManifestError: it is one page of a list that goes on: what it lacks is not gone.
    """
    found, data = _read_list(given, name)
    match data:
        case {"metadata": {"continue": str(more)}} if more:
            problem = "one page of a list that goes on (metadata.continue): put all items in one"
            raise ManifestError(name, problem)
    return found, version_of(data)


def read_object(given: object, name: str = "object") -> Resource:
    """The one object that was given.

    Raises:
        ManifestError: it is none, or several.
    """
    if isinstance(given, Resource):
        return given
    found = list(_read(given, name))
    for each in found:
        if isinstance(each, ManifestError):
            raise each
        if len(found) == 1:
            return each
    raise ManifestError(name, f"a list of {len(found)} objects, where one is wanted")


def as_data(given: object, name: str = "object") -> Data:
    """What the API would send for an object: a copy.

    Raises:
        ManifestError: something in it cannot be said in JSON.

    >>> import datetime
    >>> day = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)
    >>> as_data({"metadata": {"creationTimestamp": day}})
    {'metadata': {'creationTimestamp': '2026-01-02T00:00:00Z'}}
    """
    try:
        data = json.loads(json.dumps(given, default=_simpler, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise ManifestError(name, f"no Kubernetes object: {error}") from error
    if isinstance(data, dict) and hasattr(given, "attribute_map"):
        return _type_of(type(given).__name__) | data
    return data


def _is_model(value: object) -> bool:
    return any(hasattr(value, name) for name in ("attribute_map", "raw", "to_dict"))


def _read_list(given: object, name: str) -> tuple[Found, Data]:
    """The objects, and the data of the list that they were in; that is empty where it was none."""
    if not (isinstance(given, Mapping) or _is_model(given)):
        found = list(_read_each(given, name))
        # lightkube's lists know their version when all is read.
        version = getattr(given, "resourceVersion", None)
        return iter(found), {"metadata": {"resourceVersion": version}}
    try:
        data = as_data(given, name)
    except ManifestError as error:
        return iter((error,)), {}
    return _objects(data, name), data


def _read_each(given: object, name: str) -> Found:
    if not isinstance(given, Iterable) or isinstance(given, str | bytes):
        yield ManifestError(name, f"no Kubernetes object: {shown(given)}")
        return
    for number, each in enumerate(given, 1):
        if isinstance(each, Resource):
            yield each
        else:
            yield from _read(each, f"{name} {number}")


def _read(given: object, name: str) -> Found:
    try:
        data = as_data(given, name)
    except ManifestError as error:
        yield error
    else:
        yield from _objects(data, name)


def _objects(data: Data, name: str) -> Found:
    if isinstance(data, dict) and "apiVersion" not in data and "api_version" in data:
        problem = "its keys are in snake_case, as to_dict() spells them: give the object itself"
        yield ManifestError(name, problem)
    else:
        yield from objects_in(data, Document(0, 0, data), name, 0)


def _simpler(value: Any) -> object:
    """What JSON knows of a value that it does not know: one step, the rest follows."""
    names = getattr(value, "attribute_map", None)
    if isinstance(names, Mapping):
        parts = ((name, getattr(value, attribute, None)) for attribute, name in names.items())
        return {name: part for name, part in parts if part is not None}
    if isinstance(value, dt.date):
        return value.isoformat().replace("+00:00", "Z")
    if hasattr(value, "raw"):
        return value.raw
    if hasattr(value, "to_dict"):
        return value.to_dict()
    msg = f"{shown(value)} cannot be said in JSON"
    raise TypeError(msg)


def _type_of(model: str) -> dict[str, str]:
    """The kind and apiVersion that a model's name tells: the members of lists name none.

    ``V1Deployment`` does not name its group; it is the one that has such a kind.
    """
    match = _MODEL.fullmatch(model)
    if match is None:
        return {}
    prefix, version, kind, plural = match.groups()
    groups = groups_of(kind)
    if prefix is not None:
        groups = [group for group in groups if (group or "core").startswith(prefix.lower())]
    if len(groups) != 1:
        return {}
    api_version = f"{groups[0]}/v{version}" if groups[0] else f"v{version}"
    return {"apiVersion": api_version, "kind": kind + (plural or "")}
