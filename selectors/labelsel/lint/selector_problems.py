"""What is wrong with a field that selects, by its syntax.

The API server refuses most of it, and of custom kinds their operator does. What the API server
accepts all the same is not here: see `node_terms`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from labelsel.errors import (
    InvalidObjectError,
    Problem,
    SelectorSyntaxError,
    describe,
    list_words,
    show,
    show_value,
)
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import MATCH_EXPRESSIONS, MATCH_LABELS
from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.kubernetes.selection.selector_fields import SelectorField, Syntax
from labelsel.labels import label_problems, validate_key
from labelsel.languages import parse, parse_expression
from labelsel.lint.node_terms import node_problems
from labelsel.objects import from_label_selector
from labelsel.placeholders import PLACEHOLDER, has_placeholder_at
from labelsel.selector import Selector

__all__ = ["selector_problems"]

#: The operators of expressions on labels, as they are compared with those that are written.
_OPERATORS: Final = frozenset({"in", "notin", "exists", "doesnotexist"})
#: What comes before the key in a selector of Cilium: ``k8s:app``, ``any:app``, ``reserved:host``.
_SOURCE: Final = re.compile(r"[a-z0-9-]+:")
#: Sources whose keys are not those of labels: ``cidr:10.0.0.0/8``.
_OTHER_KEYS: Final = ("cidr:", "fqdn:")
_WILDCARD: Final = re.compile(r"[*?]")
#: Where a wildcard may stand; that the second is misspelled is a finding of its own.
_PATTERNS: Final = ((MATCH_LABELS,), ("match_labels",))
#: The scopes of a ResourceQuota, and whether values can be given for them.
_SCOPES: Final = {
    "BestEffort": False,
    "CrossNamespacePodAffinity": True,
    "NotBestEffort": False,
    "NotTerminating": False,
    "PriorityClass": True,
    "Terminating": False,
    "VolumeAttributesClass": True,
}


def selector_problems(field: SelectorField) -> list[Problem]:
    """Return what is wrong with a field that selects, each with its path in the field.

    Tolerations, taints and topology are not looked at here: rules of their own do that.

    >>> field = SelectorField(("spec", "selector"), "app = 'web'", Syntax.CALICO)
    >>> [str(problem) for problem in selector_problems(field)]
    ["not a selector in Calico's language: found '=' behind 'app '"]
    """
    check = _CHECKS.get(field.syntax)
    if check is None:
        return []
    if not field.by_name:
        return list(check(field.value))
    value = field.value
    if field.syntax is Syntax.LABEL_SELECTOR and isinstance(value, dict):
        # Selectors of custom kinds may have further fields, as those of cert-manager's solvers.
        value = {name: value[name] for name in (MATCH_LABELS, MATCH_EXPRESSIONS) if name in value}
    return [problem for problem in check(value) if _is_certain(problem)]


def _is_certain(problem: Problem) -> bool:
    """Whether a problem of a kind that is not known is one in every kind.

    Templates within objects have placeholders, some kinds accept wildcards, and some have more
    operators.
    """
    value = problem.value
    if problem.path[-1:] == ("operator",):
        return isinstance(value, str) and value.lower() in _OPERATORS
    return not (isinstance(value, str) and (PLACEHOLDER.search(value) or _WILDCARD.search(value)))


def _label_selector(selector: Data) -> tuple[Problem, ...]:
    try:
        from_label_selector(selector)
    except InvalidObjectError as error:
        return error.problems
    return ()


def _match_labels(selector: Data) -> Iterator[Problem]:
    yield from _label_selector(selector)
    expressions = value_at(selector, (MATCH_EXPRESSIONS,))
    if expressions is not None:
        problem = "unknown field: this selector knows only matchLabels"
        yield Problem((MATCH_EXPRESSIONS,), problem, expressions)


def _with_wildcards(selector: Data) -> Iterator[Problem]:
    for problem in _label_selector(selector):
        text = problem.value
        is_pattern = isinstance(text, str) and (_WILDCARD.search(text) or PLACEHOLDER.search(text))
        if not (is_pattern and problem.path[:-1] in _PATTERNS):
            yield problem


def _cilium(selector: Data) -> Iterator[Problem]:
    for problem in _label_selector(selector):
        # A key and its value may be the same text: only the problem says which of them is wrong.
        key = problem.value if isinstance(problem.value, str) else ""
        faults = validate_key(key)
        source = _SOURCE.match(key) if problem.problem in faults else None
        if source is None:
            yield problem
        elif source[0] not in _OTHER_KEYS and problem.problem == faults[0]:
            faults = validate_key(key[source.end() :])
            yield from (problem._replace(problem=fault) for fault in faults)


def _text(language: str, read: Callable[[str], Selector], text: Data) -> Iterator[Problem]:
    if not isinstance(text, str):
        yield Problem((), f"must be a selector as text, in {language}, not {describe(text)}", text)
        return
    try:
        read(text)
    except SelectorSyntaxError as error:
        before = text[: error.position]
        if not has_placeholder_at(before, text[error.position :]):
            at = f" behind {show(before)}" if before and error.problem.startswith("found ") else ""
            yield Problem((), f"not a selector in {language}: {error.problem}{at}", text)


def _node_selector(syntax: Syntax, selector: Data) -> Iterator[Problem]:
    for found in node_problems(SelectorField((), selector, syntax)):
        if found.outcome is None:
            yield found.problem


def _topology_term(term: Data) -> Iterator[Problem]:
    """Yield what the API server refuses of a term of ``allowedTopologies``."""
    yield from _each_expression(term, "matchLabelExpressions", _topology_problems)


def _topology_problems(expression: Data) -> Iterator[Problem]:
    key, values = (value_at(expression, (name,)) for name in ("key", "values"))
    yield from (Problem(("key",), fault, key) for fault in validate_key(key))
    if not isinstance(values, list) or not values:
        yield Problem(("values",), "must be a list of one value or more", values)


def _scope_selector(selector: Data) -> Iterator[Problem]:
    """Yield what the API server refuses of the expressions of a ``scopeSelector``."""
    yield from _each_expression(selector, MATCH_EXPRESSIONS, _scope_problems)


def _each_expression(
    whole: Data, name: str, check: Callable[[Data], Iterator[Problem]]
) -> Iterator[Problem]:
    """Yield the problems of each expression in a list, with their paths."""
    expressions = value_at(whole, (name,))
    if expressions is not None and not isinstance(expressions, list):
        yield Problem((name,), f"must be a list, not {show_value(expressions)}", expressions)
        return
    for number, expression in enumerate(expressions or ()):
        yield from (problem.under((name, number)) for problem in check(expression))


def _scope_problems(expression: Data) -> Iterator[Problem]:
    names = ("scopeName", "operator", "values")
    scope, operator, values = (value_at(expression, (name,)) for name in names)
    if scope not in list(_SCOPES):
        problem = f"must be {list_words(list(_SCOPES))}, not {show_value(scope)}"
        yield Problem(("scopeName",), problem, scope)
    labels = {MATCH_EXPRESSIONS: [{"key": "scope", "operator": operator, "values": values}]}
    for found in _label_selector(labels):
        yield found._replace(path=found.path[2:])
    if _SCOPES.get(str(scope)) is False and operator in ("In", "NotIn", "DoesNotExist"):
        yield Problem(("operator",), f"must be Exists for the scope {scope}", operator)


_CHECKS: Final[dict[Syntax, Callable[[Data], Iterator[Problem] | tuple[Problem, ...]]]] = {
    Syntax.LABEL_SELECTOR: _label_selector,
    Syntax.MATCH_LABELS: _match_labels,
    Syntax.WILDCARDS: _with_wildcards,
    Syntax.CILIUM: _cilium,
    Syntax.LABEL_MAP: lambda labels: iter(label_problems(nulls_as_empty(labels))),
    Syntax.LABEL_TEXT: partial(_text, "the language of kubectl -l", parse),
    Syntax.CALICO: partial(_text, "Calico's language", parse_expression),
    Syntax.NODE_SELECTOR: partial(_node_selector, Syntax.NODE_SELECTOR),
    Syntax.NODE_TERM: partial(_node_selector, Syntax.NODE_TERM),
    Syntax.TOPOLOGY_TERM: _topology_term,
    Syntax.SCOPE_SELECTOR: _scope_selector,
}
