"""AST to other forms: text of Kubernetes and Calico, LabelSelector and NodeSelector objects.

What a form cannot say is an error that names the part; nothing is left out. A selector is
said as it stands where the form can say that, else in its simplified form: `a == 'x' ||
a == 'y'` is no conjunction, but `a in (x,y)` is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, product
from math import prod
from typing import Final, NoReturn, TypeVar, assert_never

from labelsel.errors import TranslationError, quoted
from labelsel.labels import validate_key, validate_value
from labelsel.languages.calico import MAX_KEY_BYTES
from labelsel.negation import without_not
from labelsel.objects import NODE_NAME
from labelsel.reasoning import simplify
from labelsel.requirements import (
    Contains,
    DoesNotExist,
    EndsWith,
    Equals,
    Exists,
    FieldEquals,
    FieldNotEquals,
    FieldRequirement,
    GreaterThan,
    In,
    LessThan,
    NotEquals,
    NotIn,
    StartsWith,
)
from labelsel.selector import (
    And,
    Everything,
    Everywhere,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    all_of,
    any_of,
    sealed,
)

__all__ = [
    "MAX_TERMS",
    "to_expression",
    "to_kubernetes",
    "to_label_selector",
    "to_node_selector",
]

MAX_TERMS: Final = 1000
"""How many terms a NodeSelector object is given at most: Ors within Ands multiply."""

T = TypeVar("T")


def to_kubernetes(selector: Selector) -> str:
    """Return Kubernetes selector text that means the same; `labelsel.parse` reads it back.

    Raises `TranslationError` naming the part that such text cannot say: an Or over several
    keys, parts of values, regular expressions, illegal keys and values, nothing at all.
    O(requirements) for a conjunction, else what `simplify` costs.

    >>> from labelsel import parse_expression
    >>> to_kubernetes(parse_expression("!(has(debug) || tier in {'db', 'cache'})"))
    '!debug,tier notin (cache,db)'
    """
    return _said(selector, lambda form: str(all_of(_conjunction(form, _TEXT))))


def to_label_selector(selector: Selector) -> dict[str, object] | None:
    """Return a LabelSelector object (camelCase dict) that means the same; None for `Nothing`.

    Equalities go to ``matchLabels``; a second one on the same key, and all else, to
    ``matchExpressions``. `labelsel.from_label_selector` reads it back.

    Raises `TranslationError` naming the part that such an object cannot say: what
    `to_kubernetes` refuses, '>' and '<'. Costs what `to_kubernetes` does.

    >>> to_label_selector(Exists("app") & Equals("tier", "web"))
    {'matchLabels': {'tier': 'web'}, 'matchExpressions': [{'key': 'app', 'operator': 'Exists'}]}
    """
    return _said(selector, lambda form: None if isinstance(form, Nothing) else _label_object(form))


def to_node_selector(selector: Selector) -> dict[str, object]:
    """Return a NodeSelector object (camelCase dict) that means the same.

    An Or becomes terms, with what stands around it in each. Requirements on
    `labelsel.objects.NODE_NAME` become ``matchFields``. `labelsel.from_node_selector` reads
    it back.

    Raises `TranslationError` naming the part that such an object cannot say: parts of values,
    regular expressions, illegal keys and values, more than `MAX_TERMS` terms, and everything,
    since a term without requirements selects nothing.

    >>> from labelsel import parse
    >>> to_node_selector(parse("gpu"))
    {'nodeSelectorTerms': [{'matchExpressions': [{'key': 'gpu', 'operator': 'Exists'}]}]}
    """
    return _said(
        selector,
        lambda form: {"nodeSelectorTerms": [_node_term(term) for term in _terms(form)]},
    )


def to_expression(selector: Selector) -> str:
    """Return the canonical text of Calico's language; `labelsel.parse_expression` reads it back.

    1. Every ``&&`` and ``||`` stands in parentheses, nested as the selector is.
    2. Sets are sorted; values stand in double quotes, in single ones where they hold one.

    Raises `TranslationError` naming the part that Calico cannot say: '>' and '<', regular
    expressions, a value with both kinds of quotes, a key with other characters than letters,
    digits and ``_./-``. O(nodes). Source: rule 31.

    >>> from labelsel import parse
    >>> to_expression(parse("app=web,!debug"))
    '(app == "web" && !has(debug))'
    """
    match sealed(selector):
        case Everywhere():
            return "global()"
        case Everything() | And(()):
            return "all()"
        case Nothing() | Or(()):
            return "!all()"
        case And((term,)) | Or((term,)):
            return to_expression(term)
        case And(terms):
            return f"({' && '.join(map(to_expression, terms))})"
        case Or(terms):
            return f"({' || '.join(map(to_expression, terms))})"
        case Not(term):
            text = to_expression(term)
            return text[1:] if text.startswith("!") else f"!{text}"
        case Requirement() as requirement:
            return _expression_leaf(requirement)
        case _ as unreachable:
            assert_never(unreachable)


def _said(selector: Selector, say: Callable[[Selector], T]) -> T:
    """Say a selector as it stands or, where that cannot be said, simplified."""
    try:
        return say(without_not(selector))
    except TranslationError as refused:
        simpler = simplify(selector)
        if simpler is selector:
            raise
        try:
            return say(without_not(simpler))
        except TranslationError:
            raise refused from None  # it names a part as the caller wrote it


@dataclass(frozen=True, slots=True)
class _Form:
    """A form that says conjunctions: its name, the requirements it has, and how it calls them."""

    name: str
    leaves: tuple[type[Requirement], ...]
    operators: str


_LABEL_LEAVES: Final = (Equals, NotEquals, In, NotIn, Exists, DoesNotExist)
_KUBERNETES_LEAVES: Final = (*_LABEL_LEAVES, GreaterThan, LessThan)
_TEXT: Final = _Form(
    "Kubernetes selector", _KUBERNETES_LEAVES, "=, !=, in, notin, key, !key, > and <"
)
_LABEL: Final = _Form("LabelSelector object", _LABEL_LEAVES, "In, NotIn, Exists and DoesNotExist")
_NODE: Final = _Form(
    "NodeSelector object", _KUBERNETES_LEAVES, "In, NotIn, Exists, DoesNotExist, Gt and Lt"
)


def _conjunction(selector: Selector, form: _Form) -> Iterator[Requirement]:
    """Yield the requirements of a conjunction, each one that the form can say."""
    match sealed(selector):
        case Everything():
            return
        case And(terms):
            for term in terms:
                yield from _conjunction(term, form)
        case FieldEquals(key=key, value=value) if value:
            yield from _conjunction(Equals(key, value), form)
        case FieldNotEquals(key=key, value=value):
            parts = all_of([NotEquals(key, value), *(() if value else [Exists(key)])])
            yield from _conjunction(parts, form)
        case Requirement() as requirement:
            yield _legal(requirement, form)
        case Nothing():
            _cannot(selector, form.name, "it has no way to say that nothing is selected")
        case Or():
            _cannot(selector, form.name, "it can only say that all of its requirements hold")
        case Not(term):
            _cannot(selector, form.name, f"it has no inverse of {quoted(str(term))}")
        case _ as unreachable:
            assert_never(unreachable)


def _legal(requirement: Requirement, form: _Form) -> Requirement:
    problems = validate_key(requirement.key)
    if not problems and not isinstance(requirement, form.leaves):
        problems = [f"it has {form.operators} only"]
    if isinstance(requirement, In | NotIn) and not requirement.values:
        problems.append("it needs at least one value")
    if not problems:
        problems = [fault for value in _values_of(requirement) for fault in validate_value(value)]
    if problems:
        _cannot(requirement, form.name, problems[0])
    return requirement


def _values_of(requirement: Requirement) -> list[str]:
    match requirement:
        case In(values=values) | NotIn(values=values):
            return sorted(values)
        case Exists() | DoesNotExist():
            return []
        case _:
            assert isinstance(requirement, Equals | NotEquals | GreaterThan | LessThan)
            return [requirement.value]


def _cannot(part: Selector, target: str, reason: str) -> NoReturn:
    raise TranslationError(str(part), target, reason)


def _label_object(selector: Selector) -> dict[str, object]:
    match_labels: dict[str, str] = {}
    expressions = []
    for requirement in _conjunction(selector, _LABEL):
        match requirement:
            case Equals(key=key, value=value) if match_labels.setdefault(key, value) == value:
                pass
            case _:
                expressions.append(_object_expression(requirement))
    return _without_empty(matchLabels=match_labels, matchExpressions=expressions)


_OBJECT_OPERATORS: Final[dict[type[Requirement], str]] = {
    Equals: "In",
    In: "In",
    NotEquals: "NotIn",
    NotIn: "NotIn",
    Exists: "Exists",
    DoesNotExist: "DoesNotExist",
    GreaterThan: "Gt",
    LessThan: "Lt",
}


def _object_expression(requirement: Requirement, *, key: str = "") -> dict[str, object]:
    expression: dict[str, object] = {
        "key": key or requirement.key,
        "operator": _OBJECT_OPERATORS[type(requirement)],
    }
    values = _values_of(requirement)
    return {**expression, "values": values} if values else expression


def _without_empty(**parts: object) -> dict[str, object]:
    return {name: part for name, part in parts.items() if part}


def _terms(selector: Selector) -> list[list[Selector]]:
    """Return the terms of an Or of Ands, each a list of requirements and node name parts."""
    match sealed(selector):
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
            return [[NotIn(NODE_NAME, [name]) for name in _values_of(requirement)]]
        case Not() | Requirement():
            return [[selector]]
        case _ as unreachable:
            assert_never(unreachable)


def _names(terms: tuple[Selector, ...]) -> tuple[list[Selector], list[Selector]]:
    """Return the node names among the terms of an Or, and the other terms.

    `labelsel.from_node_selector` reads a name as "no name, or this one", and an Or of such is
    opened: "no name" may stand there once for several.
    """
    nameless = DoesNotExist(NODE_NAME)
    named = [t for t in terms if isinstance(t, Equals | In) and t.key == NODE_NAME]
    names = [Or((nameless, In(NODE_NAME, [name]))) for term in named for name in _values_of(term)]
    if nameless not in terms or not names:
        return [], list(terms)
    return [*names], [term for term in terms if term != nameless and term not in named]


def _check_number(selector: Selector, terms: int) -> None:
    if terms > MAX_TERMS:
        _cannot(selector, _NODE.name, f"it would take more than {MAX_TERMS} terms")


def _node_term(parts: list[Selector]) -> dict[str, object]:
    if not parts:
        _cannot(Everything(), _NODE.name, "a term without requirements selects nothing")
    fields = [_field_expression(part) for part in parts if _is_field(part)]
    labels = all_of(part for part in parts if not _is_field(part))
    expressions = [_object_expression(requirement) for requirement in _conjunction(labels, _NODE)]
    return _without_empty(matchExpressions=expressions, matchFields=fields)


def _is_field(part: Selector) -> bool:
    """Whether it is a node name, as `_terms` leaves it."""
    return isinstance(part, Or) or (isinstance(part, NotIn) and part.key == NODE_NAME)


def _field_expression(part: Selector) -> dict[str, object]:
    requirement = part.terms[1] if isinstance(part, Or) else part
    assert isinstance(requirement, Requirement)
    return _object_expression(requirement, key="metadata.name")


_EXPRESSION_KEY: Final = re.compile(rf"[A-Za-z0-9_./-]{{1,{MAX_KEY_BYTES}}}")
_EXPRESSION: Final = "Calico expression"


def _expression_leaf(requirement: Requirement) -> str:
    key = requirement.key
    if _EXPRESSION_KEY.fullmatch(key) is None:
        _cannot(requirement, _EXPRESSION, f"{key!r} is no key there")
    match requirement:
        case FieldRequirement(value=""):
            absent = any_of([DoesNotExist(key), Equals(key, "")])
            return to_expression(absent if isinstance(requirement, FieldEquals) else ~absent)
        case Equals(value=value) | FieldEquals(value=value):
            return f"{key} == {_quoted(requirement, value)}"
        case NotEquals(value=value) | FieldNotEquals(value=value):
            return f"{key} != {_quoted(requirement, value)}"
        case In(values=values):
            return f"{key} in {_set(requirement, values)}"
        case NotIn(values=values):
            return f"{key} not in {_set(requirement, values)}"
        case Exists():
            return f"has({key})"
        case DoesNotExist():
            return f"!has({key})"
        case Contains(value=part) | StartsWith(value=part) | EndsWith(value=part):
            return f"{key} {requirement.operator} {_quoted(requirement, part)}"
        case _:
            _cannot(requirement, _EXPRESSION, "it has no such operator")


def _set(requirement: Requirement, values: frozenset[str]) -> str:
    return f"{{{', '.join(_quoted(requirement, value) for value in sorted(values))}}}"


def _quoted(requirement: Requirement, value: str) -> str:
    if '"' not in value:
        return f'"{value}"'
    if "'" in value:
        _cannot(requirement, _EXPRESSION, "a value there may not hold both kinds of quotes")
    return f"'{value}'"
