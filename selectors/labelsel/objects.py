"""LabelSelector and NodeSelector objects to AST and back: rules 16 to 20.

An object is a dict, as YAML or JSON gives it (camelCase) or as the official client's
``to_dict`` does (snake_case), or a model object with such attributes. A part that is not
understood is an error that names it, never skipped: a selector without one of its parts
would select too much.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, product
from math import prod
from typing import Final, NamedTuple, assert_never, cast

from labelsel.errors import (
    InvalidObjectError,
    Path,
    Problem,
    path_step,
    require_type,
    show_value,
)
from labelsel.labels import (
    entry_problems,
    parse_int64,
    require_labels,
    validate_key,
    validate_labels,
    validate_value,
)
from labelsel.limits import MAX_NAME_BYTES, MAX_NODE_SELECTOR_TERMS
from labelsel.requirements import (
    OPERATORS,
    DoesNotExist,
    Equals,
    FieldEquals,
    In,
    NotEquals,
    NotIn,
    Operator,
)
from labelsel.selector import (
    And,
    Everything,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    SelectorOrText,
    all_of,
    any_of,
    require_selector,
    require_string,
)
from labelsel.translation import (
    LABEL_SELECTOR,
    NODE_SELECTOR,
    conjunction,
    untranslatable,
    values_of,
    write,
)
from labelsel.typos import nearest

__all__ = [
    "NODE_NAME",
    "find_nearest_field",
    "from_label_selector",
    "from_labels",
    "from_node_selector",
    "labels_in",
    "node_labels",
    "to_label_selector",
    "to_node_selector",
    "unknown_field",
    "what_to_write",
]

NODE_NAME: Final = ".metadata.name"
"""The key under which a node selector looks for the node's name: no legal label key."""


def from_label_selector(obj: object) -> Selector:
    """Return the meaning of a LabelSelector object.

    1. None selects nothing, ``{}`` everything.
    2. ``matchLabels`` are equalities; ``matchExpressions`` know In, NotIn (one value or more),
       Exists and DoesNotExist (no values). All must hold.
    3. Requirements are sorted by key; on one key, matchLabels come before expressions.
    4. Nothing is skipped: an unknown field is an error, too.

    Arguments:
        obj: a dict, as YAML, JSON or ``to_dict`` of the official client give it; or a model object
            with such attributes; or None.

    Returns:
        The selector.

    Raises:
        InvalidObjectError: the object is not a LabelSelector; it names every part at fault.

    Complexity:
        O(size of the object), and O(r log r) to sort r requirements.

    Source: rules 16 and 17.

    >>> str(from_label_selector({"matchLabels": {"app": "web"}, "matchExpressions": [
    ...     {"key": "tier", "operator": "NotIn", "values": ["db", "cache"]}]}))
    'app=web,tier notin (cache,db)'
    """
    if obj is None:
        return Nothing()
    reader = _Reader()
    parts = reader.fields(obj, (), _LABEL_FIELDS)
    requirements = [
        *_match_labels(reader, parts["matchLabels"]),
        *_expressions(reader, parts["matchExpressions"], _LABEL_OPERATORS),
    ]
    reader.raise_problems()
    return all_of(requirements)


def from_labels(labels: object) -> Selector:
    """Return the selector that requires each label of a plain map.

    A Service and a ReplicationController have such a map in ``spec.selector``. All labels must be
    there, each with its value.

    None and ``{}`` select nothing: a map without labels names no object, and a Service without a
    selector has no pods. Write `Everything` where all is meant: a pod's ``spec.nodeSelector`` is
    such a map, too, but allows every node if it is missing or empty.

    Arguments:
        labels: a mapping of legal keys to legal values, or None. A value that is None is the empty
            string, as Kubernetes reads it.

    Returns:
        The selector: `Nothing` if there are no labels.

    Raises:
        InvalidObjectError: it is not a mapping of legal labels, with every label at fault; or it is
            a LabelSelector object.

    Complexity:
        O(n log n) for n labels.

    >>> str(from_labels({"tier": "db", "app": "web"})), from_labels({})
    ('app=web,tier=db', Nothing())
    """
    reader = _Reader()
    if isinstance(labels, Mapping) and not {*labels}.isdisjoint(_OBJECT_FIELDS):
        reader.problem(_Part((), labels), _IS_OBJECT)
    requirements = [] if reader.problems else _match_labels(reader, _Part((), labels))
    reader.raise_problems()
    return all_of(requirements) if requirements else Nothing()


