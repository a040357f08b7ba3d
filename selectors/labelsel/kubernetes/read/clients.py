"""Reads objects of Kubernetes clients: the official client, kr8s, lightkube, and plain dicts.

No client is imported: an object is recognised by its attributes. Each becomes the data that the
API would send, by way of JSON, so the result is a copy and plain data.

===============  ==========================================================================
official client  ``attribute_map`` has the API's name of each attribute; an attribute that is
                 None is not sent. Its ``to_dict`` is of no use: its keys are in snake_case.
kr8s             ``raw`` is the data that the API sent
lightkube        ``to_dict`` gives the data that the API accepts; custom resources are dicts
===============  ==========================================================================
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from operator import length_hint
from typing import Any, Final, TypeAlias

from labelsel.errors import ManifestError, show
from labelsel.kubernetes.model.document import TOO_DEEP, Data, Document
from labelsel.kubernetes.model.kinds import groups_of
from labelsel.kubernetes.model.misspelled_keys import check_spelling
from labelsel.kubernetes.model.resource import Resource, Source, snake_case_problem, version_of
from labelsel.kubernetes.model.served_fields import served_fields
from labelsel.kubernetes.read.json_reader import is_too_deep
from labelsel.kubernetes.read.manifests import read_list_items

__all__ = ["count_objects", "read_list", "read_object", "read_objects", "to_data"]

#: The name of a class of the official client: V1Pod, V2HorizontalPodAutoscaler, CoreV1Event.
_MODEL: Final = re.compile(r"([A-Z][a-z]+)?V([0-9]+(?:(?:alpha|beta)[0-9]+)?)([A-Z]\w*?)(List)?")


ReadResults: TypeAlias = Iterator[Resource | ManifestError]


def read_objects(given: object, name: str = "object") -> ReadResults:
    """Read objects of a client: one object, a list of the API, or an iterable of either.

    Messages call the objects ``object 1``, ``object 2`` and so on. A Resource stays the same.

    >>> pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}
    >>> [str(getattr(found, "reference", found)) for found in read_objects([pod, 5])]
    ['pod/a', 'object 2: not a Kubernetes object: expected a map, got the number 5']
    """
    return _read_list(given, name)[0]


def read_list(given: object, name: str = "object") -> tuple[ReadResults, str | None]:
    """Read objects as `read_objects` does, and the version of their list; None without one.

    Raises:
        ManifestError: the list is one page of a longer list. The objects that the page lacks
            would seem to be deleted.

    >>> found, version = read_list({"kind": "PodList", "apiVersion": "v1", "items": [],
    ...                             "metadata": {"resourceVersion": "7"}})
    >>> list(found), version
    ([], '7')
    """
    found, data = _read_list(given, name)
    match data:
        case {"metadata": {"continue": str(more)}} if more:
            problem = (
                "one page of a longer list (metadata.continue is set): put the items of all pages "
                "into one list"
            )
            raise ManifestError(name, problem)
    return found, version_of(data)


def read_object(given: object, name: str = "object") -> Resource:
    """Read exactly one object of a client.

    Raises:
        ManifestError: it is not an object, or a list of several.

    >>> read_object({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}).reference
    'pod/a'
    """
    if isinstance(given, Resource):
        return given
    found = list(_read(given, name))
    for result in found:
        if isinstance(result, ManifestError):
            raise result
        if len(found) == 1:
            return result
    raise ManifestError(name, f"expected one object, got a list of {len(found)}")


def count_objects(given: object) -> int:
    """Return how many objects `read_list` will read; 0 if that is not known before.

    >>> count_objects({"kind": "PodList", "items": [{}, {}]}), count_objects(iter([{}]))
    (2, 1)
    """
    items = given.get("items") if isinstance(given, Mapping) else getattr(given, "items", given)
    return length_hint(items) if isinstance(items, Iterable) else 0


def to_data(given: object, name: str = "object") -> Data:
    """Return the data that the API would send for an object: a copy.

    Raises:
        ManifestError: something in the object cannot be written as JSON, or it is deeper than
            `MAX_DOCUMENT_DEPTH`.

    >>> import datetime
    >>> day = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)
    >>> to_data({"metadata": {"creationTimestamp": day}})
    {'metadata': {'creationTimestamp': '2026-01-02T00:00:00Z'}}
    """
    try:
        data = _data_of(given)
    except (TypeError, ValueError, RecursionError) as error:
        problem = TOO_DEEP if isinstance(error, RecursionError) else error
        raise ManifestError(name, f"not a Kubernetes object: {problem}") from error
    if isinstance(data, dict) and hasattr(given, "attribute_map"):
        return _type_of(type(given).__name__) | data
    return data


def _data_of(given: object) -> Data:
    """Return an object as data; of a list each item on its own.

    No other thread runs while one text is written or read: 2 s for a list of 100,000 pods.
    """
    plain = _convert(given) if _is_model(given) and not isinstance(given, dict) else given
    items = plain.get("items") if isinstance(plain, dict) else None
    if not isinstance(items, list):
        return _copy(plain)
    assert isinstance(plain, dict)
    return _copy({**plain, "items": []}) | {"items": [_copy(item) for item in items]}


def _copy(value: object) -> Any:
    text = json.dumps(value, default=_convert, allow_nan=False)
    data = json.loads(text)
    if is_too_deep(data, text):
        raise ValueError(TOO_DEEP)
    return data


def _is_model(value: object) -> bool:
    return any(hasattr(value, name) for name in ("attribute_map", "raw", "to_dict"))


def _read_list(given: object, name: str) -> tuple[ReadResults, Data]:
    """Return the objects, and the data of their list; an empty map if they are in no list."""
    if not (isinstance(given, Mapping) or _is_model(given)):
        found = list(_read_each(given, name))
        # A list of lightkube knows its version after the last object is read.
        version = getattr(given, "resourceVersion", None)
        return iter(found), {"metadata": {"resourceVersion": version}}
    try:
        data = to_data(given, name)
    except ManifestError as error:
        return iter((error,)), {}
    return _objects(data, name), data


def _read_each(given: object, name: str) -> ReadResults:
    if not isinstance(given, Iterable) or isinstance(given, str | bytes):
        yield ManifestError(name, f"not a Kubernetes object: {show(given)}")
        return
    for number, item in enumerate(given, 1):
        if isinstance(item, Resource):
            yield item
        else:
            yield from _read(item, f"{name} {number}")


def _read(given: object, name: str) -> ReadResults:
    try:
        data = to_data(given, name)
    except ManifestError as error:
        yield error
    else:
        yield from _objects(data, name)


def _objects(data: Data, name: str) -> ReadResults:
    if (problem := snake_case_problem(data)) is not None:
        yield ManifestError(name, problem)
    else:
        for found in read_list_items(data, Document(0, 0, data), Source(name, 0, 0)):
            yield found if isinstance(found, ManifestError) else _check(found)


def _check(resource: Resource) -> Resource | ManifestError:
    """Return an object, or the error about a misspelled key in it.

    A file with such a key is legal, and read with a warning. A client has no such object.
    """
    try:
        check_spelling(resource, served_fields(resource.group_kind))
    except ManifestError as error:
        return error
    return resource


def _convert(value: Any) -> object:
    """Return a value that is nearer to JSON; `json.dumps` calls this for each value it rejects."""
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
    msg = f"{show(value)} cannot be written as JSON"
    raise TypeError(msg)


def _type_of(model: str) -> dict[str, str]:
    """Return the kind and apiVersion in the name of a class; the items of lists name none.

    ``V1Deployment`` does not name its group: it is the only group with such a kind.
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
