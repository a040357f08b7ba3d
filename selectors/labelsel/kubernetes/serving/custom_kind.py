"""The fields of a custom kind: those that its CustomResourceDefinition makes selectable."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from labelsel.errors import ManifestError, Path, Problem, describe, list_words, quote, show
from labelsel.kubernetes.model.document import Data, Document
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.paths import list_at, map_at, require_maps
from labelsel.kubernetes.model.resource import Resource, Source, group_of, make_resource
from labelsel.kubernetes.model.served_fields import KindFields, custom_fields

__all__ = ["fields_of_definition", "fields_of_paths"]

_DEFINITION: Final = Kind("CustomResourceDefinition", "apiextensions.k8s.io")
_NAME: Final = "selectable_fields"
_WANTED: Final = "a CustomResourceDefinition or a list of JSON paths"
_SIMPLE_PATH: Final = re.compile(r"""(?:\.[^\s.\[\]{}()'"$@*?\\]+)+""")
_SCOPES: Final = {"Namespaced": True, "Cluster": False}


def fields_of_paths(paths: object) -> KindFields:
    """Return the fields of a custom kind of which only the selectable fields are known.

    Arguments:
        paths: JSON paths such as ``.spec.color``, or the entries of ``selectableFields``.

    Raises:
        ManifestError: something is not such a path.

    >>> list(fields_of_paths([".spec.color", {"jsonPath": ".spec.size"}]).fields)
    ['metadata.name', 'metadata.namespace', 'spec.color', 'spec.size']
    """
    if isinstance(paths, str | bytes) or not isinstance(paths, Iterable):
        raise ManifestError(_NAME, f"expected {_WANTED}, got {show(paths)}")
    found: list[Path] = []
    for number, given in enumerate(paths):
        path: object = given.get("jsonPath") if isinstance(given, Mapping) else given
        problem = _path_problem(path)
        if problem is not None:
            raise ManifestError(_NAME, str(Problem((number,), problem, path)))
        found.append(_split(path))
    return custom_fields(found)


def fields_of_definition(
    definition: Mapping[str, Any], api_version: str | None
) -> tuple[Kind, KindFields]:
    """Return the kind that a CustomResourceDefinition defines, and its fields.

    Arguments:
        definition: the definition.
        api_version: the group and version of the request; None if all served versions have
            the same fields.

    Raises:
        ManifestError: it is not a CustomResourceDefinition, or not of this group or version.

    >>> crd = {"kind": "CustomResourceDefinition", "apiVersion": "apiextensions.k8s.io/v1",
    ...        "metadata": {"name": "shirts.example.com"},
    ...        "spec": {"group": "example.com", "scope": "Namespaced", "names": {"kind": "Shirt"},
    ...                 "versions": [{"name": "v1", "served": True,
    ...                               "selectableFields": [{"jsonPath": ".spec.color"}]}]}}
    >>> kind, fields = fields_of_definition(crd, None)
    >>> kind.kind, list(fields.fields)
    ('Shirt', ['metadata.name', 'metadata.namespace', 'spec.color'])
    """
    if "kind" not in definition:
        raise ManifestError(_NAME, f"expected {_WANTED}, got {show(definition)}")
    body = dict(definition)
    resource = make_resource(body, Document(0, 0, body), Source(_NAME, 0, 0))
    if resource.group_kind != _DEFINITION:
        raise resource.fault(f"expected {_WANTED}")
    group = _string_at(resource, ("spec", "group"))
    if api_version is not None and group_of(api_version) != group:
        raise resource.fault(f"its group is {quote(group)}, not {quote(group_of(api_version))}")
    scope = _string_at(resource, ("spec", "scope"))
    if scope not in _SCOPES:
        problem = f"must be {list_words(list(_SCOPES))}, not {quote(scope)}"
        raise resource.fault(Problem(("spec", "scope"), problem, scope))
    _check_names(resource)
    defined = Kind(_string_at(resource, ("spec", "names", "kind")), group)
    return defined, custom_fields(_paths(resource, api_version), namespaced=_SCOPES[scope])


def _check_names(resource: Resource) -> None:
    """Refuse other names of a kind that are no strings.

    Raises:
        ManifestError: there are some.
    """
    at: Path = ("spec", "names")
    short: Path = (*at, "shortNames")
    names = map_at(resource, at)
    given = {(*at, key): names.get(key) for key in ("plural", "singular")}
    given |= {(*short, number): name for number, name in enumerate(list_at(resource, short))}
    for path, name in given.items():
        if not isinstance(name, str) and (path[:-1] == short or name is not None):
            raise resource.fault(_not_a_string(path, name))


def _paths(resource: Resource, api_version: str | None) -> list[Path]:
    """Return the paths of the selectable fields in one version of a definition."""
    path: Path = ("spec", "versions")
    wanted = None if api_version is None else api_version.rpartition("/")[2]
    served: dict[str, list[Path]] = {}
    for at, version in require_maps(resource, path, list_at(resource, path)):
        name = version.get("name")
        if not isinstance(name, str):
            raise resource.fault(_not_a_string((*at, "name"), name))
        if not isinstance(served_now := version.get("served"), bool):
            problem = f"must be a boolean, not {describe(served_now)}"
            raise resource.fault(Problem((*at, "served"), problem, served_now))
        if served_now and wanted in {None, name}:
            served[name] = _paths_of_version(resource, (*at, "selectableFields"), version)
    if not served:
        raise resource.fault(f"no version {wanted} is served" if wanted else "no version is served")
    first, *others = served.values()
    if any(set(other) != set(first) for other in others):
        versions = list_words(list(served), "and")
        raise resource.fault(f"{versions} have different selectableFields: pass api_version")
    return first


def _paths_of_version(resource: Resource, at: Path, version: dict[str, Data]) -> list[Path]:
    found: list[Path] = []
    for entry, field in require_maps(resource, at, version.get("selectableFields")):
        path = field.get("jsonPath")
        if (problem := _path_problem(path)) is not None:
            raise resource.fault(Problem((*entry, "jsonPath"), problem, path))
        found.append(_split(path))
    return found


def _path_problem(path: object) -> str | None:
    """Return why a value is not the JSON path of a selectable field; None if it is one."""
    if not isinstance(path, str):
        return f"must be a JSON path such as .spec.color, not {describe(path)}"
    if _SIMPLE_PATH.fullmatch(path) is None:
        return f"must be a simple JSON path such as .spec.color, not {quote(path)}"
    if _split(path)[0] == "metadata":
        return f"must not lead into metadata: {quote(path)}"
    return None


def _split(path: Any) -> Path:
    return tuple(path.split(".")[1:])


def _string_at(resource: Resource, path: Path) -> str:
    value = map_at(resource, path[:-1]).get(str(path[-1]))
    if not isinstance(value, str):
        raise resource.fault(_not_a_string(path, value))
    return value


def _not_a_string(path: Path, value: Data) -> Problem:
    return Problem(path, f"must be a string, not {describe(value)}", value)