def from_node_selector(obj: object, *, strict: bool = True) -> Selector:
    """Return the meaning of a NodeSelector object, as required node affinity holds it.

    1. Terms are ORed; within a term all expressions and fields must hold. An empty term is skipped;
       no terms, or only empty ones, select nothing.
    2. Expressions know what LabelSelectors know, and Gt and Lt with one whole number.
    3. ``matchFields`` know In and NotIn with exactly one value. The only field of a node is
       ``metadata.name``; others read as "". A node without a name skips matchFields.
    4. The selector looks for the node's name under the key ``.metadata.name``: match it against
       `node_labels`, or index those.

    Arguments:
        obj: a dict, as YAML, JSON or ``to_dict`` of the official client give it; or a model object
            with such attributes.
        strict: whether any bad term is an error. If not, the good terms are what counts, as the
            scheduler does it.

    Returns:
        The selector.

    Raises:
        InvalidObjectError: the object is not a NodeSelector; it names every part at fault. Without
            ``strict`` only if it is no NodeSelector at all. None is no NodeSelector.

    Complexity:
        O(size of the object), and O(r log r) to sort r requirements.

    Source: rules 18 to 20, D7.

    >>> selector = from_node_selector({"nodeSelectorTerms": [
    ...     {"matchExpressions": [{"key": "gpus", "operator": "Gt", "values": ["1"]}]},
    ...     {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]})
    >>> selector.matches(node_labels("n1", {})), selector.matches(node_labels("n2", {}))
    (True, False)
    """
    reader = _Reader(of_nodes=True)
    parts = reader.fields(obj, (), ("nodeSelectorTerms",))
    objects = reader.items(parts["nodeSelectorTerms"])
    reader.raise_problems()
    terms = []
    for term in objects:
        known = len(reader.problems)
        requirements = _term(reader, term)
        if requirements and len(reader.problems) == known:
            terms.append(all_of(requirements))
    if strict:
        reader.raise_problems()
    return any_of(terms)


def to_label_selector(selector: SelectorOrText) -> dict[str, object] | None:
    """Return a LabelSelector object that means the same; `from_label_selector` reads it back.

    Equalities go to ``matchLabels``; a second one on the same key, and all else, to
    ``matchExpressions``.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.

    Returns:
        A dict with camelCase keys; None for `Nothing`.

    Raises:
        TranslationError: such an object cannot express a part of the selector, which the error
            names: what `to_kubernetes` refuses, and ``>`` and ``<``.
        SelectorSyntaxError: a text is not a selector.
        TypeError: the selector is neither a selector nor a text.

    Complexity:
        That of `to_kubernetes`.

    >>> from labelsel import Exists
    >>> to_label_selector(Exists("app") & "tier=web")
    {'matchLabels': {'tier': 'web'}, 'matchExpressions': [{'key': 'app', 'operator': 'Exists'}]}
    """
    return write(selector, lambda form: None if isinstance(form, Nothing) else _label_object(form))


def to_node_selector(selector: SelectorOrText) -> dict[str, object]:
    """Return a NodeSelector object that means the same; `from_node_selector` reads it back.

    An Or becomes terms; whatever is combined with the Or is repeated in each. Requirements on the
    key ``.metadata.name`` become ``matchFields``.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.

    Returns:
        A dict with camelCase keys.

    Raises:
        TranslationError: such an object cannot express a part of the selector, which the error
            names: parts of values, regular expressions, illegal keys and values, more than 1,000
            terms; and everything, since a NodeSelector term without requirements selects nothing.
        SelectorSyntaxError: a text is not a selector.
        TypeError: the selector is neither a selector nor a text.

    Complexity:
        O(size of the result), else what `simplify` costs: Ors within Ands multiply, up to 1,000
        terms.

    >>> from labelsel import parse
    >>> to_node_selector(parse("gpu"))
    {'nodeSelectorTerms': [{'matchExpressions': [{'key': 'gpu', 'operator': 'Exists'}]}]}
    """
    return write(
        selector,
        lambda form: {"nodeSelectorTerms": [_node_term(term) for term in _terms(form)]},
    )


