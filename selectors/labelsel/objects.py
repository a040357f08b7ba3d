"""LabelSelector and NodeSelector objects to AST: rules 16 to 20. Back: translate.py.

An object is a dict, as YAML or JSON gives it (camelCase) or as the official client's
``to_dict`` does (snake_case), or a model object with such attributes. A part that is not
understood is an error that names it, never skipped: a selector without one of its parts
would select too much.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from labelsel.errors import InvalidObjectError, shown
from labelsel.labels import parse_int64, validate_key, validate_value
from labelsel.requirements import (
    DoesNotExist,
    Equals,
    Exists,
    GreaterThan,
    In,
    LessThan,
    NotIn,
)
from labelsel.selector import (
    Everything,
    Nothing,
    Requirement,
    Selector,
    all_of,
    any_of,
    require_string,
)
from labelsel.slips import nearest

__all__ = [
    "NODE_NAME",
    "from_label_selector",
    "from_node_selector",
    "node_labels",
    "unknown_field",
]

NODE_NAME: Final = ".metadata.name"
"""The key under which a node selector looks for the node's name: no legal label key."""


def from_label_selector(obj: object) -> Selector:
    """Return the meaning of a LabelSelector object.

    1. None selects nothing, ``{}`` everything.
    2. ``matchLabels`` are equalities; ``matchExpressions`` know In, NotIn (one value or
       more), Exists and DoesNotExist (no values). All must hold.
    3. Requirements are sorted by key; on one key, matchLabels come before expressions.

    Raises `InvalidObjectError` that names every part at fault. O(size of the object).
    Source: rules 16 and 17.

    >>> str(from_label_selector({"matchLabels": {"app": "web"}, "matchExpressions": [
    ...     {"key": "tier", "operator": "NotIn", "values": ["db", "cache"]}]}))
    'app=web,tier notin (cache,db)'
    """
    if obj is None:
        return Nothing()
    reader = _Reader()
    parts = reader.fields(obj, "", ("matchLabels", "matchExpressions"))
    requirements = [
        *_match_labels(reader, parts["matchLabels"]),
        *_expressions(reader, parts["matchExpressions"], "matchExpressions", _LABEL_OPERATORS),
    ]
    reader.raise_problems()
    return all_of(requirements)


def from_node_selector(obj: object, *, strict: bool = True) -> Selector:
    """Return the meaning of a NodeSelector object, as required node affinity holds it.

    1. Terms are ORed; within a term all expressions and fields must hold. An empty term is
       skipped; no terms, or only empty ones, select nothing.
    2. Expressions know what LabelSelectors know, and Gt and Lt with one whole number.
    3. ``matchFields`` know In and NotIn with exactly one value. The only field of a node is
       ``metadata.name``; others read as "". A node without a name skips matchFields.
    4. With ``strict``, any bad term is an error; without, the good terms are what counts,
       as the scheduler does it.

    The selector looks for the node's name under `NODE_NAME`: match it against
    `node_labels`, or index those.

    Raises `InvalidObjectError` that names every part at fault; without ``strict`` only where
    the object is no NodeSelector at all. O(size of the object). Source: rules 18 to 20, D7.

    >>> selector = from_node_selector({"nodeSelectorTerms": [
    ...     {"matchExpressions": [{"key": "gpus", "operator": "Gt", "values": ["1"]}]},
    ...     {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]})
    >>> selector.matches(node_labels("n1", {})), selector.matches(node_labels("n2", {}))
    (True, False)
    """
    reader = _Reader()
    terms_field = "nodeSelectorTerms"
    parts = reader.fields(obj, "", (terms_field,))
    objects = reader.items(parts[terms_field], terms_field)
    reader.raise_problems()
    terms = []
    for number, term in enumerate(objects):
        path = f"{terms_field}[{number}]"
        known = len(reader.problems)
        requirements = _term(reader, term, path)
        if requirements and len(reader.problems) == known:
            terms.append(all_of(requirements))
    if strict:
        reader.raise_problems()
    return any_of(terms)


