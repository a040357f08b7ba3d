"""What the writers of conjunctions share: Kubernetes text, LabelSelector and NodeSelector objects.

Whatever a notation cannot express is an error that names the part; nothing is left out. A
selector is written as it is where the notation can express that, else in its simplified form:
``a == 'x' || a == 'y'`` is no conjunction, but ``a in (x,y)`` is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar, assert_never

from labelsel.errors import TranslationError, list_words, quote
from labelsel.labels import validate_key, validate_value
from labelsel.negation import without_not
from labelsel.requirements import (
    OPERATORS,
    DoesNotExist,
    Equals,
    Exists,
    FieldEquals,
    FieldNotEquals,
    GreaterThan,
    In,
    LessThan,
    NotEquals,
    NotIn,
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
    as_selector,
    require_selector,
)

__all__ = [
    "KUBERNETES_TEXT",
    "LABEL_SELECTOR",
    "NODE_SELECTOR",
    "Notation",
    "conjunction",
    "untranslatable",
    "values_of",
    "write",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Notation:
    """A notation that expresses conjunctions.

    Attributes:
        name: what error messages call the notation.
        leaves: the classes of the requirements that the notation can express.
        operators: what error messages call its operators.
    """

    name: str
    leaves: tuple[type[Requirement], ...]
    operators: str


def _notation(name: str, operators: dict[type[Requirement], str]) -> Notation:
    words = list_words(list(dict.fromkeys(operators.values())), "and")
    return Notation(name, tuple(operators), words)


_IN_TEXT: Final = {row.requirement: row.kubernetes[0] for row in OPERATORS if row.kubernetes}
_IN_OBJECTS: Final = {row.requirement: row.object_name for row in OPERATORS if row.object_name}
_NODE_ONLY: Final = {row.requirement for row in OPERATORS if row.is_node_only}
_IN_LABEL_OBJECTS: Final = {
    node: name for node, name in _IN_OBJECTS.items() if node not in _NODE_ONLY
}
KUBERNETES_TEXT: Final = _notation("Kubernetes selector", _IN_TEXT)
LABEL_SELECTOR: Final = _notation("LabelSelector object", _IN_LABEL_OBJECTS)
NODE_SELECTOR: Final = _notation("NodeSelector object", _IN_OBJECTS)


def write(selector: SelectorOrText, write_notation: Callable[[Selector], T]) -> T:
    """Write a selector as it is or, where the notation cannot express that, simplified.

    Raises the `TranslationError` of the selector as it is, which names a part that the caller
    wrote, where both fail.
    """
    selector = as_selector(selector)
    try:
        return write_notation(without_not(selector))
    except TranslationError as refused:
        # Only a selector that cannot be written as it is needs the reasoning, 10 modules: parsing
        # imports this module, too.
        from labelsel.reasoning.simplification import simplify  # noqa: PLC0415  # see above

        try:
            return write_notation(without_not(simplify(selector)))
        except TranslationError:
            raise refused from None


def conjunction(selector: Selector, notation: Notation) -> Iterator[Requirement]:
    """Yield the requirements of a conjunction, each of which the notation can express.

    Raises `TranslationError` for the first part that it cannot.

    >>> [str(leaf) for leaf in conjunction(Exists("a") & Equals("b", "x"), KUBERNETES_TEXT)]
    ['a', 'b=x']
    """
    match require_selector(selector):
        case Everything():
            return
        case And(terms):
            for term in terms:
                yield from conjunction(term, notation)
        case FieldEquals(key=key, value=value) if value:
            yield from conjunction(Equals(key, value), notation)
        case FieldNotEquals(key=key, value=value):
            parts = all_of([NotEquals(key, value), *(() if value else [Exists(key)])])
            yield from conjunction(parts, notation)
        case Requirement() as requirement:
            yield _legal(requirement, notation)
        case Nothing():
            raise untranslatable(selector, notation.name, "it has no selector that matches nothing")
        case Or():
            raise untranslatable(selector, notation.name, "in it all requirements must hold")
        case Not(term):
            raise untranslatable(
                selector, notation.name, f"it has no inverse of {quote(str(term))}"
            )
        case _ as unreachable:
            assert_never(unreachable)


def _legal(requirement: Requirement, notation: Notation) -> Requirement:
    problems = validate_key(requirement.key)
    if not problems and not isinstance(requirement, notation.leaves):
        problems = [f"it has {notation.operators} only"]
    if isinstance(requirement, In | NotIn) and not requirement.values:
        problems.append("it needs at least one value")
    if not problems:
        problems = [fault for value in values_of(requirement) for fault in validate_value(value)]
    if problems:
        raise untranslatable(requirement, notation.name, problems[0])
    return requirement


def values_of(requirement: Requirement) -> list[str]:
    """Return the values that a requirement of a `Notation` names, sorted."""
    match requirement:
        case In(values=values) | NotIn(values=values):
            return sorted(values)
        case Exists() | DoesNotExist():
            return []
        case _:
            assert isinstance(requirement, Equals | NotEquals | GreaterThan | LessThan)
            return [requirement.value]


def untranslatable(part: Selector, target: str, reason: str) -> TranslationError:
    """Return the error of a part that a notation cannot express."""
    return TranslationError(str(part), target, reason)