def node_labels(name: str, labels: Mapping[str, str] | None) -> dict[str, str]:
    """Return what a node selector sees of a node: its labels, and its name at ``.metadata.name``.

    No legal label has this key. A node without a name has "" and gets no such entry.

    Arguments:
        name: the name of the node.
        labels: the labels of the node, a mapping of strings to strings; None counts as no labels.

    Returns:
        A new dict.

    Raises:
        TypeError: ``name`` is not a string, or ``labels`` is not a mapping of strings to strings.

    Complexity:
        O(labels).

    >>> node_labels("n1", {"zone": "a"})
    {'zone': 'a', '.metadata.name': 'n1'}
    """
    require_type(str, name, 'a node without a name has ""')
    return {**require_labels(labels), **({NODE_NAME: name} if name else {})}


_LABEL_FIELDS: Final = ("matchLabels", "matchExpressions")
#: No legal label of a plain map: with these keys it is an object, and meant to be one.
_OBJECT_FIELDS: Final = frozenset(
    ("matchLabels", "matchExpressions", "match_labels", "match_expressions")
)
_IS_OBJECT: Final = (
    "this is a LabelSelector object, and no plain map of labels: read it with"
    " labelsel.from_label_selector"
)
_IN_QUOTES: Final = "write the value as it is spelled, in quotes"
_EQUALITY: Final = re.compile(r"\s*([^\s=!:,]+)\s*(?:==?\s*|:\s+)([^\s=!:,]+)\s*")


class _Part(NamedTuple):
    """A part of an object: where it is, by the names that the object itself uses, and its value."""

    path: Path
    value: object


class _Reader:
    """Reads parts of an object and collects what is wrong, each with its path."""

    def __init__(self, *, of_nodes: bool = False) -> None:
        self.problems: list[Problem] = []
        self._of_nodes = of_nodes

    def problem(self, part: _Part, problem: str) -> None:
        found = Problem(part.path, problem, part.value)
        fix = what_to_write(found, of_nodes=self._of_nodes)
        self.problems.append(found._replace(problem=f"{problem}; {fix}") if fix else found)

    def raise_problems(self) -> None:
        if self.problems:
            raise InvalidObjectError(self.problems)

    def fields(self, obj: object, path: Path, names: tuple[str, ...]) -> dict[str, _Part]:
        """Return the named fields of a dict or model object, None for one that is not set."""
        if isinstance(obj, Mapping):
            found = self._mapping_fields(obj, path, names)
        else:
            found = {
                name: _Part((*path, spelling), getattr(obj, spelling))
                for name in names
                for spelling in (name, _snake_case(name))
                if hasattr(obj, spelling)
            }
            # A string has none of these attributes, nor has an object of another kind.
            if not found:
                problem = f"must be an object with {' and '.join(names)}, not {show_value(obj)}"
                self.problem(_Part(path, obj), problem)
        return {name: _Part((*path, name), None) for name in names} | found

    def _mapping_fields(
        self, obj: Mapping[object, object], path: Path, names: tuple[str, ...]
    ) -> dict[str, _Part]:
        spellings = {spelling: name for name in names for spelling in (name, _snake_case(name))}
        found: dict[str, _Part] = {}
        for spelling, value in obj.items():
            part = _Part((*path, path_step(spelling)), value)
            name = spellings.get(cast("str", spelling))  # of another type: unknown, too
            if name is None:
                self.problem(part, unknown_field(spelling, names))
            elif name not in found or found[name].value is None:
                found[name] = part
            elif value is not None:
                self.problem(part, f"there is also {found[name].path[-1]}: leave one of them out")
        return found

    def items(self, part: _Part) -> list[_Part]:
        """Return the items of a list; none where it is not set."""
        if part.value is None:
            return []
        if isinstance(part.value, list | tuple):
            return [_Part((*part.path, number), item) for number, item in enumerate(part.value)]
        self.problem(part, f"must be a list, not {show_value(part.value)}")
        return []


@dataclass(frozen=True, slots=True)
class _Operator:
    """An operator of ``matchExpressions``: what it builds, and which values it takes."""

    build: Callable[[str, list[str]], Requirement]
    least: int
    most: int | None
    takes: str
    faults: Callable[[object], list[str]] = validate_value


def _bound_problems(value: object) -> list[str]:
    if isinstance(value, str) and parse_int64(value) is None:
        return [f"must be a whole number of 64 bits, not {show_value(value)}"]
    return validate_value(value)


