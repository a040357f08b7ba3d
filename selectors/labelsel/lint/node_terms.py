"""What the API server says of a node selector, and what it accepts though it never matches.

It checks less than this library reads, and more. The bound of Gt and Lt must be a legal label
value to it, not a number. A preferred term may have any values. But there must be a term, and
``matchFields`` knows ``metadata.name`` alone, with values that can be the name of a node. So says
``ValidateNodeSelector`` of Kubernetes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from labelsel.errors import InvalidObjectError, Problem, shown
from labelsel.kubernetes.model.document import Data
from labelsel.labels import node_name_problems, validate_value
from labelsel.lint.label_locations import at
from labelsel.objects import from_node_selector

__all__ = ["NodeProblem", "preference_problems", "required_problems"]

_TERMS: Final = "nodeSelectorTerms"
#: The only field of a node that a term can ask for.
_NAME: Final = "metadata.name"


@dataclass(frozen=True, slots=True)
class NodeProblem:
    """What is wrong with a node selector.

    Attributes:
        problem: what is wrong, with a path in the selector.
        outcome: what comes of it, where the API server accepts it; None where it is refused.
    """

    problem: Problem
    outcome: str | None = None


def required_problems(selector: Data) -> list[NodeProblem]:
    """What is wrong with required node affinity."""
    outcome = "the API server accepts it, and no node matches the term"
    problems = [
        NodeProblem(one, outcome if _is_bound(one) else None) for one in _read_problems(selector)
    ]
    terms = at(selector, (_TERMS,))
    if isinstance(selector, dict) and terms in (None, []):
        problem = Problem((_TERMS,), "there must be at least one term", terms)
        problems.append(NodeProblem(problem))
    elif isinstance(terms, list) and all(term == {} for term in terms):
        problem = Problem((_TERMS,), "all terms are empty", terms)
        problems.append(NodeProblem(problem, "the API server accepts that, and no node matches"))
    return problems + [NodeProblem(problem) for problem in _field_problems(selector)]


def preference_problems(term: Data) -> list[NodeProblem]:
    """What is wrong with a term of preferred node affinity."""
    outcome = "the API server accepts it, and the scheduler cannot read the preference"
    selector = {_TERMS: [term]}
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
    """Whether it is about a value of an expression, of the right type."""
    match problem.path:
        case (_, _, "matchExpressions", _, "values", _):
            return isinstance(problem.value, str)
        case _:
            return False


def _is_bound(problem: Problem) -> bool:
    """Whether it is about a bound that is no number: what else is wrong is no label value."""
    return _is_text(problem) and not validate_value(problem.value)


def _field_problems(selector: Data) -> Iterator[Problem]:
    """What is wrong with ``matchFields`` to the API server, and not to `from_node_selector`."""
    for number, term in _listed(at(selector, (_TERMS,))):
        for place, field in _listed(at(term, ("matchFields",))):
            path = (_TERMS, number, "matchFields", place)
            key = at(field, ("key",))
            if key == _NAME:
                for which, value in _listed(at(field, ("values",))):
                    there = (*path, "values", which)
                    faults = node_name_problems(value) if isinstance(value, str) else ()
                    yield from (Problem(there, fault, value) for fault in faults)
            elif isinstance(key, str):
                problem = f"must be {_NAME}, the only field of a node, not {shown(key)}"
                yield Problem((*path, "key"), problem, key)


def _listed(value: Data) -> Iterator[tuple[int, Data]]:
    return enumerate(value if isinstance(value, list) else ())
