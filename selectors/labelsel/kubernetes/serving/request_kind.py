"""The kind that a list or watch request is for: its fields, and how its objects are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from labelsel.errors import (
    ManifestError,
    Problem,
    UnknownKindError,
    describe,
    escape,
    expected,
    list_words,
    quote,
    require_type,
    show,
)
from labelsel.kubernetes.model.document import Document
from labelsel.kubernetes.model.kinds import (
    Kind,
    is_namespaced,
    kind_words,
    parse_kinds,
    type_problem,
)
from labelsel.kubernetes.model.misspelled_keys import check_spelling
from labelsel.kubernetes.model.paths import value_at
from labelsel.kubernetes.model.resource import (
    Resource,
    Source,
    group_of,
    make_resource,
    problem_of_other,
    snake_case_problem,
)
from labelsel.kubernetes.model.scalars import text_of
from labelsel.kubernetes.model.served_fields import KindFields, ServedField, served_fields
from labelsel.kubernetes.serving.custom_kind import fields_of_definition, fields_of_paths
from labelsel.labels import validate_key
from labelsel.typos import did_you_mean, nearest

__all__ = ["RequestKind", "kind_of_object", "parse_request_kind"]

_SOURCE: Final = Source("object", 0, 0)
#: What messages call an object of which neither the caller nor the object says the kind.
_ANY_KIND: Final = Kind("object", "")
#: The name of a kind or a version. Both are labels of a domain name; a kind has capitals, too.
_NAME: Final = re.compile(r"[A-Za-z](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?")
_TYPES: Final = {str: "a string", bool: "a boolean", int: "a whole number"}


@dataclass(frozen=True, slots=True)
class RequestKind:
    """A kind, as a list or watch request names it.

    Attributes:
        kind: the kind; None if the caller does not say.
        fields: the fields by which the API server selects objects of the kind.

    >>> RequestKind(None, served_fields(None)).read({"metadata": {"name": "a"}}).name
    'a'
    """

    kind: Kind | None
    fields: KindFields

    def read(self, obj: object) -> Resource:
        """Return one object of the kind; it may lack ``kind`` and ``apiVersion``, as in a list.

        Raises:
            ManifestError: it is not an object with a name, it is of another kind, its labels
                are not strings, or a key that a selector sees is misspelled.
        """
        body: Any = obj
        if isinstance(obj, dict) and problem_of_other(obj) is None:
            if (problem := snake_case_problem(obj)) is not None:
                raise ManifestError(_SOURCE.file, problem)
            name, group = self.kind or _ANY_KIND
            body = {"kind": name, "apiVersion": f"{group}/v1" if group else "v1", **obj}
        resource = make_resource(body, Document(0, 0, body), _SOURCE)
        if self.kind not in {None, resource.group_kind}:
            raise resource.fault(f"it is in a list of {self.kind.kind} objects")
        if not resource.body["metadata"].get("name"):
            raise resource.fault(Problem(("metadata", "name"), "must not be empty", None))
        check_spelling(resource, self.fields, declared=resource.group_kind != _ANY_KIND)
        return resource

    def values(self, resource: Resource, names: Iterable[str]) -> dict[str, str]:
        """Return the values of some of the fields of an object, as the API server has them.

        Raises:
            ManifestError: a value is of another type than the API has there.

        >>> node = RequestKind(Kind("Node", ""), served_fields(Kind("Node", "")))
        >>> node.values(node.read({"metadata": {"name": "n1"}}), node.fields.fields)
        {'metadata.name': 'n1', 'spec.unschedulable': 'false'}
        """
        return {name: _read_field(resource, self.fields.fields[name]) for name in names}


def parse_request_kind(
    kind: Kind | str | None, api_version: str | None, selectable_fields: Any
) -> RequestKind:
    """Return the kind that a caller of `list_filter` names; the rules are there."""
    if not isinstance(kind, Kind | str | None):
        raise expected("a kind, as in 'pods'", kind)
    if api_version is not None:
        _check_api_version(require_type(str, api_version, "as in 'apps/v1'"))
    if isinstance(selectable_fields, Mapping):
        defined, fields = fields_of_definition(selectable_fields, api_version)
        _check_defines(defined, kind, selectable_fields)
        return RequestKind(_check_custom(defined), fields)
    named = _resolve(kind, api_version)
    if selectable_fields is None:
        return RequestKind(named, served_fields(named))
    return RequestKind(_check_custom(named), fields_of_paths(selectable_fields))


def kind_of_object(obj: object) -> Kind:
    """Return the kind that an object says it is of.

    Raises:
        ManifestError: it is not an object, it says no kind or no apiVersion, or Kubernetes has no
            such kind and it is not a custom kind.

    >>> kind_of_object({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
    Kind(kind='Pod', group='')
    """
    body: Any = obj
    resource = make_resource(body, Document(0, 0, body), _SOURCE)
    kind = resource.group_kind
    problem = type_problem(resource.kind, resource.api_version) or _kind_problem(kind)
    if problem is not None:
        raise resource.fault(problem)
    return kind


def _check_api_version(api_version: str) -> None:
    """Refuse what is not a version, or a group and a version.

    Raises:
        ValueError: it is not.
    """
    group, slash, version = api_version.rpartition("/")
    if _NAME.fullmatch(version) is None or (slash and validate_key(f"{group}/name")):
        message = f"expected an apiVersion such as 'v1' or 'apps/v1', got {quote(api_version)}"
        raise ValueError(escape(message))


def _check_custom(kind: Kind | None) -> Kind | None:
    """Return a kind that has selectable fields, or None.

    Raises:
        ValueError: it is a kind of Kubernetes, or cannot be a custom kind.
    """
    if kind is None:
        return None
    problem = _kind_problem(kind)
    if is_namespaced(kind) is not None:
        problem = f"{kind.kind} is a kind of Kubernetes: it has no selectable_fields"
    if problem is not None:
        raise ValueError(problem)
    return kind


def _kind_problem(kind: Kind) -> str | None:
    """Return why there is no such kind; None for a kind of Kubernetes and a possible custom kind.

    >>> _kind_problem(Kind("Shirt", "example.com"))
    >>> _kind_problem(Kind("Shirt", "shop"))
    "'Shirt' of the group 'shop' is no kind of Kubernetes, and the group of a custom kind has a dot"
    """
    if is_namespaced(kind) is not None:
        return None
    if _NAME.fullmatch(kind.kind) is None:
        return escape(f"{quote(kind.kind)} is not the name of a kind")
    if "." in kind.group and not validate_key(f"{kind.group}/name"):
        return None
    named = f"{quote(kind.kind)} of the group {quote(kind.group)}"
    problem = "is no kind of Kubernetes, and the group of a custom kind has a dot"
    return escape(f"{named} {problem}")


def _check_defines(defined: Kind, kind: Kind | str | None, definition: Mapping[str, Any]) -> None:
    """Refuse a CustomResourceDefinition that defines another kind than the caller names.

    Raises:
        ValueError: it defines another kind.
    """
    names = definition["spec"]["names"]
    words = [names.get(name) for name in ("plural", "singular")]
    if kind not in (None, defined, defined.kind, *words, *(names.get("shortNames") or ())):
        message = f"selectable_fields defines {defined.kind}, not {show(kind)}"
        raise ValueError(escape(message))


def _resolve(kind: Kind | str | None, api_version: str | None) -> Kind | None:
    """Return the kind that a caller means, in the group of an apiVersion if there is one.

    Raises:
        UnknownKindError: the word names no kind, or several.
        ValueError: the kind and the apiVersion contradict each other.
    """
    match kind:
        case None if api_version is None:
            return None
        case Kind() if api_version is None or group_of(api_version) == kind.group:
            if (problem := _kind_problem(kind)) is not None:
                raise UnknownKindError(kind.kind, problem)
            return kind
        case str():
            return _parse_kind(kind, api_version)
        case _:
            shown = "no kind" if kind is None else f"{kind.kind} of the group {quote(kind.group)}"
            raise ValueError(escape(f"api_version is {quote(str(api_version))}, with {shown}"))


def _parse_kind(word: str, api_version: str | None) -> Kind:
    """Return the kind that a word names, in the group of an apiVersion if there is one.

    Raises:
        UnknownKindError: it names no kind, or several.
    """
    known = _known_kinds(word)
    if api_version is not None:
        known = _in_group(word, api_version, known)
    if not known:
        near = did_you_mean(nearest(word.lower(), kind_words()))
        problem = f"{quote(word)} is not a kind of Kubernetes{near}"
        raise UnknownKindError(word, escape(f"{problem}; a custom kind needs api_version, too"))
    if len(known) > 1:
        problem = f"{quote(word)} names several kinds: {_list_kinds(known)}"
        raise UnknownKindError(word, escape(f"{problem}; pass one kind, and its api_version"))
    [kind] = known
    return kind


def _known_kinds(word: str) -> frozenset[Kind]:
    """Return the kinds of Kubernetes that a word names."""
    try:
        return parse_kinds(word, ())
    except UnknownKindError:
        return frozenset()


def _in_group(word: str, api_version: str, known: frozenset[Kind]) -> frozenset[Kind]:
    """Return those of some kinds that are in a group, or else the custom kind of the group.

    Raises:
        UnknownKindError: the word is a kind of Kubernetes with a typo, or in another group.
    """
    group = group_of(api_version)
    found = frozenset(kind for kind in known if kind.group == group)
    if found:
        return found
    problem = type_problem(word, api_version)
    # The group of a custom kind is a domain: it has a dot.
    if problem is None and known and "." not in group:
        problem = escape(f"{quote(word)} is not of {quote(api_version)}: {_list_kinds(known)}")
    custom = Kind(word, group)
    problem = problem or _kind_problem(custom)
    if problem is not None:
        raise UnknownKindError(word, problem)
    return frozenset((custom,))


def _list_kinds(kinds: Iterable[Kind]) -> str:
    return list_words(sorted(f"{one.kind}.{one.group}".rstrip(".") for one in kinds), "and")


def _read_field(resource: Resource, field: ServedField) -> str:
    """Return the value of a field, which must be of its type; without a value its default."""
    for path in field.paths:
        value = value_at(resource, path)
        if value is None or value == "":
            continue
        if isinstance(value, dict | list) or field.type not in {None, type(value)}:
            wanted = "a single value" if field.type is None else _TYPES[field.type]
            problem = f"must be {wanted}, not {describe(value)}"
            raise resource.fault(Problem(path, problem, value))
        return text_of(value)
    return field.default
