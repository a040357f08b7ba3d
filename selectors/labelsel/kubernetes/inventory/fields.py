"""The fields of an object that a field selector sees: single values at dotted paths.

The API server knows a few fields of each kind, and refuses all others. Here a selector may name
every field of a manifest. Those that the server knows are no error even if no object in the
input has them, and have the server's default. A key may contain dots, as those of labels and
annotations do: ``metadata.annotations.example.com/owner``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from labelsel.errors import FieldError
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.scalars import text_of
from labelsel.kubernetes.model.served_fields import served_fields
from labelsel.limits import MAX_FIELD_PARTS
from labelsel.predicate import compile_predicate
from labelsel.selector import And, Requirement, Selector
from labelsel.typos import did_you_mean, nearest_path

__all__ = ["check_field_exists", "field_values", "fields_in", "matching_fields", "nearest_field"]

_EVERY_KIND: Final = frozenset({"metadata.name", "metadata.namespace"})

#: How many objects are searched for a field name like an unknown one. Objects of one kind have
#: the same fields, and collecting the paths of 200 pods of 60 values takes 6 ms.
_SEARCHED: Final = 200


def matching_fields(selector: Selector, resources: Iterable[Resource]) -> list[Resource]:
    """Return the objects that a field selector selects, in their order.

    1. A field that an object does not have reads as "", or as the API server's default:
       ``spec.unschedulable`` of a Node reads as "false".
    2. Booleans read as "true" and "false", numbers as in JSON, null as "".
    3. A dot in a field's name divides two keys, or is part of one:
       ``metadata.labels.app.kubernetes.io/name`` is the label ``app.kubernetes.io/name``.

    Raises:
        FieldError: no object has the field and the API server knows none of that name for
            their kinds: a typo in ``metadata.nme!=x`` must not select everything. Or an
            object has a map or a list there, or two values that the name may mean.

    Complexity: O(n * f) for n objects and f fields in the selector.

    >>> from labelsel import parse_fields
    >>> from labelsel.kubernetes import Inventory
    >>> def node(name, **spec):
    ...     return {"kind": "Node", "apiVersion": "v1", "metadata": {"name": name}, "spec": spec}
    >>> nodes = Inventory.of([node("n1"), node("n2", unschedulable=True)])
    >>> [item.name for item in matching_fields(parse_fields("spec.unschedulable!=true"), nodes)]
    ['n1']
    """
    candidates = list(resources)
    names = fields_in(selector)
    selects = compile_predicate(selector, checked=False)  # `field_values` are strings
    present: set[str] = set()
    matches: list[Resource] = []
    for resource in candidates:
        values = field_values(resource, names)
        present |= values.keys()
        if selects(values):
            matches.append(resource)
    check_field_exists(set(names) - present, candidates)
    return matches


def fields_in(selector: Selector) -> list[str]:
    """Return the names of the fields in a field selector, sorted.

    >>> from labelsel import parse_fields
    >>> fields_in(parse_fields("status.phase!=Running,metadata.name=a"))
    ['metadata.name', 'status.phase']
    """
    terms = selector.terms if isinstance(selector, And) else (selector,)
    return sorted({term.key for term in terms if isinstance(term, Requirement)})


def field_values(resource: Resource, names: Iterable[str]) -> dict[str, str]:
    """Return the values of some fields of an object; fields that it does not have are left out.

    Raises:
        FieldError: the field is a map or a list, or the name may mean two values.

    >>> from labelsel.kubernetes import Inventory
    >>> [pod] = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
    >>> field_values(pod, ["metadata.name", "spec.hostNetwork", "spec.nodeName"])
    {'metadata.name': 'a', 'spec.hostNetwork': 'false'}
    """
    served = served_fields(resource.group_kind).fields
    values: dict[str, str] = {}
    for name in names:
        field = served.get(name)
        default = field.default if field else ""
        paths = [".".join(map(str, path)) for path in field.paths] if field else []
        found = [
            text for path in paths or [name] if (text := _value(resource, name, path)) is not None
        ]
        if found or default:
            values[name] = next(filter(None, found), default)
    return values


def check_field_exists(missing: Iterable[str], candidates: Collection[Resource]) -> None:
    """Refuse a field that none of the objects has, unless the API server knows it.

    Raises:
        FieldError: there is such a field, and there are objects.

    >>> from labelsel.kubernetes import Inventory
    >>> pods = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
    >>> check_field_exists(["spec.nodeName"], pods)
    >>> check_field_exists(["metadata.nme"], pods)
    Traceback (most recent call last):
        ...
    labelsel.errors.FieldError: field "metadata.nme": no object in the ...
    """
    kinds = {resource.group_kind for resource in candidates}
    for name in sorted(missing):
        if candidates and not _is_served(name, kinds):
            raise _unknown_field(name, candidates)


def _is_served(name: str, kinds: Iterable[Kind]) -> bool:
    return name in _EVERY_KIND or any(name in served_fields(kind).fields for kind in kinds)


def _value(resource: Resource, name: str, path: str) -> str | None:
    """Return the text of the single value at a path; None where the object has nothing there."""
    found = _values_at(resource.body, path)
    if not found:
        return None
    owner = f"{resource.kind}/{resource.name} ({resource.source})"
    if len(found) > 1:
        problem = f"it may mean {len(found)} fields of {owner}: keys with dots in them"
        raise FieldError(name, problem)
    [value] = found
    if isinstance(value, dict | list):
        what = "a map" if isinstance(value, dict) else "a list"
        raise FieldError(name, f"{what} in {owner}, and selectors compare single values")
    return text_of(value)


def _values_at(body: dict[str, Data], path: str) -> list[Data]:
    """Return the values at a path: none, one, or several if its dots can be read in two ways.

    Complexity: O(m * p) for m maps on the way and p parts of the path. Each map is visited once
    for each part, even if YAML aliases make it a part of many others.
    """
    keys = _keys(path)
    if not keys:
        return []
    # The values that the first 0, 1, 2, ... parts of the path lead to.
    reached: list[list[Data]] = [[body], *([] for _ in keys)]
    for number, keys_from_here in enumerate(keys):
        for value in _unique(reached[number]):
            if isinstance(value, dict):
                for end, key in keys_from_here:
                    if key in value:
                        reached[end].append(value[key])
    return _unique(reached[-1])


def _unique(values: list[Data]) -> list[Data]:
    """Return each of some values once, by identity."""
    return values if len(values) < 2 else list({id(value): value for value in values}.values())


@lru_cache(maxsize=256)
def _keys(path: str) -> tuple[tuple[tuple[int, str], ...], ...]:
    """Return, for each part of a path, the keys that begin with it.

    Each key comes with the number of the part after it. Of a path ``a.b`` the result is
    ``(((1, "a"), (2, "a.b")), ((2, "b"),))``. It is empty for a path of too many parts, since no
    object has such a field. 256 paths are kept: a query asks each object for the same few.
    """
    parts = path.split(".", MAX_FIELD_PARTS)
    if len(parts) > MAX_FIELD_PARTS:
        return ()
    ends = range(1, len(parts) + 1)
    return tuple(
        tuple((end, ".".join(parts[begin:end])) for end in ends if end > begin)
        for begin in range(len(parts))
    )


def _unknown_field(name: str, candidates: Collection[Resource]) -> FieldError:
    """Return the error about a field that no object has: with the label or the field meant."""
    problem = "no object in the input has it"
    if any(name in resource.labels for resource in candidates):
        return FieldError(name, f"{problem}; it is a label: use a label selector", name)
    if "[" in name or any(_is_in_list(each.body, name) for each in islice(candidates, _SEARCHED)):
        return FieldError(name, f"{problem}; fields inside lists cannot be selected")
    return FieldError(name, problem + did_you_mean(nearest_field(name, candidates)))


def nearest_field(name: str, resources: Collection[Resource]) -> str | None:
    """Return the field of some objects that is nearest to a name; None if none is.

    >>> from labelsel.kubernetes import Inventory
    >>> pods = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
    >>> nearest_field("name", list(pods))
    'metadata.name'
    """
    known = {path for resource in islice(resources, _SEARCHED) for path in _paths(resource.body)}
    kinds = {resource.group_kind for resource in resources}
    known |= {field for kind in kinds for field in served_fields(kind).fields}
    return nearest_path(name, sorted(known | _EVERY_KIND))


def _is_in_list(body: dict[str, Data], name: str) -> bool:
    """Return whether a path begins with the path of a list."""
    parts = name.split(".")
    begun = (".".join(parts[:end]) for end in range(1, min(len(parts), MAX_FIELD_PARTS)))
    return any(isinstance(value, list) for path in begun for value in _values_at(body, path))


def _paths(body: dict[str, Data], prefix: str = "") -> Iterator[str]:
    """Yield the paths of all single values in an object."""
    for key, value in body.items():
        if isinstance(value, dict):
            yield from _paths(value, f"{prefix}{key}.")
        elif not isinstance(value, list):
            yield f"{prefix}{key}"