#: The fewest and the most values, for each answer that the table of operators gives.
_LIMITS: Final = {"at least one value": (1, None), "exactly one value": (1, 1), "no values": (0, 0)}


def _operator_of(row: Operator) -> _Operator:
    node: Callable[..., Requirement] = row.requirement
    least, most = _LIMITS[row.values]

    def build(key: str, values: list[str]) -> Requirement:
        if most == 0:
            return node(key)
        return node(key, values[0] if most == 1 else values)

    faults = _bound_problems if row.is_node_only else validate_value
    return _Operator(build, least, most, row.values, faults)


_NODE_OPERATORS: Final = {
    row.object_name: _operator_of(row) for row in OPERATORS if row.object_name
}
_NODE_ONLY: Final = {row.object_name for row in OPERATORS if row.is_node_only}
_LABEL_OPERATORS: Final = {
    name: operator for name, operator in _NODE_OPERATORS.items() if name not in _NODE_ONLY
}


def _any_string(value: object) -> list[str]:
    return [] if isinstance(value, str) else [f"must be a string, not {show_value(value)}"]


_FIELD_OPERATORS: Final = {
    name: replace(_LABEL_OPERATORS[name], most=1, takes="exactly one value", faults=_any_string)
    for name in ("In", "NotIn")
}


def _match_labels(reader: _Reader, labels: _Part) -> list[Requirement]:
    if labels.value is None:
        return []
    if not isinstance(labels.value, Mapping):
        reader.problem(labels, f"must be an object of strings, not {show_value(labels.value)}")
        return []
    requirements: list[Requirement] = []
    for key, given in labels.value.items():
        # Null is the empty string to Kubernetes.
        value = "" if given is None else given
        problems = [problem.under(labels.path) for problem in entry_problems(key, value)]
        reader.problems += problems
        if not problems:
            requirements.append(Equals(key, value))
    return requirements


def _expressions(
    reader: _Reader,
    part: _Part,
    operators: Mapping[str, _Operator],
    key_faults: Callable[[object], list[str]] = validate_key,
) -> Iterator[Requirement]:
    for path, expression in reader.items(part):
        known = len(reader.problems)
        parts = reader.fields(expression, path, ("key", "operator", "values"))
        operator = _operator(reader, parts["operator"], operators)
        # Null is the empty string to Kubernetes.
        values = [
            item._replace(value="") if item.value is None else item
            for item in reader.items(parts["values"])
        ]
        for problem in key_faults(parts["key"].value):
            reader.problem(parts["key"], problem)
        if operator is not None and (values or len(reader.problems) == known):
            name = require_string("an operator", parts["operator"].value)
            _check_values(reader, operator, name, values, parts["values"])
        if operator is not None and len(reader.problems) == known:
            # Strings all of them: of anything else a problem tells.
            strings = [cast("str", item.value) for item in values]
            yield operator.build(cast("str", parts["key"].value), strings)


def _operator(reader: _Reader, part: _Part, operators: Mapping[str, _Operator]) -> _Operator | None:
    value = part.value
    operator = operators.get(value) if isinstance(value, str) else None
    if operator is None:
        *most, last = operators
        lowered = value.lower() if isinstance(value, str) else ""
        meant = [name for name in operators if name.lower() == lowered]
        hint = f"; write {meant[0]!r}" if meant else ""
        reader.problem(part, f"must be {', '.join(most)} or {last}, not {show_value(value)}{hint}")
    return operator


def _check_values(
    reader: _Reader, operator: _Operator, name: str, values: list[_Part], whole: _Part
) -> None:
    if len(values) < operator.least or (operator.most is not None and len(values) > operator.most):
        reader.problem(whole, f"{name} takes {operator.takes}, got {len(values)}")
    for item in values:
        for problem in operator.faults(item.value):
            reader.problem(item, problem)


def _term(reader: _Reader, term: _Part) -> list[Selector]:
    parts = reader.fields(term.value, term.path, ("matchExpressions", "matchFields"))
    expressions = _expressions(reader, parts["matchExpressions"], _NODE_OPERATORS)
    fields = _expressions(reader, parts["matchFields"], _FIELD_OPERATORS, _any_string)
    return [*expressions, *map(_field_selector, fields)]


