"""What is wrong with a node selector: what the API server refuses, and what never matches.

The API server (``ValidateNodeSelector`` of Kubernetes) differs from `from_node_selector`:

1. The bound of Gt and Lt must be a legal label value, not a number.
2. A preferred term may have any values.
3. There must be at least one term.
4. ``matchFields`` knows only ``metadata.name``, with values that can be the name of a node.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from labelsel.errors import (
    InvalidObjectError,
    Problem,
    show_value,
)
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import (
    MATCH_EXPRESSIONS,
    MATCH_FIELDS,
    NODE_SELECTOR_TERMS,
)
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.kubernetes.selection.selector_fields import SelectorField, Syntax
from labelsel.labels import node_name_problems, validate_value
from labelsel.objects import from_node_selector

__all__ = ["NodeProblem", "node_problems"]

#: The only field of a node that a term can ask for.
_NAME: Final = "metadata.name"


@dataclass(frozen=True, slots=True)
class NodeProblem:
    """One thing that is wrong with a node selector.

    Attributes:
        problem: what is wrong, with a path in the selector.
        outcome: what happens if the API server accepts the selector; None if it refuses it.
    """

    problem: Problem
    outcome: str | None = None


def node_problems(field: SelectorField) -> list[NodeProblem]:
    """Return the problems of a NodeSelector, or of one of its terms that is only preferred.

    >>> from labelsel.kubernetes.selection.selector_fields import SelectorField, Syntax
    >>> field = SelectorField(("required",), {"nodeSelectorTerms": []}, Syntax.NODE_SELECTOR)
    >>> [str(found.problem) for found in node_problems(field)]
    ['nodeSelectorTerms: there must be at least one term']
    """
    is_term = field.syntax is Syntax.NODE_TERM
    return _preference_problems(field.value) if is_term else _required_problems(field.value)


def _required_problems(selector: Data) -> list[NodeProblem]:
    """Return what is wrong with required node affinity."""
    outcome = "the API server accepts it, and no node matches the term"
    problems = [
        NodeProblem(one, outcome if _is_bound(one) else None) for one in _read_problems(selector)
    ]
    terms = value_at(selector, (NODE_SELECTOR_TERMS,))
    if isinstance(selector, dict) and terms in (None, []):
        problem = Problem((NODE_SELECTOR_TERMS,), "there must be at least one term", terms)
        problems.append(NodeProblem(problem))
    elif isinstance(terms, list) and all(term == {} for term in terms):
        problem = Problem((NODE_SELECTOR_TERMS,), "all terms are empty", terms)
        problems.append(NodeProblem(problem, "the API server accepts that, and no node matches"))
    return problems + [NodeProblem(problem) for problem in _field_problems(selector)]


def _preference_problems(term: Data) -> list[NodeProblem]:
    """Return what is wrong with a term of preferred node affinity."""
    outcome = "the API server accepts it, and the scheduler cannot read the preference"
    selector = {NODE_SELECTOR_TERMS: [term]}
    return [
        NodeProblem(problem._replace(path=problem.path[2:]), outcome if _is_text(problem) else None)
        for problem in (*_read_problems(selector), *_field_problems(selector))
    ]


def _read_problems(selector: Data) -> tuple[Problem, ...]:
    try:
        from_node_selector(selector)
    except InvalidObjectError as error:
        return error.problems
    return ()


def _is_text(problem: Problem) -> bool:
    """Whether a problem is about a value of an expression, and the value is a string."""
    match problem.path:
        case (_, _, name, _, "values", _) if name == MATCH_EXPRESSIONS:
            return isinstance(problem.value, str)
        case _:
            return False


def _is_bound(problem: Problem) -> bool:
    """Whether a problem is about a bound of Gt or Lt that is a legal value and no number."""
    return _is_text(problem) and not validate_value(problem.value)


def _field_problems(selector: Data) -> Iterator[Problem]:
    """Yield what the API server refuses of ``matchFields`` and `from_node_selector` accepts."""
    for number, term in _enumerate_items(value_at(selector, (NODE_SELECTOR_TERMS,))):
        for position, field in _enumerate_items(value_at(term, (MATCH_FIELDS,))):
            path = (NODE_SELECTOR_TERMS, number, MATCH_FIELDS, position)
            key = value_at(field, ("key",))
            if key == _NAME:
                for index, value in _enumerate_items(value_at(field, ("values",))):
                    value_path = (*path, "values", index)
                    faults = node_name_problems(value) if isinstance(value, str) else ()
                    yield from (Problem(value_path, fault, value) for fault in faults)
            elif isinstance(key, str):
                problem = f"must be {_NAME}, the only field of a node, not {show_value(key)}"
                yield Problem((*path, "key"), problem, key)


def _enumerate_items(value: Data) -> Iterator[tuple[int, Data]]:
    return enumerate(value if isinstance(value, list) else ())
