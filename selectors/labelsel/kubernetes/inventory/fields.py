"""What a field selector sees of an object: single values, found by their dotted paths.

The API server serves a few fields of each kind to selectors, and refuses all others. Here every
field of a manifest can be asked for; those that the server serves are known even where no
object in the input has them, and read as they do there. A key may have dots of its own, as those
of labels and annotations have: ``metadata.annotations.example.com/owner``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from labelsel.errors import escaped
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.scalars import text_of
from labelsel.predicate import compile_predicate
from labelsel.selector import And, Requirement, Selector
from labelsel.typos import did_you_mean, nearest

__all__ = ["FieldError", "check_known", "field_values", "fields_in", "matching_fields"]

#: kind: field -> (where it stands in the object, what it reads as where it is absent). Each
#: kind's ``SelectableFields`` in kubernetes/pkg/registry, and its field label conversions.
_SERVED: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "CertificateSigningRequest": {"spec.signerName": ("spec.signerName", "")},
    "Event": {
        **{
            field: (field, "")
            for field in (
                *(f"involvedObject.{name}" for name in ("kind", "namespace", "name", "uid")),
                *(f"involvedObject.{name}" for name in ("apiVersion", "resourceVersion")),
                *("involvedObject.fieldPath", "reason", "reportingComponent", "type"),
            )
        },
        "source": ("source.component", ""),
    },
    "Job": {"status.successful": ("status.succeeded", "0")},
    "Namespace": {"status.phase": ("status.phase", "")},
    "Node": {"spec.unschedulable": ("spec.unschedulable", "false")},
    "Pod": {
        **{
            field: (field, "")
            for field in (
                *("spec.nodeName", "spec.restartPolicy", "spec.schedulerName"),
                *("spec.serviceAccountName", "status.phase", "status.podIP", "status.podIPs"),
                "status.nominatedNodeName",
            )
        },
        "spec.hostNetwork": ("spec.hostNetwork", "false"),
    },
    "ReplicaSet": {"status.replicas": ("status.replicas", "0")},
    "ReplicationController": {"status.replicas": ("status.replicas", "0")},
    "Secret": {"type": ("type", "")},
    "Service": {
        "spec.clusterIP": ("spec.clusterIP", ""),
        "spec.type": ("spec.type", ""),
    },
}
_EVERY_KIND: Final = frozenset({"metadata.name", "metadata.namespace"})

#: Objects that are searched for a field with a name like one that is unknown.
_SEARCHED: Final = 200
#: Parts of a path that are looked at: each two of them may be one key with a dot in it, so that
#: a path of n parts has n * n / 2 keys to look up. No object is nested deeper than 200 levels.
_MAX_PARTS: Final = 200


class FieldError(ValueError):
    """A field selector asks for something that is no field with a single value.

    Attributes:
        field: the field's name in the selector.
        problem: what is wrong with it.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return escaped(f'field "{self.field}": {self.problem}')


def matching_fields(selector: Selector, resources: Iterable[Resource]) -> list[Resource]:
    """The objects that a field selector holds for, in their order.

    1. A field that an object does not have reads as "", or as the API server has it there:
       ``spec.unschedulable`` of a Node reads as "false".
    2. Booleans read as "true" and "false", numbers as in JSON, null as "".
    3. A dot in a field's name divides two keys, or stands in one:
       ``metadata.labels.app.kubernetes.io/name`` is the label ``app.kubernetes.io/name``.

    Raises:
        FieldError: no object has the field and the API server serves none of that name for
            their kinds: a slip in ``metadata.nme!=x`` must not select everything. Or an
            object has a map or a list there, or two values that the name may mean.

    Complexity: O(n * f) for n objects and f fields in the selector.
    """
    candidates = list(resources)
    names = fields_in(selector)
    selects = compile_predicate(selector, checked=False)  # `field_values` are strings
    seen: set[str] = set()
    matches: list[Resource] = []
    for resource in candidates:
        values = field_values(resource, names)
        seen |= values.keys()
        if selects(values):
            matches.append(resource)
    check_known(set(names) - seen, candidates)
    return matches


def fields_in(selector: Selector) -> list[str]:
    """The names of the fields that a field selector asks for, sorted."""
    terms = selector.terms if isinstance(selector, And) else (selector,)
    return sorted({term.key for term in terms if isinstance(term, Requirement)})


def field_values(resource: Resource, names: Iterable[str]) -> dict[str, str]:
    """What some fields of an object read as; those that it does not have are left out.

    Raises:
        FieldError: a map or a list stands there, or the name may mean two values.
    """
    values: dict[str, str] = {}
    for name in names:
        path, default = _SERVED.get(resource.kind, {}).get(name, (name, ""))
        found = _value(resource, name, path)
        if found is not None or default:
            values[name] = default if found is None else found
    return values


def check_known(missing: Iterable[str], candidates: Collection[Resource]) -> None:
    """Refuse a field that none of the objects has, unless the API server serves it.

    Raises:
        FieldError: there is such a field, and there are objects.
    """
    kinds = {resource.kind for resource in candidates}
    for name in sorted(missing):
        if candidates and not _is_served(name, kinds):
            raise FieldError(name, _unknown(name, candidates))


def _is_served(name: str, kinds: Iterable[str]) -> bool:
    return name in _EVERY_KIND or any(name in _SERVED.get(kind, {}) for kind in kinds)


def _value(resource: Resource, name: str, path: str) -> str | None:
    """The text of the single value at a path; None where the object has nothing there."""
    found = _at(resource.body, path)
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


def _at(body: dict[str, Data], path: str) -> list[Data]:
    """What stands at a path: nothing, a value, or several where its dots can be read in two ways.

    Complexity: O(m * p) for m maps on the way and p parts of the path, however often aliases
    make one map stand in another.
    """
    keys = _keys(path)
    if not keys:
        return []
    # What was reached, by the number of parts that lead there.
    reached: list[list[Data]] = [[body], *([] for _ in keys)]
    for place, beginning in enumerate(keys):
        for value in _once(reached[place]):
            if isinstance(value, dict):
                for end, key in beginning:
                    if key in value:
                        reached[end].append(value[key])
    return _once(reached[-1])


def _once(values: list[Data]) -> list[Data]:
    """Each of some values once, by its identity."""
    return values if len(values) < 2 else list({id(value): value for value in values}.values())


@lru_cache(maxsize=256)
def _keys(path: str) -> tuple[tuple[tuple[int, str], ...], ...]:
    """For each part of a path the keys that begin with it, with the number of parts to their end.

    Empty where there are too many parts: no object has such a field.
    """
    parts = path.split(".", _MAX_PARTS)
    if len(parts) > _MAX_PARTS:
        return ()
    ends = range(1, len(parts) + 1)
    return tuple(
        tuple((end, ".".join(parts[begin:end])) for end in ends if end > begin)
        for begin in range(len(parts))
    )


def _unknown(name: str, candidates: Collection[Resource]) -> str:
    problem = "no object in the input has it"
    known = {path for resource in islice(candidates, _SEARCHED) for path in _paths(resource.body)}
    known |= {field for resource in candidates for field in _SERVED.get(resource.kind, {})}
    return problem + did_you_mean(nearest(name, sorted(known | _EVERY_KIND), cutoff=0.7))


def _paths(body: dict[str, Data], prefix: str = "") -> Iterator[str]:
    """The paths of all single values in an object."""
    for key, value in body.items():
        if isinstance(value, dict):
            yield from _paths(value, f"{prefix}{key}.")
        elif not isinstance(value, list):
            yield f"{prefix}{key}"