def _field_selector(field: Requirement) -> Selector:
    """Return what a requirement on a node's field requires of the name of a node that has one."""
    nameless = DoesNotExist(NODE_NAME)
    if field.key != "metadata.name":
        return Everything() if field.allows("") else nameless
    match field:
        case In(values=values):
            return any_of([nameless, In(NODE_NAME, values)])
        case _:
            assert isinstance(field, NotIn)
            return NotIn(NODE_NAME, field.values)


def labels_in(value: object) -> dict[str, str] | None:
    """Return the labels that a text of equalities, or a list of maps, asks for: ``app=web,a=b``.

    None where a part is something else, no legal label, or contradicts another.

    >>> labels_in("app=web, tier: db"), labels_in([{"app": "web"}]), labels_in("app=web,!a")
    ({'app': 'web', 'tier': 'db'}, {'app': 'web'}, None)
    """
    parts = _entries(value)
    labels = dict(parts)
    is_whole = len(labels) == len(parts) > 0
    return cast("dict[str, str]", labels) if is_whole and not validate_labels(labels) else None


def _entries(value: object) -> list[tuple[object, object]]:
    """Return the equalities in a text, or the entries of maps in a list; none if not all are."""
    if isinstance(value, str):
        parts = value.split(",")
        found: list[tuple[object, object]] = [
            (each[1], each[2]) for part in parts if (each := _EQUALITY.fullmatch(part))
        ]
        return found if len(found) == len(parts) else []
    if isinstance(value, list) and all(isinstance(each, Mapping) for each in value):
        return [entry for each in value for entry in each.items()]
    return []


def what_to_write(problem: Problem, *, of_nodes: bool = False) -> str | None:
    """Return what to write for a part of a selector object of the wrong form; None if unclear.

    What is written asks for all that the part asks for, and is JSON, which YAML can hold, too.

    >>> what_to_write(Problem(("matchExpressions", 0, "values"), "must be a list", "x"))
    'write values: ["x"]'
    """
    labels = labels_in(problem.value)
    match problem.path:
        case () if labels and not of_nodes:
            return f"write {json.dumps({'matchLabels': labels})}"
        case ("matchLabels" | "match_labels" as name,) if labels:
            return f"write {name}: {json.dumps(labels)}"
        case ("matchLabels" | "match_labels" | "matchExpressions" | "match_expressions",):
            return None
        case (str(name),) if not of_nodes and find_nearest_field(name, _LABEL_FIELDS) is None:
            return _write_labels(name, problem.value)
        case ("matchLabels" | "match_labels", _):
            return None
        case _:
            return _write_values(problem)


def _write_labels(name: str, value: object) -> str | None:
    """Return where to write labels that stand in the place of a field, under any name."""
    labels = labels_in([{name: value} if isinstance(value, str) else value])
    return f"write under matchLabels: {json.dumps(labels)}" if labels else None


def _write_values(problem: Problem) -> str | None:
    """Return how to write the values of an expression, or one of them; None for anything else."""
    texts = _texts(problem.value)
    match problem.path:
        case (*_, "values") if not isinstance(problem.value, list | tuple) and texts:
            return f"write values: {json.dumps(texts)}"
        case (*_, "value") if texts:
            return f"write values: {json.dumps(texts)}"
        case (*_, "values", int()) if isinstance(problem.value, int | float) and problem.value >= 0:
            return f"write {json.dumps(texts[0])}, in quotes" if texts else _IN_QUOTES
        case _:
            return None