def node_labels(name: str, labels: Mapping[str, str] | None) -> dict[str, str]:
    """Return what a node selector sees of a node: its labels, and its name at `NODE_NAME`.

    A node without a name has "" and gets no such entry.

    >>> node_labels("n1", {"zone": "a"})
    {'zone': 'a', '.metadata.name': 'n1'}
    """
    return {**(labels or {}), **({NODE_NAME: name} if name else {})}


class _Reader:
    """Reads parts of an object and collects what is wrong, each with its path."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def problem(self, path: str, problem: str) -> None:
        self.problems.append((path, problem))

    def raise_problems(self) -> None:
        if self.problems:
            raise InvalidObjectError(self.problems)

    def fields(self, obj: object, path: str, names: tuple[str, ...]) -> dict[str, object]:
        """Return the named fields of a dict or model object, None for one that is not set."""
        if isinstance(obj, Mapping):
            return self._mapping_fields(obj, path, names)
        found = {
            name: getattr(obj, spelling)
            for name in names
            for spelling in (name, _snake_case(name))
            if hasattr(obj, spelling)
        }
        # A string has none of these attributes, nor has an object of another kind.
        if not found:
            self.problem(path, f"must be an object with {' and '.join(names)}, not {shown(obj)}")
        return dict.fromkeys(names) | found

    def _mapping_fields(
        self, obj: Mapping[object, object], path: str, names: tuple[str, ...]
    ) -> dict[str, object]:
        spellings = {spelling: name for name in names for spelling in (name, _snake_case(name))}
        found: dict[str, object] = {}
        for spelling, value in obj.items():
            name = spellings.get(spelling) if isinstance(spelling, str) else None
            if name is None:
                self.problem(path, unknown_field(spelling, names))
            elif found.get(name) is None:
                found[name] = value
            elif value is not None:
                self.problem(path, f"has both {name} and {_snake_case(name)}")
        return dict.fromkeys(names) | found

    def items(self, value: object, path: str) -> list[object]:
        """Return the items of a list; none where it is not set."""
        if value is None:
            return []
        if isinstance(value, list | tuple):
            return list(value)
        self.problem(path, f"must be a list, not {shown(value)}")
        return []


@dataclass(frozen=True, slots=True)
class _Operator:
    """One operator of an expression: how it becomes a requirement, and which values it takes."""

    node: Callable[[str, list[str]], Requirement]
    least: int
    most: int | None
    takes: str
    faults: Callable[[object], list[str]] = validate_value


def _bound_problems(value: object) -> list[str]:
    if isinstance(value, str) and parse_int64(value) is None:
        return [f"must be a whole number of 64 bits, not {shown(value)}"]
    return validate_value(value)


_LABEL_OPERATORS: Final = {
    "In": _Operator(In, 1, None, "at least one value"),
    "NotIn": _Operator(NotIn, 1, None, "at least one value"),
    "Exists": _Operator(lambda key, _: Exists(key), 0, 0, "no values"),
    "DoesNotExist": _Operator(lambda key, _: DoesNotExist(key), 0, 0, "no values"),
}
_NODE_OPERATORS: Final = {
    **_LABEL_OPERATORS,
    "Gt": _Operator(
        lambda key, values: GreaterThan(key, values[0]), 1, 1, "exactly one value", _bound_problems
    ),
    "Lt": _Operator(
        lambda key, values: LessThan(key, values[0]), 1, 1, "exactly one value", _bound_problems
    ),
}


def _any_string(value: object) -> list[str]:
    return [] if isinstance(value, str) else [f"must be a string, not {shown(value)}"]


_FIELD_OPERATORS: Final = {
    name: replace(_LABEL_OPERATORS[name], most=1, takes="exactly one value", faults=_any_string)
    for name in ("In", "NotIn")
}


def _match_labels(reader: _Reader, labels: object) -> list[Requirement]:
    if labels is None:
        return []
    if not isinstance(labels, Mapping):
        reader.problem("matchLabels", f"must be an object of strings, not {shown(labels)}")
        return []
    requirements: list[Requirement] = []
    for key, given in labels.items():
        # Null is the empty string to Kubernetes.
        value = "" if given is None else given
        problems = [*validate_key(key), *validate_value(value)]
        for problem in problems:
            reader.problem(f"matchLabels[{shown(key)}]", problem)
        if not problems:
            requirements.append(Equals(key, value))
    return requirements


def _expressions(
    reader: _Reader,
    value: object,
    path: str,
    operators: Mapping[str, _Operator],
    key_faults: Callable[[object], list[str]] = validate_key,
) -> Iterator[Requirement]:
    for number, expression in enumerate(reader.items(value, path)):
        here = f"{path}[{number}]"
        parts = reader.fields(expression, here, ("key", "operator", "values"))
        operator = _operator(reader, parts["operator"], f"{here}.operator", operators)
        given = reader.items(parts["values"], f"{here}.values")
        values = ["" if value is None else value for value in given]
        problems = len(reader.problems)
        for problem in key_faults(parts["key"]):
            reader.problem(f"{here}.key", problem)
        if operator is not None:
            name = require_string("an operator", parts["operator"])
            _check_values(reader, operator, name, values, f"{here}.values")
        if operator is not None and len(reader.problems) == problems:
            # Strings all of them: of anything else a problem tells.
            yield operator.node(cast("str", parts["key"]), cast("list[str]", values))


def _operator(
    reader: _Reader, value: object, path: str, operators: Mapping[str, _Operator]
) -> _Operator | None:
    operator = operators.get(value) if isinstance(value, str) else None
    if operator is None:
        *most, last = operators
        lowered = value.lower() if isinstance(value, str) else ""
        meant = [name for name in operators if name.lower() == lowered]
        hint = f"; write {meant[0]!r}" if meant else ""
        reader.problem(path, f"must be {', '.join(most)} or {last}, not {shown(value)}{hint}")
    return operator


def _check_values(
    reader: _Reader, operator: _Operator, name: str, values: list[object], path: str
) -> None:
    if len(values) < operator.least or (operator.most is not None and len(values) > operator.most):
        reader.problem(path, f"{name} takes {operator.takes}, here are {len(values)}")
    for number, value in enumerate(values):
        for problem in operator.faults(value):
            reader.problem(f"{path}[{number}]", problem)


def _term(reader: _Reader, term: object, path: str) -> list[Selector]:
    parts = reader.fields(term, path, ("matchExpressions", "matchFields"))
    expressions = _expressions(
        reader, parts["matchExpressions"], f"{path}.matchExpressions", _NODE_OPERATORS
    )
    fields = _expressions(
        reader, parts["matchFields"], f"{path}.matchFields", _FIELD_OPERATORS, _any_string
    )
    return [*expressions, *map(_field_selector, fields)]


def _field_selector(field: Requirement) -> Selector:
    """Return what a requirement on a node's field says of the name, where there is one."""
    nameless = DoesNotExist(NODE_NAME)
    if field.key != "metadata.name":
        return Everything() if field.allows("") else nameless
    match field:
        case In(values=values):
            return any_of([nameless, In(NODE_NAME, values)])
        case _:
            assert isinstance(field, NotIn)
            return NotIn(NODE_NAME, field.values)


def unknown_field(name: object, names: tuple[str, ...]) -> str:
    """Return what to say of a field that is none of those known, with the one that was meant.

    >>> unknown_field("matchLabel", ("matchLabels", "matchExpressions"))
    "unknown field 'matchLabel'; did you mean matchLabels?"
    """
    close = nearest(name, names) if isinstance(name, str) else None
    meant = f"did you mean {close}?" if close else f"known are {', '.join(names)}"
    return f"unknown field {shown(name)}; {meant}"


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)[A-Z]", lambda match: f"_{match[0].lower()}", name)