def _texts(value: object) -> list[str] | None:
    """Return the values that are meant by strings, by a text with commas, or by a whole number.

    None where that is not sure: of other numbers, and of booleans, the spelling is lost.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        # A label value begins with no sign. Python refuses to write the longest numbers.
        return [str(value)] if 0 <= value < 10**MAX_NAME_BYTES else None
    texts = value.split(",") if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return None
    stripped = [text.strip() for text in texts]
    return stripped if all(stripped) and not any(map(validate_value, stripped)) else None


def unknown_field(name: object, names: tuple[str, ...]) -> str:
    """Return the message for an unknown field, with the field that was perhaps meant.

    >>> unknown_field("matchLabel", ("matchLabels", "matchExpressions"))
    'unknown field; did you mean matchLabels?'
    """
    meant = find_nearest_field(name, names)
    hint = f"known are {', '.join(names)}" if meant is None else f"did you mean {meant}?"
    return f"unknown field; {hint}"


def find_nearest_field(name: object, names: tuple[str, ...]) -> str | None:
    """Return the known field that is most like a name; None where no field is like it."""
    return nearest(name, names) if isinstance(name, str) else None


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)[A-Z]", lambda match: f"_{match[0].lower()}", name)


# Writing


def _label_object(selector: Selector) -> dict[str, object]:
    match_labels: dict[str, str] = {}
    expressions = []
    for requirement in conjunction(selector, LABEL_SELECTOR):
        match requirement:
            case Equals(key=key, value=value) if match_labels.setdefault(key, value) == value:
                pass
            case _:
                expressions.append(_object_expression(requirement))
    return _without_empty(matchLabels=match_labels, matchExpressions=expressions)


_OBJECT_NAMES: Final = {row.requirement: row.object_name for row in OPERATORS if row.object_name}


def _object_expression(requirement: Requirement, *, key: str = "") -> dict[str, object]:
    expression: dict[str, object] = {
        "key": key or requirement.key,
        "operator": _OBJECT_NAMES[type(requirement)],
    }
    values = values_of(requirement)
    return {**expression, "values": values} if values else expression


def _without_empty(**parts: object) -> dict[str, object]:
    return {name: part for name, part in parts.items() if part}


def _terms(selector: Selector) -> list[list[Selector]]:
    """Return the terms of an Or of Ands, each a list of requirements and node name parts."""
    match require_selector(selector):
        case Nothing():
            return []
        case Everything():
            return [[]]
        case Or(terms):
            names, others = _names(terms)
            ways = [*([name] for name in names), *(w for term in others for w in _terms(term))]
            _check_number(selector, len(ways))
            return ways
        case And(terms):
            parts = [_terms(term) for term in terms]
            _check_number(selector, prod(map(len, parts)))
            return [list(chain.from_iterable(ways)) for ways in product(*parts)]
        case FieldEquals(key=key, value=""):
            return [[DoesNotExist(key)], [Equals(key, "")]]
        case NotEquals(key=key) | NotIn(key=key) as requirement if key == NODE_NAME:
            return [[NotIn(NODE_NAME, [name]) for name in values_of(requirement)]]
        case Not() | Requirement():
            return [[selector]]
        case _ as unreachable:
            assert_never(unreachable)


def _names(terms: tuple[Selector, ...]) -> tuple[list[Selector], list[Selector]]:
    """Return the node names among the terms of an Or, and the other terms.

    `labelsel.from_node_selector` reads a name as "no name, or this one", and an Or of such is
    opened: "no name" may occur there once for several.
    """
    nameless = DoesNotExist(NODE_NAME)
    named = [t for t in terms if isinstance(t, Equals | In) and t.key == NODE_NAME]
    names = [Or((nameless, In(NODE_NAME, [name]))) for term in named for name in values_of(term)]
    if nameless not in terms or not names:
        return [], list(terms)
    return [*names], [term for term in terms if term != nameless and term not in named]


def _check_number(selector: Selector, terms: int) -> None:
    if terms > MAX_NODE_SELECTOR_TERMS:
        raise untranslatable(
            selector, NODE_SELECTOR.name, f"it would take more than {MAX_NODE_SELECTOR_TERMS} terms"
        )


def _node_term(parts: list[Selector]) -> dict[str, object]:
    if not parts:
        raise untranslatable(
            Everything(),
            NODE_SELECTOR.name,
            "a NodeSelector term without requirements selects nothing",
        )
    fields = [_field_expression(part) for part in parts if _is_field(part)]
    labels = all_of(part for part in parts if not _is_field(part))
    expressions = [
        _object_expression(requirement) for requirement in conjunction(labels, NODE_SELECTOR)
    ]
    return _without_empty(matchExpressions=expressions, matchFields=fields)


def _is_field(part: Selector) -> bool:
    """Whether it is a node name, as `_terms` leaves it."""
    return isinstance(part, Or) or (isinstance(part, NotIn) and part.key == NODE_NAME)


def _field_expression(part: Selector) -> dict[str, object]:
    requirement = part.terms[1] if isinstance(part, Or) else part
    assert isinstance(requirement, Requirement)
    return _object_expression(requirement, key="metadata.name")
